"""Finds out which way is up in a picture."""

from __future__ import annotations

import re

from PIL import ExifTags, Image

UPRIGHT_BY = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""The transposition that undoes each EXIF orientation."""
SIDEWAYS = frozenset(
    {Image.Transpose.TRANSPOSE, Image.Transpose.ROTATE_270, Image.Transpose.TRANSVERSE, Image.Transpose.ROTATE_90}
)
"""The transpositions that swap width and height."""

XMP_ORIENTATION = re.compile(rb"""tiff:Orientation(?:\s{0,9}=\s{0,9}["']|>)\s{0,9}([1-8])""")
"""As an attribute or an element. XMP specification, part 2, 3.3."""


def stated_orientation(exif: bytes | None, xmp: bytes | None) -> int | None:
    """The orientation 1 … 8 by EXIF, else by XMP; never both, because editors leave outdated XMP behind."""
    orientation = None
    if exif is not None:
        read = Image.Exif()
        try:
            read.load(exif)
            orientation = read.get(ExifTags.Base.Orientation)
        except Exception:  # noqa: BLE001 - damaged EXIF raises all kinds of errors
            orientation = None
    if isinstance(orientation, int):
        return orientation
    found = XMP_ORIENTATION.search(xmp) if xmp is not None else None
    return int(found[1]) if found else None
