"""Smoothing that stops at edges."""

from __future__ import annotations

import numpy as np

from stylizer.bilateral import smoothed

GUIDE = np.zeros((24, 24), np.float32)
GUIDE[:, 12:] = 1.0


def test_noise_is_smoothed_and_an_edge_of_the_guide_stays() -> None:
    noise = 0.1 * np.random.default_rng(0).standard_normal((24, 24)).astype(np.float32)
    [kept], [blurred] = (smoothed([GUIDE + noise], guide=guide) for guide in (GUIDE, np.zeros_like(GUIDE)))
    assert kept[:, :10].std() < noise.std() / 3
    assert (kept[:, 12] - kept[:, 11]).mean() > 0.95
    assert (blurred[:, 12] - blurred[:, 11]).mean() < 0.4


def test_a_plain_plane_stays_as_it_is_up_to_its_borders() -> None:
    guide = np.random.default_rng(1).random((5, 7), np.float32)
    [plain] = smoothed([np.full((5, 7), 0.3, np.float32)], guide=guide)
    np.testing.assert_allclose(plain, 0.3, rtol=1e-5)


def test_a_row_and_a_column_can_be_smoothed() -> None:
    for shape in ((1, 6), (6, 1), (1, 1)):
        [plane] = smoothed([np.ones(shape, np.float32)], guide=np.zeros(shape, np.float32))
        np.testing.assert_allclose(plane, 1, rtol=1e-5)
