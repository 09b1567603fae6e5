"""L-BFGS for pictures: few evaluations, pixels that stay between black and white."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import tensorflow as tf

from stylizer.objective import Evaluation
from stylizer.recipe import LbfgsSettings


class Lbfgs:
    """Limited-memory BFGS (Nocedal & Wright 2006, algorithm 7.4), projected onto pixels from 0 to 1.

    The projection is inside the step, as in Bertsekas' projected quasi-Newton methods: pixels at a bound that the
    gradient pushes outwards are held there, and every trial point is clipped before it is evaluated. Clipping only
    the finished picture would leave a point that the optimizer never saw.
    """

    def __init__(self, evaluate: Callable[[tf.Tensor], Evaluation], start: tf.Tensor, settings: LbfgsSettings) -> None:
        """Begin at `start`, (1, height, width, 3) float32."""
        self._evaluate = evaluate
        self._settings = settings
        self._pairs: deque[tuple[tf.Tensor, tf.Tensor, float]] = deque(maxlen=settings.history)
        self._first_step = settings.first_step
        self._shortest_step = settings.shortest_step_levels / 255
        self.picture = tf.clip_by_value(start, 0.0, 1.0)
        self.evaluation = evaluate(self.picture)

    def step(self) -> Evaluation:
        """Move `picture` to a lower objective and return its evaluation; stay if no lower one is found.

        Once it has settled, steps cost nothing.
        """
        if self._first_step < self._shortest_step:
            return self.evaluation
        free = self._free_pixels()
        gradient = self.evaluation.gradient * free
        direction = self._direction(gradient) * free
        if _dot(direction, gradient) >= 0:
            self._pairs.clear()
            direction = self._direction(gradient)
        length = 1.0
        for _ in range(self._settings.max_backtracks):
            trial = tf.clip_by_value(self.picture + length * direction, 0.0, 1.0)
            moved = trial - self.picture
            evaluation = self._evaluate(trial)
            promised = _dot(self.evaluation.gradient, moved)
            if evaluation.total <= self.evaluation.total + self._settings.sufficient_decrease * min(promised, 0.0):
                self._first_step = self._settings.first_step
                self._remember(moved, evaluation.gradient - self.evaluation.gradient)
                self.picture, self.evaluation = trial, evaluation
                return evaluation
            length *= self._settings.backtrack_factor
        if not self._pairs:
            # Steepest descent failed at all these lengths: only shorter ones are left to try.
            self._first_step *= self._settings.backtrack_factor**self._settings.max_backtracks
        self._pairs.clear()
        return self.evaluation

    def _free_pixels(self) -> tf.Tensor:
        gradient = self.evaluation.gradient
        held = ((self.picture <= 0.0) & (gradient > 0.0)) | ((self.picture >= 1.0) & (gradient < 0.0))
        return tf.cast(~held, tf.float32)

    def _direction(self, gradient: tf.Tensor) -> tf.Tensor:
        """- H g by the two-loop recursion (algorithm 7.4), no longer than the longest step."""
        if not self._pairs:
            return _capped(-gradient, self._first_step, stretch=True)
        direction = -gradient
        weights = []
        for moved, turned, curvature in reversed(self._pairs):
            weight = _dot(moved, direction) / curvature
            direction = direction - weight * turned
            weights.append(weight)
        _, turned, curvature = self._pairs[-1]
        direction = direction * (curvature / _dot(turned, turned))
        for (moved, turned, curvature), weight in zip(self._pairs, reversed(weights), strict=True):
            direction = direction + (weight - _dot(turned, direction) / curvature) * moved
        return _capped(direction, self._settings.longest_step)

    def _remember(self, moved: tf.Tensor, turned: tf.Tensor) -> None:
        curvature = _dot(moved, turned)
        if curvature > self._settings.min_curvature * (_dot(moved, moved) * _dot(turned, turned)) ** 0.5:
            self._pairs.append((moved, turned, curvature))


def _dot(a: tf.Tensor, b: tf.Tensor) -> float:
    return float(tf.tensordot(tf.reshape(a, (-1,)), tf.reshape(b, (-1,)), 1))


def _capped(direction: tf.Tensor, longest: float, *, stretch: bool = False) -> tf.Tensor:
    length = float(tf.sqrt(tf.reduce_mean(tf.square(direction))))
    if length > longest or (stretch and length > 0):
        return direction * (longest / length)
    return direction
