"""Times the network's convolutions alone, with bias and ReLU, as the painter computes them: the least a step needs.

Times differ between machines; their ratios to these convolutions hardly do.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

import tensorflow as tf

from stylizer.recipe import LAYERS, Recipe
from stylizer.vgg16 import VGG16


def deepest_layer(recipes: Iterable[Recipe]) -> str:
    """The deepest layer that any of these recipes uses; each scale may use other layers, see `Recipe.at`."""
    layers = {layer for recipe in recipes for layer in (*recipe.content_layers, *recipe.style_layers)}
    return max(layers, key=LAYERS.index)


class Convolutions:
    """The network's convolutions, forward, of every layer down to the deepest one, for a canvas of one size."""

    def __init__(self, network: VGG16, deepest: str, *, width_px: int, height_px: int) -> None:
        self._layers = []
        for layer in LAYERS[: LAYERS.index(deepest) + 1]:
            shrunk = 2 ** (int(layer[len("block")]) - 1)
            convolution = network.convolutions[layer]
            spec = tf.TensorSpec((1, None, None, convolution.input_channels), network.compute_dtype)
            features = tf.ones((1, -(-height_px // shrunk), -(-width_px // shrunk), spec.shape[3]), spec.dtype)
            self._layers.append((tf.function(convolution, input_signature=[spec]), features))

    def seconds(self) -> float:
        """Compute each once, one after another. Reading one value back waits for the GPU to finish."""
        began = time.perf_counter()
        for convolve, features in self._layers:
            convolve(features)[0, 0, 0, 0].numpy()
        return time.perf_counter() - began
