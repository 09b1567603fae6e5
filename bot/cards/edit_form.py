"""The form that edits how a painting is painted, with everything filled in.

A form has five fields, so some of them hold two options. What a painting has now is always among the choices, even if
no form offers it otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import discord

from bot.cards.card import MAX_OPTION_LENGTH
from bot.cards.changes import COLORS_KEYS, START_KEYS
from bot.cards.forms import MAX_OPTIONS, Field
from bot.errors import FormOutdated
from bot.gallery.style import Style
from bot.painting.job import MAX_SEED, MIN_STYLE_STRENGTH, Colors, Job, PaintingOptions, Start
from bot.sources.names import plain_name
from bot.storage.servers import ServerSettings
from bot.words import Words
from bot.words.recipes import RecipeTitle
from bot.words.styles import style_title
from bot.words.text import shortened
from stylizer.pool import MAX_STROKE_SIZE, MIN_STROKE_SIZE, RecipeError
from stylizer.recipe import MAX_SIZE_PX, MAX_STYLE_STRENGTH, MIN_SIZE_PX, load_recipe, recipe_names

EDIT_FORM_PREFIX = "atelier:edit"
EDIT_FORM_PATTERN = f"{EDIT_FORM_PREFIX}:(?P<job_id>[0-9a-f]{{32}})"

SAME_STYLE = "same"
"""The choice that leaves the style as it is. No style has so short an ID."""
MAX_MENU_STYLES = MAX_OPTIONS - 1
"""Other styles that the menu has room for."""
SPARE_FACES = "faces"
STRENGTH_EXTRAS: tuple[list[str], ...] = ([], [Start.NOISE], [SPARE_FACES], [Start.NOISE, SPARE_FACES])
"""What follows a strength, if a painting starts from noise, if faces are spared, or both."""
STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0)
FEW_STRENGTHS = (0.5, 1.0, 1.5, 2.0)
"""Those for which the menu has room together with a start or spared faces."""
STROKE_SIZES = (MIN_STROKE_SIZE, 0.75, 1.0, 1.4, MAX_STROKE_SIZE)
PAINTED_COLORS = tuple(colors for colors in Colors if colors is not Colors.ONLY)
"""The colors of paintings that have strokes."""
FAVORITE_SIZES_PX = (512, 1024, 2048, 768, 256, 384, 1536)
"""Those that are offered first come first: every recipe has its own entry for each size."""


def edit_form(job: Job, styles: Sequence[Style], settings: ServerSettings, words: Words) -> discord.ui.Modal:
    """The form for the painting of a job; `styles` are those to choose from instead of its own."""
    options = job.options
    form = discord.ui.Modal(title=words("form-edit-title"), custom_id=f"{EDIT_FORM_PREFIX}:{job.job_id}")
    for field in option_fields(job, settings, words):
        form.add_item(field)
    seed = discord.ui.TextInput[Any](custom_id="seed", default=str(options.seed), max_length=len(str(MAX_SEED)))
    form.add_item(
        discord.ui.Label(text=words("field-seed"), description=words("field-seed-description"), component=seed)
    )
    form.add_item(style_field(job, styles, words))
    return form


def option_fields(job: Job, settings: ServerSettings, words: Words) -> tuple[Field, Field, Field]:
    """Three fields for how to paint, filled in as a painting was painted. `edited_options` reads them."""
    options = job.options
    strength, description = words("field-strength"), words("field-strength-description")
    return (
        _menu("strength", strength, description, _strengths(options, words)),
        _menu("recipe", words("field-recipe-size"), None, _recipes(options, settings, words)),
        _menu("look", words("field-strokes-colors"), None, _looks(job, words)),
    )


def style_field(job: Job, styles: Sequence[Style], words: Words) -> Field:
    """The field `style`: that of a painting, which is `SAME_STYLE`, or one of these."""
    keeps_styles = words("field-another-style-masked") if _keeps_its_styles(job) else None
    return _menu("style", words("field-another-style"), keeps_styles, _styles(job, styles, words))


def check_edit(job: Job, edited: PaintingOptions, *, has_other_style: bool) -> None:
    """Raise `FormOutdated` for what the form of a painting with a mask doesn't offer."""
    is_unmasked = job.mask is not None and edited.colors is Colors.ONLY
    if is_unmasked or (has_other_style and _keeps_its_styles(job)):
        raise FormOutdated


def _keeps_its_styles(job: Job) -> bool:
    """Whether a painting can't get another style, because its mask may have a color for each of them."""
    return job.mask is not None and job.is_blend


def edited_options(
    options: PaintingOptions, *, strength: str | None, recipe: str | None, look: str | None, seed: int
) -> PaintingOptions:
    """The options with what was chosen in the form. Raises `FormOutdated` for a choice that no current form offers."""
    edited = replace(options, seed=seed)
    if recipe not in {None, _recipe_value(options)}:
        edited = _with_recipe(edited, recipe or "")
    if strength is not None:
        number, *extras = strength.split(":")
        if extras not in STRENGTH_EXTRAS:
            raise FormOutdated
        edited = replace(
            edited,
            style_strength=_number(number, lowest=MIN_STYLE_STRENGTH, highest=MAX_STYLE_STRENGTH),
            start=Start.NOISE if Start.NOISE in extras else Start.CONTENT,
            spare_faces=SPARE_FACES in extras,
        )
    if look is not None:
        stroke_size, _, colors = look.partition(":")
        if colors not in set(Colors):
            raise FormOutdated
        size = _number(stroke_size, lowest=MIN_STROKE_SIZE, highest=MAX_STROKE_SIZE)
        edited = replace(edited, stroke_size=size, colors=Colors(colors))
    if edited.colors is Colors.ONLY:  # nothing is painted, however it would start
        edited = replace(edited, stroke_size=1.0, start=Start.CONTENT, spare_faces=False)
    return edited


def _with_recipe(options: PaintingOptions, chosen: str) -> PaintingOptions:
    name, _, size = chosen.partition(":")
    if (
        name not in recipe_names()
        or not re.fullmatch("[0-9]{1,5}", size)
        or not MIN_SIZE_PX <= int(size) <= MAX_SIZE_PX
    ):
        raise FormOutdated
    is_own = int(size) == load_recipe(name).longest_side_px
    return replace(options, recipe_name=name, size_px=None if is_own else int(size))


def _number(written: str, *, lowest: float, highest: float) -> float:
    try:
        number = float(written)
    except ValueError as error:
        raise FormOutdated from error
    if not lowest <= number <= highest:  # nor is it, if it isn't a number
        raise FormOutdated
    return number


def _strengths(options: PaintingOptions, words: Words) -> Iterator[discord.SelectOption]:
    now = (options.start, options.spare_faces, options.style_strength)
    for start, spare_faces in product(Start, (False, True)):
        is_plain = start is Start.CONTENT and not spare_faces
        strengths = {*(STRENGTHS if is_plain else FEW_STRENGTHS), options.style_strength}
        for strength in sorted(strengths):
            is_now = (start, spare_faces, strength) == now
            if strength == 0 and not (is_plain or is_now):  # which is the content picture
                continue
            label, value = words.number(strength), repr(strength)
            if start is Start.NOISE:
                label, value = f"{label} · {words(START_KEYS[start])}", f"{value}:{start}"
            if spare_faces:
                label, value = f"{label} · {words('request-spare-faces')}", f"{value}:{SPARE_FACES}"
            yield discord.SelectOption(label=shortened(label, MAX_OPTION_LENGTH), value=value, default=is_now)


def _recipes(options: PaintingOptions, settings: ServerSettings, words: Words) -> Iterator[discord.SelectOption]:
    """Every recipe at the painting's size and a few others, if the server allows them; and what it has now."""
    now, names = _recipe_value(options), recipe_names()
    largest_px = settings.largest_size_px or MAX_SIZE_PX
    _, _, own_px = now.partition(":")
    favorites = dict.fromkeys((int(own_px or FAVORITE_SIZES_PX[0]), *FAVORITE_SIZES_PX))
    allowed = [size_px for size_px in favorites if size_px <= largest_px]
    sizes_px = sorted(allowed[: (MAX_OPTIONS - 1) // len(names)])
    values = [f"{name}:{size_px}" for name, size_px in product(names, sizes_px)]
    for value in values if now in values else [now, *values]:
        name, _, size = value.partition(":")
        title = RecipeTitle(load_recipe(name)).in_words(words) if name in names else name
        label = f"{title} · {words('size', longest_side_px=int(size))}" if size else title
        yield discord.SelectOption(label=shortened(label, MAX_OPTION_LENGTH), value=value, default=value == now)


def _recipe_value(options: PaintingOptions) -> str:
    """The choice for a painting's recipe and size."""
    try:
        return f"{options.recipe_name}:{options.recipe().longest_side_px}"
    except RecipeError:  # it has been removed from the configuration
        return f"{options.recipe_name}:{options.size_px or ''}"


def _looks(job: Job, words: Words) -> Iterator[discord.SelectOption]:
    options = job.options
    sizes = sorted({*STROKE_SIZES, options.stroke_size})
    for size, colors in product(sizes, PAINTED_COLORS):
        label = f"{words('choice-strokes', size=size)} · {words(COLORS_KEYS[colors])}"
        is_now = (size, colors) == (options.stroke_size, options.colors)
        yield discord.SelectOption(
            label=shortened(label, MAX_OPTION_LENGTH), value=f"{size!r}:{colors}", default=is_now
        )
    if job.mask is None:  # which says where to paint
        yield discord.SelectOption(
            label=shortened(words("choice-colors-only"), MAX_OPTION_LENGTH),
            value=f"{1.0!r}:{Colors.ONLY}",
            default=options.colors is Colors.ONLY,
        )


def _styles(job: Job, styles: Iterable[Style], words: Words) -> Iterator[discord.SelectOption]:
    yield discord.SelectOption(
        label=words("choice-same-style"), value=SAME_STYLE, description=_names(job), default=True
    )
    if _keeps_its_styles(job):
        return
    for style in styles:
        yield discord.SelectOption(label=shortened(style_title(style, words), MAX_OPTION_LENGTH), value=style.style_id)


def _names(job: Job) -> str | None:
    """The names of a painting's styles."""
    names = [name for style in job.styles if (name := plain_name(style.name)) is not None]
    return shortened(", ".join(names), MAX_OPTION_LENGTH) or None


def _menu(name: str, label: str, description: str | None, options: Iterable[discord.SelectOption]) -> Field:
    select = discord.ui.Select[Any](custom_id=name, options=list(options))
    return discord.ui.Label(text=label, description=description, component=select)
