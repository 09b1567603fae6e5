from __future__ import annotations

import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from io import BytesIO

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms

from stylizer.errors import (
    CONTENT,
    STYLE,
    EmptyPicture,
    FileKind,
    IncompletePicture,
    NotAPicture,
    PictureName,
    PictureTooLarge,
    PictureTooNarrow,
    PictureTooSmall,
    UnreadablePicture,
    UnsupportedCompression,
)
from stylizer.events import PictureFormat
from stylizer.images import (
    MAX_PIXELS,
    encode_picture,
    encode_preview,
    fit_size,
    open_picture,
    refuse_if_too_narrow,
    resize,
)
from tests.stylizer import pictures
from tests.stylizer.pictures import HEIGHT_PX, WIDTH_PX, encode, landscape

EVERY_FORMAT = pictures.in_every_format()
FORMATS: tuple[PictureFormat, ...] = ("png", "jpeg", "webp")


def distance(left: NDArray[np.uint8], right: NDArray[np.uint8]) -> float:
    return float(np.abs(left.astype(float) - right.astype(float)).mean())


@pytest.mark.parametrize("picture", EVERY_FORMAT)
def test_every_common_format_is_read_as_it_looks(picture: str) -> None:
    opened = open_picture(EVERY_FORMAT[picture])
    assert (opened.width_px, opened.height_px) == (WIDTH_PX, HEIGHT_PX)
    assert opened.rgb.dtype == np.uint8
    assert opened.alpha is None
    assert distance(opened.rgb, landscape()) < 3


@pytest.mark.parametrize("picture_format", ["GIF", "WEBP", "PNG", "AVIF", "TIFF"])
def test_an_animation_is_read_as_its_first_frame(picture_format: str) -> None:
    others = [Image.new("RGB", (WIDTH_PX, HEIGHT_PX), color) for color in ("black", "white")]
    animation = encode(landscape(), picture_format, save_all=True, append_images=others)
    assert distance(open_picture(animation).rgb, landscape()) < 6


def test_a_gif_of_a_hundred_thousand_frames_is_read_like_any_other() -> None:
    assert distance(open_picture(pictures.gif_of_many_frames(100_000)).rgb, landscape()) < 3


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("picture_format", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_a_picture_taken_with_a_turned_camera_is_upright(picture_format: str, orientation: int) -> None:
    turn: dict[int, Callable[[NDArray[np.uint8]], NDArray[np.uint8]]] = {
        1: lambda upright: upright,
        2: lambda upright: upright[:, ::-1],
        3: lambda upright: upright[::-1, ::-1],
        4: lambda upright: upright[::-1],
        5: lambda upright: upright.transpose(1, 0, 2),
        6: lambda upright: np.rot90(upright, 1),
        7: lambda upright: upright[::-1, ::-1].transpose(1, 0, 2),
        8: lambda upright: np.rot90(upright, -1),
    }
    stored = np.ascontiguousarray(turn[orientation](landscape()))
    photograph = encode(stored, picture_format, exif=pictures.exif_with_orientation(orientation))
    opened = open_picture(photograph)
    assert (opened.width_px, opened.height_px) == (WIDTH_PX, HEIGHT_PX)
    assert distance(opened.rgb, landscape()) < 6
    smaller = open_picture(photograph, longest_side_px=20)
    assert (smaller.width_px, smaller.height_px) == (20, 12)


@pytest.mark.parametrize("kind", [b"iTXt", b"packed iTXt", b"tEXt"])
@pytest.mark.parametrize(
    "written", ['tiff:Orientation="6"', "tiff:Orientation = '6'", "<tiff:Orientation>6</tiff:Orientation>"]
)
def test_a_png_rotated_only_by_xmp_is_upright(kind: bytes, written: str) -> None:
    xmp, name = pictures.xmp_with_orientation(written), b"XML:com.adobe.xmp\0"
    text = {
        b"iTXt": name + bytes(4) + xmp,
        b"packed iTXt": name + b"\1\0\0\0" + zlib.compress(xmp),
        b"tEXt": name + xmp,
    }[kind]
    stored = encode(np.ascontiguousarray(np.rot90(landscape(), 1)), "PNG")
    opened = open_picture(pictures.with_png_chunk(stored, kind[-4:], text))
    assert np.array_equal(opened.rgb, landscape())


@pytest.mark.parametrize("picture_format", ["JPEG", "WEBP"])
def test_a_photograph_rotated_only_by_xmp_is_upright(picture_format: str) -> None:
    stored = np.ascontiguousarray(np.rot90(landscape(), 1))
    xmp = pictures.xmp_with_orientation("tiff:Orientation='6'")
    assert distance(open_picture(encode(stored, picture_format, xmp=xmp, quality=95)).rgb, landscape()) < 6


@pytest.mark.parametrize("kind", [b"tEXt", b"zTXt"])
@pytest.mark.parametrize(
    ("keyword", "profile"),
    [
        (b"Raw profile type exif", pictures.exif_with_orientation(6)),
        (b"Raw profile type exif", pictures.exif_with_orientation(6)[6:]),
        (b"Raw profile type APP1", pictures.exif_with_orientation(6)),
        (
            b"Raw profile type APP1",
            b"http://ns.adobe.com/xap/1.0/\0" + pictures.xmp_with_orientation('tiff:Orientation="6"'),
        ),
        (b"Raw profile type xmp", pictures.xmp_with_orientation('tiff:Orientation="6"')),
    ],
)
def test_a_png_rotated_by_a_raw_profile_is_upright(kind: bytes, keyword: bytes, profile: bytes) -> None:
    text = pictures.raw_profile(keyword.rpartition(b" ")[2].decode(), profile)
    packed = b"\0" + zlib.compress(text) if kind == b"zTXt" else text
    stored = encode(np.ascontiguousarray(np.rot90(landscape(), 1)), "PNG")
    opened = open_picture(pictures.with_png_chunk(stored, kind, keyword + b"\0" + packed))
    assert np.array_equal(opened.rgb, landscape())


@pytest.mark.parametrize("text", [b"", b"\nexif\n", b"\nexif\n  10\nzz", b"\nexif\n  10\n123", b"\nexif\n 8\n45786966"])
def test_a_damaged_raw_profile_is_ignored(text: bytes) -> None:
    damaged = pictures.with_png_chunk(EVERY_FORMAT["png"], b"tEXt", b"Raw profile type exif\0" + text)
    assert np.array_equal(open_picture(damaged).rgb, landscape())


@pytest.mark.parametrize("picture_format", ["JPEG", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize(("exif", "xmp"), [(6, 6), (6, 3), (1, 6)])
def test_a_picture_is_rotated_only_once_by_its_exif(picture_format: str, exif: int, xmp: int) -> None:
    stored = np.ascontiguousarray(np.rot90(landscape(), 1)) if exif == 6 else landscape()
    written = pictures.xmp_with_orientation(f'tiff:Orientation="{xmp}"')
    options = {"exif": pictures.exif_with_orientation(exif)} | ({} if picture_format == "PNG" else {"xmp": written})
    encoded = encode(stored, picture_format, **options)
    if picture_format == "PNG":
        encoded = pictures.with_png_chunk(encoded, b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + written)
    assert distance(open_picture(encoded).rgb, landscape()) < 6


@pytest.mark.parametrize("exif", [b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0nonsense", b"x" * 60_000])
def test_damaged_exif_is_ignored(exif: bytes) -> None:
    assert distance(open_picture(encode(landscape(), "JPEG", exif=exif)).rgb, landscape()) < 6


def test_an_orientation_that_does_not_exist_is_ignored() -> None:
    turned = encode(landscape(), "PNG", exif=pictures.exif_with_orientation(99))
    assert np.array_equal(open_picture(turned).rgb, landscape())


@pytest.mark.parametrize("picture_format", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_a_color_profile_is_converted_to_srgb(picture_format: str) -> None:
    red = np.full((HEIGHT_PX, WIDTH_PX, 3), (250, 10, 10), np.uint8)
    opened = open_picture(encode(red, picture_format, icc_profile=pictures.rotated_profile()))
    assert distance(opened.rgb, np.full_like(red, (10, 250, 10))) < 3


@pytest.mark.parametrize(
    "profile",
    [
        b"nonsense",
        b"\0" * 200,
        pictures.rotated_profile()[:300],
        bytes(ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()),
        b"\0" * (9 * 2**20),
    ],
    ids=["nonsense", "zeros", "cut off", "of other colors", "huge"],
)
@pytest.mark.parametrize("picture_format", ["JPEG", "PNG", "WEBP"])
def test_a_damaged_or_mismatched_color_profile_is_ignored(picture_format: str, profile: bytes) -> None:
    assert distance(open_picture(encode(landscape(), picture_format, icc_profile=profile)).rgb, landscape()) < 6


def test_a_png_profile_that_cannot_be_unpacked_is_ignored() -> None:
    for content in (b"", b"name", b"name\0\0", b"name\0\0not deflated", b"name\0\7whatever"):
        damaged = pictures.with_png_chunk(EVERY_FORMAT["png"], b"iCCP", content)
        assert np.array_equal(open_picture(damaged).rgb, landscape())


@pytest.mark.parametrize("kind", [b"tEXt", b"zTXt", b"iTXt", b"abCd"])
def test_a_png_with_huge_text_chunks_is_read(kind: bytes) -> None:
    text = b"Comment\0" + b"\0" * 3_000_000
    assert np.array_equal(open_picture(pictures.with_png_chunk(EVERY_FORMAT["png"], kind, text)).rgb, landscape())


@pytest.mark.parametrize("picture_format", ["JPEG", "TIFF"])
def test_a_cmyk_picture_keeps_its_colors(picture_format: str) -> None:
    primaries = Image.new("RGB", (48, 16))
    for place, color in enumerate(("red", "lime", "white")):
        primaries.paste(color, (16 * place, 0, 16 * place + 16, 16))
    opened = open_picture(encode(primaries.convert("CMYK"), picture_format))
    assert distance(opened.rgb, np.asarray(primaries)) < 6


@pytest.mark.parametrize("picture_format", ["JPEG", "TIFF"])
def test_a_cmyk_picture_is_converted_by_its_own_profile(picture_format: str) -> None:
    cyan = Image.new("CMYK", (WIDTH_PX, HEIGHT_PX), (255, 0, 0, 0))
    opened = open_picture(encode(cyan, picture_format, icc_profile=pictures.cmyk_profile()))
    assert distance(opened.rgb, np.full((HEIGHT_PX, WIDTH_PX, 3), (255, 0, 0), np.uint8)) < 3


@pytest.mark.parametrize("picture_format", ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "AVIF"])
def test_a_gray_picture_is_read_as_gray(picture_format: str) -> None:
    gray = np.asarray(Image.fromarray(landscape()).convert("L"))
    opened = open_picture(encode(gray, picture_format))
    assert distance(opened.rgb, np.repeat(gray[:, :, None], 3, axis=2)) < 3


@pytest.mark.parametrize("white", [1.0, 255.0, 65535.0, 2e9])
def test_gray_of_any_depth_keeps_its_tones(white: float) -> None:
    gray = np.repeat(np.linspace(0, 1, WIDTH_PX, dtype=np.float32)[None], HEIGHT_PX, axis=0)
    expected = np.rint(gray * 255)[:, :, None].repeat(3, axis=2).astype(np.uint8)
    encodings = [encode(gray * np.float32(white), "TIFF")]
    if white == 65535:
        encodings += [
            encode((gray * white).astype(np.uint16), "TIFF"),
            encode((gray * white).astype(np.uint16), "PNG"),
            pictures.png((gray * white).astype(np.uint16)),
        ]
    if white > 1:
        encodings.append(encode((gray * white).astype(np.int32), "TIFF"))
    for encoded in encodings:
        assert distance(open_picture(encoded).rgb, expected) < 1.1


def test_nan_values_are_read_as_black() -> None:
    gray = np.full((16, 16), np.nan, np.float32)
    gray[8:] = np.inf
    assert not open_picture(encode(gray, "TIFF")).rgb.any()


@pytest.mark.parametrize("picture_format", ["PNG", "GIF", "BMP", "TIFF", "WEBP"])
def test_a_black_and_white_picture_is_read(picture_format: str) -> None:
    halves = Image.new("1", (WIDTH_PX, HEIGHT_PX))
    halves.paste(1, (0, 0, 20, HEIGHT_PX))
    opened = open_picture(encode(halves, picture_format))
    assert distance(opened.rgb[:, :20], np.full((HEIGHT_PX, 20, 3), 255, np.uint8)) < 3
    assert opened.rgb[:, 21:].max() < 10


def test_a_lab_picture_is_converted_to_srgb() -> None:
    to_lab = ImageCms.profileToProfile(
        Image.fromarray(landscape()), ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB"
    )
    assert to_lab is not None
    # Blue as pure as the landscape's is changed slightly by eight-bit Lab.
    assert distance(open_picture(encode(to_lab, "TIFF")).rgb, landscape()) < 4


@pytest.mark.parametrize("picture_format", ["PNG", "WEBP", "TIFF", "AVIF"])
def test_transparent_parts_keep_their_alpha_and_get_their_neighbors_colors(picture_format: str) -> None:
    options = {"lossless": True} if picture_format == "WEBP" else {}
    opened = open_picture(encode(pictures.with_alpha(), picture_format, **options))
    half = WIDTH_PX // 2
    assert opened.alpha is not None
    assert opened.alpha[:, : half - 1].max() == 0
    assert opened.alpha[:, half + 1 :].min() == 255
    assert opened.rgb[:, :half, 2].max() < 80, "white, or the blue that was hidden"
    assert distance(opened.rgb[:, half - 2], landscape()[:, half]) < 12
    assert distance(opened.rgb[:, half + 1 :], landscape()[:, half + 1 :]) < 6


@pytest.mark.parametrize("longest_side_px", [None, 96, 31, 16])
def test_a_sticker_has_no_fringe_on_any_background(longest_side_px: int | None) -> None:
    opened = open_picture(encode(pictures.sticker(), "PNG"), longest_side_px=longest_side_px)
    assert np.abs(opened.rgb.astype(int) - (20, 120, 40)).max() < 16
    assert opened.alpha is not None
    assert (opened.alpha.min(), opened.alpha.max()) == (0, 255)


def test_half_transparent_colors_are_unchanged() -> None:
    veil = np.full((16, 16, 4), (200, 0, 0, 128), np.uint8)
    opened = open_picture(encode(veil, "PNG"))
    assert np.abs(opened.rgb.astype(int) - (200, 0, 0)).max() <= 1
    assert opened.alpha is not None
    assert np.all(opened.alpha == 128)


def test_gray_and_palette_pictures_with_alpha_reveal_nothing_hidden() -> None:
    rgba = pictures.with_alpha()
    rgba[:, : WIDTH_PX // 2, :3] = 255
    for image in (Image.fromarray(rgba).convert("LA"), Image.fromarray(rgba).quantize(256)):
        opened = open_picture(encode(image, "PNG"))
        assert opened.alpha is not None
        assert opened.alpha.min() == 0
        assert opened.rgb[:, : WIDTH_PX // 2].mean() < 180


@pytest.mark.parametrize("faintest", [1, 5, 31])
def test_a_uniformly_faint_alpha_is_ignored(faintest: int) -> None:
    faint = np.dstack([landscape(), np.full((HEIGHT_PX, WIDTH_PX), faintest, np.uint8)])
    opened = open_picture(encode(faint, "PNG"))
    assert opened.alpha is None
    assert np.array_equal(opened.rgb, landscape())
    faint[:, :20, 3] = 0
    shape = open_picture(encode(faint, "PNG"))
    assert shape.alpha is not None
    assert (shape.alpha[0, 0], shape.alpha[0, -1]) == (0, 255)


@pytest.mark.parametrize("mode", ["P", "L", "RGB", "1"])
def test_a_single_transparent_color_is_transparent(mode: str) -> None:
    image = Image.new("L", (WIDTH_PX, HEIGHT_PX), 255)
    image.paste(0, (0, 0, 20, HEIGHT_PX))
    stored = image.quantize(2) if mode == "P" else image.convert(mode)
    key: int | tuple[int, int, int] = (0, 0, 0) if mode == "RGB" else 0
    if mode == "P":
        index = stored.getpixel((0, 0))
        assert isinstance(index, int)
        key = index
    opened = open_picture(encode(stored, "PNG", transparency=key))
    assert opened.alpha is not None
    assert opened.alpha[:, :20].max() == 0
    assert opened.alpha[:, 20:].min() == 255
    assert opened.rgb.min() == 255


def test_a_single_transparent_gray_of_16_bits_is_distinguished_from_its_neighbor() -> None:
    gray = np.full((HEIGHT_PX, WIDTH_PX), 30_001, np.uint16)
    gray[:, :20] = 30_000
    opened = open_picture(pictures.with_png_chunk(pictures.png(gray), b"tRNS", struct.pack(">H", 30_000)))
    assert opened.alpha is not None
    assert opened.alpha[:, :20].max() == 0
    assert opened.alpha[:, 20:].min() == 255
    assert np.all(opened.rgb == 117)


def test_a_fully_transparent_picture_shows_its_hidden_colors() -> None:
    hidden = np.dstack([landscape(), np.zeros((HEIGHT_PX, WIDTH_PX), np.uint8)])
    opened = open_picture(encode(hidden, "PNG"))
    assert opened.alpha is None
    assert np.array_equal(opened.rgb, landscape())


def test_an_opaque_alpha_is_dropped() -> None:
    opaque = np.dstack([landscape(), np.full((HEIGHT_PX, WIDTH_PX), 255, np.uint8)])
    assert open_picture(encode(opaque, "PNG")).alpha is None


@pytest.mark.parametrize("picture", EVERY_FORMAT)
def test_a_larger_picture_is_shrunk_and_a_smaller_one_unchanged(picture: str) -> None:
    shrunk = open_picture(EVERY_FORMAT[picture], longest_side_px=20)
    assert (shrunk.width_px, shrunk.height_px) == (20, 12)
    expected = np.asarray(Image.fromarray(landscape()).resize((20, 12), Image.Resampling.LANCZOS))
    assert distance(shrunk.rgb, expected) < 5
    assert open_picture(EVERY_FORMAT[picture], longest_side_px=400).width_px == WIDTH_PX


def test_the_alpha_is_shrunk_with_its_picture() -> None:
    opened = open_picture(encode(pictures.with_alpha(), "PNG"), longest_side_px=20)
    assert opened.alpha is not None
    assert opened.alpha.shape == opened.rgb.shape[:2] == (12, 20)
    assert (opened.alpha[0, 0], opened.alpha[0, -1]) == (0, 255)


def test_a_banner_keeps_its_shape() -> None:
    banner = open_picture(encode(landscape(640, 80), "JPEG"), longest_side_px=256)
    assert (banner.width_px, banner.height_px) == (256, 32)


@pytest.mark.parametrize("turn", [1, 6])
def test_a_strip_as_content_is_refused_with_a_size_that_would_work(turn: int) -> None:
    stored = landscape(600, 30) if turn == 1 else landscape(30, 600)
    strip = encode(stored, "JPEG", exif=pictures.exif_with_orientation(turn))
    with pytest.raises(PictureTooNarrow) as refusal:
        open_picture(strip, name=CONTENT, longest_side_px=512, shortest_side_px=32)
    assert str(refusal.value) == (
        "The content picture is 600 × 30 px. Painted at 512 px, its short side would be only 26 px; "
        "the minimum is 32. Choose a size of 640 px or more, or crop its long side to 480 px."
    )
    for side_px in (640, 2048):
        assert open_picture(strip, longest_side_px=side_px, shortest_side_px=32).width_px == 600
    cropped = encode(landscape(480, 30), "PNG")
    assert open_picture(cropped, longest_side_px=512, shortest_side_px=32).width_px == 480
    assert open_picture(strip, longest_side_px=512).width_px == 512, "a style may be a strip"


def test_a_strip_too_narrow_at_any_size_has_to_be_cropped() -> None:
    with pytest.raises(PictureTooNarrow, match=r"only 5 px; the minimum is 32\. Crop its long side to 640 px\."):
        open_picture(encode(landscape(4000, 40), "PNG"), longest_side_px=512, shortest_side_px=32)


def test_a_strip_that_is_too_thin_for_any_picture_is_not_to_be_cropped() -> None:
    with pytest.raises(PictureTooSmall, match=r"is 4000 × 2 px; the minimum is 16 × 16\."):
        refuse_if_too_narrow((4000, 2), PictureName("content"), longest_side_px=256)


def test_a_tiny_picture_is_not_a_strip() -> None:
    emoji = open_picture(encode(landscape(32, 32), "PNG"), longest_side_px=512, shortest_side_px=32)
    assert emoji.width_px == 32


def test_an_empty_file_is_refused_as_empty() -> None:
    with pytest.raises(EmptyPicture, match=r"^The style picture is empty"):
        open_picture(b"", name=STYLE)


@pytest.mark.parametrize(
    ("beginning", "kind"),
    [
        (b"%PDF-1.7\n%\xe2\xe3", "pdf"),
        (b"\r\n%PDF-1.4\n", "pdf"),
        (b"%!PS-Adobe-3.0", "postscript"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', "svg"),
        (b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- Inkscape -->\n<!DOCTYPE svg>\n<svg width="1"/>', "svg"),
        (b"<svg/>", "svg"),
        (b'<?xml version="1.0"?><feed/>', "xml"),
        (b"\n<!DOCTYPE html><html><body>Not found", "html"),
        (b"<script>alert(1)</script>", "html"),
        (b"PK\x03\x04\x14\0\0\0", "zip"),
        (b"\x1f\x8b\x08\0", "gzip"),
        (b"7z\xbc\xaf\x27\x1c\0\4", "7z"),
        (b"Rar!\x1a\x07\x01\0", "rar"),
        (b"\0\0\0\x18ftypisom\0\0\0\0isommp42", "video"),
        (b"\x1a\x45\xdf\xa3\x9f", "video"),
        (b"RIFF\x24\0\0\0AVI LIST", "video"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "sound"),
        (b"OggS\0\2", "sound"),
        (b"ID3\4\0", "sound"),
        (b"8BPS\0\1", "photoshop"),
        (b"\xff\x0a\xfa\x7f", "jpeg-xl"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "jpeg-2000"),
        (b"\0\0\1\0\1\0", "icon"),
        (b"wOF2\0\1\0\0", "font"),
        (b"\0\1\0\0\0\x0f\0\x80", "font"),
        (b"MZ\x90\0", "executable"),
        (b"\x7fELF\2\1", "executable"),
        (b"#!/bin/sh\necho", "script"),
        ("Grüße aus der Küche".encode(), "text"),
    ],
)
def test_a_file_of_another_type_is_identified(beginning: bytes, kind: FileKind) -> None:
    for encoded in (beginning, beginning + b" " * 5000):
        with pytest.raises(NotAPicture) as refusal:
            open_picture(encoded, name=CONTENT)
        assert refusal.value == NotAPicture("content", None, kind)


@pytest.mark.parametrize("encoded", [b"\0", b"\xfe\xff\0\1\2\3", bytes(range(255, 0, -1)), b"P6\n1 1\n255\n\0\0\0"])
def test_an_unknown_kind_of_file_is_not_a_picture(encoded: bytes) -> None:
    with pytest.raises(NotAPicture, match=r"^The picture isn't an image\. Use a JPEG"):
        open_picture(encoded)


@pytest.mark.parametrize("picture_format", ["ICO", "PPM", "TGA", "PCX", "SGI", "EPS", "JPEG2000"])
def test_only_decoders_of_the_supported_formats_are_used(picture_format: str) -> None:
    with pytest.raises(NotAPicture):
        open_picture(encode(landscape(), picture_format))


@pytest.mark.parametrize("picture", EVERY_FORMAT)
def test_a_truncated_picture_is_refused_or_looks_nearly_complete(picture: str) -> None:
    encoded = EVERY_FORMAT[picture]
    whole = open_picture(encoded).rgb
    # Every cut near the ends, where formats differ, and many between.
    cuts = [*range(1, 64), *range(64, len(encoded) - 32, 7), *range(len(encoded) - 32, len(encoded))]
    for length in cuts:
        try:
            opened = open_picture(encoded[:length])
        except (UnreadablePicture, NotAPicture, IncompletePicture, PictureTooSmall):
            continue
        rows = HEIGHT_PX * 9 // 10 // 8 * 8  # a JPEG block is either complete or missing
        assert distance(opened.rgb[:rows], whole[:rows]) < 0.5
        assert length > len(encoded) * 0.6


def test_more_than_250_megapixels_are_refused_from_the_header() -> None:
    for picture, encoded in pictures.claiming(20_001, 12_500):
        with pytest.raises(PictureTooLarge, match=r"20001 × 12500 px; the limit for its file format is \d+ megapixels"):
            open_picture(encoded, longest_side_px=64)
        assert MAX_PIXELS < 20_001 * 12_500, picture


def test_sides_under_sixteen_pixels_are_refused() -> None:
    for size in ((15, 40), (40, 15), (1, 1)):
        for picture_format in ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"):
            with pytest.raises(PictureTooSmall, match=f"is {size[0]} × {size[1]} px; the minimum is 16 × 16"):
                open_picture(encode(Image.new("L", size), picture_format))
    assert open_picture(encode(Image.new("L", (16, 16)), "PNG")).width_px == 16


def test_a_frame_larger_than_its_gif_counts_toward_the_limit() -> None:
    encoded = bytearray(EVERY_FORMAT["gif"])
    frame = encoded.index(b",", 13 + 3 * 256)
    encoded[frame + 5 : frame + 9] = b"\xff\xff\xff\xff"
    with pytest.raises(PictureTooLarge, match="65535 × 65535"):
        open_picture(bytes(encoded))


@pytest.mark.parametrize("stray", [b"\0", b"x", b"\0" * 300], ids=["a zero", "a letter", "many zeros"])
def test_a_gif_with_stray_bytes_before_its_frame_is_read_or_refused_for_size(stray: bytes) -> None:
    encoded = EVERY_FORMAT["gif"]
    frame = encoded.index(b",", 13 + 3 * 256)
    assert distance(open_picture(encoded[:frame] + stray + encoded[frame:]).rgb, landscape()) < 3
    with pytest.raises(PictureTooLarge, match="13000 × 13000"):
        open_picture(pictures.gif_claiming_after(stray, 13_000, 13_000))


@pytest.mark.parametrize("extension", [b"!\xf9\0\x0a", b"!\xff\x0bNETSCAPE2.0\0\x0a", b"!\x01\0\x0a"])
def test_gif_extensions_cannot_hide_a_large_frame_behind_a_small_one(extension: bytes) -> None:
    small = b"," + struct.pack("<HHHH", 0, 0, 16, 16) + b"\0\0"
    with pytest.raises(UnreadablePicture) as refusal:
        open_picture(pictures.gif_claiming_after(extension + small, 13_000, 13_000))
    assert isinstance(refusal.value.__cause__, ValueError), "Pillow was asked"


def test_a_damaged_tiff_prints_nothing_to_standard_error(capfd: pytest.CaptureFixture[str]) -> None:
    encoded = bytearray(EVERY_FORMAT["tiff with lzw"])
    encoded[10:200] = b"\xff" * 190
    with pytest.raises(UnreadablePicture):
        open_picture(bytes(encoded))
    assert capfd.readouterr() == ("", "")


@pytest.mark.process
def test_a_tiff_is_read_while_standard_error_is_closed() -> None:
    script = """
import os
from stylizer.images import open_picture
from tests.stylizer import pictures

os.close(2)
print(open_picture(pictures.in_every_format()["tiff"]).rgb.shape)
"""
    output = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, check=False)
    assert output.stdout.decode() == f"({HEIGHT_PX}, {WIDTH_PX}, 3)\n"


def test_a_tile_larger_than_any_picture_is_refused() -> None:
    assert not open_picture(pictures.tiled_tiff(64)).rgb.any()
    with pytest.raises(UnreadablePicture):
        open_picture(pictures.tiled_tiff(8_192))


@pytest.mark.parametrize(
    ("picture", "compression"),
    [
        (encode(landscape(), "TIFF", compression="zstd"), "ZSTD"),
        (encode(landscape(), "TIFF", compression="lzma"), "LZMA"),
        (pictures.tiff_with(EVERY_FORMAT["tiff"], {259: 6}), "TIFF JPEG"),
        (pictures.run_length_bmp(), "RLE"),
    ],
    ids=["zstd", "lzma", "old jpeg", "rle"],
)
def test_an_unusually_compressed_picture_is_not_called_damaged(picture: bytes, compression: str) -> None:
    with pytest.raises(UnsupportedCompression) as refusal:
        open_picture(picture, name=STYLE)
    assert str(refusal.value) == (
        f"The style picture uses a compression that can't be read ({compression}). "
        "Save it as PNG or JPEG and try again."
    )


def test_a_progressive_jpeg_that_never_ends_is_refused() -> None:
    assert open_picture(pictures.jpeg_of_many_scans(20)).width_px == WIDTH_PX
    with pytest.raises(UnreadablePicture):
        open_picture(pictures.jpeg_of_many_scans(1_000))


def test_a_progressive_jpeg_cannot_hide_scans_behind_an_embedded_picture() -> None:
    endless = pictures.jpeg_of_many_scans(1_000)
    comment = b"\xff\xd9" * 50
    hidden = endless[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + endless[2:]
    with pytest.raises(UnreadablePicture):
        open_picture(hidden)


def test_a_jpeg_of_countless_segments_is_refused() -> None:
    encoded = EVERY_FORMAT["jpeg"]
    with pytest.raises(UnreadablePicture):
        open_picture(encoded[:2] + b"\xff\xfe\0\2" * 20_000 + encoded[2:])


def test_a_video_after_a_photograph_is_not_counted_as_scans() -> None:
    assert distance(open_picture(pictures.motion_photo()).rgb, landscape()) < 3


@pytest.mark.parametrize("progressive", [False, True])
def test_a_photograph_of_many_megapixels_is_decoded_at_reduced_size(progressive: bool) -> None:
    photograph = Image.fromarray(landscape(64, 48)).resize((8_064, 6_048), Image.Resampling.NEAREST)
    encoded = encode(photograph, "JPEG", quality=60, progressive=progressive)
    opened = open_picture(encoded, longest_side_px=64)
    assert distance(opened.rgb, landscape(64, 48)) < 3


def test_a_jpeg_too_large_for_memory_is_refused_for_its_size() -> None:
    with pytest.raises(PictureTooLarge, match="is 8000 × 12000 px; the limit for its file format is 87 megapixels"):
        open_picture(pictures.jpeg_claiming(8_000, 12_000))
    with pytest.raises(PictureTooLarge, match="is 16000 × 15000 px; the limit for its file format is 114 megapixels"):
        open_picture(pictures.jpeg_claiming(16_000, 15_000, progressive=True), longest_side_px=512)


@pytest.mark.process
def test_hostile_and_large_pictures_stay_within_little_memory() -> None:
    script = """
import resource
import sys

from stylizer.errors import PictureTooLarge
from stylizer.images import open_picture
from tests.stylizer import pictures

claims = list(pictures.claiming(20_001, 12_500))
photograph = open(0, "rb").read()
open_picture(pictures.in_every_format()["jpeg"])
with open("/proc/self/statm") as statm:
    used_bytes = int(statm.read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used_bytes + 32 * 2**20,) * 2)
for picture, encoded in claims:
    try:
        open_picture(encoded)
    except PictureTooLarge:
        print(picture)
print(open_picture(photograph, longest_side_px=512).rgb.shape)
"""
    photograph = encode(Image.new("RGB", (8_000, 5_000), "orange"), "JPEG")
    output = subprocess.run([sys.executable, "-c", script], input=photograph, capture_output=True, check=False)
    expected = [picture for picture, _ in pictures.claiming(20_001, 12_500)]
    assert output.stdout.decode().splitlines() == [*expected, "(320, 512, 3)"], output.stderr.decode()


@pytest.mark.parametrize(
    ("size", "longest_side_px", "fitted"),
    [
        ((640, 480), 512, (512, 384)),
        ((480, 640), 512, (384, 512)),
        ((100, 100), 512, (512, 512)),
        ((800, 100), 512, (512, 64)),
        ((5000, 1), 64, (64, 1)),
        ((1, 5000), 64, (1, 64)),
        ((2048, 2048), 2048, (2048, 2048)),
    ],
)
def test_a_fitted_size_keeps_its_proportions(
    size: tuple[int, int], longest_side_px: int, fitted: tuple[int, int]
) -> None:
    assert fit_size(*size, longest_side_px=longest_side_px) == fitted


def test_resizing_keeps_precision_range_and_mean() -> None:
    rgb = landscape().astype(np.float32) / np.float32(255)
    for width_px, height_px in ((80, 48), (20, 12), (13, 31)):
        resized = resize(rgb, width_px=width_px, height_px=height_px)
        assert resized.shape == (height_px, width_px, 3)
        assert resized.dtype == np.float32
        assert resized.min() >= 0
        assert resized.max() <= 1
        assert np.abs(resized.mean(axis=(0, 1)) - rgb.mean(axis=(0, 1))).max() < 0.02
    faint = np.full((16, 16, 3), 0.5001, np.float32)
    assert np.allclose(resize(faint, width_px=40, height_px=8), 0.5001, atol=1e-6)


def test_resizing_to_the_same_size_changes_nothing() -> None:
    rgb = landscape().astype(np.float32) / np.float32(255)
    assert np.array_equal(resize(rgb, width_px=WIDTH_PX, height_px=HEIGHT_PX), rgb)


def test_shrinking_is_antialiased() -> None:
    chequers = np.indices((64, 64)).sum(axis=0) % 2
    rgb = np.repeat(chequers[:, :, None], 3, axis=2).astype(np.float32)
    assert np.abs(resize(rgb, width_px=16, height_px=16)[2:-2, 2:-2] - 0.5).max() < 0.05


@pytest.mark.parametrize("picture_format", FORMATS)
def test_a_painting_is_encoded_as_requested_and_looks_right(picture_format: PictureFormat) -> None:
    for rgb in (landscape(), landscape().astype(np.float32) / np.float32(255)):
        encoded = encode_picture(rgb, None, picture_format=picture_format)
        assert Image.open(BytesIO(encoded)).format == picture_format.upper()
        assert distance(open_picture(encoded).rgb, landscape()) < (0.001 if picture_format == "png" else 3)


def test_values_out_of_range_become_black_and_white() -> None:
    rgb = np.full((16, 16, 3), -0.5, np.float32)
    rgb[:, 8:] = 1.5
    opened = open_picture(encode_picture(rgb, None, picture_format="png"))
    assert (opened.rgb[:, :8].max(), opened.rgb[:, 8:].min()) == (0, 255)


@pytest.mark.parametrize("picture_format", ["png", "webp"])
def test_the_alpha_is_restored_on_the_painting(picture_format: PictureFormat) -> None:
    alpha = pictures.with_alpha()[:, :, 3]
    painting = open_picture(encode_picture(landscape(), alpha, picture_format=picture_format))
    assert painting.alpha is not None
    assert np.array_equal(painting.alpha, alpha)


def test_an_alpha_of_another_size_is_resized_to_the_painting() -> None:
    alpha = pictures.with_alpha()[:, :, 3]
    painting = open_picture(encode_picture(landscape(80, 48), alpha, picture_format="png"))
    assert painting.alpha is not None
    assert painting.alpha.shape == (48, 80)
    assert (painting.alpha[0, 0], painting.alpha[0, -1]) == (0, 255)


def test_a_jpeg_shows_transparent_parts_on_white() -> None:
    alpha = pictures.with_alpha()[:, :, 3]
    painting = open_picture(encode_picture(landscape(), alpha, picture_format="jpeg"))
    assert painting.alpha is None
    assert painting.rgb[:, : WIDTH_PX // 2 - 4].min() > 240


@pytest.mark.parametrize("picture_format", FORMATS)
def test_no_metadata_is_left_in_a_result(picture_format: PictureFormat) -> None:
    source = encode(
        landscape(),
        "JPEG",
        exif=pictures.exif_with_orientation(6),
        icc_profile=pictures.rotated_profile(),
        comment=b"taken at home",
    )
    opened = open_picture(source)
    with Image.open(BytesIO(encode_picture(opened.rgb, opened.alpha, picture_format=picture_format))) as result:
        assert not result.getexif()
        assert not {"icc_profile", "exif", "xmp", "comment", "photoshop"} & set(result.info)


def test_a_lower_quality_takes_fewer_bytes() -> None:
    rgb = landscape(128, 128)
    for picture_format in ("jpeg", "webp"):
        high, low = (
            len(encode_picture(rgb, None, picture_format=picture_format, quality=quality)) for quality in (95, 20)
        )
        assert low < high


@pytest.mark.parametrize("width_px", [64, 512, 1500])
def test_previews_of_all_scales_have_one_size(width_px: int) -> None:
    preview = encode_preview(landscape(width_px, width_px // 2), longest_side_px=300)
    with Image.open(BytesIO(preview)) as image:
        assert (image.format, image.size) == ("JPEG", (300, 150))
