"""The judge's figures that need no network."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.surface import (
    Rgb,
    border_excess,
    chroma,
    edges_kept,
    excess_noise,
    lattice,
    stroke_contrast,
    weave,
    white_border,
)
from tests.benchmarks.pictures import content, style, with_noise


def test_noise_in_a_painting_counts_and_more_of_it_counts_more() -> None:
    little, much = (excess_noise(with_noise(content(), levels), content(), style()) for levels in (4, 12))

    assert 0 < little < much


def test_details_of_the_content_and_lines_of_the_style_are_not_noise() -> None:
    assert excess_noise(content(), content(), style()) == 0
    assert excess_noise(style(), content(), style()) == 0


def test_a_noisy_sky_is_noise_even_under_a_style_with_fine_lines() -> None:
    lines = np.zeros((128, 128, 3), np.float32)
    lines[:64:2] = 1
    sky = np.full_like(lines, 0.5)
    half_noisy = np.concatenate((lines[:64], with_noise(sky[64:], 10)))

    assert excess_noise(half_noisy, sky, lines) > 0.5


def test_a_dark_edge_is_an_excess_at_the_border() -> None:
    with_edge = style(256, 192)
    with_edge[:4] *= 0.3

    assert border_excess(style(256, 192)) < 2
    assert border_excess(with_edge) > 5


@pytest.mark.parametrize("size", [(512, 64), (32, 32)])
def test_a_banner_and_a_tiny_painting_have_borders_too(size: tuple[int, int]) -> None:
    assert border_excess(style(*size)) < 5


def test_a_white_frame_is_seen() -> None:
    framed = style(128, 128)
    framed[:4], framed[:, :4] = 1, 1

    assert white_border(style(128, 128)) < 0.01
    assert white_border(framed) == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("period_px", [2, 4, 8, 16])
def test_a_lattice_of_any_pooling_is_seen(period_px: int) -> None:
    rng = np.random.default_rng(1)
    cloth = rng.uniform(0.3, 0.7, (256, 256, 1)).repeat(3, axis=2).astype(np.float32)
    woven = cloth.copy()
    woven[:, ::period_px] += 0.25

    assert lattice(cloth) < 0.05
    assert lattice(woven) > 0.15


def test_a_grid_of_blocks_is_a_lattice() -> None:
    blocks = np.random.default_rng(1).uniform(0, 1, (128, 128, 1))
    grid = np.kron(blocks, np.ones((2, 2, 3))).astype(np.float32)

    assert lattice(grid) > 0.5


def test_fine_lines_parallel_to_the_sides_are_a_weave() -> None:
    noise = np.random.default_rng(1).random((96, 128, 3), np.float32)
    woven = noise.copy()
    woven[::3] += 0.2
    woven[:, ::3] += 0.2
    diagonal = noise + 0.4 * (np.add.outer(np.arange(96), np.arange(128)) % 3 == 0)[..., None].astype(np.float32)

    assert weave(noise) == pytest.approx(1, abs=0.1)
    assert weave(woven) > 2
    assert weave(diagonal) < 0.5


def test_a_flat_painting_has_no_strokes_and_the_style_has_its_own() -> None:
    flat = np.full((64, 96, 3), 0.5, np.float32)

    assert stroke_contrast(flat, style()) == 0
    assert 0.5 < stroke_contrast(style(), style()) <= 1


def test_edges_are_kept_by_a_change_of_colors_and_lost_by_a_mirror() -> None:
    page: Rgb = style(96, 96)
    recolored = 0.2 + 0.6 * page[..., ::-1]

    assert edges_kept(page, page) == pytest.approx(1)
    assert edges_kept(recolored, page) > 0.7
    assert edges_kept(page[:, ::-1], page) < 0.3
    assert edges_kept(np.zeros_like(page), page) == 0


def test_a_gray_painting_has_no_chroma() -> None:
    gray = style()[..., :1].repeat(3, axis=2)

    assert chroma(gray) == 0
    assert chroma(style()) > 20
