"""HEIC and HEIF pictures from phones."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from numpy.typing import NDArray

from stylizer.errors import CONTENT, IncompletePicture, PictureTooLarge, UnreadablePicture, UnsupportedCompression
from stylizer.images import open_picture
from tests.stylizer import heif, pictures
from tests.stylizer.pictures import HEIGHT_PX, WIDTH_PX, landscape

EXIF = pictures.exif_with_orientation(6)[6:]


def distance(left: NDArray[np.uint8], right: NDArray[np.uint8]) -> float:
    return float(np.abs(left.astype(float) - right.astype(float)).mean())


@pytest.mark.parametrize("brand", [b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1", b"miaf"])
def test_a_photograph_is_read_under_any_brand(brand: bytes) -> None:
    opened = open_picture(heif.photograph(brand=brand))
    assert distance(opened.rgb, landscape()) < 2
    assert opened.alpha is None


def test_a_photograph_is_shrunk() -> None:
    opened = open_picture(heif.photograph(), longest_side_px=20)
    assert (opened.width_px, opened.height_px) == (20, 12)


def test_ten_bits_are_read_as_eight() -> None:
    assert distance(open_picture(heif.photograph(deep=True)).rgb, landscape()) < 2


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
@pytest.mark.parametrize("with_exif", [False, True])
def test_a_photograph_is_rotated_once_as_its_container_says(quarters: int, with_exif: bool) -> None:
    more = [heif.exif_of(1, EXIF)] if with_exif else []
    opened = open_picture(heif.photograph(*more, properties=(heif.turned(quarters),)))
    assert distance(opened.rgb, np.rot90(landscape(), quarters)) < 2
    smaller = open_picture(heif.photograph(*more, properties=(heif.turned(quarters),)), longest_side_px=20)
    assert (smaller.width_px, smaller.height_px) == ((12, 20) if quarters % 2 else (20, 12))


@pytest.mark.parametrize(("axis", "expected"), [(0, landscape()[::-1]), (1, landscape()[:, ::-1])])
def test_a_photograph_is_mirrored_as_its_container_says(axis: int, expected: NDArray[np.uint8]) -> None:
    assert distance(open_picture(heif.photograph(properties=(heif.mirrored(axis),))).rgb, expected) < 2


def test_a_color_profile_is_converted_to_srgb() -> None:
    opened = open_picture(heif.photograph(properties=(heif.with_profile(pictures.rotated_profile()),)))
    plain = open_picture(heif.photograph())
    assert distance(opened.rgb, np.roll(plain.rgb, 1, axis=2)) < 3


def test_code_points_are_used() -> None:
    display_p3 = open_picture(heif.photograph(properties=(heif.with_code_points(12, 13),))).rgb
    plain = open_picture(heif.photograph(properties=(heif.with_code_points(1, 13),))).rgb
    assert distance(plain, landscape()) < 2
    middle = (HEIGHT_PX // 2, WIDTH_PX - 10)
    assert display_p3[middle][0] > plain[middle][0]
    assert distance(display_p3, plain) > 2


def test_transparency_is_kept() -> None:
    opened = open_picture(heif.photograph(heif.alpha_of(1)))
    assert opened.alpha is not None
    assert opened.alpha[:, : WIDTH_PX // 2 - 1].max() == 0
    assert opened.alpha[:, WIDTH_PX // 2 + 1 :].min() == 255
    assert opened.rgb[:, :, 2].max() < 80, "nothing of what is hidden shows"


def test_a_depth_map_is_not_treated_as_transparency() -> None:
    depth = heif.alpha_of(1, kind=b"urn:mpeg:hevc:2015:auxid:2")
    gain = heif.alpha_of(1, kind=b"urn:com:apple:photo:2020:aux:hdrgainmap")
    opened = open_picture(heif.photograph(depth, gain))
    assert opened.alpha is None
    assert distance(opened.rgb, landscape()) < 2


def test_tiles_are_assembled() -> None:
    tiles = [heif.tile(), heif.tile()]
    width_px = heif.CODED_PX + WIDTH_PX
    wall = heif.grid(width_px, HEIGHT_PX, columns=2, tiles=(1, 2), properties=(heif.turned(1),))
    thumbnail = heif.tile((b"thmb", (3,)))
    opened = open_picture(heif.heif([*tiles, wall, thumbnail, heif.exif_of(3, EXIF)], primary=3))
    assert (opened.width_px, opened.height_px) == (HEIGHT_PX, width_px)
    upright = np.rot90(opened.rgb, -1)
    assert distance(upright[:, :WIDTH_PX], landscape()) < 2
    assert distance(upright[:, heif.CODED_PX :], landscape()) < 2


def test_the_primary_one_of_several_pictures_is_read() -> None:
    several = heif.heif([heif.picture(), heif.picture(heif.turned(2)), heif.picture(heif.turned(1))], primary=2)
    assert distance(open_picture(several).rgb, landscape()[::-1, ::-1]) < 2


def test_a_sequence_with_a_picture_is_read_as_its_picture() -> None:
    both = heif.photograph(brand=b"msf1") + heif.box(b"moov", bytes(100))
    assert distance(open_picture(both).rgb, landscape()) < 2


@pytest.mark.parametrize("appended", [b"SEFH\0\0\0\0SEFT", b"\0\0\0\3", bytes(100), b"\0\1\0\0mpvd" + bytes(40)])
def test_data_appended_by_phones_is_ignored(appended: bytes) -> None:
    assert distance(open_picture(heif.photograph() + appended).rgb, landscape()) < 2


def test_a_file_truncated_after_its_picture_is_read() -> None:
    with_more = heif.photograph(heif.exif_of(1, bytes(1_000)))
    assert distance(open_picture(with_more[:-500]).rgb, landscape()) < 2


def test_a_truncated_file_is_refused_with_the_available_share() -> None:
    photograph = heif.photograph()
    half = len(photograph) - len(heif.PLAIN_PICTURE) // 2
    with pytest.raises(IncompletePicture, match=r"^The content picture is incomplete: only about 50% of it arrived\."):
        open_picture(photograph[:half], name=CONTENT)
    with pytest.raises(IncompletePicture, match="only about 90% of it"):
        open_picture(photograph[:-5])


def test_a_size_beyond_memory_is_refused_from_the_header() -> None:
    configuration = heif.picture().properties[0]
    vast = heif.Item(b"hvc1", heif.PLAIN_PICTURE, (configuration, heif.extent(9_000, 9_000)))
    with pytest.raises(PictureTooLarge, match="is 9000 × 9000 px; the limit for its file format is 50 megapixels"):
        open_picture(heif.heif([vast]))
    phone = heif.Item(b"hvc1", heif.PLAIN_PICTURE, (configuration, heif.extent(8_064, 6_048)))
    with pytest.raises(UnreadablePicture):
        open_picture(heif.heif([phone]))


def test_a_heif_with_another_codec_is_not_called_damaged() -> None:
    other = heif.Item(b"unci", heif.PLAIN_PICTURE, heif.picture().properties)
    with pytest.raises(UnsupportedCompression, match=r"uses a compression that can't be read \(unci\)"):
        open_picture(heif.heif([other], brand=b"mif1"))


@pytest.mark.process
def test_the_bot_recognizes_a_photograph_without_its_decoder() -> None:
    script = """
import sys
from bot import app
from stylizer.pool import CONTENT, recognize_picture

recognize_picture(b"\\0\\0\\0\\x18ftypheic\\0\\0\\0\\0mif1heic" + bytes(64), name=CONTENT)
from PIL import Image

Image.init()
print("pi_heif" in sys.modules, "HEIF" in Image.OPEN)
"""
    output = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (output.stdout, output.stderr) == ("False False\n", "")
