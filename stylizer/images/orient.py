"""Which way is up."""

from __future__ import annotations

from PIL import ExifTags, Image, ImageFile
from PIL.TiffImagePlugin import TiffImageFile


def orientation_of(image: ImageFile.ImageFile) -> Image.Transpose | None:
    """What makes the picture upright; None when it is, or when its EXIF is damaged."""
    if isinstance(image, TiffImageFile):
        return None  # Pillow turns TIFF while it loads it
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation)
    except Exception:  # noqa: BLE001 - there are as many kinds of errors as ways to damage EXIF
        return None
    return UPRIGHT_BY.get(orientation) if isinstance(orientation, int) else None


UPRIGHT_BY = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""EXIF's orientation to what undoes it."""
