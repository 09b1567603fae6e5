"""`python -m scripts.styles [KEY…]` paints the gallery's styles; on the same machine they always come out the same."""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np
from PIL import Image

from scripts.styles.catalog import STYLES, Painter

ROOT = Path(__file__).resolve().parents[2]
GALLERY = ROOT / "bot" / "gallery" / "pictures"
SIDE_PX = 1024
OVERSAMPLING = 2
"""Painted at that many times the size that is kept, so that every edge is smooth."""
SEED = 7
JPEG_QUALITIES = (92, 88, 84, 80, 76, 72, 68, 64)
MAX_BYTES = 400_000


@click.command()
@click.argument("keys", type=click.Choice(tuple(STYLES)), nargs=-1, metavar="[KEY]...")
@click.option(
    "--folder", type=click.Path(file_okay=False, path_type=Path), default=GALLERY, help="Default: the gallery's own."
)
@click.option("--side", "side_px", default=SIDE_PX, show_default=True, help="Pixels a side; less for a quick look.")
def paint(keys: tuple[str, ...], folder: Path, side_px: int) -> None:
    """Paint the styles named KEY, by default all of them, as JPEG. Each takes seconds to a minute."""
    folder.mkdir(parents=True, exist_ok=True)
    for key in keys or STYLES:
        path = folder / f"{key}.jpg"
        save(picture(STYLES[key], side_px=side_px), path)
        click.echo(path)


def picture(painter: Painter, *, side_px: int) -> Image.Image:
    """The style as it is kept, of that side."""
    large_px = side_px * OVERSAMPLING
    painting = painter(np.random.default_rng(SEED), large_px)
    image = Image.fromarray(np.uint8(np.clip(painting, 0, 1) * 255 + 0.5))
    return image.resize((side_px, side_px), Image.Resampling.LANCZOS)


def save(image: Image.Image, path: Path) -> None:
    """Write a JPEG at the best of the qualities that keep it small."""
    for quality in JPEG_QUALITIES:
        image.save(path, quality=quality, optimize=True, progressive=True)
        if path.stat().st_size <= MAX_BYTES:
            return


if __name__ == "__main__":
    paint()
