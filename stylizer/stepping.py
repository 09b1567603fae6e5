"""Runs an optimizer's steps, each one while the painter shows the step before."""

from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import tensorflow as tf

from stylizer.optimizers import Optimizer, State


def run_steps(
    optimizer: Optimizer, start: tf.Tensor, aim: Any, *, steps: int, is_canceled: Callable[[], bool]
) -> Generator[State, None, None]:
    """Yield the optimizer's state after each step, until it has settled. A thread computes the next one meanwhile.

    Closing the generator waits for that step; once `is_canceled()`, none is computed ahead.
    """
    with ThreadPoolExecutor(1) as stepper:

        def submit(state: State, step: int) -> Future[State]:
            # A single step has no pairs to know its length by, so it is evaluated.
            is_free = 1 < step == steps
            return stepper.submit(*((optimizer.last_step, state) if is_free else (optimizer.step, state, aim)))

        upcoming = submit(optimizer.start(start, aim), 1)
        for step in range(1, steps + 1):
            state = upcoming.result()
            is_last = step == steps or bool(state.has_settled)
            ahead = None if is_last or is_canceled() else submit(state, step + 1)
            yield state
            if is_last:
                return
            upcoming = ahead or submit(state, step + 1)
