"""GIF: measured before anybody decodes it, and an animation's first frames."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import suppress
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
        with suppress(Exception):  # decoders raise anything, and what was seen before stays
            size, end = _screen_of(self.encoded, frames=allowed)
            if allowed > 1 and size == self.image.size:
                yield from seek_frames(GifImageFile(BytesIO(self.encoded[:end] + END)), allowed)


def _screen_of(encoded: bytes, *, frames: int) -> tuple[tuple[int, int], int]:
    """(the screen that a GIF claims, widened by its first frame, where the last of so many ends). GIF89a, 18-20.

    Stray bytes are skipped, as Pillow does. Later frames end where anything is odd. Raises ValueError where Pillow
    would look for the end of an extension elsewhere, and so for the first frame, and where too many blocks come before
    it: each costs a call in Python.
    """
    width_px, height_px, flags = struct.unpack_from("<HHB", encoded, 6)
    blocks = _Blocks(encoded)
    at = blocks.to_frame(13 + _palette_bytes(flags))
    size, flags = blocks.reach_of_frame(at)
    screen = (max(width_px, size[0]), max(height_px, size[1]))
    end = at
    with suppress(IndexError, ValueError, struct.error):
        for _ in range(1, frames):
            end = blocks.behind(at + 11 + _palette_bytes(flags))
            at = blocks.to_frame(end)
            size, flags = blocks.reach_of_frame(at)
            if size[0] > screen[0] or size[1] > screen[1]:
                break
    return screen, end


def _palette_bytes(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


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

    def reach_of_frame(self, at: int) -> tuple[tuple[int, int], int]:
        """(the right and the lower end of the frame, its flags)."""
        left, top, width_px, height_px, flags = struct.unpack_from("<4HB", self._encoded, at + 1)
        return (left + width_px, top + height_px), flags

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
