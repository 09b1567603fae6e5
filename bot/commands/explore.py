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
from bot.errors import NoStrokes, TooManyBoardStyles
from bot.gallery.style import Style
from bot.painting.board import Vary, cells_of_styles, varied_cells
from bot.painting.job import Colors
from bot.painting.request import ChosenStyle
from bot.sources.picture import SentPicture
from bot.words import localized, words_of
from stylizer.pool import BOARD_SIZES

DEFAULT_SIZE = max(BOARD_SIZES)


@app_commands.command(name="explore", description=localized("command-explore"))
@app_commands.describe(
    content=localized("option-content"),
    content_link=localized("option-content-link"),
    style=localized("option-explore-style"),
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
    style: discord.Attachment | None = None,
    styles: str | None = None,
    vary: str | None = None,
    pictures: int = DEFAULT_SIZE,
) -> None:
    """Accept the board, or say why not."""
    async with answering(interaction):
        check_one_of("content", content=content, content_link=content_link)
        content_picture = attached_or_linked("content", content, content_link)
        sent = [] if style is None else [SentPicture.attached(style)]
        names, count = listed_names(styles), pictures if vary is None else 1
        if len(sent) + len(names) > count:
            raise TooManyBoardStyles(len(sent) + len(names), count)
        named = list(dict.fromkeys([await named_style(interaction, name) for name in names]))  # each once
        others = await _others(interaction, count - len(sent) - len(named), besides=named)
        sources: list[SentPicture | Style] = [*sent, *named, *others]
        chosen = [ChosenStyle(source) for source in sources]
        options = defaults_of(interaction)
        if options.colors is Colors.ONLY and vary == Vary.STROKES:
            raise NoStrokes("vary")
        cells = cells_of_styles(options, len(chosen)) if vary is None else varied_cells(options, Vary(vary), pictures)
        await accept(interaction, options, content=content_picture, styles=chosen, cells=cells)


@explore.autocomplete("styles")
async def _suggest(interaction: AtelierInteraction, typed: str) -> list[app_commands.Choice[str]]:
    return await suggest_style_list(interaction, typed)


async def _others(interaction: AtelierInteraction, count: int, *, besides: list[Style]) -> list[Style]:
    titles = titles_in(words_of(interaction))
    gallery = interaction.client.studio.gallery
    known = {titles(style) for style in besides}
    with_own = shows_own_styles(interaction)
    return await gallery.sample(count, visitor_of(interaction), titles, with_own=with_own, without=known)
