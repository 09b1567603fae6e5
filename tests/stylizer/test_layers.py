"""The layers' handwritten gradients match automatic differentiation."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import tensorflow as tf

from stylizer.layers import Edges, FrozenConvolution, Halving, max_pool
from stylizer.recipe import LAYERS, Pooling
from stylizer.vgg16 import VGG16, at_layers
from stylizer.weights import Weights, random_weights
from tests.stylizer.conftest import TINY_CHANNELS

PRECISIONS = {tf.float32: 1e-5, tf.bfloat16: 0.02}
"""Of each: how far two ways of adding the same numbers may be apart, relative to the largest."""
ALWAYS = Halving(min_channels=1, min_positions=1)
SIZES = [(8, 8), (7, 8), (8, 5), (9, 7), (1, 1), (1, 6), (2, 3)]

rng = np.random.default_rng(3)


def values(*shape: int, dtype: tf.DType = tf.float32) -> tf.Tensor:
    return tf.cast(tf.constant(rng.standard_normal(shape), tf.float32), dtype)


def gradient(function: Callable[[tf.Tensor], tf.Tensor], at: tf.Tensor, weights: tf.Tensor | None = None) -> np.ndarray:
    """Differentiate a function's weighted outputs by its input."""
    with tf.GradientTape() as tape:
        tape.watch(at)
        output = function(at)
        total = tf.reduce_sum(tf.cast(output, tf.float32) * (1.0 if weights is None else weights))
    return np.asarray(tf.cast(tape.gradient(total, at), tf.float32))


def assert_close(ours: np.ndarray, theirs: np.ndarray, *, dtype: tf.DType) -> None:
    np.testing.assert_allclose(ours, theirs, atol=PRECISIONS[dtype] * max(1e-3, float(np.abs(theirs).max())))


@pytest.mark.parametrize("dtype", PRECISIONS)
@pytest.mark.parametrize("edges", ["SAME", "VALID"])
@pytest.mark.parametrize("channels", [(3, 4), (4, 6), (8, 4)])
@pytest.mark.parametrize(("height", "width"), [(8, 8), (9, 7), (3, 5)])
def test_a_convolutions_gradient_matches_automatic_differentiation(
    dtype: tf.DType, edges: str, channels: tuple[int, int], height: int, width: int
) -> None:
    kernel, bias = values(3, 3, *channels, dtype=dtype), values(channels[1], dtype=dtype)
    picture = values(1, height, width, channels[0], dtype=dtype)

    def plain(features: tf.Tensor) -> tf.Tensor:
        return tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(features, kernel, 1, edges), bias))

    convolution = FrozenConvolution(kernel, bias)
    ours, theirs = convolution(picture, edges=edges), plain(picture)  # type: ignore[arg-type]  # one of the two literals
    np.testing.assert_array_equal(tf.cast(ours, tf.float32), tf.cast(theirs, tf.float32))
    weights = values(*theirs.shape)
    assert_close(
        gradient(lambda at: convolution(at, edges=edges), picture, weights),  # type: ignore[arg-type]
        gradient(plain, picture, weights),
        dtype=dtype,
    )


@pytest.mark.parametrize("channels", [(3, 4), (4, 6)])
@pytest.mark.parametrize(
    ("edges", "height", "width"),
    [*(("SAME", *size) for size in SIZES), ("VALID", 3, 5), ("VALID", 8, 8), ("VALID", 9, 7)],
)
def test_halves_give_the_same_features_and_gradient(
    edges: Edges, height: int, width: int, channels: tuple[int, int]
) -> None:
    kernel, bias, features = values(3, 3, *channels), values(channels[1]), values(1, height, width, channels[0])
    whole, halves = FrozenConvolution(kernel, bias), FrozenConvolution(kernel, bias, halving=ALWAYS)
    expected = whole(features, edges=edges).numpy()
    assert_close(halves(features, edges=edges).numpy(), expected, dtype=tf.float32)
    weights = values(*expected.shape)
    assert_close(
        gradient(lambda at: halves(at, edges=edges), features, weights),
        gradient(lambda at: whole(at, edges=edges), features, weights),
        dtype=tf.float32,
    )


@pytest.mark.parametrize(
    ("halving", "height", "batch"),
    [
        (Halving(min_channels=6, min_positions=40), 5, 2),
        (Halving(min_channels=6, min_positions=40), 4, 1),  # too few positions
        (Halving(min_channels=7, min_positions=1), 5, 1),  # too few channels
        (None, 5, 1),
    ],
)
@pytest.mark.parametrize("is_pooled", [False, True])
def test_only_large_convolutions_are_halved(
    halving: Halving | None, height: int, batch: int, is_pooled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    convolution = FrozenConvolution(values(3, 3, 4, 6), values(6), halving=halving)
    plain, batches = tf.nn.conv2d, []

    def recorded(features: tf.Tensor, *rest: object) -> tf.Tensor:
        batches.append(features.shape[0])
        return plain(features, *rest)

    monkeypatch.setattr(tf.nn, "conv2d", recorded)
    gradient(convolution.pooled if is_pooled else convolution, values(1, height, 8, 4))
    assert batches == [batch, batch]  # forward and backward


def test_a_graph_of_any_size_halves_by_size() -> None:
    kernel, bias = values(3, 3, 4, 6), values(6)
    halved = FrozenConvolution(kernel, bias, halving=Halving(min_channels=1, min_positions=40))
    traced = tf.function(halved, input_signature=[tf.TensorSpec((1, None, None, 4))])
    for height in (1, 4, 5, 9):
        features = values(1, height, 8, 4)
        expected = halved.without_halves()(features).numpy()
        assert_close(traced(features).numpy(), expected, dtype=tf.float32)


@pytest.mark.parametrize("dtype", PRECISIONS)
@pytest.mark.parametrize(("height", "width"), SIZES)
def test_max_poolings_gradient_matches_automatic_differentiation(dtype: tf.DType, height: int, width: int) -> None:
    # All distinct so that no maxima are equal, except a quarter set to zero, as by a ReLU.
    order = rng.permutation(height * width * 2).reshape(1, height, width, 2)
    features = tf.cast(tf.constant(np.maximum(order - height * width // 2, 0), tf.float32), dtype)
    weights = values(*tf.nn.max_pool2d(features, 2, 2, "SAME").shape)
    rectified = gradient(lambda at: tf.nn.max_pool2d(tf.nn.relu(at), 2, 2, "SAME"), features, weights)
    assert_close(gradient(max_pool, features, weights), rectified, dtype=dtype)


@pytest.mark.parametrize("dtype", PRECISIONS)
def test_equal_maxima_share_the_gradient(dtype: tf.DType) -> None:
    window = tf.cast(tf.constant([[3.0, 1.0], [3.0, 3.0]])[None, :, :, None], dtype)
    shared = gradient(max_pool, window, tf.constant(6.0))
    np.testing.assert_allclose(shared[0, :, :, 0], [[2, 0], [2, 2]], rtol=0.01)


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_a_plain_picture_gets_the_same_gradient_everywhere(height: int, width: int) -> None:
    """With odd sides, the last windows are smaller, so each of their positions has a larger share."""
    shares = gradient(max_pool, tf.ones((1, height, width, 1)))[0, :, :, 0]
    assert shares[: height // 2 * 2, : width // 2 * 2] == pytest.approx(0.25)
    assert shares.sum() == pytest.approx(-(-height // 2) * -(-width // 2))


def test_max_pooling_of_zeros_passes_no_gradient() -> None:
    np.testing.assert_array_equal(gradient(max_pool, tf.zeros((1, 5, 4, 3))), 0)


@pytest.mark.parametrize("dtype", PRECISIONS)
@pytest.mark.parametrize(("height", "width"), SIZES)
def test_a_pooled_convolution_equals_convolution_followed_by_pooling(dtype: tf.DType, height: int, width: int) -> None:
    convolution = FrozenConvolution(values(3, 3, 4, 6, dtype=dtype), values(6, dtype=dtype))
    features = values(1, height, width, 4, dtype=dtype)

    def in_two_steps(at: tf.Tensor) -> tf.Tensor:
        return max_pool(convolution(at))

    two_steps = in_two_steps(features)
    np.testing.assert_array_equal(tf.cast(convolution.pooled(features), tf.float32), tf.cast(two_steps, tf.float32))
    weights = values(*two_steps.shape)
    assert_close(
        gradient(convolution.pooled, features, weights), gradient(in_two_steps, features, weights), dtype=dtype
    )


def plain_features(weights: Weights, picture: tf.Tensor, pooling: Pooling) -> dict[str, tf.Tensor]:
    """Return every layer's features, using only TensorFlow's own operations."""
    hidden = picture[..., ::-1] * 255.0 - tf.constant((103.939, 116.779, 123.68))
    hidden = tf.pad(hidden, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="SYMMETRIC")
    found = {}
    for layer in LAYERS:
        kernel, bias = weights[layer]
        if layer.endswith("conv1") and layer != LAYERS[0]:
            pool = tf.nn.max_pool2d if pooling == "max" else tf.nn.avg_pool2d
            hidden = pool(hidden, 2, 2, "SAME") * (1.0 if pooling == "max" else 2.0)
        edges = "VALID" if layer == LAYERS[0] else "SAME"
        found[layer] = hidden = tf.nn.relu(tf.nn.conv2d(hidden, tf.constant(kernel), 1, edges) + tf.constant(bias))
    return found


@pytest.mark.parametrize("wanted", [LAYERS, ("block2_conv1", "block5_conv1"), ("block1_conv2", "block4_conv3")])
@pytest.mark.parametrize("pooling", ["max", "average"])
@pytest.mark.parametrize(("height", "width"), [(32, 32), (37, 23), (5, 3)])
@pytest.mark.parametrize("halving", [None, ALWAYS, Halving(min_channels=8, min_positions=30)])
def test_the_networks_gradient_matches_automatic_differentiation(
    wanted: tuple[str, ...], pooling: Pooling, height: int, width: int, halving: Halving | None
) -> None:
    weights = random_weights(TINY_CHANNELS)
    network = VGG16(weights, halving=halving)
    picture = tf.constant(rng.random((1, height, width, 3)), tf.float32)

    def together(features: dict[str, tf.Tensor]) -> tf.Tensor:
        return tf.concat([tf.reshape(features[layer], (-1,)) for layer in LAYERS if layer in wanted], axis=0)

    def ours(at: tf.Tensor) -> tf.Tensor:
        return together(network.features(at, wanted, pooling=pooling, padding="replicate"))

    def theirs(at: tf.Tensor) -> tf.Tensor:
        return together(plain_features(weights, at, pooling))

    assert_close(ours(picture).numpy(), theirs(picture).numpy(), dtype=tf.float32)
    shares = values(*ours(picture).shape)
    assert_close(gradient(ours, picture, shares), gradient(theirs, picture, shares), dtype=tf.float32)


@pytest.mark.parametrize(("height", "width"), [(32, 32), (37, 23), (5, 3)])
def test_each_layers_opacity_has_the_size_of_its_features(height: int, width: int) -> None:
    features = VGG16(random_weights(TINY_CHANNELS)).features(tf.zeros((1, height, width, 3)), LAYERS)
    opacities = at_layers(tf.ones((1, height, width, 1)))
    for layer in LAYERS:
        assert opacities[layer].shape[:3] == features[layer].shape[:3]
        np.testing.assert_allclose(opacities[layer], 1)


def test_a_position_is_weighted_by_the_opacity_of_its_area() -> None:
    opacity = np.zeros((1, 16, 16, 1), np.float32)
    opacity[:, :, :6] = 1
    opacities = at_layers(tf.constant(opacity))
    np.testing.assert_allclose(opacities["block3_conv1"][0, 0, :, 0], [1, 0.5, 0, 0])
    np.testing.assert_allclose(opacities["block5_conv1"][0, 0, :, 0], [0.375])
