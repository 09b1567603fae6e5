"""Handles presses on the card from which a member chooses the style of their painting."""

from __future__ import annotations

import re
from abc import abstractmethod

from bot.cards.chooser import (
    MENU_PATTERN,
    NAME_FORM_PATTERN,
    NAME_PATTERN,
    PAGE_PATTERN,
    STYLE_PATTERN,
    SURPRISE_PATTERN,
    chooser_card,
    name_form,
)
from bot.commands.answers import acknowledge
from bot.commands.cards import show_card
from bot.commands.controls import Control
from bot.commands.forms import Filled, Form, show_form
from bot.commands.interaction import AtelierInteraction
from bot.commands.requests import choose
from bot.commands.style_option import named_style, titles_in, visitor_of
from bot.errors import StyleNotFound
from bot.painting.job import Job
from bot.words import Words, words_of


class _OwnersControl(Control, template="atelier:choose"):
    """A control that only the job's owner may use. What goes wrong leaves the card as it is."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        await acknowledge(interaction)
        job = await interaction.client.studio.intake.undecided(self._match["job_id"], interaction.user.id)
        await self._go_on(interaction, job)

    @abstractmethod
    async def _go_on(self, interaction: AtelierInteraction, job: Job) -> None:
        """Do what the control is for."""


class StyleButton(_OwnersControl, template=STYLE_PATTERN):
    """Paints in the style with that number."""

    async def _go_on(self, interaction: AtelierInteraction, job: Job) -> None:
        gallery = interaction.client.studio.gallery
        await choose(interaction, job, await gallery.get(self._match["style_id"], visitor_of(interaction)))


class StyleMenu(_OwnersControl, template=MENU_PATTERN):
    """Paints in the style that is chosen by its name."""

    async def _go_on(self, interaction: AtelierInteraction, job: Job) -> None:
        [style_id] = self.item.values
        gallery = interaction.client.studio.gallery
        await choose(interaction, job, await gallery.get(style_id, visitor_of(interaction)))


class SurpriseButton(_OwnersControl, template=SURPRISE_PATTERN):
    """Paints in any of the styles."""

    async def _go_on(self, interaction: AtelierInteraction, job: Job) -> None:
        gallery, titles = interaction.client.studio.gallery, titles_in(words_of(interaction))
        with_own = _is_seen_by_owner_only(interaction, job)
        for style in await gallery.sample(1, visitor_of(interaction), titles, with_own=with_own):
            await choose(interaction, job, style)
            return
        raise StyleNotFound("")


class PageButton(_OwnersControl, template=PAGE_PATTERN):
    """Turns to another page."""

    async def _go_on(self, interaction: AtelierInteraction, job: Job) -> None:
        studio = interaction.client.studio
        page = await studio.intake.chooser.page(
            job,
            visitor_of(interaction),
            number=int(self._match["number"]),
            with_own=_is_seen_by_owner_only(interaction, job),
        )
        await studio.intake.undecided(job.job_id, interaction.user.id)  # drawing the page may have taken a while
        await show_card(interaction, chooser_card(job, page, Words.of(job.locale)))


class NameButton(Control, template=NAME_PATTERN):
    """Asks the job's owner for the name of a style. Only they see it: the card shows none of their own styles."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        job = await interaction.client.studio.intake.undecided(self._match["job_id"], interaction.user.id)
        await show_form(interaction, name_form(job, words_of(interaction)))


class NameForm(Form):
    """Paints in the style with that name."""

    template = re.compile(NAME_FORM_PATTERN)

    @classmethod
    async def submit(cls, interaction: AtelierInteraction, match: re.Match[str], filled: Filled) -> None:
        """Paint it on the card where the form was opened, or say what is wrong."""
        await acknowledge(interaction)
        job = await interaction.client.studio.intake.undecided(match["job_id"], interaction.user.id)
        await choose(interaction, job, await named_style(interaction, filled.text("name")))


def _is_seen_by_owner_only(interaction: AtelierInteraction, job: Job) -> bool:
    return job.is_private or interaction.context.dm_channel


CHOOSER_CONTROLS = (StyleButton, StyleMenu, SurpriseButton, PageButton, NameButton)
