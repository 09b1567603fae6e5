"""Style loss: how far the painting's texture statistics are from the style picture's."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from stylizer.losses.gram_distance import GramDistance


def gram_matrix(features: tf.Tensor, weights: tf.Tensor | None = None) -> tf.Tensor:
    """How strongly channels fire together: (channels, channels) float32, the mean over positions of f f^T.

    Gatys, Ecker & Bethge 2015 (arXiv 1508.06576), eq. 3, sum over positions; the mean makes matrices of pictures of
    different sizes comparable. `features` is (1, height, width, channels); `weights`, (1, height, width, 1) float32
    from 0 to 1, says how much each position counts.
    """
    rows = _rows(features)
    if weights is None:
        count = _positions(features)
    else:
        count = tf.maximum(tf.reduce_sum(weights), 1e-6)
        rows *= tf.cast(tf.sqrt(tf.reshape(weights, (-1, 1))), rows.dtype)
    rows = tf.cast(rows, tf.float32)
    return tf.matmul(rows, rows, transpose_a=True) / count


@tf.custom_gradient  # type: ignore[untyped-decorator]  # TensorFlow has no types
def gram_sum(features: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
    """The sum over positions of f f^T, (channels, channels) float32, of features (…, channels).

    Sums of a picture's parts add up to that of the whole, and divided by all positions are its Gram matrix.
    """
    rows = tf.cast(_rows(features), tf.float32)
    return tf.matmul(rows, rows, transpose_a=True), lambda upstream: gradient_of_sum(features, upstream)


class StyleLoss:
    """The distance between Gram matrices G of the painting and A of the style picture."""

    def __init__(self, distance: GramDistance) -> None:
        self._distance = distance

    def __call__(self, features: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
        """The loss as a float32 scalar; `features` (1, height, width, N), and `target` (N, N) is the distance's."""
        return self.of_gram(self.tap(features)[1], target)

    def tap(self, features: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The features, for the network's next layer, and their Gram matrix, for `of_gram`.

        The gradient of a Gram matrix takes as much memory as the features. TensorFlow would compute it at once, and
        keep it until that of the next layer is there, to add both. Here, that of the next layer comes first.
        """

        @tf.custom_gradient  # type: ignore[untyped-decorator]  # TensorFlow has no types
        def with_gram(features: tf.Tensor) -> tuple[tuple[tf.Tensor, tf.Tensor], Callable[..., tf.Tensor]]:
            is_rounded = features.dtype == tf.bfloat16
            gram = _rounded_gram_matrix(features, self._distance.parts) if is_rounded else gram_matrix(features)

            def gradient(onward: tf.Tensor, upstream: tf.Tensor) -> tf.Tensor:
                with tf.control_dependencies([onward]):
                    return onward + gradient_of_sum(features, upstream / _positions(features))

            return (features, gram), gradient

        tapped: tuple[tf.Tensor, tf.Tensor] = with_gram(features)
        return tapped

    def of_gram(self, gram: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
        """The same loss of the painting's Gram matrix."""

        @tf.custom_gradient  # type: ignore[untyped-decorator]  # TensorFlow has no types
        def loss(gram: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
            value, slope = self._distance(gram, target)
            return value, lambda upstream: upstream * slope

        return loss(gram)

    def gradient_rms(self, features: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
        """The root mean square of the loss's gradient with respect to the features, without computing that gradient.

        A float32 scalar. The gradient's rows are those of 2 / M  F S. So the sum of their squares is the trace of
        S F^T F S times 4 / M^2, and F^T F is M G.
        """
        gram = gram_matrix(features)
        slope = self._distance(gram, target).slope
        squares = tf.reduce_sum(tf.matmul(slope, gram) * slope)
        mean = tf.maximum(squares, 0.0) / tf.cast(tf.shape(target)[0], tf.float32)
        return 2.0 / _positions(features) * tf.sqrt(mean)


def _rounded_gram_matrix(features: tf.Tensor, parts: int) -> tf.Tensor:
    """`gram_matrix` of bfloat16 features in half the time.

    The products are summed in float32, but each part's sum is rounded to bfloat16. These errors average out: to 0.06%
    with 8 parts, and to 0.015% with 128; less so if the parts are alike, as those of a flat picture.
    """
    rows = _rows(features)
    channels = rows.shape[-1]
    whole = tf.shape(rows)[0] // parts * parts
    in_parts, rest = tf.reshape(rows[:whole], (parts, -1, channels)), tf.cast(rows[whole:], tf.float32)
    sums = tf.cast(tf.matmul(in_parts, in_parts, transpose_a=True), tf.float32)
    return (tf.reduce_sum(sums, axis=0) + tf.matmul(rest, rest, transpose_a=True)) / _positions(features)


def gradient_of_sum(features: tf.Tensor, upstream: tf.Tensor) -> tf.Tensor:
    """dL/dF = F (U + U^T) for U = dL/dG of a sum G of f f^T: one product instead of two, in the features' precision."""
    factor = tf.cast(upstream + tf.transpose(upstream), features.dtype)
    return tf.reshape(tf.matmul(_rows(features), factor), tf.shape(features))


def _rows(features: tf.Tensor) -> tf.Tensor:
    return tf.reshape(features, (-1, features.shape[-1]))


def _positions(features: tf.Tensor) -> tf.Tensor:
    shape = tf.shape(features)
    return tf.cast(shape[1] * shape[2], tf.float32)
