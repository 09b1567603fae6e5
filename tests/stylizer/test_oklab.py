"""OKLab: known colors, and colors that a screen can't show."""

from __future__ import annotations

import numpy as np
import pytest

from stylizer.oklab import to_oklab, to_srgb


@pytest.mark.parametrize(
    ("rgb", "lab"),
    [
        ((0, 0, 0), (0, 0, 0)),
        ((1, 1, 1), (1, 0, 0)),
        ((1, 0, 0), (0.62796, 0.22486, 0.12585)),
        ((0, 1, 0), (0.86644, -0.23389, 0.17950)),
        ((0, 0, 1), (0.45201, -0.03246, -0.31153)),
    ],
)
def test_known_colors(rgb: tuple[float, ...], lab: tuple[float, ...]) -> None:
    np.testing.assert_allclose(to_oklab(np.array([rgb], np.float32))[0], lab, atol=2e-4)


def test_colors_survive_both_ways() -> None:
    rgb = np.random.default_rng(0).random((40, 50, 3), np.float32)
    np.testing.assert_allclose(to_srgb(to_oklab(rgb)), rgb, atol=1 / 500)


def test_a_color_beyond_the_screen_keeps_its_lightness_and_hue() -> None:
    beyond = np.array([(0.6, 0.5, -0.2), (0.9, -0.4, 0.1), (0.3, 0.0, 0.4), (0.5, -0.3, -0.3)], np.float32)
    shown = to_oklab(to_srgb(beyond))
    np.testing.assert_allclose(shown[:, 0], beyond[:, 0], atol=0.01)
    np.testing.assert_allclose(np.arctan2(shown[:, 2], shown[:, 1]), np.arctan2(beyond[:, 2], beyond[:, 1]), atol=0.06)
    assert np.all(np.hypot(*shown[:, 1:].T) < np.hypot(*beyond[:, 1:].T))
    assert np.all(np.hypot(*shown[:, 1:].T) > 0.04)


def test_what_is_lighter_than_white_is_white() -> None:
    np.testing.assert_allclose(to_srgb(np.array([(1.2, 0.1, 0.0)], np.float32)), 1, atol=0.01)
