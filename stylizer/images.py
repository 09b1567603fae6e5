"""Pictures in and out: encoded bytes to sRGB arrays and back. Everything hostile is stopped here.

The way in: the first bytes decide which single decoder may see the picture, the header's size is checked before any
pixel is decoded, and whatever a decoder raises becomes one `PictureError`.
"""

from __future__ import annotations

import logging
import math
import os
import re
import struct
import warnings
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from io import BytesIO
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageCms, ImageFile
from PIL.AvifImagePlugin import AvifImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from stylizer.errors import (
    EmptyPicture,
    NotAPicture,
    PictureError,
    PictureTooHeavy,
    PictureTooLarge,
    PictureTooSmall,
    UnreadablePicture,
)
from stylizer.events import PictureFormat

Found = TypeVar("Found")

LIMIT_PX = 40_000_000
SMALLEST_SIDE_PX = 16
LARGEST_PROFILE_BYTES = 8 * 2**20
"""The largest press profiles have about 3 MiB; what is larger is ignored."""
MOST_JPEG_SCANS = 100
"""Progressive pictures have about ten; each scan costs a pass over the whole picture."""
MOST_JPEG_SEGMENTS = 1_000
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

GIF_FRAME, GIF_EXTENSION, GIF_COMMENT, GIF_APPLICATION = 0x2C, 0x21, 0xFE, 0xFF
"""What begins the blocks of GIF89a, 20-26, and labels its extensions."""

TILE_WIDTH, TILE_LENGTH = 322, 323
"""Tags of TIFF 6.0, section 15."""
IMAGE_DESCRIPTION, FIRST_PRIVATE_TAG = 270, 700
"""A text of any length, and where the tags begin that hold whole files: XMP, a profile, layers."""
TIFF_LAYOUTS = {
    b"II*\0": ("<4xI", "<H", "<H2xI4x"),
    b"MM\0*": (">4xI", ">H", ">H2xI4x"),
    b"II+\0": ("<8xQ", "<Q", "<H2xQ8x"),  # the other byte order of BigTIFF is beyond Pillow
}
"""Where the directory is, how many tags it has, and each one's number and count of values. TIFF 6.0, section 2."""
TIFF_COMPRESSIONS = frozenset(
    {"raw", "tiff_ccitt", "group3", "group4", "tiff_lzw", "jpeg", "tiff_adobe_deflate", "packbits", "tiff_deflate"}
)
"""What cameras, scanners and drawing programs write, and not every experiment of thirty years."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A decoded picture: upright, sRGB, without metadata."""

    rgb: NDArray[np.uint8]
    """(height, width, 3), composed on white where the picture is transparent."""
    alpha: NDArray[np.uint8] | None
    """(height, width); None when the picture is opaque."""

    @property
    def width_px(self) -> int:
        return int(self.rgb.shape[1])

    @property
    def height_px(self) -> int:
        return int(self.rgb.shape[0])


def recognize_picture(encoded: bytes, *, name: str = "The picture") -> Reader:
    """Which decoder reads the picture, by its first bytes alone: cheap enough to ask before a job is accepted.

    Raises `EmptyPicture` or `NotAPicture`; whether the rest can be read is found out by `open_picture`.
    """
    if not encoded:
        raise EmptyPicture(name)
    reader = _first_match(encoded, READERS)
    if reader is None:
        raise NotAPicture(name, _first_match(encoded, SIGNATURES))
    return reader


def open_picture(
    encoded: bytes,
    *,
    name: str = "The picture",
    longest_side_px: int | None = None,
    least_side_px: int = 0,
) -> Picture:
    """Decode a JPEG, PNG, WebP, GIF, BMP, TIFF or AVIF picture; of an animation, its first frame.

    `name` begins the sentence of every error. With `longest_side_px` a larger picture is shrunk to it, as early as its
    format allows, but its shorter side to no less than `least_side_px`; a smaller one is never enlarged. A damaged
    colour profile or orientation is ignored.

    Raises `EmptyPicture`, `NotAPicture`, `UnreadablePicture`, `PictureTooLarge`, `PictureTooSmall` or
    `PictureTooHeavy`, and nothing else, for any bytes.
    """
    reader = recognize_picture(encoded, name=name)
    # libtiff tells its troubles to the standard error, past Python, and Pillow logs some: the refusal tells them.
    quiet = _tiff_silenced() if reader is TiffImageFile else nullcontext()
    try:
        with warnings.catch_warnings(action="ignore"), quiet:
            return _decode(reader, encoded, name, longest_side_px, least_side_px)
    except PictureError:
        raise
    except MemoryError as error:
        raise PictureTooHeavy(name) from error
    except Exception as error:  # decoders raise anything from struct.error to IndexError on hostile bytes
        raise UnreadablePicture(name) from error


def fit_size(width_px: int, height_px: int, *, longest_side_px: int) -> tuple[int, int]:
    """The (width, height) of the same shape whose longest side is `longest_side_px`; each side at least 1."""
    scale = longest_side_px / max(width_px, height_px)
    return max(1, round(width_px * scale)), max(1, round(height_px * scale))


def resize(rgb: NDArray[np.float32], *, width_px: int, height_px: int) -> NDArray[np.float32]:
    """The picture at another size, antialiased: (height, width, 3) float32 in 0 … 1, as it came."""
    if rgb.shape[:2] == (height_px, width_px):
        return rgb
    shrinks = width_px * height_px < rgb.shape[0] * rgb.shape[1]
    # Lanczos keeps more detail on the way down; on the way up its ringing would be painted as strokes.
    kernel = Image.Resampling.LANCZOS if shrinks else Image.Resampling.BICUBIC
    resized = np.empty((height_px, width_px, rgb.shape[2]), np.float32)
    for channel in range(rgb.shape[2]):
        plane = Image.fromarray(np.ascontiguousarray(rgb[:, :, channel], np.float32))
        resized[:, :, channel] = np.asarray(plane.resize((width_px, height_px), kernel))
    return np.clip(resized, 0, 1, out=resized)


def encode_picture(
    rgb: NDArray[np.float32] | NDArray[np.uint8],
    alpha: NDArray[np.uint8] | None,
    *,
    picture_format: PictureFormat,
    quality: int = 92,
) -> bytes:
    """Encode (height, width, 3) sRGB, float in 0 … 1 or uint8, without any metadata.

    PNG and WebP keep `alpha`, brought to the picture's size where it differs; JPEG, which has none, shows the picture
    on white. `quality` is that of JPEG and WebP, 1 … 100.
    """
    image = Image.fromarray(_to_uint8(rgb))
    if alpha is not None:
        mask = Image.fromarray(alpha)
        if mask.size != image.size:
            mask = mask.resize(image.size, Image.Resampling.BICUBIC)
        if picture_format == "jpeg":
            image = Image.composite(image, Image.new("RGB", image.size, "white"), mask)
        else:
            image.putalpha(mask)
    encoded = BytesIO()
    match picture_format:
        case "png":
            # Paintings are noise to deflate: the default level takes twice the time for no byte less.
            image.save(encoded, "PNG", compress_level=3)
        case "jpeg":
            image.save(encoded, "JPEG", quality=quality, subsampling=0, optimize=True)
        case "webp":
            image.save(encoded, "WEBP", quality=quality)
    return encoded.getvalue()


def encode_preview(
    rgb: NDArray[np.float32] | NDArray[np.uint8], *, longest_side_px: int = 512, quality: int = 85
) -> bytes:
    """A JPEG whose longest side is `longest_side_px`, also of a smaller picture: previews of all scales look alike."""
    image = Image.fromarray(_to_uint8(rgb))
    size = fit_size(*image.size, longest_side_px=longest_side_px)
    encoded = BytesIO()
    image.resize(size, Image.Resampling.BICUBIC).save(encoded, "JPEG", quality=quality)
    return encoded.getvalue()


def _to_uint8(rgb: NDArray[np.float32] | NDArray[np.uint8]) -> NDArray[np.uint8]:
    if rgb.dtype == np.uint8:
        return rgb.astype(np.uint8, copy=False)
    scaled: NDArray[np.float32] = rgb.astype(np.float32) * np.float32(255)
    return np.rint(scaled).clip(0, 255).astype(np.uint8)


Reader = Callable[[BytesIO], ImageFile.ImageFile]

READERS: tuple[tuple[bytes, Reader], ...] = (
    (rb"\xff\xd8\xff", JpegImageFile),
    (rb"\x89PNG\r\n\x1a\n", PngImageFile),
    (rb"GIF8[79]a", GifImageFile),
    (rb"RIFF....WEBP", WebPImageFile),
    (rb"BM", BmpImageFile),
    (rb"II[*+]\0|MM\0[*+]", TiffImageFile),
    (rb"....ftyp(?:avif|avis)|....ftyp(?:mif1|msf1|miaf)....(?:....){0,30}?avif", AvifImageFile),
)
"""How each format's files begin, and the one decoder that may then see them: never all that Pillow knows."""

SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (rb"(?:\xef\xbb\xbf)?\s{0,99}%PDF", "a PDF document"),
    (rb"%!PS", "a PostScript document"),
    (rb"PK(?:\x03\x04|\x05\x06)", "a ZIP archive"),
    (rb"\x1f\x8b", "a gzip archive"),
    (rb"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (rb"Rar!\x1a\x07", "a RAR archive"),
    (rb"....ftyp(?:hei[cmsx]|hev[cmsx]|mif1|msf1)", "a HEIC file"),
    (rb"....ftyp(?:M4A|M4B)", "a sound"),
    (rb"....ftyp|\x1a\x45\xdf\xa3|\0\0\x01[\xba\xb3]|FLV\x01|RIFF....AVI ", "a video"),
    (rb"OggS|ID3|\xff[\xf2\xf3\xfb]|fLaC|RIFF....WAVE", "a sound"),
    (rb"8BPS", "a Photoshop document"),
    (rb"gimp xcf", "a GIMP document"),
    (rb"\xff\x0a|\0\0\0\x0cJXL ", "a JPEG XL file"),
    (rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51", "a JPEG 2000 file"),
    (rb"\0\0\x01\0", "an icon"),
    (rb"\0\x01\0\0|OTTO|ttcf|wOF[F2]", "a font"),
    (rb"MZ|\x7fELF|\xcf\xfa\xed\xfe", "a program"),
    (rb"#!", "a script"),
    (rb"(?i)(?:\xef\xbb\xbf)?\s{0,99}(?:<[!?][^>]{0,999}>\s{0,99}){0,9}<svg[\s/>]", "an SVG drawing"),
    (rb"(?i)(?:\xef\xbb\xbf)?\s{0,99}<(?:!doctype html|html|head|script)", "a web page"),
    (rb"(?i)(?:\xef\xbb\xbf)?\s{0,99}<\?xml", "an XML document"),
    (rb"[\t\n\r\x20-\x7e\x80-\xf4]{4,}\Z", "a text"),
)
"""How files begin that are often sent under a picture's name, and what they are, for people."""

BEGINNING_BYTES = 1024


def _first_match(encoded: bytes, table: tuple[tuple[bytes, Found], ...]) -> Found | None:
    """What the table says of the file's first bytes."""
    beginning = encoded[:BEGINNING_BYTES]
    return next((found for pattern, found in table if re.match(pattern, beginning, re.DOTALL)), None)


@contextmanager
def _tiff_silenced() -> Iterator[None]:
    """Nothing that Pillow logs of a TIFF, or that this process writes to its standard error, is seen."""
    log = logging.getLogger(TiffImageFile.__module__)
    was_disabled = log.disabled
    log.disabled = True
    try:
        with _standard_error_silenced():
            yield
    finally:
        log.disabled = was_disabled


@contextmanager
def _standard_error_silenced() -> Iterator[None]:
    """Nothing that this process writes to its standard error is seen."""
    standard_error = 2
    try:
        kept = os.dup(standard_error)
    except OSError:  # it is closed, as a shell's `2>&-` does: nothing is seen anyway
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, standard_error)
    try:
        yield
    finally:
        os.dup2(kept, standard_error)
        os.close(kept)
        os.close(nowhere)


def _decode(reader: Reader, encoded: bytes, name: str, longest_side_px: int | None, least_side_px: int) -> Picture:
    profile: bytes | None = None
    if reader is WebPImageFile:
        # Its decoder allocates the whole canvas as soon as it is made.
        _check_size(_webp_size(encoded), name)
    elif reader is GifImageFile:
        # So does this one, for some ways of disposal.
        _check_size(_gif_size(encoded), name)
    elif reader is JpegImageFile:
        encoded = _jpeg_essence(encoded)
    elif reader is PngImageFile:
        encoded, profile = _png_essence(encoded)
    elif reader is TiffImageFile:
        _check_directory(encoded)
    with reader(BytesIO(encoded)) as image:
        _check_size(image.size, name)
        _check_coding(image, name)
        size_px = image.size
        if longest_side_px is not None:
            longest_side_px = max(longest_side_px, math.ceil(least_side_px * max(size_px) / min(size_px)))
        if longest_side_px is not None and longest_side_px < max(size_px):
            size_px = fit_size(*size_px, longest_side_px=longest_side_px)
            # JPEG alone can be decoded smaller. Twice the size leaves the antialiasing something to work with.
            image.draft(None, (size_px[0] * 2, size_px[1] * 2))
        orientation = _orientation(image)
        profile = image.info.get("icc_profile", profile)
        image.load()
        colours, alpha = _on_white(image)
    if size_px != colours.size:
        colours = colours.resize(size_px, Image.Resampling.LANCZOS, reducing_gap=3)
        alpha = alpha and alpha.resize(size_px, Image.Resampling.LANCZOS, reducing_gap=3)
    colours = _to_srgb(colours, profile)
    if orientation is not None:
        colours = colours.transpose(orientation)
        alpha = alpha and alpha.transpose(orientation)
    return Picture(np.asarray(colours), None if alpha is None else np.asarray(alpha))


def _check_size(size: tuple[int, int], name: str) -> None:
    width_px, height_px = size
    if width_px * height_px > LIMIT_PX:
        raise PictureTooLarge(name, width_px, height_px, LIMIT_PX)
    if min(size) < SMALLEST_SIDE_PX:
        raise PictureTooSmall(name, width_px, height_px, SMALLEST_SIDE_PX)


def _webp_size(encoded: bytes) -> tuple[int, int]:
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


def _jpeg_essence(encoded: bytes) -> bytes:
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


def _gif_size(encoded: bytes) -> tuple[int, int]:
    """The screen that a GIF claims, widened by its first frame. GIF89a, 18-20; stray bytes are skipped, as Pillow does.

    Raises ValueError where Pillow would look for the end of an extension elsewhere, and so for the frame, and where
    too many blocks come before it: each costs a call in Python.
    """
    width_px, height_px, flags = struct.unpack_from("<HHB", encoded, 6)
    at = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    blocks = 0
    while encoded[at] != GIF_FRAME:
        blocks += 1
        if blocks > MOST_GIF_BLOCKS:
            raise ValueError("too much before the first frame")
        if encoded[at] != GIF_EXTENSION:
            at += 1
            continue
        label, first = encoded[at + 1], at + 2
        at = first
        while encoded[at] and blocks <= MOST_GIF_BLOCKS:
            at += encoded[at] + 1
            blocks += 1
        loops = label == GIF_APPLICATION and encoded.startswith(b"NETSCAPE2.0", first + 1)
        if (at == first and label != GIF_COMMENT) or (at == first + encoded[first] + 1 and loops):
            raise ValueError("an extension without content")
        at += 1
    left, top, frame_width_px, frame_height_px = struct.unpack_from("<HHHH", encoded, at + 1)
    return max(width_px, left + frame_width_px), max(height_px, top + frame_height_px)


def _check_directory(encoded: bytes) -> None:
    """Raise ValueError for a TIFF whose first directory has more tags, or more values in one, than any picture's."""
    header, length, entry = TIFF_LAYOUTS[encoded[:4]]
    (at,) = struct.unpack_from(header, encoded)
    (tags,) = struct.unpack_from(length, encoded, at)
    first = at + struct.calcsize(length)
    if tags > MOST_TIFF_TAGS:
        raise ValueError("too many tags")
    for place in range(first, first + tags * struct.calcsize(entry), struct.calcsize(entry)):
        tag, values = struct.unpack_from(entry, encoded, place)
        if values > MOST_TIFF_VALUES and tag != IMAGE_DESCRIPTION and tag < FIRST_PRIVATE_TAG:
            raise ValueError("too many values in a tag")


def _check_coding(image: ImageFile.ImageFile, name: str) -> None:
    """Refuse what takes a decoder minutes or gigabytes, however small the picture is."""
    if isinstance(image, BmpImageFile) and image.tile[0].codec_name == "bmp_rle":
        raise UnreadablePicture(name, "RLE")  # Pillow unpacks it in Python, byte by byte
    if isinstance(image, TiffImageFile):
        compression = image.info["compression"]
        if compression not in TIFF_COMPRESSIONS:
            raise UnreadablePicture(name, compression.upper().replace("_", " "))
        # A tile is unpacked as a whole, however little of it the picture shows.
        if int(image.tag_v2.get(TILE_WIDTH, 1)) * int(image.tag_v2.get(TILE_LENGTH, 1)) > LIMIT_PX:
            raise ValueError("a tile larger than any picture")


def _png_essence(encoded: bytes) -> tuple[bytes, bytes | None]:
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


def _orientation(image: ImageFile.ImageFile) -> Image.Transpose | None:
    """What makes the picture upright; None when it is, or when its EXIF is damaged."""
    if isinstance(image, TiffImageFile):
        return None  # Pillow turns TIFF while it loads it
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation)
    except Exception:  # noqa: BLE001 - there are as many kinds of errors as ways to damage EXIF
        return None
    return UPRIGHT_BY.get(orientation) if isinstance(orientation, int) else None


UPRIGHT_BY = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""EXIF's orientation to what undoes it."""


def _on_white(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """(colours as L, RGB, CMYK or LAB, alpha or None); colours composed on white."""
    if image.mode.startswith(("I", "F")):
        image = _to_eight_bits(image)
    if image.mode in ("L", "RGB", "CMYK", "LAB") and "transparency" not in image.info:
        return image, None
    if not image.has_transparency_data:
        return image.convert("L" if image.mode == "1" else "RGB"), None
    if image.mode not in ("LA", "RGBA"):
        image = image.convert("RGBA")
    alpha = image.getchannel("A")
    lowest, highest = alpha.getextrema()
    if lowest == 255 or highest == 0:
        # An alpha that hides everything was never meant: some programs leave it at zero.
        return image.convert(image.mode.removesuffix("A")), None
    canvas = Image.new(image.mode.removesuffix("A"), image.size, "white")
    canvas.paste(image, mask=alpha)
    return canvas, alpha


def _to_eight_bits(image: Image.Image) -> Image.Image:
    """Grey of 16 or 32 bits or floats as mode L; what their white is, the largest value tells.

    Where a PNG declares one grey transparent, as mode LA: two greys of 16 bits may be one of eight.
    """
    values = np.nan_to_num(np.asarray(image, np.float32), nan=0, posinf=0, neginf=0)
    if image.mode.startswith("I;16"):
        white = 65535.0
    else:
        brightest = float(values.max())
        white = next((limit for limit in (1.0, 255.0, 65535.0) if brightest <= limit), brightest)
    grey = Image.fromarray((np.clip(values / white, 0, 1) * 255 + 0.5).astype(np.uint8))
    if "transparency" in image.info:
        grey.putalpha(Image.fromarray((values != image.info["transparency"]) * np.uint8(255)))
    return grey


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """The picture as sRGB by its colour profile; a damaged or unfitting one is ignored."""
    srgb = ImageCms.createProfile("sRGB")
    if image.mode == "LAB":
        converted = ImageCms.profileToProfile(image, ImageCms.createProfile("LAB"), srgb, outputMode="RGB")
        return converted or image.convert("RGB")
    if profile and len(profile) <= LARGEST_PROFILE_BYTES:
        try:
            own = ImageCms.ImageCmsProfile(BytesIO(profile))
            converted = ImageCms.profileToProfile(image, own, srgb, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
            converted = None
        if converted is not None:
            return converted
    return image if image.mode == "RGB" else image.convert("RGB")
