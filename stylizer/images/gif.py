"""GIF: measured before anybody decodes it, and an animation's first frames."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from io import BytesIO

from PIL import Image, ImageFile
from PIL.GifImagePlugin import GifImageFile

from stylizer.images.animation import frames_allowed, seek_frames
from stylizer.images.size import check_size
from stylizer.images.source import Source

MAX_BLOCKS = 100_000
"""25 MB in blocks of 255 bytes; a file of smaller ones is read for minutes."""
FRAME, EXTENSION, COMMENT, APPLICATION, END = 0x2C, 0x21, 0xFE, 0xFF, b";"
"""What begins the blocks of GIF89a, 20-26, and labels its extensions."""


class GifSource(Source):
    """A GIF whose decoder allocates its whole canvas early, for some ways of disposal."""

    decoder = GifImageFile

    def open(self) -> ImageFile.ImageFile:
        """The first frame's header, after a look at what it will claim."""
        check_size(_screen_of(self.encoded, frames=1)[0], self.name, bytes_per_pixel=1)
        return super().open()

    def frames(self) -> Iterator[Image.Image]:
        """Decode the first frame, and then as many as are cheap to find."""
        yield from super().frames()
        allowed = frames_allowed(self.image.size)
        size, end = _screen_of(self.encoded, frames=allowed)
        if allowed > 1 and size == self.image.size:
            yield from seek_frames(GifImageFile(BytesIO(self.encoded[:end] + END)), allowed)


def _screen_of(encoded: bytes, *, frames: int) -> tuple[tuple[int, int], int]:
    """(the screen that a GIF claims, widened by so many frames, where the last of them ends). GIF89a, 18-20.

    Stray bytes are skipped, as Pillow does. Later frames end where anything is odd. Raises ValueError where Pillow
    would look for the end of an extension elsewhere, and so for the first frame, and where too many blocks come before
    it: each costs a call in Python.
    """
    width_px, height_px, flags = struct.unpack_from("<HHB", encoded, 6)
    at = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    end = 0
    blocks = _Blocks(encoded)
    for number in range(frames):
        try:
            at = blocks.to_frame(at)
            left, top, frame_width_px, frame_height_px, flags = struct.unpack_from("<4HB", encoded, at + 1)
            if number > 0 and (left + frame_width_px > width_px or top + frame_height_px > height_px):
                break
            width_px, height_px = max(width_px, left + frame_width_px), max(height_px, top + frame_height_px)
            if frames > 1:
                at = end = blocks.behind(at + 11 + (3 << (flags & 7) + 1 if flags & 0x80 else 0))
        except (IndexError, ValueError, struct.error):
            if number == 0:
                raise
            break
    return (width_px, height_px), end


class _Blocks:
    """Walks a GIF's blocks, a bounded number of them."""

    def __init__(self, encoded: bytes) -> None:
        self._encoded = encoded
        self._left = MAX_BLOCKS

    def to_frame(self, at: int) -> int:
        """Where the next frame begins."""
        while self._encoded[at] != FRAME:
            self._count()
            if self._encoded[at] == EXTENSION:
                label, first = self._encoded[at + 1], at + 2
                at = self.behind(first)
                is_empty = at == first + 1 and label != COMMENT
                loops = label == APPLICATION and self._encoded.startswith(b"NETSCAPE2.0", first + 1)
                if is_empty or (loops and at == first + self._encoded[first] + 2):
                    raise ValueError("an extension without content")
            else:
                at += 1
        return at

    def behind(self, at: int) -> int:
        """Where the blocks that begin here have ended."""
        while self._encoded[at]:
            self._count()
            at += self._encoded[at] + 1
        return at + 1

    def _count(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise ValueError("too many blocks")
