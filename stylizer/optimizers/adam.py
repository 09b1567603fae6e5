"""Adam for pictures."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from stylizer.objective import Evaluation

_DECAY = 0.9
_SQUARE_DECAY = 0.999
_EPSILON = 1e-8


class Adam:
    """Adam (Kingma & Ba 2015, arXiv 1412.6980, algorithm 1) with one second moment for the whole picture.

    The paper has one for every value, so that values with a small gradient that changes its sign move as far as all
    others: in a picture that is coloured noise wherever the style is soft. The mean over all values keeps the
    proportions of the gradient, as Adam-mini (Zhang et al. 2024, arXiv 2406.16793) does in each of its blocks of
    parameters; the learning rate then is the root mean square of the first step. Pixels are clipped to 0 to 1 after
    every step.
    """

    def __init__(self, evaluate: Callable[[tf.Tensor], Evaluation], start: tf.Tensor, *, learning_rate: float) -> None:
        self._evaluate = evaluate
        self._learning_rate = learning_rate
        self._steps = 0
        self._mean = tf.zeros_like(start)
        self._square = tf.constant(0.0)
        self.picture = tf.clip_by_value(start, 0.0, 1.0)
        self._evaluation = evaluate(self.picture)

    def step(self) -> Evaluation:
        """Move `picture` against the gradient and return its evaluation there."""
        gradient = self._evaluation.gradient
        self._steps += 1
        self._mean = _DECAY * self._mean + (1 - _DECAY) * gradient
        self._square = _SQUARE_DECAY * self._square + (1 - _SQUARE_DECAY) * tf.reduce_mean(tf.square(gradient))
        mean = self._mean / (1 - _DECAY**self._steps)
        square = self._square / (1 - _SQUARE_DECAY**self._steps)
        change = self._learning_rate * mean / (tf.sqrt(square) + _EPSILON)
        self.picture = tf.clip_by_value(self.picture - change, 0.0, 1.0)
        self._evaluation = self._evaluate(self.picture)
        return self._evaluation
