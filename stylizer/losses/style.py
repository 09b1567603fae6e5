"""Style loss: how far the painting's texture statistics are from the style picture's."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from stylizer.recipe import Normalization


def gram_matrix(features: tf.Tensor, weights: tf.Tensor | None = None) -> tf.Tensor:
    """How strongly channels fire together: (channels, channels) float32, the mean over positions of f f^T.

    Gatys, Ecker & Bethge 2015 (arXiv 1508.06576), eq. 3, sum over positions; the mean makes matrices of pictures of
    different sizes comparable. `features` is (1, height, width, channels); `weights`, (1, height, width, 1) float32
    from 0 to 1, says how much each position counts.
    """
    rows = _rows(features)
    if weights is None:
        return tf.matmul(rows, rows, transpose_a=True) / _positions(features)
    weighted = rows * tf.reshape(weights, (-1, 1))
    return tf.matmul(weighted, rows, transpose_a=True) / tf.maximum(tf.reduce_sum(weights), 1e-6)


@tf.custom_gradient  # type: ignore[untyped-decorator]  # TensorFlow has no types
def gram_sum(features: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
    """The sum over positions of f f^T, (channels, channels) float32, of features (…, channels).

    Sums of a picture's parts add up to that of the whole, and divided by all positions are its Gram matrix.
    """
    rows = _rows(features)

    def gradient(upstream: tf.Tensor) -> tf.Tensor:
        # dL/dF = F (U + U^T), one product instead of two, in the precision of the features.
        factor = tf.cast(upstream + tf.transpose(upstream), features.dtype)
        return tf.reshape(tf.matmul(tf.reshape(features, tf.shape(rows)), factor), tf.shape(features))

    return tf.matmul(rows, rows, transpose_a=True), gradient


class StyleLoss:
    """Squared distance between Gram matrices G of the painting and A of the style picture.

    `plain`: 1 / (4 N^2 M^2) sum (M G - M A)^2 = 1 / (4 N^2) sum (G - A)^2 for N channels and M positions, Gatys et
    al. 2015, eq. 4. `target`: sum (G - A)^2 / sum A^2, so that a weight means the same for every style and layer.
    """

    def __init__(self, normalization: Normalization) -> None:
        self.normalization = normalization

    def __call__(self, features: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
        """The loss as a float32 scalar; `features` (1, height, width, N), `target` a Gram matrix (N, N)."""
        scale = self.scale(target)

        @tf.custom_gradient  # type: ignore[untyped-decorator]  # TensorFlow has no types
        def loss(features: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
            difference = gram_matrix(features) - target

            def gradient(upstream: tf.Tensor) -> tf.Tensor:
                # G - A is symmetric, so the two products of automatic differentiation become one:
                # dL/dF = 4 scale / M  F (G - A). It is computed in the precision of the features.
                factor = upstream * scale * 4.0 / _positions(features)
                channels = tf.shape(features)[-1]
                rows = tf.reshape(features, (-1, channels))
                return tf.reshape(tf.matmul(rows, tf.cast(factor * difference, rows.dtype)), tf.shape(features))

            return scale * tf.reduce_sum(tf.square(difference)), gradient

        return loss(features)

    def of_gram(self, gram: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
        """The same loss of the painting's Gram matrix, for features that are never in memory as a whole."""
        return self.scale(target) * tf.reduce_sum(tf.square(gram - target))

    def gradient_rms(self, features: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
        """The root mean square of the loss's gradient to the features, a float32 scalar, without that gradient.

        Its rows are those of 4 scale / M  F (G - A). So the sum of their squares is the trace of (G - A) F^T F (G - A),
        and F^T F is M G.
        """
        gram = gram_matrix(features)
        difference = gram - target
        squares = tf.reduce_sum(tf.matmul(difference, gram) * difference)
        factor = 4.0 * self.scale(target) / _positions(features)
        return factor * tf.sqrt(tf.maximum(squares, 0.0) / tf.cast(tf.shape(target)[0], tf.float32))

    def scale(self, target: tf.Tensor) -> tf.Tensor:
        """What a squared difference from that Gram matrix is multiplied by, a float32 scalar."""
        if self.normalization == "plain":
            return 0.25 / tf.square(tf.cast(tf.shape(target)[0], tf.float32))
        return 1.0 / tf.maximum(tf.reduce_sum(tf.square(target)), 1e-6)


def _rows(features: tf.Tensor) -> tf.Tensor:
    return tf.cast(tf.reshape(features, (-1, tf.shape(features)[-1])), tf.float32)


def _positions(features: tf.Tensor) -> tf.Tensor:
    shape = tf.shape(features)
    return tf.cast(shape[1] * shape[2], tf.float32)
