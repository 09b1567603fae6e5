"""HEIC and HEIF: only the picture itself reaches the decoder, and only if its container makes sense.

libheif kills the process if a container asks for more memory than there is, as overlapping parts of a small file can:
metadata alone, which isn't needed here, took gigabytes. So every item that isn't part of the picture is removed, and
the rest may use each byte of the file only once.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageFile

from stylizer.errors import PictureName, UnsupportedCompression
from stylizer.images.color import coded_profile
from stylizer.images.size import MAX_PIXELS, check_size
from stylizer.images.source import Source, incomplete_picture

BYTES_PER_PIXEL, BYTES_PER_TRANSPARENT_PIXEL = 14, 17.5
"""The planes of 8 or 10 bits, the decoder's output, and Pillow's copy; alpha adds another plane and another copy."""
MAX_BOXES = 10_000
"""In one container; a photo of 48 megapixels has about 200 tiles."""
MAX_NESTING = 4
"""A picture of tiles, each of them rotated, and one to spare."""
HEVC, DERIVED = b"hvc1", frozenset({b"grid", b"iden"})
"""Item types: coded, or derived from other items. ISO/IEC 23008-12, 6.6.2."""
ALPHA = (b"urn:mpeg:hevc:2015:auxid:1\0", b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0")


class HeifSource(Source):
    """The primary picture of a HEIF file coded as HEVC."""

    def __init__(self, encoded: bytes, name: PictureName) -> None:
        """Raise `UnsupportedCompression`, `IncompletePicture`, or anything for a container that makes no sense."""
        super().__init__(_only_picture(encoded, name), name)

    def open(self) -> ImageFile.ImageFile:
        """Read and check the header."""
        import pi_heif  # noqa: PLC0415 - a native library that only decoding processes need, not the bot

        # Registering its plugin would expose it to every `Image.open` of the process.
        pi_heif.options.THUMBNAILS = pi_heif.options.DEPTH_IMAGES = pi_heif.options.AUX_IMAGES = False
        self.image = pi_heif.HeifImageFile(BytesIO(self.encoded))
        check_size(self.image.size, self.name, bytes_per_pixel=self.bytes_per_pixel())
        return self.image

    def bytes_per_pixel(self) -> float:
        """As measured."""
        return BYTES_PER_TRANSPARENT_PIXEL if self.image.mode.endswith(("A", "a")) else BYTES_PER_PIXEL

    def profile(self) -> bytes | None:
        """The stored profile, or one made from the code points."""
        coded = self.image.info.get("nclx_profile")
        if (profile := super().profile()) is not None or coded is None:
            return profile
        return coded_profile(coded["color_primaries"], coded["transfer_characteristics"])

    def orientation(self) -> Image.Transpose | None:
        """None: libheif rotates the picture by its container, and EXIF doesn't count. ISO/IEC 23008-12, A.2.2."""
        return None


def _only_picture(encoded: bytes, name: PictureName) -> bytes:
    """Blank out everything that isn't part of the primary picture; what remains stays in place."""
    stripped = bytearray(encoded)
    meta: Box | None = None
    kinds = set()
    end = 0
    with suppress(ValueError):  # phones append data that isn't a box
        for box in boxes(encoded, 0, len(encoded)):
            kinds.add(box.kind)
            if box.kind == b"meta" and meta is None:
                meta = box
            elif box.kind == b"ftyp":
                # A file that claims to be a sequence may also have a picture.
                stripped[box.start + 8 : box.end] = stripped[box.start + 8 : box.end].replace(b"msf1", b"mif1")
            else:
                kind = b"mdat" if box.kind == b"mdat" else b"free"
                # The box is shorter than stated if the file ends first.
                stripped[box.start : box.body] = _head_of(kind, box)
            end = box.end
    if meta is None:
        raise UnsupportedCompression(*name, "image sequence") if b"moov" in kinds else ValueError("no picture")
    picture = _Meta(encoded, meta)
    unreadable = picture.kinds - {HEVC} - DERIVED
    if unreadable:
        raise UnsupportedCompression(*name, min(unreadable).decode("latin-1"))
    share = picture.available_share(end)
    if share < 1:
        raise incomplete_picture(name, share)
    stripped[meta.body : meta.end] = picture.without_other_items(meta.end - meta.body)
    return bytes(stripped[:end])


def _head_of(kind: bytes, box: Box) -> bytes:
    length = box.end - box.start
    if box.body - box.start == 16:
        return struct.pack(">I4sQ", 1, kind, length)
    return struct.pack(">I4s", length, kind)


@dataclass(frozen=True, slots=True)
class Box:
    """A box of ISO/IEC 14496-12, 4.2."""

    kind: bytes
    start: int
    body: int
    """Where its content begins."""
    end: int


def boxes(encoded: bytes, at: int, end: int) -> Iterator[Box]:
    """Yield the boxes between two offsets. Raises ValueError for the first that makes no sense."""
    for _ in range(MAX_BOXES):
        if at + 8 > end:
            return
        length, body = int.from_bytes(encoded[at : at + 4], "big"), at + 8
        if length == 1:
            length, body = int.from_bytes(encoded[at + 8 : at + 16], "big"), at + 16
        elif length == 0:
            length = end - at
        if at + length < body:
            raise ValueError("a box smaller than its head")
        yield Box(encoded[at + 4 : at + 8], at, body, min(at + length, end))
        at += length
    raise ValueError("too many boxes")


class _Reader:
    """Reads one number after another."""

    def __init__(self, encoded: bytes, at: int) -> None:
        self.encoded = encoded
        self.at = at

    def number(self, size_bytes: int) -> int:
        self.at += size_bytes
        return int.from_bytes(self.encoded[self.at - size_bytes : self.at], "big")

    def version_and_flags(self) -> tuple[int, int]:
        return self.number(1), self.number(3)


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry about an item."""

    item: int
    kind: bytes
    others: tuple[int, ...]
    """Items that it refers to."""
    encoded: bytes


@dataclass(frozen=True, slots=True)
class _Location:
    """Where an item is stored."""

    item: int
    extents: tuple[tuple[int, int], ...]
    """(offset, length)."""
    is_in_file: bool
    """Rather than in the box `idat`."""
    encoded: bytes


class _Meta:
    """The items in the box `meta`, and which of them make up the primary picture. ISO/IEC 14496-12, 8.11."""

    def __init__(self, encoded: bytes, meta: Box) -> None:
        self._encoded = encoded
        self._children = {box.kind: box for box in reversed(list(boxes(encoded, meta.body + 4, meta.end)))}
        self._head = encoded[meta.body : meta.body + 4]
        version, _ = (reader := self._read(b"pitm")).version_and_flags()
        primary = reader.number(4 if version else 2)
        self._infos = list(self._read_infos())
        self._locations = list(self._read_locations())
        self._references = list(self._read_references()) if b"iref" in self._children else []
        self._sizes, alphas = self._read_properties()
        self._tiles = {entry.item: entry.others for entry in self._references if entry.kind == b"dimg"}
        self._picture: set[int] = set()
        self._steps = 0
        pixels = self._walk(primary, MAX_NESTING)
        for entry in self._references:
            if entry.kind == b"auxl" and entry.item in alphas and not self._picture.isdisjoint(entry.others):
                pixels += self._walk(entry.item, MAX_NESTING)
        if pixels > 2 * MAX_PIXELS:
            raise ValueError("more tiles than any picture")
        self.kinds = {entry.kind for entry in self._infos if entry.item in self._picture}
        """The types of the picture's items."""

    def available_share(self, size_bytes: int) -> float:
        """The share of the picture's data that is within the file's first bytes.

        Raises ValueError if any byte is used twice.
        """
        needed = there = 0
        for location in self._locations:
            if location.item in self._picture:
                for offset, length in location.extents:
                    needed += length
                    there += max(0, min(length, size_bytes - offset)) if location.is_in_file else length
        if needed == 0 or there > size_bytes:
            raise ValueError("parts that overlap, or none")
        return there / needed

    def without_other_items(self, size_bytes: int) -> bytes:
        """The content of the box with only the picture's items, at its original length."""
        parts = [self._head]
        for kind, box in reversed(self._children.items()):
            version, head = self._encoded[box.body], self._encoded[box.body : box.body + 4]
            if kind in {b"hdlr", b"pitm", b"iprp", b"idat"}:
                parts.append(self._encoded[box.start : box.end])
            elif kind == b"iinf":
                infos = [entry.encoded for entry in self._infos if entry.item in self._picture]
                parts.append(_box(kind, head, len(infos).to_bytes(4 if version else 2, "big"), *infos))
            elif kind == b"iloc":
                places = [place.encoded for place in self._locations if place.item in self._picture]
                sizes = self._encoded[box.body + 4 : box.body + 6]
                parts.append(_box(kind, head, sizes, len(places).to_bytes(4 if version == 2 else 2, "big"), *places))
            elif kind == b"iref":
                references = [
                    entry.encoded
                    for entry in self._references
                    if entry.item in self._picture and entry.kind in {b"dimg", b"auxl", b"prem"}
                ]
                parts.append(_box(kind, head, *references))
        content = b"".join(parts)
        left = size_bytes - len(content)
        if left and left < 8:
            raise ValueError("no room for an empty box")
        return content + (_box(b"free", bytes(left - 8)) if left else b"")

    def _read(self, kind: bytes) -> _Reader:
        return _Reader(self._encoded, self._children[kind].body)

    def _walk(self, item: int, nesting: int) -> int:
        """Count the pixels of an item and its tiles, each as many times as it is used."""
        self._steps += 1
        if nesting == 0 or self._steps > MAX_BOXES:
            raise ValueError("tiles without end")
        self._picture.add(item)
        width_px, height_px = self._sizes.get(item, (0, 0))
        return width_px * height_px + sum(self._walk(tile, nesting - 1) for tile in self._tiles.get(item, ()))

    def _read_infos(self) -> Iterator[_Entry]:
        box, reader = self._children[b"iinf"], self._read(b"iinf")
        version, _ = reader.version_and_flags()
        reader.number(4 if version else 2)
        for info in boxes(self._encoded, reader.at, box.end):
            inside = _Reader(self._encoded, info.body)
            version, _ = inside.version_and_flags()
            item = inside.number(4 if version == 3 else 2)
            inside.number(2)
            kind = self._encoded[inside.at : inside.at + 4] if version >= 2 else b"old "
            yield _Entry(item, kind, (), self._encoded[info.start : info.end])

    def _read_locations(self) -> Iterator[_Location]:
        reader = self._read(b"iloc")
        version, _ = reader.version_and_flags()
        offset_size, length_size = divmod(reader.number(1), 16)
        base_size, index_size = divmod(reader.number(1), 16)
        for _ in range(self._counted(reader, 4 if version == 2 else 2)):
            start = reader.at
            item = reader.number(4 if version == 2 else 2)
            method = reader.number(2) & 15 if version else 0
            if method > 1:
                raise ValueError("an item within an item")
            reader.number(2)
            base = reader.number(base_size)
            extents = []
            for _ in range(self._counted(reader, 2)):
                reader.number(index_size if version else 0)
                offset, length = reader.number(offset_size), reader.number(length_size)
                extents.append((base + offset, length))
            yield _Location(item, tuple(extents), method == 0, self._encoded[start : reader.at])

    def _read_references(self) -> Iterator[_Entry]:
        box, reader = self._children[b"iref"], self._read(b"iref")
        version, _ = reader.version_and_flags()
        size_bytes = 4 if version else 2
        for reference in boxes(self._encoded, reader.at, box.end):
            inside = _Reader(self._encoded, reference.body)
            item = inside.number(size_bytes)
            others = tuple(inside.number(size_bytes) for _ in range(self._counted(inside, 2)))
            yield _Entry(item, reference.kind, others, self._encoded[reference.start : reference.end])

    def _read_properties(self) -> tuple[dict[int, tuple[int, int]], set[int]]:
        """Return the size of each item, and the items that are alpha planes. ISO/IEC 23008-12, 9.3."""
        inside = list(boxes(self._encoded, self._children[b"iprp"].body, self._children[b"iprp"].end))
        (container,) = (box for box in inside if box.kind == b"ipco")
        properties = list(boxes(self._encoded, container.body, container.end))
        sizes: dict[int, tuple[int, int]] = {}
        alphas = set()
        for item, index in self._read_associations([box for box in inside if box.kind == b"ipma"]):
            if not 0 < index <= len(properties):
                continue
            box = properties[index - 1]
            if box.kind == b"ispe":
                width_px, height_px = struct.unpack_from(">2I", self._encoded, box.body + 4)
                sizes[item] = (width_px, height_px)
            elif box.kind == b"auxC" and self._encoded.startswith(ALPHA, box.body + 4):
                alphas.add(item)
        return sizes, alphas

    def _read_associations(self, tables: list[Box]) -> Iterator[tuple[int, int]]:
        """Yield each item with the index of each of its properties."""
        for table in tables:
            reader = _Reader(self._encoded, table.body)
            version, flags = reader.version_and_flags()
            for _ in range(self._counted(reader, 4)):
                item = reader.number(4 if version else 2)
                for _ in range(reader.number(1)):
                    yield item, reader.number(2) & 0x7FFF if flags & 1 else reader.number(1) & 0x7F

    @staticmethod
    def _counted(reader: _Reader, size_bytes: int) -> int:
        count = reader.number(size_bytes)
        if count > MAX_BOXES:
            raise ValueError("too many entries")
        return count


def _box(kind: bytes, *content: bytes) -> bytes:
    return struct.pack(">I", 8 + sum(map(len, content))) + kind + b"".join(content)
