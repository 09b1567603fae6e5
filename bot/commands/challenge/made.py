"""How an entry was made, once the challenge has ended, and painting another picture like it."""

from __future__ import annotations

import re

from bot.cards.challenge.entries import made_card
from bot.cards.challenge.entry_buttons import LIKE_FORM_PATTERN, LIKE_PATTERN, MADE_PATTERN
from bot.cards.challenge.like_form import like_form
from bot.cards.edit_form import MAX_MENU_STYLES, SAME_STYLE, edited_options
from bot.challenges.challenge import Challenge
from bot.challenges.entry import Entry
from bot.commands.answers import acknowledge
from bot.commands.cards import show_card
from bot.commands.controls import Control
from bot.commands.forms import Filled, Form, show_form
from bot.commands.interaction import AtelierInteraction
from bot.commands.requests import accept
from bot.commands.style_option import titles_in, visitor_of
from bot.errors import EntryGone, NoPictureChosen
from bot.painting.job import Job
from bot.painting.request import ChosenStyle
from bot.painting.thumbnails import Thumbnails
from bot.words import words_of


class MadeButton(Control, template=MADE_PATTERN):
    """Shows how an entry was made, to everybody who asks."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        await acknowledge(interaction, thinking=True, ephemeral=True)
        challenge, entry, job = await _revealed(interaction, self._match)
        thumbnails = Thumbnails.uploaded(job, *await interaction.client.studio.pictures.thumbnails(job))
        await show_card(interaction, made_card(challenge, entry, job, thumbnails, words_of(interaction)))


class LikeButton(Control, template=LIKE_PATTERN):
    """Opens the form that paints a picture like an entry."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        studio, words = interaction.client.studio, words_of(interaction)
        challenge, entry, job = await _revealed(interaction, self._match)
        styles = await studio.gallery.suggest("", visitor_of(interaction), titles_in(words), limit=MAX_MENU_STYLES)
        settings = studio.servers.settings_of(interaction.guild_id)
        form = like_form(challenge.challenge_id, entry.number or 0, job, styles, settings, words)
        await show_form(interaction, form)


class LikeForm(Form):
    """Paints a picture like an entry, for the member who sent the form."""

    template = re.compile(LIKE_FORM_PATTERN)

    @classmethod
    async def submit(cls, interaction: AtelierInteraction, match: re.Match[str], filled: Filled) -> None:
        """Accept the painting, or say what is wrong."""
        _, _, job = await _revealed(interaction, match)
        content = filled.picture("content")
        if content is None:
            raise NoPictureChosen("content", ("content",))
        options = edited_options(
            job.options,
            strength=filled.choice("strength"),
            recipe=filled.choice("recipe"),
            look=filled.choice("look"),
            seed=job.options.seed,
        )
        style_id = filled.choice("style") or SAME_STYLE
        if style_id == SAME_STYLE:
            styles = [ChosenStyle(style, style.weight) for style in job.styles]
            await accept(interaction, options, content=content, styles=styles, like=job)
            return
        style = await interaction.client.studio.gallery.get(style_id, visitor_of(interaction))
        await accept(interaction, options, content=content, styles=[ChosenStyle(style)])


MADE = (MadeButton, LikeButton)
"""The button of each entry, and that of the answer."""


async def _revealed(interaction: AtelierInteraction, match: re.Match[str]) -> tuple[Challenge, Entry, Job]:
    """The entry with that number in a challenge that has ended. Raises `EntryGone`."""
    studio = interaction.client.studio
    challenge = await studio.entering.challenge(match["challenge_id"])
    entry = await studio.entries.by_number(challenge.challenge_id, int(match["number"]))
    job = None if entry is None else await studio.records.get(entry.job_id)
    if entry is None or job is None or not challenge.is_revealed:
        raise EntryGone
    return challenge, entry, job
