"""`/challenge extend`: lets the phase of a challenge end later, after showing its organizer what changes."""

from __future__ import annotations

from datetime import UTC, datetime

from discord import app_commands

from bot.cards.challenge.questions import EXTEND_PATTERN, extend_question, extended_card
from bot.challenges.life import end_of_phase
from bot.challenges.times import MAX_LENGTH, parse_time
from bot.commands.answers import acknowledge, answering
from bot.commands.challenge.option import named_challenge, pressed_challenge, suggest_running
from bot.commands.challenge.rights import check_organizer
from bot.commands.controls import Control
from bot.commands.interaction import AtelierInteraction
from bot.errors import ChallengeChanged
from bot.servers.zone import zone_of
from bot.words import locale_of, localized, words_of


@app_commands.command(name="extend", description=localized("command-challenge-extend"))
@app_commands.describe(challenge=localized("option-challenge"), until=localized("option-challenge-until"))
@app_commands.autocomplete(challenge=suggest_running)
async def extend(
    interaction: AtelierInteraction, challenge: str, until: app_commands.Range[str, 1, MAX_LENGTH]
) -> None:
    """Ask whether to let the current phase of a challenge end at that time."""
    async with answering(interaction):
        studio, words = interaction.client.studio, words_of(interaction)
        found = await named_challenge(interaction, challenge)
        check_organizer(interaction, found)
        end_of_phase(found)
        preferences, server = studio.preferences.of(interaction.user.id), studio.servers.settings_of(found.guild_id)
        zone, language = zone_of(preferences, server), locale_of(interaction)
        extended = studio.life.extended(found, parse_time(until, zone=zone, now=studio.life.now(), language=language))
        await interaction.response.send_message(view=extend_question(found, extended, words), ephemeral=True)


class ExtendButton(Control, template=EXTEND_PATTERN):
    """Extends a challenge."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        await acknowledge(interaction)
        challenge = await pressed_challenge(interaction, self._match["challenge_id"])
        check_organizer(interaction, challenge)
        asked_about = self._match["phase"], int(self._match["before"])
        if asked_about != (challenge.phase.value, int(end_of_phase(challenge).timestamp())):
            raise ChallengeChanged
        until = datetime.fromtimestamp(int(self._match["until"]), UTC)
        extended = await interaction.client.studio.life.extend(challenge, until)
        await interaction.edit_original_response(view=extended_card(extended, words_of(interaction)))
