"""Compares the time of a step with its convolutions alone, and with the same step in PyTorch.

The three take turns, and the fastest run of each counts: they always compute the same thing, so a slower run only shows
that something else used the machine.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table

from benchmarks.commits import ROOT
from benchmarks.machine import machine_name
from benchmarks.peers import Peer
from benchmarks.targets import Target
from stylizer.processors import has_bfloat16, read_cpuinfo, usable_processors
from stylizer.quiet import quiet_native_code
from stylizer.recipe import Recipe, load_recipe

if TYPE_CHECKING:
    from stylizer.painter import Painter

SIDES_PX = (128, 256, 512, 1024)
LARGE_PX = 512
MAX_LARGE_RATIO = 1.15
"""A step on a canvas of at least `LARGE_PX`, relative to twice the forward convolutions: the gradient costs the same
again."""
MAX_SMALL_RATIO = 1.3
MAX_TORCH_RATIO = 1.0
TURNS = 10
_WARM_UP_STEPS = 3
"""L-BFGS may try several lengths before it knows the curvature."""


@dataclass(frozen=True, slots=True)
class StepTime:
    """The fastest runs of one size and precision, in seconds."""

    side_px: int
    precision: str
    step: float
    convolutions: float
    """Forward pass only."""
    torch: float | None = None

    @property
    def against_convolutions(self) -> Target:
        """The step relative to twice the convolutions."""
        limit = MAX_SMALL_RATIO if self.side_px < LARGE_PX else MAX_LARGE_RATIO
        return Target(self.step / (2 * self.convolutions), limit)

    @property
    def against_torch(self) -> Target | None:
        """The step relative to PyTorch's."""
        return None if self.torch is None else Target(self.step / self.torch, MAX_TORCH_RATIO)

    @property
    def targets(self) -> list[Target]:
        """All ratios that were measured."""
        return [target for target in (self.against_convolutions, self.against_torch) if target is not None]


def fastest(*works: Callable[[], float], turns: int) -> list[float]:
    """Run each of these `turns` times, each time after a run that doesn't count; return the fewest seconds of each.

    On small canvases, the first run after another process's is slow, because PyTorch's threads still look for work.
    """

    def second_run(work: Callable[[], float]) -> float:
        work()
        return work()

    seconds = zip(*([second_run(work) for work in works] for _ in range(turns)), strict=True)
    return [min(own) for own in seconds]


def step_of(painter: Painter, recipe: Recipe, *, width_px: int, height_px: int) -> Callable[[], float]:
    """Start a painting of noise, and return a function that takes one step and returns the seconds."""
    import tensorflow as tf  # noqa: PLC0415 - slow to import, and only for the process that measures

    from stylizer.objective import WeightedStyle  # noqa: PLC0415 - imports TensorFlow

    content, style = (
        tf.random.stateless_uniform((1, height_px, width_px, 3), seed=(1, number), maxval=1 / number)
        for number in (1, 2)
    )
    objective, optimizer = painter.descent_for(recipe, pixels=width_px * height_px)
    aim = objective.aim(content, [WeightedStyle(style)], recipe)
    state = optimizer.start(content, aim)

    def step() -> float:
        nonlocal state
        began = time.perf_counter()
        state = optimizer.step(state, aim)
        # Reading a value back waits for the GPU to finish.
        state.picture[0, 0, 0, 0].numpy()
        return time.perf_counter() - began

    for _ in range(_WARM_UP_STEPS):
        step()
    return step


def measure_step(painter: Painter, recipe: Recipe, *, side_px: int, turns: int, torch: str | None) -> StepTime:
    """Time steps on a square canvas; `torch` is a Python that has PyTorch, or None."""
    from benchmarks.convolutions import Convolutions, deepest_layer  # noqa: PLC0415 - imports TensorFlow

    step = step_of(painter, recipe, width_px=side_px, height_px=side_px)
    convolutions = Convolutions(painter.network, deepest_layer([recipe]), width_px=side_px, height_px=side_px)
    works = [step, convolutions.seconds]
    with ExitStack() as stack:
        if torch is not None:
            peer = stack.enter_context(_torch_peer(torch, recipe, side_px=side_px, precision=painter.precision))
            works.append(lambda: float(peer.ask("step")))
        return StepTime(side_px, painter.precision, *fastest(*works, turns=turns))


def _torch_peer(python: str, recipe: Recipe, *, side_px: int, precision: str) -> Peer:
    numbers = {
        "side_px": side_px,
        "precision": precision,
        "threads": usable_processors(),
        "content_layers": recipe.content_layers,
        "content_weight": recipe.content_weight,
        "style_layers": dict(recipe.style_layers),
        "style_weight": recipe.style_weight,
        "total_variation_weight": recipe.total_variation_weight,
    }
    return Peer(python, str(ROOT / "benchmarks" / "torch_step.py"), json.dumps(numbers))


def check_torch(python: str) -> None:
    """Raise a `ClickException` unless this Python has PyTorch."""
    try:
        found = subprocess.run((python, "-W", "ignore", "-c", "import torch"), capture_output=True, check=False)
        has_torch = found.returncode == 0
    except OSError:
        has_torch = False
    if not has_torch:
        raise click.ClickException(
            f"{python} has no PyTorch. Install the extra with `{sys.executable} -m pip install -e '.[bench]'`, "
            "or choose a Python that has it: --torch PYTHON."
        )


def precisions_of(requested: str) -> tuple[str, ...]:
    """The precisions to measure: for `auto`, float32, and bfloat16 unless it would be emulated."""
    if requested != "auto":
        return (requested,)
    return ("float32", "bfloat16") if has_bfloat16(read_cpuinfo()) else ("float32",)


def print_steps(
    console: Console, recipe_name: str, *, size: int | None, precision: str, turns: int, torch: str | None
) -> bool:
    """Print how long a step at each size takes, and return whether every limit is met."""
    if torch is not None:
        check_torch(torch)
    recipe = load_recipe(recipe_name)
    recipe = recipe.at(recipe.scales[-1])
    rows = []
    for one in precisions_of(precision):
        with quiet_native_code():
            from stylizer.painter import Painter  # noqa: PLC0415 - TensorFlow is noisy while it is imported

            painter = Painter(precision=one)
        for side_px in SIDES_PX if size is None else (size,):
            console.print(f"taking steps of {recipe_name} at {side_px} px in {one} …")
            rows.append(measure_step(painter, recipe, side_px=side_px, turns=turns, torch=torch))
    console.print(_table(rows, title=f"{recipe_name}, fastest of {turns}: {machine_name()}"))
    return all(target.is_met for row in rows for target in row.targets)


def _table(rows: Iterable[StepTime], *, title: str) -> Table:
    columns = ("px", "precision", "step, s", "2 × convolutions, s", "ratio", "limit", "PyTorch, s", "ratio", "limit")
    table = Table(*columns, title=title)
    for row in rows:
        ours, theirs = row.against_convolutions, row.against_torch
        table.add_row(
            str(row.side_px),
            row.precision,
            f"{row.step:.3f}",
            f"{2 * row.convolutions:.3f}",
            f"{ours.measured:.2f}",
            str(ours),
            *(() if theirs is None else (f"{row.torch:.3f}", f"{theirs.measured:.2f}", str(theirs))),
        )
    return table
