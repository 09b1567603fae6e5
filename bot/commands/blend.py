"""`/blend`: one painting in several styles at once, each counted by its weight."""

from __future__ import annotations

import math
import re

import discord
from discord import app_commands
from discord.utils import escape_markdown, escape_mentions

from bot.commands.answers import answering
from bot.commands.interaction import AtelierInteraction
from bot.commands.requests import accept, defaults_of
from bot.commands.size_option import suggest_sizes
from bot.commands.style_option import listed_names, named_style, suggest_style_list
from bot.commands.stylize import (
    HOW_TO_PAINT,
    attached,
    attached_or_linked,
    check_one_of,
    chosen_options,
    colors_choices,
    recipe_choices,
    start_choices,
)
from bot.errors import NotABlend, WrongNumberOfWeights
from bot.gallery.style import Style
from bot.painting.job import MAX_SEED, MIN_STYLE_STRENGTH
from bot.painting.request import ChosenStyle
from bot.sources.picture import SentPicture
from bot.words import localized
from bot.words.text import shortened
from stylizer.pool import MAX_BLENDED_STYLES, InvalidStyleWeight
from stylizer.recipe import MAX_STYLE_STRENGTH

MAX_SAID_LENGTH = 20
"""Of a weight that isn't a number, in the sentence about it."""
_BETWEEN = re.compile(r"[\s;:/|]+")
_BETWEEN_OR_COMMA = re.compile(r"[\s;:/|,]+")


@app_commands.command(name="blend", description=localized("command-blend", most=MAX_BLENDED_STYLES))
@app_commands.describe(
    content=localized("option-content"),
    content_link=localized("option-content-link"),
    styles=localized("option-blend-styles"),
    style1=localized("option-blend-style"),
    style2=localized("option-blend-style"),
    style3=localized("option-blend-style"),
    style4=localized("option-blend-style"),
    style5=localized("option-blend-style"),
    weights=localized("option-blend-weights"),
    **HOW_TO_PAINT,
)
@app_commands.choices(recipe=recipe_choices(), colors=colors_choices(), start=start_choices())
@app_commands.autocomplete(size=suggest_sizes)
async def blend(  # noqa: PLR0913, PLR0917 - each is an option of the command
    interaction: AtelierInteraction,
    content: discord.Attachment | None = None,
    content_link: str | None = None,
    styles: str | None = None,
    style1: discord.Attachment | None = None,
    style2: discord.Attachment | None = None,
    style3: discord.Attachment | None = None,
    style4: discord.Attachment | None = None,
    style5: discord.Attachment | None = None,
    weights: str | None = None,
    recipe: str | None = None,
    size: int | None = None,
    style_strength: app_commands.Range[float, MIN_STYLE_STRENGTH, MAX_STYLE_STRENGTH] | None = None,
    colors: str | None = None,
    seed: app_commands.Range[int, 0, MAX_SEED] = 0,
    start: str | None = None,
    mask: discord.Attachment | None = None,
    spare_faces: bool = False,
) -> None:
    """Accept the painting, or say why not."""
    async with answering(interaction):
        check_one_of("content", content=content, content_link=content_link)
        content_picture = attached_or_linked("content", content, content_link)
        names = listed_names(styles)
        sent = [picture for picture in (style1, style2, style3, style4, style5) if picture is not None]
        count = len(names) + len(sent)
        if not 1 < count <= MAX_BLENDED_STYLES:
            raise NotABlend(count, MAX_BLENDED_STYLES)
        each = parsed_weights(weights or "", count=count)
        sources: list[SentPicture | Style] = [
            *[await named_style(interaction, name) for name in names],
            *[SentPicture.attached(picture) for picture in sent],
        ]
        options = chosen_options(
            defaults_of(interaction),
            recipe=recipe,
            size=size,
            style_strength=style_strength,
            colors=colors,
            seed=seed,
            start=start,
            spare_faces=spare_faces,
            is_masked=mask is not None,
        )
        chosen = [ChosenStyle(source, weight) for source, weight in zip(sources, each, strict=True)]
        await accept(interaction, options, content=content_picture, styles=chosen, mask=attached(mask))


@blend.autocomplete("styles")
async def _suggest(interaction: AtelierInteraction, typed: str) -> list[app_commands.Choice[str]]:
    return await suggest_style_list(interaction, typed)


def parsed_weights(written: str, *, count: int) -> list[float]:
    """The weights of that many styles, as a member wrote them: `70 30`, `0.7, 0.3`, `70/30` or `0,7 0,3`.

    All are equal if nothing is written. A comma within a weight is a decimal one if that gives as many weights as
    styles. Raises `WrongNumberOfWeights` and `InvalidStyleWeight`.
    """
    parts = [part for part in (part.strip(",%") for part in _BETWEEN.split(written)) if part]
    if not parts:
        return [1.0] * count
    if len(parts) != count:
        parts = [part for part in (part.strip("%") for part in _BETWEEN_OR_COMMA.split(written)) if part]
    if len(parts) != count:
        raise WrongNumberOfWeights(len(parts), count)
    return [_parsed(part, number) for number, part in enumerate(parts, start=1)]


def _parsed(written: str, number: int) -> float:
    try:
        weight = float(written.replace(",", "."))
    except ValueError:
        weight = math.nan
    if not math.isfinite(weight):
        raise InvalidStyleWeight(number, escape_markdown(escape_mentions(shortened(written, MAX_SAID_LENGTH))))
    return weight
