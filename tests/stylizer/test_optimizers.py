"""The optimizers on objectives whose answers are known."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from stylizer.objective import Evaluation
from stylizer.optimizers import Adam, Lbfgs

SHAPE = (1, 4, 5, 3)


class Bowl:
    """An ill-conditioned quadratic with its lowest point where it is told; counts its evaluations."""

    def __init__(self, lowest: np.ndarray | float) -> None:
        self.lowest = tf.constant(np.broadcast_to(lowest, SHAPE), tf.float32)
        self.curvature = tf.reshape(tf.exp(tf.linspace(0.0, 5.0, 60)), SHAPE)
        self.evaluations = 0

    def __call__(self, picture: tf.Tensor) -> Evaluation:
        self.evaluations += 1
        distance = picture - self.lowest
        total = 0.5 * tf.reduce_sum(self.curvature * distance**2)
        return Evaluation(tf.stack([total, 0.0, 0.0]), float(total), self.curvature * distance)


def test_lbfgs_finds_the_lowest_point() -> None:
    bowl = Bowl(np.linspace(0.1, 0.9, 60).reshape(SHAPE))
    optimizer = Lbfgs(bowl, tf.fill(SHAPE, 0.5), history=10)
    for _ in range(60):
        optimizer.step()
    np.testing.assert_allclose(optimizer.picture, bowl.lowest, atol=0.01)


def test_lbfgs_evaluates_about_once_a_step() -> None:
    bowl = Bowl(0.7)
    optimizer = Lbfgs(bowl, tf.zeros(SHAPE), history=10)
    for _ in range(30):
        optimizer.step()
    assert bowl.evaluations <= 40


def test_lbfgs_does_not_search_again_where_nothing_lower_is_near() -> None:
    class Peak(Bowl):
        """As noise makes it seem: every step away is a step up."""

        def __call__(self, picture: tf.Tensor) -> Evaluation:
            evaluation = super().__call__(picture)
            return evaluation._replace(total=evaluation.total + self.evaluations)

    peak = Peak(0.7)
    optimizer = Lbfgs(peak, tf.fill(SHAPE, 0.7001), history=10)
    for _ in range(100):
        optimizer.step()
    assert peak.evaluations <= 20


def test_lbfgs_never_gets_worse() -> None:
    bowl = Bowl(np.linspace(0, 1, 60).reshape(SHAPE))
    optimizer = Lbfgs(bowl, tf.fill(SHAPE, 0.5), history=3)
    totals = [optimizer.step().total for _ in range(40)]
    assert totals == sorted(totals, reverse=True)


def test_lbfgs_beats_adam_in_as_many_steps() -> None:
    lowest = np.linspace(0.1, 0.9, 60).reshape(SHAPE)
    lbfgs = Lbfgs(Bowl(lowest), tf.fill(SHAPE, 0.5), history=10)
    adam = Adam(Bowl(lowest), tf.fill(SHAPE, 0.5), learning_rate=0.02)
    for _ in range(25):
        lbfgs.step()
        adam.step()
    assert Bowl(lowest)(lbfgs.picture).total < Bowl(lowest)(adam.picture).total


@pytest.mark.parametrize("lowest", [-0.5, 1.5])
def test_pixels_stay_between_black_and_white(lowest: float) -> None:
    lbfgs = Lbfgs(Bowl(lowest), tf.fill(SHAPE, 0.5), history=5)
    adam = Adam(Bowl(lowest), tf.fill(SHAPE, 0.5), learning_rate=0.2)
    for _ in range(40):
        lbfgs.step()
        adam.step()
    np.testing.assert_allclose(lbfgs.picture, np.clip(lowest, 0, 1), atol=1e-3)
    assert np.clip(adam.picture, 0, 1) == pytest.approx(adam.picture.numpy())
    assert np.clip(lowest, 0, 1) in adam.picture.numpy()


def test_lbfgs_stays_where_the_gradient_is_zero() -> None:
    optimizer = Lbfgs(Bowl(0.5), tf.fill(SHAPE, 0.5), history=5)
    assert optimizer.step().total == 0
    np.testing.assert_array_equal(optimizer.picture, np.full(SHAPE, 0.5, np.float32))


def test_adam_goes_as_the_paper_says_with_an_epsilon_of_the_gradients_size() -> None:
    bowl = Bowl(np.linspace(0.1, 0.9, 60).reshape(SHAPE))
    optimizer = Adam(bowl, tf.fill(SHAPE, 0.5), learning_rate=0.02)
    picture = np.full(SHAPE, 0.5)
    mean = square = np.zeros(SHAPE)
    epsilon = np.sqrt(np.mean(bowl(picture).gradient ** 2))
    for step in range(1, 6):
        gradient = np.asarray(bowl(picture).gradient)
        mean, square = 0.9 * mean + 0.1 * gradient, 0.999 * square + 0.001 * gradient**2
        picture = picture - 0.02 * mean / (1 - 0.9**step) / (np.sqrt(square / (1 - 0.999**step)) + epsilon)
        optimizer.step()
        np.testing.assert_allclose(optimizer.picture, picture, atol=1e-5)


def test_adam_moves_a_pixel_less_where_the_gradient_is_smaller() -> None:
    optimizer = Adam(Bowl(0.0), tf.fill(SHAPE, 0.5), learning_rate=0.02)
    optimizer.step()
    step = 0.5 - optimizer.picture.numpy()
    assert step.min() < 0.05 * step.max()
    assert step.max() < 0.02


def test_adam_stays_where_the_gradient_is_zero() -> None:
    optimizer = Adam(Bowl(0.5), tf.fill(SHAPE, 0.5), learning_rate=0.02)
    assert optimizer.step().total == 0
    np.testing.assert_array_equal(optimizer.picture, np.full(SHAPE, 0.5, np.float32))
