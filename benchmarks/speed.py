"""Measure the speed of a warm painter: `python -m benchmarks.speed --help`.

Each recipe is measured in its own process, so that its peak memory is its own. Besides seconds, it prints the share of
a step that the convolutions take; the rest is what a better step could still save. Seconds depend on the machine; the
ratios hardly do. The table shows the targets for 512 px next to the measurements.

`--against COMMIT` compares the steps of this code with those of a commit. The two take turns, so that other work on the
machine slows down both.
"""

from __future__ import annotations

import itertools
import multiprocessing
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self, cast

import click
from rich.console import Console
from rich.table import Table

from benchmarks.commits import ROOT, checked_out, environment_of
from benchmarks.pairs import Pair, find_pairs
from stylizer.events import Finished, Progress
from stylizer.images import open_picture
from stylizer.quiet import quiet_native_code
from stylizer.recipe import DEFAULT_RECIPE, LAYERS, Recipe, load_recipe, recipe_names
from stylizer.weights import layer_shapes

if TYPE_CHECKING:
    import tensorflow as tf

    from stylizer.painter import Painter

TARGET_SIZE_PX = 512
MAX_PAINTING_SECONDS = {"painterly": 14.0, "draft": 4.0}
MAX_FIRST_PREVIEW_SECONDS = 2.0
MAX_GIF_SECONDS = 2.0
FLOAT32_FACTOR = 4.0
"""The target for a painting is for machines with fast bfloat16; others may take this many times as long."""
MAX_PEAK_MEMORY_BYTES = 2e9

COMPARED_PX = (128, 256, 512)
TURNS = 15

_PAINTING = "painting, s (median)"
_FIRST_PREVIEW = "first preview, s (slowest)"
_GIF = "GIF and file, s (slowest)"
_PEAK_MEMORY = "peak memory, MB"


@dataclass(frozen=True, slots=True)
class Measurement:
    """The figures of one recipe on some pairs, with a warm painter."""

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
    """Paint the pairs one after the other, and time them."""
    began = time.perf_counter()
    with quiet_native_code():
        from stylizer.painter import Painter  # noqa: PLC0415 - TensorFlow is for this process only

        painter = Painter(precision=precision)
    warm_up_seconds = time.perf_counter() - began
    # Painters are warm for the default recipe. A recipe with another structure is traced here, so that it isn't timed.
    painter.warm_up(recipe)
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
    """Return the median seconds of an evaluation at full size, and of its convolutions alone (forward and backward)."""
    import tensorflow as tf  # noqa: PLC0415 - TensorFlow is for this process only

    from stylizer.layers import FrozenConvolution  # noqa: PLC0415 - TensorFlow is for this process only
    from stylizer.objective import WeighedStyle  # noqa: PLC0415 - TensorFlow is for this process only

    picture = tf.random.stateless_uniform((1, finished.height_px, finished.width_px, 3), seed=(1, 2))
    objective = painter.descent_for(recipe, pixels=finished.width_px * finished.height_px).objective
    aim = objective.aim(picture, [WeighedStyle(picture)], recipe)
    deepest = max((*recipe.content_layers, *recipe.style_layers), key=LAYERS.index)
    dtype = painter.network.compute_dtype

    def seconds_of(convolution: FrozenConvolution, features: tf.Tensor) -> float:
        @tf.function  # type: ignore[untyped-decorator]  # TensorFlow has no types
        def convolve() -> tuple[tf.Tensor, tf.Tensor]:
            with tf.GradientTape() as tape:
                tape.watch(features)
                convolved = convolution(features)
            # If it weren't returned, the forward pass would be optimized away.
            return tape.gradient(convolved, features), convolved

        return _median_seconds(convolve)

    convolutions = 0.0
    for layer, shape in layer_shapes().items():
        pooled = 2 ** (int(layer[len("block")]) - 1)
        features = tf.ones((1, finished.height_px // pooled, finished.width_px // pooled, shape[2]), dtype)
        convolution = FrozenConvolution(tf.ones(shape, dtype), tf.zeros(shape[3:], dtype))
        convolutions += seconds_of(convolution, features)
        if layer == deepest:
            break
    return _median_seconds(lambda: (objective.evaluate(picture, aim).gradient,)), convolutions


def _median_seconds(work: Callable[[], tuple[tf.Tensor, ...]]) -> float:
    """Return the median of three runs after a warm-up run. Reading one value back waits for a GPU to finish."""
    seconds = []
    for _ in range(4):
        began = time.perf_counter()
        work()[0][0, 0, 0, 0].numpy()
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds[1:])


@dataclass(frozen=True, slots=True)
class Target:
    """A measurement and its limit, in the unit of its row."""

    measured: float
    limit: float

    @property
    def is_met(self) -> bool:
        return self.measured <= self.limit

    def __str__(self) -> str:
        return f"{self.limit:g}" if self.is_met else f"{self.limit:g}, missed"


def targets(row: Measurement) -> dict[str, Target]:
    """Return the targets by row of the table; there are none for sizes other than 512 px."""
    if row.longest_side_px != TARGET_SIZE_PX:
        return {}
    factor = 1.0 if row.precision == "bfloat16" else FLOAT32_FACTOR
    found = {
        _FIRST_PREVIEW: Target(row.first_preview_seconds, MAX_FIRST_PREVIEW_SECONDS),
        _GIF: Target(row.gif_seconds, MAX_GIF_SECONDS),
        _PEAK_MEMORY: Target(row.peak_memory_bytes / 1e6, MAX_PEAK_MEMORY_BYTES / 1e6),
    }
    if row.recipe in MAX_PAINTING_SECONDS:
        found[_PAINTING] = Target(statistics.median(row.painting_seconds), MAX_PAINTING_SECONDS[row.recipe] * factor)
    return found


class Steps:
    """A painting in its own process, by the code in one folder; see `benchmarks/steps.py`."""

    def __init__(self, tree: Path, *options: str) -> None:
        self._process = subprocess.Popen(
            (sys.executable, str(ROOT / "benchmarks" / "steps.py"), *options),
            cwd=tree,
            env=environment_of(tree),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        self._read()
        return self

    def __exit__(self, *_: object) -> None:
        with self._process:
            self._process.kill()

    def step(self) -> tuple[float, float]:
        """Take one step, and return its wall-clock seconds and its CPU seconds."""
        seconds, cpu_seconds = self._ask("step").split()
        return float(seconds), float(cpu_seconds)

    def peak_memory_bytes(self) -> int:
        """Return the peak memory so far."""
        return int(self._ask("peak"))

    def _ask(self, request: str) -> str:
        print(request, file=self._process.stdin, flush=True)
        return self._read()

    def _read(self) -> str:
        line = cast("IO[str]", self._process.stdout).readline()
        if not line:
            raise click.ClickException("A painter has ended; see its output above.")
        return line


def compare(theirs: Path, ours: Path, options: tuple[str, ...], *, turns: int) -> tuple[str, ...]:
    """Have the code of two folders take `turns` steps each, alternating, and return the cells of a table row."""
    with ExitStack() as stack:
        sides = [stack.enter_context(Steps(tree, *options)) for tree in (theirs, ours)]
        turn_by_turn = [[side.step() for side in sides] for _ in range(turns)]
        megabytes = (f"{side.peak_memory_bytes() / 1e6:.0f}" for side in sides)
        medians = (statistics.median(turn[side][0] for turn in turn_by_turn) for side in (0, 1))
        ratios = (statistics.median(turn[0][clock] / turn[1][clock] for turn in turn_by_turn) for clock in (0, 1))
        return (*(f"{seconds:.3f}" for seconds in medians), *(f"{ratio:.2f}" for ratio in ratios), *megabytes)


_FIGURES: dict[str, Callable[[Measurement], str]] = {
    "longest side, px": lambda row: str(row.longest_side_px),
    "steps": lambda row: str(row.steps),
    "device": lambda row: row.device,
    "precision": lambda row: row.precision,
    "warm-up, s": lambda row: f"{row.warm_up_seconds:.1f}",
    _PAINTING: lambda row: f"{statistics.median(row.painting_seconds):.1f}",
    _FIRST_PREVIEW: lambda row: f"{row.first_preview_seconds:.1f}",
    _GIF: lambda row: f"{row.gif_seconds:.2f}",
    _PEAK_MEMORY: lambda row: f"{row.peak_memory_bytes / 1e6:.0f}",
    "one step at full size, s": lambda row: f"{row.step_seconds:.3f}",
    "  of it convolutions": lambda row: f"{row.convolutions_seconds / row.step_seconds:.0%}",
}


def print_comparison(commit: str, recipes: tuple[str, ...], *, size: int | None, precision: str, turns: int) -> None:
    """Compare with a commit at one size or at several, and print a table for each recipe."""
    console = Console()
    sides_px = COMPARED_PX if size is None else (size,)
    with checked_out(commit) as tree:
        for recipe in recipes:
            columns = ("px", f"step, s: {commit}", "now", "speedup", "CPU speedup", f"peak, MB: {commit}", "now")
            table = Table(*columns, title=f"{recipe}, {precision}: medians of {turns} alternating steps each")
            for side_px in sides_px:
                console.print(f"comparing {recipe} at {side_px} px …")
                options = (str(side_px), "--recipe", recipe, "--precision", precision)
                table.add_row(f"{side_px}", *compare(tree, ROOT, options, turns=turns))
            console.print(table)


@click.command()
@click.option("--images", type=click.Path(path_type=Path, exists=True), help="A folder with content/ and style/.")
@click.option("--recipe", "recipes", multiple=True, type=click.Choice(recipe_names()), help="Can be given repeatedly.")
@click.option("--size", type=int, help="Longest side in pixels (default: the recipe's).")
@click.option("--pairs", "max_pairs", type=click.IntRange(min=1), default=1, show_default=True)
@click.option("--precision", default="auto", show_default=True)
@click.option("--against", metavar="COMMIT", help="Compare the time of a step with a commit's instead.")
@click.option("--turns", type=click.IntRange(min=1), default=TURNS, show_default=True, help="Steps to compare.")
def main(
    images: Path | None,
    recipes: tuple[str, ...],
    size: int | None,
    max_pairs: int,
    precision: str,
    against: str | None,
    turns: int,
) -> None:
    """Measure recipes on pairs of pictures with a warm painter. Exit code 1 if one misses a target."""
    if against is not None:
        print_comparison(against, recipes or (DEFAULT_RECIPE,), size=size, precision=precision, turns=turns)
        return
    console = Console()
    pairs = find_pairs(images)[:max_pairs]
    rows = []
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as processes:
        for name in recipes or (DEFAULT_RECIPE, "draft"):
            recipe = load_recipe(name, longest_side_px=size)
            console.print(f"painting {name} at {recipe.longest_side_px} px …")
            rows.append(processes.apply(measure, (recipe, pairs, precision)))
    targets_by_row = [targets(row) for row in rows]
    columns = (column for row in rows for column in (row.recipe, "limit"))
    table = Table("", *columns, title=", ".join(pair.name for pair in pairs))
    for title, cell in _FIGURES.items():
        cells = ((cell(row), str(limits.get(title, ""))) for row, limits in zip(rows, targets_by_row, strict=True))
        table.add_row(title, *itertools.chain.from_iterable(cells))
    console.print(table)
    sys.exit(0 if all(target.is_met for limits in targets_by_row for target in limits.values()) else 1)


if __name__ == "__main__":
    main()
