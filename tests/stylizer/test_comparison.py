"""A photograph next to its painting, and the GIF that wipes from one to the other."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image, ImageSequence

from stylizer.comparison import GAP_PX, Comparison, make_comparison
from stylizer.images import Picture
from tests.stylizer.conftest import stripes

RED, BLUE = (200, 30, 30), (30, 30, 200)


def plain(color: tuple[int, int, int], width_px: int, height_px: int, alpha: int | None = None) -> Picture:
    rgb = np.full((height_px, width_px, 3), color, np.uint8)
    return Picture(rgb, None if alpha is None else np.full((height_px, width_px), alpha, np.uint8))


def compared(content: Picture, painting: Picture, *, longest_side_px: int = 1024) -> Comparison:
    return make_comparison(content, painting, longest_side_px=longest_side_px)


def sheet_of(comparison: Comparison) -> Image.Image:
    return Image.open(BytesIO(comparison.side_by_side)).convert("RGB")


def frames_of(comparison: Comparison) -> list[np.ndarray]:
    """Return the frames as a viewer shows them."""
    with Image.open(BytesIO(comparison.wipe)) as gif:
        return [np.asarray(frame.convert("RGB")).astype(int) for frame in ImageSequence.Iterator(gif)]


def is_near(shown: object, color: tuple[int, int, int]) -> bool:
    return bool(np.abs(np.asarray(shown).astype(int) - color).max() < 20)


def test_the_content_is_scaled_to_the_painting_and_stands_on_its_left() -> None:
    sheet = sheet_of(compared(plain(RED, 40, 30), plain(BLUE, 120, 90)))
    assert sheet.size == (120 + GAP_PX + 120, 90)
    assert is_near(sheet.getpixel((5, 45)), RED)
    assert is_near(sheet.getpixel((119, 45)), RED)
    assert is_near(sheet.getpixel((123, 45)), (255, 255, 255))
    assert is_near(sheet.getpixel((240, 45)), BLUE)


def test_large_pictures_are_shown_smaller() -> None:
    assert sheet_of(compared(plain(RED, 300, 600), plain(BLUE, 300, 600), longest_side_px=200)).size == (208, 200)


def test_the_wipe_begins_with_the_content_and_ends_with_the_painting() -> None:
    frames = frames_of(compared(plain(RED, 120, 90), plain(BLUE, 120, 90)))
    assert is_near(frames[0], RED)
    assert is_near(frames[-1], BLUE)
    assert len(frames) > 20
    painted = [float((frame[45, :, 2] > 150).mean()) for frame in frames]
    assert painted == sorted(painted)
    middle = frames[len(frames) // 2]
    assert is_near(middle[45, 10], BLUE)
    assert is_near(middle[45, 110], RED)


def test_transparent_parts_are_white() -> None:
    comparison = compared(plain(RED, 60, 60, alpha=0), plain(BLUE, 60, 60, alpha=0))
    assert is_near(np.asarray(sheet_of(comparison)), (255, 255, 255))
    assert is_near(frames_of(comparison)[-1], (255, 255, 255))


def test_the_gif_stays_within_its_limit() -> None:
    noise = Picture(np.random.default_rng(0).integers(0, 256, (200, 300, 3), dtype=np.uint8), None)
    made = make_comparison(noise, stripes(300, 200), longest_side_px=1024, gif_limit_bytes=50_000)
    assert len(made.wipe) <= 50_000
