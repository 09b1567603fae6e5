"""Gray pictures, and painting in the colors of the content."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from stylizer.blend import Palette
from stylizer.color import is_gray, match_colors, match_luminance, to_luminance
from tests.stylizer.conftest import photograph, plain, strokes


def test_a_gray_picture_is_recognized_as_gray_even_as_a_jpeg() -> None:
    gray = Image.fromarray(strokes().rgb).convert("L").convert("RGB")
    encoded = BytesIO()
    gray.save(encoded, "JPEG", quality=60)
    assert is_gray(np.asarray(gray))
    assert is_gray(np.asarray(Image.open(encoded)))


@pytest.mark.parametrize("picture", [strokes(), photograph(), plain()])
def test_colored_pictures_are_recognized(picture: object) -> None:
    assert not is_gray(picture.rgb)  # type: ignore[attr-defined]  # a Picture


def test_one_red_mark_makes_a_gray_picture_colored() -> None:
    marked = np.full((100, 100, 3), 128, np.uint8)
    marked[40:46, 40:46] = (220, 20, 20)
    assert not is_gray(marked)


def gray(values: np.ndarray) -> np.ndarray:
    return to_luminance(values.astype(np.float32) / np.float32(255))


def test_the_style_gets_the_brightness_and_contrast_of_the_content() -> None:
    style, content = gray(strokes().rgb), gray(photograph().rgb)
    matched = match_luminance(style, content)
    assert matched.mean() == pytest.approx(content.mean(), abs=0.03)
    assert matched.std() == pytest.approx(content.std(), rel=0.2)


@pytest.mark.parametrize("value", [0, 128, 255])
def test_strokes_stay_visible_with_any_content(value: int) -> None:
    matched = match_luminance(gray(strokes().rgb), gray(plain(color=(value, value, value)).rgb))
    assert matched.std() > gray(strokes().rgb).std() / 4


def test_only_opaque_parts_are_measured() -> None:
    style, content = gray(strokes().rgb), gray(photograph().rgb)
    opacity = np.zeros((64, 64, 1), np.float32)
    opacity[:, :32] = 1
    hidden = style.copy()
    hidden[:, 32:] = 1
    seen, blinded = (match_luminance(picture, content, opacity)[:, :32] for picture in (style, hidden))
    np.testing.assert_allclose(seen, blinded, atol=1e-5)


def palette(rgb: np.ndarray) -> Palette:
    return Palette.of(rgb.reshape(-1, 3))


def test_matched_colors_have_the_mean_and_covariance_of_the_content() -> None:
    rng = np.random.default_rng(0)
    turn = np.array([[0.05, 0.02, 0], [0, 0.04, 0.02], [0.01, 0, 0.06]])
    style = np.clip(rng.normal(0.5, 0.1, (32, 48, 3)), 0, 1).astype(np.float32)
    content = np.clip(rng.normal(0, 1, (20, 30, 3)) @ turn + (0.6, 0.5, 0.4), 0, 1).astype(np.float32)
    matched = palette(match_colors(style, palette(style), palette(content)))
    wanted = palette(content)
    np.testing.assert_allclose(matched.mean, wanted.mean, atol=0.005)
    np.testing.assert_allclose(matched.covariance, wanted.covariance, atol=0.0004)


def test_strokes_stay_visible_in_the_colors_of_a_plain_content() -> None:
    style = strokes().rgb.astype(np.float32) / np.float32(255)
    content = np.full((16, 16, 3), (0.9, 0.2, 0.2), np.float32)
    matched = match_colors(style, palette(style), palette(content))
    assert matched.std(axis=(0, 1)).min() > style.std() / 5
    red, green, blue = matched.mean(axis=(0, 1))
    assert red > green + 0.2
    assert abs(green - blue) < 0.05


def test_a_style_without_colors_does_not_get_its_noise_amplified() -> None:
    rng = np.random.default_rng(0)
    light = rng.uniform(0.2, 0.8, (32, 32, 1))
    style = (light + rng.normal(0, 0.002, (32, 32, 3))).astype(np.float32)
    content = rng.uniform(0.2, 0.8, (32, 32, 3)).astype(np.float32)
    matched = match_colors(style, palette(style), palette(content))
    assert np.ptp(matched - matched.mean(axis=(0, 1)), axis=2).mean() < 0.15
