"""Take steps at one size, a few per request on standard input: `python benchmarks/steps.py 256`.

`benchmarks.speed --steps --against` runs this file with PYTHONPATH pointing to the code that paints, from any commit
whose `Painter.paint` yields a `Progress` for each step. It answers the line `step` with the seconds and the CPU seconds
of a step, each the median of a few steps, and the line `peak` with its peak memory so far in bytes.
"""

from __future__ import annotations

import resource
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

import click
import numpy as np

from stylizer.events import Progress
from stylizer.images import Picture
from stylizer.quiet import quiet_native_code
from stylizer.recipe import Recipe, Scale, load_recipe

if TYPE_CHECKING:
    from stylizer.painter import Painter

WARM_UP_STEPS = 3
"""The first step also computes the targets, and L-BFGS may try several lengths before it knows the curvature."""
STEPS = 3
"""The median leaves out the occasional step that L-BFGS evaluates twice."""


def picture(side_px: int, *, seed: int) -> Picture:
    """Make a picture with shapes of every size in soft colors; the same seed gives the same picture."""
    rng = np.random.default_rng(seed)
    layers = [
        np.kron(rng.random((2**octave, 2**octave, 3)), np.ones((side_px >> octave, side_px >> octave, 1))) / octave
        for octave in range(1, 6)
    ]
    mean = sum(layers) / sum(1 / octave for octave in range(1, 6))
    return Picture(np.round(mean * 255).astype(np.uint8), None)


def time_steps(painter: Painter, side_px: int, recipe: Recipe) -> tuple[float, float]:
    """Start a painting and stop after a few steps; return the seconds and the CPU seconds of a step.

    A painter may take the next step before anyone asks for it, so one painting can't serve several turns. Closing the
    painting waits for that step, which would otherwise slow down others.
    """
    with closing(painter.paint(picture(side_px, seed=1), picture(side_px, seed=2), recipe=recipe)) as painting:
        steps = (event for event in painting if isinstance(event, Progress))
        for _ in range(WARM_UP_STEPS):
            next(steps)
        moments = [(time.perf_counter(), time.process_time())]
        for _ in range(STEPS):
            next(steps)
            moments.append((time.perf_counter(), time.process_time()))
        seconds, cpu_seconds = np.median(np.diff(moments, axis=0), axis=0)
        return float(seconds), float(cpu_seconds)


@click.command()
@click.argument("side_px", type=int)
@click.option("--recipe", "recipe_name", default="painterly")
@click.option("--precision", default="auto")
def main(side_px: int, recipe_name: str, precision: str) -> None:
    """Paint a square of SIDE_PX, a multiple of 32, a few steps at a time."""
    recipe = load_recipe(recipe_name, longest_side_px=side_px, scales=(Scale(1.0, 10_000),))
    with quiet_native_code():
        from stylizer.painter import Painter  # noqa: PLC0415 - imports TensorFlow, which is noisy

        painter = Painter(precision=precision)
    time_steps(painter, side_px, recipe)
    print("ready", flush=True)
    for request in sys.stdin:
        if request.strip() == "step":
            print(*time_steps(painter, side_px, recipe), flush=True)
        else:
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            print(peak if sys.platform == "darwin" else peak * 1024, flush=True)


if __name__ == "__main__":
    main()
