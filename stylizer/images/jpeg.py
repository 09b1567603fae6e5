"""A JPEG without all that is no picture."""

from __future__ import annotations

import re

MOST_JPEG_SCANS = 100
"""Progressive pictures have about ten; each scan costs a pass over the whole picture."""
MOST_JPEG_SEGMENTS = 1_000
"""The largest metadata come in some hundred; millions of empty ones would take long to walk."""

JPEG_SEGMENTS = 1_000
"""The largest metadata come in some hundred; millions of empty ones would take long to walk."""
MOST_PNG_CHUNKS = MOST_GIF_BLOCKS = 100_000
"""25 MB in chunks or blocks of 255 bytes; a file of smaller ones is read for minutes."""
MOST_TIFF_TAGS, MOST_TIFF_VALUES = 1_000, 100_000
"""A strip for each row and plane of the tallest picture; each value becomes a Python object, or a decoder's call."""

JPEG_SEGMENT = re.compile(rb"\xff([\xc0-\xcf\xd9-\xfe])")
"""What begins a segment, or ends the picture; neither a stuffed byte nor RSTn. ITU-T T.81, table B.1."""
START_OF_SCAN, END_OF_IMAGE = b"\xda", b"\xd9"
JPEG_ESSENCE = re.compile(rb"[\xc0-\xc7\xc9-\xcf\xdb-\xdd\xe0-\xe2\xee]")
"""The frame and its tables; JFIF, EXIF and XMP (which way is up), the colour profile, Adobe's colours."""
EXIF = b"Exif\0\0"


def jpeg_essence(encoded: bytes) -> bytes:
    """The JPEG without texts, previews and a second EXIF: Pillow would join a thousand, copying all it has each time.

    Raises ValueError for one without a scan, and for endless segments or scans up to its end: phones append a film.
    ITU-T T.81, B.1.1 and B.2.1.
    """
    header: list[bytes] = [encoded[:2]]
    picture_at: int | None = None
    scans = 0
    has_exif = False
    at = 2
    for _ in range(MOST_JPEG_SEGMENTS):
        segment = JPEG_SEGMENT.search(encoded, at)
        if segment is None or segment[1] == END_OF_IMAGE:
            break
        at = segment.end() + max(2, int.from_bytes(encoded[segment.end() : segment.end() + 2], "big"))
        if segment[1] == START_OF_SCAN:
            scans += 1
            picture_at = segment.start() if picture_at is None else picture_at
        elif picture_at is None and JPEG_ESSENCE.match(segment[1]):
            is_exif = encoded.startswith(EXIF, segment.end() + 2)
            if not (is_exif and has_exif):
                header.append(encoded[segment.start() : at])
            has_exif = has_exif or is_exif
    else:
        raise ValueError("too many segments")
    if picture_at is None or scans > MOST_JPEG_SCANS:
        raise ValueError("no scan, or too many")
    return b"".join([*header, encoded[picture_at:]])
