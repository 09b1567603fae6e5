"""Any bytes give either a picture within the guaranteed limits or a `PictureError`."""

from __future__ import annotations

import math
import pickle
from io import BytesIO

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from PIL import Image

from stylizer.errors import PictureError, PictureTooHeavy
from stylizer.images import MAX_PIXELS, MIN_SIDE_PX, Picture, encode_picture, fit_size, open_picture, resize
from tests.stylizer import pictures
from tests.stylizer.mutations import SEEDS, mutated_pictures

always_alike = settings(
    derandomize=True, database=None, deadline=None, max_examples=120, suppress_health_check=list(HealthCheck)
)


def opened_or_refused(encoded: bytes) -> Picture | PictureError:
    try:
        return open_picture(encoded, longest_side_px=64)
    except PictureError as refusal:
        return refusal


def try_to_open(encoded: bytes) -> str:
    """Check the property that all tests below share, and return the outcome."""
    picture = opened_or_refused(encoded)
    if isinstance(picture, PictureError):
        assert str(picture).startswith("The picture ")
        # Refusals cross the worker's pipe.
        assert str(pickle.loads(pickle.dumps(picture))) == str(picture)  # noqa: S301 - made on the same line
        # No picture's claims ever exhaust the machine's memory.
        assert not isinstance(picture, PictureTooHeavy)
        return type(picture).__name__
    assert picture.rgb.dtype == np.uint8
    assert picture.rgb.shape == (picture.height_px, picture.width_px, 3)
    assert max(picture.width_px, picture.height_px) <= 64
    if picture.alpha is not None:
        assert picture.alpha.dtype == np.uint8
        assert picture.alpha.shape == picture.rgb.shape[:2]
    painted = resize(picture.rgb.astype(np.float32) / np.float32(255), width_px=24, height_px=24)
    assert np.isfinite(painted).all()
    assert painted.min() >= 0
    assert painted.max() <= 1
    return "painted"


@pytest.mark.parametrize("seed", SEEDS)
def test_the_seeds_of_the_mutations_are_valid_pictures(seed: str) -> None:
    assert open_picture(SEEDS[seed]).rgb.std() > 0 or seed == "tiled tiff"


@always_alike
@given(st.binary(max_size=400))
def test_random_bytes_are_refused(encoded: bytes) -> None:
    try_to_open(encoded)


@always_alike
@given(st.sampled_from(sorted(SEEDS)), st.binary(max_size=200), st.integers(2, 64))
def test_random_bytes_after_a_valid_header_do_no_harm(seed: str, rest: bytes, kept: int) -> None:
    try_to_open(SEEDS[seed][:kept] + rest)


@settings(always_alike, max_examples=300)
@given(st.sampled_from(sorted(SEEDS)), st.data())
def test_flipped_bytes_do_no_harm(seed: str, data: st.DataObject) -> None:
    encoded = bytearray(SEEDS[seed])
    # A flipped byte matters most in a header.
    places = st.integers(0, len(encoded) - 1) | st.integers(0, min(len(encoded) - 1, 150))
    for place, value in data.draw(st.lists(st.tuples(places, st.integers(0, 255)), min_size=1, max_size=6)):
        encoded[place] = value
    try_to_open(bytes(encoded))


@settings(always_alike, max_examples=150)
@given(st.sampled_from(sorted(SEEDS)), st.data())
def test_extreme_numbers_anywhere_do_no_harm(seed: str, data: st.DataObject) -> None:
    encoded = bytearray(SEEDS[seed])
    number = data.draw(
        st.sampled_from([b"\0" * 4, b"\xff" * 4, b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\x80\0\0\0"])
    )
    width = data.draw(st.sampled_from([2, 4]))
    place = data.draw(st.integers(0, min(len(encoded) - 4, 400)))
    encoded[place : place + width] = number[:width]
    try_to_open(bytes(encoded))


@settings(always_alike, max_examples=150)
@given(st.sampled_from(sorted(SEEDS)), st.data())
def test_missing_or_repeated_pieces_do_no_harm(seed: str, data: st.DataObject) -> None:
    encoded = SEEDS[seed]
    start = data.draw(st.integers(0, len(encoded)))
    end = data.draw(st.integers(start, len(encoded)))
    repeated = data.draw(st.integers(0, 3))
    try_to_open(encoded[:start] + encoded[start:end] * repeated + encoded[end:])


@always_alike
@given(st.sampled_from(sorted(SEEDS)), st.sampled_from(sorted(SEEDS)), st.integers(0, 500))
def test_two_pictures_in_one_file_do_no_harm(first: str, second: str, kept: int) -> None:
    try_to_open(SEEDS[first][:kept] + SEEDS[second])
    try_to_open(SEEDS[first] + SEEDS[second])


@settings(always_alike, max_examples=400)
@given(mutated_pictures())
def test_mutated_pictures_do_no_harm(encoded: bytes) -> None:
    try_to_open(encoded)


@always_alike
@given(st.integers(1, 70_000), st.integers(1, 70_000))
def test_a_size_beyond_the_limits_is_refused(width_px: int, height_px: int) -> None:
    assume(min(width_px, height_px) < MIN_SIDE_PX or width_px * height_px > MAX_PIXELS)
    with pytest.raises(PictureError, match=f"is {width_px} × {height_px} px"):
        open_picture(pictures.png_claiming(width_px, height_px))


@always_alike
@given(st.integers(1, 10_000), st.integers(1, 10_000), st.integers(1, 4096))
def test_a_fitted_size_keeps_its_shape(width_px: int, height_px: int, longest_side_px: int) -> None:
    fitted_width_px, fitted_height_px = fit_size(width_px, height_px, longest_side_px=longest_side_px)
    assert max(fitted_width_px, fitted_height_px) == longest_side_px
    assert min(fitted_width_px, fitted_height_px) >= 1
    exact_px = min(width_px, height_px) * longest_side_px / max(width_px, height_px)
    assert math.isclose(min(fitted_width_px, fitted_height_px), max(1.0, exact_px), abs_tol=0.5)


@settings(always_alike, max_examples=60)
@given(st.tuples(*[st.integers(1, 40)] * 4), st.integers(0, 2**32 - 1))
def test_resized_pictures_stay_in_range(sizes: tuple[int, int, int, int], seed: int) -> None:
    width_px, height_px, new_width_px, new_height_px = sizes
    rgb = np.random.default_rng(seed).random((height_px, width_px, 3), np.float32)
    resized = resize(rgb, width_px=new_width_px, height_px=new_height_px)
    assert resized.shape == (new_height_px, new_width_px, 3)
    assert resized.min() >= 0
    assert resized.max() <= 1


@settings(always_alike, max_examples=60)
@given(st.integers(16, 40), st.integers(16, 40), st.integers(0, 2**32 - 1), st.booleans())
def test_a_png_painting_decodes_to_identical_pixels(
    width_px: int, height_px: int, seed: int, transparent: bool
) -> None:
    generator = np.random.default_rng(seed)
    rgb = generator.integers(0, 256, (height_px, width_px, 3), np.uint8)
    alpha = generator.integers(0, 256, (height_px, width_px), np.uint8) if transparent else None
    encoded = encode_picture(rgb, alpha, picture_format="png")
    with Image.open(BytesIO(encoded)) as image:
        stored = np.asarray(image)
    assert np.array_equal(stored[:, :, :3], rgb)
    if alpha is not None:
        assert np.array_equal(stored[:, :, 3], alpha)
