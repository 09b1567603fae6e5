"""Forms: their fields, and custom IDs that say what they are for, so that forms survive restarts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import discord

from bot.cards.card import MAX_OPTION_LENGTH
from bot.painting.job import AS_CONTENT, Colors, PaintingOptions, Start
from bot.servers.rules import SIZES_PX
from bot.storage.servers import ServerSettings
from bot.words import Words
from bot.words.recipes import RecipeDescription, RecipeTitle
from bot.words.text import shortened
from config.settings import QueueSettings
from stylizer.recipe import MAX_SIZE_PX, load_recipe, recipe_names

Field: TypeAlias = "discord.ui.Label[Any]"

PICTURES_FORM_ID = "atelier:stylize"
STYLE_FORM_PREFIX = "atelier:style"
STYLE_FORM_PATTERN = f"{STYLE_FORM_PREFIX}:(?P<poster>[A-Za-z0-9_-]{{11}})?:(?P<key>.+)"
LIMITS_FORM_ID = "atelier:server:limits"
MAX_FORM_ID_LENGTH = 100
MAX_FORM_TITLE_LENGTH = 45
MAX_OPTIONS = 25
MAX_DIGITS = 6

RECIPE_SIZE = "recipe"
"""The choice that leaves the size to the recipe."""
CONTENT_SIZE = "content"
"""The choice of the content picture's size."""
LOOK_KEYS: Mapping[tuple[float, Colors], str] = {
    (1.0, Colors.STYLE): "choice-look-balanced",
    (0.5, Colors.STYLE): "choice-look-half",
    (1.5, Colors.STYLE): "choice-look-more",
    (2.0, Colors.STYLE): "choice-look-most",
    (1.0, Colors.KEEP): "choice-look-balanced-colors",
    (0.5, Colors.KEEP): "choice-look-half-colors",
    (1.5, Colors.KEEP): "choice-look-more-colors",
    (2.0, Colors.KEEP): "choice-look-most-colors",
    (1.0, Colors.ONLY): "choice-colors-only",
}
"""Style strength and colors, as one choice: a form has only five fields."""
_LOOK_ENDINGS: Mapping[Colors, str] = {Colors.STYLE: "", Colors.KEEP: "-colors", Colors.ONLY: "-only"}
LOOKS = {f"{strength:g}{_LOOK_ENDINGS[colors]}": (strength, colors) for strength, colors in LOOK_KEYS}
"""The same, by the value of each choice."""


COLORS_CHOICE_KEYS: Mapping[Colors, str] = {
    Colors.STYLE: "choice-colors-style",
    Colors.KEEP: "choice-colors-keep",
    Colors.MATCH: "choice-colors-match",
    Colors.ONLY: "choice-colors-only",
}


START_CHOICE_KEYS: Mapping[Start, str] = {Start.CONTENT: "choice-start-content", Start.NOISE: "choice-start-noise"}


def pictures_form(settings: ServerSettings, defaults: PaintingOptions, words: Words) -> discord.ui.Modal:
    """The form of `/stylize` without options: both pictures, and how to paint, filled in with the `defaults`."""
    form = discord.ui.Modal(title=words("form-stylize-title"), custom_id=PICTURES_FORM_ID)
    form.add_item(upload_field("content", words("field-content"), words("field-content-description")))
    return _with_style(form, settings, defaults, words)


def style_form(
    title: str,
    custom_id: str,
    pictures: Sequence[tuple[str, str]],
    settings: ServerSettings,
    defaults: PaintingOptions,
    words: Words,
) -> discord.ui.Modal:
    """The form for a picture that was chosen already: the style, and how to paint.

    `pictures` are the names and keys of the pictures to choose from; a single one needs no choice.
    """
    form = discord.ui.Modal(title=title, custom_id=custom_id)
    if len(pictures) > 1:
        options = [
            discord.SelectOption(
                label=shortened(f"{number}. {name}", MAX_OPTION_LENGTH), value=key, default=number == 1
            )
            for number, (name, key) in enumerate(pictures, start=1)
        ]
        form.add_item(menu_field("which", words("field-which"), words("field-which-description"), options))
    return _with_style(form, settings, defaults, words)


def limits_form(settings: ServerSettings, limits: QueueSettings, words: Words) -> discord.ui.Modal:
    """The form for a server's daily limits. An empty field means the host's limit."""
    form = discord.ui.Modal(title=words("form-limits-title"), custom_id=LIMITS_FORM_ID)
    for field, label, chosen, host_limit in (
        ("member", words("form-limits-member"), settings.member_jobs_a_day, limits.member_jobs_a_day),
        ("server", words("form-limits-server"), settings.server_jobs_a_day, limits.server_jobs_a_day),
    ):
        allowed = words("form-limits-range", maximum=host_limit) if host_limit else words("form-limits-any")
        number = discord.ui.TextInput[Any](
            custom_id=field,
            default=None if chosen is None else str(chosen),
            required=False,
            max_length=MAX_DIGITS,
        )
        form.add_item(discord.ui.Label(text=label, description=allowed, component=number))
    return form


def _with_style(
    form: discord.ui.Modal, settings: ServerSettings, defaults: PaintingOptions, words: Words
) -> discord.ui.Modal:
    """Add the fields that every painting form has: the style, and how to paint."""
    form.add_item(upload_field("style", words("field-style"), words("field-style-description"), required=False))
    recipes = recipe_options(defaults.recipe_name, words)
    form.add_item(menu_field("recipe", words("field-recipe"), words("field-recipe-description"), recipes))
    sizes = _size_options(settings, defaults.size_px, words)
    form.add_item(menu_field("size", words("field-size"), words("field-size-description"), sizes))
    looks = _look_options((defaults.style_strength, defaults.colors), words)
    form.add_item(menu_field("look", words("field-look"), words("field-look-description"), looks))
    return form


def upload_field(name: str, label: str, description: str, *, required: bool = True) -> Field:
    """A field for a picture."""
    upload = discord.ui.FileUpload[Any](
        custom_id=name, required=required, min_values=1 if required else 0, max_values=1
    )
    return discord.ui.Label(text=label, description=description, component=upload)


def menu_field(name: str, label: str, description: str, options: list[discord.SelectOption]) -> Field:
    """A menu in which nothing has to be chosen."""
    select = discord.ui.Select[Any](custom_id=name, options=options, required=False, min_values=0)
    return discord.ui.Label(text=label, description=description, component=select)


def recipe_options(chosen: str, words: Words) -> list[discord.SelectOption]:
    """Every recipe."""
    return [
        discord.SelectOption(
            label=shortened(RecipeTitle(recipe).in_words(words), MAX_OPTION_LENGTH),
            value=recipe.name,
            description=shortened(RecipeDescription(recipe).in_words(words), MAX_OPTION_LENGTH),
            default=recipe.name == chosen,
        )
        for recipe in map(load_recipe, recipe_names())
    ]


def _size_options(settings: ServerSettings, chosen_px: int | None, words: Words) -> list[discord.SelectOption]:
    largest_px = settings.largest_size_px or MAX_SIZE_PX
    sizes = [
        discord.SelectOption(
            label=words("size", longest_side_px=size_px), value=str(size_px), default=size_px == chosen_px
        )
        for size_px in SIZES_PX
        if size_px <= largest_px
    ]
    sizes.insert(
        0,
        discord.SelectOption(label=words("choice-size-content"), value=CONTENT_SIZE, default=chosen_px == AS_CONTENT),
    )
    recipe = discord.SelectOption(
        label=words("choice-size-recipe"),
        value=RECIPE_SIZE,
        default=not any(size.default for size in sizes),
    )
    return [recipe, *sizes]


def _look_options(chosen: tuple[float, Colors], words: Words) -> list[discord.SelectOption]:
    return [
        discord.SelectOption(label=words(LOOK_KEYS[look]), value=value, default=look == chosen)
        for value, look in LOOKS.items()
    ]
