"""What of a style picture is style, where a painting begins, and what a strength and a seed change."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from stylizer.color import is_gray
from stylizer.images import Picture
from stylizer.recipe import load_recipe
from stylizer.start import first_canvas, plainness, smooth_noise
from stylizer.style import Style, without_frame

LONGEST_SIDE_PX = 128


def strokes(width_px: int = 160, height_px: int = 120) -> NDArray[np.uint8]:
    """A busy picture, without any white."""
    rng = np.random.default_rng(0)
    return rng.integers(0, 200, (height_px, width_px, 3)).astype(np.uint8)


def style_of(rgb: NDArray[np.uint8], alpha: NDArray[np.uint8] | None = None, *, seed: int = 0) -> Style:
    return Style.of(Picture(rgb, alpha), longest_side_px=LONGEST_SIDE_PX, seed=seed)


def grain(picture: NDArray[np.float32]) -> float:
    """The mean distance to a 3 x 3 median, of 255."""
    image = Image.fromarray((picture * 255).astype(np.uint8))
    smooth = np.asarray(image.filter(ImageFilter.MedianFilter(3)), float)
    return float(np.abs(np.asarray(image, float) - smooth).mean())


@pytest.mark.parametrize("color", [(255, 255, 255), (0, 0, 0), (128, 64, 32)])
@pytest.mark.parametrize("sides", [(24, 24), (24, 0), (0, 24)], ids=["frame", "letterbox", "pillarbox"])
def test_a_plain_border_is_no_style(color: tuple[int, int, int], sides: tuple[int, int]) -> None:
    rows, columns = sides
    inner = strokes()
    framed = np.empty((120 + 2 * rows, 160 + 2 * columns, 3), np.uint8)
    framed[:] = color
    framed[rows : rows + 120, columns : columns + 160] = inner

    found = without_frame(framed.astype(np.float32) / 255)

    assert 116 <= found.shape[0] <= 120
    assert 156 <= found.shape[1] <= 160


@pytest.mark.parametrize("plain", [(255, 255, 255), (90, 120, 200)])
def test_plain_ground_and_plain_pictures_are_no_border(plain: tuple[int, int, int]) -> None:
    picture = np.empty((100, 100, 3), np.float32)
    picture[:] = np.array(plain) / 255
    assert without_frame(picture).shape == picture.shape

    picture[40:60, 45:55] = 0.2  # a small figure on plain ground
    assert without_frame(picture).shape == picture.shape


def test_a_strip_becomes_a_picture_that_is_at_least_a_quarter_as_wide_as_long() -> None:
    style = style_of(strokes(width_px=2000, height_px=20))

    height_px, width_px = style.rgb.shape[:2]
    assert width_px <= 4 * height_px
    assert height_px >= 32


def test_what_is_transparent_is_no_style() -> None:
    rgb = np.full((100, 100, 3), 255, np.uint8)
    rgb[30:70, 30:70] = strokes(40, 40)
    alpha = np.zeros((100, 100), np.uint8)
    alpha[30:70, 30:70] = 255

    style = style_of(rgb, alpha)

    assert style.rgb.shape[:2] == (40, 40)
    assert float(style.colors.mean()) < 0.5


def test_each_seed_sees_another_part_of_the_style_and_the_same_seed_the_same() -> None:
    looks = [style_of(strokes(), seed=seed).rgb for seed in range(5)]

    again = [style_of(strokes(), seed=seed).rgb for seed in range(5)]
    assert all(np.array_equal(one, other) for one, other in zip(looks, again, strict=True))
    different = {(look.shape, look.tobytes()) for look in looks}
    assert len(different) == 5


def test_noise_has_no_grain() -> None:
    noise = smooth_noise(96, 128, np.random.default_rng(1))

    picture = np.clip(0.5 + 0.15 * noise, 0, 1).astype(np.float32)
    assert grain(picture) < 2.0
    assert np.allclose(noise.std(axis=(0, 1)), 1, atol=1e-3)


@pytest.mark.parametrize("seed", [0, 1])
def test_plain_content_gets_something_for_strokes_to_grow_from(seed: int) -> None:
    plain = np.full((96, 96, 3), 0.7, np.float32)
    palette = strokes().reshape(-1, 3).astype(np.float32) / 255

    canvas = first_canvas(plain, palette, recipe=load_recipe("draft"), seed=seed)

    assert plainness(plain).min() == 1
    assert canvas.std() > 0.02
    assert grain(canvas) < 2.0


def test_a_photograph_at_seed_0_and_a_usual_strength_begins_as_it_is() -> None:
    busy = strokes().astype(np.float32) / 255

    canvas = first_canvas(busy, busy.reshape(-1, 3), recipe=load_recipe("draft"), seed=0)

    assert np.abs(canvas - busy).max() < 0.01


def test_gray_pictures_are_known_in_spite_of_jpegs_noise() -> None:
    gray = np.repeat(strokes()[..., :1], 3, axis=2)

    assert is_gray(gray)
    noisy = gray.copy()
    noisy[..., 0] += 1
    assert is_gray(noisy)
    assert not is_gray(strokes())
