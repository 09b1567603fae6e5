"""Paintings with masks: what is untouched stays so to the pixel, and each region gets its own style."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray
from PIL import Image

from stylizer.errors import EmptyMask, MaskOfAnotherShape, OutOfMemory, RepeatedStyle
from stylizer.events import Event, Finished, Progress
from stylizer.images import Picture, open_picture
from stylizer.losses import (
    AngleDistance,
    GramDistance,
    RegionStyleLoss,
    SquaredDistance,
    WassersteinDistance,
    gram_matrix,
)
from stylizer.masked_objective import MaskedCanvas, MaskedObjective
from stylizer.objective import Objective, WeightedStyle
from stylizer.painter import Painter
from stylizer.recipe import Recipe, Scale, load_recipe
from stylizer.timelapse import DEFAULT_GIF_LIMIT_BYTES
from stylizer.vgg16 import VGG16
from stylizer.weights import load_weights, random_weights
from tests.stylizer.conftest import photograph, plain, shortened, stripes, strokes
from tests.stylizer.masks import BLUE, RED, WHITE, halves

BLACK = (0, 0, 0)
CONTENT = photograph(96, 64)
RIGHT = np.s_[:, 48:]
LEFT = np.s_[:, :40]


@pytest.fixture
def recipe() -> Recipe:
    return load_recipe("painterly", longest_side_px=96, scales=(Scale(0.67, 4), Scale(1.0, 3)))


def paint(
    painter: Painter,
    recipe: Recipe,
    *styles: Picture,
    mask: Picture | None,
    content: Picture = CONTENT,
    gif_limit_bytes: int = 0,
    **options: Any,
) -> list[Event]:
    pictures = (content, *(styles or (strokes(96),)))
    return list(painter.paint(*pictures, recipe=recipe, mask=mask, gif_limit_bytes=gif_limit_bytes, **options))


def painted(events: Sequence[Event]) -> Picture:
    assert isinstance(events[-1], Finished)
    return open_picture(events[-1].painting)


@pytest.mark.parametrize(
    ("overrides", "seed"),
    [
        ({}, 0),
        ({}, 3),
        ({"colors": "content"}, 0),
        ({"colors": "matched"}, 1),
        ({"style_strength": 0.5}, 1),
        ({"style_strength": 2.0}, 0),
        ({"style_strength": 0.0}, 0),
    ],
    ids=str,
)
def test_what_is_black_is_the_content_to_the_pixel(
    tiny_painter: Painter, recipe: Recipe, overrides: dict[str, Any], seed: int
) -> None:
    events = paint(tiny_painter, recipe.with_overrides(**overrides), mask=halves(WHITE, BLACK), seed=seed)
    painting = painted(events)
    assert np.array_equal(painting.rgb[RIGHT], CONTENT.rgb[RIGHT])
    is_painted = overrides.get("style_strength") != 0
    assert np.array_equal(painting.rgb[LEFT], CONTENT.rgb[LEFT]) != is_painted


@pytest.mark.parametrize("name", ["sketch", "classic"])
def test_every_optimizer_leaves_it_untouched(tiny_painter: Painter, name: str) -> None:
    recipe = shortened(load_recipe(name, longest_side_px=96, style_layers={"block2_conv1": 1.0}), steps=3)
    painting = painted(paint(tiny_painter, recipe, mask=halves(WHITE, BLACK)))
    assert np.array_equal(painting.rgb[RIGHT], CONTENT.rgb[RIGHT])
    assert not np.array_equal(painting.rgb[LEFT], CONTENT.rgb[LEFT])


def test_gray_pictures_and_transparent_ones_keep_what_is_untouched(tiny_painter: Painter, recipe: Recipe) -> None:
    gray = Picture(np.repeat(CONTENT.rgb[..., :1], 3, axis=2), np.full(CONTENT.rgb.shape[:2], 200, np.uint8))
    gray.rgb[::7, ::5, 0] += 3  # as much color as compression makes
    painting = painted(paint(tiny_painter, recipe, strokes(96), mask=halves(WHITE, BLACK), content=gray))
    assert np.array_equal(painting.rgb[RIGHT], gray.rgb[RIGHT])
    assert painting.alpha is not None


def test_previews_and_frames_show_it_untouched(tiny_painter: Painter, recipe: Recipe) -> None:
    events = paint(tiny_painter, recipe, mask=halves(WHITE, BLACK), seed=3)
    previews = [open_picture(event.preview) for event in events if isinstance(event, Progress) and event.preview]
    assert previews
    for preview in previews:
        small = np.asarray(Image.fromarray(preview.rgb).resize((96, 64), Image.Resampling.BOX), np.int64)
        assert np.abs(small - CONTENT.rgb)[:, 52:].mean() < 3
        assert np.abs(small - CONTENT.rgb)[LEFT].mean() > 6


def test_a_painting_continues_with_the_same_mask(tiny_painter: Painter, recipe: Recipe) -> None:
    mask, small = halves(WHITE, BLACK), shortened(load_recipe("sketch", longest_side_px=64), steps=3)
    start = painted(paint(tiny_painter, small, mask=mask, seed=1))
    painting = painted(paint(tiny_painter, recipe, mask=mask, start=start, seed=1))
    assert np.array_equal(painting.rgb[RIGHT], CONTENT.rgb[RIGHT])


def test_a_blend_is_painted_where_the_mask_is_white(tiny_painter: Painter, recipe: Recipe) -> None:
    blended = paint(tiny_painter, recipe, strokes(96), stripes(96, 96), weights=(0.7, 0.3), mask=halves(WHITE, BLACK))
    single = paint(tiny_painter, recipe, strokes(96), mask=halves(WHITE, BLACK))
    assert np.array_equal(painted(blended).rgb[RIGHT], CONTENT.rgb[RIGHT])
    assert not np.array_equal(painted(blended).rgb[LEFT], painted(single).rgb[LEFT])


def test_each_region_has_the_textures_of_its_own_style(tiny_painter: Painter) -> None:
    recipe = load_recipe("draft", longest_side_px=96, content_weight=0.0, scales=(Scale(1.0, 20),))
    styles = (strokes(96, 64), stripes(96, 64))

    def gram_of(rgb: NDArray[np.uint8]) -> tf.Tensor:
        picture = tf.constant(rgb[None].astype(np.float32) / 255)
        return gram_matrix(tiny_painter.network.features(picture, ("block2_conv1",))["block2_conv1"])

    painting = painted(paint(tiny_painter, recipe, *styles, mask=halves(RED, BLUE))).rgb
    for half, own, other in ((painting[:, :44], *styles), (painting[:, 52:], *styles[::-1])):
        to_own, to_other = (float(tf.norm(gram_of(half) - gram_of(style.rgb))) for style in (own, other))
        assert to_own < to_other / 2


def test_without_a_mask_nothing_changes(tiny_painter: Painter, recipe: Recipe) -> None:
    before = paint(tiny_painter, recipe, mask=None, gif_limit_bytes=DEFAULT_GIF_LIMIT_BYTES)[-1]
    paint(tiny_painter, recipe, mask=halves(WHITE, BLACK))
    after = paint(tiny_painter, recipe, mask=None, gif_limit_bytes=DEFAULT_GIF_LIMIT_BYTES)[-1]
    assert isinstance(before, Finished)
    assert isinstance(after, Finished)
    assert (before.painting, before.gif, before.losses) == (after.painting, after.gif, after.losses)


def test_the_same_mask_paints_the_same_picture(tiny_painter: Painter, recipe: Recipe) -> None:
    one, two = (paint(tiny_painter, recipe, mask=halves(WHITE, BLACK), seed=2)[-1] for _ in range(2))
    assert isinstance(one, Finished)
    assert isinstance(two, Finished)
    assert one.painting == two.painting


@pytest.mark.parametrize(
    ("mask", "error"), [(halves(BLACK, BLACK), EmptyMask), (plain(64, 64, WHITE), MaskOfAnotherShape)]
)
def test_bad_masks_are_refused_before_painting(
    tiny_painter: Painter, recipe: Recipe, mask: Picture, error: type[Exception]
) -> None:
    with pytest.raises(error):
        paint(tiny_painter, recipe, mask=mask)


def test_two_regions_may_have_the_same_style_but_one_is_not_painted_in_it_twice(
    tiny_painter: Painter, recipe: Recipe
) -> None:
    styles = (strokes(96), strokes(96))
    assert painted(paint(tiny_painter, recipe, *styles, mask=halves(RED, BLUE)))
    with pytest.raises(RepeatedStyle):
        paint(tiny_painter, recipe, *styles, mask=halves(WHITE, BLACK))


TINY = VGG16(random_weights((3, 4, 4, 4, 4)))


def random_planes(channels: int, seed: int) -> tf.Tensor:
    return tf.constant(np.random.default_rng(seed).random((1, 16, 24, channels)), tf.float32)


def canvas(regions: tf.Tensor, *, opacity: tf.Tensor | None = None) -> MaskedCanvas:
    return MaskedCanvas(
        untouched=random_planes(3, 5),
        opacity=tf.ones_like(regions[..., :1]) if opacity is None else opacity,
        regions=regions,
    )


def test_a_white_mask_has_the_objective_of_no_mask() -> None:
    recipe = load_recipe(style_layers={"block1_conv1": 0.7, "block3_conv1": 0.3})
    picture, content, style = (random_planes(3, seed) for seed in range(3))
    plain_objective, masked = Objective(TINY, recipe), MaskedObjective(TINY, recipe)
    without = plain_objective.evaluate(picture, plain_objective.aim(content, [WeightedStyle(style)], recipe))
    white = canvas(tf.ones((1, 16, 24, 1)))
    within = masked.evaluate(picture, masked.masked_aim(content, [WeightedStyle(style)], recipe, white))
    np.testing.assert_allclose(within.terms, without.terms, rtol=1e-5)
    np.testing.assert_allclose(within.gradient, without.gradient, rtol=1e-3, atol=1e-7)


def test_the_gradient_of_regions_matches_automatic_differentiation() -> None:
    layers = {"block1_conv1": 0.7, "block3_conv1": 0.3}
    recipe = load_recipe("classic", content_weight=0.0, total_variation_weight=0.0, style_layers=layers)
    picture, content, one, two = (random_planes(3, seed) for seed in range(4))
    regions, opacity = random_planes(2, 7) / 2, random_planes(1, 8)
    masked = MaskedObjective(TINY, recipe)
    chosen = canvas(regions, opacity=opacity)
    aim = masked.masked_aim(content, [WeightedStyle(one), WeightedStyle(two)], recipe, chosen)
    with tf.GradientTape() as tape:
        tape.watch(picture)
        seen = chosen.untouched + opacity * (picture - chosen.untouched)
        features = TINY.features(seen, layers, pooling=recipe.pooling, padding=recipe.padding)
        loss = tf.zeros(())
        for layer, targets, weights in zip(layers, aim.style, aim.regions, strict=True):
            for region in range(2):
                weight = weights[..., region, None]
                distance = tf.reduce_sum((gram_matrix(features[layer], weight) - targets[region]) ** 2)
                scale = 0.25 / features[layer].shape[-1] ** 2
                loss += recipe.style_layers[layer] * scale * tf.reduce_mean(weight) * distance
        loss *= recipe.style_weight
    evaluation = masked.evaluate(picture, aim)
    assert float(evaluation.total) == pytest.approx(float(loss), rel=1e-4)
    expected = tape.gradient(loss, picture).numpy()
    np.testing.assert_allclose(evaluation.gradient, expected, rtol=2e-3, atol=1e-6 * np.abs(expected).max() + 1e-12)


def test_what_is_untouched_has_no_gradient() -> None:
    recipe = load_recipe(style_layers={"block1_conv1": 0.7, "block3_conv1": 0.3})
    opacity = tf.concat([tf.ones((1, 16, 12, 1)), tf.zeros((1, 16, 12, 1))], axis=2)
    masked = MaskedObjective(TINY, recipe)
    picture, content, style = (random_planes(3, seed) for seed in range(3))
    aim = masked.masked_aim(content, [WeightedStyle(style)], recipe, canvas(opacity, opacity=opacity))
    gradient = masked.evaluate(picture, aim).gradient.numpy()
    assert np.abs(gradient[:, :, 12:]).max() == 0
    assert np.abs(gradient[:, :, :12]).min() >= 0
    assert np.abs(gradient[:, :, :12]).max() > 0


def test_a_masked_canvas_needs_the_memory_of_a_whole_one(
    tiny_painter: Painter, recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tiny_painter.canvas_memory is not None
    memory = replace(
        tiny_painter.canvas_memory,
        whole_pixels=1,
        resident_bytes_per_pixel=5 * 10**8,  # of which there is enough for one, but not for 6144
        resident_bytes_per_pixel_in_strips=1,
        reserved_bytes_per_pixel_in_strips=1,
    )
    monkeypatch.setattr(tiny_painter, "canvas_memory", memory)
    with pytest.raises(OutOfMemory, match="96 × 64"):
        paint(tiny_painter, recipe, mask=halves(WHITE, BLACK))
    painted(paint(tiny_painter, recipe, mask=None))


@pytest.mark.parametrize(
    "distance", [SquaredDistance("plain"), SquaredDistance("target"), WassersteinDistance(), AngleDistance()]
)
def test_the_size_of_the_gradient_of_regions_is_known_without_it(distance: GramDistance) -> None:
    rng = np.random.default_rng(3)
    features = tf.constant(rng.random((1, 6, 8, 5), np.float32))
    styles = [gram_matrix(tf.constant(rng.random((1, 4, 4, 5), np.float32))) for _ in range(2)]
    targets = tf.stack([distance.target(style) for style in styles])
    first = np.zeros((1, 6, 8, 1), np.float32)
    first[:, :, :3] = 1
    weights = tf.constant(np.concatenate([first, 1 - first], axis=3))
    loss = RegionStyleLoss(distance)
    with tf.GradientTape() as tape:
        tape.watch(features)
        value = loss(features, targets, weights)
    gradient = tape.gradient(value, features).numpy()
    expected = np.sqrt(np.mean(gradient**2))
    assert float(loss.gradient_rms(features, targets, weights)) == pytest.approx(expected, rel=1e-4)


@pytest.mark.weights
def test_float16_has_nearly_the_gradient_of_float32_in_regions() -> None:
    weights, recipe, gradients = load_weights(), load_recipe("painterly"), []
    content, *styles = (tf.constant(one.rgb[None] / np.float32(255)) for one in (photograph(), strokes(64), stripes()))
    first = np.zeros((*content.shape[:3], 1), np.float32)
    first[:, :, :24] = 1
    canvas = MaskedCanvas(content, tf.ones_like(first), tf.constant(np.concatenate([first, 1 - first], axis=3)))
    for dtype in (tf.float32, tf.float16):
        objective = MaskedObjective(VGG16(weights, compute_dtype=dtype), recipe)
        aim = objective.masked_aim(content, [WeightedStyle(style) for style in styles], recipe, canvas)
        gradients.append(objective.evaluate(content, aim).gradient.numpy().ravel())
    exact, rough = gradients
    assert np.linalg.norm(rough - exact) / np.linalg.norm(exact) < 0.05
