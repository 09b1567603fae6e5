"""Paintings fit their size limits."""

from __future__ import annotations

import io
import subprocess
import sys

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from stylizer.events import PictureFormat
from stylizer.images import EncodedPicture, encode_picture, encode_within


def noise(width_px: int = 128, height_px: int = 96) -> NDArray[np.uint8]:
    return np.random.default_rng(1).integers(0, 256, (height_px, width_px, 3)).astype(np.uint8)


def opened(picture: EncodedPicture) -> Image.Image:
    image = Image.open(io.BytesIO(picture.encoded))
    image.load()
    return image


@pytest.mark.parametrize("picture_format", ["png", "jpeg", "webp"])
def test_a_painting_that_fits_is_encoded_as_requested(picture_format: PictureFormat) -> None:
    asked_for = encode_picture(noise(), None, picture_format=picture_format)
    for limit_bytes in (None, len(asked_for)):
        picture = encode_within(noise(), None, picture_format=picture_format, limit_bytes=limit_bytes)
        assert picture == EncodedPicture(asked_for, picture_format, 128, 96)


@pytest.mark.parametrize("picture_format", ["png", "jpeg"])
@pytest.mark.parametrize("limit_bytes", [20_000, 15_000, 5_000, 1_000])
def test_a_painting_is_encoded_until_it_fits(picture_format: PictureFormat, limit_bytes: int) -> None:
    picture = encode_within(noise(), None, picture_format=picture_format, limit_bytes=limit_bytes)

    assert picture.picture_format == "webp"
    assert len(picture.encoded) <= limit_bytes
    image = opened(picture)
    assert image.format == "WEBP"
    assert image.size == (picture.width_px, picture.height_px)
    assert image.width / image.height == pytest.approx(4 / 3, rel=0.1)


def test_a_webp_that_does_not_fit_is_not_tried_at_a_higher_quality(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []
    save = Image.Image.save

    def noted(image: Image.Image, *arguments: object, **options: int) -> None:
        tried.append(options["quality"])
        save(image, *arguments, **options)  # type: ignore[arg-type]  # whatever `encode_within` passes on

    at_once = len(encode_picture(noise(), None, picture_format="webp"))
    monkeypatch.setattr(Image.Image, "save", noted)
    encode_within(noise(), None, picture_format="webp", limit_bytes=at_once - 1)

    assert tried == [92, 90]


def test_lowering_quality_is_tried_before_reducing_pixels() -> None:
    picture = encode_within(noise(), None, picture_format="png", limit_bytes=25_000)

    assert opened(picture).size == (128, 96)


def test_a_painting_has_the_best_quality_its_limit_allows() -> None:
    sizes = {
        limit: len(encode_within(noise(), None, picture_format="png", limit_bytes=limit).encoded)
        for limit in (24_000, 12_000, 6_000)
    }

    assert all(size > limit / 3 for limit, size in sizes.items())


def test_transparency_is_kept() -> None:
    alpha = np.zeros((96, 128), np.uint8)
    alpha[20:70, 30:100] = 255

    image = opened(encode_within(noise(), alpha, picture_format="png", limit_bytes=6_000))

    assert image.mode == "RGBA"
    height_px, width_px = image.height, image.width
    assert image.getpixel((width_px // 2, height_px // 2))[3] > 250  # type: ignore[index]  # a tuple, as the mode says
    assert image.getpixel((0, 0))[3] == 0  # type: ignore[index]  # Pillow's type doesn't know the mode


@pytest.mark.parametrize("limit_bytes", [8_000, 1_000, 100])
@pytest.mark.parametrize("size", [(2048, 16), (16, 2048)])
def test_a_painting_of_any_shape_is_encoded_until_it_fits(size: tuple[int, int], limit_bytes: int) -> None:
    picture = encode_within(noise(*size), None, picture_format="png", limit_bytes=limit_bytes)

    assert len(picture.encoded) <= limit_bytes
    assert (picture.width_px > picture.height_px) == (size[0] > size[1])
    assert min(opened(picture).size) >= 1


def test_if_no_picture_fits_the_smallest_is_returned() -> None:
    picture = encode_within(noise(), None, picture_format="png", limit_bytes=1)

    assert (picture.width_px, picture.height_px) == (1, 1)
    assert opened(picture).size == (1, 1)


def test_the_largest_painting_of_noise_fits_ten_mebibytes_in_256_mebibytes_of_memory() -> None:
    """A canvas of that size reserves gigabytes; libwebp takes about 40 bytes a pixel."""
    script = """
import resource
import numpy as np
from stylizer.images import encode_picture, encode_within
from stylizer.memory import OwnMemory

rng = np.random.default_rng(1)
encode_picture(rng.random((64, 64, 3), np.float32), None, picture_format="webp")
rgb = rng.random((2048, 2048, 3), np.float32)
alpha = rng.integers(0, 256, (2048, 2048), dtype=np.uint8)
limit = OwnMemory.now().writable_bytes + 256 * 2**20
resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
picture = encode_within(rgb, alpha, picture_format="png", limit_bytes=10 * 2**20)
print(len(picture.encoded), picture.picture_format, picture.width_px)
"""
    output = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)

    assert output.stderr == ""
    size, picture_format, width_px = output.stdout.split()
    assert 3 * 2**20 < int(size) <= 10 * 2**20
    assert (picture_format, width_px) == ("webp", "2048")


def test_an_encoder_without_memory_says_so() -> None:
    script = """
import resource
import numpy as np
from stylizer.images import encode_picture, encode_within
from stylizer.memory import OwnMemory

encode_picture(np.zeros((64, 64, 3), np.uint8), None, picture_format="webp")
rgb = np.random.default_rng(1).integers(0, 256, (2048, 2048, 3), dtype=np.uint8)
limit = OwnMemory.now().writable_bytes + 64 * 2**20
resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
try:
    encode_within(rgb, None, picture_format="webp", limit_bytes=1000)
except MemoryError:
    print("out of memory")
"""
    output = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)

    assert (output.stdout, output.stderr) == ("out of memory\n", "")


def test_noise_of_any_size_becomes_a_jpeg() -> None:
    for side_px in (16, 100, 300):
        noise = np.random.default_rng(0).integers(0, 256, (side_px, 2 * side_px, 3), dtype=np.uint8)
        with Image.open(io.BytesIO(encode_picture(noise, None, picture_format="jpeg"))) as opened:
            assert opened.size == (2 * side_px, side_px)
