"""Adam for pictures."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from stylizer.objective import Evaluation

_DECAY = 0.9
_SQUARE_DECAY = 0.999
# Of the first gradient's root mean square. With the paper's 1e-8 of whatever unit the objective has, every value moves
# as far as all others, also where its gradient is small and changes its sign: in a picture that is coloured noise
# wherever the style is soft.
_EPSILON = 1.0
_LEAST_EPSILON = 1e-12


class Adam:
    """Adam (Kingma & Ba 2015, arXiv 1412.6980, algorithm 1), its epsilon as large as the gradient is at first.

    Pixels are clipped to 0 to 1 after every step.
    """

    def __init__(self, evaluate: Callable[[tf.Tensor], Evaluation], start: tf.Tensor, *, learning_rate: float) -> None:
        self._evaluate = evaluate
        self._learning_rate = learning_rate
        self._steps = 0
        self._mean = tf.zeros_like(start)
        self._square = tf.zeros_like(start)
        self.picture = tf.clip_by_value(start, 0.0, 1.0)
        self._evaluation = evaluate(self.picture)
        first = tf.sqrt(tf.reduce_mean(tf.square(self._evaluation.gradient)))
        self._epsilon = tf.maximum(_EPSILON * first, _LEAST_EPSILON)

    def step(self) -> Evaluation:
        """Move `picture` against the gradient and return its evaluation there."""
        gradient = self._evaluation.gradient
        self._steps += 1
        self._mean = _DECAY * self._mean + (1 - _DECAY) * gradient
        self._square = _SQUARE_DECAY * self._square + (1 - _SQUARE_DECAY) * tf.square(gradient)
        mean = self._mean / (1 - _DECAY**self._steps)
        square = self._square / (1 - _SQUARE_DECAY**self._steps)
        change = self._learning_rate * mean / (tf.sqrt(square) + self._epsilon)
        self.picture = tf.clip_by_value(self.picture - change, 0.0, 1.0)
        self._evaluation = self._evaluate(self.picture)
        return self._evaluation
