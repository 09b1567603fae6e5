"""A photograph and its painting: side by side, and as a GIF in which an edge wipes from one to the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from stylizer.images import Picture, encode_picture, fit_size
from stylizer.timelapse import DEFAULT_GIF_LIMIT_BYTES, make_gif, timelapse_size

GAP_PX = 8
"""Between the two pictures."""
EDGE_PX = 2
"""How wide the moving edge is."""
FRAMES = 40


@dataclass(frozen=True, slots=True)
class Comparison:
    """A content picture and its painting, together."""

    side_by_side: bytes
    """A JPEG: the content on the left, the painting on the right."""
    wipe: bytes
    """A GIF that begins with the content and ends with the painting."""


def make_comparison(
    content: Picture,
    painting: Picture,
    *,
    longest_side_px: int,
    gif_limit_bytes: int = DEFAULT_GIF_LIMIT_BYTES,
) -> Comparison:
    """Compare them at the painting's size, but no larger than `longest_side_px` each; what is transparent is white.

    The content is scaled to the painting, which has its shape.
    """
    side_px = min(longest_side_px, max(painting.width_px, painting.height_px))
    size = fit_size(painting.width_px, painting.height_px, longest_side_px=side_px)
    before, after = (_shown(picture, size) for picture in (content, painting))
    gap = np.full((size[1], GAP_PX, 3), 255, np.uint8)
    sheet = np.concatenate((np.asarray(before), gap, np.asarray(after)), axis=1)
    small = timelapse_size(*size)
    frames = _wipe(*(np.asarray(picture.resize(small, Image.Resampling.LANCZOS)) for picture in (before, after)))
    return Comparison(
        side_by_side=encode_picture(sheet, None, picture_format="jpeg"),
        wipe=make_gif(frames, limit_bytes=gif_limit_bytes).encoded,
    )


def _wipe(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    """Frames in which the painting comes in from the left, behind a white edge."""
    width_px = before.shape[1]
    frames = []
    for moment in np.linspace(0, width_px, FRAMES).round().astype(int):
        frame = before.copy()
        frame[:, :moment] = after[:, :moment]
        if 0 < moment < width_px:
            frame[:, moment : moment + EDGE_PX] = 255
        frames.append(frame)
    return frames


def _shown(picture: Picture, size: tuple[int, int]) -> Image.Image:
    image = Image.fromarray(picture.rgb)
    if picture.alpha is not None:
        image = Image.composite(image, Image.new("RGB", image.size, "white"), Image.fromarray(picture.alpha))
    return image.resize(size, Image.Resampling.LANCZOS)
