"""Chooses a picture's decoder by its first bytes."""

from __future__ import annotations

import re
from typing import TypeVar

from stylizer.errors import UNNAMED, EmptyPicture, FileKind, NotAPicture, PictureName
from stylizer.images.avif import AvifSource
from stylizer.images.bmp import BmpSource
from stylizer.images.gif import GifSource
from stylizer.images.heif import HeifSource
from stylizer.images.jpeg import JpegSource
from stylizer.images.png import PngSource
from stylizer.images.source import Source
from stylizer.images.tiff import TiffSource
from stylizer.images.webp import WebPSource

Found = TypeVar("Found")

SOURCES: tuple[tuple[bytes, type[Source]], ...] = (
    (rb"\xff\xd8\xff", JpegSource),
    (rb"\x89PNG\r\n\x1a\n", PngSource),
    (rb"GIF8[79]a", GifSource),
    (rb"RIFF....WEBP", WebPSource),
    (rb"BM", BmpSource),
    (rb"II[*+]\0|MM\0[*+]", TiffSource),
    (rb"....ftyp(?:avif|avis)|....ftyp(?:mif1|msf1|miaf)....(?:....){0,30}?avif", AvifSource),
    (rb"....ftyp(?:hei[cmsx]|hev[cmsx]|mif1|msf1|miaf)", HeifSource),
)
"""How each format's files begin, and the only decoder that may see them, instead of all that Pillow has."""

SIGNATURES: tuple[tuple[bytes, FileKind], ...] = (
    (rb"(?:\xef\xbb\xbf)?\s{0,99}%PDF", "pdf"),
    (rb"%!PS", "postscript"),
    (rb"PK(?:\x03\x04|\x05\x06)", "zip"),
    (rb"\x1f\x8b", "gzip"),
    (rb"7z\xbc\xaf\x27\x1c", "7z"),
    (rb"Rar!\x1a\x07", "rar"),
    (rb"....ftyp(?:M4A|M4B)", "sound"),
    (rb"....ftyp|\x1a\x45\xdf\xa3|\0\0\x01[\xba\xb3]|FLV\x01|RIFF....AVI ", "video"),
    (rb"OggS|ID3|\xff[\xf2\xf3\xfb]|fLaC|RIFF....WAVE", "sound"),
    (rb"8BPS", "photoshop"),
    (rb"gimp xcf", "gimp"),
    (rb"\xff\x0a|\0\0\0\x0cJXL ", "jpeg-xl"),
    (rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51", "jpeg-2000"),
    (rb"\0\0\x01\0", "icon"),
    (rb"\0\x01\0\0|OTTO|ttcf|wOF[F2]", "font"),
    (rb"MZ|\x7fELF|\xcf\xfa\xed\xfe", "executable"),
    (rb"#!", "script"),
    (rb"(?i)(?:\xef\xbb\xbf)?\s{0,99}(?:<[!?][^>]{0,999}>\s{0,99}){0,9}<svg[\s/>]", "svg"),
    (rb"(?i)(?:\xef\xbb\xbf)?\s{0,99}<(?:!doctype html|html|head|script)", "html"),
    (rb"(?i)(?:\xef\xbb\xbf)?\s{0,99}<\?xml", "xml"),
    (rb"[\t\n\r\x20-\x7e\x80-\xf4]{4,}\Z", "text"),
)
"""How files that are often sent instead of pictures begin, and what they are."""

BEGINNING_BYTES = 1024
"""How much of a file `recognize_picture` looks at."""


def recognize_picture(encoded: bytes, *, name: PictureName = UNNAMED) -> type[Source]:
    """Choose a picture's decoder by its first bytes, which is cheap enough before a job is accepted.

    Raises `EmptyPicture` or `NotAPicture`; only `open_picture` finds out whether the rest can be read.
    """
    if not encoded:
        raise EmptyPicture(*name)
    source = _first_match(encoded, SOURCES)
    if source is None:
        raise NotAPicture(*name, _first_match(encoded, SIGNATURES) or "unknown")
    return source


def _first_match(encoded: bytes, table: tuple[tuple[bytes, Found], ...]) -> Found | None:
    """The first entry that matches the file's first bytes."""
    beginning = encoded[:BEGINNING_BYTES]
    return next((found for pattern, found in table if re.match(pattern, beginning, re.DOTALL)), None)
