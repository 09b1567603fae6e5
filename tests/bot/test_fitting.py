"""Making results fit: smaller in bytes, still pictures."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from bot.jobs.fitting import fit_gif, fit_painting
from tests.bot.conftest import animation, picture

NOISE = picture(noisy=True, size=(128, 96))


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


def test_a_gif_keeps_its_frames_and_their_times() -> None:
    gif = animation(frames=4, size=(96, 96), last_frame_ms=2000)

    fitted = fit_gif(gif, limit_bytes=len(gif) // 3)

    assert len(fitted) <= len(gif) // 3
    with Image.open(io.BytesIO(fitted)) as image:
        assert image.n_frames == 4  # type: ignore[attr-defined]  # Pillow types it on the plugin
        image.seek(3)
        assert image.info["duration"] == 2000


def test_a_gif_that_fits_is_left_as_it_is() -> None:
    gif = animation(frames=2, size=(16, 16))

    assert fit_gif(gif, limit_bytes=len(gif)) is gif
