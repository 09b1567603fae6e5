"""VGG16's convolution layers (Simonyan & Zisserman 2014, configuration D) as a feature extractor."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from copy import copy
from itertools import pairwise
from typing import NamedTuple, Self

import tensorflow as tf

from stylizer.layers import Edges, FrozenConvolution, Halving, pool
from stylizer.recipe import LAYERS, SHALLOW_LAYERS, Padding, Pooling
from stylizer.weights import Weights

# The input convention of the published weights: BGR, 0 to 255, less the mean of the training pictures. Here, the first
# kernel takes RGB, because reversing its channels once is cheaper than reversing those of each picture.
_MEAN_RGB = (123.68, 116.779, 103.939)
# Features reach 49,000 for natural pictures, and float16 ends at 65,504. A power of two loses no digits.
_FLOAT16_FEATURE_SCALE = 1 / 64

Taps = Mapping[str, Callable[[tf.Tensor], tuple[tf.Tensor, tf.Tensor]]]
"""By layer, a function of its features that returns the same features, for the next layer, and their Gram matrix, or
those of their regions."""

NO_TAPS: Taps = {}

_BEFORE_POOLING = frozenset(layer for layer, following in pairwise(LAYERS) if following.endswith("conv1"))


class Seen(NamedTuple):
    """What a network sees in a picture."""

    features: dict[str, tf.Tensor]
    """By layer, (1, height, width, channels)."""
    grams: dict[str, tf.Tensor]
    """By layer, (channels, channels) float32; of regions, (regions, channels, channels)."""


class VGG16:
    """The network, with its weights in the precision of its computations."""

    def __init__(
        self, weights: Weights, *, compute_dtype: tf.DType = tf.float32, halving: Halving | None = None
    ) -> None:
        self.compute_dtype = compute_dtype
        self.feature_scale = _FLOAT16_FEATURE_SCALE if compute_dtype == tf.float16 else 1.0
        """The factor by which all features are scaled. Without biases, scaling the picture would scale every layer of
        a ReLU network; so the biases are scaled, too."""
        self.convolutions = {
            layer: FrozenConvolution(
                tf.constant(kernel[:, :, ::-1] if layer == LAYERS[0] else kernel, compute_dtype),
                tf.constant(bias * self.feature_scale, compute_dtype),
                halving=halving,
            )
            for layer, (kernel, bias) in weights.items()
        }
        """By layer, from the shallowest to the deepest."""

    def without_halves(self) -> Self:
        """The same network, as XLA can compile it."""
        network = copy(self)
        network.convolutions = {layer: one.without_halves() for layer, one in self.convolutions.items()}
        return network

    def features(
        self, picture: tf.Tensor, layers: Collection[str], *, pooling: Pooling = "max", padding: Padding = "zero"
    ) -> dict[str, tf.Tensor]:
        """Compute the features of each wanted layer, after its ReLU.

        `picture` is (1, height, width, 3) float32, RGB from 0 to 1, of any size down to one pixel. A layer's features
        are (1, height / 2^(block - 1), width / 2^(block - 1), channels), sides rounded up, in `compute_dtype`, times
        `feature_scale`.
        `replicate` extends the picture beyond its edges for the first convolution, which keeps them from darkening.
        """
        return self.see(picture, layers, pooling=pooling, padding=padding).features

    def see(
        self,
        picture: tf.Tensor,
        layers: Collection[str],
        *,
        pooling: Pooling = "max",
        padding: Padding = "zero",
        taps: Taps = NO_TAPS,
    ) -> Seen:
        """Compute `features`, and the Gram matrices of those layers that have taps."""
        return self._along(_up_to_deepest(layers), self._input(picture, padding), layers, pooling, padding, taps)[0]

    def shallow_features(
        self, picture: tf.Tensor, layers: Collection[str], *, pooling: Pooling = "max", padding: Padding = "zero"
    ) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
        """The features of the wanted layers in `SHALLOW_LAYERS`, and what the others take: their pooled output."""
        seen, pooled = self._along(SHALLOW_LAYERS, self._input(picture, padding), layers, pooling, padding)
        return seen.features, pooled

    def see_deep(
        self, pooled: tf.Tensor, layers: Collection[str], *, pooling: Pooling = "max", taps: Taps = NO_TAPS
    ) -> Seen:
        """What `see` returns of the wanted layers beyond `SHALLOW_LAYERS`, from the pooled output of those."""
        path = _up_to_deepest(layers)[len(SHALLOW_LAYERS) :]
        return self._along(path, pooled, layers, pooling, "zero", taps)[0]

    def channels(self, layer: str) -> int:
        """How many channels a layer's features have."""
        return self.convolutions[layer].channels

    def _input(self, picture: tf.Tensor, padding: Padding) -> tf.Tensor:
        """What the first convolution takes."""
        hidden = (picture * 255.0 - tf.constant(_MEAN_RGB)) * self.feature_scale
        hidden = tf.cast(hidden, self.compute_dtype)
        if padding == "replicate":
            hidden = tf.pad(hidden, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="SYMMETRIC")
        return hidden

    def _along(
        self,
        path: Sequence[str],
        hidden: tf.Tensor,
        wanted: Collection[str],
        pooling: Pooling,
        padding: Padding,
        taps: Taps = NO_TAPS,
    ) -> tuple[Seen, tf.Tensor]:
        """What is seen in the wanted layers on a path, and what the layer after the path takes."""
        seen = Seen({}, {})
        for layer in path:
            convolution = self.convolutions[layer]
            if layer in _BEFORE_POOLING and layer not in wanted and pooling == "max":
                hidden = convolution.pooled(hidden)
                continue
            edges: Edges = "VALID" if layer == LAYERS[0] and padding == "replicate" else "SAME"
            hidden = convolution(hidden, edges=edges)
            if layer in wanted and layer in taps:
                hidden, seen.grams[layer] = taps[layer](hidden)
            if layer in wanted:
                seen.features[layer] = hidden
            if layer in _BEFORE_POOLING:
                hidden = pool(hidden, pooling)
        return seen, hidden


def _up_to_deepest(layers: Collection[str]) -> tuple[str, ...]:
    """The network's layers up to the deepest of these."""
    return LAYERS[: max(map(LAYERS.index, layers), default=-1) + 1]


def at_layers(opacity: tf.Tensor) -> dict[str, tf.Tensor]:
    """How much each position of each layer's features counts: the mean of the opacity it covers.

    `opacity` is (1, height, width, n) float32; each layer's has the height and width of its features.
    """
    found = {}
    for layer in LAYERS:
        found[layer] = opacity
        if layer in _BEFORE_POOLING:
            opacity = tf.nn.avg_pool2d(opacity, 2, 2, "SAME")
    return found
