"""The option that names a challenge that has ended."""

from __future__ import annotations

from discord import app_commands

from bot.challenges.challenge import Challenge, Phase
from bot.commands.interaction import AtelierInteraction
from bot.errors import ChallengeNotEnded, ChallengeNotFound, DatabaseAway, NoEndedChallenge
from bot.storage.challenges import Titled
from bot.words.text import shortened

MAX_SUGGESTIONS = 25
MAX_CHOICE_LENGTH = 100
"""What Discord allows for the name of a suggestion."""


async def suggest_ended_challenges(interaction: AtelierInteraction, typed: str) -> list[app_commands.Choice[str]]:
    """Suggest the challenges of this server that have ended, the latest first."""
    try:
        titles = await _titles(interaction)
    except DatabaseAway:  # which is logged already, and said when the command is sent
        return []
    return [
        app_commands.Choice(name=shortened(its.title, MAX_CHOICE_LENGTH), value=its.challenge_id)
        for its in titles
        if its.phase is Phase.ENDED and typed.casefold() in its.title.casefold()
    ][:MAX_SUGGESTIONS]


async def ended_challenge(interaction: AtelierInteraction, written: str | None) -> Challenge:
    """The challenge that a member chose or whose title they wrote; by default, the one that ended last.

    Raises `ChallengeNotFound`, `ChallengeNotEnded` and `NoEndedChallenge`.
    """
    titles = await _titles(interaction)
    ended = [its for its in titles if its.phase is Phase.ENDED]
    if written is None:
        if not ended:
            raise NoEndedChallenge
        return await _get(interaction, ended[0])
    meant = written.strip().casefold()
    for its in [*ended, *titles]:
        if meant in {its.challenge_id, its.title.casefold()}:
            return check_ended(await _get(interaction, its))
    raise ChallengeNotFound(shortened(written, MAX_CHOICE_LENGTH))


def check_ended(challenge: Challenge) -> Challenge:
    """Return a challenge whose results everybody may see. Raises `ChallengeNotEnded`."""
    if not challenge.is_revealed:
        raise ChallengeNotEnded(challenge.title)
    return challenge


async def _titles(interaction: AtelierInteraction) -> list[Titled]:
    return await interaction.client.studio.challenges.titles(interaction.guild_id or 0)


async def _get(interaction: AtelierInteraction, its: Titled) -> Challenge:
    challenge = await interaction.client.studio.challenges.get(its.challenge_id)
    if challenge is None:
        raise ChallengeNotFound(its.title)
    return challenge
