"""The optimizers on objectives whose answers are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from stylizer.objective import Evaluation
from stylizer.optimizers import Adam, Lbfgs, Optimizer, State
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
        self.evaluations = tf.Variable(0)

    def __call__(self, picture: tf.Tensor, _: tuple[()] = ()) -> Evaluation:
        self.evaluations.assign_add(1)
        distance = picture - self.lowest
        total = 0.5 * tf.reduce_sum(self.curvature * distance**2)
        return Evaluation(tf.stack([total, 0.0, 0.0, total]), self.curvature * distance)


def descend(optimizer: Optimizer, start: tf.Tensor | float, *, steps: int) -> list[State]:
    """Return the optimizer's states after each step from a start, which may be one value for all pixels."""
    states = [optimizer.start(tf.broadcast_to(tf.cast(start, tf.float32), SHAPE), ())]
    for _ in range(steps):
        states.append(optimizer.step(states[-1], ()))
    return states[1:]


def test_lbfgs_finds_the_minimum() -> None:
    bowl = Bowl(np.linspace(0.1, 0.9, 60).reshape(SHAPE))
    *_, last = descend(Lbfgs(bowl, lbfgs(10)), 0.5, steps=60)
    np.testing.assert_allclose(last.picture, bowl.lowest, atol=0.01)


def test_lbfgs_evaluates_about_once_a_step() -> None:
    bowl = Bowl(0.7)
    *_, last = descend(Lbfgs(bowl, lbfgs(10)), 0.0, steps=30)
    assert bowl.evaluations <= 40
    assert last.evaluations == bowl.evaluations


def test_lbfgs_does_not_repeat_a_search_at_the_minimum() -> None:
    class Peak(Bowl):
        """An objective that seems to rise with every step, as noise can cause."""

        def __call__(self, picture: tf.Tensor, _: tuple[()] = ()) -> Evaluation:
            evaluation = super().__call__(picture)
            return evaluation._replace(terms=evaluation.terms + tf.cast(self.evaluations, tf.float32))

    peak = Peak(0.7)
    descend(Lbfgs(peak, lbfgs(10)), 0.7001, steps=100)
    assert peak.evaluations <= 20


def test_lbfgs_has_settled_at_the_minimum_and_moves_no_more() -> None:
    bowl = Bowl(np.linspace(-0.5, 1.5, 60).reshape(SHAPE))
    states = descend(Lbfgs(bowl, lbfgs(10)), 0.5, steps=80)
    settled = next(state for state in states if state.has_settled)
    np.testing.assert_allclose(settled.picture, np.clip(bowl.lowest, 0, 1), atol=0.01)
    np.testing.assert_array_equal(states[-1].picture, settled.picture)
    assert states[-1].has_settled
    assert bowl.evaluations < 80


def test_lbfgs_has_settled_after_some_slow_steps_in_a_row_but_not_after_one() -> None:
    class Slope(Bowl):
        """An objective that goes down by little, once by much, and then by little."""

        def __call__(self, picture: tf.Tensor, _: tuple[()] = ()) -> Evaluation:
            evaluation = super().__call__(picture)
            drops = tf.constant([0, 1, 2, 500, 501, 502, 503, 504, 505], tf.float32) * 1e-5
            total = 1.0 - drops[tf.minimum(self.evaluations - 1, 8)]
            return evaluation._replace(terms=tf.stack([total, 0.0, 0.0, total]), gradient=1e-9 * evaluation.gradient)

    settings = replace(lbfgs(10), settled_decrease=1e-4, settled_steps=3)
    states = descend(Lbfgs(Slope(0.9), settings), 0.1, steps=7)
    assert [bool(state.has_settled) for state in states] == [False] * 5 + [True] * 2


def test_only_steps_that_are_evaluated_count_as_evaluations() -> None:
    bowl = Bowl(0.7)
    for optimizer in (Adam(bowl, SMOOTH), Lbfgs(bowl, lbfgs(10))):
        bowl.evaluations.assign(0)
        *_, before = descend(optimizer, 0.5, steps=3)
        assert before.evaluations == bowl.evaluations
        assert optimizer.last_step(before).evaluations == before.evaluations


def test_adam_never_settles() -> None:
    assert not any(state.has_settled for state in descend(Adam(Bowl(0.5), SMOOTH), 0.5, steps=8))


def test_lbfgs_never_gets_worse() -> None:
    bowl = Bowl(np.linspace(0, 1, 60).reshape(SHAPE))
    totals = [state.evaluation.losses.total for state in descend(Lbfgs(bowl, lbfgs(3)), 0.5, steps=40)]
    assert totals == sorted(totals, reverse=True)


@pytest.mark.parametrize("history", [1, 4])
def test_lbfgs_steps_follow_the_two_loop_recursion(history: int) -> None:
    """Nocedal & Wright 2006, algorithm 7.4, in float64; the compact form gives the same steps."""
    bowl = Bowl(np.linspace(0.1, 0.9, 60).reshape(SHAPE))
    settings = replace(lbfgs(history), neighborhood_px=1, max_unevenness=1.5)
    states = descend(Lbfgs(bowl, settings), 0.5, steps=9)
    pictures = [state.picture.numpy().astype(float).ravel() for state in states]
    gradients = [state.evaluation.gradient.numpy().astype(float).ravel() for state in states]
    pairs = [
        (pictures[step] - pictures[step - 1], gradients[step] - gradients[step - 1])
        for step in range(len(states) - 1 - history, len(states) - 1)
    ]
    direction, weights = -gradients[-2], []
    for moved, turned in reversed(pairs):
        weights.append(moved @ direction / (moved @ turned))
        direction = direction - weights[-1] * turned
    moved, turned = pairs[-1]
    rms = [np.sqrt(np.mean(vector.reshape(-1, 3) ** 2, axis=1)) for vector in (moved, turned)]
    overall = np.sqrt(np.mean(moved**2) / np.mean(turned**2))
    direction *= np.clip(rms[0] / rms[1], overall / 1.5, overall * 1.5).repeat(3)
    for (moved, turned), weight in zip(pairs, reversed(weights), strict=True):
        direction = direction + (weight - turned @ direction / (moved @ turned)) * moved
    step = pictures[-1] - pictures[-2]
    assert np.sqrt(np.mean(direction**2)) < settings.longest_step
    np.testing.assert_allclose(step, direction, atol=1e-3 * np.abs(direction).max())


class Halves(Bowl):
    """Two independent bowls side by side, the left one a hundred times steeper than the right one."""

    def __init__(self) -> None:
        super().__init__(0.7)
        self.curvature = tf.concat([tf.fill((1, 4, 3, 3), 30.0), tf.fill((1, 4, 2, 3), 0.3)], axis=2)


@pytest.mark.parametrize(("max_unevenness", "is_left_behind"), [(1000, False), (1, True)])
def test_a_place_with_less_curvature_is_left_behind_only_if_none_may_differ(
    max_unevenness: float, is_left_behind: bool
) -> None:
    settings = replace(lbfgs(3), neighborhood_px=1, max_unevenness=max_unevenness, longest_step=1)
    *_, last = descend(Lbfgs(Halves(), settings), 0.5, steps=2)
    left, right = np.split(last.picture.numpy(), [3], axis=2)
    np.testing.assert_allclose(left, 0.7, atol=0.01)
    assert (abs(right - 0.7).max() > 0.1) == is_left_behind


@pytest.mark.parametrize("optimizer", [Lbfgs(Bowl(0.7), lbfgs(10)), Adam(Bowl(0.7), SMOOTH)])
def test_the_last_step_moves_like_any_other_without_evaluating(optimizer: Optimizer) -> None:
    *_, state = descend(optimizer, 0.5, steps=4)
    last, usual = optimizer.last_step(state), optimizer.step(state, ())
    np.testing.assert_array_equal(last.picture, usual.picture)
    assert last.evaluation.losses == state.evaluation.losses != usual.evaluation.losses


def test_lbfgs_beats_adam_in_the_same_number_of_steps() -> None:
    bowl = Bowl(np.linspace(0.1, 0.9, 60).reshape(SHAPE))
    *_, quasi_newton = descend(Lbfgs(bowl, lbfgs(10)), 0.5, steps=25)
    *_, slow = descend(Adam(bowl, replace(SMOOTH, learning_rate=0.02)), 0.5, steps=25)
    assert quasi_newton.evaluation.losses.total < slow.evaluation.losses.total


@pytest.mark.parametrize("lowest", [-0.5, 1.5])
def test_pixels_stay_between_black_and_white(lowest: float) -> None:
    *_, quasi_newton = descend(Lbfgs(Bowl(lowest), lbfgs(5)), 0.5, steps=40)
    *_, slow = descend(Adam(Bowl(lowest), replace(SMOOTH, learning_rate=0.2)), 0.5, steps=40)
    np.testing.assert_allclose(quasi_newton.picture, np.clip(lowest, 0, 1), atol=1e-3)
    assert np.clip(slow.picture, 0, 1) == pytest.approx(slow.picture.numpy())
    assert np.clip(lowest, 0, 1) in slow.picture.numpy()


def test_lbfgs_stays_where_the_gradient_is_zero() -> None:
    (state,) = descend(Lbfgs(Bowl(0.5), lbfgs(5)), 0.5, steps=1)
    assert state.evaluation.losses.total == 0
    np.testing.assert_array_equal(state.picture, np.full(SHAPE, 0.5, np.float32))


def test_adam_follows_the_paper_with_an_epsilon_scaled_to_the_gradient() -> None:
    bowl = Bowl(np.linspace(0.1, 0.9, 60).reshape(SHAPE))
    states = descend(Adam(bowl, replace(SMOOTH, learning_rate=0.02)), 0.5, steps=5)
    picture = np.full(SHAPE, 0.5)
    mean = square = np.zeros(SHAPE)
    epsilon = np.sqrt(np.mean(bowl(picture).gradient ** 2))
    for step, state in enumerate(states, start=1):
        gradient = np.asarray(bowl(picture).gradient)
        mean, square = 0.9 * mean + 0.1 * gradient, 0.999 * square + 0.001 * gradient**2
        picture = picture - 0.02 * mean / (1 - 0.9**step) / (np.sqrt(square / (1 - 0.999**step)) + epsilon)
        np.testing.assert_allclose(state.picture, picture, atol=1e-5)


def test_the_write_ups_adam_follows_the_paper_with_its_own_epsilon() -> None:
    bowl = Bowl(np.linspace(0.1, 0.9, 60).reshape(SHAPE))
    (state,) = descend(Adam(bowl, CLASSIC), 0.5, steps=1)
    gradient = np.asarray(bowl(np.full(SHAPE, 0.5)).gradient)
    # Its first step has one length everywhere: the mean over the root of the squares' mean is the gradient's sign.
    np.testing.assert_allclose(state.picture, 0.5 - CLASSIC.learning_rate * np.sign(gradient), atol=1e-5)


def test_adam_moves_pixels_with_smaller_gradients_less() -> None:
    (state,) = descend(Adam(Bowl(0.0), replace(SMOOTH, learning_rate=0.02)), 0.5, steps=1)
    step = 0.5 - state.picture.numpy()
    assert step.min() < 0.05 * step.max()
    assert step.max() < 0.02


def test_adam_stays_where_the_gradient_is_zero() -> None:
    (state,) = descend(Adam(Bowl(0.5), replace(SMOOTH, learning_rate=0.02)), 0.5, steps=1)
    assert state.evaluation.losses.total == 0
    np.testing.assert_array_equal(state.picture, np.full(SHAPE, 0.5, np.float32))


def test_a_last_step_of_unknown_length_is_not_taken() -> None:
    optimizer = Lbfgs(Bowl(0.7), lbfgs(10))
    start = optimizer.start(tf.fill(SHAPE, 0.5), ())
    np.testing.assert_array_equal(optimizer.last_step(start).picture, start.picture)
