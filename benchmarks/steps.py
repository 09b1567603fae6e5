"""Paint at one size, one step per request on standard input: `python benchmarks/steps.py 256`.

`benchmarks.speed --against` runs it, as a file, with PYTHONPATH pointing to the code that paints: that of any commit
whose `Painter.paint` yields a `Progress` for each step. It answers the line `step` with the seconds and the CPU seconds
of the next step, and `peak` with its peak memory in bytes so far.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from functools import partial
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
"""The first step computes the targets too, and L-BFGS may try several lengths before it knows the curvature."""


def picture(side_px: int, *, seed: int) -> Picture:
    """Make a picture with shapes of every size in soft colors; the same seed gives the same picture."""
    rng = np.random.default_rng(seed)
    layers = [
        np.kron(rng.random((2**octave, 2**octave, 3)), np.ones((side_px >> octave, side_px >> octave, 1))) / octave
        for octave in range(1, 6)
    ]
    mean = sum(layers) / sum(1 / octave for octave in range(1, 6))
    return Picture(np.round(mean * 255).astype(np.uint8), None)


def step_of(painter: Painter, recipe: Recipe, content: Picture, style: Picture) -> Callable[[], object]:
    """Begin a painting, and return what takes its next step.

    Past painters took a step when one was asked for. This one takes steps ahead in a thread, so its optimizer is asked.
    """
    if not hasattr(painter, "descent_for"):
        painting = painter.paint(content, style, recipe=recipe)
        return partial(next, (event for event in painting if isinstance(event, Progress)))
    import tensorflow as tf  # noqa: PLC0415 - slow to import

    from stylizer.objective import WeighedStyle  # noqa: PLC0415 - imports TensorFlow

    canvas, target = (tf.constant(one.rgb[None] / np.float32(255)) for one in (content, style))
    objective, optimizer = painter.descent_for(recipe, pixels=content.width_px * content.height_px)
    aim = objective.aim(canvas, [WeighedStyle(target)], recipe)
    state = optimizer.start(canvas, aim)

    def step() -> None:
        nonlocal state
        state = optimizer.step(state, aim)
        state.picture[0, 0, 0, 0].numpy()  # waits for a GPU

    return step


@click.command()
@click.argument("side_px", type=int)
@click.option("--recipe", "recipe_name", default="painterly")
@click.option("--precision", default="auto")
def main(side_px: int, recipe_name: str, precision: str) -> None:
    """Paint a square of SIDE_PX, a multiple of 32, step by step."""
    recipe = load_recipe(recipe_name, longest_side_px=side_px, scales=(Scale(1.0, 10_000),))
    with quiet_native_code():
        from stylizer.painter import Painter  # noqa: PLC0415 - imports TensorFlow, which is noisy

        painter = Painter(precision=precision)
    step = step_of(painter, recipe, picture(side_px, seed=1), picture(side_px, seed=2))
    for _ in range(WARM_UP_STEPS):
        step()
    print("ready", flush=True)
    for request in sys.stdin:
        if request.strip() == "step":
            began, cpu_began = time.perf_counter(), time.process_time()
            step()
            print(time.perf_counter() - began, time.process_time() - cpu_began, flush=True)
        else:
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            print(peak if sys.platform == "darwin" else peak * 1024, flush=True)


if __name__ == "__main__":
    main()
