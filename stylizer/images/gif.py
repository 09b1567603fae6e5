"""What a GIF claims before anybody decodes it."""

from __future__ import annotations

import struct

MOST_GIF_BLOCKS = 100_000
"""25 MB in blocks of 255 bytes; a file of smaller ones is read for minutes."""
GIF_FRAME, GIF_EXTENSION, GIF_COMMENT, GIF_APPLICATION = 0x2C, 0x21, 0xFE, 0xFF
"""What begins the blocks of GIF89a, 20-26, and labels its extensions."""


def gif_size(encoded: bytes) -> tuple[int, int]:
    """The screen that a GIF claims, widened by its first frame. GIF89a, 18-20; stray bytes are skipped, as Pillow does.

    Raises ValueError where Pillow would look for the end of an extension elsewhere, and so for the frame, and where
    too many blocks come before it: each costs a call in Python.
    """
    width_px, height_px, flags = struct.unpack_from("<HHB", encoded, 6)
    at = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    blocks = 0
    while encoded[at] != GIF_FRAME:
        blocks += 1
        if blocks > MOST_GIF_BLOCKS:
            raise ValueError("too much before the first frame")
        if encoded[at] != GIF_EXTENSION:
            at += 1
            continue
        label, first = encoded[at + 1], at + 2
        at = first
        while encoded[at] and blocks <= MOST_GIF_BLOCKS:
            at += encoded[at] + 1
            blocks += 1
        loops = label == GIF_APPLICATION and encoded.startswith(b"NETSCAPE2.0", first + 1)
        if (at == first and label != GIF_COMMENT) or (at == first + encoded[first] + 1 and loops):
            raise ValueError("an extension without content")
        at += 1
    left, top, frame_width_px, frame_height_px = struct.unpack_from("<HHHH", encoded, at + 1)
    return max(width_px, left + frame_width_px), max(height_px, top + frame_height_px)
