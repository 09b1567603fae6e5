"""Animations are painted from the first frame that shows something, after any number of blank ones."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from stylizer.images import open_picture
from tests.stylizer import pictures
from tests.stylizer.pictures import HEIGHT_PX, WIDTH_PX, encode, landscape

SIZE = (WIDTH_PX, HEIGHT_PX)
FORMATS = ("GIF", "PNG", "WEBP", "AVIF")
LANDSCAPE = Image.fromarray(landscape())


def distance(left: NDArray[np.uint8], right: NDArray[np.uint8]) -> float:
    return float(np.abs(left.astype(float) - right.astype(float)).mean())


def animation(*frames: Image.Image, picture_format: str, **options: object) -> bytes:
    options |= {"lossless": True} if picture_format == "WEBP" else {"quality": 95} if picture_format == "AVIF" else {}
    return encode(frames[0], picture_format, save_all=True, append_images=frames[1:], duration=100, **options)


@pytest.mark.parametrize("picture_format", FORMATS)
@pytest.mark.parametrize("color", ["white", "black", "gray"])
def test_a_frame_of_one_color_is_skipped(picture_format: str, color: str) -> None:
    blank = Image.new("RGB", SIZE, color)
    encoded = animation(blank, LANDSCAPE, Image.new("RGB", SIZE, "red"), picture_format=picture_format)
    assert distance(open_picture(encoded).rgb, landscape()) < 6


@pytest.mark.parametrize("picture_format", FORMATS)
def test_a_transparent_frame_is_skipped(picture_format: str) -> None:
    empty = Image.new("RGBA", SIZE)
    opened = open_picture(animation(empty, LANDSCAPE.convert("RGBA"), picture_format=picture_format))
    assert distance(opened.rgb, landscape()) < 6
    assert opened.alpha is None


@pytest.mark.parametrize("picture_format", FORMATS)
def test_a_picture_that_fades_in_is_painted_once_it_is_visible(picture_format: str) -> None:
    blank = Image.new("RGB", SIZE, "white")
    fading = [Image.blend(blank, LANDSCAPE, step / 6) for step in range(7)]
    opened = open_picture(animation(*fading, picture_format=picture_format)).rgb
    assert distance(opened, np.asarray(fading[3])) < 12


@pytest.mark.parametrize("picture_format", FORMATS)
def test_an_animation_without_visible_frames_gives_its_first_frame(picture_format: str) -> None:
    frames = [Image.new("RGB", SIZE, color) for color in ("teal", "red", "navy")]
    opened = open_picture(animation(*frames, picture_format=picture_format)).rgb
    assert distance(opened, np.asarray(frames[0])) < 6


@pytest.mark.parametrize("picture_format", FORMATS)
def test_the_faintest_picture_is_preferred_to_a_blank_frame(picture_format: str) -> None:
    blank = Image.new("RGB", SIZE, "white")
    faint = Image.blend(blank, LANDSCAPE, 0.2)
    opened = open_picture(animation(blank, faint, blank.copy(), picture_format=picture_format)).rgb
    assert distance(opened, np.asarray(faint)) < 6


@pytest.mark.parametrize("disposal", [0, 1, 2])
@pytest.mark.parametrize("picture_format", ["GIF", "PNG"])
def test_frames_are_composited_as_the_file_says(picture_format: str, disposal: int) -> None:
    empty = Image.new("RGBA", SIZE)
    disc = Image.fromarray(pictures.sticker(24)).resize(SIZE)
    options = {"disposal": disposal} if picture_format == "PNG" else {"disposal": disposal + 1}
    opened = open_picture(animation(empty, disc, empty.copy(), picture_format=picture_format, **options))
    assert opened.alpha is not None
    assert (opened.alpha[0, 0], opened.alpha[HEIGHT_PX // 2, WIDTH_PX // 2]) == (0, 255)
    assert distance(opened.rgb, np.full_like(opened.rgb, (20, 120, 40))) < 12


@pytest.mark.parametrize("blend", [0, 1])
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L"])
def test_a_picture_for_viewers_without_animations_is_not_painted(mode: str, blend: int) -> None:
    notice = Image.new("RGB", SIZE, "gray")
    notice.paste("white", (4, 4, 30, 10))
    frames = [image.quantize(64) if mode == "P" else image.convert(mode) for image in (notice, LANDSCAPE, notice)]
    encoded = animation(*frames, picture_format="PNG", default_image=True, blend=blend)
    expected = np.asarray(frames[1].convert("RGB"))
    assert distance(open_picture(encoded).rgb, expected) < 1


def test_an_animation_with_damaged_frames_gives_its_fallback_picture() -> None:
    notice = Image.fromarray(landscape()[::-1].copy())
    encoded = animation(notice, LANDSCAPE, LANDSCAPE.rotate(180), picture_format="PNG", default_image=True)
    first = encoded.index(b"fdAT")
    damaged = encoded[: first + 8] + b"\xff" * 40 + encoded[first + 48 :]
    assert distance(open_picture(damaged).rgb, np.asarray(notice)) < 1


def test_hundreds_of_empty_frames_are_given_up_in_bounded_time() -> None:
    empty = b"!\xf9\4\1\0\0\0\0," + bytes(4) + b"\1\0\1\0\0\2\2D\1\0"
    shown = pictures.in_every_format()["gif"]
    late = shown[: shown.index(b",", 13 + 3 * 256)] + empty * 500 + shown[shown.index(b",", 13 + 3 * 256) :]
    assert np.ptp(open_picture(late).rgb, axis=(0, 1)).max() == 0
    soon = shown[: shown.index(b",", 13 + 3 * 256)] + empty * 50 + shown[shown.index(b",", 13 + 3 * 256) :]
    assert distance(open_picture(soon).rgb, landscape()) < 3


def test_a_gif_with_a_truncated_blank_frame_is_read_as_blank() -> None:
    blank = encode(Image.new("L", SIZE, 200), "GIF")
    assert np.ptp(open_picture(blank[:-2]).rgb) == 0


@pytest.mark.parametrize("control", [b"", bytes(25), bytes(27)])
def test_a_png_with_a_malformed_animation_is_read_as_a_still_picture(control: bytes) -> None:
    still = pictures.in_every_format()["png"]
    malformed = pictures.with_png_chunk(pictures.with_png_chunk(still, b"fcTL", control), b"acTL", bytes(8))
    assert np.array_equal(open_picture(malformed).rgb, landscape())
