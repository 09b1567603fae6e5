"""How long a warm painter takes: `python -m benchmarks.speed --help`.

Each recipe is measured in a process of its own, so that its peak memory is its own. Besides seconds it prints the
share of a step that the convolutions alone take: the rest is what a better step could still win. Seconds depend on the
machine; the ratios do not, much.
"""

from __future__ import annotations

import multiprocessing
import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table

from benchmarks.pairs import Pair, find_pairs
from stylizer.events import Finished, Progress
from stylizer.images import open_picture
from stylizer.quiet import quiet_native_code
from stylizer.recipe import DEFAULT_RECIPE, LAYERS, Recipe, load_recipe, recipe_names

if TYPE_CHECKING:
    from stylizer.painter import Painter


@dataclass(frozen=True, slots=True)
class Measurement:
    """One recipe on some pairs with a warm painter."""

    recipe: str
    longest_side_px: int
    steps: int
    precision: str
    device: str
    warm_up_seconds: float
    painting_seconds: tuple[float, ...]
    first_preview_seconds: float
    gif_seconds: float
    peak_memory_bytes: int
    step_seconds: float
    convolutions_seconds: float


def measure(recipe: Recipe, pairs: list[Pair], precision: str) -> Measurement:
    """Paint the pairs one after the other and time them."""
    began = time.perf_counter()
    with quiet_native_code():
        from stylizer.painter import Painter  # noqa: PLC0415 - TensorFlow belongs to this process only

        painter = Painter(precision=precision)
    warm_up_seconds = time.perf_counter() - began
    seconds, previews, gifs = [], [], []
    for pair in pairs:
        content, style = (open_picture(encoded) for encoded in (pair.content, pair.style))
        began = time.perf_counter()
        first_preview = None
        last_step = began
        for event in painter.paint(content, style, recipe=recipe):
            match event:
                case Progress(preview=preview):
                    last_step = time.perf_counter()
                    if preview is not None and first_preview is None:
                        first_preview = last_step - began
                case Finished():
                    finished = event
        seconds.append(time.perf_counter() - began)
        gifs.append(time.perf_counter() - last_step)
        previews.append(first_preview or seconds[-1])
    step, convolutions = time_step(painter, recipe, finished)
    return Measurement(
        recipe=recipe.name,
        longest_side_px=recipe.longest_side_px,
        steps=finished.steps,
        precision=finished.precision,
        device=finished.device,
        warm_up_seconds=warm_up_seconds,
        painting_seconds=tuple(seconds),
        first_preview_seconds=max(previews),
        gif_seconds=max(gifs),
        peak_memory_bytes=finished.peak_memory_bytes,
        step_seconds=step,
        convolutions_seconds=convolutions,
    )


def time_step(painter: Painter, recipe: Recipe, finished: Finished) -> tuple[float, float]:
    """Median seconds of an evaluation at full size, and of the network's convolutions alone, forward and backward."""
    import tensorflow as tf  # noqa: PLC0415 - TensorFlow belongs to this process only

    picture = tf.random.stateless_uniform((1, finished.height_px, finished.width_px, 3), seed=(1, 2))
    objective = painter.objective_for(recipe)
    objective.aim(picture, picture, recipe)
    deepest = max((*recipe.content_layers, *recipe.style_layers), key=LAYERS.index)

    @tf.function  # type: ignore[untyped-decorator]
    def convolutions(picture: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(picture)
            features = painter.network.features(picture, (deepest,), pooling=recipe.pooling, padding=recipe.padding)
            total = tf.reduce_sum(tf.cast(features[deepest], tf.float32))
        return tape.gradient(total, picture)

    convolutions(picture)
    steps, bare = [], []
    for _ in range(3):
        began = time.perf_counter()
        objective(picture).gradient[0, 0, 0, 0].numpy()
        steps.append(time.perf_counter() - began)
        began = time.perf_counter()
        convolutions(picture)[0, 0, 0, 0].numpy()
        bare.append(time.perf_counter() - began)
    return statistics.median(steps), statistics.median(bare)


@click.command()
@click.option("--images", type=click.Path(path_type=Path, exists=True), help="Has content/ and style/.")
@click.option("--recipe", "recipes", multiple=True, type=click.Choice(recipe_names()), help="Can be given again.")
@click.option("--size", type=int, help="Longest side in pixels; the recipe's unless given.")
@click.option("--pairs", "most_pairs", type=click.IntRange(min=1), default=1, show_default=True)
@click.option("--precision", default="auto", show_default=True)
def main(images: Path | None, recipes: tuple[str, ...], size: int | None, most_pairs: int, precision: str) -> None:
    """Measure recipes on pairs of pictures with a warm painter."""
    console = Console()
    pairs = find_pairs(images)[:most_pairs]
    table = Table(title=", ".join(pair.name for pair in pairs))
    columns = ("recipe", "px", "steps", "precision", "warm-up s", "painting s", "first preview s", "GIF and file s")
    for column in (*columns, "peak MB", "step s", "convolutions"):
        table.add_column(column, justify="right")
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as processes:
        for name in recipes or (DEFAULT_RECIPE, "draft"):
            recipe = load_recipe(name, longest_side_px=size)
            console.print(f"painting {name} at {recipe.longest_side_px} px …")
            row = processes.apply(measure, (recipe, pairs, precision))
            table.add_row(
                row.recipe,
                str(row.longest_side_px),
                str(row.steps),
                row.precision,
                f"{row.warm_up_seconds:.1f}",
                f"{statistics.median(row.painting_seconds):.1f}",
                f"{row.first_preview_seconds:.1f}",
                f"{row.gif_seconds:.2f}",
                f"{row.peak_memory_bytes / 1e6:.0f}",
                f"{row.step_seconds:.3f}",
                f"{row.convolutions_seconds / row.step_seconds:.0%} of a step",
            )
            device = row.device
    console.print(table)
    console.print(f"on {device}")


if __name__ == "__main__":
    main()
