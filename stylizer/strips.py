"""Runs the network on large pictures: its shallow layers in strips, so that only one strip's features are in memory.

Blocks 1 and 2 take most of a step's memory, but a position of their output depends on only a few pixels around it. So
they are computed for one horizontal strip after another: forward, and once more for the gradient. From each strip, only
the input of the deeper layers and its part of the sums in the Gram matrices are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

import tensorflow as tf

from stylizer.losses import gram_sum
from stylizer.recipe import SHALLOW_LAYERS, Padding, Pooling
from stylizer.vgg16 import NO_TAPS, VGG16, Seen, Taps

STRIP_ROWS = 256
"""The maximum number of rows in a strip. Smaller strips take longer, because more of each is halo, which is computed
twice. With this many, even the strips of a 2048 px canvas take less memory than its deeper layers."""

# After pooling, a position of block 2 depends on the 4 x 4 pixels that it covers and 6 more on each side: two
# convolutions at full size and two at half. A halo of 8 keeps a strip's pooling aligned with the whole picture's.
_POOLED_PX = 4
_HALO_PX = 8
_POOLED = "pooled"


class _Rows(NamedTuple):
    """A strip's rows in the picture, as scalars: its own, and with the halo."""

    first: tf.Tensor
    end: tf.Tensor
    halo_first: tf.Tensor
    halo_end: tf.Tensor

    def own(self, layer: str) -> tuple[tf.Tensor, tf.Tensor]:
        """The strip's first row and its end, in a layer's features of the whole picture."""
        return self.first // _pixels_of(layer), _shrunk(self.end, layer)

    def without_halo(self, features: tf.Tensor, layer: str) -> tf.Tensor:
        """Cut the halo off a layer's features of this strip, (1, …); returns (rows, width, channels)."""
        first, end = self.own(layer)
        above = self.halo_first // _pixels_of(layer)
        return tf.squeeze(features, 0)[first - above : end - above]


class StripNetwork:
    """The features and Gram matrices of pictures of any size, with gradients."""

    def __init__(
        self,
        network: VGG16,
        *,
        features: Collection[str],
        grams: Collection[str],
        pooling: Pooling,
        padding: Padding,
        strip_rows: int = STRIP_ROWS,
    ) -> None:
        """Choose the layers: deep ones and those in `features` give features, the rest of `grams` Gram matrices."""
        self._network = network
        self._pooling = pooling
        self._padding = padding
        self._strip_rows = strip_rows
        self._deep = tuple(layer for layer in {*features, *grams} if layer not in SHALLOW_LAYERS)
        kept = tuple(layer for layer in SHALLOW_LAYERS if layer in features)
        self._kept = (*kept, _POOLED) if self._deep else kept
        self._summed = tuple(layer for layer in SHALLOW_LAYERS if layer in grams and layer not in features)

    def __call__(
        self, picture: tf.Tensor, weights: Mapping[str, tf.Tensor] | None = None, *, taps: Taps = NO_TAPS
    ) -> Seen:
        """See a picture, (1, height, width, 3) float32 from 0 to 1; `taps` are used for the deep layers.

        `weights` sets how much each position of each layer counts in Gram matrices, as in `gram_matrix`. The gradient
        is correct only without it.
        """

        @tf.custom_gradient  # type: ignore[untyped-decorator]  # TensorFlow has no types
        def shallow(picture: tf.Tensor) -> tuple[list[tf.Tensor], Callable[..., tf.Tensor]]:
            return self._forward(picture, weights), lambda *upstream: self._backward(picture, upstream)

        outputs = shallow(picture)
        features = dict(zip(self._kept, outputs, strict=False))
        grams = dict(zip(self._summed, outputs[len(self._kept) :], strict=True))
        if self._deep:
            pooled = features.pop(_POOLED)
            deep = self._network.see_deep(pooled, self._deep, pooling=self._pooling, taps=taps)
            return Seen(features | deep.features, grams | deep.grams)
        return Seen(features, grams)

    def _forward(self, picture: tf.Tensor, weights: Mapping[str, tf.Tensor] | None) -> list[tf.Tensor]:
        """The kept features, then the Gram matrices."""
        channels = [self._network.channels(SHALLOW_LAYERS[-1] if layer == _POOLED else layer) for layer in self._kept]
        sizes = [self._network.channels(layer) for layer in self._summed]
        strips = self._count(picture)

        def add_strip(
            strip: tf.Tensor, pieces: list[tf.TensorArray], sums: list[tf.Tensor]
        ) -> tuple[tf.Tensor, list[tf.TensorArray], list[tf.Tensor]]:
            rows = self._rows(picture, strip)
            kept, further = self._see_strip(picture[:, rows.halo_first : rows.halo_end], rows, weights)
            pieces = [piece.write(strip, features) for piece, features in zip(pieces, kept, strict=True)]
            return strip + 1, pieces, list(map(tf.add, sums, further))

        pieces = [
            tf.TensorArray(
                self._network.compute_dtype, size=strips, infer_shape=False, element_shape=(None, None, count)
            )
            for count in channels
        ]
        _, pieces, sums = tf.while_loop(
            lambda strip, *_: strip < strips,
            add_strip,
            (tf.constant(0), pieces, [tf.zeros((size, size)) for size in sizes]),
            parallel_iterations=1,  # more would need the memory of more strips
        )
        return [
            *(piece.concat()[None] for piece in pieces),
            *(total / _positions(picture, layer, weights) for total, layer in zip(sums, self._summed, strict=True)),
        ]

    def _backward(self, picture: tf.Tensor, upstream: Sequence[tf.Tensor]) -> tf.Tensor:
        """The gradient with respect to the picture, given those for the kept features and the Gram matrices."""
        to_kept = list(zip(self._kept, upstream, strict=False))
        to_sums = [
            gradient / _positions(picture, layer)
            for gradient, layer in zip(upstream[len(self._kept) :], self._summed, strict=True)
        ]
        strips, height = self._count(picture), tf.shape(picture)[1]

        def add_strip(strip: tf.Tensor, gradient: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            rows = self._rows(picture, strip)
            part = picture[:, rows.halo_first : rows.halo_end]
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(part)
                kept, sums = self._see_strip(part, rows)
            to_part = tape.gradient(
                [*kept, *sums],
                part,
                output_gradients=[*(whole[0, slice(*rows.own(layer))] for layer, whole in to_kept), *to_sums],
            )
            around = ((0, 0), (rows.halo_first, height - rows.halo_end), (0, 0), (0, 0))
            return strip + 1, gradient + tf.pad(to_part, around)

        # TensorFlow would see the first strip again at once, with the features of the deeper layers still in memory.
        with tf.control_dependencies(upstream):
            _, gradient = tf.while_loop(
                lambda strip, _: strip < strips,
                add_strip,
                (tf.constant(0), tf.zeros_like(picture)),
                parallel_iterations=1,
            )
        return gradient

    def _see_strip(
        self, part: tf.Tensor, rows: _Rows, weights: Mapping[str, tf.Tensor] | None = None
    ) -> tuple[list[tf.Tensor], list[tf.Tensor]]:
        """A strip's kept features, (rows, width, channels), and its part of the sums in the Gram matrices."""
        features, pooled = self._network.shallow_features(
            part, (*self._kept, *self._summed), pooling=self._pooling, padding=self._padding
        )
        found = {layer: rows.without_halo(found, layer) for layer, found in (*features.items(), (_POOLED, pooled))}
        kept = [found[layer] for layer in self._kept]
        if weights is None:
            return kept, [gram_sum(found[layer]) for layer in self._summed]
        return kept, [
            gram_sum(tf.cast(found[layer], tf.float32) * tf.sqrt(weights[layer][0, slice(*rows.own(layer))]))
            for layer in self._summed
        ]

    def _rows(self, picture: tf.Tensor, strip: tf.Tensor) -> _Rows:
        height = tf.shape(picture)[1]
        first = strip * self._height(picture)
        end = tf.minimum(first + self._height(picture), height)
        return _Rows(first, end, tf.maximum(first - _HALO_PX, 0), tf.minimum(end + _HALO_PX, height))

    def _count(self, picture: tf.Tensor) -> tf.Tensor:
        """How many strips a picture has."""
        return -(-tf.shape(picture)[1] // self._height(picture))

    def _height(self, picture: tf.Tensor) -> tf.Tensor:
        """How many rows each strip has: roughly equal, and a whole number of positions of the pooled output."""
        height = tf.shape(picture)[1]
        strips = -(-height // self._strip_rows)
        return -(-height // (strips * _POOLED_PX)) * _POOLED_PX


def _pixels_of(layer: str) -> int:
    """How many of the picture's rows one row of a shallow layer's features covers."""
    return _POOLED_PX if layer == _POOLED else 2 ** (int(layer[len("block")]) - 1)


def _shrunk(pixels: tf.Tensor, layer: str) -> tf.Tensor:
    return -(-pixels // _pixels_of(layer))


def _positions(picture: tf.Tensor, layer: str, weights: Mapping[str, tf.Tensor] | None = None) -> tf.Tensor:
    """How many positions a layer's features have; with weights, their sum."""
    if weights is not None:
        return tf.maximum(tf.reduce_sum(weights[layer]), 1e-6)
    height, width = (_shrunk(side, layer) for side in (tf.shape(picture)[1], tf.shape(picture)[2]))
    return tf.cast(height * width, tf.float32)
