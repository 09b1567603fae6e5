"""Enter: asks for what isn't the same for all, and paints it, or submits a painting that the member has already."""

from __future__ import annotations

import re
from dataclasses import replace

import discord
from discord import app_commands

from bot.cards.challenge.buttons import ENTER_PATTERN
from bot.cards.challenge.enter_form import MAX_HISTORY, MAX_STYLES, enter_form
from bot.cards.challenge.entry_buttons import ENTER_FORM_PATTERN
from bot.challenges.challenge import Challenge
from bot.commands.answers import acknowledge, answering
from bot.commands.challenge.entrants import check_entrant
from bot.commands.challenge.mine import show_mine
from bot.commands.challenge.option import open_challenge, suggest_open_challenges
from bot.commands.controls import Control
from bot.commands.forms import Filled, Form, show_form
from bot.commands.interaction import AtelierInteraction
from bot.commands.requests import accept, defaults_of
from bot.commands.style_option import titles_in
from bot.commands.stylize import attached
from bot.errors import EntryChosenTwice, EntryPictureUnneeded, NoPictureChosen, NothingToEnter
from bot.gallery.style import Style, Visitor
from bot.painting.job import Variation
from bot.painting.request import ChosenStyle
from bot.sources.picture import SentPicture
from bot.words import localized, words_of


@app_commands.command(name="enter", description=localized("command-challenge-enter"))
@app_commands.describe(challenge=localized("option-challenge-open"), picture=localized("option-challenge-picture"))
@app_commands.autocomplete(challenge=suggest_open_challenges)
async def enter(
    interaction: AtelierInteraction, challenge: str | None = None, picture: discord.Attachment | None = None
) -> None:
    """Begin an entry as the button does; with a picture, paint it at once."""
    async with answering(interaction):
        chosen = await open_challenge(interaction, challenge)
        if (sent := attached(picture)) is None:
            await _begin(interaction, chosen.challenge_id)
            return
        chosen = await check_entrant(interaction, chosen.challenge_id)
        if chosen.fixed_picture("content") is None:
            await _paint(interaction, chosen, content=sent)
        elif chosen.fixed_picture("style") is None:
            await _paint(interaction, chosen, style=sent)
        else:
            raise EntryPictureUnneeded


class EnterButton(Control, template=ENTER_PATTERN):
    """Begins an entry of the member who presses it."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        await _begin(interaction, self._match["challenge_id"])


class EnterForm(Form):
    """Paints what a member sent, or submits the painting that they chose."""

    template = re.compile(ENTER_FORM_PATTERN)

    @classmethod
    async def submit(cls, interaction: AtelierInteraction, match: re.Match[str], filled: Filled) -> None:
        """Accept the painting or the entry, or say what is wrong."""
        challenge = await check_entrant(interaction, match["challenge_id"])
        content, sent_style, style_id = filled.picture("content"), filled.picture("style"), filled.choice("gallery")
        if sent_style is not None and style_id is not None:
            raise EntryChosenTwice("style")
        if (job_id := filled.choice("history")) is not None:
            if not (content is None and sent_style is None and style_id is None):
                raise EntryChosenTwice("painting")
            await acknowledge(interaction, thinking=True, ephemeral=True)
            await interaction.client.studio.entering.submit(challenge, job_id, interaction.user.id)
            await show_mine(interaction, challenge, is_new=True)
            return
        style: SentPicture | Style | None = sent_style
        if style_id is not None:
            style = await interaction.client.studio.gallery.get(style_id, _visitor(interaction, challenge))
        await _paint(interaction, challenge, content=content, style=style, recipe_name=filled.choice("recipe"))


async def _begin(interaction: AtelierInteraction, challenge_id: str) -> None:
    """Show the form, or paint at once if there is nothing to fill in. Raises as `check_entrant` and `accept` do."""
    studio, words = interaction.client.studio, words_of(interaction)
    challenge = await check_entrant(interaction, challenge_id)
    history = await studio.entering.history(challenge, interaction.user.id, limit=MAX_HISTORY)
    styles = await studio.gallery.most_used(_visitor(interaction, challenge), titles_in(words), with_own=True)
    recipe = defaults_of(interaction, challenge=challenge).recipe_name
    form = enter_form(challenge, styles=styles[:MAX_STYLES], history=history, recipe=recipe, words=words)
    if form is None:
        await _paint(interaction, challenge)
    else:
        await show_form(interaction, form)


async def _paint(
    interaction: AtelierInteraction,
    challenge: Challenge,
    *,
    content: SentPicture | None = None,
    style: SentPicture | Style | None = None,
    recipe_name: str | None = None,
) -> None:
    """Paint for a challenge, with what is the same for all; without a style, the member chooses one.

    Raises `NothingToEnter`, and what `accept` raises.
    """
    fixed_content, fixed_style = challenge.fixed_picture("content"), challenge.fixed_picture("style")
    source = content if fixed_content is None else fixed_content.as_input()
    if source is None:
        raise NothingToEnter
    chosen = style if fixed_style is None else fixed_style.as_input()
    if chosen is None and not await _has_styles(interaction, challenge):
        raise NoPictureChosen("style", ("style",))
    options = defaults_of(interaction, challenge=challenge)
    options = replace(options, recipe_name=challenge.recipe_name or recipe_name or options.recipe_name)
    if fixed_content is not None and fixed_style is not None:  # everybody would get the same painting
        options = options.varied(Variation.AGAIN)
    styles = [] if chosen is None else [ChosenStyle(chosen)]
    await accept(interaction, options, content=source, styles=styles, challenge=challenge)


async def _has_styles(interaction: AtelierInteraction, challenge: Challenge) -> bool:
    titles, visitor = titles_in(words_of(interaction)), _visitor(interaction, challenge)
    return bool(await interaction.client.studio.gallery.sample(1, visitor, titles, with_own=True))


def _visitor(interaction: AtelierInteraction, challenge: Challenge) -> Visitor:
    """The member as the gallery of the challenge's server knows them, wherever they press."""
    return Visitor(interaction.user.id, challenge.guild_id)
