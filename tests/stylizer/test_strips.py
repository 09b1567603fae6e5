"""A picture seen in strips is the same as the whole picture: its losses, gradients and Gram matrices."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from stylizer.events import Finished, Progress
from stylizer.objective import Objective, WeightedStyle
from stylizer.painter import Painter
from stylizer.recipe import LAYERS, Scale, load_recipe
from stylizer.scales import MAX_WHOLE_PIXELS, ROOMY_WHOLE_PIXELS
from stylizer.vgg16 import VGG16
from stylizer.weights import random_weights
from tests.stylizer.conftest import TINY_CHANNELS, photograph, strokes, style_grams

PRECISIONS = {tf.float32: 2e-5, tf.bfloat16: 0.03}
"""Of each: how far two ways of adding the same numbers may be apart, relative to the largest."""
SIZES = [(64, 48), (49, 23), (46, 31), (13, 40), (33, 1), (3, 5), (1, 1)]
"""With odd sides, with a last strip of one row, with one column, and with a single strip."""
STRIP_ROWS = 12

ALL_LAYERS = dict.fromkeys(LAYERS, 1.0)
WASSERSTEIN = dict.fromkeys(("block1_conv1", "block2_conv1"), "wasserstein")
SHALLOW_CONTENT = ("block1_conv2", "block2_conv1", "block3_conv1")


def picture(height: int, width: int, *, seed: int) -> tf.Tensor:
    return tf.constant(np.random.default_rng(seed).random((1, height, width, 3)), tf.float32)


def assert_same(ours: tf.Tensor, theirs: tf.Tensor, *, dtype: tf.DType = tf.float32) -> None:
    values = np.asarray(tf.cast(theirs, tf.float32))
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(
        np.asarray(tf.cast(ours, tf.float32)), values, atol=PRECISIONS[dtype] * max(1e-9, float(np.abs(values).max()))
    )


@pytest.mark.parametrize(
    ("settings", "dtype"),
    [
        ({}, tf.float32),
        (
            {"style_layers": ALL_LAYERS, "style_distances": {}, "normalization": "plain", "padding": "zero"},
            tf.float32,
        ),
        ({"style_layers": {"block1_conv1": 1.0, "block2_conv1": 1.0}, "content_layers": SHALLOW_CONTENT}, tf.float32),
        ({"style_layers": ALL_LAYERS, "content_layers": ("block2_conv2",), "pooling": "average"}, tf.float32),
        ({"style_layers": ALL_LAYERS, "style_distances": WASSERSTEIN}, tf.float32),
        ({}, tf.bfloat16),
    ],
)
def test_losses_gradients_and_targets_of_strips_add_up_to_those_of_the_whole_picture(
    settings: dict[str, Any], dtype: tf.DType
) -> None:
    recipe = load_recipe("painterly", **settings)
    network = VGG16(random_weights(TINY_CHANNELS), compute_dtype=dtype)
    whole = Objective(network, recipe)
    strips = Objective(network, recipe, in_strips=True, max_whole_pixels=0, strip_rows=STRIP_ROWS)
    for height, width in SIZES:
        content, style, canvas = (picture(height, width, seed=seed) for seed in (1, 2, 3))
        opacity = picture(height, width, seed=4)[..., :1]
        expected, found = (objective.aim(content, [WeightedStyle(style)], recipe) for objective in (whole, strips))
        in_part = [objective.aim(content, [WeightedStyle(style, opacity)], recipe) for objective in (whole, strips)]
        for theirs, ours in zip(
            (*expected.content, *style_grams(expected, recipe), *style_grams(in_part[0], recipe)),
            (*found.content, *style_grams(found, recipe), *style_grams(in_part[1], recipe)),
            strict=True,
        ):
            assert_same(ours, theirs, dtype=dtype)
        of_whole, of_strips = whole.evaluate(canvas, expected), strips.evaluate(canvas, expected)
        np.testing.assert_allclose(of_strips.terms, of_whole.terms, rtol=PRECISIONS[dtype])
        assert_same(of_strips.gradient, of_whole.gradient, dtype=dtype)


@pytest.fixture
def cramped(tiny_painter: Painter, monkeypatch: pytest.MonkeyPatch) -> None:
    """No memory for more than what is always painted as a whole."""
    assert tiny_painter.canvas_memory is not None
    monkeypatch.setattr(tiny_painter, "canvas_memory", replace(tiny_painter.canvas_memory, roomy_whole_pixels=0))


def test_a_larger_canvas_is_painted_whole_where_there_is_room(tiny_painter: Painter) -> None:
    recipe, most = load_recipe(), ROOMY_WHOLE_PIXELS
    whole = tiny_painter.descent_for(recipe)
    assert tiny_painter.descent_for(recipe, pixels=most) is whole
    assert tiny_painter.descent_for(recipe, pixels=most + 1) is not whole


@pytest.mark.usefixtures("cramped")
def test_where_memory_is_scarce_only_canvases_up_to_half_a_megapixel_are_painted_whole(tiny_painter: Painter) -> None:
    recipe = load_recipe()
    whole = tiny_painter.descent_for(recipe)
    assert tiny_painter.descent_for(recipe, pixels=MAX_WHOLE_PIXELS) is whole
    strips = tiny_painter.descent_for(recipe, pixels=MAX_WHOLE_PIXELS + 1)
    assert strips is not whole
    canvas, style = picture(40, 31, seed=1), picture(40, 31, seed=2)
    aim = whole.objective.aim(canvas, [WeightedStyle(style)], recipe)
    ours, theirs = (
        descent.optimizer.step(descent.optimizer.start(canvas, aim), aim).picture for descent in (strips, whole)
    )
    np.testing.assert_allclose(ours, theirs, atol=1e-4)


@pytest.mark.usefixtures("cramped")
def test_a_painting_in_strips_gets_better_with_each_step(tiny_painter: Painter) -> None:
    recipe = load_recipe("painterly", longest_side_px=736, scales=(Scale(1.0, 3),))
    events = list(tiny_painter.paint(photograph(736, 720), strokes(736, 720), recipe=recipe, gif_limit_bytes=0))
    losses = [event.losses.total for event in events if isinstance(event, Progress)]
    assert isinstance(events[-1], Finished)
    assert losses[0] > losses[1]
