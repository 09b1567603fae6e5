"""AVIF."""

from __future__ import annotations

from collections.abc import Iterator

from PIL import Image
from PIL.AvifImagePlugin import AvifImageFile

from stylizer.images.animation import max_frames, seek_frames
from stylizer.images.orient import UPRIGHT_BY, stated_orientation
from stylizer.images.source import Source

BYTES_PER_PIXEL = 17.5
"""The planes of up to 16 bits, the decoder's output, Pillow's copy, and one with weighted colors."""


class AvifSource(Source):
    """An AVIF."""

    decoder = AvifImageFile

    def bytes_per_pixel(self) -> float:
        """As measured."""
        return BYTES_PER_PIXEL

    def orientation(self) -> Image.Transpose | None:
        """As stated by the container, which Pillow reports as EXIF; XMP doesn't count. MIAF, 7.3.6.7."""
        return UPRIGHT_BY.get(stated_orientation(self.image.info.get("exif"), None) or 1)

    def frames(self) -> Iterator[Image.Image]:
        """Decode the frames."""
        yield from super().frames()
        yield from seek_frames(self.image, max_frames(self.image.size))
