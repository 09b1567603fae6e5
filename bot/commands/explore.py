"""`/explore`: a board of small paintings, to choose from."""

from __future__ import annotations

import discord
from discord import app_commands

from bot.commands.answers import answering
from bot.commands.interaction import AtelierInteraction
from bot.commands.requests import accept, defaults_of
from bot.commands.style_option import (
    listed_names,
    named_style,
    shows_own_styles,
    suggest_style_list,
    titles_in,
    visitor_of,
)
from bot.commands.stylize import attached_or_linked, check_one_of
from bot.errors import TooManyBoardStyles
from bot.gallery.style import Style
from bot.painting.board import Vary, cells_of_styles, varied_cells
from bot.painting.request import ChosenStyle
from bot.words import localized, words_of
from stylizer.pool import BOARD_SIZES

DEFAULT_SIZE = max(BOARD_SIZES)


@app_commands.command(name="explore", description=localized("command-explore"))
@app_commands.describe(
    content=localized("option-content"),
    content_link=localized("option-content-link"),
    styles=localized("option-explore-styles", most=DEFAULT_SIZE),
    vary=localized("option-explore-vary"),
    pictures=localized("option-explore-pictures"),
)
@app_commands.choices(
    vary=[
        app_commands.Choice(name=localized("choice-vary-strength"), value=Vary.STRENGTH),
        app_commands.Choice(name=localized("choice-vary-strokes"), value=Vary.STROKES),
        app_commands.Choice(name=localized("choice-vary-seed"), value=Vary.SEED),
    ]
)
@app_commands.choices(
    pictures=[app_commands.Choice(name=localized("choice-pictures", number=size), value=size) for size in BOARD_SIZES]
)
async def explore(
    interaction: AtelierInteraction,
    content: discord.Attachment | None = None,
    content_link: str | None = None,
    styles: str | None = None,
    vary: str | None = None,
    pictures: int = DEFAULT_SIZE,
) -> None:
    """Accept the board, or say why not."""
    async with answering(interaction):
        check_one_of("content", content=content, content_link=content_link)
        content_picture = attached_or_linked("content", content, content_link)
        named = await _named_styles(interaction, styles, count=1 if vary else pictures)
        options = defaults_of(interaction)
        if vary is not None:
            chosen = named or await _others(interaction, 1)
            cells = varied_cells(options, Vary(vary), pictures)
        else:
            chosen = [*named, *await _others(interaction, pictures - len(named), besides=named)]
            cells = cells_of_styles(options, len(chosen))
        await accept(
            interaction, options, content=content_picture, styles=[ChosenStyle(style) for style in chosen], cells=cells
        )


@explore.autocomplete("styles")
async def _suggest(interaction: AtelierInteraction, typed: str) -> list[app_commands.Choice[str]]:
    return await suggest_style_list(interaction, typed)


async def _named_styles(interaction: AtelierInteraction, written: str | None, *, count: int) -> list[Style]:
    """The styles that a member listed. Raises `StyleNotFound` and `TooManyBoardStyles`."""
    names = listed_names(written)
    if len(names) > count:
        raise TooManyBoardStyles(len(names), count)
    return [await named_style(interaction, name) for name in names]


async def _others(interaction: AtelierInteraction, count: int, *, besides: list[Style] | None = None) -> list[Style]:
    titles = titles_in(words_of(interaction))
    gallery = interaction.client.studio.gallery
    known = {titles(style) for style in besides or ()}
    with_own = shows_own_styles(interaction)
    return await gallery.sample(count, visitor_of(interaction), titles, with_own=with_own, without=known)
