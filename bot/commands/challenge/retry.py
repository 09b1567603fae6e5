"""Keeps what was written in a form that couldn't be accepted, and opens the form again with it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import discord

from bot.cards.challenge.setup_forms import (
    AGAIN,
    MAX_MENU_STYLES,
    RETRY_PATTERN,
    SERIES_FORM_PATTERN,
    STYLE_FORM_PATTERN,
    TEXTS_FORM_PATTERN,
    fixed_style_form,
    retry_card,
    series_form,
    texts_form,
    themes_form,
)
from bot.challenges.form_texts import FormText
from bot.commands.answers import log_refusal
from bot.commands.challenge.rights import check_organizer
from bot.commands.controls import Control
from bot.commands.forms import show_form
from bot.commands.interaction import AtelierInteraction
from bot.commands.style_option import titles_in, visitor_of
from bot.errors import AtelierError
from bot.words import sentence_for, words_of
from stylizer.pool import StylizerError


@asynccontextmanager
async def offering_again(
    interaction: AtelierInteraction,
    form_id: str,
    texts: Mapping[str, str],
    *,
    zone: str = "UTC",
    is_again: bool,
) -> AsyncIterator[None]:
    """Answer an acknowledged form with what is wrong with it, and a button that opens it again as it was filled in."""
    try:
        yield
    except (AtelierError, StylizerError) as error:
        log_refusal(interaction, error)
        key = await interaction.client.studio.setup.form_texts.keep(
            FormText(interaction.user.id, form_id, dict(texts), zone)
        )
        words = words_of(interaction)
        view = retry_card(sentence_for(error, words), key, words)
        if interaction.message is None or is_again:  # its message says what was wrong before
            await interaction.edit_original_response(view=view)
        else:
            await interaction.followup.send(view=view, ephemeral=True)


class RetryButton(Control, template=RETRY_PATTERN):
    """Opens the form again."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        check_organizer(interaction, None)
        studio = interaction.client.studio
        written = await studio.setup.form_texts.get(self._match["key"], member_id=interaction.user.id)
        await show_form(interaction, await _form(interaction, written))


async def _form(interaction: AtelierInteraction, written: FormText) -> discord.ui.Modal:
    words, custom_id = words_of(interaction), f"{written.form_id}{AGAIN}"
    if re.fullmatch(TEXTS_FORM_PATTERN, custom_id):
        return texts_form(custom_id, written.texts, zone=written.zone, words=words)
    if re.fullmatch(STYLE_FORM_PATTERN, custom_id):
        gallery = interaction.client.studio.gallery
        styles = await gallery.suggest("", visitor_of(interaction), titles_in(words), limit=MAX_MENU_STYLES)
        return fixed_style_form(custom_id, written.texts, styles, words)
    if re.fullmatch(SERIES_FORM_PATTERN, custom_id):
        return series_form(custom_id, written.texts, words)
    return themes_form(custom_id, written.texts, words)
