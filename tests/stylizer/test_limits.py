"""The largest pictures of each format, as the documents and `/help` name them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from stylizer.errors import UNNAMED
from stylizer.images import JPEG_MEGAPIXELS, MAX_DECODING_BYTES, MAX_PIXELS, STILL_MEGAPIXELS, recognize_picture
from tests.stylizer import heif
from tests.stylizer.pictures import encode

TABLE = (Path(__file__).parents[2] / "docs" / "user-guide.md").read_text(encoding="utf-8")
GRADIENT = Image.linear_gradient("L").resize((32, 32))
OPAQUE = Image.merge("RGB", [GRADIENT] * 3)
TRANSPARENT = Image.merge("RGBA", [GRADIENT] * 4)


def limit_megapixels(encoded: bytes) -> int:
    """The most megapixels that a picture like this one may have."""
    source = recognize_picture(encoded)(encoded, UNNAMED)
    source.open()
    return int(min(MAX_PIXELS, MAX_DECODING_BYTES / source.bytes_per_pixel()) / 1_000_000)


def still_pictures() -> Iterator[tuple[str, bytes]]:
    """One of each format, mode and kind."""
    for picture_format in ("JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "AVIF"):
        for mode in Image.MODES:
            try:
                encoded = encode(Image.new(mode, (32, 32)), picture_format)
            except (OSError, ValueError):  # the format has no such mode
                continue
            yield f"{picture_format} {mode}", encoded
    yield "HEIC", heif.photograph()


@pytest.mark.parametrize(
    ("row", "encoded"),
    [
        ("| JPEG | {} megapixels, or ", encode(OPAQUE, "JPEG")),
        (
            "megapixels, or {} if it is progressive and in full color",
            encode(OPAQUE, "JPEG", progressive=True, subsampling=0),
        ),
        ("| PNG, BMP | {} megapixels, or ", encode(OPAQUE, "PNG")),
        ("| PNG, BMP | {} megapixels, or ", encode(OPAQUE, "BMP")),
        ("| PNG, BMP | 175 megapixels, or {} with transparency", encode(TRANSPARENT, "PNG")),
        ("with transparency; {} for an animation |", encode(OPAQUE, "PNG", save_all=True, append_images=[TRANSPARENT])),
        ("| GIF | {} megapixels, or ", encode(OPAQUE, "GIF")),
        ("| GIF | 140 megapixels, or {} with transparency |", encode(Image.new("RGBA", (32, 32)), "GIF")),
        ("| TIFF | {} megapixels, or ", encode(OPAQUE, "TIFF")),
        ("| TIFF | 87 megapixels, or {} with transparency", encode(TRANSPARENT, "TIFF")),
        ("with transparency; {} with 32 bits per channel", encode(Image.new("F", (32, 32)), "TIFF")),
        ("| HEIC | {} megapixels, or ", heif.photograph()),
        ("| WebP, AVIF | {} megapixels |", encode(OPAQUE, "WEBP")),
        ("| WebP, AVIF | {} megapixels |", encode(TRANSPARENT, "AVIF")),
    ],
)
def test_the_documents_name_the_limit_of_each_format(row: str, encoded: bytes) -> None:
    assert row.format(limit_megapixels(encoded)) in TABLE


@pytest.mark.parametrize("encoded", [pytest.param(encoded, id=kind) for kind, encoded in still_pictures()])
def test_a_still_picture_of_any_format_may_have_what_help_promises(encoded: bytes) -> None:
    assert limit_megapixels(encoded) >= STILL_MEGAPIXELS


def test_most_jpegs_may_have_what_help_promises() -> None:
    assert limit_megapixels(encode(OPAQUE, "JPEG")) == JPEG_MEGAPIXELS
