"""Decodes and encodes pictures: bytes to sRGB arrays and back. Hostile files are stopped here.

On the way in, the first bytes decide which single decoder may see the picture, the size in the header is checked before
any pixel is decoded, and anything that a decoder raises becomes one `PictureError`.
"""

from __future__ import annotations

from stylizer.images.encode import EncodedPicture, encode_picture, encode_preview, encode_within
from stylizer.images.formats import BEGINNING_BYTES, recognize_picture
from stylizer.images.limits import JPEG_MEGAPIXELS, STILL_MEGAPIXELS
from stylizer.images.open import open_picture, read_size
from stylizer.images.picture import Picture, to_bytes, to_float
from stylizer.images.size import (
    MAX_DECODING_BYTES,
    MAX_PIXELS,
    MIN_PAINTED_SIDE_PX,
    MIN_SIDE_PX,
    fit_size,
    has_shape_of,
    refuse_if_too_narrow,
    resample,
    resize,
)
from stylizer.images.transparency import spread_colors

__all__ = [
    "BEGINNING_BYTES",
    "JPEG_MEGAPIXELS",
    "MAX_DECODING_BYTES",
    "MAX_PIXELS",
    "MIN_PAINTED_SIDE_PX",
    "MIN_SIDE_PX",
    "STILL_MEGAPIXELS",
    "EncodedPicture",
    "Picture",
    "encode_picture",
    "encode_preview",
    "encode_within",
    "fit_size",
    "has_shape_of",
    "open_picture",
    "read_size",
    "recognize_picture",
    "refuse_if_too_narrow",
    "resample",
    "resize",
    "spread_colors",
    "to_bytes",
    "to_float",
]
