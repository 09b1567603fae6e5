"""L-BFGS for pictures: few evaluations, and pixels stay between black and white."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import tensorflow as tf

from stylizer.objective import PICTURE_SPEC, Evaluation
from stylizer.recipe import LbfgsSettings

_HIGHEST = 1e30
"""An objective that any other is lower than."""


class Pairs(NamedTuple):
    """What the latest steps revealed about the curvature, oldest first; empty before the first step."""

    moved: tf.Tensor
    """How far each step moved the picture, (pairs, height, width, 3) float32."""
    turned: tf.Tensor
    """How much each step changed the gradient, in the same shape."""


class LbfgsState(NamedTuple):
    """A picture, and what L-BFGS remembers."""

    picture: tf.Tensor
    evaluation: Evaluation
    pairs: Pairs
    first_step: tf.Tensor
    """The length of the next step that has no pairs, a float32 scalar."""
    evaluations: tf.Tensor
    """How many times the objective has been evaluated, an int32 scalar."""
    slow_steps: tf.Tensor
    """How many steps in a row have made almost no difference, an int32 scalar."""
    has_settled: tf.Tensor
    """Whether more steps would change nothing visible, a bool scalar."""


class Lbfgs:
    """Limited-memory BFGS, projected onto pixels from 0 to 1.

    The projection is part of the step, as in Bertsekas' projected quasi-Newton methods: pixels at a bound are held
    there if the gradient pushes them outwards, and every trial point is clipped before it is evaluated. Clipping only
    the finished picture would give a point that the optimizer never evaluated.
    """

    def __init__(
        self, evaluate: Callable[[tf.Tensor, Any], Evaluation], settings: LbfgsSettings, aim_spec: Any = ()
    ) -> None:
        """Trace nothing yet; `aim_spec` has the dtypes and shapes of the aims that `evaluate` takes."""
        self._evaluate = evaluate
        self._settings = settings
        pairs = tf.TensorSpec((None, None, None, 3), tf.float32)
        scalars = (tf.TensorSpec((), dtype) for dtype in (tf.float32, tf.int32, tf.int32, tf.bool))
        state = LbfgsState(PICTURE_SPEC, Evaluation.spec(), Pairs(pairs, pairs), *scalars)
        self.step = tf.function(self._trace_step, autograph=False, input_signature=[state, aim_spec])
        self.last_step = tf.function(self._trace_last_step, autograph=False, input_signature=[state])

    def start(self, picture: tf.Tensor, aim: Any) -> LbfgsState:
        """Evaluate the picture, by a step from a flat and very high objective, which moves nowhere.

        A graph of its own for this would take as long to trace and to optimize as that of a step.
        """
        picture = _clipped(picture)
        none = picture[:0]
        first_step = tf.constant(self._settings.first_step, tf.float32)
        unknown = Evaluation(tf.fill((4,), _HIGHEST), tf.zeros_like(picture))
        zero = tf.constant(0)
        before = LbfgsState(picture, unknown, Pairs(none, none), first_step, zero, zero, tf.constant(False))
        state: LbfgsState = self.step(before, aim)
        # What this step says about slowness means nothing.
        return state._replace(slow_steps=before.slow_steps, has_settled=before.has_settled)

    def _trace_step(self, state: LbfgsState, aim: Any) -> LbfgsState:
        """Move to a lower objective, or stay if none is found. Once the picture has settled, steps cost nothing."""
        next_state: LbfgsState = tf.cond(
            state.has_settled, lambda: state, lambda: self._judged(state, self._search(state, aim))
        )
        return next_state

    def _trace_last_step(self, state: LbfgsState) -> LbfgsState:
        """Take the full step, which is nearly always the right length, without evaluating the objective there.

        Without pairs there is no telling how long it should be, so it stays.
        """
        direction, pairs = self._direction(state)
        is_sure = ~state.has_settled & (_count(pairs) > 0)
        return state._replace(picture=tf.where(is_sure, _clipped(state.picture + direction), state.picture))

    def _judged(self, before: LbfgsState, state: LbfgsState) -> LbfgsState:
        """Update whether the state has settled, after a step from `before`."""
        least = self._settings.settled_decrease * before.evaluation.total
        is_slow = before.evaluation.total - state.evaluation.total <= least
        slow_steps = tf.where(is_slow, before.slow_steps + 1, 0)
        is_short = state.first_step < self._settings.shortest_step_levels / 255
        return state._replace(
            slow_steps=slow_steps, has_settled=is_short | (slow_steps >= self._settings.settled_steps)
        )

    def _direction(self, state: LbfgsState) -> tuple[tf.Tensor, Pairs]:
        """The step to try first, and the pairs that it is based on; none for steepest descent."""
        free = _free_pixels(state.picture, state.evaluation.gradient)
        gradient = state.evaluation.gradient * free
        longest = self._settings.longest_step

        def steepest() -> tf.Tensor:
            evened = gradient / tf.maximum(self._limited(self._local_rms(gradient), _rms(gradient)), 1e-30)
            return _capped(-evened, state.first_step, stretch=True)

        def quasi_newton() -> tf.Tensor:
            return _capped(_quasi_newton(gradient, state.pairs, self._inverse_curvature(state.pairs)), longest) * free

        direction = tf.cond(_count(state.pairs) > 0, quasi_newton, steepest)
        leads_down = _dot(direction, gradient) < 0
        pairs = _first(state.pairs, tf.where(leads_down, _count(state.pairs), 0))
        return tf.cond(leads_down, lambda: direction, steepest), pairs

    def _inverse_curvature(self, pairs: Pairs) -> tf.Tensor:
        """How far each place moved in the latest step, relative to how much its gradient changed.

        (1, height, width, 1). Usually, L-BFGS starts from one such number for the whole picture (Nocedal & Wright 2006,
        eq. 7.20). But where there is much to see, the network's features and so the gradient change far more than where
        the picture is plain.
        """
        moved, turned = pairs.moved[-1:], pairs.turned[-1:]
        return self._limited(
            self._local_rms(moved) / tf.maximum(self._local_rms(turned), 1e-30),
            _rms(moved) / tf.maximum(_rms(turned), 1e-30),
        )

    def _local_rms(self, vectors: tf.Tensor) -> tf.Tensor:
        """The root mean square around each pixel: (1, height, width, 3) -> (1, height, width, 1)."""
        squares = tf.reduce_mean(tf.square(vectors), axis=-1, keepdims=True)
        for window in ((self._settings.neighborhood_px, 1), (1, self._settings.neighborhood_px)):
            squares = tf.nn.avg_pool2d(squares, window, 1, "SAME")
        return tf.sqrt(squares)

    def _limited(self, local: tf.Tensor, overall: tf.Tensor) -> tf.Tensor:
        """Limit how much any place differs from the picture as a whole, so that none stands still or leaps."""
        most = self._settings.max_unevenness
        return tf.clip_by_value(local, overall / most, overall * most)

    def _search(self, state: LbfgsState, aim: Any) -> LbfgsState:
        """Search for a lower objective along the quasi-Newton direction, with shorter and shorter steps."""
        picture, before = state.picture, state.evaluation
        direction, pairs = self._direction(state)

        def try_step(length: tf.Tensor, evaluations: tf.Tensor, _: tf.Tensor, *__: tf.Tensor) -> tuple[tf.Tensor, ...]:
            trial = _clipped(picture + length * direction)
            evaluation = self._evaluate(trial, aim)
            promised = tf.minimum(_dot(before.gradient, trial - picture), 0.0)
            is_lower = evaluation.total <= before.total + self._settings.sufficient_decrease * promised
            return length * self._settings.backtrack_factor, evaluations + 1, is_lower, trial, *evaluation

        _, evaluations, is_lower, trial, *evaluation = tf.while_loop(
            lambda _, __, is_lower, *___: ~is_lower,
            try_step,
            (tf.constant(1.0), state.evaluations, tf.constant(False), picture, *before),
            maximum_iterations=self._settings.max_backtracks,
            parallel_iterations=1,
        )
        found = Evaluation(*evaluation)
        state = state._replace(evaluations=evaluations)
        next_state: LbfgsState = tf.cond(
            is_lower,
            lambda: state._replace(
                picture=trial,
                evaluation=found,
                pairs=self._remembered(pairs, trial - picture, found.gradient - before.gradient),
                first_step=tf.constant(self._settings.first_step, tf.float32),
            ),
            lambda: state._replace(pairs=_first(pairs, 0), first_step=self._first_step_after(state.first_step, pairs)),
        )
        return next_state

    def _first_step_after(self, first_step: tf.Tensor, pairs: Pairs) -> tf.Tensor:
        """The first step after a failed search: shorter if even steepest descent failed."""
        shorter = first_step * self._settings.backtrack_factor**self._settings.max_backtracks
        return tf.where(_count(pairs) == 0, shorter, first_step)

    def _remembered(self, pairs: Pairs, moved: tf.Tensor, turned: tf.Tensor) -> Pairs:
        """Add the latest pair, unless it would make the approximation indefinite."""
        least = self._settings.min_curvature * tf.sqrt(_dot(moved, moved) * _dot(turned, turned))
        kept = self._settings.history - 1
        remembered: Pairs = tf.cond(
            _dot(moved, turned) > least,
            lambda: Pairs(
                tf.concat([pairs.moved[-kept:] if kept else pairs.moved[:0], moved], axis=0),
                tf.concat([pairs.turned[-kept:] if kept else pairs.turned[:0], turned], axis=0),
            ),
            lambda: pairs,
        )
        return remembered


def _quasi_newton(gradient: tf.Tensor, pairs: Pairs, inverse_curvature: tf.Tensor) -> tf.Tensor:
    """- H g, with the limited-memory BFGS approximation H of the inverse Hessian from at least one pair.

    `inverse_curvature`, (1, height, width, 1), is the diagonal that H starts from before the pairs are taken in. This
    is the compact form of Byrd, Nocedal & Schnabel 1994, theorem 2.2: instead of a loop over the pairs, it takes a few
    products with all pairs at once, and small triangular systems.
    """
    count = _count(pairs)
    moved, turned, scaled = (
        tf.reshape(vectors, (count, -1)) for vectors in (pairs.moved, pairs.turned, inverse_curvature * pairs.turned)
    )
    column = tf.reshape(gradient, (-1, 1))

    def small(rows: tf.Tensor, columns: tf.Tensor, **options: bool) -> tf.Tensor:
        return tf.cast(tf.matmul(rows, columns, **options), tf.float64)

    products = small(moved, turned, transpose_b=True)
    upper = tf.linalg.band_part(products, 0, -1)
    of_scaled = tf.linalg.triangular_solve(upper, small(moved, column), lower=False)
    rest = tf.linalg.diag_part(products)[:, None] * of_scaled
    rest += tf.matmul(small(scaled, turned, transpose_b=True), of_scaled) - small(scaled, column)
    of_moved = tf.linalg.triangular_solve(upper, rest, lower=False, adjoint=True)
    of_moved, of_scaled = (tf.cast(values, tf.float32) for values in (of_moved, of_scaled))
    corrections = tf.matmul(moved, of_moved, transpose_a=True) - tf.matmul(scaled, of_scaled, transpose_a=True)
    return -tf.reshape(tf.reshape(inverse_curvature * gradient, (-1, 1)) + corrections, tf.shape(gradient))


def _clipped(picture: tf.Tensor) -> tf.Tensor:
    return tf.clip_by_value(picture, 0.0, 1.0)


def _free_pixels(picture: tf.Tensor, gradient: tf.Tensor) -> tf.Tensor:
    """1 where a value may move, 0 where it is at a bound and the gradient pushes it outwards."""
    held = ((picture <= 0.0) & (gradient > 0.0)) | ((picture >= 1.0) & (gradient < 0.0))
    return tf.cast(~held, tf.float32)


def _capped(direction: tf.Tensor, longest: tf.Tensor | float, *, stretch: bool = False) -> tf.Tensor:
    """Scale the direction to at most this root mean square; with `stretch`, to exactly this."""
    factor = longest / tf.maximum(_rms(direction), 1e-30)
    return direction * (factor if stretch else tf.minimum(factor, 1.0))


def _rms(vectors: tf.Tensor) -> tf.Tensor:
    return tf.sqrt(tf.reduce_mean(tf.square(vectors)))


def _dot(a: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
    return tf.reduce_sum(a * b)


def _count(pairs: Pairs) -> tf.Tensor:
    return tf.shape(pairs.moved)[0]


def _first(pairs: Pairs, count: tf.Tensor | int) -> Pairs:
    return Pairs(pairs.moved[:count], pairs.turned[:count])
