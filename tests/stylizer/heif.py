"""HEIF files for tests: a container around a few pictures encoded in advance."""

from __future__ import annotations

import struct
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass

from tests.stylizer.pictures import HEIGHT_PX, WIDTH_PX

CODED_PX = 64
"""Width and height of the coded image; the picture is its top left corner, as set by the box `clap`."""

PLAIN_CONFIGURATION = b64decode(
    "AQQIAAAAnjgAAAAAHvAA/P/4+AAADwNgAAEAF0ABDAH//wQIAAADAJ44AAADAAAeugJAYQABACpCAQEECAAAAwCeOAAAAwAAHpAEECCy3VXTXNwE"
    "NBgQAAADAZAAAAMAEIBiAAEACEQBwXMYMBiQ"
)
PLAIN_PICTURE = b64decode(
    "AAABzigBrwYyCN6YGoBdQXL2+/i/yPnqz/91vS1fGTda7pWYSf8sDl7Jhof5LZMFq01jA6tIzBAZuOCl+nDGdcjjqnCdiGfhm9PuC8fPOcw4Z/zl"
    "FUNYsuu+li3X0xEB7vvQo/2xEQs3qSuaMX7LGOntqij5xccE1PgJdk+2VuzH0Ez+9kjwUhExiHRsNLDiwG6QjzL+WT8h/82eM1AnCtjmYGQxRyUu"
    "bBsSDPHftgcD4JH3szBz3NQclGS8XqQN9W8E1YvabZDzIaj9ZeqGbgCPmfpXwPvOdfM/FS7NWgUHNfbAqqJRklwvk4qAoMKlGC7SehsVbb1JXsX3"
    "y3sxnKNQQTWFNdTz8VDx2DEh0luR9sZ7L8iLi7NJ6kqnsJPFvx2PhiXR0g5h8TJXEez0HX0gx79TfmDtyTPMh+yhcHb//xo+uzKQqu/7K2JX2Ivo"
    "U9pq60kuchVtV/byAy6Q1iT3b5cK4HHc+rnltUp87dcB//84G1qn+dfAHoXZPxQ7jdXcEOzCb6nn//kkJxsOoxvQO81dGDGBbnNPrycOGDP0nBQC"
    "qa6W6pJcvuGL27zg4jUk4q7jV5hWQDioe+rxJsfY4zBi7iFPmzuI6xPO8k9LeA=="
)
ALPHA_CONFIGURATION = b64decode(
    "AQQIAAAAn/gAAAAAHvAA/Pz4+AAADwNgAAEAF0ABDAH//wQIAAADAJ/4AAADAAAeugJAYQABACZCAQEECAAAAwCf+AAAAwAAHsCCBBZbqrprmwIA"
    "AAMAMgAAAwACEGIAAQAGRAHBc8GJ"
)
ALPHA_PICTURE = b64decode(
    "AAAAoSgBrgxkNfLDtNOF/wk5jtVaUXjj32xU6uNw+rV4cNidflOJB3D7V4/Orxv5Jp5sq7eJfAy8LzaAfDoth2sQfzE1ZmVnZruHlB3BJz1w4caR"
    "JMC8XD0ld5/gtXIRtiB54XLg7qM30qX+9hXDw4FObpRmh/BOOvnLfRze6zaX9VYoWX2YQk/7pylqIbnLO/VC1Ls6Z5zi0UwqBgej5dNoLp3g"
)
DEEP_CONFIGURATION = b64decode(
    "AQQIAAAAnDgAAAAAHvAA/P/6+gAADwNgAAEAF0ABDAH//wQIAAADAJw4AAADAAAeugJAYQABACpCAQEECAAAAwCcOAAAAwAAHpAEECCbLdVdNc3A"
    "Q0GBAAADABkAAAMAAQhiAAEACEQBwXMYMBiQ"
)
DEEP_PICTURE = b64decode(
    "AAABhigBrwYyCMaCJoBdQXL2+/T/yPnxr/9y/zHK5KemLQ+2pzUrr7NYQrS2/TNp1aaxgdWndmn36mNxP0ZNRpQwrtToaLpiRhZ1EqxxTT+yxJin"
    "9bBCu4/4sTN8vG1L/gO+LLJkTp+Au9u0MMJ46pjzz91U5higlrltpMvbZEGttS6QdncwCqMFsiWhw5+s2I6Rt8PMQB+wJOeM7lbmEN5eYU9PNbOO"
    "Ysxusohu2HkT+LyQzsTqJyvT/8QpyOryTN5bPMIqwJ1oj9mveZIdnsVUDqrEarAbIcyiKZDJnVh/RvYNVV8ORC54gziWGk00J6yRYqhD2I/qCGUI"
    "1pmheqtF1Qi9T2LoGZEkzSQA2yg+B/BKj3ivpCZpg7+3U8mPjdtX4L6vijamg88xQStbF7p5/G01bE8/pPMJdyPhKfjdx8ojsXS4tK7XLo3JcUH1"
    "4cjIAf+Z//10h9oC/NkuhQ7jw2FnZsT0ZbaZfcQaDqVd3H9m4k+HoElxEMJI/0B1ihc+YgsAh00v8A=="
)
"""The landscape encoded by x265 with 8 bits, its alpha (left half transparent), and with 10 bits; no subsampling."""


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a HEIF file: a picture, a grid of pictures, or EXIF. Items are numbered from 1."""

    kind: bytes
    content: bytes
    properties: tuple[bytes, ...] = ()
    """Property boxes, stored once per item."""
    references: tuple[tuple[bytes, tuple[int, ...]], ...] = ()
    """(kind, numbers of the referenced items)."""
    extents: int = 1
    """How many times its content is repeated."""


def photograph(*more: Item, properties: tuple[bytes, ...] = (), deep: bool = False, brand: bytes = b"heic") -> bytes:
    """Make a file of the landscape with extra properties as item 1, and of `more` items from number 2."""
    return heif([picture(*properties, deep=deep), *more], brand=brand)


def picture(*properties: bytes, deep: bool = False) -> Item:
    """Make an item of the landscape."""
    configuration, content = (DEEP_CONFIGURATION, DEEP_PICTURE) if deep else (PLAIN_CONFIGURATION, PLAIN_PICTURE)
    return Item(b"hvc1", content, (box(b"hvcC", configuration), extent(CODED_PX, CODED_PX), CROP, *properties))


def tile(*references: tuple[bytes, tuple[int, ...]]) -> Item:
    """Make an item of the whole coded image, with the landscape in the top left corner."""
    properties = (box(b"hvcC", PLAIN_CONFIGURATION), extent(CODED_PX, CODED_PX))
    return Item(b"hvc1", PLAIN_PICTURE, properties, references)


def alpha_of(number: int, *, kind: bytes = b"urn:mpeg:hevc:2015:auxid:1") -> Item:
    """Make an item that makes the left half of item `number` transparent."""
    properties = (
        box(b"hvcC", ALPHA_CONFIGURATION),
        extent(CODED_PX, CODED_PX),
        CROP,
        full_box(b"auxC", kind + b"\0"),
    )
    return Item(b"hvc1", ALPHA_PICTURE, properties, ((b"auxl", (number,)),))


def exif_of(number: int, exif: bytes, *, extents: int = 1) -> Item:
    """Make an item of EXIF, starting with its TIFF header, for item `number`."""
    return Item(b"Exif", bytes(4) + exif, (), ((b"cdsc", (number,)),), extents)


def grid(
    width_px: int, height_px: int, *, columns: int, tiles: tuple[int, ...], properties: tuple[bytes, ...] = ()
) -> Item:
    """Make an item of tiles, row by row. ISO/IEC 23008-12, 6.6.2.3."""
    rows = len(tiles) // columns
    content = struct.pack(">4B2H", 0, 0, rows - 1, columns - 1, width_px, height_px)
    return Item(b"grid", content, (extent(width_px, height_px), *properties), ((b"dimg", tiles),))


def heif(items: Sequence[Item], *, primary: int = 1, brand: bytes = b"heic") -> bytes:
    """Make a file of these items."""
    head = box(b"ftyp", brand + bytes(4) + b"mif1" + brand)
    without_places = _meta(items, primary, 0)
    places_at = len(head) + len(without_places) + 8
    return head + _meta(items, primary, places_at) + box(b"mdat", *(item.content for item in items))


def _meta(items: Sequence[Item], primary: int, at: int) -> bytes:
    infos, places, references, properties, associations = b"", b"", b"", b"", b""
    count = 0
    for number, item in enumerate(items, start=1):
        infos += full_box(b"infe", struct.pack(">HH4sx", number, 0, item.kind), version=2)
        extents = struct.pack(">2I", at, len(item.content)) * item.extents
        places += struct.pack(">3H", number, 0, item.extents) + extents
        at += len(item.content)
        for kind, others in item.references:
            references += box(kind, struct.pack(f">{2 + len(others)}H", number, len(others), *others))
        properties += b"".join(item.properties)
        indices = range(count + 1, count + 1 + len(item.properties))
        associations += struct.pack(f">HB{len(indices)}H", number, len(indices), *indices)
        count += len(item.properties)
    return full_box(
        b"meta",
        full_box(b"hdlr", bytes(4) + b"pict" + bytes(13)),
        full_box(b"iloc", struct.pack(">2BH", 0x44, 0, len(items)), places),
        full_box(b"iinf", struct.pack(">H", len(items)), infos),
        full_box(b"pitm", struct.pack(">H", primary)),
        box(
            b"iprp",
            box(b"ipco", properties),
            full_box(b"ipma", struct.pack(">I", len(items)), associations, flags=1),
        ),
        full_box(b"iref", references) if references else b"",
    )


def box(kind: bytes, *content: bytes) -> bytes:
    return struct.pack(">I", 8 + sum(map(len, content))) + kind + b"".join(content)


def full_box(kind: bytes, *content: bytes, version: int = 0, flags: int = 0) -> bytes:
    return box(kind, struct.pack(">I", version << 24 | flags), *content)


def extent(width_px: int, height_px: int) -> bytes:
    return full_box(b"ispe", struct.pack(">2I", width_px, height_px))


def turned(quarters: int) -> bytes:
    """Make a box that rotates the displayed picture counterclockwise. ISO/IEC 23008-12, 6.5.10."""
    return box(b"irot", bytes((quarters,)))


def mirrored(axis: int) -> bytes:
    """Make a box that mirrors the displayed picture: 0 left-right, 1 top-bottom. ISO/IEC 23008-12, 6.5.12."""
    return box(b"imir", bytes((axis,)))


def with_profile(profile: bytes) -> bytes:
    return box(b"colr", b"prof", profile)


def with_code_points(primaries: int, transfer: int) -> bytes:
    return box(b"colr", b"nclx", struct.pack(">3HB", primaries, transfer, 6, 0x80))


CROP = box(
    b"clap",
    struct.pack(">4I4i", WIDTH_PX, 1, HEIGHT_PX, 1, WIDTH_PX - CODED_PX, 2, HEIGHT_PX - CODED_PX, 2),
)
"""Crops to the picture in the top left corner of the coded image. ISO/IEC 14496-12, 12.1.4."""
