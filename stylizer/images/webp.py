"""What a WebP claims before anybody decodes it."""

from __future__ import annotations

import struct


def webp_size(encoded: bytes) -> tuple[int, int]:
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
