"""Mutations for the fuzzer: pictures of every format, broken in critical places and with false lengths."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st
from PIL import Image

from tests.stylizer import heif, pictures
from tests.stylizer.pictures import encode, landscape

RGBA = pictures.with_alpha()
ANIMATION = [Image.new("RGB", (pictures.WIDTH_PX, pictures.HEIGHT_PX), color) for color in ("black", "white")]
TAGGED = {"exif": pictures.exif_with_orientation(6), "icc_profile": pictures.rotated_profile()}
GRAY = landscape()[:, :, 0].astype(np.uint16) * 257

SEEDS = {
    **pictures.in_every_format(),
    "tagged jpeg": encode(landscape(), "JPEG", **TAGGED),
    "cmyk jpeg": encode(Image.fromarray(landscape()).convert("CMYK"), "JPEG"),
    "gray png of 16 bits": encode(GRAY, "PNG"),
    "tagged png": encode(RGBA, "PNG", **TAGGED),
    "animated png": encode(landscape(), "PNG", save_all=True, append_images=ANIMATION),
    "interlaced gif": encode(Image.fromarray(landscape()).quantize(64), "GIF", interlace=1, comment=b"hello"),
    "animated gif": encode(landscape(), "GIF", save_all=True, append_images=ANIMATION, disposal=2, transparency=1),
    "tagged webp": encode(RGBA, "WEBP", **TAGGED),
    "animated webp": encode(landscape(), "WEBP", save_all=True, append_images=ANIMATION),
    "bmp with alpha": encode(RGBA, "BMP"),
    "bmp with palette": encode(Image.fromarray(landscape()).quantize(16), "BMP"),
    "tagged tiff": encode(RGBA, "TIFF", compression="tiff_lzw", **TAGGED),
    "tiff of floats": encode(GRAY.astype(np.float32), "TIFF"),
    "tiff of 16 bits": encode(GRAY, "TIFF", compression="tiff_adobe_deflate"),
    "tiff with jpeg": encode(landscape(), "TIFF", compression="jpeg"),
    "tiff of faxes": encode(Image.fromarray(landscape()).convert("1"), "TIFF", compression="group4"),
    "big tiff": encode(landscape(), "TIFF", big_tiff=True),
    "tiled tiff": pictures.tiled_tiff(64),
    "tagged avif": encode(RGBA, "AVIF", **TAGGED),
    "animated avif": encode(landscape(), "AVIF", save_all=True, append_images=ANIMATION),
    "apng with another default": encode(
        ANIMATION[0], "PNG", save_all=True, default_image=True, append_images=[Image.fromarray(RGBA), *ANIMATION]
    ),
    "blank gif": encode(ANIMATION[0], "GIF", save_all=True, append_images=[Image.fromarray(landscape()), *ANIMATION]),
    "png with gamma": pictures.with_png_chunk(encode(landscape(), "PNG"), b"gAMA", (100_000).to_bytes(4, "big")),
    "jpeg without an end": encode(landscape(), "JPEG", progressive=True)[:-2],
    "tagged heic": heif.photograph(
        heif.alpha_of(1),
        heif.exif_of(1, pictures.exif_with_orientation(6)[6:]),
        properties=(heif.turned(1), heif.with_profile(pictures.rotated_profile())),
    ),
    "heic of tiles": heif.heif(
        [heif.tile(), heif.tile(), heif.grid(104, 24, columns=2, tiles=(1, 2))], primary=3, brand=b"mif1"
    ),
    "deep heic": heif.photograph(deep=True),
}
"""Valid pictures of every format in most of its variants, by description."""

NUMBERS = (0, 1, 2, 15, 16, 127, 128, 255, 256, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
"""Boundary values of counters and sizes."""

MAX_REPEATED_BYTES = 100_000

_PNG, _JPEG, _RIFF, _TIFF = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF", (b"II*\0", b"MM\0*")
_BOXES_OF_BOXES = {
    b"meta": 12,
    b"iinf": 14,
    b"iref": 12,
    b"iprp": 8,
    b"ipco": 8,
    b"moov": 8,
    b"trak": 8,
    b"mdia": 8,
    b"minf": 8,
    b"stbl": 8,
}
"""AVIF and HEIF boxes that contain others, and the offset of the first one. ISO/IEC 14496-12."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A part of a file that contains its own length."""

    start: int
    end: int
    length_at: int
    length_layout: str


def chunks_of(encoded: bytes) -> list[Chunk]:
    """Split a file into its format's parts as far as they can be parsed, or else into pieces of 16 bytes."""
    if encoded.startswith(_PNG):
        found = list(_walk(encoded, 8, layout=">I", length_at=0, overhead=12))
    elif encoded.startswith(_RIFF):
        found = list(_walk(encoded, 12, layout="<I", length_at=4, overhead=8))
    elif encoded.startswith(_JPEG):
        found = list(_segments(encoded))
    elif encoded.startswith(_TIFF):
        found = list(_tags(encoded, "<" if encoded.startswith(b"II") else ">"))
    elif encoded[4:8] == b"ftyp":
        found = list(_boxes(encoded, 0, len(encoded)))
    else:
        found = []
    return found or [Chunk(at, min(at + 16, len(encoded)), at, "<H") for at in range(0, len(encoded), 16)]


def _walk(encoded: bytes, at: int, *, layout: str, length_at: int, overhead: int) -> Iterator[Chunk]:
    while at + overhead <= len(encoded):
        (length,) = struct.unpack_from(layout, encoded, at + length_at)
        yield Chunk(at, min(at + overhead + length, len(encoded)), at + length_at, layout)
        at += overhead + length


def _segments(encoded: bytes) -> Iterator[Chunk]:
    for segment in re.finditer(rb"\xff[\xc0-\xcf\xda-\xfe](?=(..))", encoded, re.DOTALL):
        end = min(segment.end() + int.from_bytes(segment[1], "big"), len(encoded))
        yield Chunk(segment.start(), end, segment.end(), ">H")


def _tags(encoded: bytes, order: str) -> Iterator[Chunk]:
    directory = int.from_bytes(encoded[4:8], "little" if order == "<" else "big")
    for at in range(directory + 2, min(directory + 2 + 12 * 64, len(encoded) - 12), 12):
        yield Chunk(at, at + 12, at + 4, order + "I")


def _boxes(encoded: bytes, at: int, end: int) -> Iterator[Chunk]:
    while at + 8 <= end:
        (length,) = struct.unpack_from(">I", encoded, at)
        box_end = min(at + max(length, 8), end)
        yield Chunk(at, box_end, at, ">I")
        inside = _BOXES_OF_BOXES.get(encoded[at + 4 : at + 8])
        if inside is not None:
            yield from _boxes(encoded, at + inside, box_end)
        at = box_end


def with_correct_checksums(encoded: bytes) -> bytes:
    """Correct a PNG's checksums, because readers would ignore the contents of its chunks otherwise."""
    if not encoded.startswith(_PNG):
        return encoded
    repaired = bytearray(encoded)
    for chunk in chunks_of(encoded):
        if chunk.end - chunk.start >= 12:
            checksum = zlib.crc32(repaired[chunk.start + 4 : chunk.end - 4])
            struct.pack_into(">I", repaired, chunk.end - 4, checksum)
    return bytes(repaired)


Mutation = Callable[[bytes, int, int], bytes]


def _change_byte(encoded: bytes, place: int, value: int) -> bytes:
    at = place % len(encoded)
    return encoded[:at] + bytes((value % 256,)) + encoded[at + 1 :]


def _change_header(encoded: bytes, place: int, value: int) -> bytes:
    return _change_byte(encoded, place % 64, value)


def _change_number(encoded: bytes, place: int, value: int) -> bytes:
    return _written(encoded, place % len(encoded), "<>"[value % 2] + "BHI"[value % 3], value)


def _change_number_in_chunk(encoded: bytes, place: int, value: int) -> bytes:
    chunk = _chosen(encoded, place)
    layout = "<>"[value % 2] + "BHI"[value % 3]
    return _written(encoded, chunk.start + place % max(1, chunk.end - chunk.start), layout, value)


def _lie_about_length(encoded: bytes, place: int, value: int) -> bytes:
    chunk = _chosen(encoded, place)
    return _written(encoded, chunk.length_at, chunk.length_layout, value)


def _cut_off(encoded: bytes, place: int, value: int) -> bytes:
    del value
    return encoded[: place % len(encoded)]


def _leave_out(encoded: bytes, place: int, value: int) -> bytes:
    at = place % len(encoded)
    return encoded[:at] + encoded[at + value % 64 :]


def _leave_out_chunk(encoded: bytes, place: int, value: int) -> bytes:
    del value
    chunk = _chosen(encoded, place)
    return encoded[: chunk.start] + encoded[chunk.end :]


def _repeat_chunk(encoded: bytes, place: int, value: int) -> bytes:
    chunk = _chosen(encoded, place)
    times = (2, 3, 10, 200)[value % 4]
    if (chunk.end - chunk.start) * times > MAX_REPEATED_BYTES:
        return encoded
    return encoded[: chunk.start] + encoded[chunk.start : chunk.end] * times + encoded[chunk.end :]


def _move_chunk(encoded: bytes, place: int, value: int) -> bytes:
    moved, other = _chosen(encoded, place), _chosen(encoded, value)
    return encoded[: other.start] + encoded[moved.start : moved.end] + encoded[other.start :]


def _graft(encoded: bytes, place: int, value: int) -> bytes:
    """Replace a chunk with one of another picture."""
    donor = _seed(value)
    chunk, foreign = _chosen(encoded, place), _chosen(donor, place)
    return encoded[: chunk.start] + donor[foreign.start : foreign.end] + encoded[chunk.end :]


def _splice(encoded: bytes, place: int, value: int) -> bytes:
    """Join the start of one picture and the end of another."""
    donor = _seed(value)
    return encoded[: place % len(encoded)] + donor[place % len(donor) :]


MUTATIONS: tuple[Mutation, ...] = (
    _change_byte,
    _change_header,
    _change_number,
    _change_number_in_chunk,
    _lie_about_length,
    _cut_off,
    _leave_out,
    _leave_out_chunk,
    _repeat_chunk,
    _move_chunk,
    _graft,
    _splice,
)


def _chosen(encoded: bytes, choice: int) -> Chunk:
    chunks = chunks_of(encoded)
    return chunks[choice % len(chunks)]


def _seed(choice: int) -> bytes:
    return SEEDS[sorted(SEEDS)[choice % len(SEEDS)]]


def _written(encoded: bytes, at: int, layout: str, value: int) -> bytes:
    size = struct.calcsize(layout)
    number = NUMBERS[value % len(NUMBERS)] & (256**size - 1)
    return encoded[:at] + struct.pack(layout, number) + encoded[at + size :]


@st.composite
def mutated_pictures(draw: st.DrawFn) -> bytes:
    """Draw a seed and apply one to four mutations."""
    encoded = SEEDS[draw(st.sampled_from(sorted(SEEDS)))]
    steps = st.tuples(st.sampled_from(MUTATIONS), st.integers(0, 2**16), st.integers(0, 2**16))
    for mutate, place, value in draw(st.lists(steps, min_size=1, max_size=4)):
        encoded = mutate(encoded, place, value)
        if not encoded:
            return encoded
    return with_correct_checksums(encoded) if draw(st.booleans()) else encoded
