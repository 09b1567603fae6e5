"""How large a picture may be, and another size of one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from stylizer.errors import PictureTooLarge, PictureTooSmall

LIMIT_PX = 40_000_000
SMALLEST_SIDE_PX = 16


def check_size(size: tuple[int, int], name: str) -> None:
    width_px, height_px = size
    if width_px * height_px > LIMIT_PX:
        raise PictureTooLarge(name, width_px, height_px, LIMIT_PX)
    if min(size) < SMALLEST_SIDE_PX:
        raise PictureTooSmall(name, width_px, height_px, SMALLEST_SIDE_PX)


def fit_size(width_px: int, height_px: int, *, longest_side_px: int) -> tuple[int, int]:
    """The (width, height) of the same shape whose longest side is `longest_side_px`; each side at least 1."""
    scale = longest_side_px / max(width_px, height_px)
    return max(1, round(width_px * scale)), max(1, round(height_px * scale))


def resize(rgb: NDArray[np.float32], *, width_px: int, height_px: int) -> NDArray[np.float32]:
    """The picture at another size, antialiased: (height, width, 3) float32 in 0 … 1, as it came."""
    if rgb.shape[:2] == (height_px, width_px):
        return rgb
    shrinks = width_px * height_px < rgb.shape[0] * rgb.shape[1]
    # Lanczos keeps more detail on the way down; on the way up its ringing would be painted as strokes.
    kernel = Image.Resampling.LANCZOS if shrinks else Image.Resampling.BICUBIC
    resized = np.empty((height_px, width_px, rgb.shape[2]), np.float32)
    for channel in range(rgb.shape[2]):
        plane = Image.fromarray(np.ascontiguousarray(rgb[:, :, channel], np.float32))
        resized[:, :, channel] = np.asarray(plane.resize((width_px, height_px), kernel))
    return np.clip(resized, 0, 1, out=resized)
