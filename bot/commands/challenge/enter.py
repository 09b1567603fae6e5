"""Enter: asks for what isn't the same for all, and paints it, or submits a painting that the member has already."""

from __future__ import annotations

import re
from dataclasses import replace

import discord
from discord import app_commands

from bot.cards.challenge.buttons import ENTER_PATTERN
from bot.cards.challenge.enter_form import MAX_HISTORY, MAX_STYLES, enter_form
from bot.cards.challenge.entry_buttons import ENTER_FORM_PATTERN
from bot.challenges.challenge import Challenge, Phase
from bot.commands.answers import acknowledge, answering
from bot.commands.challenge.entrants import check_entrant
from bot.commands.challenge.group import challenge as challenge_group
from bot.commands.challenge.mine import show_mine
from bot.commands.challenge.option import named_challenge, suggest_open_challenges
from bot.commands.controls import Control
from bot.commands.forms import Filled, Form, show_form
from bot.commands.interaction import AtelierInteraction
from bot.commands.requests import accept, defaults_of
from bot.commands.style_option import titles_in
from bot.commands.stylize import attached
from bot.errors import EntryChosenTwice, EntryPictureUnneeded, NothingToEnter
from bot.gallery.style import Visitor
from bot.painting.job import Input, Variation
from bot.painting.request import ChosenStyle
from bot.sources.picture import SentPicture
from bot.words import localized, words_of


@challenge_group.command(name="enter", description=localized("command-challenge-enter"))
@app_commands.describe(
    challenge=localized("option-challenge-open"), picture=localized("option-challenge-enter-picture")
)
@app_commands.autocomplete(challenge=suggest_open_challenges)
async def enter(
    interaction: AtelierInteraction, challenge: str | None = None, picture: discord.Attachment | None = None
) -> None:
    """Begin an entry as the button does; with a picture, paint it at once."""
    async with answering(interaction):
        chosen = await named_challenge(interaction, challenge, phases=(Phase.OPEN,))
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
        content, style, style_id = filled.picture("content"), filled.picture("style"), filled.choice("gallery")
        if style is not None and style_id is not None:
            raise EntryChosenTwice("style")
        if (job_id := filled.choice("history")) is None:
            chosen = style
            if style_id is not None:
                visitor = Visitor(interaction.user.id, challenge.guild_id)
                await _paint(
                    interaction,
                    challenge,
                    content=content,
                    style=await interaction.client.studio.gallery.get(style_id, visitor),
                    recipe_name=filled.choice("recipe"),
                )
                return
            await _paint(
                interaction, challenge, content=content, style=chosen, recipe_name=filled.choice("recipe")
            )
            return
        if not (content is None and style is None and style_id is None):
            raise EntryChosenTwice("painting")
        await acknowledge(interaction, thinking=True, ephemeral=True)
        await interaction.client.studio.entering.submit(challenge, job_id, interaction.user.id)
        await show_mine(interaction, challenge, is_new=True)
