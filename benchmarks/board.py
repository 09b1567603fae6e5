"""Measure how long a board takes: `python -m benchmarks.board --images DIR`.

Paints one `painterly` at its own size and a board of nine sketches with the same photograph, by a warm painter in this
process, and compares them. A board may take 1.5 times as long as the painting, and its first picture a tenth of that.
Sketches and the steps of the painting can't take turns, so measure on a machine that does nothing else; processor time,
which is printed too, depends less on that.
"""

from __future__ import annotations

import itertools
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from benchmarks.pairs import Pair, find_pairs
from stylizer.board import BOARD_RECIPE
from stylizer.errors import STYLE
from stylizer.events import Finished
from stylizer.images import open_picture
from stylizer.painter import Painter
from stylizer.recipe import DEFAULT_RECIPE, Recipe, load_recipe
from stylizer.sheet import MAX_CELLS, compose_sheet
from stylizer.style import open_style
from stylizer.timelapse import DEFAULT_GIF_LIMIT_BYTES

MAX_BOARD = 1.5
MAX_FIRST = MAX_BOARD / 10


@dataclass(frozen=True, slots=True)
class Time:
    """How long something took, in seconds."""

    wall: float
    processor: float
    """Of all threads together."""


def paint(
    painter: Painter, pair: Pair, recipe: Recipe, *, seed: int = 0, gif_limit_bytes: int = DEFAULT_GIF_LIMIT_BYTES
) -> tuple[Time, bytes]:
    """Paint a pair from its files, as a worker does; return how long it took, and the painting."""
    wall, processor = time.perf_counter(), time.process_time()
    content = open_picture(pair.content, longest_side_px=recipe.longest_side_px)
    style = open_style(pair.style, name=STYLE, recipe=recipe)
    *_, finished = painter.paint(content, style, recipe=recipe, seed=seed, gif_limit_bytes=gif_limit_bytes)
    if not isinstance(finished, Finished):
        raise TypeError("a painting ends with Finished")
    return Time(time.perf_counter() - wall, time.process_time() - processor), finished.painting


@click.command()
@click.option("--images", type=click.Path(path_type=Path, exists=True), help="A folder with content/ and style/.")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Where to write the sheet, a .jpg.")
@click.option("--precision", default="auto", show_default=True)
def main(images: Path | None, output: Path | None, precision: str) -> None:
    """Compare a board of nine with one painting. Exit code 1 if it takes too long."""
    pairs = find_pairs(images)
    same_photograph = [pair for pair in pairs if pair.content == pairs[0].content]
    painter = Painter(precision=precision)
    whole, _ = paint(painter, pairs[0], load_recipe(DEFAULT_RECIPE))
    sketches, times = [], []
    for number, pair in enumerate(itertools.islice(itertools.cycle(same_photograph), MAX_CELLS)):
        seed = number // len(same_photograph)
        # The sketches of a board have no GIF.
        seconds, sketch = paint(painter, pair, load_recipe(BOARD_RECIPE), seed=seed, gif_limit_bytes=0)
        times.append(seconds)
        sketches.append(sketch)
    if output is not None:
        output.write_bytes(compose_sheet(sketches))
    board = Time(sum(one.wall for one in times), sum(one.processor for one in times))
    table = Table("", "seconds", "processor seconds", "relative", "at most")
    table.add_row(DEFAULT_RECIPE, f"{whole.wall:.1f}", f"{whole.processor:.1f}", "1", "")
    for name, part, limit in (("first picture", times[0], MAX_FIRST), ("board of nine", board, MAX_BOARD)):
        relative = f"{part.wall / whole.wall:.2f} ({part.processor / whole.processor:.2f})"
        table.add_row(name, f"{part.wall:.1f}", f"{part.processor:.1f}", relative, f"{limit:g}")
    Console().print(table)
    sys.exit(0 if board.wall <= MAX_BOARD * whole.wall and times[0].wall <= MAX_FIRST * whole.wall else 1)


if __name__ == "__main__":
    main()
