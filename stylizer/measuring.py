"""A first measurement of how long steps take on this machine, before anything has been painted."""

from __future__ import annotations

import timeit

import tensorflow as tf

from stylizer.objective import Objective, WeightedStyle
from stylizer.optimizers import Optimizer
from stylizer.recipe import Recipe
from stylizer.step_cost import TYPICAL_OVERHEAD_PX, CanvasScale, StepCost, fitted_overhead_px

_SIDES_PX = (32, 96)
"""Small, so that measuring takes a fraction of a second; two sizes, because on a GPU both take about the same time."""
_EVALUATIONS = 2
"""At each size; the faster one counts, because other programs may be using the machine."""


def measure_step_cost(objective: Objective, optimizer: Optimizer, recipe: Recipe) -> StepCost:
    """Time a traced optimizer's `start`, which evaluates the objective once; evaluations are most of a step."""
    small, large = (
        (CanvasScale(side_px, side_px, 1), _evaluation_seconds(objective, optimizer, recipe, side_px))
        for side_px in _SIDES_PX
    )
    overhead_px = fitted_overhead_px(small, large, known_px=TYPICAL_OVERHEAD_PX)
    return StepCost.of_step(*large, overhead_px=overhead_px)


def _evaluation_seconds(objective: Objective, optimizer: Optimizer, recipe: Recipe, side_px: int) -> float:
    canvas = tf.zeros((1, side_px, side_px, 3))
    aim = objective.aim(canvas, [WeightedStyle(canvas)], recipe)
    # Reading the losses back waits for the GPU.
    return min(timeit.repeat(lambda: optimizer.start(canvas, aim).evaluation.losses, number=1, repeat=_EVALUATIONS))
