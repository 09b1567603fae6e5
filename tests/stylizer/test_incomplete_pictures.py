"""Incomplete downloads: read if nearly complete, otherwise refused with the available share."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from stylizer.errors import CONTENT, STYLE, IncompletePicture, UnreadablePicture
from stylizer.images import open_picture
from tests.stylizer import pictures
from tests.stylizer.pictures import HEIGHT_PX, WIDTH_PX, encode

NOISE = np.random.default_rng(0).integers(0, 256, (128, 96, 3), np.uint8)
"""Each of its rows takes about as many bytes as any other."""
JPEG = encode(NOISE, "JPEG", quality=90)
PROGRESSIVE = encode(NOISE, "JPEG", quality=90, progressive=True)


def differing_rows(left: NDArray[np.uint8], right: NDArray[np.uint8]) -> NDArray[np.intp]:
    return np.nonzero(np.abs(left.astype(int) - right).max(axis=(1, 2)) > 0)[0]


@pytest.mark.parametrize("encoded", [JPEG, PROGRESSIVE], ids=["baseline", "progressive"])
@pytest.mark.parametrize("missing", [1, 2])
def test_a_jpeg_without_its_end_marker_is_read_completely(encoded: bytes, missing: int) -> None:
    assert np.array_equal(open_picture(encoded[:-missing]).rgb, open_picture(encoded).rgb)


def test_a_jpeg_missing_its_tail_is_gray_there() -> None:
    opened = open_picture(JPEG[: len(JPEG) * 96 // 100]).rgb
    missing = differing_rows(opened, open_picture(JPEG).rgb)
    assert 110 <= missing.min() < 128
    assert np.all(np.abs(opened[-1, -8:].astype(int) - 128) <= 1)


@pytest.mark.parametrize(
    "tail", [b"", b"\0" * 5_000, b"\xff\xd9", b"\xff"], ids=["none", "zeros", "an end", "half a one"]
)
@pytest.mark.parametrize(
    ("share", "percent"),
    [
        (0.1, 10),
        (0.26, 30),
        (0.5, 50),
        (0.67, 70),
        (0.8, 80),
    ],
)
def test_a_jpeg_missing_more_is_refused_with_the_available_share(share: float, percent: int, tail: bytes) -> None:
    scan = JPEG.index(b"\xff\xda")
    cut = JPEG[: scan + int((len(JPEG) - scan) * share)]
    with pytest.raises(
        IncompletePicture, match=r"^The style picture is incomplete: only about \d+% of it arrived\."
    ) as (refusal):
        open_picture(cut + tail, name=STYLE)
    assert refusal.value.percent == pytest.approx(percent, abs=10)


def test_a_jpeg_that_ends_in_gray_is_complete() -> None:
    gray = NOISE.copy()
    gray[40:] = 128
    encoded = encode(gray, "JPEG")
    assert open_picture(encoded).rgb[60:].min() == 128
    assert np.array_equal(open_picture(encoded[:-2]).rgb, open_picture(encoded).rgb)


@pytest.mark.parametrize("longest_side_px", [None, 32, 8])
def test_the_available_share_is_the_same_at_every_size(longest_side_px: int | None) -> None:
    with pytest.raises(IncompletePicture, match="only about 50%"):
        open_picture(JPEG[: len(JPEG) // 2], longest_side_px=longest_side_px)


def test_a_progressive_jpeg_without_its_last_bytes_counts_as_complete() -> None:
    opened = open_picture(PROGRESSIVE[: len(PROGRESSIVE) * 96 // 100]).rgb
    assert np.abs(opened.astype(int) - open_picture(PROGRESSIVE).rgb).mean() < 2


@pytest.mark.parametrize("share", [0.2, 0.5])
def test_a_coarse_version_of_a_progressive_jpeg_is_refused(share: float) -> None:
    with pytest.raises(IncompletePicture, match="only a coarse version of it arrived"):
        open_picture(PROGRESSIVE[: int(len(PROGRESSIVE) * share)])


def png_of(kind: str) -> bytes:
    """Encode the noise as a PNG whose rows all take about as many bytes."""
    match kind:
        case "rgb":
            return encode(NOISE, "PNG")
        case "gray":
            return encode(NOISE[:, :, 0], "PNG")
        case "palette":
            return pictures.palette_png(NOISE[:, :, 0])
        case "alpha":
            return encode(np.dstack([NOISE, NOISE[:, :, :1] // 2 + 128]), "PNG")
        case "16 bits":
            return pictures.png(NOISE.astype(np.uint16) * 257)
        case _:
            return pictures.interlaced_png(NOISE)


@pytest.mark.parametrize("kind", ["rgb", "gray", "palette", "alpha", "16 bits", "interlaced"])
def test_a_png_missing_its_tail_repeats_the_row_above(kind: str) -> None:
    encoded = png_of(kind)
    opened, whole = open_picture(encoded[: len(encoded) * 94 // 100]), open_picture(encoded)
    missing = differing_rows(opened.rgb, whole.rgb)
    assert 3 <= len(missing) <= 12
    for row in missing:
        assert np.array_equal(opened.rgb[row], opened.rgb[row - 1])
    if whole.alpha is not None:
        assert opened.alpha is not None
        assert opened.alpha.min() >= 128


@pytest.mark.parametrize("kind", ["rgb", "gray", "palette", "alpha", "16 bits", "interlaced"])
def test_a_png_missing_half_is_refused_with_the_available_share(kind: str) -> None:
    encoded = png_of(kind)
    with pytest.raises(IncompletePicture, match="only about 50% of it arrived"):
        open_picture(encoded[: len(encoded) // 2])


def test_zero_padding_does_not_count_as_picture_data() -> None:
    encoded = png_of("rgb")
    half = len(encoded) // 2
    with pytest.raises(IncompletePicture, match="only about 50% of it arrived"):
        open_picture(encoded[:half] + bytes(len(encoded) - half + 5_000_000))


def test_a_png_without_its_last_chunk_is_read_completely() -> None:
    encoded = png_of("rgb")
    for missing in (4, 12, 16):
        assert np.array_equal(open_picture(encoded[:-missing]).rgb, NOISE)


def test_a_png_damaged_near_its_end_is_read_up_to_the_damage() -> None:
    opened = open_picture(pictures.png_broken_at(NOISE, 120)).rgb
    assert np.array_equal(opened[:119], NOISE[:119])
    assert np.all(opened[119:] == NOISE[118])


def test_a_png_damaged_in_the_middle_is_called_damaged() -> None:
    with pytest.raises(UnreadablePicture, match="is damaged"):
        open_picture(pictures.png_broken_at(NOISE, 64))


def test_the_sentence_says_what_to_do() -> None:
    with pytest.raises(IncompletePicture) as refusal:
        open_picture(JPEG[: len(JPEG) // 2], name=CONTENT)
    assert str(refusal.value) == (
        "The content picture is incomplete: only about 50% of it arrived. "
        "Download or export it again and use that copy."
    )


@pytest.mark.parametrize("picture", ["webp", "gif", "bmp", "tiff", "avif"])
def test_half_a_picture_in_another_format_is_never_painted(picture: str) -> None:
    encoded = pictures.in_every_format()[picture]
    with pytest.raises((UnreadablePicture, IncompletePicture)):
        open_picture(encoded[: len(encoded) // 2])
    assert open_picture(encoded).rgb.shape == (HEIGHT_PX, WIDTH_PX, 3)
