"""The canvas that a painting starts from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from stylizer.blend import Palette
from stylizer.images import Picture, resize
from stylizer.recipe import load_recipe
from stylizer.start import content_share, enlarged, first_canvas, plainness, smooth_noise, with_contrast
from tests.stylizer.conftest import photograph, plain, strokes

SETTINGS = load_recipe().start
PALETTE = Palette.of(strokes(64).rgb.reshape(-1, 3).astype(np.float32) / np.float32(255))
SEEDS = (0, 1, 2, 3, 4)


def to_float(picture: Picture) -> NDArray[np.float32]:
    return picture.rgb.astype(np.float32) / np.float32(255)


def textured(width_px: int = 96, height_px: int = 64) -> NDArray[np.float32]:
    """Make a content picture with texture everywhere."""
    return to_float(strokes(width_px, height_px))


def begun(content: NDArray[np.float32], *, seed: int = 0, faded: float = 0.0) -> NDArray[np.float32]:
    return first_canvas(content, PALETTE, settings=SETTINGS, seed=seed, faded=faded)


def test_seed_0_starts_from_the_photograph() -> None:
    np.testing.assert_array_equal(begun(textured()), textured())


def test_every_other_seed_starts_with_its_own_blots() -> None:
    canvases = [begun(textured(), seed=seed) for seed in SEEDS]
    for number, canvas in enumerate(canvases):
        np.testing.assert_array_equal(canvas, begun(textured(), seed=SEEDS[number]))
        for other in canvases[:number]:
            assert np.abs(canvas - other).mean() > 0.05


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("color", [(200, 180, 150), (128, 128, 128), (255, 255, 255)])
def test_plain_areas_start_with_a_trace_at_every_seed(seed: int, color: tuple[int, int, int]) -> None:
    content = to_float(plain(color=color))
    canvas = begun(content, seed=seed)
    assert canvas.std(axis=(0, 1)).min() > 0.005
    assert np.abs(canvas - content).mean() < 0.15


def test_the_trace_stays_in_plain_areas() -> None:
    content = textured(120, 120)
    content[:60] = (0.47, 0.67, 0.9)
    changed = np.abs(begun(content) - content).mean(axis=2)
    assert changed[:40].mean() > 0.01
    assert changed[80:].max() == 0


def test_a_plain_sky_grows_beyond_its_blurred_edge() -> None:
    """Otherwise strokes repeat the horizon in rings."""
    content = textured(120, 120)
    content[:60] = (0.47, 0.67, 0.9)
    sky = begun(content)[:40]
    assert sky.mean(axis=2).std(axis=1).mean() > 0.01, "it varies along the horizon"


@pytest.mark.parametrize(("height_px", "width_px"), [(96, 128), (64, 32), (512, 512)])
def test_noise_has_no_grain(height_px: int, width_px: int) -> None:
    noise = smooth_noise(height_px, width_px, np.random.default_rng(1), SETTINGS)
    assert noise.shape == (height_px, width_px, 3)
    np.testing.assert_allclose(noise.std(axis=(0, 1)), 1, rtol=1e-3)
    gray = Image.fromarray(np.clip(128 + 40 * noise[..., 0], 0, 255).astype(np.uint8))
    median = np.asarray(gray.filter(ImageFilter.MedianFilter(3)), float)
    assert np.abs(np.asarray(gray, float) - median).mean() < 2


def test_a_random_start_has_no_grain_and_the_colors_of_the_style() -> None:
    canvas = first_canvas(textured(), PALETTE, settings=replace(SETTINGS, picture="noise"), seed=1)
    np.testing.assert_allclose(canvas.mean(axis=(0, 1)), PALETTE.mean, atol=0.1)
    assert np.abs(np.diff(canvas, axis=1)).mean() < 0.03


def test_a_faded_start_shows_less_of_the_photograph() -> None:
    away = [np.abs(begun(textured(), faded=faded) - textured()).mean() for faded in (0, 0.1, 0.3, 0.6, 1)]
    assert away == sorted(away)
    assert away[0] == 0
    assert away[1] > 0.01


@pytest.mark.parametrize("name", ["photograph", "strokes"])
def test_a_clear_photograph_is_unchanged(name: str) -> None:
    content = to_float(photograph() if name == "photograph" else strokes())
    np.testing.assert_array_equal(with_contrast(content, SETTINGS), content)


def test_a_pale_photograph_gets_contrast() -> None:
    pale = 0.85 + 0.08 * (to_float(photograph(64, 64)) - 0.5)
    clear = with_contrast(pale, SETTINGS)
    assert clear.std() > 3 * pale.std()
    assert clear.mean() == pytest.approx(pale.mean(), abs=0.03)


def test_a_plain_photograph_has_no_weight_but_one_with_a_plain_background_has_full_weight() -> None:
    ground = to_float(plain(100, 100))
    ground[30:70, 20:80] = textured(60, 40)
    assert content_share(to_float(plain()), SETTINGS) == pytest.approx(0, abs=1e-6)
    assert content_share(ground, SETTINGS) == 1
    assert content_share(textured(), SETTINGS) == 1


def test_the_noise_of_a_plain_wall_weighs_little() -> None:
    noise = np.random.default_rng(0).normal(0, 1 / 255, (64, 64, 3)).astype(np.float32)
    assert content_share(to_float(plain()) + noise, SETTINGS) < 0.1


def test_plainness_is_measured_locally() -> None:
    content = textured(120, 60)
    content[:, :60] = 0.5
    found = plainness(content, SETTINGS)
    assert found.shape == (60, 120, 1)
    assert found[:, :40].min() == pytest.approx(1, abs=0.01)
    assert found[:, 80:].max() == 0


def test_the_recipe_sets_the_strength_of_the_blots() -> None:
    canvas = first_canvas(textured(), PALETTE, settings=replace(SETTINGS, seed_noise=0.05), seed=1)
    assert np.sqrt(np.mean((canvas - textured()) ** 2)) == pytest.approx(0.05, rel=0.25)


def shrunk(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """Half as large."""
    return resize(picture, width_px=picture.shape[1] // 2, height_px=picture.shape[0] // 2)


def test_an_enlarged_canvas_gets_the_photographs_detail_back_in_its_own_colors() -> None:
    content = textured()
    canvas = np.clip(shrunk(content) * np.array((0.9, 0.7, 0.4), np.float32), 0, 1)
    plain_enlarged, drawn = (enlarged(canvas, content, settings=replace(SETTINGS, detail=at)) for at in (0.0, 1.0))

    def detail_of(picture: NDArray[np.float32]) -> NDArray[np.float32]:
        gray = picture.mean(axis=2)
        blurred = Image.fromarray(np.uint8(gray * 255)).filter(ImageFilter.GaussianBlur(3))
        detail: NDArray[np.float32] = gray - np.asarray(blurred, np.float32) / 255
        return detail

    def likeness(picture: NDArray[np.float32]) -> float:
        return float(np.corrcoef(detail_of(picture).ravel(), detail_of(content).ravel())[0, 1])

    assert likeness(drawn) > likeness(plain_enlarged) + 0.1
    np.testing.assert_allclose(drawn.mean(axis=(0, 1)), plain_enlarged.mean(axis=(0, 1)), atol=0.02)


def test_an_enlarged_canvas_keeps_its_strokes_where_the_photograph_is_plain() -> None:
    content = to_float(plain(96, 64))
    canvas = shrunk(textured())
    with_detail, without = (enlarged(canvas, content, settings=replace(SETTINGS, detail=at)) for at in (1.0, 0.0))
    np.testing.assert_allclose(with_detail, without, atol=0.01)


def test_a_faded_canvas_takes_over_less_of_the_photographs_detail() -> None:
    content = 0.25 + 0.5 * textured()  # far enough from black and white not to be clipped
    canvas = shrunk(content)
    whole, half, nothing = (enlarged(canvas, content, settings=SETTINGS, faded=faded) for faded in (0.0, 0.5, 1.0))
    np.testing.assert_allclose(half - nothing, (whole - nothing) / 2, atol=1e-6)
    assert np.abs(whole - nothing).max() > 0.01


def test_an_enlarged_canvas_has_no_weave() -> None:
    canvas = np.random.default_rng(0).uniform(0.25, 0.75, (64, 64, 3)).astype(np.float32)
    large = enlarged(canvas, to_float(plain(116, 116)), settings=SETTINGS)
    spectrum = np.abs(np.fft.fft2(large.mean(axis=2) - large.mean())) ** 2
    down, right = np.meshgrid(*(np.abs(np.fft.fftfreq(116)) * 116 / 64,) * 2, indexing="ij")
    is_too_fine = np.maximum(down, right) > 0.5  # one period takes less than two of the canvas's pixels
    assert spectrum[is_too_fine].sum() < 0.02 * spectrum.sum()


def test_a_canvas_that_is_not_enlarged_stays_as_it_is() -> None:
    canvas = textured()
    np.testing.assert_array_equal(enlarged(canvas, to_float(plain(96, 64)), settings=SETTINGS), canvas)
