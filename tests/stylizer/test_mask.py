"""What a mask says: where which style goes, and what stays untouched."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from hypothesis.extra.numpy import arrays
from PIL import Image, ImageDraw

from stylizer.errors import (
    EmptyMask,
    MaskColorsTooSimilar,
    MaskColorsTooSmall,
    MaskNotFlat,
    MaskOfAnotherShape,
    PictureError,
    StylizerError,
    WeightsInRegions,
    WrongNumberOfMaskColors,
)
from stylizer.images import Picture
from stylizer.mask import Mask
from tests.stylizer.conftest import photograph, plain, strokes
from tests.stylizer.masks import BLUE, HEIGHT_PX, RED, WHITE, WIDTH_PX, Color, bars, halves

BLACK = (0, 0, 0)
GREEN, YELLOW, PINK, ORANGE = (0, 180, 60), (255, 230, 0), (255, 60, 200), (240, 140, 20)


def read(picture: Picture, *, styles: int = 1, width_px: int = WIDTH_PX, height_px: int = HEIGHT_PX) -> Mask:
    return Mask.of(picture, width_px=width_px, height_px=height_px, shares=[1 / styles] * styles)


def thin_lines(color: Color) -> Picture:
    """Lines of one pixel."""
    rgb = np.zeros((HEIGHT_PX, WIDTH_PX, 3), np.uint8)
    rgb[4::8] = color
    return Picture(rgb, None)


def region_in_the_middle_of(mask: Mask, bar: int, bars: int) -> list[float]:
    """How much of each region there is in the middle of a bar."""
    column = round(mask.regions.shape[1] * (bar + 0.5) / bars)
    shares: list[float] = mask.regions[mask.regions.shape[0] // 2, column].tolist()
    return shares


def test_white_is_painted_and_black_is_not() -> None:
    mask = read(halves(WHITE, BLACK))
    assert mask.opacity[:, : WIDTH_PX // 2 - 4].min() == 1
    assert mask.opacity[:, WIDTH_PX // 2 :].max() == 0


def test_towards_black_the_painting_fades_within_what_is_white() -> None:
    edge = read(halves(WHITE, BLACK, width_px=480, height_px=320), width_px=480, height_px=320).opacity[160, :, 0]
    fading = edge[(edge > 0) & (edge < 1)]
    assert len(fading) == 9
    assert np.all(np.diff(fading) < 0)
    assert edge[240] == 0


def test_gray_is_painted_partly() -> None:
    assert read(plain(WIDTH_PX, HEIGHT_PX, (128, 128, 128))).opacity == pytest.approx(0.5, abs=0.02)


def test_noise_of_compression_is_still_black_and_white() -> None:
    noise = np.random.default_rng(0).integers(0, 12, (HEIGHT_PX, WIDTH_PX, 1), np.uint8)
    rgb = halves(WHITE, BLACK).rgb
    mask = read(Picture(np.where(rgb == 255, 255 - noise, noise).astype(np.uint8), None))
    assert np.array_equal(mask.regions, read(halves(WHITE, BLACK)).regions)


def test_what_is_transparent_stays_untouched() -> None:
    alpha = np.full((HEIGHT_PX, WIDTH_PX), 255, np.uint8)
    alpha[:, WIDTH_PX // 2 :] = 0
    drawn = Picture(plain(WIDTH_PX, HEIGHT_PX, WHITE).rgb, alpha)
    assert np.array_equal(read(drawn).regions, read(halves(WHITE, BLACK)).regions)


@pytest.mark.parametrize("quality", [None, 85, 40])
@pytest.mark.parametrize(
    "colors",
    [
        (RED, BLUE),
        (WHITE, RED),
        (WHITE, ORANGE, GREEN, BLUE, PINK),
        ((235, 51, 36), (255, 204, 0), (52, 199, 89), (0, 122, 255)),
    ],
    ids=["two", "white first", "five", "a phone's"],
)
def test_each_color_is_the_region_of_a_style(colors: tuple[Color, ...], quality: int | None) -> None:
    count = len(colors)
    mask = read(bars(*colors, width_px=240, height_px=160, quality=quality), styles=count, width_px=240, height_px=160)
    for bar in range(count):
        assert region_in_the_middle_of(mask, bar, count) == pytest.approx([float(bar == one) for one in range(count)])
    assert mask.opacity[0].max() == 0


def test_colors_are_counted_as_in_the_rainbow_not_by_their_place() -> None:
    mask = read(bars(BLUE, WHITE, YELLOW, RED), styles=4)
    orders = [int(np.argmax(region_in_the_middle_of(mask, bar, 4))) for bar in range(4)]
    assert orders == [3, 0, 2, 1]


def test_where_two_colors_touch_no_third_style_is_painted() -> None:
    touching = halves(RED, BLUE).rgb.copy()
    touching[:10, :10] = (140, 0, 140)  # what antialiasing would mix at the edge
    touching[:, WIDTH_PX // 2 - 1] = (128, 0, 128)
    mask = read(Picture(touching, None), styles=3)
    assert mask.regions[20:, :, 2].max() == 0
    assert mask.opacity[20:].min() == pytest.approx(1)


@pytest.mark.parametrize("pink", [(255, 192, 203), (255, 182, 193), (255, 105, 180)])
@pytest.mark.parametrize("other", [RED, BLUE, WHITE, (220, 20, 60)], ids=["red", "blue", "white", "crimson"])
def test_pale_pinks_come_last(pink: Color, other: Color) -> None:
    mask = read(halves(pink, other), styles=2)
    assert mask.regions[32, 90].tolist() == [1.0, 0.0]


@pytest.mark.parametrize("radius_px", range(17, 60, 4))
@pytest.mark.parametrize("left", [BLACK, BLUE], ids=["alone", "and blue"])
def test_a_small_region_of_color_counts(left: Color, radius_px: int) -> None:
    image = Image.new("RGB", (1000, 1000))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 300, 1000), fill=left)
    draw.ellipse((600 - radius_px, 500 - radius_px, 600 + radius_px, 500 + radius_px), fill=RED)
    rgb = np.asarray(image)

    mask = read(Picture(rgb, None), styles=1 if left == BLACK else 2, width_px=1000, height_px=1000)

    assert mask.regions[500, 600, 0] > 0
    assert mask.regions[500, 600, 1:].max(initial=0) == 0


def test_a_single_color_is_painted_in_all_styles_together() -> None:
    assert read(bars(RED), styles=2).regions.shape == (HEIGHT_PX, WIDTH_PX, 1)


@pytest.mark.parametrize("colors", [(WHITE,), (RED, BLUE), (RED, GREEN, BLUE)])
def test_regions_and_what_is_untouched_add_up_to_the_picture(colors: tuple[Color, ...]) -> None:
    mask = read(bars(*colors), styles=len(colors))
    assert mask.regions.min() >= 0
    assert mask.regions.sum(axis=2).max() <= 1 + 1e-6
    smaller = mask.scaled(width_px=31, height_px=21)
    assert smaller.regions.shape == (21, 31, len(colors))
    assert smaller.opacity.mean() == pytest.approx(mask.opacity.mean(), abs=0.02)


@pytest.mark.parametrize(
    ("picture", "styles", "error"),
    [
        (plain(WIDTH_PX, HEIGHT_PX, BLACK), 1, EmptyMask("mask", None)),
        (plain(WIDTH_PX, HEIGHT_PX, (12, 0, 9)), 2, EmptyMask("mask", None)),
        (plain(64, 64, WHITE), 1, MaskOfAnotherShape("mask", None, WIDTH_PX, HEIGHT_PX)),
        (bars(RED, BLUE), 1, WrongNumberOfMaskColors("mask", None, 2, 1)),
        (bars(RED, GREEN, BLUE), 2, WrongNumberOfMaskColors("mask", None, 3, 2)),
        (bars(RED, BLUE), 3, WrongNumberOfMaskColors("mask", None, 2, 3)),
        (
            bars(RED, ORANGE, YELLOW, GREEN, BLUE, PINK, WHITE, width_px=240, height_px=160),
            2,
            MaskNotFlat("mask", None),
        ),
        (strokes(WIDTH_PX, HEIGHT_PX), 2, MaskNotFlat("mask", None)),
        (photograph(WIDTH_PX, HEIGHT_PX), 1, MaskNotFlat("mask", None)),
        (halves(RED, (255, 60, 0)), 2, MaskColorsTooSimilar("mask", None)),
        (halves(GREEN, (0, 200, 0)), 2, MaskColorsTooSimilar("mask", None)),
        (halves((255, 220, 220), (220, 220, 255)), 2, MaskColorsTooSimilar("mask", None)),
        (thin_lines(RED), 1, MaskColorsTooSmall("mask", None)),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, PictureError) else None,
)
def test_a_mask_that_makes_no_sense_is_refused_with_a_reason(
    picture: Picture, styles: int, error: StylizerError
) -> None:
    size = {"width_px": picture.width_px, "height_px": picture.height_px}
    if isinstance(error, MaskOfAnotherShape):
        size = {"width_px": WIDTH_PX, "height_px": HEIGHT_PX}
    with pytest.raises(type(error)) as raised:
        read(picture, styles=styles, **size)
    assert raised.value == error
    assert str(raised.value).startswith("The mask ")


def test_weights_of_styles_with_regions_of_their_own_are_refused() -> None:
    with pytest.raises(WeightsInRegions, match="Leave out the weights"):
        Mask.of(bars(RED, BLUE), width_px=WIDTH_PX, height_px=HEIGHT_PX, shares=(0.7, 0.3))


@given(arrays(np.uint8, (20, 30, 3), elements=some.sampled_from((0, 1, 90, 128, 254, 255))), some.integers(1, 5))
def test_any_picture_is_a_mask_or_is_refused(rgb: np.ndarray, styles: int) -> None:
    try:
        mask = read(Picture(rgb, None), styles=styles, width_px=30, height_px=20)
    except PictureError:
        return
    assert mask.regions.shape[2] in {1, styles}
    assert np.isfinite(mask.regions).all()
