"""Making results fit: smaller in bytes, still pictures."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageSequence

from bot.messages.fitting import fit_gif, fit_painting
from stylizer.gif import make_gif
from tests.bot.conftest import animation, picture

NOISE = picture(noisy=True, size=(128, 96))


def story(*, frames: int, size: tuple[int, int]) -> bytes:
    """A noisy GIF that becomes brighter from frame to frame."""
    width_px, height_px = size
    noise = np.random.default_rng(1).integers(-50, 50, (frames, height_px, width_px, 3))
    brightness = np.linspace(50, 205, frames)[:, None, None, None]
    return make_gif([*(noise + brightness).astype(np.uint8)], limit_bytes=2**26).encoded


def test_what_fits_is_left_as_it_is() -> None:
    assert fit_painting(NOISE, "png", limit_bytes=len(NOISE)) == (NOISE, ".png")
    assert fit_painting(b"\xff\xd8", "jpeg", limit_bytes=100) == (b"\xff\xd8", ".jpg")


@pytest.mark.parametrize("limit_bytes", [30_000, 15_000, 5_000, 1_000])
def test_a_painting_is_encoded_until_it_fits(limit_bytes: int) -> None:
    fitted, suffix = fit_painting(NOISE, "png", limit_bytes=limit_bytes)

    assert suffix == ".webp"
    assert len(fitted) <= limit_bytes
    with Image.open(io.BytesIO(fitted)) as image:
        assert image.width / image.height == pytest.approx(4 / 3, rel=0.1)


def test_a_painting_keeps_its_pixels_as_long_as_quality_will_do() -> None:
    fitted, _ = fit_painting(NOISE, "png", limit_bytes=25_000)

    with Image.open(io.BytesIO(fitted)) as image:
        assert image.size == (128, 96)


def test_transparency_is_kept() -> None:
    with Image.open(io.BytesIO(NOISE)) as image:
        clear = image.convert("RGBA")
    clear.putalpha(Image.new("L", clear.size, 100))
    out = io.BytesIO()
    clear.save(out, "PNG")

    fitted, _ = fit_painting(out.getvalue(), "png", limit_bytes=20_000)

    with Image.open(io.BytesIO(fitted)) as image:
        assert image.mode == "RGBA"


@pytest.mark.parametrize("limit_bytes", [8_000, 1_000, 100])
def test_a_painting_is_encoded_until_it_fits_whatever_its_shape(limit_bytes: int) -> None:
    fitted, _ = fit_painting(picture(noisy=True, size=(2048, 16)), "png", limit_bytes=limit_bytes)

    assert len(fitted) <= limit_bytes
    with Image.open(io.BytesIO(fitted)) as image:
        assert image.width > image.height >= 1


def test_a_gif_that_is_too_large_is_told_from_its_beginning_to_its_end() -> None:
    gif = story(frames=40, size=(160, 120))

    fitted = fit_gif(gif, limit_bytes=len(gif) // 4)

    assert fitted is not None
    assert len(fitted) <= len(gif) // 4
    with Image.open(io.BytesIO(fitted)) as image:
        brightness = [np.asarray(frame.convert("L")).mean() for frame in ImageSequence.Iterator(image)]
        durations_ms = [frame.info["duration"] for frame in ImageSequence.Iterator(image)]
    assert 2 < len(brightness) < 40
    assert brightness[0] < 60
    assert brightness[-1] > 195
    assert durations_ms[-1] > 1_000 > max(durations_ms[1:-1])


def test_a_gif_that_is_too_large_gets_one_palette_for_all_its_frames() -> None:
    fitted = fit_gif(story(frames=10, size=(96, 96)), limit_bytes=20_000)

    assert fitted is not None
    with Image.open(io.BytesIO(fitted)) as image:
        colours = {
            colour for frame in ImageSequence.Iterator(image) for colour in frame.convert("RGB").get_flattened_data()
        }
    assert len(colours) <= 256


@pytest.mark.parametrize("limit_bytes", [100_000, 20_000, 4_096])
@pytest.mark.parametrize("size", [(480, 60), (480, 4), (20, 480)])
def test_a_gif_is_told_until_it_fits_whatever_its_shape(size: tuple[int, int], limit_bytes: int) -> None:
    gif = story(frames=20, size=size)

    fitted = fit_gif(gif, limit_bytes=limit_bytes)

    assert fitted is not None
    assert len(fitted) <= limit_bytes


def test_there_is_no_gif_where_there_is_no_room_for_one() -> None:
    assert fit_gif(story(frames=4, size=(96, 96)), limit_bytes=1_000) is None


def test_a_gif_that_fits_is_left_as_it_is() -> None:
    gif = animation(frames=2, size=(16, 16))

    assert fit_gif(gif, limit_bytes=len(gif)) is gif
