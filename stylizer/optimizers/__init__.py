"""How a painting's pixels move: L-BFGS by default, Adam for the classic recipes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import tensorflow as tf

from stylizer.objective import Evaluation
from stylizer.optimizers.adam import Adam
from stylizer.optimizers.lbfgs import Lbfgs
from stylizer.recipe import Recipe

__all__ = ["Adam", "Lbfgs", "Optimizer", "make_optimizer"]


class Optimizer(Protocol):
    """Moves a picture, (1, height, width, 3) float32 from 0 to 1, towards a lower objective."""

    picture: tf.Tensor

    def step(self) -> Evaluation:
        """Move `picture` once and return an evaluation of the objective."""
        ...


def make_optimizer(recipe: Recipe, evaluate: Callable[[tf.Tensor], Evaluation], start: tf.Tensor) -> Optimizer:
    """The optimizer that the recipe asks for, at `start`."""
    if recipe.adam is not None:
        return Adam(evaluate, start, recipe.adam)
    if recipe.lbfgs is not None:
        return Lbfgs(evaluate, start, recipe.lbfgs)
    raise AssertionError("a recipe has an optimizer")
