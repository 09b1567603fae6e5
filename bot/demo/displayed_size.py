"""How large a picture is as displayed: turned the way that its camera was held."""

from __future__ import annotations

import io

from PIL import ExifTags, Image

_FIRST_ON_ITS_SIDE = 5
"""Orientations from this one on exchange width and height."""


def displayed_size(picture: bytes) -> tuple[int, int] | None:
    """The (width, height) in pixels; None if the header can't be read."""
    try:
        with Image.open(io.BytesIO(picture)) as image:
            is_on_its_side = image.getexif().get(ExifTags.Base.Orientation, 1) >= _FIRST_ON_ITS_SIDE
            width_px, height_px = image.size
    except (OSError, SyntaxError, TypeError, ValueError, Image.DecompressionBombError):
        return None
    return (height_px, width_px) if is_on_its_side else (width_px, height_px)
