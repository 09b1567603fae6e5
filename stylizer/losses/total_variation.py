"""Total variation loss: how much neighboring pixels differ."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from stylizer.recipe import Normalization

_FIRST_ROW, _LAST_ROW = ((0, 0), (1, 0), (0, 0), (0, 0)), ((0, 0), (0, 1), (0, 0), (0, 0))
_FIRST_COLUMN, _LAST_COLUMN = ((0, 0), (0, 0), (1, 0), (0, 0)), ((0, 0), (0, 0), (0, 1), (0, 0))


class TotalVariationLoss:
    """Squared difference of vertical and horizontal neighbors.

    The squared form of Mahendran & Vedaldi 2015 (arXiv 1412.0035), section 3.2, with beta = 2. `plain` is the sum
    over a picture from 0 to 255; `target` the mean over the values of a picture from 0 to 1, the same at every size.
    """

    def __init__(self, normalization: Normalization) -> None:
        self.normalization = normalization

    def __call__(self, picture: tf.Tensor) -> tf.Tensor:
        """The loss as a float32 scalar; `picture` is (1, height, width, 3) float32 from 0 to 1."""
        scale = 255.0**2 if self.normalization == "plain" else 1.0 / tf.cast(tf.size(picture), tf.float32)

        @tf.custom_gradient  # type: ignore[untyped-decorator]  # TensorFlow has no types
        def loss(picture: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
            down = picture[:, 1:] - picture[:, :-1]
            right = picture[:, :, 1:] - picture[:, :, :-1]

            def gradient(upstream: tf.Tensor) -> tf.Tensor:
                # Each pixel is the end of one difference, and the beginning of the next.
                ends = tf.pad(down, _FIRST_ROW) + tf.pad(right, _FIRST_COLUMN)
                beginnings = tf.pad(down, _LAST_ROW) + tf.pad(right, _LAST_COLUMN)
                return 2.0 * scale * upstream * (ends - beginnings)

            return scale * (tf.reduce_sum(tf.square(down)) + tf.reduce_sum(tf.square(right))), gradient

        return loss(picture)
