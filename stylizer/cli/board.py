"""`--board`: several small paintings, and a numbered sheet of them."""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click

from stylizer.blend import shares_of
from stylizer.board import Variation, Vary, vary
from stylizer.cli.files import Saved, cell_paths, report_unsaved, save_file
from stylizer.cli.inputs import Inputs, StyleFile, open_content, open_style_file
from stylizer.cli.painting import CommandPainter
from stylizer.cli.progress import duration, progress_bar
from stylizer.cli.sense import check_stroke_size, warn_if_gray
from stylizer.events import Finished, Started
from stylizer.events import Progress as StepDone
from stylizer.images import fit_size
from stylizer.recipe import Recipe
from stylizer.sheet import compose_sheet

_DEFAULTS = {"--style-strength": 1.0, "--stroke-size": 1.0, "--colors": "style", "--start": "content", "--seed": 0}


@dataclass(frozen=True, slots=True)
class Cell:
    """One painting of a board."""

    styles: tuple[StyleFile, ...]
    variation: Variation

    @property
    def options(self) -> dict[str, object]:
        """The options that paint it large, with their values."""
        recipe = self.variation.recipe
        return {
            "--style": [style.written for style in self.styles],
            "--style-strength": recipe.style_strength,
            "--stroke-size": recipe.style_picture.scale,
            "--colors": recipe.colors,
            "--start": recipe.start.picture,
            "--seed": self.variation.seed,
        }


def check_board(
    sheet: Path | None, *, gif: Path | None, start: Path | None, mask: Path | None, spare_faces: bool
) -> None:
    """Refuse options that don't work with a board."""
    if sheet is not None and sheet.suffix.lower() not in {".jpg", ".jpeg"}:
        raise click.UsageError(
            f"{sheet} must end in .jpg: a board is a sheet of paintings; each painting also gets a PNG of its own."
        )
    if gif is not None:
        raise click.UsageError("--board paints no GIF; leave out --gif.")
    if start is not None:
        raise click.UsageError("--board starts from the photograph; leave out --continue.")
    if mask is not None:
        raise click.UsageError("--board paints whole pictures; leave out --mask.")
    if spare_faces:
        raise click.UsageError("--board paints whole pictures; leave out --spare-faces.")


def plan_cells(
    styles: Sequence[StyleFile], recipe: Recipe, *, count: int, seed: int, varied: Vary | None
) -> list[Cell]:
    """Plan one style per painting, repeated with new seeds as needed; or variations of one style or blend."""
    if varied is not None or len(styles) == 1:
        shares_of([style.weight for style in styles])
        return [Cell(tuple(styles), one) for one in vary(recipe, varied or "seed", count=count, seed=seed)]
    if len(styles) > count:
        raise click.UsageError(f"--board {count} has room for {count} styles, not {len(styles)}.")
    if any(style.weight != 1 for style in styles):
        raise click.UsageError("A board paints each style by itself: leave out the weights, or blend with --vary.")
    return [
        Cell((styles[number % len(styles)],), Variation(recipe, seed + number // len(styles)))
        for number in range(count)
    ]


def paint_board(
    content: Path,
    cells: Sequence[Cell],
    painter: CommandPainter,
    *,
    recipe: Recipe,
    output: Path,
    as_json: bool,
) -> None:
    """Paint one cell after another; each is saved, and added to the sheet, as soon as it is done.

    `recipe` is the recipe of all cells, except for what the board varies.
    """
    paths = cell_paths(output, len(cells))
    photograph = open_content(content, recipe)
    largest = max((cell.variation.recipe for cell in cells), key=lambda recipe: recipe.style_picture.scale)
    pictures = {style.path: open_style_file(style.path, largest) for cell in cells for style in cell.styles}
    check_stroke_size(photograph, pictures, recipe)
    warn_if_gray(content, photograph, recipe)
    size_px = fit_size(photograph.width_px, photograph.height_px, longest_side_px=recipe.longest_side_px)
    painted: list[bytes | None] = [None] * len(cells)
    saved: list[Saved] = []
    sheet = Saved(None, None)
    stop: KeyboardInterrupt | None = None
    began = time.perf_counter()
    try:
        with progress_bar(quiet=as_json) as bar:
            task = bar.add_task("Warming up", total=None, numbers="")
            for cell in cells:
                painter.open_for(cell.variation.recipe)
            began = time.perf_counter()
            for number, cell in enumerate(cells):
                inputs = Inputs(photograph, tuple(pictures[style.path] for style in cell.styles))
                for event in painter.paint(
                    inputs,
                    cell.styles,
                    recipe=cell.variation.recipe,
                    seed=cell.variation.seed,
                    gif_limit_bytes=0,
                ):
                    match event:
                        case Started():
                            count = f"{number}/{len(cells)}"
                            bar.update(task, total=len(cells), description="Painting", numbers=count)
                        case StepDone():
                            done = number + event.step / event.steps
                            left = duration((time.perf_counter() - began) * (len(cells) / done - 1))
                            bar.update(task, completed=done, numbers=f"{number}/{len(cells)}  {left} left")
                        case Finished():
                            painted[number] = event.painting
                            saved.append(save_file(paths[number], event.painting))
                before = sheet
                sheet = save_file(sheet.place or output, compose_sheet(painted, size_px=size_px))
                if before.place is not None and before.place != sheet.place:
                    before.place.unlink(missing_ok=True)  # the sheet so far, which lacks this painting
                sheet = replace(sheet, problem=before.problem or sheet.problem)
    except KeyboardInterrupt as error:
        if not saved:
            raise
        stop = error
    seconds = time.perf_counter() - began
    if as_json:
        numbers = {
            "seconds": round(seconds, 3),
            "sheet": None if sheet.place is None else str(sheet.place),
            "paintings": [
                {"file": None if file.place is None else str(file.place), "options": cell.options}
                for file, cell in zip(saved, cells, strict=False)  # there are fewer files after Ctrl-C
            ],
        }
        click.echo(json.dumps(numbers))
    elif sheet.place is not None:
        count = f"{len(saved)} of {len(cells)}" if stop else f"{len(cells)}"
        click.echo(
            f"{sheet.place}: {count} paintings of {size_px[0]} × {size_px[1]} px, recipe {recipe.name}, "
            f"in {seconds:.1f} s"
        )
        for number, cell in enumerate(cells[: len(saved)], start=1):
            click.echo(f"  {number}: {_written(cell.options)}")
    if stop is not None:
        raise stop
    report_unsaved([sheet, *saved])


def _written(options: Mapping[str, object]) -> str:
    """Format options for a command, leaving out defaults."""
    parts = []
    for option, value in options.items():
        values = value if isinstance(value, list) else [value]
        parts += [f"{option} {shlex.quote(str(one))}" for one in values if one != _DEFAULTS.get(option)]
    return " ".join(parts)
