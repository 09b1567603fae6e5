"""What a painting starts from, and whether anything is painted: `--start`, `--continue`, `--steps`, `--colors only`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import click

from stylizer.recipe import Recipe

_OF_STROKES: Mapping[str, str] = {
    "stroke_size": "--stroke-size",
    "start_picture": "--start",
    "start": "--continue",
    "steps": "--steps",
    "mask": "--mask",
    "spare_faces": "--spare-faces",
}
"""Options that make no difference without strokes, by parameter name."""


def check_start_options(context: click.Context, recipe: Recipe) -> None:
    """Refuse options that have no effect because of another option. Raises `UsageError`."""
    given = {name for name, value in context.params.items() if value is not None and value is not False}
    useless = [option for name, option in _OF_STROKES.items() if name in given]
    if context.params["varied"] == "strokes":
        useless.append("--vary strokes")
    if recipe.colors == "only" and useless:
        raise click.UsageError(f"--colors only paints no strokes; leave out {' and '.join(useless)}.")
    if {"start_picture", "start"} <= given:
        raise click.UsageError("--continue starts from that painting; leave out --start.")
    if "steps" in given and "start" not in given:
        raise click.UsageError("--steps needs --continue: it sets how many more steps that painting gets.")


def with_steps(recipe: Recipe, steps: int | None) -> Recipe:
    """The recipe with this many steps on its finest canvas, also when continuing at that size; None changes nothing."""
    if steps is None:
        return recipe
    *coarser, finest = recipe.scales
    return recipe.with_overrides(scales=(*coarser, replace(finest, steps=steps)), more_steps=steps)
