"""Paint the README's pictures anew: `python -m docs.images.make`, from the root of the repository."""
# ruff: noqa: INP001 - a program beside what it makes, and no part of a package

from __future__ import annotations

import io
from pathlib import Path

import click
from PIL import Image, ImageOps

from bot.demo.samples import PHOTOGRAPHS, STYLES, sample
from stylizer.events import Finished, Progress
from stylizer.pool import PaintingJob, open_vgg16_painter
from stylizer.recipe import load_recipe, recipe_names

FOLDER = Path(__file__).parent
GAP_PX = 12
GIF_LIMIT_BYTES = 2 * 2**20
"""A page that a visitor opens on a telephone should not carry more."""


@click.command()
@click.option("--content", type=click.Choice(PHOTOGRAPHS), default="chelsea", show_default=True)
@click.option("--style", type=click.Choice(STYLES), default="night_wind", show_default=True)
@click.option("--recipe", type=click.Choice(recipe_names()), default="painterly", show_default=True)
@click.option("--size", "size_px", default=384, show_default=True, help="The painting's longest side.")
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), default=FOLDER, show_default=True)
def make(content: str, style: str, recipe: str, size_px: int, folder: Path) -> None:
    """Paint a sample, and write triptych.jpg and progress.gif."""
    job = PaintingJob(
        job_id="README",
        content=sample(content)[1],
        style=sample(style)[1],
        recipe=load_recipe(recipe, longest_side_px=size_px),
        gif_limit_bytes=GIF_LIMIT_BYTES,
    )
    for event in open_vgg16_painter().paint(job):
        if isinstance(event, Progress):
            click.echo(f"\r{event.step}/{event.steps}", nl=False, err=True)
        if isinstance(event, Finished):
            folder.mkdir(parents=True, exist_ok=True)
            triptych = _side_by_side(job.content, job.style, event.painting)
            triptych.save(folder / "triptych.jpg", quality=85, optimize=True, progressive=True)
            (folder / "progress.gif").write_bytes(event.gif)
            click.echo(f"\rpainted in {event.seconds:.0f} s", err=True)


def _side_by_side(content: bytes, style: bytes, painting: bytes) -> Image.Image:
    """The three pictures in a row, as high as the painting, the style cut to a square."""
    pictures = [Image.open(io.BytesIO(picture)).convert("RGB") for picture in (content, style, painting)]
    height = pictures[2].height
    pictures[0] = pictures[0].resize(pictures[2].size, Image.Resampling.LANCZOS)
    pictures[1] = ImageOps.fit(pictures[1], (height, height), Image.Resampling.LANCZOS)
    width = sum(picture.width for picture in pictures) + 2 * GAP_PX
    row = Image.new("RGB", (width, height), "white")
    left = 0
    for picture in pictures:
        row.paste(picture, (left, 0))
        left += picture.width + GAP_PX
    return row


if __name__ == "__main__":
    make()
