"""The option that names a challenge: what it suggests while a member types, and which one they mean by it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import TypeVar

from discord import app_commands

from bot.cards.challenge.listing import option_label
from bot.challenges.challenge import MAX_TITLE_LENGTH, RUNNING_PHASES, Challenge, Phase
from bot.commands.interaction import AtelierInteraction
from bot.errors import (
    ChallengeNotEnded,
    ChallengeNotFound,
    ChallengeUnknown,
    DatabaseAway,
    NoEndedChallenge,
    NoOpenChallenge,
    NoReviewedChallenge,
    SeveralChallenges,
)
from bot.storage.challenges import Titled
from bot.words import words_of
from bot.words.text import folded, shortened

MAX_SUGGESTIONS = 25
MAX_CHOICE_LENGTH = 100
"""What Discord allows for the name of a suggestion."""
MAX_NAMED = 10
"""How many challenges a sentence names."""
AnyTitled = TypeVar("AnyTitled", Challenge, Titled)


async def suggest_challenges(interaction: AtelierInteraction, typed: str) -> list[app_commands.Choice[str]]:
    """Suggest challenges of the server, newest first."""
    return await _suggest(interaction, typed, phases=tuple(Phase))


async def suggest_running(interaction: AtelierInteraction, typed: str) -> list[app_commands.Choice[str]]:
    """Suggest challenges of the server that aren't over."""
    return await _suggest(interaction, typed, phases=RUNNING_PHASES)


async def suggest_ended(interaction: AtelierInteraction, typed: str) -> list[app_commands.Choice[str]]:
    """Suggest challenges of the server that have ended."""
    return await _suggest(interaction, typed, phases={Phase.ENDED})


async def suggest_open_challenges(interaction: AtelierInteraction, typed: str) -> list[app_commands.Choice[str]]:
    """Suggest the challenges that members can enter, the latest first."""
    try:
        found = await _open_challenges(interaction)
    except DatabaseAway:  # which is logged already, and said when the command is sent
        return []
    return choices([(each.title, each) for each in found if folded(typed) in folded(each.title)])


def choices(named: Sequence[tuple[str, AnyTitled]]) -> list[app_commands.Choice[str]]:
    """Suggest challenges by these names. Those of a series share a name, so it is followed by the theme."""
    count = Counter(name for name, _ in named)
    return [
        app_commands.Choice(
            name=shortened(name if count[name] == 1 else f"{name} · {' '.join(one.theme.split())}", MAX_CHOICE_LENGTH),
            value=one.challenge_id,
        )
        for name, one in named
    ]


async def named_challenge(interaction: AtelierInteraction, written: str) -> Challenge:
    """The challenge that a member chose, or whose title they wrote. Raises `ChallengeNotFound`."""
    records = interaction.client.studio.challenges
    titled = meant_by(written, await records.titles(interaction.guild_id or 0))
    challenge = None if titled is None else await records.get(titled.challenge_id)
    if challenge is None:
        raise ChallengeNotFound(shortened(written.strip(), MAX_TITLE_LENGTH))
    return challenge


async def open_challenge(
    interaction: AtelierInteraction, written: str | None, *, is_reviewed: bool = False
) -> Challenge:
    """The challenge that a member chose or whose title they wrote; by default, the only one that can be entered.

    One that they named may be closed, or not reviewed. `is_reviewed` prefers those whose entries are reviewed. Raises
    `ChallengeNotFound`, `NoOpenChallenge`, `NoReviewedChallenge` and `SeveralChallenges`.
    """
    found = [challenge for challenge in await _open_challenges(interaction) if challenge.is_reviewed or not is_reviewed]
    if written is not None:
        return meant_by(written, found) or await named_challenge(interaction, written)
    if not found:
        raise NoReviewedChallenge if is_reviewed else NoOpenChallenge
    if len(found) > 1:
        raise SeveralChallenges(tuple(challenge.title for challenge in found[:MAX_NAMED]))
    return found[0]


async def ended_challenge(interaction: AtelierInteraction, written: str | None) -> Challenge:
    """The challenge that a member chose, or whose title they wrote; by default, the newest that has ended.

    Raises `ChallengeNotFound`, `ChallengeNotEnded` and `NoEndedChallenge`.
    """
    if written is not None:
        return check_ended(await named_challenge(interaction, written))
    studio = interaction.client.studio
    found = await studio.challenges.of_guild(interaction.guild_id or 0, phases=(Phase.ENDED,), limit=1)
    if not found:
        raise NoEndedChallenge
    return found[0]


def check_ended(challenge: Challenge) -> Challenge:
    """Return a challenge whose results everybody may see. Raises `ChallengeNotEnded`."""
    if not challenge.is_revealed:
        raise ChallengeNotEnded(challenge.title)
    return challenge


async def pressed_challenge(interaction: AtelierInteraction, challenge_id: str) -> Challenge:
    """The challenge that a button or a form names, if it is one of this server's. Raises `ChallengeUnknown`."""
    challenge = await interaction.client.studio.challenges.get(challenge_id)
    if challenge is None or challenge.guild_id != interaction.guild_id:
        raise ChallengeUnknown
    return challenge


async def _suggest(
    interaction: AtelierInteraction, typed: str, *, phases: Collection[Phase]
) -> list[app_commands.Choice[str]]:
    try:
        found = await interaction.client.studio.challenges.titles(interaction.guild_id or 0)
    except DatabaseAway:  # which is logged already, and said when the command is sent
        return []
    words = words_of(interaction)
    fitting = [each for each in found if each.phase in phases and folded(typed) in folded(each.title)]
    return choices([(option_label(each.title, each.phase, words), each) for each in fitting[:MAX_SUGGESTIONS]])


async def _open_challenges(interaction: AtelierInteraction) -> list[Challenge]:
    challenges = interaction.client.studio.challenges
    return await challenges.of_guild(interaction.guild_id or 0, phases=(Phase.OPEN,), limit=MAX_SUGGESTIONS)


def meant_by(written: str, challenges: Sequence[AnyTitled]) -> AnyTitled | None:
    """The first challenge with this ID or title, or the only one whose title contains it; None if it isn't clear."""
    wanted = folded(written)
    exact = [one for one in challenges if written.strip() == one.challenge_id or wanted == folded(one.title)]
    if exact:
        return exact[0]
    similar = [one for one in challenges if wanted in folded(one.title)]
    return similar[0] if len(similar) == 1 else None
