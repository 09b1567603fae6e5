"""Pictures that try to exhaust a reader's memory or time, or to pass for something else; with the expected outcomes.

Run as a program, it opens them one after the other with limited memory, and prints the outcomes as JSON.
"""

from __future__ import annotations

import json
import logging
import struct
import sys
import warnings
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image

from stylizer.errors import StylizerError
from stylizer.images import MAX_DECODING_BYTES, open_picture
from stylizer.memory import limit_memory
from tests.stylizer import heif, pictures
from tests.stylizer.pictures import HEIGHT_PX, WIDTH_PX, encode, landscape, png_chunk

MEMORY_LIMIT_BYTES = MAX_DECODING_BYTES + 50 * 2**20
"""For decoding a picture, plus the file itself."""

PAINTED = "painted"
UNREADABLE = "UnreadablePicture"
UNSUPPORTED = "UnsupportedCompression"


@dataclass(frozen=True, slots=True)
class Hostile:
    encoded: bytes
    outcome: str
    """`painted`, or the name of the error."""


def hostile_pictures() -> Iterator[tuple[str, Hostile]]:
    """Yield the name and picture of each attack."""
    yield from _of_png()
    yield from _of_jpeg()
    yield from _of_gif()
    yield from _of_tiff()
    yield from _of_other_formats()
    yield from _of_heif()
    yield from _of_two_formats()


def _of_png() -> Iterator[tuple[str, Hostile]]:
    valid = pictures.in_every_format()["png"]
    yield "png of 77 megapixels in 300 kB", Hostile(_png_of_nothing(8_000, 9_625), PAINTED)
    yield "png of 78 megapixels", Hostile(_png_of_nothing(8_000, 9_750, megabytes=1), "PictureTooLarge")
    yield "png of more pixels than declared", Hostile(_png_of_nothing(64, 64, megabytes=1_000), PAINTED)
    yield "png of countless chunks", Hostile(valid[:33] + png_chunk(b"IDAT", b"") * 120_000 + valid[33:], UNREADABLE)
    profiles = png_chunk(b"iCCP", b"name\0\0" + _zeros(9)) * 500
    yield "png of many unpacking profiles", Hostile(valid[:33] + profiles + valid[33:], PAINTED)
    yield "png with a zTXt that unpacks", Hostile(_with(valid, b"zTXt", b"Comment\0\0" + _zeros(1_000)), PAINTED)
    yield "png with an iTXt that unpacks", Hostile(_with(valid, b"iTXt", b"XMP\0\1\0\0\0" + _zeros(1_000)), PAINTED)
    yield "png with a huge EXIF", Hostile(_with(valid, b"eXIf", _overlapping_exif(20_000, 2**20)), PAINTED)
    animation = [Image.new("RGB", (WIDTH_PX, HEIGHT_PX), color) for color in ("black", "white")]
    moving = encode(landscape(), "PNG", save_all=True, append_images=animation)
    frame = moving.index(b"fcTL", moving.index(b"IDAT")) - 4
    end = moving.index(b"IEND") - 4
    many_frames = moving[:frame] + moving[frame:end] * 20_000 + moving[end:]
    yield "apng of 40,000 frames", Hostile(many_frames, PAINTED)
    nothing, *more = (Image.new("RGBA", (WIDTH_PX, HEIGHT_PX), (hidden, 0, 0, 0)) for hidden in range(3))
    empty = encode(nothing, "PNG", save_all=True, append_images=more)
    frame, end = empty.index(b"fcTL", empty.index(b"IDAT")) - 4, empty.index(b"IEND") - 4
    yield "apng of 40,000 empty frames", Hostile(empty[:frame] + empty[frame:end] * 20_000 + empty[end:], PAINTED)
    raw = png_chunk(b"zTXt", b"Raw profile type exif\0\0" + _zeros(1_000)) * 50
    yield "png with raw profiles that unpack", Hostile(valid[:33] + raw + valid[33:], PAINTED)
    yield "png that is cut and unpacks", Hostile(_png_of_nothing(64, 64, megabytes=1_000)[:-40_000], PAINTED)
    yield "png that is cut in its pixels", Hostile(pictures.noisy_png()[:-2_000], "IncompletePicture")


def _of_jpeg() -> Iterator[tuple[str, Hostile]]:
    valid = pictures.in_every_format()["jpeg"]

    def headed(*segments: bytes) -> bytes:
        return valid[:2] + b"".join(segments) + valid[2:]

    exif = _segment(0xE1, b"Exif\0\0" + bytes(20_000))
    yield "jpeg of nine hundred EXIFs", Hostile(headed(exif * 900), PAINTED)
    yield "jpeg of nine hundred EXIFs in another segment", Hostile(headed(_segment(0xF0, exif[:20] * 900)), PAINTED)
    yield "jpeg of ten thousand segments", Hostile(headed(_segment(0xE3, b"") * 10_000), UNREADABLE)
    overlapping = _segment(0xE1, b"Exif\0\0" + _overlapping_exif(2_000, 30_000))
    yield "jpeg with an EXIF whose tags overlap", Hostile(headed(overlapping), PAINTED)
    profile = [_segment(0xE2, b"ICC_PROFILE\0" + bytes((part, 255)) + bytes(60_000)) for part in range(1, 256)]
    yield "jpeg with a huge color profile", Hostile(headed(*profile), PAINTED)
    yield (
        "jpeg with huge XMP",
        Hostile(headed(_segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + b"<" * 65_000)), PAINTED),
    )
    yield "jpeg without a scan", Hostile(valid[: valid.index(b"\xff\xda")] + b"\xff\xd9", UNREADABLE)
    yield "jpeg of a thousand scans", Hostile(pictures.jpeg_of_many_scans(1_000), UNREADABLE)
    large = bytearray(encode(Image.new("L", (8, 8)), "JPEG", progressive=True))
    for sides, outcome in (((15_000, 16_000), PAINTED), ((65_535, 65_535), "PictureTooLarge")):
        struct.pack_into(">HH", large, large.index(b"\xff\xc2") + 5, *sides)
        yield f"progressive jpeg that says it is {sides}", Hostile(bytes(large), outcome)
    yield "jpeg that is cut in countless zeros", Hostile(valid[:-50] + bytes(10_000_000), "IncompletePicture")


def _of_gif() -> Iterator[tuple[str, Hostile]]:
    valid = pictures.in_every_format()["gif"]
    dot = b"," + struct.pack("<HHHH", 0, 0, 1, 1) + b"\0\2\2L\1\0"
    many_frames = valid[:-1] + dot * 100_000 + b";"
    yield "gif of 100,000 frames", Hostile(many_frames, PAINTED)
    large = many_frames[:6] + struct.pack("<HH", 5_000, 5_000) + many_frames[10:]
    yield "gif of 100,000 frames on a large canvas", Hostile(large, PAINTED)
    hole = b"!\xf9\4\1\0\0\0\0" + dot.replace(b"L", b"D")
    empty = b"GIF89a" + struct.pack("<HH", 16, 16) + b"\0\0\0" + hole * 100_000 + b";"
    yield "gif of 100,000 empty frames", Hostile(empty, PAINTED)
    yield (
        "gif of empty frames on a large canvas",
        Hostile(empty[:6] + struct.pack("<HH", 5_000, 5_000) + empty[10:], PAINTED),
    )
    crumbs = hole + b"!\xfe" + b"\1x" * 10_000_000 + b"\0" + hole
    yield "gif with a huge comment behind an empty frame", Hostile(empty[:13] + crumbs + b";", PAINTED)
    growing = b"," + struct.pack("<HHHH", 0, 0, 65_535, 65_535) + b"\0\2\2L\1\0"
    yield "gif whose second frame is larger", Hostile(empty[:13] + hole + growing + b";", PAINTED)
    palette_end = valid.index(b",", 13 + 3 * 256)

    def headed(extensions: bytes) -> bytes:
        return valid[:palette_end] + extensions + valid[palette_end:]

    yield "gif with a huge comment", Hostile(headed(b"!\xfe" + (b"\xff" + b"x" * 255) * 20_000 + b"\0"), PAINTED)
    yield "gif of countless comments", Hostile(headed(b"!\xfe\1x\0" * 200_000), UNREADABLE)
    yield "gif of countless blocks", Hostile(headed(b"!\1" + b"\1x" * 200_000 + b"\0"), UNREADABLE)
    yield "gif of countless stray bytes", Hostile(headed(b"x" * 200_000), UNREADABLE)


def _of_tiff() -> Iterator[tuple[str, Hostile]]:
    valid = pictures.in_every_format()["tiff with lzw"]
    packed = zlib.compress(bytes(40_000_000), 9)
    yield "tiff of forty megapixels in 40 kB", Hostile(_tiff(8_000, 5_000, 8, packed), PAINTED)
    many_strips = _tiff(64, 64, 1, bytes(4 * 200_000), {278: 1, 279: None, 273: (4, 200_000)})
    yield "tiff of countless strips", Hostile(many_strips, UNREADABLE)
    for tag, what in ((258, "depths"), (282, "resolutions"), (320, "colors"), (339, "sample formats")):
        values = _tiff(64, 64, 1, bytes(8 * 200_000), {tag: (5 if tag == 282 else 3, 200_000)})
        yield f"tiff of countless {what}", Hostile(values, UNREADABLE)
    tags = struct.pack("<2sHIH", b"II", 42, 8, 60_000) + bytes(12 * 60_000 + 4)
    yield "tiff of countless tags", Hostile(tags, UNREADABLE)
    yield "tiff of 60,000 samples", Hostile(_tiff(64, 64, 1, bytes(64 * 64), {277: 60_000}), UNREADABLE)
    yield "tiff whose strips hold 4 GB", Hostile(pictures.tiff_with(valid, {279: 0xFFFFFFFF}), UNREADABLE)
    yield "tiff whose strips have 4 billion rows", Hostile(pictures.tiff_with(valid, {278: 0xFFFFFFFF}), PAINTED)
    yield "tiff of a coding that asks for gigabytes", Hostile(_tiff(64, 64, 34925, b"\xfd7zXZ\0"), UNSUPPORTED)
    one = _tiff(64, 64, 1, bytes(64 * 64))
    (directory,) = struct.unpack_from("<I", one, 4)
    (entries,) = struct.unpack_from("<H", one, directory)
    next_at = directory + 2 + 12 * entries
    looping = one[:next_at] + struct.pack("<I", directory) + one[next_at + 4 :]
    yield "tiff whose directories go round", Hostile(looping, PAINTED)
    pages = encode(landscape(), "TIFF", save_all=True, append_images=[Image.new("RGB", (16, 16))] * 100)
    yield "tiff of 100 pages", Hostile(pages, PAINTED)
    big_endian = b"MM\0+\0\x08\0\0" + struct.pack(">Q", 16) + bytes(100)
    yield "tiff that two readers read differently", Hostile(big_endian, UNREADABLE)


def _of_other_formats() -> Iterator[tuple[str, Hostile]]:
    first = Image.fromarray(landscape())
    second = Image.new("RGB", first.size)
    moving = encode(first, "WEBP", save_all=True, append_images=[second], lossless=True)
    frame = moving.rindex(b"ANMF")
    body = moving[8:frame] + moving[frame:] * 50_000
    yield "webp of 50,000 frames", Hostile(b"RIFF" + struct.pack("<I", len(body)) + body, PAINTED)
    blank = encode(second, "WEBP", save_all=True, append_images=[Image.new("RGB", first.size, "gray")], lossless=True)
    frame = blank.rindex(b"ANMF")
    body = blank[8:frame] + blank[frame:] * 50_000
    yield "webp of 50,000 blank frames", Hostile(b"RIFF" + struct.pack("<I", len(body)) + body, PAINTED)
    extended = encode(landscape(), "WEBP", exif=pictures.exif_with_orientation(1))[8:] + b"abcd\0\0\0\0" * 200_000
    yield "webp of countless chunks", Hostile(b"RIFF" + struct.pack("<I", len(extended)) + extended, PAINTED)
    exif = encode(landscape(), "WEBP", exif=b"Exif\0\0" + _overlapping_exif(20_000, 2**20))
    yield "webp with a huge EXIF", Hostile(exif, PAINTED)
    for coding in (1, 2):
        header = struct.pack("<IiiHHIIiiII", 40, 8_000, 5_000, 1, 8 // coding, coding, 64, 0, 0, 256 // coding**4, 0)
        lines = header + bytes(1024) + b"\1\1\0\0" * 16
        run_lengths = b"BM" + struct.pack("<IHHI", 14 + len(lines), 0, 0, 14 + 40 + 1024) + lines
        yield f"bmp of run lengths, coding {coding}", Hostile(run_lengths, UNSUPPORTED)
    large = bytearray(encode(Image.new("L", (2_000, 2_000)), "AVIF", speed=10, quality=10))
    struct.pack_into(">II", large, large.index(b"ispe") + 8, 64, 64)
    yield "avif much larger than it says", Hostile(bytes(large), PAINTED)


def _of_heif() -> Iterator[tuple[str, Hostile]]:
    exif = bytes(1_000_000)
    yield "heic with EXIF that overlaps itself", Hostile(heif.photograph(heif.exif_of(1, exif, extents=32)), PAINTED)
    many = [heif.exif_of(1, exif[:10], extents=32) for _ in range(900)]
    yield "heic with much EXIF", Hostile(heif.photograph(*many, heif.exif_of(1, exif)), PAINTED)
    images = [heif.tile() for _ in range(40)]
    everywhere = heif.Item(b"Exif", exif, (), ((b"cdsc", tuple(range(1, 41))),) * 20)
    yield "heic with EXIF for 40 pictures", Hostile(heif.heif([*images, everywhere]), PAINTED)
    overlapping = heif.Item(b"hvc1", heif.PLAIN_PICTURE, heif.picture().properties, (), 32)
    yield "heic whose picture overlaps itself", Hostile(heif.heif([overlapping]), UNREADABLE)
    for what, sides, outcome in (
        ("larger than it says", (20, 20), UNREADABLE),
        ("smaller than it says", (6_000, 6_000), UNREADABLE),
        ("of 400 megapixels", (20_000, 20_000), "PictureTooLarge"),
    ):
        claiming = heif.Item(b"hvc1", heif.PLAIN_PICTURE, (heif.picture().properties[0], heif.extent(*sides)))
        yield f"heic that is {what}", Hostile(heif.heif([claiming]), outcome)
    tiles = (1,) * 9_000
    yield (
        "heic of countless tiles",
        Hostile(heif.heif([heif.tile(), heif.grid(64, 64, columns=90, tiles=tiles)], primary=2), UNREADABLE),
    )
    within = heif.grid(64, 64, columns=1, tiles=(1,))
    yield "heic within itself", Hostile(heif.heif([within]), UNREADABLE)
    for kind in (b"av01", b"jpeg", b"unci"):
        other = heif.Item(kind, heif.PLAIN_PICTURE, heif.picture().properties)
        yield f"heif coded as {kind.decode()}", Hostile(heif.heif([other]), UNSUPPORTED)
    sequence = heif.box(b"ftyp", b"msf1", bytes(4), b"hevc") + heif.box(b"moov", bytes(100))
    yield "heif of a sequence alone", Hostile(sequence, UNSUPPORTED)
    photograph = heif.photograph()
    yield "heic that is cut", Hostile(photograph[:-200], "IncompletePicture")
    yield "heic of its head", Hostile(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(64), UNREADABLE)
    yield "heic of empty boxes", Hostile(photograph + heif.box(b"free") * 20_000, PAINTED)


def _of_two_formats() -> Iterator[tuple[str, Hostile]]:
    every = pictures.in_every_format()
    script = b"*/=1;alert(document.cookie)//<script>alert(1)</script><?php system($_GET[0]); ?>"
    for picture in ("jpeg", "png", "gif", "bmp", "webp", "avif"):
        yield f"{picture} and a ZIP archive", Hostile(every[picture] + _ZIP, PAINTED)
        yield f"{picture} and a script", Hostile(every[picture] + script, PAINTED)
    comment = every["jpeg"][:2] + _segment(0xFE, b"%PDF-1.7\n" + script) + every["jpeg"][2:]
    yield "jpeg and a PDF document", Hostile(comment, PAINTED)
    yield "png and a web page", Hostile(_with(every["png"], b"tEXt", b"Comment\0<html>" + script), PAINTED)
    gif_and_script = b"GIF89a/*" + every["gif"][8:] + script  # its width reads like the start of a comment
    yield "gif that is a script", Hostile(gif_and_script, PAINTED)
    for beginning in (b"%PDF-1.7\n", b"PK\x03\x04", b"<html>", b"#!/bin/sh\n", b"\0\1\0\0", b"wOF2", b"OTTO", b"<svg>"):
        yield f"{beginning!r} before a jpeg", Hostile(beginning + every["jpeg"], "NotAPicture")


_ZIP = b"PK\3\4\x14" + bytes(25) + b"PK\5\6" + bytes(18)
"""As much as an unzipper looks for."""


def _zeros(megabytes: int) -> bytes:
    """Return zeros deflated to a thousandth of their size, as one repeated block, with a wrong checksum."""
    compressor = zlib.compressobj(9)
    first, next_one = (compressor.compress(bytes(2**20)) + compressor.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    return first + next_one * (megabytes - 1) + compressor.flush()


def _png_of_nothing(width_px: int, height_px: int, *, megabytes: int | None = None) -> bytes:
    header = png_chunk(b"IHDR", struct.pack(">II5B", width_px, height_px, 8, 6, 0, 0, 0))
    pixels = _zeros(megabytes or (4 * width_px + 1) * height_px // 2**20 + 1)
    return b"\x89PNG\r\n\x1a\n" + header + png_chunk(b"IDAT", pixels) + png_chunk(b"IEND", b"")


def _with(encoded: bytes, kind: bytes, content: bytes) -> bytes:
    return pictures.with_png_chunk(encoded, kind, content)


def _segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def _overlapping_exif(tags: int, size_bytes: int) -> bytes:
    """Make EXIF whose tags all claim the same bytes."""
    content_at = 8 + 2 + 12 * tags + 4
    entries = b"".join(struct.pack("<HHII", tag, 7, size_bytes, content_at) for tag in range(tags))
    return struct.pack("<2sHIH", b"II", 42, 8, tags) + entries + bytes(4 + size_bytes)


def _tiff(
    width_px: int,
    height_px: int,
    compression: int,
    content: bytes,
    others: dict[int, int | tuple[int, int] | None] | None = None,
) -> bytes:
    """Make a gray TIFF of one strip.

    `others` are further tags: a number, (type, count) to use `content` as values, or None to omit a tag.
    """
    tags: dict[int, int | tuple[int, int] | None] = {
        256: width_px,
        257: height_px,
        258: 8,
        259: compression,
        262: 1,
        273: 8,
        277: 1,
        278: height_px,
        279: len(content),
    }
    tags |= others or {}
    directory = b""
    count = 0
    for tag, value in sorted(tags.items()):
        match value:
            case None:
                continue
            case (kind, values):
                directory += struct.pack("<HHII", tag, kind, values, 8)
            case number:
                directory += struct.pack("<HHII", tag, 4, 1, number)
        count += 1
    return struct.pack("<2sHI", b"II", 42, 8 + len(content)) + content + struct.pack("<H", count) + directory + bytes(4)


def outcome_of(encoded: bytes) -> str:
    """Return the outcome of opening a picture."""
    try:
        open_picture(encoded, longest_side_px=512)
    except StylizerError as error:
        return type(error).__name__
    return PAINTED


def main() -> None:
    """Print the outcome of each picture with limited memory. Warnings and errors in the log show up as well."""
    warnings.simplefilter("error")
    logging.basicConfig(level=logging.ERROR)
    every = dict(hostile_pictures())
    limit_memory(MEMORY_LIMIT_BYTES)
    json.dump({name: outcome_of(hostile.encoded) for name, hostile in every.items()}, sys.stdout)


if __name__ == "__main__":
    main()
