"""How a painting's pixels move: L-BFGS by default, Adam for the classic recipes.

An optimizer's step is one traced function: everything that it keeps stays on the device, and nothing is read back
between the operations of a step. It is traced once for all sizes, so an optimizer keeps no state itself.
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
"""Evaluates an objective at a picture, given its aim; made of TensorFlow operations, so that it can be traced."""


class State(Protocol):
    """What an optimizer knows after a step; tensors only."""

    @property
    def picture(self) -> tf.Tensor:
        """(1, height, width, 3) float32 from 0 to 1."""
        ...

    @property
    def evaluation(self) -> Evaluation:
        """The objective at `picture`."""
        ...

    @property
    def has_settled(self) -> tf.Tensor:
        """Whether more steps would change nothing that can be seen, a bool scalar."""
        ...


class Optimizer(Protocol):
    """Moves pictures towards a lower objective."""

    def start(self, picture: tf.Tensor, aim: Any) -> Any:
        """The `State` before the first step, at `picture`, (1, height, width, 3) float32; it is clipped to 0 to 1."""
        ...

    def step(self, state: Any, aim: Any) -> Any:
        """The `State` after one more step."""
        ...

    def last_step(self, state: Any) -> Any:
        """The `State` after a step that none follows: its evaluation is still that of the step before."""
        ...


def make_optimizer(recipe: Recipe, evaluate: Evaluate, aim_spec: Any) -> Optimizer:
    """The optimizer that the recipe asks for; `aim_spec` has the dtypes and shapes of the aims of `evaluate`."""
    if recipe.adam is not None:
        return Adam(evaluate, recipe.adam, aim_spec)
    if recipe.lbfgs is not None:
        return Lbfgs(evaluate, recipe.lbfgs, aim_spec)
    raise AssertionError("a recipe has an optimizer")
