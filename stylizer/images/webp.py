"""WebP: checks the size before decoding."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from PIL import Image, ImageFile
from PIL.WebPImagePlugin import WebPImageFile

from stylizer.images.animation import max_frames, seek_frames
from stylizer.images.size import check_size
from stylizer.images.source import Source

BYTES_PER_PIXEL = 17.5
"""The animation decoder's two canvases, its output, Pillow's copy, and one with weighted colors."""


class WebPSource(Source):
    """A WebP; its decoder allocates the whole canvas at once."""

    decoder = WebPImageFile

    def open(self) -> ImageFile.ImageFile:
        """Read the header, once its size is checked."""
        check_size(_canvas_of(self.encoded), self.name, bytes_per_pixel=BYTES_PER_PIXEL)
        return super().open()

    def bytes_per_pixel(self) -> float:
        """As measured."""
        return BYTES_PER_PIXEL

    def frames(self) -> Iterator[Image.Image]:
        """Decode the frames."""
        yield from super().frames()
        yield from seek_frames(self.image, max_frames(self.image.size))


def _canvas_of(encoded: bytes) -> tuple[int, int]:
    """The canvas that a WebP header claims. RFC 9649, 2.5-2.7."""
    match encoded[12:16]:
        case b"VP8X":
            return (int.from_bytes(encoded[24:27], "little") + 1, int.from_bytes(encoded[27:30], "little") + 1)
        case b"VP8L":
            bits = int.from_bytes(encoded[21:25], "little")
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case _:
            width_px, height_px = struct.unpack_from("<HH", encoded, 26)
            return width_px & 0x3FFF, height_px & 0x3FFF
