"""The base class of formats: how a picture's file is read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from io import BytesIO
from typing import ClassVar

from PIL import Image, ImageFile

from stylizer.errors import IncompletePicture, PictureName
from stylizer.images.orient import UPRIGHT_BY, stated_orientation
from stylizer.images.size import check_size

MIN_SHARE = 0.9
"""The share of a truncated picture that must be there."""
STORED_BYTES = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2, "I;16L": 2, "I;16N": 2}
"""Bytes per pixel in Pillow, by mode; every other mode takes four."""


def incomplete_picture(name: PictureName, share: float | None) -> IncompletePicture:
    """Make the error for a picture of which this share, 0 to 1, is there; None for all of it, but only coarsely."""
    return IncompletePicture(*name, None if share is None else min(10 * round(10 * share), 90))


class Source:
    """A file that claims to be of a format. This base class reads the formats that need no special care.

    It is made from any bytes that begin like the format. For hostile bytes, every method may raise anything; a
    `PictureError` says what is wrong.
    """

    decoder: ClassVar[type[ImageFile.ImageFile]]

    def __init__(self, encoded: bytes, name: PictureName) -> None:
        self.encoded = encoded
        self.name = name
        """The picture's name in errors."""
        self.image: ImageFile.ImageFile
        """Set by `open`."""

    @staticmethod
    def silenced() -> AbstractContextManager[None]:
        """Hide what the decoder itself prints."""
        return nullcontext()

    def open(self) -> ImageFile.ImageFile:
        """Read and check the header, before anything is decoded."""
        self.image = self.decoder(BytesIO(self.encoded))
        check_size(self.image.size, self.name, bytes_per_pixel=self.bytes_per_pixel())
        return self.image

    def bytes_per_pixel(self) -> float:
        """Peak memory for decoding and shrinking, per pixel."""
        mode = self.image.mode
        stored = STORED_BYTES.get(mode, 4)
        if mode in {"LA", "RGBA"}:
            return 2 * stored + 1  # another copy with weighted colors, and the alpha
        if mode == "PA" or "transparency" in self.image.info:
            return stored + 9  # as RGBA, with what RGBA takes
        if mode == "P":
            return stored + 4  # as RGB
        if mode.startswith(("I", "F")):
            return 3 * stored + 1  # as bytes, as an array, and in eight bits
        return stored

    def shrink(self, size_px: tuple[int, int] | None) -> None:
        """Prepare to decode no more than `size_px` needs, if the format allows it; None needs everything."""

    def frames(self) -> Iterator[Image.Image]:
        """Decode it; of an animation, a limited number of frames, one after another."""
        self.image.load()
        yield self.image

    def profile(self) -> bytes | None:
        """The ICC profile of the picture's colors, if any."""
        profile: bytes | None = self.image.info.get("icc_profile")
        return profile

    def orientation(self) -> Image.Transpose | None:
        """The transposition that makes the picture upright; None if it is, or if nothing sensible is stated."""
        return UPRIGHT_BY.get(stated_orientation(self.image.info.get("exif"), self.image.info.get("xmp")) or 1)
