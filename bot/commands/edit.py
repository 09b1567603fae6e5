""" "Edit…" below a painting: a form with everything filled in, and what is painted from it."""

from __future__ import annotations

import re

from bot.cards.edit_form import (
    EDIT_FORM_PATTERN,
    MAX_MENU_STYLES,
    SAME_STYLE,
    check_edit,
    edit_form,
    edited_options,
)
from bot.commands.forms import Filled, Form, show_form
from bot.commands.interaction import AtelierInteraction
from bot.commands.painting import painting_to_vary
from bot.commands.requests import vary
from bot.commands.style_option import titles_in, visitor_of
from bot.errors import NotASeed, NothingEdited
from bot.gallery.style import Style
from bot.painting.job import MAX_SEED, Variation
from bot.words import words_of


async def ask_for_edit(interaction: AtelierInteraction, job_id: str) -> None:
    """Show the form of a painting. Raises `PaintingForgotten` and `VariationsByOwnerOnly`."""
    studio, words = interaction.client.studio, words_of(interaction)
    job = await painting_to_vary(interaction, job_id)
    styles = await studio.gallery.suggest("", visitor_of(interaction), titles_in(words), limit=MAX_MENU_STYLES)
    await show_form(interaction, edit_form(job, styles, studio.servers.settings_of(interaction.guild_id), words))


class EditForm(Form):
    """Paints a painting again with what a member changed."""

    template = re.compile(EDIT_FORM_PATTERN)

    @classmethod
    async def submit(cls, interaction: AtelierInteraction, match: re.Match[str], filled: Filled) -> None:
        """Accept the painting as a new job, or say what is wrong."""
        job = await painting_to_vary(interaction, match["job_id"])
        edited = edited_options(
            job.options,
            strength=filled.choice("strength"),
            recipe=filled.choice("recipe"),
            look=filled.choice("look"),
            seed=_seed(filled.text("seed")),
        )
        style_id = filled.choice("style") or SAME_STYLE
        styles: tuple[Style, ...] = ()
        check_edit(job, edited, has_other_style=style_id != SAME_STYLE)
        if style_id != SAME_STYLE:
            styles = (await interaction.client.studio.gallery.get(style_id, visitor_of(interaction)),)
        elif edited == job.options:
            raise NothingEdited
        await vary(interaction, job.job_id, Variation.EDIT, styles=styles, options=edited)


def _seed(written: str) -> int:
    """The number in the field. Raises `NotASeed`."""
    written = written.strip()
    if not re.fullmatch("[0-9]+", written) or int(written) > MAX_SEED:
        raise NotASeed(MAX_SEED)
    return int(written)
