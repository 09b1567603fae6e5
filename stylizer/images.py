"""Pictures in and out: encoded bytes to sRGB arrays and back. Everything hostile is stopped here.

The way in: the first bytes decide which single decoder may see the picture, the header's size is checked before any
pixel is decoded, and whatever a decoder raises becomes one `PictureError`.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageFile
from PIL.AvifImagePlugin import AvifImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from stylizer.errors import EmptyPicture, NotAPicture, PictureError, PictureTooLarge, PictureTooSmall, UnreadablePicture
from stylizer.events import PictureFormat

LIMIT_PX = 40_000_000
SMALLEST_SIDE_PX = 16
LARGEST_PROFILE_BYTES = 8 * 2**20
"""The largest press profiles have about 3 MiB; what is larger is ignored."""
MOST_JPEG_SCANS = 200
"""Progressive pictures have about ten; each scan costs a pass over the whole picture."""


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


def open_picture(encoded: bytes, *, name: str = "The picture", longest_side_px: int | None = None) -> Picture:
    """Decode a JPEG, PNG, WebP, GIF, BMP, TIFF or AVIF picture; of an animation, its first frame.

    `name` begins the sentence of every error. With `longest_side_px` a larger picture is shrunk to it, as early as its
    format allows; a smaller one is never enlarged. A damaged colour profile or orientation is ignored.

    Raises `EmptyPicture`, `NotAPicture`, `UnreadablePicture`, `PictureTooLarge` or `PictureTooSmall`, and nothing
    else, for any bytes.
    """
    if not encoded:
        raise EmptyPicture(name)
    reader = _reader_of(encoded)
    if reader is None:
        raise NotAPicture(name, _looks_like(encoded))
    try:
        return _decode(reader, encoded, name, longest_side_px)
    except PictureError:
        raise
    except Exception as error:  # decoders raise anything from struct.error to MemoryError on hostile bytes
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
            image.save(encoded, "PNG")
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
        return np.ascontiguousarray(rgb, np.uint8)
    return (np.clip(rgb, 0, 1) * 255 + 0.5).astype(np.uint8)


Reader = Callable[[BytesIO], ImageFile.ImageFile]


def _reader_of(encoded: bytes) -> Reader | None:
    """The one decoder whose signature the picture bears."""
    if encoded.startswith(b"\xff\xd8\xff"):
        return JpegImageFile
    if encoded.startswith(b"\x89PNG\r\n\x1a\n"):
        return PngImageFile
    if encoded.startswith((b"GIF87a", b"GIF89a")):
        return GifImageFile
    if encoded.startswith(b"RIFF") and encoded[8:12] == b"WEBP":
        return WebPImageFile
    if encoded.startswith(b"BM"):
        return BmpImageFile
    if encoded.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
        return TiffImageFile
    if encoded[4:8] == b"ftyp" and _brands(encoded) & {b"avif", b"avis"}:
        return AvifImageFile
    return None


SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "a PDF document"),
    (b"%!PS", "a PostScript file"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"PK\x05\x06", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\x1a\x45\xdf\xa3", "a video"),
    (b"\x00\x00\x01\xba", "a video"),
    (b"\x00\x00\x01\xb3", "a video"),
    (b"FLV\x01", "a video"),
    (b"OggS", "a sound or a video"),
    (b"ID3", "a sound"),
    (b"\xff\xfb", "a sound"),
    (b"fLaC", "a sound"),
    (b"8BPS", "a Photoshop document"),
    (b"gimp xcf", "a GIMP document"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"\x00\x00\x00\x0cJXL ", "a JPEG XL picture"),
    (b"\x00\x00\x00\x0cjP  ", "a JPEG 2000 picture"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000 picture"),
    (b"\x00\x00\x01\x00", "an icon"),
    (b"\x00\x01\x00\x00", "a font"),
    (b"OTTO", "a font"),
    (b"wOFF", "a font"),
    (b"wOF2", "a font"),
    (b"MZ", "a program"),
    (b"\x7fELF", "a program"),
    (b"#!", "a script"),
    (b"{\\rtf", "a text document"),
)


def _looks_like(encoded: bytes) -> str | None:
    """What a file that is no readable picture seems to be, for people; None when nothing is known."""
    for signature, kind in SIGNATURES:
        if encoded.startswith(signature):
            return kind
    if encoded.startswith(b"RIFF"):
        return {b"AVI ": "a video", b"WAVE": "a sound"}.get(encoded[8:12])
    if encoded[4:8] == b"ftyp":
        heif = {b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"}
        return "a HEIC picture" if _brands(encoded) & heif else "a video"
    beginning = encoded[:4096].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if b"<svg" in beginning:
        return "an SVG drawing"
    if beginning.startswith((b"<!doctype html", b"<html")):
        return "a web page"
    if beginning.startswith(b"<?xml"):
        return "an XML document"
    # A multi-byte character may be cut at the end of the sample.
    text = beginning[:1024].decode("utf-8", errors="ignore")
    if len(text.encode()) > len(beginning[:1024]) - 4 and all(c.isprintable() or c.isspace() for c in text):
        return "a text file"
    return None


def _brands(encoded: bytes) -> set[bytes]:
    """The major and compatible brands of an ISO media file."""
    end = min(int.from_bytes(encoded[:4], "big"), 256)
    return {encoded[8:12], *(encoded[start : start + 4] for start in range(16, end, 4))}


def _decode(reader: Reader, encoded: bytes, name: str, longest_side_px: int | None) -> Picture:
    if reader is WebPImageFile:
        # Its decoder allocates the whole canvas as soon as it is made.
        _check_size(_webp_size(encoded), name)
    if reader is GifImageFile:
        # So does this one for some ways of disposal.
        _check_size(_gif_size(encoded), name)
    if reader is JpegImageFile and encoded.count(b"\xff\xda") > MOST_JPEG_SCANS:
        raise UnreadablePicture(name)
    with reader(BytesIO(_without_text(encoded) if reader is PngImageFile else encoded)) as image:
        _check_size(image.size, name)
        target = image.size
        if longest_side_px is not None and longest_side_px < max(image.size):
            target = fit_size(*image.size, longest_side_px=longest_side_px)
            # Twice the size leaves the antialiasing below something to work with.
            image.draft(None, (target[0] * 2, target[1] * 2))
        orientation = _orientation(image)
        profile = image.info.get("icc_profile")
        image.load()
        colours, alpha = _on_white(image)
    if target != colours.size and max(target) < max(colours.size):
        colours = colours.resize(target, Image.Resampling.LANCZOS, reducing_gap=3)
        alpha = alpha and alpha.resize(target, Image.Resampling.LANCZOS, reducing_gap=3)
    colours = _to_srgb(colours, profile)
    if orientation is not None:
        colours = colours.transpose(orientation)
        alpha = alpha and alpha.transpose(orientation)
    return Picture(np.array(colours), None if alpha is None else np.array(alpha))


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


def _gif_size(encoded: bytes) -> tuple[int, int]:
    """The screen that a GIF claims, widened by its first frame. GIF89a, 18-20."""
    width_px, height_px, flags = struct.unpack_from("<HHB", encoded, 6)
    at = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    while encoded[at] == 0x21:
        at += 2
        while encoded[at]:
            at += encoded[at] + 1
        at += 1
    if encoded[at] == 0x2C:
        left, top, frame_width_px, frame_height_px = struct.unpack_from("<HHHH", encoded, at + 1)
        width_px = max(width_px, left + frame_width_px)
        height_px = max(height_px, top + frame_height_px)
    return width_px, height_px


def _without_text(encoded: bytes) -> bytes:
    """The PNG without chunks that the picture does not need: texts may unpack to gigabytes."""
    needed = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"iCCP", b"eXIf")
    return encoded[:8] + b"".join(chunk for kind, chunk in _png_chunks(encoded) if kind in needed)


def _png_chunks(encoded: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """Each chunk's type and its bytes, with length and checksum."""
    view = memoryview(encoded)
    at = 8
    while at + 8 <= len(view):
        end = at + 12 + int.from_bytes(view[at : at + 4], "big")
        yield bytes(view[at + 4 : at + 8]), view[at:end]
        at = end


def _orientation(image: ImageFile.ImageFile) -> Image.Transpose | None:
    """What makes the picture upright; None when it is, or when its EXIF is damaged."""
    if isinstance(image, TiffImageFile):
        return None  # TIFF is turned while it is loaded
    try:
        orientation = image.getexif().get(0x0112)
    except Exception:  # as many kinds of errors as there are ways to damage it
        return None
    return {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }.get(orientation)


def _on_white(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """(colours as L, RGB, CMYK or LAB, alpha or None); colours composed on white."""
    if image.mode in ("L", "RGB", "CMYK", "LAB") and "transparency" not in image.info:
        return image, None
    if image.mode.startswith(("I", "F")):
        return _to_eight_bits(image), None
    if image.mode == "1":
        return image.convert("L"), None
    if not image.has_transparency_data:
        return image.convert("RGB"), None
    image = image.convert("LA" if image.mode in ("LA", "La") else "RGBA")
    alpha = image.getchannel("A")
    lowest, highest = alpha.getextrema()
    if lowest == 255 or highest == 0:
        # An alpha that hides everything was never meant: some programs leave it at zero.
        return image.convert(image.mode.removesuffix("A")), None
    canvas = Image.new(image.mode.removesuffix("A"), image.size, "white")
    canvas.paste(image, mask=alpha)
    return canvas, alpha


def _to_eight_bits(image: Image.Image) -> Image.Image:
    """Grey of 16 or 32 bits or floats as mode L; what their white is, the largest value tells."""
    values = np.nan_to_num(np.asarray(image, np.float32), nan=0, posinf=0, neginf=0)
    if image.mode.startswith("I;16"):
        white = 65535.0
    else:
        brightest = float(values.max())
        white = next((limit for limit in (1.0, 255.0, 65535.0) if brightest <= limit), brightest)
    return Image.fromarray((np.clip(values / white, 0, 1) * 255 + 0.5).astype(np.uint8))


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
    return image.convert("RGB")
