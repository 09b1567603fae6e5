"""Total variation loss: how much neighboring pixels differ."""

from __future__ import annotations

import tensorflow as tf

from stylizer.recipe import Normalization


class TotalVariationLoss:
    """Squared difference of vertical and horizontal neighbors.

    The squared form of Mahendran & Vedaldi 2015 (arXiv 1412.0035), section 3.2, with beta = 2. `plain` is the sum
    over a picture from 0 to 255; `target` the mean over the values of a picture from 0 to 1, the same at every size.
    """

    def __init__(self, normalization: Normalization) -> None:
        self.normalization = normalization

    def __call__(self, picture: tf.Tensor) -> tf.Tensor:
        """The loss as a float32 scalar; `picture` is (1, height, width, 3) float32 from 0 to 1."""
        down = picture[:, 1:, :, :] - picture[:, :-1, :, :]
        right = picture[:, :, 1:, :] - picture[:, :, :-1, :]
        total = tf.reduce_sum(tf.square(down)) + tf.reduce_sum(tf.square(right))
        if self.normalization == "plain":
            return total * 255.0**2
        return total / tf.cast(tf.size(picture), tf.float32)
