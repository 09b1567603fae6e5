"""TIFF: checks the directory before decoding, and keeps the decoder quiet."""

from __future__ import annotations

import logging
import struct
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image, ImageFile
from PIL.TiffImagePlugin import TiffImageFile

from stylizer.errors import UnsupportedCompression
from stylizer.images.source import Source
from stylizer.quiet import standard_error_silenced

MAX_TAGS, MAX_VALUES = 1_000, 100_000
"""Enough for a strip for each row and plane of the tallest picture. Each value costs a Python object or a call."""

TILE_WIDTH, TILE_LENGTH = 322, 323
"""Tags of TIFF 6.0, section 15."""
MAX_TILE_PX = 40_000_000
IMAGE_DESCRIPTION, FIRST_PRIVATE_TAG = 270, 700
"""A text of any length, and the first of the tags that can hold whole files: XMP, a profile, layers."""
LAYOUTS = {
    b"II*\0": ("<4xI", "<H", "<H2xI4x"),
    b"MM\0*": (">4xI", ">H", ">H2xI4x"),
    b"II+\0": ("<8xQ", "<Q", "<H2xQ8x"),  # the other byte order of BigTIFF is beyond Pillow
}
"""Where the directory is, how many tags it has, and each one's number and count of values. TIFF 6.0, section 2."""
COMPRESSIONS = frozenset(
    {"raw", "tiff_ccitt", "group3", "group4", "tiff_lzw", "jpeg", "tiff_adobe_deflate", "packbits", "tiff_deflate"}
)
"""What cameras, scanners and drawing programs write, without thirty years of experimental formats."""


class TiffSource(Source):
    """The first page of a TIFF."""

    decoder = TiffImageFile

    def open(self) -> ImageFile.ImageFile:
        """Read the header; refuse what takes the decoder minutes or gigabytes even for a small picture."""
        _check_directory(self.encoded)
        image = super().open()
        compression = image.info["compression"]
        if compression not in COMPRESSIONS:
            raise UnsupportedCompression(*self.name, compression.upper().replace("_", " "))
        if isinstance(image, TiffImageFile):
            # A tile is unpacked whole, even if the picture shows little of it.
            tile_px = int(image.tag_v2.get(TILE_WIDTH, 1)) * int(image.tag_v2.get(TILE_LENGTH, 1))
            if tile_px > MAX_TILE_PX:
                raise ValueError("a tile larger than any picture")
        return image

    def bytes_per_pixel(self) -> float:
        """A strip, which may be the whole picture, is unpacked before it is copied."""
        return super().bytes_per_pixel() + 4

    def orientation(self) -> Image.Transpose | None:
        """None: Pillow already rotates TIFF while loading."""
        return None

    @staticmethod
    @contextmanager
    def silenced() -> Iterator[None]:
        """Hide libtiff's messages on standard error and Pillow's log records: the error says it all."""
        log = logging.getLogger(TiffImageFile.__module__)
        was_disabled = log.disabled
        log.disabled = True
        try:
            with standard_error_silenced():
                yield
        finally:
            log.disabled = was_disabled


def _check_directory(encoded: bytes) -> None:
    """Raise ValueError for a TIFF whose first directory has more tags or values than any real picture."""
    header, length, entry = LAYOUTS[encoded[:4]]
    (at,) = struct.unpack_from(header, encoded)
    (tags,) = struct.unpack_from(length, encoded, at)
    first = at + struct.calcsize(length)
    if tags > MAX_TAGS:
        raise ValueError("too many tags")
    for place in range(first, first + tags * struct.calcsize(entry), struct.calcsize(entry)):
        tag, values = struct.unpack_from(entry, encoded, place)
        if values > MAX_VALUES and tag != IMAGE_DESCRIPTION and tag < FIRST_PRIVATE_TAG:
            raise ValueError("too many values in a tag")
