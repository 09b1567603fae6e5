"""`python -m scripts.samples FOLDER` paints the sample styles; on the same machine they always come out the same."""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np
from PIL import Image

from bot.demo.samples import STYLES
from scripts.samples import styles

CANVAS_PX = 1536
"""Painted at twice the size that is kept, so that every edge is smooth."""

SEED = 7


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--only", type=click.Choice(STYLES), multiple=True, help="Paint this style alone; may be repeated.")
def paint(folder: Path, only: tuple[str, ...]) -> None:
    """Paint the sample styles into FOLDER, as JPEG of 768 px. It takes some minutes."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in only or STYLES:
        picture = getattr(styles, name)(np.random.default_rng(SEED), CANVAS_PX)
        image = Image.fromarray(np.uint8(picture * 255 + 0.5))
        image = image.resize((CANVAS_PX // 2, CANVAS_PX // 2), Image.Resampling.LANCZOS)
        path = folder / f"{name}.jpg"
        image.save(path, quality=86, optimize=True)
        click.echo(path)


if __name__ == "__main__":
    paint()
