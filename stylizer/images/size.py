"""How large a picture may be, and resizing."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from stylizer.errors import PictureName, PictureTooLarge, PictureTooNarrow, PictureTooSmall
from stylizer.images.picture import Picture
from stylizer.recipe import MAX_SIZE_PX

MAX_DECODING_BYTES = 700_000_000
"""Peak memory for decoding one picture; each format says how much of it a pixel takes."""
MAX_PIXELS = 250_000_000
"""The largest cameras have 200 megapixels; more takes too long to decode, even with little memory."""
MIN_SIDE_PX = 16
MIN_PAINTED_SIDE_PX = 32
"""With less, almost nothing of the content is visible, and the deepest features are two positions wide."""

_SHAPE_TOLERANCE = 0.02
"""How much the short side of a picture of the same shape may differ, relative to its longest side."""
_ROUNDING_PX = 2
"""Or by this much."""


def check_size(size: tuple[int, int], name: PictureName, *, bytes_per_pixel: float) -> None:
    """Raise `PictureTooLarge` or `PictureTooSmall` from the header's size, before a pixel is decoded."""
    width_px, height_px = size
    limit_px = min(MAX_PIXELS, int(MAX_DECODING_BYTES / bytes_per_pixel))
    if width_px * height_px > limit_px:
        raise PictureTooLarge(*name, width_px, height_px, megapixels(limit_px))
    _refuse_if_too_small(size, name)


def refuse_if_too_narrow(
    size: tuple[int, int], name: PictureName, *, longest_side_px: int, shortest_side_px: int = MIN_PAINTED_SIDE_PX
) -> None:
    """Raise `PictureTooNarrow` if the short side would be shorter than `shortest_side_px` at that longest side.

    Raises `PictureTooSmall` for a side that is too short whatever the picture is cropped to.
    """
    _refuse_if_too_small(size, name)
    width_px, height_px = size
    short_side_px = min(fit_size(width_px, height_px, longest_side_px=longest_side_px))
    if short_side_px < shortest_side_px:
        needed_px = math.ceil(shortest_side_px * max(size) / min(size))
        raise PictureTooNarrow(
            *name,
            width_px=width_px,
            height_px=height_px,
            longest_side_px=longest_side_px,
            short_side_px=short_side_px,
            limit_px=shortest_side_px,
            crop_to_px=min(size) * longest_side_px // shortest_side_px,
            needed_px=needed_px if needed_px <= MAX_SIZE_PX else None,
        )


def _refuse_if_too_small(size: tuple[int, int], name: PictureName) -> None:
    if min(size) < MIN_SIDE_PX:
        raise PictureTooSmall(*name, *size, MIN_SIDE_PX)


def megapixels(pixels: int) -> int:
    """Whole megapixels, rounded down, for limits."""
    return pixels // 1_000_000


def fit_size(width_px: int, height_px: int, *, longest_side_px: int) -> tuple[int, int]:
    """The (width, height) of the same aspect ratio whose longest side is `longest_side_px`; each at least 1."""
    scale = longest_side_px / max(width_px, height_px)
    return max(1, round(width_px * scale)), max(1, round(height_px * scale))


def has_shape_of(picture: Picture, *, width_px: int, height_px: int) -> bool:
    """Whether a picture has about the aspect ratio of a canvas: sides are rounded, and pictures were shrunk before."""
    longest_side_px = max(picture.width_px, picture.height_px)
    needed = fit_size(width_px, height_px, longest_side_px=longest_side_px)
    difference_px = max(abs(picture.width_px - needed[0]), abs(picture.height_px - needed[1]))
    return difference_px <= max(_ROUNDING_PX, _SHAPE_TOLERANCE * longest_side_px)


def resize(rgb: NDArray[np.float32], *, width_px: int, height_px: int) -> NDArray[np.float32]:
    """Resize with antialiasing; (height, width, channels) float32 from 0 to 1, both in and out."""
    if rgb.shape[:2] == (height_px, width_px):
        return rgb
    shrinks = width_px * height_px < rgb.shape[0] * rgb.shape[1]
    # Lanczos keeps more detail when shrinking; when enlarging, its ringing shows unless blurred, as in `start.py`.
    kernel = Image.Resampling.LANCZOS if shrinks else Image.Resampling.BICUBIC
    resized = resample(rgb, width_px=width_px, height_px=height_px, kernel=kernel)
    return np.clip(resized, 0, 1, out=resized)


def resample(
    values: NDArray[np.floating], *, width_px: int, height_px: int, kernel: Image.Resampling
) -> NDArray[np.float32]:
    """Resize (height, width, channels) of any range, channel by channel; the result may overshoot that range."""
    resized = np.empty((height_px, width_px, values.shape[2]), np.float32)
    for channel in range(values.shape[2]):
        plane = Image.fromarray(np.ascontiguousarray(values[:, :, channel], np.float32))
        resized[:, :, channel] = np.asarray(plane.resize((width_px, height_px), kernel))
    return resized
