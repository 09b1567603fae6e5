"""The style loss of a painting's regions, each compared with the texture statistics of its own style."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from stylizer.losses.gram_distance import GramDistance
from stylizer.losses.style import StyleLoss, gradient_of_sum, gram_matrix


class RegionStyleLoss:
    """The sum of all regions' style losses, weighted by their share of the picture's area.

    A region's Gram matrix is the mean over its positions, weighted by how much each belongs to it: the guided Gram
    matrices of Gatys et al. 2016 (arXiv 1611.07865).
    """

    def __init__(self, distance: GramDistance) -> None:
        self._distance = distance
        self._style_loss = StyleLoss(distance)

    def __call__(self, features: tf.Tensor, targets: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
        """The loss as a float32 scalar.

        `features` is (1, height, width, N), `targets` has the distance's target for each region, (regions, N, N), and
        `weights`, (1, height, width, regions) float32 from 0 to 1, says how much each position belongs to each.
        """
        return self.of_grams(self.tap(features, weights)[1], targets, weights)

    def tap(self, features: tf.Tensor, weights: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The features, for the network's next layer, and the Gram matrix of each region, (regions, N, N) float32.

        As in `StyleLoss`, the gradient of the Gram matrices waits for that of the next layer, to which it is added.
        """
        regions = tf.range(tf.shape(weights)[3])

        def weights_of(region: tf.Tensor) -> tf.Tensor:
            return weights[..., region, None]

        @tf.custom_gradient  # type: ignore[untyped-decorator]  # TensorFlow has no types
        def with_grams(features: tf.Tensor) -> tuple[tuple[tf.Tensor, tf.Tensor], Callable[..., tf.Tensor]]:
            # Not in rounded parts: if a flat picture counts only in part, their errors stop L-BFGS.
            grams = tf.map_fn(
                lambda region: gram_matrix(features, weights_of(region)),
                regions,
                fn_output_signature=tf.float32,
                parallel_iterations=1,  # one region's features at a time
            )

            def gradient(onward: tf.Tensor, upstream: tf.Tensor) -> tf.Tensor:
                sums = tf.maximum(tf.reduce_sum(weights, axis=(0, 1, 2)), 1e-6)
                factors = upstream / sums[:, None, None]

                def with_region(total: tf.Tensor, region: tf.Tensor) -> tf.Tensor:
                    change = gradient_of_sum(features, factors[region])
                    return total + change * tf.cast(weights_of(region), features.dtype)

                return tf.foldl(with_region, regions, onward, parallel_iterations=1)

            return (features, grams), gradient

        tapped: tuple[tf.Tensor, tf.Tensor] = with_grams(features)
        return tapped

    def of_grams(self, grams: tf.Tensor, targets: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
        """The same loss of the regions' Gram matrices."""
        values = tf.map_fn(
            lambda pair: self._style_loss.of_gram(*pair), (grams, targets), fn_output_signature=tf.float32
        )
        return tf.reduce_sum(_areas(weights) * values)

    def gradient_rms(self, features: tf.Tensor, targets: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
        """The root mean square of the loss's gradient with respect to the features, as if no regions overlapped.

        A float32 scalar, computed as in `StyleLoss`. At soft edges, the real gradient is slightly smaller.
        """
        areas = _areas(weights)

        def squares_of(region: tf.Tensor) -> tf.Tensor:
            gram = gram_matrix(features, weights[..., region, None])
            slope = self._distance(gram, targets[region]).slope
            squares = tf.reduce_sum(tf.matmul(slope, gram) * slope)
            return areas[region] * 4.0 * tf.maximum(squares, 0.0)

        regions, channels = tf.shape(targets)[0], tf.shape(targets)[1]
        squares = tf.reduce_sum(
            tf.map_fn(squares_of, tf.range(regions), fn_output_signature=tf.float32, parallel_iterations=1)
        )
        positions = tf.cast(tf.shape(features)[1] * tf.shape(features)[2], tf.float32)
        return tf.sqrt(squares / tf.cast(channels, tf.float32)) / positions


def _areas(weights: tf.Tensor) -> tf.Tensor:
    """The share of the picture's area that each region has, (regions,)."""
    return tf.reduce_mean(weights, axis=(0, 1, 2))
