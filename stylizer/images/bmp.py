"""BMP: read as it is."""

from __future__ import annotations

from PIL import ImageFile
from PIL.BmpImagePlugin import BmpImageFile

from stylizer.errors import UnsupportedCompression
from stylizer.images.source import Source


class BmpSource(Source):
    """A BMP."""

    decoder = BmpImageFile

    def open(self) -> ImageFile.ImageFile:
        """The header, and refused what Pillow unpacks in Python, byte by byte."""
        image = super().open()
        if image.tile[0].codec_name == "bmp_rle":
            raise UnsupportedCompression(*self.name, "RLE")
        return image
