"""JPEG: only the picture data, decoded as small as possible, even if the end is missing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO

import numpy as np
from PIL import Image, ImageChops, ImageFile
from PIL.JpegImagePlugin import JpegImageFile

from stylizer.errors import PictureName, PictureTooLarge
from stylizer.images.size import MAX_DECODING_BYTES, megapixels
from stylizer.images.source import MIN_SHARE, STORED_BYTES, Source, incomplete_picture

MAX_SCANS = 100
"""Progressive pictures have about ten; each scan costs a pass over the whole picture."""
MAX_SCANNED_PIXELS = 4_000_000_000
"""Of all passes together."""
MAX_SEGMENTS = 1_000
"""The largest metadata takes a few hundred; millions of empty ones would take long to read."""

SEGMENT = re.compile(rb"\xff([\xc0-\xcf\xd9-\xfe])")
"""Begins a segment, or ends the picture; neither a stuffed byte nor RSTn. ITU-T T.81, table B.1."""
START_OF_SCAN, END_OF_IMAGE = b"\xda", b"\xd9"
KEPT_SEGMENT = re.compile(rb"[\xc0-\xc7\xc9-\xcf\xdb-\xdd\xe0-\xe2\xee]")
"""The frame and its tables; JFIF, EXIF and XMP (for the orientation), the color profile, Adobe's colors."""
EXIF = b"Exif\0\0"

SCALES = (1, 2, 4, 8)
"""Divisors of each side: the decoder's inverse transform can give fewer samples of each block."""
NOISE = bytes(np.random.default_rng(0).integers(1, 128, 256, np.uint8))
"""Data that no picture continues with, without any marker."""


class JpegSource(Source):
    """A JPEG without texts, previews and repeated EXIF, which Pillow would join by copying all of it each time."""

    decoder = JpegImageFile

    def __init__(self, encoded: bytes, name: PictureName) -> None:
        """Raise ValueError for a file without a scan, or with too many segments or scans.

        What phones append, such as videos, is ignored. ITU-T T.81, B.1.1 and B.2.1.
        """
        header: list[bytes] = [encoded[:2]]
        scans_at: list[int] = []
        end: int | None = None
        has_exif = False
        at = 2
        for _ in range(MAX_SEGMENTS):
            segment = SEGMENT.search(encoded, at)
            if segment is None:
                break
            at = segment.end() + max(2, int.from_bytes(encoded[segment.end() : segment.end() + 2], "big"))
            if segment[1] == END_OF_IMAGE or at > len(encoded):
                end = segment.start()
                break
            if segment[1] == START_OF_SCAN:
                scans_at.append(segment.start())
            elif not scans_at and KEPT_SEGMENT.match(segment[1]):
                is_exif = encoded.startswith(EXIF, segment.end() + 2)
                if not (is_exif and has_exif):
                    header.append(encoded[segment.start() : at])
                has_exif = has_exif or is_exif
        else:
            raise ValueError("too many segments")
        if not scans_at or len(scans_at) > MAX_SCANS:
            raise ValueError("no scan, or too many")
        self._is_whole = end is not None and encoded.startswith(b"\xff" + END_OF_IMAGE, end)
        picture = encoded[scans_at[0] : end]
        if not self._is_whole:
            # Half a marker, or the zeros that a stopped download leaves in a preallocated file.
            picture = picture.rstrip(b"\0\xff")
        self._picture = b"".join([*header, picture])
        self._scans = [at - scans_at[0] + sum(map(len, header)) for at in scans_at]
        super().__init__(self._ending_with(b""), name)

    def _ending_with(self, tail: bytes) -> bytes:
        return self._picture + tail + b"\xff" + END_OF_IMAGE

    def bytes_per_pixel(self) -> float:
        """At the smallest scale."""
        return self._coefficient_bytes() + self._sample_bytes() / SCALES[-1] ** 2

    def _coefficient_bytes(self) -> float:
        """Per pixel: several scans are collected as coefficients of two bytes before any sample is made."""
        layers = _layers(self.image)
        if not layers or (len(self._scans) == 1 and "progressive" not in self.image.info):
            return 0.0
        samples = [horizontal * vertical for _, horizontal, vertical, _ in layers]
        widest, highest = (max(layer[place] for layer in layers) for place in (1, 2))
        return 2.0 * sum(samples) / max(1, widest * highest)

    def _sample_bytes(self) -> int:
        return 2 * STORED_BYTES.get(self.image.mode, 4)  # a truncated picture is decoded a second time

    def shrink(self, size_px: tuple[int, int] | None) -> None:
        """Decode at 1/2, 1/4 or 1/8, the largest that fits in memory, and at least twice the size for antialiasing."""
        width_px, height_px = self.image.size
        pixels = width_px * height_px
        if len(self._scans) * pixels > MAX_SCANNED_PIXELS:
            raise ValueError("too many scans for its size")
        wanted = 1 if size_px is None else min(width_px // size_px[0], height_px // size_px[1]) // 2
        scales = SCALES[:1] if size_px is None else [scale for scale in SCALES if 2 * scale > wanted]
        for scale in scales or SCALES[-1:]:
            needed_bytes = pixels * (self._coefficient_bytes() + self._sample_bytes() / scale**2)
            if needed_bytes <= MAX_DECODING_BYTES:
                self._scale, self._draft_px = scale, (max(1, width_px // scale), max(1, height_px // scale))
                self.image.draft(None, self._draft_px)
                return
        raise PictureTooLarge(
            *self.name, width_px, height_px, megapixels(int(pixels * MAX_DECODING_BYTES / needed_bytes))
        )

    def frames(self) -> Iterator[Image.Image]:
        """Decode it; raise `IncompletePicture` if less than nine tenths are there.

        The missing part is gray, as in every viewer.
        """
        self.image.load()
        if not self._is_whole or _ends_in_gray(self.image):
            share = self._available_share()
            if share is None or share < MIN_SHARE:
                raise incomplete_picture(self.name, share)
        yield self.image

    def _available_share(self) -> float | None:
        """The share of a possibly truncated picture that is there; None if only coarse scans are.

        What looks different if noise follows isn't there. With one scan the area counts; with several, the bytes count,
        because earlier scans cover the whole area.
        """
        layers = _layers(self.image)
        block_px = 8 * max((vertical for _, _, vertical, _ in layers), default=1) // self._scale
        with JpegImageFile(BytesIO(self._ending_with(NOISE))) as other:
            other.draft(None, self._draft_px)
            area = _matching_area(self.image, other, block_px=block_px)
        if not self._is_whole and not _has_full_detail(
            self._picture, self._scans, {number for number, _, _, _ in layers}
        ):
            return None
        if len(self._scans) == 1:
            return area
        earlier, last = self._scans[-1], len(self._picture) - self._scans[-1]
        return (earlier + last) / (earlier + last / area) if area > 0 else None


def _ends_in_gray(image: Image.Image) -> bool:
    """Whether the last row is what a decoder fills in for missing data."""
    last = image.crop((0, image.height - 1, image.width, image.height))
    lowest, highest = np.min(last.getextrema()), np.max(last.getextrema())
    return bool(lowest >= 126 and highest <= 130)


def _matching_area(image: Image.Image, other: Image.Image, *, block_px: int) -> float:
    """The share of the picture before the first difference, in rows of blocks."""
    width_px, height_px = image.size
    for row in range(height_px):
        box = (0, row, width_px, row + 1)
        difference = ImageChops.difference(image.crop(box), other.crop(box)).getbbox(alpha_only=False)
        if difference is not None:
            return (row * width_px + difference[0] * min(block_px, height_px - row)) / (width_px * height_px)
    return 1.0


def _layers(image: ImageFile.ImageFile) -> list[tuple[int, int, int, int]]:
    """(number, horizontal and vertical sampling, table) of each component."""
    layers: list[tuple[int, int, int, int]] = getattr(image, "layer", [])
    return layers


def _has_full_detail(encoded: bytes, scans: list[int], components: set[int]) -> bool:
    """Whether the scans have every coefficient of every component down to its last bit. ITU-T T.81, B.2.3 and G.1."""
    missing = {component: set(range(64)) for component in components}
    for at in scans:
        behind = at + 5 + 2 * encoded[at + 4]
        first, last, bits = encoded[behind : behind + 3]
        if bits & 0x0F == 0:
            for component in encoded[at + 5 : behind : 2]:
                missing[component].difference_update(range(first, last + 1))
    return not any(missing.values())
