"""The numbered sheet of small paintings."""

from __future__ import annotations

import io
import subprocess
import sys

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from stylizer.events import PictureFormat
from stylizer.images import encode_picture
from stylizer.pool import MAX_CELLS, compose_sheet

COLORS = [(200, 40, 40), (40, 200, 40), (40, 40, 200), (200, 200, 40)]


def picture(
    color: tuple[int, int, int], *, size: tuple[int, int] = (96, 64), picture_format: PictureFormat = "png"
) -> bytes:
    rgb = np.full((size[1], size[0], 3), color, np.uint8)
    return encode_picture(rgb, None, picture_format=picture_format)


def pixels(sheet: bytes) -> NDArray[np.float64]:
    with Image.open(io.BytesIO(sheet)) as opened:
        assert opened.format == "JPEG"
        return np.asarray(opened, np.float64)


def color_at(sheet: NDArray[np.float64], across: float, down: float) -> NDArray[np.float64]:
    """Return the color of a place, given as shares of width and height."""
    rows, columns = sheet.shape[:2]
    color: NDArray[np.float64] = sheet[round(down * rows), round(across * columns)]
    return color


def test_pictures_are_laid_out_in_reading_order() -> None:
    sheet = pixels(compose_sheet([picture(color) for color in COLORS], cell_px=240))
    for color, place in zip(COLORS, [(0.4, 0.4), (0.9, 0.4), (0.4, 0.9), (0.9, 0.9)], strict=True):
        np.testing.assert_allclose(color_at(sheet, *place), color, atol=12)


def test_every_cell_has_its_own_number() -> None:
    sheet = pixels(compose_sheet([picture(COLORS[0])] * 9, cell_px=240))
    height, width = (side // 3 for side in sheet.shape[:2])
    corners = [
        sheet[row * height : row * height + 48, column * width : column * width + 48]
        for row in range(3)
        for column in range(3)
    ]
    for number, corner in enumerate(corners):
        assert corner.max() > 240, "a white digit"
        for other in corners[:number]:
            assert np.abs(corner - other).max() > 100, "two different digits"


def test_cells_without_a_picture_keep_their_place() -> None:
    early = pixels(compose_sheet([None, picture(COLORS[1]), None, None], cell_px=240))
    done = pixels(compose_sheet([picture(color) for color in COLORS], cell_px=240))
    assert early.shape == done.shape
    np.testing.assert_allclose(color_at(early, 0.9, 0.4), COLORS[1], atol=12)
    assert np.ptp(color_at(early, 0.4, 0.4)) < 20


def test_a_sheet_can_begin_without_any_picture_in_its_final_size() -> None:
    empty = compose_sheet([None] * 9, size_px=(64, 96), cell_px=240)
    assert pixels(empty).shape == pixels(compose_sheet([picture(COLORS[0], size=(64, 96))] * 9, cell_px=240)).shape


@pytest.mark.parametrize("picture_format", ["png", "jpeg", "webp"])
def test_previews_and_results_of_every_format_can_be_shown(picture_format: PictureFormat) -> None:
    sheet = pixels(compose_sheet([picture(COLORS[2], picture_format=picture_format)]))
    np.testing.assert_allclose(color_at(sheet, 0.5, 0.5), COLORS[2], atol=12)


def test_pictures_of_several_sizes_fill_cells_of_one_size() -> None:
    sheet = pixels(compose_sheet([picture(COLORS[0], size=(96, 64)), picture(COLORS[1], size=(512, 341))], cell_px=240))
    np.testing.assert_allclose(color_at(sheet, 0.45, 0.5), COLORS[0], atol=12)
    np.testing.assert_allclose(color_at(sheet, 0.95, 0.5), COLORS[1], atol=12)


def test_a_picture_of_another_shape_is_cut_instead_of_distorted() -> None:
    rgb = np.zeros((60, 180, 3), np.uint8)
    rgb[:, :60], rgb[:, 60:120], rgb[:, 120:] = COLORS[0], COLORS[1], COLORS[2]
    sheet = pixels(compose_sheet([encode_picture(rgb, None, picture_format="png")], size_px=(1, 1), cell_px=180))
    for across in (0.1, 0.5, 0.9):
        np.testing.assert_allclose(color_at(sheet, across, 0.6), COLORS[1], atol=12)


def test_transparent_parts_show_the_ground() -> None:
    rgb, alpha = np.full((64, 96, 3), 250, np.uint8), np.zeros((64, 96), np.uint8)
    sheet = pixels(compose_sheet([encode_picture(rgb, alpha, picture_format="png")]))
    assert color_at(sheet, 0.5, 0.5).max() < 80


@pytest.mark.parametrize(
    "broken", [b"", b"GIF89a", picture(COLORS[0])[:60], picture(COLORS[0], size=(2049, 16))], ids=len
)
def test_a_picture_that_no_painter_makes_is_an_empty_cell(broken: bytes) -> None:
    assert compose_sheet([broken], size_px=(96, 64)) == compose_sheet([None], size_px=(96, 64))


@pytest.mark.parametrize("count", [0, MAX_CELLS + 1])
def test_a_sheet_has_one_to_nine_pictures(count: int) -> None:
    with pytest.raises(ValueError, match=f"a sheet has 1 to 9 pictures, not {count}"):
        compose_sheet([None] * count)


def test_a_sheet_needs_no_tensorflow() -> None:
    check = "import sys, stylizer.pool as p; p.compose_sheet([None] * 4); sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
