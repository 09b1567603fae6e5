"""`/challenge end-now` and `/challenge cancel`: end a challenge, or its phase, before its time."""

from __future__ import annotations

import re

from discord import app_commands

from bot.cards.challenge.questions import (
    CANCEL_PATTERN,
    END_PATTERN,
    KEEP_ID,
    MAX_REASON_LENGTH,
    REASON,
    cancel_form,
    canceled_card,
    end_question,
    ended_card,
    unchanged_card,
)
from bot.challenges.challenge import Phase
from bot.challenges.entry import PLACE_TAKING_STATES, EntryState
from bot.challenges.life import check_can_end
from bot.commands.answers import acknowledge, answering
from bot.commands.challenge.option import named_challenge, pressed_challenge, suggest_running
from bot.commands.challenge.rights import check_organizer
from bot.commands.controls import Control
from bot.commands.forms import Filled, Form, show_form
from bot.commands.interaction import AtelierInteraction
from bot.errors import ChallengeChanged, ChallengeOver
from bot.words import localized, words_of


@app_commands.command(name="end-now", description=localized("command-challenge-end-now"))
@app_commands.describe(challenge=localized("option-challenge"))
@app_commands.autocomplete(challenge=suggest_running)
async def end_now(interaction: AtelierInteraction, challenge: str) -> None:
    """Ask whether to close entries or voting at once."""
    async with answering(interaction):
        found = await named_challenge(interaction, challenge)
        check_organizer(interaction, found)
        check_can_end(found)
        entries = await interaction.client.studio.entries.of_challenge(found.challenge_id, states=PLACE_TAKING_STATES)
        unreviewed = sum(entry.state is EntryState.PENDING for entry in entries) if found.phase is Phase.OPEN else 0
        question = end_question(found, words_of(interaction), entries=len(entries), unreviewed=unreviewed)
        await interaction.response.send_message(view=question, ephemeral=True)


@app_commands.command(name="cancel", description=localized("command-challenge-cancel"))
@app_commands.describe(challenge=localized("option-challenge"), reason=localized("option-challenge-reason"))
@app_commands.autocomplete(challenge=suggest_running)
async def cancel(
    interaction: AtelierInteraction,
    challenge: str,
    reason: app_commands.Range[str, 1, MAX_REASON_LENGTH] | None = None,
) -> None:
    """Show the form that cancels a challenge."""
    async with answering(interaction):
        found = await named_challenge(interaction, challenge)
        check_organizer(interaction, found)
        if not found.is_running:
            raise ChallengeOver(found.title)
        await show_form(interaction, cancel_form(found, reason, words_of(interaction)))


class EndButton(Control, template=END_PATTERN):
    """Closes entries or voting."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        await acknowledge(interaction)
        challenge = await pressed_challenge(interaction, self._match["challenge_id"])
        check_organizer(interaction, challenge)
        if challenge.phase.value != self._match["phase"]:
            raise ChallengeChanged
        await interaction.client.studio.life.end_now(challenge)
        await interaction.edit_original_response(view=ended_card(challenge, words_of(interaction)))


class KeepButton(Control, template=KEEP_ID):
    """Leaves a challenge as it is."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        await acknowledge(interaction)
        await interaction.edit_original_response(view=unchanged_card(words_of(interaction)))


class CancelForm(Form):
    """Cancels a challenge."""

    template = re.compile(CANCEL_PATTERN)

    @classmethod
    async def submit(cls, interaction: AtelierInteraction, match: re.Match[str], filled: Filled) -> None:
        """Cancel it, with the reason that was written."""
        await acknowledge(interaction, thinking=True, ephemeral=True)
        challenge = await pressed_challenge(interaction, match["challenge_id"])
        check_organizer(interaction, challenge)
        await interaction.client.studio.life.cancel(challenge, reason=filled.text(REASON).strip() or None)
        await interaction.edit_original_response(view=canceled_card(challenge, words_of(interaction)))
