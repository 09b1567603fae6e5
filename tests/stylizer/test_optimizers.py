"""The optimizers on objectives whose answers are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from stylizer.objective import Evaluation
from stylizer.optimizers import Adam, Lbfgs
from stylizer.recipe import AdamSettings, LbfgsSettings, load_recipe

SHAPE = (1, 4, 5, 3)


def lbfgs(history: int) -> LbfgsSettings:
    """Return Painterly's settings with so many pairs of history."""
    settings = load_recipe("painterly").lbfgs
    assert settings is not None
    return replace(settings, history=history)


def adam(recipe_name: str) -> AdamSettings:
    """Return the Adam settings of a recipe."""
    settings = load_recipe(recipe_name).adam
    assert settings is not None
    return settings


CLASSIC, SMOOTH = adam("classic"), adam("classic_smooth")


class Bowl:
    """An ill-conditioned quadratic with a given lowest point; counts its evaluations."""

    def __init__(self, lowest: np.ndarray | float) -> None:
        self.lowest = tf.constant(np.broadcast_to(lowest, SHAPE), tf.float32)
        self.curvature = tf.reshape(tf.exp(tf.linspace(0.0, 5.0, 60)), SHAPE)
        self.evaluations = 0

    def __call__(self, picture: tf.Tensor) -> Evaluation:
        self.evaluations += 1
        distance = picture - self.lowest
        total = 0.5 * tf.reduce_sum(self.curvature * distance**2)
        return Evaluation(tf.stack([total, 0.0, 0.0]), float(total), self.curvature * distance)


def test_lbfgs_finds_the_minimum() -> None:
    bowl = Bowl(np.linspace(0.1, 0.9, 60).reshape(SHAPE))
    optimizer = Lbfgs(bowl, tf.fill(SHAPE, 0.5), lbfgs(10))
    for _ in range(60):
        optimizer.step()
    np.testing.assert_allclose(optimizer.picture, bowl.lowest, atol=0.01)


def test_lbfgs_evaluates_about_once_a_step() -> None:
    bowl = Bowl(0.7)
    optimizer = Lbfgs(bowl, tf.zeros(SHAPE), lbfgs(10))
    for _ in range(30):
        optimizer.step()
    assert bowl.evaluations <= 40


def test_lbfgs_does_not_repeat_a_search_at_the_minimum() -> None:
    class Peak(Bowl):
        """An objective that seems to rise with every step, as noise can cause."""

        def __call__(self, picture: tf.Tensor) -> Evaluation:
            evaluation = super().__call__(picture)
            return evaluation._replace(total=evaluation.total + self.evaluations)

    peak = Peak(0.7)
    optimizer = Lbfgs(peak, tf.fill(SHAPE, 0.7001), lbfgs(10))
    for _ in range(100):
        optimizer.step()
    assert peak.evaluations <= 20


def test_lbfgs_never_gets_worse() -> None:
    bowl = Bowl(np.linspace(0, 1, 60).reshape(SHAPE))
    optimizer = Lbfgs(bowl, tf.fill(SHAPE, 0.5), lbfgs(3))
    totals = [optimizer.step().total for _ in range(40)]
    assert totals == sorted(totals, reverse=True)


def test_lbfgs_beats_adam_in_the_same_number_of_steps() -> None:
    lowest = np.linspace(0.1, 0.9, 60).reshape(SHAPE)
    quasi_newton = Lbfgs(Bowl(lowest), tf.fill(SHAPE, 0.5), lbfgs(10))
    slow = Adam(Bowl(lowest), tf.fill(SHAPE, 0.5), replace(SMOOTH, learning_rate=0.02))
    for _ in range(25):
        quasi_newton.step()
        slow.step()
    assert Bowl(lowest)(quasi_newton.picture).total < Bowl(lowest)(slow.picture).total


@pytest.mark.parametrize("lowest", [-0.5, 1.5])
def test_pixels_stay_between_black_and_white(lowest: float) -> None:
    quasi_newton = Lbfgs(Bowl(lowest), tf.fill(SHAPE, 0.5), lbfgs(5))
    slow = Adam(Bowl(lowest), tf.fill(SHAPE, 0.5), replace(SMOOTH, learning_rate=0.2))
    for _ in range(40):
        quasi_newton.step()
        slow.step()
    np.testing.assert_allclose(quasi_newton.picture, np.clip(lowest, 0, 1), atol=1e-3)
    assert np.clip(slow.picture, 0, 1) == pytest.approx(slow.picture.numpy())
    assert np.clip(lowest, 0, 1) in slow.picture.numpy()


def test_lbfgs_stays_where_the_gradient_is_zero() -> None:
    optimizer = Lbfgs(Bowl(0.5), tf.fill(SHAPE, 0.5), lbfgs(5))
    assert optimizer.step().total == 0
    np.testing.assert_array_equal(optimizer.picture, np.full(SHAPE, 0.5, np.float32))


def test_adam_follows_the_paper_with_an_epsilon_scaled_to_the_gradient() -> None:
    bowl = Bowl(np.linspace(0.1, 0.9, 60).reshape(SHAPE))
    optimizer = Adam(bowl, tf.fill(SHAPE, 0.5), replace(SMOOTH, learning_rate=0.02))
    picture = np.full(SHAPE, 0.5)
    mean = square = np.zeros(SHAPE)
    epsilon = np.sqrt(np.mean(bowl(picture).gradient ** 2))
    for step in range(1, 6):
        gradient = np.asarray(bowl(picture).gradient)
        mean, square = 0.9 * mean + 0.1 * gradient, 0.999 * square + 0.001 * gradient**2
        picture = picture - 0.02 * mean / (1 - 0.9**step) / (np.sqrt(square / (1 - 0.999**step)) + epsilon)
        optimizer.step()
        np.testing.assert_allclose(optimizer.picture, picture, atol=1e-5)


def test_the_write_ups_adam_follows_the_paper_with_its_own_epsilon() -> None:
    bowl = Bowl(np.linspace(0.1, 0.9, 60).reshape(SHAPE))
    optimizer = Adam(bowl, tf.fill(SHAPE, 0.5), CLASSIC)
    gradient = np.asarray(bowl(np.full(SHAPE, 0.5)).gradient)
    optimizer.step()
    # Its first step has one length everywhere: the mean over the root of the squares' mean is the gradient's sign.
    np.testing.assert_allclose(optimizer.picture, 0.5 - CLASSIC.learning_rate * np.sign(gradient), atol=1e-5)


def test_adam_moves_pixels_with_smaller_gradients_less() -> None:
    optimizer = Adam(Bowl(0.0), tf.fill(SHAPE, 0.5), replace(SMOOTH, learning_rate=0.02))
    optimizer.step()
    step = 0.5 - optimizer.picture.numpy()
    assert step.min() < 0.05 * step.max()
    assert step.max() < 0.02


def test_adam_stays_where_the_gradient_is_zero() -> None:
    optimizer = Adam(Bowl(0.5), tf.fill(SHAPE, 0.5), replace(SMOOTH, learning_rate=0.02))
    assert optimizer.step().total == 0
    np.testing.assert_array_equal(optimizer.picture, np.full(SHAPE, 0.5, np.float32))
