"""A picture's file as its format's decoder sees it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from io import BytesIO
from typing import ClassVar

from PIL import Image, ImageFile

from stylizer.errors import IncompletePicture, PictureName
from stylizer.images.orient import UPRIGHT_BY, stated_orientation
from stylizer.images.size import check_size

ENOUGH = 0.9
"""Of a picture that was cut off: the share that must be there."""
STORED_BYTES = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2, "I;16L": 2, "I;16N": 2}
"""What a pixel takes in Pillow, by mode; in every other mode four bytes."""


def incomplete_picture(name: PictureName, share: float | None) -> IncompletePicture:
    """The error for a picture of which so much is there, 0 to 1; None where all of it is, but only coarsely."""
    return IncompletePicture(*name, None if share is None else min(10 * round(10 * share), 90))


class Source:
    """One file that claims to be of a format. This base reads the formats that need no care of their own.

    Made from any bytes that begin like the format. Every method may raise anything on hostile ones; `PictureError` says
    what is wrong in words.
    """

    decoder: ClassVar[type[ImageFile.ImageFile]]

    def __init__(self, encoded: bytes, name: PictureName) -> None:
        self.encoded = encoded
        self.name = name
        """What the picture is called in errors."""
        self.image: ImageFile.ImageFile
        """What `open` returned."""

    @staticmethod
    def silenced() -> AbstractContextManager[None]:
        """Keep what the decoder tells past Python from being seen."""
        return nullcontext()

    def open(self) -> ImageFile.ImageFile:
        """The header, checked: nothing is decoded yet, and no larger picture than its format may have."""
        self.image = self.decoder(BytesIO(self.encoded))
        check_size(self.image.size, self.name, bytes_per_pixel=self.bytes_per_pixel())
        return self.image

    def bytes_per_pixel(self) -> float:
        """What decoding and shrinking takes for each pixel, at its peak."""
        mode = self.image.mode
        stored = STORED_BYTES.get(mode, 4)
        if mode in {"LA", "RGBA"}:
            return 2 * stored + 1  # once more with its colors weighted, and the alpha
        if mode == "PA" or "transparency" in self.image.info:
            return stored + 9  # as RGBA, and as that
        if mode == "P":
            return stored + 4  # as RGB
        if mode.startswith(("I", "F")):
            return 3 * stored + 1  # as bytes, as an array, and in eight bits
        return stored

    def shrink(self, size_px: tuple[int, int] | None) -> None:
        """Prepare to decode no more than a picture of `size_px` needs, where the format can; None needs all."""

    def frames(self) -> Iterator[Image.Image]:
        """Decode what `open` returned; of an animation, a bounded number of frames, one after another."""
        self.image.load()
        yield self.image

    def profile(self) -> bytes | None:
        """The color profile (ICC) that turns the picture's colors into what they mean."""
        profile: bytes | None = self.image.info.get("icc_profile")
        return profile

    def orientation(self) -> Image.Transpose | None:
        """What makes the picture upright; None when it is, or when nothing sensible is said of it."""
        return UPRIGHT_BY.get(stated_orientation(self.image.info.get("exif"), self.image.info.get("xmp")) or 1)
