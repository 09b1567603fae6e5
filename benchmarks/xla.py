"""Measure whether XLA would make a step faster on this machine: `python -m benchmarks.xla --help`.

XLA compiles for each canvas size, and every painting has several sizes, which depend on the photograph's shape. So a
faster step pays off only if one canvas saves more time than compiling takes; the last column shows when it does.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table

from stylizer.quiet import quiet_native_code
from stylizer.recipe import DEFAULT_RECIPE, Recipe, load_recipe, recipe_names

if TYPE_CHECKING:
    from stylizer.objective import Evaluation
    from stylizer.painter import Painter

_REPETITIONS = 5


@dataclass(frozen=True, slots=True)
class Comparison:
    """An evaluation as Atelier traces it, compared with the same one compiled by XLA."""

    seconds: float
    compiled_seconds: float
    compiling_seconds: float
    """The first compiled evaluation at this size, minus a later one."""
    difference: float
    """The distance between both gradients, relative to their length."""

    @property
    def worthwhile_steps(self) -> float:
        """The number of steps on one canvas from which XLA is faster, including compiling; infinite if never."""
        saved = self.seconds - self.compiled_seconds
        return math.inf if saved <= 0 else self.compiling_seconds / saved


def compare(painter: Painter, recipe: Recipe, *, width_px: int, height_px: int) -> Comparison:
    """Evaluate the recipe's objective on a canvas of this size, with XLA and without."""
    import tensorflow as tf  # noqa: PLC0415 - takes seconds, which `--help` doesn't need

    from stylizer.objective import Objective, WeightedStyle  # noqa: PLC0415 - imports TensorFlow, too

    content, style, canvas = (
        tf.random.stateless_uniform((1, height_px, width_px, 3), seed=(number, 0)) for number in range(3)
    )
    objective = painter.descent_for(recipe).objective
    aim = objective.aim(content, [WeightedStyle(style)], recipe)
    whole = Objective(painter.network.without_halves(), recipe)
    compiled = tf.function(whole.evaluate.python_function, autograph=False, jit_compile=True)

    def timed(evaluate: Callable[..., Evaluation]) -> tuple[Evaluation, float, float]:
        """The evaluation, the seconds of the first run, and the median of later runs."""
        seconds = []
        for _ in range(1 + _REPETITIONS):
            began = time.perf_counter()
            evaluation = evaluate(canvas, aim)
            evaluation.gradient[0, 0, 0, 0].numpy()  # waits for the GPU to finish
            seconds.append(time.perf_counter() - began)
        return evaluation, seconds[0], statistics.median(seconds[1:])

    plain, _, seconds = timed(objective.evaluate)
    other, first_seconds, compiled_seconds = timed(compiled)
    difference = float(tf.norm(plain.gradient - other.gradient) / tf.norm(plain.gradient))
    return Comparison(seconds, compiled_seconds, first_seconds - compiled_seconds, difference)


@click.command()
@click.option("--recipe", "recipe_name", type=click.Choice(recipe_names()), default=DEFAULT_RECIPE, show_default=True)
@click.option("--size", "sizes_px", type=int, multiple=True, default=(128, 256, 512), show_default=True)
@click.option("--precision", default="auto", show_default=True)
def main(recipe_name: str, sizes_px: tuple[int, ...], precision: str) -> None:
    """Compare evaluations with and without XLA, on 3:2 canvases with these longest sides."""
    with quiet_native_code():
        from stylizer.painter import Painter  # noqa: PLC0415 - imports TensorFlow, which is noisy

        painter = Painter(precision=precision)
    columns = ("px", "step, s", "with XLA, s", "compiling, s", "difference", "faster from … steps")
    table = Table(*columns, title=f"{recipe_name}, {painter.precision}, {painter.device}")
    for size_px in sizes_px:
        found = compare(painter, load_recipe(recipe_name), width_px=size_px, height_px=size_px * 2 // 3)
        figures = (found.seconds, found.compiled_seconds, found.compiling_seconds)
        table.add_row(
            str(size_px),
            *(f"{seconds:.4f}" for seconds in figures),
            f"{found.difference:.0e}",
            f"{found.worthwhile_steps:.0f}",
        )
    Console().print(table)


if __name__ == "__main__":
    main()
