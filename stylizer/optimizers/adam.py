"""Adam for pictures."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from stylizer.objective import Evaluation
from stylizer.recipe import AdamSettings

# If the first gradient is zero, an epsilon in its unit would be zero too, and the step 0 / 0.
_MIN_EPSILON = 1e-12


class Adam:
    """Adam (Kingma & Ba 2015, arXiv 1412.6980, algorithm 1); pixels are clipped to 0 to 1 after every step.

    With the paper's epsilon of 1e-8, in the objective's unit, all values move equally far, even if their gradient is
    small and keeps changing its sign: in a picture, this gives colored noise wherever the style is soft. An epsilon in
    the unit of the first gradient avoids it.
    """

    def __init__(
        self,
        evaluate: Callable[[tf.Tensor], Evaluation],
        start: tf.Tensor,
        settings: AdamSettings,
    ) -> None:
        """Begin at `start`, (1, height, width, 3) float32."""
        self._evaluate = evaluate
        self._learning_rate = settings.learning_rate
        self._beta_1, self._beta_2 = settings.beta_1, settings.beta_2
        self._steps = 0
        self._mean = tf.zeros_like(start)
        self._square = tf.zeros_like(start)
        self.picture = tf.clip_by_value(start, 0.0, 1.0)
        self._evaluation = evaluate(self.picture)
        self._epsilon = tf.constant(settings.epsilon, tf.float32)
        if settings.epsilon_unit == "first gradient":
            first = tf.sqrt(tf.reduce_mean(tf.square(self._evaluation.gradient)))
            self._epsilon = tf.maximum(settings.epsilon * first, _MIN_EPSILON)

    def step(self) -> Evaluation:
        """Move `picture` against the gradient and return its evaluation there."""
        gradient = self._evaluation.gradient
        self._steps += 1
        self._mean = self._beta_1 * self._mean + (1 - self._beta_1) * gradient
        self._square = self._beta_2 * self._square + (1 - self._beta_2) * tf.square(gradient)
        mean = self._mean / (1 - self._beta_1**self._steps)
        square = self._square / (1 - self._beta_2**self._steps)
        change = self._learning_rate * mean / (tf.sqrt(square) + self._epsilon)
        self.picture = tf.clip_by_value(self.picture - change, 0.0, 1.0)
        self._evaluation = self._evaluate(self.picture)
        return self._evaluation
