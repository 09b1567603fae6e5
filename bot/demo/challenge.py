"""The demo's challenge: simulated members have entered it, and vote before the visitor skips to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeAlias

import discord

from bot.challenges.challenge import Challenge, Phase
from bot.client import AtelierClient
from bot.demo.cast import ORGANIZER, VISITOR_APPEAL, Player
from bot.demo.paintings import LOCALE, ReadyPaintings
from bot.demo.samples import sample
from bot.demo.voters import cast_votes
from bot.errors import ChallengeChanged, ChallengeOver, VotingClosed

PHOTOGRAPH = "chelsea"
TITLE = "Nine lives"
THEME = "One cat, and as many lives as there are styles. Paint Chelsea as nobody has seen her yet."
OPEN_FOR, VOTING_FOR = timedelta(days=2), timedelta(days=1)
BUTTONS: Mapping[Phase, str] = {Phase.OPEN: "Skip to the voting", Phase.VOTING: "Skip to the end"}
TEXTS: Mapping[Phase, str] = {
    Phase.OPEN: (
        "**Only in this demo:** eight simulated members have entered already. Press **Enter**, choose a style, and "
        "submit what you like. Or skip to the voting at once."
    ),
    Phase.VOTING: (
        "**Only in this demo:** press **Vote** to compare two entries at a time; all of them are in the challenge's "
        "thread. When you skip to the end, the simulated members vote, too."
    ),
    Phase.ENDED: (
        "The challenge has ended, and its results are below. Try `/challenge leaderboard`, or set up one of your own "
        "with `/challenge create`."
    ),
    Phase.CANCELED: "The challenge was canceled. Set up one of your own with `/challenge create`.",
}

Work: TypeAlias = Callable[[], Awaitable[object]]


class DemoChallenge:
    """A running challenge, and a message below its card whose button skips to the next phase."""

    def __init__(
        self,
        client: AtelierClient,
        paintings: ReadyPaintings,
        *,
        organizer_id: int,
        players: Mapping[int, Player],
        request: Callable[[Work], object],
    ) -> None:
        """`players` are members by ID; `request` does something outside of the press that asked for it."""
        self._client = client
        self._paintings = paintings
        self._organizer_id = organizer_id
        self._players = players
        self._request = request
        self._challenge_id = ""
        self._message: discord.Message | None = None
        self._phase: Phase | None = None
        """That of which the message says what can be done."""
        self._is_shown = asyncio.Event()

    async def open(self) -> None:
        """Announce the challenge, and let the simulated members enter it. Returns when its messages are there."""
        studio = self._client.studio
        studio.life.cards.show_too(self._show)
        with studio.pictures.store.lease() as lease:
            content = await self._paintings.fixed("content", sample(PHOTOGRAPH), lease)
            now = datetime.now(UTC)
            draft = Challenge(
                guild_id=self._paintings.guild_id,
                organizer_id=self._organizer_id,
                channel_id=self._paintings.channel_id,
                title=TITLE,
                theme=THEME,
                opens_at=now,
                closes_at=now + OPEN_FOR,
                ends_at=now + OPEN_FOR + VOTING_FOR,
                fixed=(content,),
                min_account_days=0,  # nobody's account is older than the demo
                locale=LOCALE,
                created_at=now,
            )
            await studio.challenges.add(draft)
        self._challenge_id = draft.challenge_id
        challenge = await studio.life.announce(draft)
        for member_id, player in self._players.items():
            job = await self._paintings.add(player.entry, member_id, challenge_id=challenge.challenge_id)
            await studio.entering.submit(challenge, job.job_id, member_id)
        self._is_shown.clear()
        await studio.life.cards.refresh(challenge.challenge_id)  # at once, with all entries
        await self._is_shown.wait()

    async def skip(self, phase: Phase) -> None:
        """End this phase as an organizer would, unless it is over. If it is the voting, the simulated members vote."""
        studio = self._client.studio
        challenge = await studio.challenges.get(self._challenge_id)
        if challenge is None or challenge.phase is not phase:
            return
        with suppress(ChallengeChanged, ChallengeOver, VotingClosed):  # somebody else has ended it
            if phase is Phase.VOTING:
                await self._vote(challenge)
            await studio.life.end_now(challenge)

    async def _vote(self, challenge: Challenge) -> None:
        names = {member_id: player.name for member_id, player in self._players.items()}
        names[self._organizer_id] = ORGANIZER
        appeal = {member_id: player.appeal for member_id, player in self._players.items()}
        await cast_votes(self._client.studio.voting, challenge, names=names, appeal=appeal, others=VISITOR_APPEAL)

    async def _show(self, challenge: Challenge, *, is_check: bool) -> None:
        """Show what the visitor can do now. Called after the challenge's own messages were brought up to date."""
        del is_check
        if challenge.challenge_id != self._challenge_id:
            return
        if challenge.phase is not self._phase and challenge.phase in TEXTS:
            view = _view(challenge.phase, lambda: self._request(partial(self.skip, challenge.phase)))
            if self._message is None:
                channel = self._client.get_partial_messageable(self._paintings.channel_id)
                self._message = await channel.send(view=view)
            else:
                await self._message.edit(view=view)
            self._phase = challenge.phase
        self._is_shown.set()


def _view(phase: Phase, on_press: Callable[[], object]) -> discord.ui.LayoutView:
    # Not a card's layout: discord.py has to remember the button, because no class of the bot matches its ID.
    view = discord.ui.LayoutView(timeout=None)
    column = discord.ui.Container[discord.ui.LayoutView](
        discord.ui.TextDisplay(TEXTS[phase]), accent_color=discord.Color(0xF8C93C)
    )
    if phase in BUTTONS:
        column.add_item(discord.ui.ActionRow(_SkipButton(phase, on_press)))
    return view.add_item(column)


class _SkipButton(discord.ui.Button[discord.ui.LayoutView]):
    """A button that ends a phase of the challenge."""

    def __init__(self, phase: Phase, on_press: Callable[[], object]) -> None:
        super().__init__(label=BUTTONS[phase], style=discord.ButtonStyle.primary, custom_id=f"demo:skip:{phase}")
        self._on_press = on_press

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Acknowledge the press, and pass it on."""
        await interaction.response.defer()
        self._on_press()
