"""GIF: checks the size before decoding, and finds an animation's first frames."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO

from PIL import Image, ImageFile
from PIL.GifImagePlugin import GifImageFile

from stylizer.images.animation import max_frames, seek_frames
from stylizer.images.size import check_size
from stylizer.images.source import Source

MAX_BLOCKS = 100_000
"""25 MB in blocks of 255 bytes; many smaller ones would take minutes to read."""
FRAME, EXTENSION, COMMENT, APPLICATION, END = 0x2C, 0x21, 0xFE, 0xFF, b";"
"""Block introducers and extension labels. GIF89a, 20-26."""


class GifSource(Source):
    """A GIF; for some disposal methods its decoder allocates the whole canvas early."""

    decoder = GifImageFile

    def open(self) -> ImageFile.ImageFile:
        """Read the first frame's header, once its size is checked."""
        check_size(_measure_screen(self.encoded, frames=1)[0], self.name, bytes_per_pixel=1)
        return super().open()

    def frames(self) -> Iterator[Image.Image]:
        """Decode the first frame, and then those that are cheap to find."""
        yield from super().frames()
        allowed = max_frames(self.image.size)
        with suppress(Exception):  # decoders raise anything; earlier frames stay
            size, end = _measure_screen(self.encoded, frames=allowed)
            if allowed > 1 and size == self.image.size:
                yield from seek_frames(GifImageFile(BytesIO(self.encoded[:end] + END)), allowed)


def _measure_screen(encoded: bytes, *, frames: int) -> tuple[tuple[int, int], int]:
    """Return a GIF's screen size, widened by its first frame, and where the last of `frames` ends. GIF89a, 18-20.

    Skips stray bytes, as Pillow does. Stops at anything odd after the first frame. Raises ValueError if Pillow would
    find the end of an extension, and so the first frame, elsewhere; and if too many blocks come before the first frame,
    because each costs a Python call.
    """
    width_px, height_px, flags = struct.unpack_from("<HHB", encoded, 6)
    blocks = _Blocks(encoded)
    at = blocks.find_frame(13 + _palette_bytes(flags))
    size, flags = blocks.frame_extent(at)
    screen = (max(width_px, size[0]), max(height_px, size[1]))
    end = at
    with suppress(IndexError, ValueError, struct.error):
        for _ in range(1, frames):
            end = blocks.skip_blocks(at + 11 + _palette_bytes(flags))
            at = blocks.find_frame(end)
            size, flags = blocks.frame_extent(at)
            if size[0] > screen[0] or size[1] > screen[1]:
                break
    return screen, end


def _palette_bytes(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


class _Blocks:
    """Walks a limited number of a GIF's blocks."""

    def __init__(self, encoded: bytes) -> None:
        self._encoded = encoded
        self._left = MAX_BLOCKS

    def find_frame(self, at: int) -> int:
        """Return where the next frame begins."""
        while self._encoded[at] != FRAME:
            self._count()
            if self._encoded[at] == EXTENSION:
                label, first = self._encoded[at + 1], at + 2
                at = self.skip_blocks(first)
                is_empty = at == first + 1 and label != COMMENT
                loops = label == APPLICATION and self._encoded.startswith(b"NETSCAPE2.0", first + 1)
                if is_empty or (loops and at == first + self._encoded[first] + 2):
                    raise ValueError("an extension without content")
            else:
                at += 1
        return at

    def frame_extent(self, at: int) -> tuple[tuple[int, int], int]:
        """Return the right and lower edge of a frame, and its flags."""
        left, top, width_px, height_px, flags = struct.unpack_from("<4HB", self._encoded, at + 1)
        return (left + width_px, top + height_px), flags

    def skip_blocks(self, at: int) -> int:
        """Return where the blocks that begin here end."""
        while self._encoded[at]:
            self._count()
            at += self._encoded[at] + 1
        return at + 1

    def _count(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise ValueError("too many blocks")
