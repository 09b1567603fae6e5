"""`--estimate`: prints how much time and memory a painting will take, and paints nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence

import click

from stylizer.cli.inputs import Inputs
from stylizer.cli.measured import measured_machine, remember
from stylizer.cli.progress import duration, progress_bar
from stylizer.images import fit_size
from stylizer.open_painter import open_painter
from stylizer.recipe import Recipe


def show_estimate(
    inputs: Inputs,
    recipes: Sequence[Recipe],
    *,
    styles: int,
    spare_faces: bool,
    precision: str,
    deterministic: bool,
    weights: str,
    as_json: bool,
) -> None:
    """Print how much time and memory it takes to paint these pictures with all recipes, one after another.

    Each painting has this many `styles`. If nothing has been measured yet, this opens a painter, which measures. Raises
    what `open_painter` raises, and `OutOfMemory` with the size that fits.
    """
    recipe = recipes[0]
    width_px, height_px = fit_size(
        inputs.content.width_px, inputs.content.height_px, longest_side_px=recipe.longest_side_px
    )
    if not any(one.is_painted for one in recipes):
        _show_without_painting(len(recipes), recipe, width_px=width_px, height_px=height_px, as_json=as_json)
        return
    machine = measured_machine(precision, deterministic=deterministic)
    if machine is None:
        with progress_bar(quiet=as_json) as bar:
            bar.add_task("Measuring", total=None, numbers="")
            painter = open_painter(precision=precision, deterministic=deterministic, weights=weights)
        machine = remember(painter, precision=precision, deterministic=deterministic)
    # Faces are found only when it is painted; those to be spared make a painting as slow as a mask of one region.
    regions = inputs.regions or int(spare_faces)
    start_px = 0 if inputs.start is None else max(inputs.start.width_px, inputs.start.height_px)
    estimates = []
    for one in recipes:
        if machine.memory is not None:
            memory = machine.memory.masked() if regions else machine.memory
            memory.check(width_px=width_px, height_px=height_px, style_scale=one.style_picture.scale)
        estimates.append(
            machine.estimate(
                one, width_px=width_px, height_px=height_px, start_px=start_px, styles=styles, regions=regions
            )
        )
    seconds = sum(estimate.seconds for estimate in estimates)
    memory_bytes = max((bytes_ for _, bytes_ in estimates if bytes_ is not None), default=None)
    if as_json:
        numbers = {
            "seconds": round(seconds, 3),
            "memory_bytes": memory_bytes,
            "paintings": len(recipes),
            "width": width_px,
            "height": height_px,
            "recipe": recipe.name,
            "precision": machine.precision,
            "device": machine.device,
        }
        click.echo(json.dumps(numbers))
        return
    taken = duration(max(seconds, 1)) + ("" if memory_bytes is None else f" and {memory_bytes / 1e9:.1f} GB")
    paintings = "" if len(recipes) == 1 else f"{len(recipes)} paintings of "
    click.echo(
        f"About {taken} for {paintings}{width_px} × {height_px} px with {recipe.name}, "
        f"as measured on this machine ({machine.device}, {machine.precision})."
    )


def _show_without_painting(count: int, recipe: Recipe, *, width_px: int, height_px: int, as_json: bool) -> None:
    """Say that it takes hardly any time: with the colors `only`, or a style strength of 0, no canvas is painted."""
    if as_json:
        numbers = {
            "seconds": None,
            "memory_bytes": None,
            "paintings": count,
            "width": width_px,
            "height": height_px,
            "recipe": recipe.name,
            "precision": None,
            "device": None,
        }
        click.echo(json.dumps(numbers))
        return
    click.echo(f"A few seconds for {width_px} × {height_px} px: no strokes are painted.")
