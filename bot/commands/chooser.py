"""Handles presses on the card from which a member chooses the style of their painting."""

from __future__ import annotations

import re
from typing import Any, Self

import discord

from bot.cards.chooser import MENU_PATTERN, PAGE_PATTERN, STYLE_PATTERN, SURPRISE_PATTERN, chooser_card
from bot.commands.answers import acknowledge, answering_presses
from bot.commands.interaction import AtelierInteraction
from bot.commands.requests import choose
from bot.commands.style_option import titles_in, visitor_of
from bot.errors import StyleNotFound
from bot.messages.answer import cleared
from bot.messages.uploads import opened
from bot.painting.job import Job
from bot.words import Words, words_of


class _Control(discord.ui.DynamicItem[Any], template="atelier:choose"):
    """A control of the card, with what its custom ID says. Only the job's owner may use it."""

    def __init__(self, item: Any, match: re.Match[str]) -> None:
        super().__init__(item)
        self._match = match

    @classmethod
    async def from_custom_id(cls, _interaction: Any, item: Any, match: re.Match[str], /) -> Self:
        """The control that was used."""
        return cls(item, match)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """React to the press. The bot's own errors become the answer, and leave the card as it is."""
        pressed: AtelierInteraction = interaction
        async with answering_presses(pressed):
            await acknowledge(pressed)
            job = await pressed.client.studio.intake.undecided(self._match["job_id"], pressed.user.id)
            await self._react(pressed, job)

    async def _react(self, interaction: AtelierInteraction, job: Job) -> None:
        raise NotImplementedError


class StyleButton(_Control, template=STYLE_PATTERN):
    """Paints in the style with that number."""

    async def _react(self, interaction: AtelierInteraction, job: Job) -> None:
        gallery = interaction.client.studio.gallery
        await choose(interaction, job, await gallery.get(self._match["style_id"], visitor_of(interaction)))


class StyleMenu(_Control, template=MENU_PATTERN):
    """Paints in the style that is chosen by its name."""

    async def _react(self, interaction: AtelierInteraction, job: Job) -> None:
        [style_id] = self.item.values
        gallery = interaction.client.studio.gallery
        await choose(interaction, job, await gallery.get(style_id, visitor_of(interaction)))


class SurpriseButton(_Control, template=SURPRISE_PATTERN):
    """Paints in any of the styles."""

    async def _react(self, interaction: AtelierInteraction, job: Job) -> None:
        titles = titles_in(words_of(interaction))
        for style in await interaction.client.studio.gallery.sample(1, visitor_of(interaction), titles):
            await choose(interaction, job, style)
            return
        raise StyleNotFound("")


class PageButton(_Control, template=PAGE_PATTERN):
    """Turns to another page."""

    async def _react(self, interaction: AtelierInteraction, job: Job) -> None:
        studio = interaction.client.studio
        page = await studio.intake.chooser.page(job, visitor_of(interaction), number=int(self._match["number"]))
        await studio.intake.undecided(job.job_id, interaction.user.id)  # drawing the page may have taken a while
        card = chooser_card(job, page, Words.of(job.locale))
        with opened(card.files) as uploads:
            await interaction.edit_original_response(**cleared(card), attachments=list(uploads.values()))


CHOOSER_CONTROLS = (StyleButton, StyleMenu, SurpriseButton, PageButton)
