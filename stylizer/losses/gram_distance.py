"""Distances between Gram matrices, and their derivatives. A style loss passes those on to the features."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import tensorflow as tf

from stylizer.recipe import Normalization

_LEAST_ROOT = 1e-3
"""Relative to the trace of the style's matrix. Without a limit, the slope is infinite if the canvas lacks a feature."""

_LEAST_NORM = 1e-6
"""Of a Gram matrix whose angle is known."""


class Distance(NamedTuple):
    """How far a Gram matrix G is from another one."""

    value: tf.Tensor
    """A float32 scalar."""
    slope: tf.Tensor
    """The derivative of the value with respect to G: (channels, channels) float32, symmetric."""


class GramDistance(Protocol):
    """How far a painting's Gram matrix G is from the style's, A; both are (channels, channels) float32."""

    parts: int
    """In how many parts a G of bfloat16 features is summed: the more, the more exact."""

    def target(self, gram: tf.Tensor) -> tf.Tensor:
        """What G is compared with at each step, in A's shape, from `gram`, which is A."""
        ...

    def __call__(self, gram: tf.Tensor, target: tf.Tensor) -> Distance:
        """The distance, and its derivative with respect to `gram`."""
        ...


class SquaredDistance:
    """The sum of squared differences.

    `plain`: 1 / (4 N^2) sum (G - A)^2 for N channels, Gatys, Ecker & Bethge 2015 (arXiv 1508.06576), eq. 4. `target`:
    sum (G - A)^2 / sum A^2, so that a weight means the same for every style and layer.
    """

    parts = 8

    def __init__(self, normalization: Normalization) -> None:
        self._normalization = normalization

    def target(self, gram: tf.Tensor) -> tf.Tensor:
        """A itself."""
        return gram

    def __call__(self, gram: tf.Tensor, target: tf.Tensor) -> Distance:
        """The distance, and its derivative with respect to `gram`."""
        if self._normalization == "plain":
            scale = 0.25 / tf.square(tf.cast(tf.shape(target)[0], tf.float32))
        else:
            scale = 1.0 / tf.maximum(tf.reduce_sum(tf.square(target)), 1e-6)
        difference = gram - target
        return Distance(scale * tf.reduce_sum(tf.square(difference)), 2.0 * scale * difference)


class AngleDistance:
    """The squared sine of the angle between G and A: 1 - <G, A>^2 / (|G| |A|)^2.

    Near the target, it is as steep as the relative squared difference, but a multiple of A is at distance 0. So deep
    layers learn which features go together, and the painting keeps the content's own strength of features: those of a
    busy style are up to four times stronger, and to reach them it would have to give up the content.
    """

    parts = 8

    def target(self, gram: tf.Tensor) -> tf.Tensor:
        """A itself."""
        return gram

    def __call__(self, gram: tf.Tensor, target: tf.Tensor) -> Distance:
        """The distance, and its derivative with respect to `gram`: -2 c / |G| (A / |A| - c G / |G|), c the cosine."""
        norm, target_norm = (tf.maximum(tf.norm(matrix), _LEAST_NORM) for matrix in (gram, target))
        ours, theirs = gram / norm, target / target_norm
        cosine = tf.reduce_sum(ours * theirs)
        across = theirs - cosine * ours
        return Distance(tf.reduce_sum(tf.square(across)), -2.0 * cosine / norm * across)


class WassersteinDistance:
    """The squared Wasserstein distance between Gaussians of mean 0 that have G and A as their covariances.

    4 / tr A [tr G + tr A - 2 tr (A^1/2 G A^1/2)^1/2], Dowson & Landau 1982. It compares the features' deviations
    instead of their squares, so the strongest channels don't decide everything. If there is only one channel, the
    factor of 4 makes it as steep near its target as the relative squared difference, so both can have the same weight.
    """

    # Its slope divides by the roots of eigenvalues, down to a thousandth of the style's trace. With 8 parts, the
    # objective is 2% higher after all steps; with these, as low as with a G that isn't rounded.
    parts = 128

    def target(self, gram: tf.Tensor) -> tf.Tensor:
        """A^1/2, so that the eigenvalues of A are computed only once."""
        return tf.cast(_composed(*_roots(tf.cast(gram, tf.float64))), tf.float32)

    def __call__(self, gram: tf.Tensor, target: tf.Tensor) -> Distance:
        """The distance, and its derivative with respect to `gram`: 4 / tr A (1 - A^1/2 (A^1/2 G A^1/2)^-1/2 A^1/2)."""
        # Eigenvalues exist only for finite numbers. A canvas whose features overflow is infinitely far away.
        is_finite = tf.reduce_all(tf.math.is_finite(gram))
        gram, root = (tf.cast(matrix, tf.float64) for matrix in (tf.where(is_finite, gram, target), target))
        trace = tf.reduce_sum(tf.square(root))
        scale = 4.0 / tf.maximum(trace, 1e-6)
        roots, axes = _roots(tf.matmul(root, tf.matmul(gram, root)))
        value = scale * (tf.linalg.trace(gram) + trace - 2.0 * tf.reduce_sum(roots))
        least = tf.maximum(_LEAST_ROOT * trace, 1e-12)
        transport = tf.matmul(root, tf.matmul(_composed(1.0 / tf.maximum(roots, least), axes), root))
        slope = scale * (tf.eye(tf.shape(gram)[0], dtype=tf.float64) - transport)
        value = tf.where(is_finite, tf.cast(tf.maximum(value, 0.0), tf.float32), float("inf"))
        return Distance(value, tf.cast(slope, tf.float32))


def _roots(matrix: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """The square roots of a positive semidefinite matrix's eigenvalues, ascending; and its eigenvectors as columns."""
    values, vectors = tf.linalg.eigh(matrix)
    return tf.sqrt(tf.maximum(values, 0.0)), vectors


def _composed(values: tf.Tensor, vectors: tf.Tensor) -> tf.Tensor:
    """The matrix with these eigenvalues and eigenvectors."""
    return tf.matmul(vectors * values, vectors, transpose_b=True)
