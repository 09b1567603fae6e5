"""A first measurement of how long steps take here, before anything was painted."""

from __future__ import annotations

import timeit
from functools import partial

import tensorflow as tf

from stylizer.objective import Objective, WeighedStyle
from stylizer.recipe import Recipe
from stylizer.step_cost import TYPICAL_OVERHEAD_PX, CanvasScale, StepCost, fitted_overhead_px

_SIDES_PX = (32, 96)
"""Small, so that it takes a fraction of a second; two sizes, because on a GPU both take about as long."""
_EVALUATIONS = 2
"""At each size; the faster one counts, since others may have used the machine in the meantime."""


def measure_step_cost(objective: Objective, recipe: Recipe) -> StepCost:
    """Time evaluations of a traced objective, which is most of what a step does."""
    small, large = (
        (CanvasScale(side_px, side_px, 1), _evaluation_seconds(objective, recipe, side_px)) for side_px in _SIDES_PX
    )
    overhead_px = fitted_overhead_px(small, large, known_px=TYPICAL_OVERHEAD_PX)
    return StepCost.of_step(*large, overhead_px=overhead_px)


def _evaluation_seconds(objective: Objective, recipe: Recipe, side_px: int) -> float:
    canvas = tf.zeros((1, side_px, side_px, 3))
    aim = objective.aim(canvas, [WeighedStyle(canvas)], recipe)
    # Reading the losses back waits until a GPU is done.
    evaluate = partial(objective.evaluate, canvas, aim)
    return min(timeit.repeat(lambda: evaluate().losses, number=1, repeat=_EVALUATIONS))
