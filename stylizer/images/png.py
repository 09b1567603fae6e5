"""A PNG without all that is no picture."""

from __future__ import annotations

import zlib

from stylizer.images.color import LARGEST_PROFILE_BYTES

MOST_PNG_CHUNKS = 100_000
"""25 MB in chunks of 255 bytes; a file of smaller ones is read for minutes."""


def png_essence(encoded: bytes) -> tuple[bytes, bytes | None]:
    """(the PNG's picture alone, its colour profile or None). Texts may unpack to gigabytes: nobody reads them here."""
    view = memoryview(encoded)
    essence: list[bytes | memoryview] = [view[:8]]
    profile: bytes | None = None
    at = 8
    for _ in range(MOST_PNG_CHUNKS):
        kind = bytes(view[at + 4 : at + 8])
        end = at + 12 + int.from_bytes(view[at : at + 4], "big")
        if kind in (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"eXIf", b"IEND"):
            essence.append(view[at:end])
        elif kind == b"iCCP" and profile is None:
            profile = bytes(view[at + 8 : end - 4])
        if kind == b"IEND" or end >= len(view):
            # Megabytes may follow the end that would all look like empty chunks.
            return b"".join(essence), None if profile is None else _unpacked_profile(profile)
        at = end
    raise ValueError("too many chunks")


def _unpacked_profile(chunk: bytes) -> bytes | None:
    """The colour profile of a PNG's iCCP chunk: a name, a zero, the method (a zero as well), then deflate."""
    try:
        return zlib.decompressobj().decompress(chunk[chunk.index(0) + 2 :], LARGEST_PROFILE_BYTES)
    except (ValueError, zlib.error):
        return None
