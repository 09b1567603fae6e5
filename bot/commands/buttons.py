"""Handles presses on the buttons of paintings. All they need is in the custom IDs, so buttons survive restarts."""

from __future__ import annotations

from bot.cards.buttons import (
    CONFIRM_DELETE_PATTERN,
    KEEP_ID,
    OWNER_ACTION_PATTERN,
    SHOW_PATTERN,
    VARIATION_PATTERN,
    OwnerAction,
    back_out_button,
    confirm_delete_button,
)
from bot.cards.delete import delete_question, deleted_card, not_deleted_card
from bot.commands.answers import acknowledge
from bot.commands.cancel import cancel
from bot.commands.controls import Control
from bot.commands.delete import check_delete, delete
from bot.commands.interaction import AtelierInteraction
from bot.commands.requests import show_undelivered, vary
from bot.painting.job import Variation
from bot.words import words_of


class OwnerButton(Control, template=OWNER_ACTION_PATTERN):
    """Cancels a job, or asks whether to delete its painting, for its owner and moderators."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        job_id, owner_id = self._match["job_id"], int(self._match["owner_id"])
        if OwnerAction(self._match["action"]) is OwnerAction.CANCEL:
            await cancel(interaction, job_id, owner_id=owner_id)
            return
        await acknowledge(interaction)
        message = await check_delete(interaction, job_id, owner_id=owner_id)
        words = words_of(interaction)
        yes = confirm_delete_button(job_id, owner_id, message.message_id, words)
        card = delete_question(yes, back_out_button(KEEP_ID, words), words, has_posts=message.has_posts)
        await interaction.followup.send(view=card, ephemeral=True)


class ConfirmDeleteButton(Control, template=CONFIRM_DELETE_PATTERN):
    """Deletes a painting and its message, for the member who was asked."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        await acknowledge(interaction)
        await delete(
            interaction,
            self._match["job_id"],
            owner_id=int(self._match["owner_id"]),
            message_id=int(self._match["message_id"]),
        )
        await interaction.edit_original_response(view=deleted_card(words_of(interaction)))


class KeepButton(Control, template=KEEP_ID):
    """Leaves a painting as it is."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        await interaction.response.edit_message(view=not_deleted_card(words_of(interaction)))


class VariationButton(Control, template=VARIATION_PATTERN):
    """Paints the pictures of a job again, slightly differently, for the member who presses it."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        await vary(interaction, self._match["job_id"], Variation(self._match["variation"]))


class ShowButton(Control, template=SHOW_PATTERN):
    """Shows its owner a painting that couldn't be delivered, in the place where it is pressed."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        await show_undelivered(interaction, self._match["job_id"])


BUTTONS = (ShowButton, OwnerButton, ConfirmDeleteButton, KeepButton, VariationButton)
