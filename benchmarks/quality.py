"""Measure the quality of paintings: `python -m benchmarks.quality FOLDER --images DIR --recipe painterly`.

Paints every pair with the recipe into FOLDER (skipping existing paintings, so that a long run can be resumed), makes a
contact sheet, and prints these figures for each painting, always computed by VGG16 in float32:

- content error: sum (F - P)^2 / sum P^2 of the features F against the content's P, mean over relu4_2 and relu5_1;
- Gram error: sum (G - A)^2 / sum A^2 of the Gram matrices G against the style's A, mean over relu1_1 to relu5_1;
- patch match: the cosine of each 3x3 patch of relu3_1 with the most similar patch of the style, mean over all patches.

Lower errors and a higher match are better. The layers include some that weren't optimized.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from PIL import Image
from rich.console import Console
from rich.table import Table

from benchmarks.pairs import Pair, find_pairs
from stylizer.events import Finished, Progress
from stylizer.images import fit_size, open_picture, resize
from stylizer.losses import ContentLoss, StyleLoss, gram_matrix
from stylizer.painter import Painter
from stylizer.recipe import DEFAULT_RECIPE, Recipe, load_recipe, recipe_names
from stylizer.vgg16 import VGG16
from stylizer.weights import load_weights

CONTENT_LAYERS = ("block4_conv2", "block5_conv1")
STYLE_LAYERS = tuple(f"block{block}_conv1" for block in range(1, 6))
PATCH_LAYER = "block3_conv1"
MAX_PATCHES = 3000
CELL_PX = 320

Rgb = NDArray[np.float32]


def judge(network: VGG16, painting: Rgb, content: Rgb, style: Rgb) -> tuple[float, float, float]:
    """Return a painting's content error, Gram error and patch match; all pictures (height, width, 3) from 0 to 1."""
    height_px, width_px = painting.shape[:2]
    content = resize(content, width_px=width_px, height_px=height_px)
    style_height_px, style_width_px = style.shape[:2]
    side_px = min(max(width_px, height_px), max(style_width_px, style_height_px))
    style_width_px, style_height_px = fit_size(style_width_px, style_height_px, longest_side_px=side_px)
    style = resize(style, width_px=style_width_px, height_px=style_height_px)
    layers = {*CONTENT_LAYERS, *STYLE_LAYERS, PATCH_LAYER}
    ours, contents, styles = (
        network.features(tf.constant(picture[None]), layers, padding="replicate")
        for picture in (painting, content, style)
    )
    content_loss, style_loss = ContentLoss("target"), StyleLoss("target")
    content_error = statistics.mean(float(content_loss(ours[layer], contents[layer])) for layer in CONTENT_LAYERS)
    gram_error = statistics.mean(float(style_loss(ours[layer], gram_matrix(styles[layer]))) for layer in STYLE_LAYERS)
    return content_error, gram_error, patch_match(ours[PATCH_LAYER], styles[PATCH_LAYER])


def patch_match(painting: tf.Tensor, style: tf.Tensor) -> float:
    """Return the highest cosine with any style patch, mean over all 3x3 patches of the painting's features."""
    ours, theirs = (_patches(features) for features in (painting, style))
    return float(tf.reduce_mean(tf.reduce_max(tf.matmul(ours, theirs, transpose_b=True), axis=1)))


def _patches(features: tf.Tensor) -> tf.Tensor:
    patches = tf.image.extract_patches(features, (1, 3, 3, 1), (1, 1, 1, 1), (1, 1, 1, 1), "VALID")
    rows = tf.reshape(patches, (-1, patches.shape[-1]))
    rows = rows[:: max(1, rows.shape[0] // MAX_PATCHES)]
    return tf.math.l2_normalize(rows, axis=1)


def paint(painter: Painter, pair: Pair, recipe: Recipe, folder: Path, console: Console) -> Path:
    """Paint a pair unless its painting exists, and return the painting's path."""
    path = folder / f"{pair.name}-{recipe.name}.png"
    if path.exists():
        return path
    content, style = (open_picture(encoded) for encoded in (pair.content, pair.style))
    with console.status("") as status:
        for event in painter.paint(content, style, recipe=recipe):
            match event:
                case Progress():
                    status.update(f"{path.name}: {event.step} of {event.steps}, {event.seconds_left:.0f} s left")
                case Finished():
                    path.with_suffix(".gif").write_bytes(event.gif)
                    path.write_bytes(event.painting)
                    console.print(f"{path.name}: {event.seconds:.0f} s")
    return path


def contact_sheet(paths: Sequence[Path], columns: int) -> Image.Image:
    """Arrange pictures in rows of `columns`, each scaled down to at most `CELL_PX`."""
    pictures = []
    for path in paths:
        with Image.open(path) as painting:
            picture = painting.convert("RGB")
        picture.thumbnail((CELL_PX, CELL_PX))
        pictures.append(picture)
    width_px, height_px = (max(sides) for sides in zip(*(picture.size for picture in pictures), strict=True))
    sheet = Image.new("RGB", (columns * width_px, -(-len(pictures) // columns) * height_px), "white")
    for number, picture in enumerate(pictures):
        sheet.paste(picture, (number % columns * width_px, number // columns * height_px))
    return sheet


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--images", type=click.Path(path_type=Path, exists=True), help="A folder with content/ and style/.")
@click.option("--recipe", "recipe_name", type=click.Choice(recipe_names()), default=DEFAULT_RECIPE, show_default=True)
@click.option("--size", type=int, help="Longest side in pixels (default: the recipe's).")
@click.option("--precision", default="auto", show_default=True)
def main(folder: Path, images: Path | None, recipe_name: str, size: int | None, precision: str) -> None:
    """Paint every pair into FOLDER, judge the paintings and make a contact sheet."""
    console = Console()
    folder.mkdir(parents=True, exist_ok=True)
    pairs = find_pairs(images)
    recipe = load_recipe(recipe_name, longest_side_px=size)
    painter = Painter(precision=precision)
    judge_network = VGG16(load_weights())
    table = Table(
        "pair", "content error", "Gram error", "patch match", title=f"{recipe.name}, {recipe.longest_side_px} px"
    )
    paths, verdicts = [], []
    for pair in pairs:
        path = paint(painter, pair, recipe, folder, console)
        painting, content, style = (
            open_picture(encoded, longest_side_px=recipe.longest_side_px).rgb.astype(np.float32) / np.float32(255)
            for encoded in (path.read_bytes(), pair.content, pair.style)
        )
        verdict = judge(judge_network, painting, content, style)
        table.add_row(pair.name, *(f"{number:.3f}" for number in verdict))
        paths.append(path)
        verdicts.append(verdict)
    table.add_section()
    table.add_row("mean", *(f"{statistics.mean(numbers):.3f}" for numbers in zip(*verdicts, strict=True)))
    console.print(table)
    styles = len({pair.style for pair in pairs})
    sheet = folder / f"{recipe.name}.png"
    contact_sheet(paths, columns=styles).save(sheet)
    console.print(f"Contact sheet: {sheet}")


if __name__ == "__main__":
    main()
