"""Which of an optimizer's steps are computed before they are needed."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pytest
import tensorflow as tf

from stylizer.stepping import run_steps

PICTURE = tf.zeros((1, 4, 4, 3))


class Counted(NamedTuple):
    """A state that knows its number, and settles at a chosen one."""

    number: int
    picture: tf.Tensor
    evaluation: Any
    has_settled: tf.Tensor

    @property
    def evaluations(self) -> tf.Tensor:
        return tf.constant(self.number + 1)


@dataclass
class CountingOptimizer:
    """Records the number of each step that is computed."""

    settles_at: int = 0
    computed: list[int] = field(default_factory=list)

    def start(self, picture: tf.Tensor, aim: Any) -> Counted:
        return Counted(0, picture, aim, tf.constant(False))

    def step(self, state: Counted, aim: Any) -> Counted:
        number = state.number + 1
        self.computed.append(number)
        return Counted(number, state.picture, aim, tf.constant(number == self.settles_at))

    def last_step(self, state: Counted) -> Counted:
        return self.step(state, state.evaluation)


@pytest.mark.parametrize("is_canceled", [False, True])
@pytest.mark.parametrize(("steps", "settles_at", "done"), [(1, 0, [1]), (4, 0, [1, 2, 3, 4]), (4, 2, [1, 2])])
def test_every_step_is_computed_once(is_canceled: bool, steps: int, settles_at: int, done: list[int]) -> None:
    optimizer = CountingOptimizer(settles_at)
    states = list(run_steps(optimizer, PICTURE, None, steps=steps, is_canceled=lambda: is_canceled))
    assert [state.number for state in states if isinstance(state, Counted)] == optimizer.computed == done


def test_leaving_waits_for_the_step_ahead() -> None:
    optimizer = CountingOptimizer()
    with closing(run_steps(optimizer, PICTURE, None, steps=9, is_canceled=lambda: False)) as states:
        next(states)
    assert optimizer.computed == [1, 2]


def test_nothing_is_computed_ahead_of_a_step_that_ends_after_the_cancellation() -> None:
    optimizer = CountingOptimizer()
    canceled = [False]
    with closing(run_steps(optimizer, PICTURE, None, steps=9, is_canceled=lambda: canceled[0])) as states:
        next(states)  # the second step is being computed
        canceled[0] = True
        next(states)
    assert optimizer.computed == [1, 2]
