"""Tests of what removes the grain of style pictures."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from stylizer.grain import without_grain
from stylizer.recipe import load_recipe

SETTINGS = load_recipe().style_picture


def cloud(*, slope: float, side_px: int = 128) -> NDArray[np.uint8]:
    """Noise whose amplitude falls with the frequency by this power: 0 is white noise."""
    frequencies = np.hypot(np.fft.fftfreq(side_px)[:, None], np.fft.fftfreq(side_px)[None])
    frequencies[0, 0] = np.inf
    spectrum = np.fft.fft2(np.random.default_rng(0).normal(size=(side_px, side_px))) * frequencies**-slope
    values = np.fft.ifft2(spectrum).real
    levels = np.clip(128 + 40 * values / values.std(), 0, 255).astype(np.uint8)
    return np.repeat(levels[..., None], 3, axis=2)


def blurred(rgb: NDArray[np.uint8], radius_px: float) -> NDArray[np.uint8]:
    return np.asarray(Image.fromarray(rgb).filter(ImageFilter.GaussianBlur(radius_px)))


def detail(rgb: NDArray[np.uint8]) -> float:
    """How much neighboring pixels differ."""
    return float(np.abs(np.diff(rgb[..., 0].astype(float))).mean())


def test_a_picture_as_sharp_as_a_photograph_gets_the_usual_blur() -> None:
    rgb = cloud(slope=1.5)
    np.testing.assert_array_equal(without_grain(rgb, SETTINGS, shrunk=1.0), blurred(rgb, SETTINGS.grain_px))


def test_the_sharper_a_picture_the_more_it_is_blurred() -> None:
    kept = []
    for slope in (1.5, 1.0, 0.5, 0.0):
        rgb = cloud(slope=slope)
        kept.append(detail(without_grain(rgb, SETTINGS, shrunk=1.0)) / detail(rgb))
    assert kept == sorted(kept, reverse=True)
    assert kept[-1] < 0.6 * kept[0]


def test_a_sharpened_picture_has_no_more_fine_detail_than_the_limit() -> None:
    sharpened = np.asarray(Image.fromarray(cloud(slope=1.0)).filter(ImageFilter.UnsharpMask(2, 300, 0)))
    cleaned = without_grain(sharpened, SETTINGS, shrunk=1.0)
    # A second time, there is nothing left to do but the usual blur.
    np.testing.assert_array_equal(without_grain(cleaned, SETTINGS, shrunk=1.0), blurred(cleaned, SETTINGS.grain_px))


@pytest.mark.parametrize("shrunk", [1.0, 0.5, 0.1])
def test_a_smaller_picture_than_its_file_is_blurred_less(shrunk: float) -> None:
    rgb = cloud(slope=0.0)
    most = blurred(rgb, 1.0 * shrunk)
    assert detail(most) <= detail(without_grain(rgb, SETTINGS, shrunk=shrunk)) <= detail(rgb)


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (2, 3), (40, 30)])
@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_picture_of_one_color_stays_as_it_is(size: tuple[int, int], level: int) -> None:
    rgb = np.full((*size, 3), level, np.uint8)
    np.testing.assert_array_equal(without_grain(rgb, SETTINGS, shrunk=1.0), rgb)


def test_a_dithered_picture_keeps_its_larger_figures() -> None:
    gray = np.linspace(0, 255, 64, dtype=np.uint8)[None].repeat(64, axis=0)
    dithered = np.asarray(Image.fromarray(gray).convert("1").convert("RGB"))
    cleaned = without_grain(dithered, SETTINGS, shrunk=1.0)
    assert detail(cleaned) < 0.7 * detail(dithered)
    assert np.corrcoef(cleaned[..., 0].mean(axis=0), gray[0])[0, 1] > 0.98
