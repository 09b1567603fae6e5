"""Optimizers, which move a painting's pixels: L-BFGS by default, Adam for the classic recipes.

A step is one traced function: its state stays on the device, and nothing is read back between its operations. It is
traced once for all sizes, so the optimizer objects hold no state themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeAlias

import tensorflow as tf

from stylizer.objective import Evaluation
from stylizer.optimizers.adam import Adam
from stylizer.optimizers.lbfgs import Lbfgs
from stylizer.recipe import Recipe

__all__ = ["Adam", "Evaluate", "Lbfgs", "Optimizer", "State", "make_optimizer"]

Evaluate: TypeAlias = Callable[[tf.Tensor, Any], Evaluation]
"""Evaluates an objective at a picture, given its aim; consists of TensorFlow operations, so it can be traced."""


class State(Protocol):
    """An optimizer's state after a step; tensors only."""

    @property
    def picture(self) -> tf.Tensor:
        """(1, height, width, 3) float32 from 0 to 1."""
        ...

    @property
    def evaluation(self) -> Evaluation:
        """The objective at `picture`."""
        ...

    @property
    def evaluations(self) -> tf.Tensor:
        """How many times the objective has been evaluated since the start, which counts as one; an int32 scalar."""
        ...

    @property
    def has_settled(self) -> tf.Tensor:
        """Whether more steps would change nothing visible, a bool scalar."""
        ...


class Optimizer(Protocol):
    """Moves pictures towards a lower objective."""

    def start(self, picture: tf.Tensor, aim: Any) -> Any:
        """The `State` before the first step, at `picture`, (1, height, width, 3) float32, which gets clipped to 0–1."""
        ...

    def step(self, state: Any, aim: Any) -> Any:
        """The `State` after one more step."""
        ...

    def last_step(self, state: Any) -> Any:
        """The `State` after the final step; its evaluation is still the previous step's."""
        ...


def make_optimizer(recipe: Recipe, evaluate: Evaluate, aim_spec: Any) -> Optimizer:
    """Make the recipe's optimizer; `aim_spec` has the dtypes and shapes of the aims that `evaluate` takes."""
    if recipe.adam is not None:
        return Adam(evaluate, recipe.adam, aim_spec)
    if recipe.lbfgs is not None:
        return Lbfgs(evaluate, recipe.lbfgs, aim_spec)
    raise AssertionError("a recipe has an optimizer")
