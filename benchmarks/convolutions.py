"""Times the network's convolutions alone, the minimum that a step needs.

Times differ between machines; their ratios to these convolutions hardly do.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

import tensorflow as tf

from stylizer.recipe import LAYERS, Recipe
from stylizer.weights import layer_shapes


def deepest_layer(recipes: Iterable[Recipe]) -> str:
    """The deepest layer that any of these recipes uses; each scale may use other layers, see `Recipe.at`."""
    layers = {layer for recipe in recipes for layer in (*recipe.content_layers, *recipe.style_layers)}
    return max(layers, key=LAYERS.index)


class Convolutions:
    """Plain `tf.nn.conv2d`, forward, of every layer down to the deepest one, for a canvas of one size."""

    def __init__(self, deepest: str, *, width_px: int, height_px: int, dtype: tf.DType) -> None:
        self._layers = []
        for layer, shape in layer_shapes().items():
            shrunk = 2 ** (int(layer[len("block")]) - 1)
            features = tf.ones((1, -(-height_px // shrunk), -(-width_px // shrunk), shape[2]), dtype)
            self._layers.append((features, tf.ones(shape, dtype)))
            if layer == deepest:
                break
        specs = tf.TensorSpec((1, None, None, None), dtype), tf.TensorSpec((3, 3, None, None), dtype)
        self._convolve = tf.function(
            lambda features, kernel: tf.nn.conv2d(features, kernel, 1, "SAME"), input_signature=specs
        )

    def seconds(self) -> float:
        """Compute each once, one after another. Reading one value back waits for the GPU to finish."""
        began = time.perf_counter()
        for features, kernel in self._layers:
            self._convolve(features, kernel)[0, 0, 0, 0].numpy()
        return time.perf_counter() - began
