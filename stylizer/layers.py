"""The network's layers, with gradients that are cheap because the weights never change.

TensorFlow's gradients of a convolution and of pooling serve every use, including training. Here only the gradient
with respect to the input is needed, which has a shortcut: on processors without AVX-512 it halves the time of a step.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Literal, NamedTuple

import tensorflow as tf

from stylizer.recipe import Pooling

Edges = Literal["SAME", "VALID"]

# In a rectified, sparse layer, the average over 2 x 2 is about half of the maximum.
_AVERAGE_POOLING_GAIN = 2.0
# Convolutions are made for many channels: with this few, those of a picture, most of their arithmetic is wasted.
_FEW_CHANNELS = 4


class Halving(NamedTuple):
    """The smallest convolution that is faster if it takes the two halves of its input as a batch of two.

    For a batch of one in float32, TensorFlow gives oneDNN the kernel in a layout for which its code is slower with
    AVX-512, and much slower without.
    """

    min_channels: int
    """Of its input or of its output, whichever has more."""
    min_positions: int
    """Height times width of its input."""


class FrozenConvolution:
    """A convolution of 3 x 3 or 1 x 1 and stride 1 with bias and ReLU, whose weights never change."""

    def __init__(self, kernel: tf.Tensor, bias: tf.Tensor, *, halving: Halving | None = None) -> None:
        """`kernel` is (height, width, input channels, output channels), `bias` (output channels,); of one dtype."""
        self._kernel = kernel
        self._bias = bias
        has_many_channels = halving is not None and max(kernel.shape[2:]) >= halving.min_channels
        self._halving = halving if has_many_channels else None
        # The gradient of a SAME convolution with respect to its input is a SAME convolution: the kernel is rotated by
        # 180 degrees, and input and output channels are swapped. Dumoulin & Visin 2016 (arXiv 1603.07285), section 4.
        self._backward_kernel = tf.transpose(kernel[::-1, ::-1], (0, 1, 3, 2))
        self._is_in_squares = kernel.shape[2] < _FEW_CHANNELS and self._halving is None
        if self._is_in_squares:
            self._backward_kernel = _for_squares(self._backward_kernel)

    def without_halves(self) -> FrozenConvolution:
        """The same convolution, always of its whole input."""
        return FrozenConvolution(self._kernel, self._bias)

    @property
    def input_channels(self) -> int:
        """How many channels its input has."""
        return int(self._kernel.shape[2])

    @property
    def channels(self) -> int:
        """How many channels its output has."""
        return int(self._kernel.shape[3])

    def __call__(self, features: tf.Tensor, *, edges: Edges = "SAME") -> tf.Tensor:
        """Convolve `features`, (1, height, width, input channels), and rectify."""

        @tf.custom_gradient  # type: ignore[untyped-decorator]  # TensorFlow has no types
        def convolve(features: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
            convolved = self._forward(features, edges)

            def gradient(upstream: tf.Tensor) -> tf.Tensor:
                rectified = tf.raw_ops.ReluGrad(gradients=upstream, features=convolved)
                return self._backward(rectified, tf.shape(features), edges)

            return convolved, gradient

        return convolve(features)

    def pooled(self, features: tf.Tensor) -> tf.Tensor:
        """`max_pool` of the SAME convolution, if the convolution itself isn't needed.

        The gradient of the pooling does the rectifying for both, which saves a pass over the larger tensor.
        """

        @tf.custom_gradient  # type: ignore[untyped-decorator]  # TensorFlow has no types
        def convolve_and_pool(features: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
            pooled, unpool = _pool(self._forward(features, "SAME"))
            return pooled, lambda upstream: self._backward(unpool(upstream), tf.shape(features), "SAME")

        return convolve_and_pool(features)

    def _forward(self, features: tf.Tensor, edges: Edges) -> tf.Tensor:
        rows, columns = (0 if edges == "VALID" else (side - 1) // 2 for side in self._kernel.shape[:2])
        return self._convolved(features, self._kernel, rows, columns, self._bias)

    def _backward(self, upstream: tf.Tensor, shape: tf.Tensor, edges: Edges) -> tf.Tensor:
        rows, columns = ((side - 1) // (1 if edges == "VALID" else 2) for side in self._kernel.shape[:2])
        if not self._is_in_squares:
            return self._convolved(upstream, self._backward_kernel, rows, columns)
        padding = ((0, 0), (rows, rows + 1), (columns, columns + 1), (0, 0))
        squares = tf.nn.conv2d(upstream, self._backward_kernel, 2, padding)
        return tf.nn.depth_to_space(squares, 2)[:, : shape[1], : shape[2]]

    def _convolved(
        self, features: tf.Tensor, kernel: tf.Tensor, rows: int, columns: int, bias: tf.Tensor | None = None
    ) -> tf.Tensor:
        """Convolve features that are padded with zeros, by `rows` and `columns` on each side; rectify if biased."""

        def convolve(features: tf.Tensor, padding_rows: int) -> tf.Tensor:
            padding = ((0, 0), (padding_rows, padding_rows), (columns, columns), (0, 0))
            convolved = tf.nn.conv2d(features, kernel, 1, padding)
            return convolved if bias is None else tf.nn.relu(tf.nn.bias_add(convolved, bias))

        if self._halving is None:
            return convolve(features, rows)
        overlap = kernel.shape[0] - 1
        parts = _cutter(features.dtype, overlap, rows, self._halving.min_positions)(features)
        convolved = convolve(tf.ensure_shape(parts, (None, None, None, features.shape[3])), 0)
        joined = tf.reshape(convolved, (-1, tf.shape(convolved)[2], kernel.shape[3]))
        return joined[: tf.shape(features)[1] + 2 * rows - overlap][None]


@cache
def _cutter(dtype: tf.DType, overlap: int, padding: int, min_positions: int) -> Callable[[tf.Tensor], tf.Tensor]:
    """What cuts features of at least `min_positions` into halves, and only pads others.

    Traced only once: tracing it for each convolution would take more than a second in all.
    """
    spec = tf.TensorSpec((None, None, None, None), dtype)

    @tf.function(autograph=False, input_signature=[spec])  # type: ignore[untyped-decorator]  # TensorFlow has no types
    def cut(features: tf.Tensor) -> tf.Tensor:
        """(1, rows, columns, channels) -> (parts, part's rows, columns, channels).

        Each half has half of the output's rows, rounded up, and `overlap` more. Above are `padding` rows of zeros,
        below at least as many. Everything is copied only once: slices of the first dimension usually aren't.
        """
        _, rows, columns, channels = tf.unstack(tf.shape(features))

        def halves() -> tf.Tensor:
            only = features[0]
            half_rows = (rows + 2 * padding - overlap + 1) // 2 + overlap
            upper_end = half_rows - padding
            lower_first = upper_end - overlap

            def zeros(count: tf.Tensor | int) -> tf.Tensor:
                return tf.zeros((count, columns, channels), dtype)

            upper = [zeros(padding), only[:upper_end], zeros(tf.maximum(upper_end - rows, 0))]
            lower = [only[lower_first:], zeros(lower_first + half_rows - rows)]
            return tf.reshape(tf.concat([*upper, *lower], axis=0), (2, half_rows, columns, channels))

        def whole() -> tf.Tensor:
            return tf.pad(features, ((0, 0), (padding, padding), (0, 0), (0, 0)))

        return tf.cond(rows * columns >= min_positions, halves, whole)

    cutter: Callable[[tf.Tensor], tf.Tensor] = cut
    return cutter


def _for_squares(kernel: tf.Tensor) -> tf.Tensor:
    """The kernel that computes 2 x 2 outputs of `kernel` at once, each as channels of its own.

    (height, width, input channels, output channels) -> (height + 1, width + 1, input channels, 4 output channels).
    """
    height, width, inputs, outputs = kernel.shape
    places = [
        tf.pad(kernel, ((row, 1 - row), (column, 1 - column), (0, 0), (0, 0))) for row in (0, 1) for column in (0, 1)
    ]
    return tf.reshape(tf.stack(places, axis=3), (height + 1, width + 1, inputs, 4 * outputs))


def pool(features: tf.Tensor, pooling: Pooling) -> tf.Tensor:
    """Shrink rectified `features`, (1, height, width, channels), by 2 x 2 positions; sides are rounded up."""
    if pooling == "max":
        return max_pool(features)
    return tf.nn.avg_pool2d(features, 2, 2, "SAME") * tf.cast(_AVERAGE_POOLING_GAIN, features.dtype)


@tf.custom_gradient  # type: ignore[untyped-decorator]  # TensorFlow has no types
def max_pool(features: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
    """The maxima of rectified features over 2 x 2 positions, SAME, stride 2.

    Equal maxima share the gradient equally: TensorFlow gives all of it to the first, which draws a lattice in plain
    parts of a picture. A maximum of 0 gets none, because the ReLU below it passes none on.
    """
    return _pool(features)


def _pool(features: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
    """`max_pool`, and its gradient, which is also that of the ReLU that made `features`."""
    pooled = tf.nn.max_pool2d(features, 2, 2, "SAME")
    shape, half = tf.shape(features), tf.shape(pooled)
    rows, columns, channels = half[1], half[2], features.shape[3]
    # An odd side is padded with zeros, which are only a maximum of zeros.
    missing = 2 * half - shape
    whole = tf.pad(features, ((0, 0), (0, missing[1]), (0, missing[2]), (0, 0)))
    whole_shape = tf.shape(whole)
    windows = tf.reshape(whole, (rows, 2, columns, 2, channels))

    def spread(values: tf.Tensor) -> tf.Tensor:
        return tf.reshape(values, (rows, 1, columns, 1, channels))

    # This is all that the gradient keeps of the features, and takes at most half of their memory.
    is_maximum = tf.equal(windows, spread(pooled))

    def gradient(upstream: tf.Tensor) -> tf.Tensor:
        # TensorFlow would compute this at once, and keep it in memory until the deeper layers are done.
        with tf.control_dependencies([upstream]):
            maxima = tf.cast(tf.reshape(is_maximum, whole_shape), features.dtype)
        count = tf.nn.avg_pool2d(maxima, 2, 2, "VALID") * 4
        share = tf.raw_ops.ReluGrad(gradients=upstream, features=pooled) / count
        shared = tf.where(is_maximum, spread(share), tf.zeros((), features.dtype))
        return tf.reshape(shared, whole_shape)[:, : shape[1], : shape[2]]

    return pooled, gradient
