"""Pictures for tests: ordinary ones in every format, unusual ones and hostile ones."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from io import BytesIO
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

WIDTH_PX, HEIGHT_PX = 40, 24


def landscape(width_px: int = WIDTH_PX, height_px: int = HEIGHT_PX) -> NDArray[np.uint8]:
    """Make pixels (height, width, 3): red increases to the right, green downward; the top left corner is blue."""
    rgb = np.zeros((height_px, width_px, 3), np.uint8)
    rgb[:, :, 0] = np.linspace(0, 255, width_px)
    rgb[:, :, 1] = np.linspace(0, 255, height_px)[:, None]
    rgb[:, :, 2] = 64
    rgb[: height_px // 3, : width_px // 4] = (0, 0, 255)
    return rgb


def encode(image: Image.Image | NDArray[Any], picture_format: str, **options: Any) -> bytes:
    """Encode a picture with Pillow."""
    if not isinstance(image, Image.Image):
        image = Image.fromarray(image)
    encoded = BytesIO()
    image.save(encoded, picture_format, **options)
    return encoded.getvalue()


def in_every_format() -> dict[str, bytes]:
    """Encode the landscape in every format, as faithfully as possible."""
    rgb = landscape()
    return {
        "jpeg": encode(rgb, "JPEG", quality=95, subsampling=0),
        "progressive jpeg": encode(rgb, "JPEG", quality=95, subsampling=0, progressive=True),
        "png": encode(rgb, "PNG"),
        "png with palette": encode(Image.fromarray(rgb).quantize(256), "PNG"),
        "png of 16 bits": png(rgb.astype(np.uint16) * 257),
        "webp": encode(rgb, "WEBP", quality=95),
        "lossless webp": encode(rgb, "WEBP", lossless=True),
        "gif": encode(Image.fromarray(rgb).quantize(256), "GIF"),
        "bmp": encode(rgb, "BMP"),
        "tiff": encode(rgb, "TIFF"),
        "tiff with lzw": encode(rgb, "TIFF", compression="tiff_lzw"),
        "tiff with deflate": encode(rgb, "TIFF", compression="tiff_adobe_deflate"),
        "avif": encode(rgb, "AVIF", quality=95, subsampling="4:4:4"),
    }


def with_alpha() -> NDArray[np.uint8]:
    """Make pixels (height, width, 4): the landscape with a transparent left half."""
    alpha = np.full((HEIGHT_PX, WIDTH_PX, 1), 255, np.uint8)
    alpha[:, : WIDTH_PX // 2] = 0
    return np.concatenate([landscape(), alpha], axis=2)


def png(pixels: NDArray[np.uint16] | NDArray[np.uint8]) -> bytes:
    """Encode a PNG of gray or RGB pixels at their own depth; Pillow can't write 16-bit RGB."""
    height_px, width_px = pixels.shape[:2]
    color_type = 2 if pixels.ndim == 3 else 0
    return _png((width_px, height_px, pixels.itemsize * 8, color_type, 0, 0, 0), _unfiltered(pixels))


def palette_png(indices: NDArray[np.uint8]) -> bytes:
    """Encode a PNG of indices into a palette of grays, without Pillow's reordering."""
    height_px, width_px = indices.shape
    palette = png_chunk(b"PLTE", bytes(value for gray in range(256) for value in (gray, gray, gray)))
    return _png((width_px, height_px, 8, 3, 0, 0, 0), _unfiltered(indices), palette)


def interlaced_png(rgb: NDArray[np.uint8]) -> bytes:
    """Encode a PNG in the seven passes of Adam7, which Pillow can't write."""
    height_px, width_px = rgb.shape[:2]
    passes = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
    pixels = b"".join(_unfiltered(rgb[top::down, left::across]) for left, top, across, down in passes)
    return _png((width_px, height_px, 8, 2, 0, 0, 1), pixels)


def png_broken_at(rgb: NDArray[np.uint8], row: int) -> bytes:
    """Encode a PNG whose pixels can't be inflated from `row` on, although no byte is missing. RFC 1951, 3.2.3."""
    height_px, width_px = rgb.shape[:2]
    pack = zlib.compressobj()
    intact = pack.compress(_unfiltered(rgb[:row])) + pack.flush(zlib.Z_FULL_FLUSH)
    invalid_block = b"\7"
    ends = png_chunk(b"IHDR", struct.pack(">2I5B", width_px, height_px, 8, 2, 0, 0, 0)), png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + ends[0] + png_chunk(b"IDAT", intact + invalid_block + bytes(1_000)) + ends[1]


def _unfiltered(pixels: NDArray[Any]) -> bytes:
    rows = pixels.astype(pixels.dtype.newbyteorder(">")).reshape(len(pixels), -1)
    return b"".join(b"\0" + row.tobytes() for row in rows)


def _png(header: tuple[int, ...], pixels: bytes, *chunks: bytes) -> bytes:
    ends = png_chunk(b"IHDR", struct.pack(">II5B", *header)), png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join((ends[0], *chunks, png_chunk(b"IDAT", zlib.compress(pixels)), ends[1]))


def noisy_png() -> bytes:
    """Encode a PNG whose rows all take about the same number of bytes."""
    return png(np.random.default_rng(0).integers(0, 256, (HEIGHT_PX, WIDTH_PX, 3), np.uint8))


def png_chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def with_png_chunk(encoded: bytes, kind: bytes, content: bytes) -> bytes:
    """Insert a chunk after a PNG's header."""
    return encoded[:33] + png_chunk(kind, content) + encoded[33:]


def xmp_with_orientation(written: str) -> bytes:
    """Make XMP with an orientation, given as an attribute (`tiff:Orientation="6"`) or as an element."""
    attribute, element = ("", written) if written.startswith("<") else (written, "")
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" {attribute}>{element}</rdf:Description>'
        "</rdf:RDF></x:xmpmeta>"
    ).encode()


def raw_profile(kind: str, content: bytes) -> bytes:
    """Encode a profile as text, like ImageMagick."""
    digits = content.hex()
    lines = "\n".join(digits[at : at + 72] for at in range(0, len(digits), 72))
    return f"\n{kind}\n{len(content):8}\n{lines}\n".encode()


def sticker(side_px: int = 96) -> NDArray[np.uint8]:
    """Make pixels (side, side, 4): a green disc on a transparent background, whose hidden color is white."""
    rgba = np.full((side_px, side_px, 4), (255, 255, 255, 0), np.uint8)
    y, x = np.mgrid[:side_px, :side_px] - side_px // 2
    rgba[x**2 + y**2 < (side_px * 5 // 16) ** 2] = (20, 120, 40, 255)
    return rgba


def rotated_profile() -> bytes:
    """Make a valid RGB profile that rotates red, green and blue, so that a reader that ignores it is caught."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    (count,) = struct.unpack_from(">I", profile, 128)
    entries = [128 + 4 + 12 * i for i in range(count)]
    places = {bytes(profile[at : at + 4]): at + 4 for at in entries}
    colorants = [bytes(profile[places[tag] : places[tag] + 8]) for tag in (b"rXYZ", b"gXYZ", b"bXYZ")]
    for tag, colorant in zip((b"rXYZ", b"gXYZ", b"bXYZ"), colorants[1:] + colorants[:1], strict=True):
        profile[places[tag] : places[tag] + 8] = colorant
    return bytes(profile)


def cmyk_profile() -> bytes:
    """Make a valid CMYK profile with a red "cyan", so that a reader that ignores it is caught. ICC.1, lut8Type."""
    red, white, black = (136, 208, 197), (255, 128, 128), (0, 128, 128)  # 8-bit CIELAB
    d50 = (63190, 65536, 54061)  # the illuminant of all profiles, in 65536ths
    ramp = bytes(range(256))
    corners = bytes(
        value
        for cyan, _magenta, _yellow, key in product((False, True), repeat=4)
        for value in (black if key else red if cyan else white)
    )
    identity = struct.pack(">9i", *(65536 if place % 4 == 0 else 0 for place in range(9)))
    table = b"mft1" + bytes(4) + bytes((4, 3, 2, 0)) + identity + ramp * 4 + corners + ramp * 3
    header = struct.pack(">I4xI12s12x4s28x3i48x", 144 + len(table), 0x02400000, b"prtrCMYKLab ", b"acsp", *d50)
    return header + struct.pack(">I4sII", 1, b"A2B0", 144, len(table)) + table


def exif_with_orientation(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif.tobytes()


def png_claiming(width_px: int, height_px: int) -> bytes:
    """Make a PNG whose header claims this size."""
    header = png_chunk(b"IHDR", struct.pack(">II5B", width_px, height_px, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + png_chunk(b"IDAT", b"") + png_chunk(b"IEND", b"")


def jpeg_claiming(width_px: int, height_px: int, *, progressive: bool = False) -> bytes:
    """Make a JPEG whose header claims this size."""
    encoded = bytearray(in_every_format()["progressive jpeg" if progressive else "jpeg"])
    frame = encoded.index(b"\xff\xc2" if progressive else b"\xff\xc0")
    struct.pack_into(">HH", encoded, frame + 5, height_px, width_px)
    return bytes(encoded)


def claiming(width_px: int, height_px: int) -> Iterator[tuple[str, bytes]]:
    """Yield (format, picture) for every format, with a header that falsely claims this size."""
    every = in_every_format()

    def patched(name: str, at: int, layout: str, *values: int) -> tuple[str, bytes]:
        encoded = bytearray(every[name])
        struct.pack_into(layout, encoded, at, *values)
        return name, bytes(encoded)

    yield "png", png_claiming(width_px, height_px)
    frame = every["jpeg"].index(b"\xff\xc0")
    yield patched("jpeg", frame + 5, ">HH", height_px, width_px)
    yield patched("gif", 6, "<HH", width_px, height_px)
    yield "gif with a stray byte", gif_claiming_after(b"x", width_px, height_px)
    yield patched("bmp", 18, "<ii", width_px, height_px)
    yield "tiff", tiff_with(every["tiff"], {256: width_px, 257: height_px})
    yield "tiff with lzw", tiff_with(every["tiff with lzw"], {256: width_px, 257: height_px})
    extent = every["avif"].index(b"ispe")
    yield patched("avif", extent + 8, ">II", width_px, height_px)
    canvas = b"\x10\0\0\0" + (width_px - 1).to_bytes(3, "little") + (height_px - 1).to_bytes(3, "little")
    chunks = b"WEBPVP8X" + struct.pack("<I", 10) + canvas + every["webp"][12:]
    yield "webp", b"RIFF" + struct.pack("<I", len(chunks)) + chunks


def tiff_with(encoded: bytes, values: dict[int, int]) -> bytes:
    """Replace the values of some of a TIFF's tags by one LONG each."""
    patched = bytearray(encoded)
    (directory,) = struct.unpack_from("<I", patched, 4)
    (count,) = struct.unpack_from("<H", patched, directory)
    for entry in range(directory + 2, directory + 2 + 12 * count, 12):
        (tag,) = struct.unpack_from("<H", patched, entry)
        if tag in values:
            struct.pack_into("<HHII", patched, entry, tag, 4, 1, values[tag])
    return bytes(patched)


def tiled_tiff(tile_side_px: int) -> bytes:
    """Make a gray TIFF of 64 x 64 pixels in one deflated tile of this size, which Pillow can't write."""
    tile = zlib.compress(bytes(tile_side_px) * tile_side_px)
    tags = {
        256: 64,
        257: 64,
        258: 8,
        259: 8,  # deflate
        262: 1,  # black is zero
        277: 1,
        322: tile_side_px,
        323: tile_side_px,
        324: 8,
        325: len(tile),
    }
    directory = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    return struct.pack("<2sHI", b"II", 42, 8 + len(tile)) + tile + struct.pack("<H", len(tags)) + directory + bytes(4)


def run_length_bmp() -> bytes:
    """Make a run-length encoded gray BMP of 64 x 64 pixels, which Pillow can't write."""
    runs = b"\x40\x7f\0\0" * 64 + b"\0\1"
    palette = bytes(value for gray in range(256) for value in (gray, gray, gray, 0))
    header = struct.pack("<IiiHHIIiiII", 40, 64, 64, 1, 8, 1, len(runs), 0, 0, 256, 0)
    start = 14 + len(header) + len(palette)
    return b"BM" + struct.pack("<IHHI", start + len(runs), 0, 0, start) + header + palette + runs


def gif_of_many_frames(count: int) -> bytes:
    """Make a GIF whose frames all consist of the same few bytes."""
    encoded = in_every_format()["gif"]
    frame = encoded.index(b",", 13 + 3 * 256)
    return encoded[:-1] + encoded[frame:-1] * (count - 1) + b";"


def gif_claiming_after(before: bytes, width_px: int, height_px: int) -> bytes:
    """Make a GIF with a small screen and, after `before`, one frame of this size that is disposed to the background."""
    disposal = b"!\xf9\4" + b"\x09\0\0\0" + b"\0"
    frame = b"," + struct.pack("<HHHH", 0, 0, width_px, height_px) + b"\0"
    return b"GIF89a" + struct.pack("<HH", 16, 16) + b"\0\0\0" + disposal + before + frame + b"\2\0;"


def jpeg_of_many_scans(count: int) -> bytes:
    """Make a progressive JPEG that repeats its last scan `count` times."""
    encoded = in_every_format()["progressive jpeg"]
    scan = encoded.rindex(b"\xff\xda")
    return encoded[:-2] + encoded[scan:-2] * count + b"\xff\xd9"


def motion_photo() -> bytes:
    """Make a JPEG like a phone's motion photo: its EXIF contains a small JPEG, and a video follows its end."""
    exif = b"Exif\0\0" + encode(landscape(), "JPEG") + b"\xff\xd9"
    photograph = encode(landscape(), "JPEG", exif=exif, quality=95, subsampling=0)
    return photograph + b"\0\0\0\x18ftypmp42" + b"\xff\xda\xff\xd8\0\1" * 200
