from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from stylizer.timelapse import MIN_LIMIT_BYTES, Gif, make_gif
from tests.stylizer.pictures import landscape

Frame = NDArray[np.uint8]


def story(count: int, *, width_px: int = 48, height_px: int = 32) -> list[Frame]:
    """Make frames in which the landscape becomes its negative."""
    beginning = landscape(width_px, height_px).astype(float)
    return [(beginning + (255 - 2 * beginning) * at / max(count - 1, 1)).astype(np.uint8) for at in range(count)]


def noise(count: int, *, width_px: int = 48, height_px: int = 32) -> list[Frame]:
    """Make frames of noise, which compress worst."""
    generator = np.random.default_rng(7)
    return [generator.integers(0, 256, (height_px, width_px, 3), np.uint8) for _ in range(count)]


def shown(gif: Gif) -> tuple[list[Frame], list[int]]:
    """Return each frame as viewers show it, and its milliseconds."""
    frames, durations_ms = [], []
    with Image.open(BytesIO(gif.encoded)) as image:
        for at in range(getattr(image, "n_frames", 1)):
            image.seek(at)
            frames.append(np.asarray(image.convert("RGB")))
            durations_ms.append(int(image.info["duration"]))
    return frames, durations_ms


def smoothed(frame: Frame) -> NDArray[np.float64]:
    """Blur a frame so that dithering is invisible."""
    return np.asarray(Image.fromarray(frame).reduce(4)).astype(float)


def test_every_frame_is_shown_in_order() -> None:
    frames = story(12)
    gif = make_gif(frames)
    output, _ = shown(gif)
    assert gif.frames == len(output) == 12
    for frame, drawn in zip(frames, output, strict=True):
        assert drawn.shape == frame.shape
        assert np.abs(smoothed(drawn) - smoothed(frame)).mean() < 6


def test_the_last_frame_is_held_long_and_the_first_briefly() -> None:
    _, durations_ms = shown(make_gif(story(40)))
    assert durations_ms[-1] >= 2_000
    assert durations_ms[1] < durations_ms[0] < durations_ms[-1]
    assert set(durations_ms[1:-1]) == {durations_ms[1]}


def test_an_animation_takes_seconds_with_any_number_of_frames() -> None:
    for count in (5, 20, 60):
        _, durations_ms = shown(make_gif(story(count, width_px=20, height_px=16)))
        assert 3_000 < sum(durations_ms) < 9_000
        assert min(durations_ms) >= 20, "browsers slow down what is faster"


def test_it_loops_forever() -> None:
    with Image.open(BytesIO(make_gif(story(3)).encoded)) as image:
        assert image.info["loop"] == 0


def test_one_palette_serves_all_frames() -> None:
    colors = {tuple(color) for frame in shown(make_gif(story(5)))[0] for color in frame.reshape(-1, 3)}
    assert len(colors) <= 255


def test_at_most_sixty_frames_are_kept_including_the_first_and_last() -> None:
    frames = story(200)
    gif = make_gif(frames)
    output, _ = shown(gif)
    assert gif.frames == len(output) == 60
    for frame, drawn in ((frames[0], output[0]), (frames[-1], output[-1])):
        assert np.abs(smoothed(drawn) - smoothed(frame)).mean() < 6


def test_gifs_are_limited_to_480_pixels_and_keep_their_shape() -> None:
    output, _ = shown(make_gif([landscape(1_000, 500)] * 2))
    assert output[0].shape == (240, 480, 3)


def shown_alpha(gif: Gif) -> list[NDArray[np.uint8]]:
    """Return each frame's transparency as viewers show it."""
    alphas = []
    with Image.open(BytesIO(gif.encoded)) as image:
        for at in range(getattr(image, "n_frames", 1)):
            image.seek(at)
            alphas.append(np.asarray(image.convert("RGBA").getchannel("A")))
    return alphas


def disc(width_px: int, height_px: int) -> NDArray[np.uint8]:
    """Make an alpha: opaque in the middle, half transparent around it, then transparent."""
    y, x = np.mgrid[:height_px, :width_px]
    distance = np.hypot((x + 0.5) / width_px - 0.5, (y + 0.5) / height_px - 0.5)
    return np.select([distance < 0.25, distance < 0.4], [255, 140], 0).astype(np.uint8)


def test_transparent_parts_stay_transparent_in_every_frame() -> None:
    frames, alpha = story(8), disc(48, 32)
    gif = make_gif(frames, alpha=alpha)
    output, _ = shown(gif)
    for shown_as, drawn, frame in zip(shown_alpha(gif), output, frames, strict=True):
        assert np.array_equal(shown_as > 0, alpha >= 128)
        assert np.abs(smoothed(drawn) - smoothed(frame))[3:5, 4:8].mean() < 6


def test_colors_of_transparent_parts_are_not_in_the_palette() -> None:
    frames = [np.where(disc(48, 32)[:, :, None] > 0, frame, np.uint8(255)) for frame in story(5)]
    frames = [np.where(frame == 255, np.uint8(254), frame) for frame in frames]
    with Image.open(BytesIO(make_gif(frames, alpha=disc(48, 32)).encoded)) as image:
        palette = np.array(image.getpalette()).reshape(-1, 3)
    assert not np.any(np.all(palette == 254, axis=1))


@pytest.mark.parametrize("faintest", [1, 60, 255])
def test_an_evenly_translucent_animation_is_visible(faintest: int) -> None:
    gif = make_gif(story(4), alpha=np.full((16, 24), faintest, np.uint8))
    assert all(alpha.min() == 255 for alpha in shown_alpha(gif))


def test_a_fully_transparent_gif_is_painted_as_opaque() -> None:
    assert make_gif(story(4), alpha=np.zeros((32, 48), np.uint8)) == make_gif(story(4))


def test_a_transparent_gif_stays_transparent_when_it_is_made_smaller() -> None:
    frames = noise(12, width_px=120, height_px=120)
    gif = make_gif(frames, alpha=disc(120, 120))
    smaller = make_gif(frames, alpha=disc(120, 120), limit_bytes=len(gif.encoded) // 4)
    assert len(smaller.encoded) <= len(gif.encoded) // 4
    for alpha in shown_alpha(smaller):
        assert (alpha[0, 0], alpha[len(alpha) // 2, len(alpha) // 2]) == (0, 255)
        assert 0.3 < (alpha > 0).mean() < 0.7


def test_one_frame_makes_an_animation_too() -> None:
    gif = make_gif([landscape()])
    output, durations_ms = shown(gif)
    assert gif.frames == 1
    assert durations_ms == [2_500]
    assert np.abs(smoothed(output[0]) - smoothed(landscape())).mean() < 6


def test_identical_frames_take_almost_no_space() -> None:
    one, many = (len(make_gif([landscape(240, 160)] * count).encoded) for count in (1, 40))
    assert many - one < 39 * 400


def test_unchanged_parts_do_not_flicker() -> None:
    frames = [landscape(64, 64) for _ in range(6)]
    for at, frame in enumerate(frames):
        frame[:32, :32] = 40 * at
    output, _ = shown(make_gif(frames))
    for drawn in output[1:]:
        assert np.array_equal(drawn[32:], output[0][32:])
        assert np.array_equal(drawn[:, 32:], output[0][:, 32:])


def test_a_smooth_sky_has_more_tones_than_the_palette() -> None:
    sky = np.zeros((128, 512, 3), np.uint8)
    sky[:] = np.linspace(0, 255, 512)[None, :, None] * np.array([0.3, 0.6, 1.0])
    sky[64:] = landscape(512, 64)
    (drawn,), _ = shown(make_gif([sky]))
    scaled = np.asarray(Image.fromarray(sky).resize((480, 120), Image.Resampling.LANCZOS))
    difference = smoothed(drawn)[1:14] - smoothed(scaled)[1:14]
    assert np.abs(difference).max() < 8
    assert np.abs(difference).mean() < 2


@pytest.mark.parametrize("color", [(0, 0, 0), (255, 255, 255), (17, 130, 201)])
def test_a_single_color_is_kept(color: tuple[int, int, int]) -> None:
    output, _ = shown(make_gif([np.full((20, 30, 3), color, np.uint8)] * 2))
    for drawn in output:
        assert np.abs(drawn.astype(int) - color).max() <= 1


@pytest.mark.parametrize("limit_bytes", [MIN_LIMIT_BYTES, 10_000, 64 * 2**10, 300_000])
def test_a_gif_never_exceeds_its_limit(limit_bytes: int) -> None:
    for frames in (noise(20, width_px=120, height_px=120), story(20, width_px=120, height_px=80)):
        gif = make_gif(frames, limit_bytes=limit_bytes)
        assert len(gif.encoded) <= limit_bytes
        assert len(shown(gif)[0]) == gif.frames


def test_sixty_four_kibibytes_still_hold_an_animation() -> None:
    gif = make_gif(story(40, width_px=320, height_px=240), limit_bytes=64 * 2**10)
    output, _ = shown(gif)
    assert gif.frames >= 8
    assert output[0].shape[1] >= 96
    assert len(gif.encoded) > 16 * 2**10


def test_even_noise_fits_into_the_smallest_limit() -> None:
    for side_px in (16, 48, 100):
        gif = make_gif(noise(20, width_px=side_px, height_px=side_px), limit_bytes=MIN_LIMIT_BYTES)
        assert len(gif.encoded) <= MIN_LIMIT_BYTES


def test_a_higher_limit_never_shows_less() -> None:
    frames = noise(20, width_px=64, height_px=64)
    gifs = [make_gif(frames, limit_bytes=limit_bytes) for limit_bytes in (10_000, 40_000, 200_000)]
    assert [gif.frames for gif in gifs] == sorted(gif.frames for gif in gifs)


def test_the_same_frames_give_the_same_bytes() -> None:
    assert make_gif(noise(4)).encoded == make_gif(noise(4)).encoded


def test_missing_frames_or_a_tiny_limit_raise_an_error() -> None:
    with pytest.raises(ValueError, match="at least one frame"):
        make_gif([])
    with pytest.raises(ValueError, match="4096 bytes or more, not 100"):
        make_gif([landscape()], limit_bytes=100)


@settings(derandomize=True, database=None, deadline=None, max_examples=12)
@given(
    st.integers(1, 70),
    st.integers(1, 70),
    st.integers(1, 8),
    st.integers(MIN_LIMIT_BYTES, 60_000),
    st.booleans(),
)
def test_any_animation_becomes_a_gif_within_its_limit(
    width_px: int, height_px: int, count: int, limit_bytes: int, noisy: bool
) -> None:
    make = noise if noisy else story
    gif = make_gif(make(count, width_px=width_px, height_px=height_px), limit_bytes=limit_bytes)
    output, _ = shown(gif)
    assert len(output) == gif.frames <= count
    assert len(gif.encoded) <= limit_bytes
    assert output[0].shape[0] <= height_px
    assert output[0].shape[1] <= width_px


def test_a_limit_of_zero_makes_no_gif() -> None:
    assert make_gif([np.zeros((8, 8, 3), np.uint8)], limit_bytes=0) == Gif(b"", 0)


def test_a_picture_of_which_shrinking_leaves_nothing_visible_has_a_gif() -> None:
    alpha = np.zeros((1000, 1000), np.uint8)
    alpha[500, 500] = 255

    assert make_gif([landscape()], alpha=alpha).frames == 1
