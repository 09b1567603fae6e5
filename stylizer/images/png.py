"""PNG and APNG: only the picture data, even if the end is missing, and an animation's own frames."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from io import BytesIO
from itertools import islice

from PIL import Image
from PIL.PngImagePlugin import PngImageFile

from stylizer.errors import PictureName
from stylizer.images.animation import BYTES_PER_PIXEL, MAX_FRAMES, max_frames
from stylizer.images.color import MAX_PROFILE_BYTES, coded_profile, gamma_profile, to_eight_bits
from stylizer.images.orient import UPRIGHT_BY, stated_orientation
from stylizer.images.source import MIN_SHARE, Source, incomplete_picture

MAX_CHUNKS = 100_000
"""25 MB in chunks of 255 bytes; many smaller ones would take minutes to read."""
MAX_TEXT_BYTES = 2**20
"""Of a text that may hold the orientation. Other texts may unpack to gigabytes, and aren't needed."""
PIECE_BYTES, INFLATED_BYTES = 2**10, 2**20
"""How much is unpacked at a time, and into how much, when only the length matters."""

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOR_CHUNKS = frozenset({b"iCCP", b"cICP", b"sRGB", b"gAMA", b"cHRM"})
TEXT_CHUNKS = frozenset({b"tEXt", b"zTXt", b"iTXt"})
XMP, RAW_EXIF, RAW_APP1, RAW_XMP = (
    b"XML:com.adobe.xmp",
    b"Raw profile type exif",
    b"Raw profile type APP1",
    b"Raw profile type xmp",
)
"""Texts that may hold the orientation; the raw ones are ImageMagick's, from before PNG had an EXIF chunk."""
RAW_PROFILE = re.compile(rb"\s{0,9}[A-Za-z0-9]{1,9}\s{1,9}\d{1,9}\s([0-9a-fA-F\s]*)")
"""A name, a length, then hexadecimal digits in lines."""
EXIF, XMP_IN_APP1 = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0"

CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""By the color type of the header."""
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""Origin and step of each pass of an interlaced picture: x, y, dx, dy. PNG specification, 8.2."""
FRAME_CONTROL = ">4x4IHH2B"
"""Width, height, x, y, delay, disposal and blending of a frame of an animation. PNG specification, 11.3.6.2."""
CLEARED, RESTORED = 1, 2
REPLACED = 0


@dataclass(slots=True)
class ApngFrame:
    """A frame of an animation, not decoded yet."""

    box: tuple[int, int, int, int]
    """Left, top, right and bottom on the canvas."""
    disposal: int
    blending: int
    pixels: list[memoryview] = field(default_factory=list)
    """Parts of a stream, as in IDAT."""


class PngSource(Source):
    """A PNG without its texts, which may unpack to gigabytes.

    An APNG's default image is ignored, unless it is also the first frame.
    """

    decoder = PngImageFile

    def __init__(self, encoded: bytes, name: PictureName) -> None:
        """Raise ValueError for too many chunks."""
        view = memoryview(encoded)
        self._header: tuple[int, ...] = struct.unpack_from(">2I5B", encoded, 16)
        self._head: list[memoryview] = []
        """Chunks that every frame needs: palette and transparency."""
        self._pixels: list[memoryview] = []
        self._frames: list[ApngFrame] = []
        self._colors: dict[bytes, bytes] = {}
        self._texts: dict[bytes, bytes] = {}
        self._exif: bytes | None = None
        self._is_whole = False
        self._is_animated = False
        at = 33
        for _ in range(MAX_CHUNKS):
            kind, end = bytes(view[at + 4 : at + 8]), at + 12 + int.from_bytes(view[at : at + 4], "big")
            if not kind.isalpha():
                break
            self._keep(kind, view[at + 8 : end - 4], view[at:end])
            if kind == b"IEND" or end >= len(view):
                # Megabytes may follow the end, all looking like empty chunks.
                self._is_whole = kind == b"IEND"
                break
            at = end
        else:
            raise ValueError("too many chunks")
        if self._pixels and not self._is_whole:
            # Zeros are what a stopped download leaves in a preallocated file.
            last = self._pixels.pop()
            self._pixels.append(last[: len(bytes(last).rstrip(b"\0"))])
        super().__init__(_png(view[8:33], self._head, self._pixels), name)

    def _keep(self, kind: bytes, content: memoryview, chunk: memoryview) -> None:
        if kind == b"IDAT":
            self._pixels.append(content)
        elif kind in {b"PLTE", b"tRNS"} and not self._pixels:
            self._head.append(chunk)
        elif kind in COLOR_CHUNKS:
            self._colors.setdefault(kind, bytes(content[:MAX_PROFILE_BYTES]))
        elif kind == b"eXIf" and self._exif is None:
            self._exif = EXIF + bytes(content)
        elif kind in TEXT_CHUNKS:
            self._keep_text(kind, bytes(content[: 2 * MAX_TEXT_BYTES]))
        elif kind == b"acTL" and not self._pixels:
            self._is_animated = True
        elif kind in {b"fcTL", b"fdAT"} and self._is_animated and len(self._frames) <= MAX_FRAMES:
            self._keep_frame(kind, content)

    def _keep_frame(self, kind: bytes, content: memoryview) -> None:
        if kind == b"fcTL" and len(content) == struct.calcsize(FRAME_CONTROL):
            width_px, height_px, left, top, *_, disposal, blending = struct.unpack(FRAME_CONTROL, content)
            self._frames.append(ApngFrame((left, top, left + width_px, top + height_px), disposal, blending))
            if not self._pixels:
                self._frames[-1].pixels = self._pixels
        elif kind == b"fdAT" and self._frames:
            self._frames[-1].pixels.append(content[4:])

    def _keep_text(self, kind: bytes, content: bytes) -> None:
        keyword, _, text = content.partition(b"\0")
        if keyword not in {XMP, RAW_EXIF, RAW_APP1, RAW_XMP} or keyword in self._texts:
            return
        is_packed = kind == b"zTXt"
        if kind == b"iTXt":
            is_packed = text[:1] == b"\1"
            text = text[2:].partition(b"\0")[2].partition(b"\0")[2]
        elif is_packed:
            text = text[1:]
        if is_packed:
            text = _inflated(text, MAX_TEXT_BYTES) or b""
        self._texts[keyword] = text[:MAX_TEXT_BYTES]

    def bytes_per_pixel(self) -> float:
        """More for an animation, whose frames are drawn over each other."""
        return BYTES_PER_PIXEL if self._frames else super().bytes_per_pixel()

    def profile(self) -> bytes | None:
        """By precedence: code points, a profile, sRGB, gamma. PNG specification, third edition, 4.3."""
        if (coded := self._colors.get(b"cICP")) is not None and len(coded) == 4:
            return coded_profile(coded[0], coded[1])
        if (packed := self._colors.get(b"iCCP")) is not None:
            # A name, a zero, the method (also zero), then deflate.
            return _inflated(packed.partition(b"\0")[2][1:], MAX_PROFILE_BYTES)
        gamma = self._colors.get(b"gAMA")
        if b"sRGB" in self._colors or gamma is None or len(gamma) != 4:
            return None
        chromaticities = self._colors.get(b"cHRM", b"")
        points = (
            tuple(value / 100_000 for value in struct.unpack(">8I", chromaticities))
            if len(chromaticities) == 32
            else None
        )
        return gamma_profile(int.from_bytes(gamma, "big") / 100_000, points)

    def orientation(self) -> Image.Transpose | None:
        """By EXIF in its own chunk or in a text, else by XMP."""
        exif, xmp = self._exif, self._texts.get(XMP)
        for keyword in (RAW_EXIF, RAW_APP1, RAW_XMP):
            raw = _raw_profile(self._texts.get(keyword, b""))
            if raw.startswith(XMP_IN_APP1) or keyword == RAW_XMP:
                xmp = xmp or raw
            elif raw:
                exif = exif or EXIF + raw.removeprefix(EXIF)
        return UPRIGHT_BY.get(stated_orientation(exif, xmp) or 1)

    def frames(self) -> Iterator[Image.Image]:
        """Decode it; raise `IncompletePicture` if less than nine tenths are there.

        A missing row repeats the one above.
        """
        if not self._frames:
            self._load()
            yield self.image
            return
        has_other_first = self._frames[0].pixels is not self._pixels
        seen = 0
        if not has_other_first:
            self._load()
            yield self.image
            seen = 1
        with suppress(Exception):  # decoders raise anything; earlier frames stay
            for frame in islice(self._animation(), seen, max_frames(self.image.size)):
                seen += 1
                yield frame
        if not seen:
            self._load()
            yield self.image

    def _animation(self) -> Iterator[Image.Image]:
        """Yield the frames as displayed, drawn over each other, in RGBA. PNG specification, third edition, 11.3.6.2."""
        canvas = Image.new("RGBA", self.image.size)
        for frame in self._frames:
            left, top, right, bottom = frame.box
            if right > canvas.width or bottom > canvas.height:
                raise ValueError("a frame outside its canvas")
            header = struct.pack(">2I5B", right - left, bottom - top, *self._header[2:])
            with PngImageFile(BytesIO(_png(_chunk(b"IHDR", header), self._head, frame.pixels))) as image:
                image.load()
                picture = to_eight_bits(image) if image.mode.startswith("I") else image
                picture = picture.convert("RGBA")
            before = canvas.copy() if frame.disposal == RESTORED else None
            if frame.blending == REPLACED:
                canvas.paste(picture, frame.box)
            else:
                canvas.alpha_composite(picture, (left, top))
            yield canvas.copy()
            if before is not None:
                canvas = before
            elif frame.disposal == CLEARED:
                canvas.paste((0, 0, 0, 0), frame.box)

    def _load(self) -> None:
        image = self.image
        try:
            image.load()
        except MemoryError:
            raise
        except Exception as error:
            share, missing = self._available_share()
            if share < MIN_SHARE:
                if self._is_whole:
                    raise
                raise incomplete_picture(self.name, share) from error
            # Keep what was decoded so far; without tiles the decoder isn't called again.
            image.tile = []
            for row in missing:
                image.paste(image.crop((0, row - 1, image.width, row)), (0, row))

    def _available_share(self) -> tuple[float, range]:
        """Return the share that can be unpacked, and the missing rows, each below one that is there.

        The last pass of an interlaced picture has every other row and half the data, which is more than may be missing.
        """
        width_px, height_px, depth, color_type, _, _, is_interlaced = self._header
        passes = ADAM7 if is_interlaced else ((0, 0, 1, 1),)
        row_bytes, rows = [], []
        for left, top, across, down in passes:
            row_bytes.append(1 + -(-(-(-(width_px - left) // across) * depth * CHANNELS[color_type]) // 8))
            rows.append(-(-(height_px - top) // down))
        sizes = [length * count for length, count in zip(row_bytes, rows, strict=True)]
        there = _inflated_length(self._pixels, sum(sizes))
        # The decoder also loses the row before the damage.
        complete = max(1, max(0, there - sum(sizes[:-1])) // row_bytes[-1] - 1)
        missing = range(2 * complete + 1, height_px, 2) if is_interlaced else range(complete, height_px)
        return there / sum(sizes), missing


def _png(header: bytes | memoryview, head: list[memoryview], pixels: list[memoryview]) -> bytes:
    return b"".join([SIGNATURE, header, *head, _chunk(b"IDAT", b"".join(pixels)), _chunk(b"IEND", b"")])


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _inflated(packed: bytes, limit_bytes: int) -> bytes | None:
    """Inflate up to a limit; None if damaged."""
    try:
        return zlib.decompressobj().decompress(packed, limit_bytes)
    except zlib.error:
        return None


def _inflated_length(parts: list[memoryview], limit_bytes: int) -> int:
    """How many bytes, up to the limit, a stream inflates to before it ends or is damaged."""
    stream = zlib.decompressobj()
    length = 0
    for part in parts:
        for at in range(0, len(part), PIECE_BYTES):
            piece, before = part[at : at + PIECE_BYTES], stream.copy()
            try:
                length += _unpack(stream, piece, limit_bytes - length)
            except zlib.error:
                # The output before the damaged byte is lost with it, so go byte by byte.
                with suppress(zlib.error):
                    for place in range(len(piece)):
                        length += _unpack(before, piece[place : place + 1], limit_bytes - length)
                return length
            if length >= limit_bytes or stream.eof:
                return length
    return length


def _unpack(stream: zlib._Decompress, packed: bytes | memoryview, limit_bytes: int) -> int:
    """Inflate without keeping the result; return its length, at most about the limit."""
    length = 0
    while packed and length < limit_bytes:
        length += len(stream.decompress(packed, min(INFLATED_BYTES, limit_bytes - length)))
        packed = stream.unconsumed_tail
    return length


def _raw_profile(text: bytes) -> bytes:
    """Decode what ImageMagick wrote as a text; empty if damaged."""
    found = RAW_PROFILE.match(text)
    try:
        return bytes.fromhex(found[1].decode()) if found else b""
    except ValueError:
        return b""
