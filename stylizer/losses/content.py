"""Content loss: how far the painting's features are from the content picture's."""

from __future__ import annotations

import tensorflow as tf

from stylizer.recipe import Normalization


class ContentLoss:
    """Squared distance between feature maps F of the painting and P of the content picture.

    `plain`: 1/2 sum (F - P)^2, Gatys, Ecker & Bethge 2015 (arXiv 1508.06576), eq. 1.
    `target`: sum (F - P)^2 / sum P^2: 0 is the same features, 1 is as far away as features that are all 0, at every
    size and layer.
    """

    def __init__(self, normalization: Normalization) -> None:
        self.normalization = normalization

    def __call__(self, features: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
        """The loss as a float32 scalar; both tensors are (1, height, width, channels), of one shape."""
        target = tf.cast(target, tf.float32)
        # Half the sum of squares, in one pass, and without squares in memory.
        distance = 2.0 * tf.nn.l2_loss(tf.cast(features, tf.float32) - target)
        if self.normalization == "plain":
            return 0.5 * distance
        return distance / tf.maximum(tf.reduce_sum(tf.square(target)), 1e-6)

    def gradient_rms(self, features: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
        """The root mean square of the loss's gradient with respect to the features, a float32 scalar."""
        target = tf.cast(target, tf.float32)
        distance = tf.sqrt(tf.reduce_mean(tf.square(tf.cast(features, tf.float32) - target)))
        if self.normalization == "plain":
            return distance
        return 2.0 * distance / tf.maximum(tf.reduce_sum(tf.square(target)), 1e-6)
