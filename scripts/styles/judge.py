"""Paint photographs in the gallery's styles, as one sheet to judge the styles by.

`python -m scripts.styles.judge face.jpg landscape.jpg building.jpg --output sheet.png` writes a row for each style: its
picture, then each photograph painted in it by `python -m stylizer`. A good style looks like a picture one would post on
all of them. The sheet grows row by row, so that one can look at it on the way.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import click
from PIL import Image, ImageOps

from scripts.styles.__main__ import GALLERY, ROOT
from scripts.styles.catalog import STYLES

GAP_PX = 8


@click.command()
@click.argument(
    "photographs",
    type=click.Path(exists=True, dir_okay=False, resolve_path=True, path_type=Path),
    nargs=-1,
    required=True,
)
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The sheet.")
@click.option("--style", "keys", type=click.Choice(tuple(STYLES)), multiple=True, help="Repeatable. Default: all.")
@click.option("--recipe", default="painterly", show_default=True)
@click.option("--size", "size_px", default=320, show_default=True, help="Each painting's longest side in pixels.")
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, resolve_path=True, path_type=Path),
    default=GALLERY,
    help="Where the styles' pictures are. Default: the gallery's own.",
)
def judge(
    photographs: tuple[Path, ...], output: Path, keys: tuple[str, ...], recipe: str, size_px: int, folder: Path
) -> None:
    """Paint each of PHOTOGRAPHS in each style, as one sheet."""
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        painting = Path(scratch, "painting.png")
        for key in keys or STYLES:
            style = folder / f"{key}.jpg"
            row = [Image.open(style).convert("RGB")]
            for photograph in photographs:
                command = [sys.executable, "-m", "stylizer", photograph, style, "-o", painting]
                options = ["--recipe", recipe, "--size", size_px]
                subprocess.run([*map(str, [*command, *options])], cwd=ROOT, check=True)  # noqa: S603 - no shell
                row.append(Image.open(painting).convert("RGB"))
            rows.append(row)
            sheet(rows, side_px=size_px).save(output)


def sheet(rows: list[list[Image.Image]], *, side_px: int) -> Image.Image:
    """Rows of pictures, each fitted into a square of that side."""
    step_px = side_px + GAP_PX
    size = (max(map(len, rows)) * step_px - GAP_PX, len(rows) * step_px - GAP_PX)
    whole = Image.new("RGB", size, "white")
    for row_number, row in enumerate(rows):
        for column_number, tile in enumerate(row):
            fitted = ImageOps.contain(tile, (side_px, side_px), Image.Resampling.LANCZOS)
            whole.paste(fitted, (column_number * step_px, row_number * step_px))
    return whole


if __name__ == "__main__":
    judge()
