"""The demo's stage: the bot in a channel of a simulated Discord, with the members who use it."""

from __future__ import annotations

import asyncio
import itertools
import tempfile
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import discord
import simcord
from simcord.actors import MemberActor
from simcord.backend.cdn import CDN_BASE, CdnStore
from simcord.builders import ChannelHandle, UserHandle
from simcord.results import InteractionResult

from bot.app import Atelier, local_engine, open_app
from bot.clock.timing import Clock, Timing
from bot.demo.cast import ORGANIZER, PLAYERS
from bot.demo.challenge import DemoChallenge
from bot.demo.displayed_size import displayed_size
from bot.demo.paintings import ReadyPaintings
from bot.demo.samples import (
    BOARD_PHOTOGRAPH,
    BOARD_STYLES,
    HISTORY_DIR,
    PHOTOGRAPHS,
    SAMPLES_DIR,
    STYLES,
    STYLES_DIR,
    sample,
)
from bot.demo.simulation import EngineWrapper, Simulation
from bot.sources.picture import CDN, MEDIA_HOST
from config.settings import Settings
from stylizer.events import Event
from stylizer.pool import Engine, PaintingJob
from stylizer.recipe import DEFAULT_RECIPE

AVATAR = "glass_suns"
"""The sample that serves as the bot's avatar."""
SIZE_PX = 384
"""Large enough to enjoy, small enough for a machine without fast bfloat16 to finish while someone watches."""
SIMULATION_SETTLE_TIMEOUT_SECONDS = 60.0
"""For the bot to respond while the painter uses the whole CPU."""
UPLOADS_URL = "https://uploads.invalid"
_DISCORDS = tuple(f"{base}/" for base in (UPLOADS_URL, CDN_BASE, CDN, f"https://{MEDIA_HOST}"))
"""What URLs of the simulated Discord begin with."""


@dataclass(frozen=True, slots=True)
class SampleOptions:
    """How samples are painted."""

    recipe: str = DEFAULT_RECIPE
    size_px: int = SIZE_PX


class Stage:
    """The bot in a channel of a simulated Discord, the visitor who owns the server, and another member."""

    def __init__(self, app: Atelier, env: simcord.Env, options: SampleOptions) -> None:
        self.app = app
        self.env = env
        self.options = options
        self.uploads = _Uploads()
        env.backend.cdn = self.uploads
        bot = env.backend.bot_user
        bot.name, bot.avatar = "Atelier", AVATAR
        self._store_avatar(bot.id, AVATAR)
        you = self._create_user("You", "pastel_meadow")
        guild = env.create_guild("Atelier", owner=you)
        self.channel: ChannelHandle = guild.create_text_channel(
            "atelier", topic="Paint one picture in the style of another"
        )
        self.visitor: MemberActor = guild.add_member(you)
        self.members: tuple[MemberActor, ...] = (
            self.visitor,
            guild.add_member(self._create_user(ORGANIZER, "ink_garden")),
        )
        """The members whose view the page can show, the visitor first."""
        self.requests: asyncio.Queue[Callable[[], Awaitable[object]]] = asyncio.Queue()
        """What buttons of the demo ask for. The page does it: simcord forbids commands during a press."""
        self._pairs = itertools.cycle(zip(PHOTOGRAPHS * len(STYLES), STYLES * len(PHOTOGRAPHS), strict=True))

    async def welcome(self) -> None:
        """Post the bot's welcome message, which says what to try."""
        channel = self.app.client.get_partial_messageable(self.channel.id)
        await channel.send(view=_welcome(_SampleButton(self._request_sample)))

    async def open_challenge(self) -> None:
        """Give the visitor a history, and open a challenge that simulated members have entered already."""
        studio, guild = self.app.client.studio, self.visitor.guild
        await studio.preferences.change(
            self.visitor.id, recipe_name=self.options.recipe, size_px=self.options.size_px
        )  # so that what they enter is painted while they watch
        paintings = ReadyPaintings(self.app.client, guild.id, self.channel.id)
        for path in sorted(HISTORY_DIR.glob("*.jpg")):
            await paintings.add(path, self.visitor.id)
        players = {guild.add_member(self._create_user(player.name, player.avatar)).id: player for player in PLAYERS}
        challenge = DemoChallenge(
            self.app.client,
            paintings,
            organizer_id=self.members[1].id,
            players=players,
            request=self.requests.put_nowait,
        )
        await challenge.open()

    async def explore_sample(self) -> InteractionResult:
        """Send `/explore` with a sample as the visitor. Returns when the bot has accepted or refused it."""
        return await self.visitor.slash(
            self.channel, "explore", content=sample(BOARD_PHOTOGRAPH), styles=", ".join(BOARD_STYLES)
        )

    async def stylize_sample(self, member: MemberActor | None = None) -> InteractionResult:
        """Send `/stylize` with the next pair of samples, as a member (default: the visitor).

        Returns when the bot has accepted or refused it.
        """
        content, style = next(self._pairs)
        return await (member or self.visitor).slash(
            self.channel,
            "stylize",
            content=sample(content),
            style=sample(style),
            recipe=self.options.recipe,
            size=self.options.size_px,
        )

    def _request_sample(self, user_id: int) -> None:
        member = next(member for member in self.members if member.id == user_id)
        self.requests.put_nowait(partial(self.stylize_sample, member))

    def _create_user(self, name: str, avatar: str) -> UserHandle:
        user = self.env.create_user(name.casefold(), global_name=name, avatar=avatar)
        self._store_avatar(user.id, avatar)
        return user

    def _store_avatar(self, user_id: int, avatar: str) -> None:
        self.uploads.files[f"{CDN_BASE}/avatars/{user_id}/{avatar}.png"] = sample(avatar)


class _Uploads(CdnStore):
    """Stores simcord's attachments under another address.

    A card's thumbnails are the URLs of the member's uploads. simcord's page only shows a picture by its URL if the URL
    is outside simcord's own attachments, and the page was given the bytes.
    """

    def __init__(self) -> None:
        super().__init__()
        self.files: dict[str, tuple[str, bytes]] = {}
        """Name and bytes by URL."""

    def store_attachment(
        self, attachment_id: int, channel_id: int, filename: str, data: bytes, description: str | None
    ) -> dict[str, Any]:
        """Store a file, and return how Discord would describe it."""
        stored = super().store_attachment(attachment_id, channel_id, filename, data, description)
        url = f"{UPLOADS_URL}/{channel_id}/{attachment_id}/{filename}"
        self.files[url] = (filename, data)
        size_px = displayed_size(data)
        sides = {} if size_px is None else {"width": size_px[0], "height": size_px[1]}
        return {**stored, **sides, "url": url, "proxy_url": url}

    def get(self, url: str) -> bytes | None:
        """Return the bytes stored under a URL."""
        return self.files[url][1] if url in self.files else super().get(url)


@asynccontextmanager
async def open_stage(
    settings: Settings,
    options: SampleOptions = SampleOptions(),
    *,
    engine: Engine | None = None,
    on_event: Callable[[Event], None] = lambda _: None,
    clock: Clock = time.monotonic,
) -> AsyncIterator[Stage]:
    """Open the whole bot on a simulated Discord, painting with `engine` (default: the real one).

    Calls `on_event` with every event of a painting. `clock` controls how often cards are edited.
    """
    simulation = Simulation()
    painter = _ObservedEngine(engine or local_engine(settings.engine), on_event)
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="atelier-demo-"))
        # The painter is as the user configured it. Discord, the data and the limits of members are the demo's own.
        private = Settings.model_construct(data_dir=Path(folder), engine=settings.engine)
        app = await stack.enter_async_context(
            open_app(
                private,
                engine=simulation.engine(painter),
                download=simulation.download,
                allows=lambda url: url.startswith(_DISCORDS),
                timing=Timing(clock, simulation.call_later),
            )
        )
        env = await stack.enter_async_context(
            # The bot logs its errors; they are no reason to end the demo with a traceback.
            simulation.run(app.client, settle_timeout=SIMULATION_SETTLE_TIMEOUT_SECONDS, check_errors=False)
        )
        await env.advance_time((datetime.now(UTC) - env.now()).total_seconds())
        yield Stage(app, env, options)


class _ObservedEngine(EngineWrapper):
    """Calls a function with every event of the engine."""

    def __init__(self, engine: Engine, on_event: Callable[[Event], None]) -> None:
        super().__init__(engine)
        self._on_event = on_event

    async def run(self, job: PaintingJob) -> AsyncGenerator[Event, None]:
        """See `Engine`."""
        async with aclosing(self._engine.run(job)) as events:
            async for event in events:
                self._on_event(event)
                yield event


class _SampleButton(discord.ui.Button[discord.ui.LayoutView]):
    """The button *Try a sample*."""

    def __init__(self, on_press: Callable[[int], None]) -> None:
        super().__init__(label="Try a sample", style=discord.ButtonStyle.primary, custom_id="demo:sample")
        self._on_press = on_press

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Acknowledge the press and pass on the user's ID."""
        await interaction.response.defer()
        self._on_press(interaction.user.id)


def _welcome(button: _SampleButton) -> discord.ui.LayoutView:
    # Not a card's layout: discord.py has to remember this button, because no class of the bot matches its ID.
    view = discord.ui.LayoutView(timeout=None)
    column = discord.ui.Container[discord.ui.LayoutView](
        discord.ui.TextDisplay(
            "## Welcome to Atelier\n"
            "This is the real bot on a simulated Discord; nothing leaves your machine. "
            "Below, it paints one photo in nine styles.\n"
            "1. Press the number of your favorite: Atelier paints it large. Use the buttons below the "
            "painting to vary, strengthen, enlarge or swap it.\n"
            "2. Use your own photo: type `/explore`, choose it as **content**, and press Enter.\n"
            "3. Use your own style: type `/stylize`, choose a photo as **content** and, under *more*, a picture whose "
            "look you like as **style**. Or press **Try a sample**.\n"
            "4. Save any picture as a style, or stylize it: press **Apps** on its message.\n"
            "5. Take part in the challenge below: **Enter**, then skip to the voting, and to the results.\n"
            "6. You own this server: try `/server settings`. Under *Viewing as*, see what **Mia** can see and do."
        ),
        discord.ui.ActionRow(button),
        discord.ui.TextDisplay(f"-# Photos to upload: {SAMPLES_DIR}\n-# Styles to upload: {STYLES_DIR}"),
        accent_color=discord.Color(0xF8C93C),
    )
    return view.add_item(column)
