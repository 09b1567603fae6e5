"""Handles presses on the gallery's cards. All they need is in the custom IDs, so cards work after a restart."""

from __future__ import annotations

from bot.cards.buttons import SAVE_STYLE_PATTERN
from bot.cards.style_forms import rename_form
from bot.cards.styles import (
    CONFIRM_REMOVE_PATTERN,
    KEEP_ID,
    PAGE_PATTERN,
    REMOVE_PATTERN,
    RENAME_PATTERN,
    SCOPE_ID,
    SHOW_ID,
    removed_card,
    style_kept_card,
)
from bot.commands.answers import acknowledge
from bot.commands.controls import Control
from bot.commands.forms import show_form
from bot.commands.interaction import AtelierInteraction
from bot.commands.style_option import visitor_of
from bot.commands.styles import ask_how_to_save_of, ask_to_remove, show_page, show_style
from bot.gallery.style import Scope
from bot.words import words_of


class PageButton(Control, template=PAGE_PATTERN):
    """Turns to another page."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        await acknowledge(interaction)
        await show_page(interaction, Scope(self._match["scope"]), number=int(self._match["number"]))


class ScopeSelect(Control, template=SCOPE_ID):
    """Chooses whose styles are listed."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        [scope] = self.item.values
        await acknowledge(interaction)
        await show_page(interaction, Scope(scope))


class ShowSelect(Control, template=SHOW_ID):
    """Shows one of the listed styles."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        [style_id] = self.item.values
        await acknowledge(interaction, thinking=True, ephemeral=True)
        style = await interaction.client.studio.gallery.get(style_id, visitor_of(interaction))
        await show_style(interaction, style)


class RenameButton(Control, template=RENAME_PATTERN):
    """Asks for another name."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        gallery = interaction.client.studio.gallery
        style = await gallery.changeable(self._match["style_id"], visitor_of(interaction))
        await show_form(interaction, rename_form(style, words_of(interaction)))


class RemoveButton(Control, template=REMOVE_PATTERN):
    """Asks whether to remove a style."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        await ask_to_remove(interaction, self._match["style_id"])


class ConfirmRemoveButton(Control, template=CONFIRM_REMOVE_PATTERN):
    """Removes a style."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        await acknowledge(interaction)
        gallery = interaction.client.studio.gallery
        removed = await gallery.remove(self._match["style_id"], visitor_of(interaction))
        await interaction.edit_original_response(view=removed_card(removed, words_of(interaction)))


class KeepButton(Control, template=KEEP_ID):
    """Leaves a style as it is."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        await interaction.response.edit_message(view=style_kept_card(words_of(interaction)))


class SaveStyleButton(Control, template=SAVE_STYLE_PATTERN):
    """Asks how to save a painting as a style."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        await ask_how_to_save_of(interaction, self._match["job_id"])


STYLE_CONTROLS = (
    PageButton,
    ScopeSelect,
    ShowSelect,
    RenameButton,
    RemoveButton,
    ConfirmRemoveButton,
    KeepButton,
    SaveStyleButton,
)
