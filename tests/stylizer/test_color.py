"""Colors look as in browsers, in any encoding."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from numpy.typing import NDArray

from stylizer.images import open_picture
from tests.stylizer import pictures
from tests.stylizer.pictures import HEIGHT_PX, WIDTH_PX, encode, landscape, with_png_chunk

RAMP = np.tile(np.arange(256, dtype=np.uint8), (16, 1))
SRGB_CHROMATICITIES = (31_270, 32_900, 64_000, 33_000, 30_000, 60_000, 15_000, 6_000)


def gamma_chunk(gamma: float) -> bytes:
    return struct.pack(">I", round(gamma * 100_000))


def shown(light: NDArray[np.float64]) -> NDArray[np.float64]:
    """Convert linear light 0 … 1 to sRGB 0 … 255. IEC 61966-2-1."""
    return 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


@pytest.mark.parametrize("gamma", [1.0, 0.5, 1 / 1.8])
@pytest.mark.parametrize("mode", ["gray", "rgb", "palette", "alpha"])
def test_a_png_with_gamma_alone_is_read_as_browsers_show_it(gamma: float, mode: str) -> None:
    rgb = np.repeat(RAMP[:, :, None], 3, axis=2)
    encoded = {
        "gray": lambda: encode(RAMP, "PNG"),
        "rgb": lambda: encode(rgb, "PNG"),
        "palette": lambda: pictures.palette_png(RAMP),
        "alpha": lambda: encode(np.dstack([rgb, np.full_like(RAMP, 200)]), "PNG"),
    }[mode]()
    opened = open_picture(with_png_chunk(encoded, b"gAMA", gamma_chunk(gamma)))
    expected = shown((RAMP[0] / 255.0) ** (1 / gamma))
    assert np.abs(opened.rgb[8, :, 1] - expected).max() < 2.5


def test_gamma_of_a_common_screen_changes_nothing() -> None:
    encoded = with_png_chunk(encode(landscape(), "PNG"), b"gAMA", gamma_chunk(1 / 2.2))
    assert np.array_equal(open_picture(encoded).rgb, landscape())


def test_more_precise_color_information_overrides_gamma() -> None:
    encoded = with_png_chunk(encode(landscape(), "PNG"), b"gAMA", gamma_chunk(1.0))
    assert np.array_equal(open_picture(with_png_chunk(encoded, b"sRGB", b"\0")).rgb, landscape())
    red = np.full((HEIGHT_PX, WIDTH_PX, 3), (250, 10, 10), np.uint8)
    profiled = with_png_chunk(encode(red, "PNG", icc_profile=pictures.rotated_profile()), b"gAMA", gamma_chunk(1.0))
    assert np.abs(open_picture(profiled).rgb.astype(int) - (10, 250, 10)).max() < 3


def test_primaries_given_with_gamma_are_used() -> None:
    wide = (31_270, 32_900, 68_000, 32_000, 26_500, 69_000, 15_000, 6_000)
    gray = np.full((16, 16, 3), 128, np.uint8)
    gray[:8] = (200, 60, 60)
    encoded = with_png_chunk(
        with_png_chunk(encode(gray, "PNG"), b"gAMA", gamma_chunk(1 / 2.2)), b"cHRM", struct.pack(">8I", *wide)
    )
    opened = open_picture(encoded).rgb
    assert opened[0, 0, 0] > 205
    assert opened[0, 0, 1] < 55
    assert np.ptp(opened[12, 12]) <= 1
    same = with_png_chunk(encode(landscape(), "PNG"), b"cHRM", struct.pack(">8I", *SRGB_CHROMATICITIES))
    assert np.array_equal(open_picture(with_png_chunk(same, b"gAMA", gamma_chunk(1 / 2.2))).rgb, landscape())


@pytest.mark.parametrize("gamma", [b"", b"\0\0\0\0", b"\0\0\0\1", b"\xff\xff\xff\xff", b"\0\1\x86"])
@pytest.mark.parametrize("chromaticities", [None, bytes(32), b"\xff" * 32, b"\0\0\x80\0" * 8, b"short"])
def test_absurd_gamma_and_primaries_are_ignored(gamma: bytes, chromaticities: bytes | None) -> None:
    encoded = with_png_chunk(encode(landscape(), "PNG"), b"gAMA", gamma)
    if chromaticities is not None:
        encoded = with_png_chunk(encoded, b"cHRM", chromaticities)
    assert np.array_equal(open_picture(encoded).rgb, landscape())
    absurd = with_png_chunk(encode(landscape(), "PNG"), b"cHRM", chromaticities or b"")
    assert (
        np.abs(open_picture(with_png_chunk(absurd, b"gAMA", gamma_chunk(1 / 2.2))).rgb.astype(int) - landscape()).max()
        < 2
    )


def test_code_points_of_a_png_are_used() -> None:
    red = np.full((16, 16, 3), (200, 60, 60), np.uint8)
    display_p3 = open_picture(with_png_chunk(encode(red, "PNG"), b"cICP", bytes((12, 13, 0, 1)))).rgb
    assert display_p3[0, 0, 0] > 205
    assert np.array_equal(open_picture(with_png_chunk(encode(red, "PNG"), b"cICP", bytes((1, 13, 0, 1)))).rgb, red)
    assert np.array_equal(open_picture(with_png_chunk(encode(red, "PNG"), b"cICP", bytes((2, 2, 0, 1)))).rgb, red)


@pytest.mark.parametrize(("transfer", "white"), [(16, 0.58), (18, 0.75)])
def test_paper_white_in_an_hdr_picture_becomes_white(transfer: int, white: float) -> None:
    encoded = with_png_chunk(encode(RAMP, "PNG"), b"cICP", bytes((1, transfer, 0, 1)))
    opened = open_picture(encoded).rgb[8, :, 1].astype(int)
    assert np.all(np.diff(opened) >= 0)
    assert opened[round(white * 255) + 2] >= 250
    assert opened[round(white * 200)] < 235
    assert opened[0] == 0


@pytest.mark.parametrize("bits", [8, 10, 12, 16])
@pytest.mark.parametrize("picture_format", ["TIFF", "PNG", "raw PNG"])
def test_deep_gray_is_stretched_to_the_bits_it_uses(bits: int, picture_format: str) -> None:
    ramp = np.tile(np.linspace(0, 2**bits - 1, WIDTH_PX), (HEIGHT_PX, 1)).astype(np.uint16)
    encoded = pictures.png(ramp) if picture_format == "raw PNG" else encode(ramp, picture_format)
    expected = np.linspace(0, 255, WIDTH_PX)
    assert np.abs(open_picture(encoded).rgb[0, :, 0] - expected).max() < 1.1


def test_a_dark_gray_that_uses_more_than_twelve_bits_stays_dark() -> None:
    dark = np.tile(np.linspace(0, 5_000, WIDTH_PX), (HEIGHT_PX, 1)).astype(np.uint16)
    assert open_picture(encode(dark, "PNG")).rgb.max() == 19
