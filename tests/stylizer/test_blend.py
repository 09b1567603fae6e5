"""Blends of several styles."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
import tensorflow as tf

from stylizer.blend import Palette, shares_of
from stylizer.errors import InvalidStyleWeight, NoStyleWeight, RepeatedStyle, WrongNumberOfStyles
from stylizer.events import Finished
from stylizer.images import Picture, open_picture
from stylizer.objective import Objective, WeightedStyle
from stylizer.painter import Painter
from stylizer.recipe import Colors, Recipe
from stylizer.timelapse import DEFAULT_GIF_LIMIT_BYTES
from tests.stylizer.conftest import photograph, stripes, strokes, style_grams


def finished(
    painter: Painter,
    recipe: Recipe,
    styles: Sequence[Picture],
    weights: Sequence[float],
    *,
    seed: int = 0,
    gif_limit_bytes: int = 0,
) -> Finished:
    pictures = (photograph(), *styles)
    *_, last = painter.paint(*pictures, weights=weights, recipe=recipe, seed=seed, gif_limit_bytes=gif_limit_bytes)
    assert isinstance(last, Finished)
    return last


def batch(picture: Picture) -> tf.Tensor:
    return tf.constant(picture.rgb[None].astype(np.float32) / np.float32(255))


def test_weights_become_shares() -> None:
    assert shares_of([2]) == (1,)
    assert shares_of([0.7, 0.3]) == pytest.approx((0.7, 0.3))
    assert shares_of([1, 3, 0]) == (0.25, 0.75, 0)
    assert shares_of([1e308] * 5) == (0.2,) * 5


@pytest.mark.parametrize("weight", [-1, math.nan, math.inf, -math.inf])
def test_an_impossible_weight_is_refused_with_the_number_of_its_style(weight: float) -> None:
    with pytest.raises(InvalidStyleWeight, match=r"^Style 2 can't have the weight -?[1a-z]"):
        shares_of([1, weight])


def test_styles_without_any_weight_are_refused() -> None:
    with pytest.raises(NoStyleWeight, match="at least one of them"):
        shares_of([0, 0.0])


@pytest.mark.parametrize("count", [0, 6])
def test_one_to_five_styles_can_be_blended(count: int) -> None:
    with pytest.raises(WrongNumberOfStyles, match=f"^A painting takes 1 to 5 styles; you chose {count}"):
        shares_of([1.0] * count)


@pytest.mark.parametrize("colors", ["style", "content", "matched"])
@pytest.mark.parametrize("seed", [0, 5])
def test_a_style_without_weight_changes_nothing(
    tiny_painter: Painter, quick_recipe: Recipe, colors: Colors, seed: int
) -> None:
    recipe = quick_recipe.with_overrides(colors=colors)
    alone, blended = (
        finished(tiny_painter, recipe, styles, weights, seed=seed, gif_limit_bytes=DEFAULT_GIF_LIMIT_BYTES)
        for styles, weights in (([strokes()], [1]), ([strokes(), stripes()], [1, 0]))
    )
    assert (blended.painting, blended.gif) == (alone.painting, alone.gif)
    assert blended.style_thumbnails[0] == alone.style_thumbnails[0] != blended.style_thumbnails[1]


@pytest.mark.parametrize("colors", ["style", "only"])
def test_a_style_is_not_blended_with_itself(tiny_painter: Painter, quick_recipe: Recipe, colors: Colors) -> None:
    recipe, styles = quick_recipe.with_overrides(colors=colors), [strokes(), stripes(), strokes()]
    with pytest.raises(RepeatedStyle, match=r"^Styles 1 and 3 are the same picture"):
        finished(tiny_painter, recipe, styles, [1, 1, 1])
    assert finished(tiny_painter, recipe, styles, [1, 1, 0])


def test_only_the_ratio_of_the_weights_counts(tiny_painter: Painter, quick_recipe: Recipe) -> None:
    styles = [strokes(), stripes()]
    paintings = [finished(tiny_painter, quick_recipe, styles, weights).painting for weights in ((3, 1), (0.75, 0.25))]
    assert paintings[0] == paintings[1]


def test_a_blend_aims_at_the_weighted_means_of_its_styles_statistics(
    tiny_painter: Painter, quick_recipe: Recipe
) -> None:
    objective = Objective(tiny_painter.network, quick_recipe)
    grams = []
    for shares in ((1.0,), (0.0, 1.0), (0.7, 0.3)):
        styles = [
            WeightedStyle(batch(style), share=share)
            for style, share in zip((strokes(), stripes()), shares, strict=False)
        ]
        grams.append(style_grams(objective.aim(batch(photograph()), styles, quick_recipe), quick_recipe))
    for one, other, blend in zip(*grams, strict=True):
        np.testing.assert_allclose(blend, 0.7 * one + 0.3 * other, rtol=1e-4, atol=1e-4)


def test_a_blends_colors_are_those_of_all_its_styles_together() -> None:
    rng = np.random.default_rng(0)
    one, other = rng.uniform(0, 0.5, (600, 3)), rng.uniform(0.3, 1, (200, 3))
    together = Palette.of(np.concatenate((one, other)).astype(np.float32))
    blended = Palette.blended([Palette.of(colors.astype(np.float32)) for colors in (one, other)], (0.75, 0.25))
    np.testing.assert_allclose(blended.mean, together.mean, atol=1e-6)
    np.testing.assert_allclose(blended.covariance, together.covariance, atol=1e-6)


def test_a_blend_starts_with_colors_between_those_of_its_styles(tiny_painter: Painter, quick_recipe: Recipe) -> None:
    def amount_of_red(weights: Sequence[float]) -> float:
        painting = finished(tiny_painter, recipe, [red, blue], weights).painting
        return float(open_picture(painting).rgb[..., 0].mean())

    recipe = quick_recipe.with_overrides(start={"picture": "noise"})
    red, blue = (
        Picture(strokes(64).rgb // 4 + np.array(color, np.uint8), None) for color in ((150, 0, 0), (0, 0, 150))
    )
    amounts_of_red = [amount_of_red(weights) for weights in ((1, 0), (1, 1), (0, 1))]
    assert amounts_of_red[0] > amounts_of_red[1] > amounts_of_red[2]
