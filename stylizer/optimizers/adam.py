"""Adam for pictures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import tensorflow as tf

from stylizer.objective import PICTURE_SPEC, Evaluation
from stylizer.recipe import AdamSettings

# If the first gradient is zero, an epsilon in its unit would be zero, too, and the step would be 0 / 0.
_MIN_EPSILON = 1e-12


class AdamState(NamedTuple):
    """A picture, and the moments of its gradients."""

    picture: tf.Tensor
    evaluation: Evaluation
    steps: tf.Tensor
    """Steps so far, a float32 scalar."""
    evaluations: tf.Tensor
    """How many times the objective has been evaluated, an int32 scalar."""
    mean: tf.Tensor
    """Decaying mean of the gradients, in the picture's shape."""
    square: tf.Tensor
    """Decaying mean of the squared gradients."""
    epsilon: tf.Tensor
    """A float32 scalar."""

    @property
    def has_settled(self) -> tf.Tensor:
        """Always false: as in the paper, Adam runs until its steps are used up."""
        return tf.constant(False)


class Adam:
    """Adam (Kingma & Ba 2015, arXiv 1412.6980, algorithm 1); pixels are clipped to 0 to 1 after every step.

    With the paper's epsilon of 1e-8, in the objective's unit, all values move equally far, even if their gradient is
    small and keeps changing its sign. In a picture, that makes colored noise wherever the style is soft. An epsilon in
    the unit of the first gradient avoids it.
    """

    def __init__(
        self, evaluate: Callable[[tf.Tensor, Any], Evaluation], settings: AdamSettings, aim_spec: Any = ()
    ) -> None:
        """Trace nothing yet; `aim_spec` has the dtypes and shapes of the aims that `evaluate` takes."""
        self._evaluate = evaluate
        self._settings = settings
        scalar = tf.TensorSpec((), tf.float32)
        state = AdamState(
            PICTURE_SPEC,
            Evaluation.spec(),
            steps=scalar,
            evaluations=tf.TensorSpec((), tf.int32),
            mean=PICTURE_SPEC,
            square=PICTURE_SPEC,
            epsilon=scalar,
        )
        self.start = tf.function(self._trace_start, autograph=False, input_signature=[PICTURE_SPEC, aim_spec])
        self.step = tf.function(self._trace_step, autograph=False, input_signature=[state, aim_spec])
        self.last_step = tf.function(self._moved, autograph=False, input_signature=[state])

    def _trace_start(self, picture: tf.Tensor, aim: Any) -> AdamState:
        picture = tf.clip_by_value(picture, 0.0, 1.0)
        evaluation = self._evaluate(picture, aim)
        epsilon = tf.constant(self._settings.epsilon, tf.float32)
        if self._settings.epsilon_unit == "first gradient":
            epsilon = tf.maximum(epsilon * tf.sqrt(tf.reduce_mean(tf.square(evaluation.gradient))), _MIN_EPSILON)
        return AdamState(
            picture,
            evaluation,
            steps=tf.constant(0.0),
            evaluations=tf.constant(1),
            mean=tf.zeros_like(picture),
            square=tf.zeros_like(picture),
            epsilon=epsilon,
        )

    def _trace_step(self, state: AdamState, aim: Any) -> AdamState:
        moved = self._moved(state)
        return moved._replace(evaluation=self._evaluate(moved.picture, aim), evaluations=state.evaluations + 1)

    def _moved(self, state: AdamState) -> AdamState:
        """The state after a step, except for its evaluation."""
        beta_1, beta_2 = self._settings.beta_1, self._settings.beta_2
        gradient = state.evaluation.gradient
        steps = state.steps + 1
        mean = beta_1 * state.mean + (1 - beta_1) * gradient
        square = beta_2 * state.square + (1 - beta_2) * tf.square(gradient)
        unbiased_mean = mean / (1 - beta_1**steps)
        unbiased_square = square / (1 - beta_2**steps)
        change = self._settings.learning_rate * unbiased_mean / (tf.sqrt(unbiased_square) + state.epsilon)
        picture = tf.clip_by_value(state.picture - change, 0.0, 1.0)
        return state._replace(picture=picture, steps=steps, mean=mean, square=square)
