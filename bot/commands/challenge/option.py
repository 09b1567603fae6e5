"""The option that names a challenge of the server: what it suggests, and which one is meant."""

from __future__ import annotations

from discord import app_commands

from bot.challenges.challenge import Challenge, Phase
from bot.commands.interaction import AtelierInteraction
from bot.errors import ChallengeNotFound, DatabaseAway, NoOpenChallenge, SeveralChallenges
from bot.words.text import shortened

MAX_SUGGESTIONS = 25
MAX_CHOICE_LENGTH = 100
"""What Discord allows for the name of a suggestion."""


async def suggest_open_challenges(interaction: AtelierInteraction, typed: str) -> list[app_commands.Choice[str]]:
    """Suggest the challenges that members can enter, the latest first."""
    try:
        found = await _open_challenges(interaction)
    except DatabaseAway:  # which is logged already, and said when the command is sent
        return []
    return [
        app_commands.Choice(name=shortened(challenge.title, MAX_CHOICE_LENGTH), value=challenge.challenge_id)
        for challenge in found
        if typed.casefold() in challenge.title.casefold()
    ]


async def open_challenge(
    interaction: AtelierInteraction, written: str | None, *, is_reviewed: bool = False
) -> Challenge:
    """The challenge that a member chose or whose title they wrote; by default, the only one that can be entered.

    `is_reviewed` looks only for those whose entries are reviewed. Raises `ChallengeNotFound`, `NoOpenChallenge` and
    `SeveralChallenges`.
    """
    found = [challenge for challenge in await _open_challenges(interaction) if challenge.is_reviewed or not is_reviewed]
    if written is not None:
        meant = (written.strip(), written.strip().casefold())
        for challenge in found:
            if challenge.challenge_id == meant[0] or challenge.title.casefold() == meant[1]:
                return challenge
        raise ChallengeNotFound(written)
    if not found:
        raise NoOpenChallenge
    if len(found) > 1:
        raise SeveralChallenges(tuple(challenge.title for challenge in found))
    return found[0]


async def _open_challenges(interaction: AtelierInteraction) -> list[Challenge]:
    challenges = interaction.client.studio.challenges
    return await challenges.of_guild(interaction.guild_id or 0, phases=(Phase.OPEN,), limit=MAX_SUGGESTIONS)
