"""Gradients that take as much memory as a layer's features are computed only once those of the next layer are there."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import tensorflow as tf

from stylizer.layers import max_pool
from stylizer.losses import AngleDistance, RegionStyleLoss, StyleLoss

FEATURES = tf.TensorSpec((1, None, None, 4), tf.float32)


def pooled(features: tf.Tensor) -> tuple[tf.Tensor, ...]:
    return (max_pool(features),)


def in_regions(features: tf.Tensor) -> tuple[tf.Tensor, ...]:
    return RegionStyleLoss(AngleDistance()).tap(features, tf.ones((*FEATURES.shape[:1], 6, 6, 2)))


def kinds_after(operation: tf.Operation) -> set[str]:
    """The kinds of operations that can't begin before this one has ended."""
    found: set[tf.Operation] = set()
    following = [operation]
    while following:
        latest = following.pop()
        nearest = {consumer for output in latest.outputs for consumer in output.consumers()}
        nearest |= {one for one in latest.graph.get_operations() if latest in one.control_inputs}
        following += nearest - found
        found |= nearest
    return {one.type for one in found}


@pytest.mark.parametrize(
    ("layer", "costly"),
    [(StyleLoss(AngleDistance()).tap, "MatMul"), (in_regions, "StatelessWhile"), (pooled, "Cast")],
)
def test_costly_gradients_wait_for_the_next_layer(
    layer: Callable[[tf.Tensor], tuple[tf.Tensor, ...]], costly: str
) -> None:
    def gradient(features: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(features)
            onward, *grams = layer(features)
            total = tf.add_n([tf.reduce_sum(values) for values in (tf.tanh(onward), *grams)])
        return tape.gradient(total, features)

    graph = tf.function(gradient, autograph=False, input_signature=[FEATURES]).get_concrete_function().graph
    (of_next_layer,) = (one for one in graph.get_operations() if one.type == "TanhGrad")
    assert costly in kinds_after(of_next_layer)
