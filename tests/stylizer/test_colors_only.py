"""Pictures with a style's colors and none of its strokes."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageSequence

from stylizer.colors_only import recolor
from stylizer.errors import NoStyleWeight
from stylizer.events import Event, Finished, Progress, Started
from stylizer.images import Picture
from stylizer.oklab import to_oklab
from stylizer.recipe import Recipe, load_recipe
from tests.stylizer.conftest import photograph, plain, stripes, strokes

RECIPE = load_recipe("painterly", longest_side_px=96, colors="only")
CONTENT = photograph(96, 72)


def finished(events: list[Event]) -> Finished:
    last = events[-1]
    assert isinstance(last, Finished)
    return last


def recolored(
    content: Picture = CONTENT, *styles: Picture, recipe: Recipe = RECIPE, **options: Any
) -> NDArray[np.uint8]:
    """Return the pixels of the result."""
    pictures = (content, *(styles or (stripes(96, 72),)))
    result = finished(list(recolor(*pictures, recipe=recipe, gif_limit_bytes=0, **options)))
    with Image.open(io.BytesIO(result.painting)) as painting:
        return np.asarray(painting)


def lab(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Convert pixels to OKLab, (n, 3)."""
    return to_oklab(rgb[..., :3].reshape(-1, 3).astype(np.float32) / np.float32(255))


def gray(picture: Picture) -> Picture:
    return Picture(np.asarray(Image.fromarray(picture.rgb).convert("L").convert("RGB")), picture.alpha)


def test_the_events_are_those_of_a_painting() -> None:
    started, progress, last = recolor(CONTENT, strokes(), recipe=RECIPE, seed=3)
    assert isinstance(started, Started)
    assert (started.width_px, started.height_px, started.steps, started.scales) == (96, 72, 1, ((96, 72),))
    assert isinstance(progress, Progress)
    assert (progress.step, progress.steps, progress.seconds_left) == (1, 1, 0)
    assert progress.preview is not None
    assert isinstance(last, Finished)
    assert (last.width_px, last.height_px, last.steps, last.seed, last.recipe) == (96, 72, 1, 3, "painterly")
    for encoded in (progress.preview, last.thumbnail, last.content_thumbnail, *last.style_thumbnails):
        with Image.open(io.BytesIO(encoded)) as picture:
            assert picture.format == "JPEG"


def test_the_gif_fades_from_the_photograph_to_the_result() -> None:
    result = finished(list(recolor(CONTENT, strokes(), recipe=RECIPE)))
    with Image.open(io.BytesIO(result.gif)) as gif:
        frames = [np.asarray(frame.convert("RGB"), float) for frame in ImageSequence.Iterator(gif)]
    assert len(frames) == result.gif_frames > 10
    assert np.abs(frames[0] - CONTENT.rgb).mean() < 8
    assert np.abs(frames[-1] - recolored(CONTENT, strokes())).mean() < 8
    away = [np.abs(frame - frames[0]).mean() for frame in frames]
    assert away == sorted(away)


def test_the_colors_are_the_styles_and_the_lightness_stays_in_place() -> None:
    style = strokes(96)
    before, after, wanted = lab(CONTENT.rgb), lab(recolored(CONTENT, style)), lab(style.rgb)
    distance = [np.abs(one[:, 1:].mean(axis=0) - wanted[:, 1:].mean(axis=0)).max() for one in (before, after)]
    assert distance[1] < distance[0] / 3
    assert np.corrcoef(before[:, 0], after[:, 0])[0, 1] > 0.98
    assert after[:, 1:].min() >= wanted[:, 1:].min() - 0.01
    assert after[:, 1:].max() <= wanted[:, 1:].max() + 0.01


@pytest.mark.parametrize("content", [CONTENT, gray(CONTENT), plain(64, 48)], ids=["photo", "gray", "plain"])
def test_strength_fades_from_the_photograph(content: Picture) -> None:
    size = (content.height_px, content.width_px)
    recipe = RECIPE.with_overrides(longest_side_px=max(size))
    pictures = [
        recolored(content, strokes(96), recipe=recipe.with_overrides(style_strength=strength)).astype(int)
        for strength in (0.0, 0.25, 0.5, 1.0, 2.0)
    ]
    assert np.abs(pictures[0] - content.rgb).max() <= 1
    away = [np.abs(picture - content.rgb).mean() for picture in pictures]
    assert away == sorted(away)
    assert away[2] > 2


def test_a_gray_photograph_gets_the_colors_that_the_style_has_where_it_is_as_light() -> None:
    light = np.linspace(0, 1, 96, dtype=np.float32)[None, :, None]
    blue_to_yellow = (1 - light) * np.array((0.0, 0.1, 0.5)) + light * np.array((1.0, 0.9, 0.3))
    style = Picture(np.rint(255 * np.tile(blue_to_yellow, (72, 1, 1))).astype(np.uint8), None)
    content = gray(CONTENT)
    after = lab(recolored(content, style))
    is_light = lab(content.rgb)[:, 0] > np.median(lab(content.rgb)[:, 0])
    assert after[is_light, 2].mean() > after[~is_light, 2].mean() + 0.05


def test_a_gray_style_makes_a_gray_picture() -> None:
    assert np.ptp(recolored(CONTENT, gray(strokes())).astype(int), axis=2).max() <= 4


def test_the_noise_of_a_pale_photograph_does_not_become_color() -> None:
    noise = np.random.default_rng(0).integers(-3, 4, (72, 96, 3))
    pale = Picture((gray(CONTENT).rgb + noise).clip(0, 255).astype(np.uint8), None)
    clean, noisy = (lab(recolored(content, strokes(96))) for content in (gray(CONTENT), pale))
    assert np.abs(clean - noisy)[:, 1:].mean() < 0.012


def test_only_visible_parts_count_and_stay_transparent() -> None:
    content = photograph(96, 72, alpha=True)
    assert content.alpha is not None
    results = []
    for hidden in (0, 255):
        rgb = np.where(content.alpha[..., None] > 0, content.rgb, np.uint8(hidden))
        results.append(recolored(Picture(rgb, content.alpha), strokes(96)))
    assert results[0].shape == (72, 96, 4)
    np.testing.assert_array_equal(results[0][..., 3], content.alpha)
    np.testing.assert_array_equal(results[0][:, 60:], results[1][:, 60:])


def test_a_blend_has_the_colors_of_each_style_by_its_weight() -> None:
    red, blue = plain(color=(200, 30, 30)), plain(color=(30, 30, 200))
    reds = [
        lab(recolored(CONTENT, red, blue, weights=weights))[:, 1].mean() for weights in ((1, 0), (3, 1), (1, 3), (0, 1))
    ]
    assert reds == sorted(reds, reverse=True)
    with pytest.raises(NoStyleWeight):
        recolored(CONTENT, red, blue, weights=(0, 0))


def test_another_seed_looks_at_another_part_of_the_style() -> None:
    first, again, other = (recolored(CONTENT, strokes(96), seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first.astype(int) - other).max() > 0


def test_limits_and_formats_are_those_of_paintings() -> None:
    grain = Picture(np.random.default_rng(1).integers(0, 256, (72, 96, 3), dtype=np.uint8), None)
    result = finished(list(recolor(grain, strokes(), recipe=RECIPE, painting_limit_bytes=4000, gif_limit_bytes=0)))
    assert len(result.painting) <= 4000
    assert (result.picture_format, result.gif, result.gif_frames) == ("webp", b"", 0)
