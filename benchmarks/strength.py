"""Measure how even the dial of style strength is: `python -m benchmarks.strength --images DIR --recipe painterly`.

Paints pairs at every step of the dial, and prints each painting's content error (VGG16's features, float32; see
`stylizer/strength.py`). Equal steps of the dial should be equal steps of the mean error. The exit code is 1 if a step
is more than 15 % off the mean step.
"""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

import click
import numpy as np
from rich.console import Console
from rich.progress import Progress as ProgressBar
from rich.table import Table

from benchmarks.pairs import Pair, find_pairs
from stylizer.errors import STYLE
from stylizer.events import Finished
from stylizer.images import open_picture, resize, to_float
from stylizer.painter import Painter
from stylizer.recipe import DEFAULT_RECIPE, STRENGTH_STOPS, Recipe, load_recipe, recipe_names
from stylizer.strength import ContentError
from stylizer.style import open_style
from stylizer.vgg16 import VGG16
from stylizer.weights import load_weights

STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0, *STRENGTH_STOPS)
MAX_UNEVENNESS = 0.15
TABLE_COLUMNS = 120
"""When the table isn't printed on a terminal."""


def content_error(painter: Painter, judge: ContentError, pair: Pair, recipe: Recipe, folder: Path | None) -> float:
    """Paint a pair and return the painting's content error; keep the painting if there is a folder."""
    content = open_picture(pair.content, longest_side_px=recipe.longest_side_px)
    *_, finished = painter.paint(content, open_style(pair.style, name=STYLE, recipe=recipe), recipe=recipe)
    if not isinstance(finished, Finished):
        raise TypeError("a painting ends with Finished")
    if folder is not None:
        (folder / f"{pair.name}-{recipe.name}-{recipe.style_strength:g}.png").write_bytes(finished.painting)
    painting, photograph = (to_float(picture.rgb) for picture in (open_picture(finished.painting), content))
    height_px, width_px = painting.shape[:2]
    return judge.from_content(resize(photograph, width_px=width_px, height_px=height_px))(painting)


def unevenness(errors: list[float]) -> float:
    """How far the step furthest from the mean step is off, relative to it."""
    steps = np.diff(errors)
    return float(np.abs(steps / steps.mean() - 1).max())


@click.command()
@click.option("--images", type=click.Path(path_type=Path, exists=True), help="A folder with content/ and style/.")
@click.option(
    "--recipe", "names", type=click.Choice(recipe_names()), multiple=True, default=[DEFAULT_RECIPE], show_default=True
)
@click.option("--size", type=int, default=192, show_default=True, help="Longest side in pixels.")
@click.option("--every", type=click.IntRange(1), default=1, show_default=True, help="Paint only every Nth pair.")
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), help="Where to keep the paintings.")
@click.option("--precision", default="auto", show_default=True)
def main(
    images: Path | None, names: tuple[str, ...], size: int, every: int, folder: Path | None, precision: str
) -> None:
    """Print the content error at each strength, for each recipe and pair."""
    console = Console(width=None if sys.stdout.isatty() else TABLE_COLUMNS)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    pairs = find_pairs(images)[::every]
    painter, judge = Painter(precision=precision), ContentError(VGG16(load_weights()))
    worst = 0.0
    for name in names:
        table = Table("pair", *(f"{strength:g}" for strength in STRENGTHS), "unevenness", title=f"{name}, {size} px")
        rows = []
        with ProgressBar(console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(name, total=len(pairs) * len(STRENGTHS))
            for pair in pairs:
                errors = []
                for strength in STRENGTHS:
                    recipe = load_recipe(name, longest_side_px=size, style_strength=strength)
                    errors.append(content_error(painter, judge, pair, recipe, folder))
                    bar.advance(task)
                rows.append(errors)
                table.add_row(pair.name, *(f"{error:.3f}" for error in errors), f"{unevenness(errors):.0%}")
        means = [statistics.mean(column) for column in zip(*rows, strict=True)]
        table.add_section()
        table.add_row("mean", *(f"{error:.3f}" for error in means), f"{unevenness(means):.0%}")
        console.print(table)
        worst = max(worst, unevenness(means))
    sys.exit(0 if worst <= MAX_UNEVENNESS else 1)


if __name__ == "__main__":
    main()
