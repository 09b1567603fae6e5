"""Refuses options that make no sense together, or with these pictures, before anything is painted."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click
from click.core import ParameterSource

from stylizer.board import Vary
from stylizer.color import is_gray
from stylizer.images import Picture, fit_size
from stylizer.recipe import Recipe
from stylizer.scales import plan_scales

_OF_STROKES: Mapping[str, str] = {
    "stroke_size": "--stroke-size",
    "start_picture": "--start",
    "start": "--continue",
    "steps": "--steps",
    "mask": "--mask",
    "spare_faces": "--spare-faces",
}
"""Options that make no difference without strokes, by parameter name."""
_OF_STYLE: Mapping[str, str] = {"colors": "--colors", "seed": "--seed", **_OF_STROKES, "board": "--board"}
"""Options that make no difference at style strength 0."""
_VARIED_OPTIONS: Mapping[Vary, tuple[str, str]] = {
    "strength": ("style_strength", "--style-strength"),
    "strokes": ("stroke_size", "--stroke-size"),
}
"""The parameter and the option that a board sets itself, by what varies."""


def check_options(context: click.Context, recipe: Recipe) -> None:
    """Refuse options that have no effect because of another option. Raises `UsageError`."""
    varied: Vary | None = context.params["varied"]

    def is_given(name: str) -> bool:
        return context.get_parameter_source(name) is ParameterSource.COMMANDLINE

    if varied is not None and context.params["board"] is None:
        raise click.UsageError("--vary needs --board: it chooses what differs between the board's paintings.")
    useless = [option for name, option in _OF_STROKES.items() if is_given(name)]
    if varied == "strokes":
        useless.append("--vary strokes")
    if recipe.colors == "only" and useless:
        raise click.UsageError(f"--colors only paints no strokes; leave out {' and '.join(useless)}.")
    if is_given("start_picture") and is_given("start"):
        raise click.UsageError("--continue starts from that painting; leave out --start.")
    if is_given("steps") and not is_given("start"):
        raise click.UsageError("--steps needs --continue: it sets how many more steps that painting gets.")
    if varied is not None and varied in _VARIED_OPTIONS:
        name, option = _VARIED_OPTIONS[varied]
        if is_given(name):
            raise click.UsageError(f"--vary {varied} chooses {option} for each painting; leave it out.")
    elif recipe.style_strength == 0:
        useless = [option for name, option in _OF_STYLE.items() if is_given(name)]
        if useless:
            make, them = ("makes", "it") if len(useless) == 1 else ("make", "them")
            raise click.UsageError(
                f"--style-strength 0 keeps the photo as it is, so {' and '.join(useless)} {make} no difference. "
                f"Leave {them} out, or choose more than 0."
            )


def check_stroke_size(
    content: Picture, styles: Mapping[Path, Picture], recipe: Recipe, *, start: Picture | None = None
) -> None:
    """Refuse a stroke size that changes nothing, because styles are never enlarged. Raises `UsageError`."""
    stroke_size = recipe.style_picture.scale
    if stroke_size == 1:
        return
    width_px, height_px = fit_size(content.width_px, content.height_px, longest_side_px=recipe.longest_side_px)
    start_px = 0 if start is None else max(start.width_px, start.height_px)
    coarsest, *_ = plan_scales(recipe, width_px=width_px, height_px=height_px, start_px=start_px)
    # A seed may see a style from farther away, which is like a smaller canvas.
    needed_px = max(coarsest.width_px, coarsest.height_px) * min(1.0, stroke_size) * recipe.style_picture.farthest
    largest_px = max(max(picture.width_px, picture.height_px) for picture in styles.values())
    if largest_px <= needed_px:
        names = " and ".join(map(str, styles))
        raise click.UsageError(
            f"--stroke-size {stroke_size:g} makes no difference with {names}, whose longest side is only {largest_px} "
            "px: styles are never enlarged. Leave it out, or use a larger style picture."
        )


def warn_if_gray(path: Path, content: Picture, recipe: Recipe) -> None:
    """Warn on standard error that a painting in a gray picture's colors will be gray."""
    if recipe.colors in {"content", "matched"} and is_gray(content.rgb):
        click.echo(f"stylizer: {path} is gray, so with --colors {recipe.colors} the painting is gray, too.", err=True)
