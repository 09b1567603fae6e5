"""A TIFF's directory before anybody decodes it, and a quiet decoder."""

from __future__ import annotations

import logging
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager

from PIL.TiffImagePlugin import TiffImageFile

MOST_TIFF_TAGS, MOST_TIFF_VALUES = 1_000, 100_000
"""A strip for each row and plane of the tallest picture; each value becomes a Python object, or a decoder's call."""

TILE_WIDTH, TILE_LENGTH = 322, 323
"""Tags of TIFF 6.0, section 15."""
IMAGE_DESCRIPTION, FIRST_PRIVATE_TAG = 270, 700
"""A text of any length, and where the tags begin that hold whole files: XMP, a profile, layers."""
TIFF_LAYOUTS = {
    b"II*\0": ("<4xI", "<H", "<H2xI4x"),
    b"MM\0*": (">4xI", ">H", ">H2xI4x"),
    b"II+\0": ("<8xQ", "<Q", "<H2xQ8x"),  # the other byte order of BigTIFF is beyond Pillow
}
"""Where the directory is, how many tags it has, and each one's number and count of values. TIFF 6.0, section 2."""
TIFF_COMPRESSIONS = frozenset(
    {"raw", "tiff_ccitt", "group3", "group4", "tiff_lzw", "jpeg", "tiff_adobe_deflate", "packbits", "tiff_deflate"}
)
"""What cameras, scanners and drawing programs write, and not every experiment of thirty years."""


def check_directory(encoded: bytes) -> None:
    """Raise ValueError for a TIFF whose first directory has more tags, or more values in one, than any picture's."""
    header, length, entry = TIFF_LAYOUTS[encoded[:4]]
    (at,) = struct.unpack_from(header, encoded)
    (tags,) = struct.unpack_from(length, encoded, at)
    first = at + struct.calcsize(length)
    if tags > MOST_TIFF_TAGS:
        raise ValueError("too many tags")
    for place in range(first, first + tags * struct.calcsize(entry), struct.calcsize(entry)):
        tag, values = struct.unpack_from(entry, encoded, place)
        if values > MOST_TIFF_VALUES and tag != IMAGE_DESCRIPTION and tag < FIRST_PRIVATE_TAG:
            raise ValueError("too many values in a tag")


@contextmanager
def tiff_silenced() -> Iterator[None]:
    """Nothing that Pillow logs of a TIFF, or that this process writes to its standard error, is seen."""
    log = logging.getLogger(TiffImageFile.__module__)
    was_disabled = log.disabled
    log.disabled = True
    try:
        with _standard_error_silenced():
            yield
    finally:
        log.disabled = was_disabled


@contextmanager
def _standard_error_silenced() -> Iterator[None]:
    """Nothing that this process writes to its standard error is seen."""
    standard_error = 2
    try:
        kept = os.dup(standard_error)
    except OSError:  # it is closed, as a shell's `2>&-` does: nothing is seen anyway
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, standard_error)
    try:
        yield
    finally:
        os.dup2(kept, standard_error)
        os.close(kept)
        os.close(nowhere)
