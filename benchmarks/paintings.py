"""Paint one pair of files with a warm painter, one painting per line: `python benchmarks/paintings.py CONTENT STYLE`.

`benchmarks.speed --against` runs this file with PYTHONPATH pointing to the code that paints, from any commit since
244f500. When ready, it prints the painter's precision. It answers the line `draft 512` with a line of `PaintingTimes`
for that recipe at that longest side.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from stylizer.errors import StylizerError
from stylizer.events import Finished, Progress
from stylizer.images import Picture, open_picture
from stylizer.quiet import quiet_native_code
from stylizer.recipe import Recipe, load_recipe

if TYPE_CHECKING:
    from stylizer.painter import Painter


class PaintingTimes(NamedTuple):
    """How long a painting took, in seconds."""

    whole: float
    """From the pictures' files to the painting's file."""
    processor: float
    """The same, in processor time of all threads."""
    first_preview: float
    files: float
    """The part after the last step: GIF and file."""


def time_painting(painter: Painter, content: bytes, style: bytes, *, recipe: Recipe) -> tuple[PaintingTimes, Finished]:
    """Paint a pair from its files, as a worker does. The recipe's graphs should already be traced."""
    began, processor_began = time.perf_counter(), time.process_time()
    pictures = open_picture(content, longest_side_px=recipe.longest_side_px), _open_style(style, recipe)
    first_preview, last_step, finished = None, began, None
    for event in painter.paint(*pictures, recipe=recipe):
        match event:
            case Progress(preview=preview):
                last_step = time.perf_counter()
                if preview is not None and first_preview is None:
                    first_preview = last_step - began
            case Finished():
                finished = event
    ended = time.perf_counter()
    if finished is None:
        raise TypeError("a painting ends with Finished")
    whole, processor = ended - began, time.process_time() - processor_began
    return PaintingTimes(whole, processor, first_preview or whole, ended - last_step), finished


def _open_style(encoded: bytes, recipe: Recipe) -> Picture:
    try:
        from stylizer.errors import STYLE  # noqa: PLC0415 - older commits don't have it
        from stylizer.style import open_style  # noqa: PLC0415 - older commits don't have it
    except ImportError:
        return open_picture(encoded, longest_side_px=recipe.longest_side_px)
    return open_style(encoded, name=STYLE, recipe=recipe)


@click.command()
@click.argument("content", type=click.Path(path_type=Path, exists=True))
@click.argument("style", type=click.Path(path_type=Path, exists=True))
@click.option("--precision", default="auto")
def main(content: Path, style: Path, precision: str) -> None:
    """Paint CONTENT in the style of STYLE once for each line of standard input."""
    with quiet_native_code():
        from stylizer.painter import Painter  # noqa: PLC0415 - imports TensorFlow, which is noisy

        painter = Painter(precision=precision)
    print(painter.precision, flush=True)
    pair = content.read_bytes(), style.read_bytes()
    for request in sys.stdin:
        name, side_px = request.split()
        try:
            recipe = load_recipe(name, longest_side_px=int(side_px))
        except StylizerError as error:
            raise click.ClickException(str(error)) from error
        painter.warm_up(recipe)
        times, _ = time_painting(painter, *pair, recipe=recipe)
        print(*times, flush=True)


if __name__ == "__main__":
    main()
