"""Which parts of a style picture count as style."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageOps

from stylizer.errors import STYLE
from stylizer.images import Picture, open_picture
from stylizer.recipe import load_recipe
from stylizer.style import Style, open_style, without_frame
from tests.stylizer.conftest import strokes

Rgb = NDArray[np.float32]
SETTINGS = load_recipe().style_picture


def image(picture: Picture) -> Image.Image:
    return Image.fromarray(picture.rgb)


def to_float(painted: Image.Image) -> Rgb:
    return np.asarray(painted, np.float32) / np.float32(255)


def as_jpeg(painted: Image.Image, quality: int) -> Image.Image:
    encoded = BytesIO()
    painted.save(encoded, "JPEG", quality=quality)
    return Image.open(encoded).convert("RGB")


def bordered(painted: Image.Image, left: int, top: int, right: int, bottom: int, color: str) -> Image.Image:
    return ImageOps.expand(painted, (left, top, right, bottom), color)


def share_of(color: tuple[int, int, int], rgb: Rgb) -> float:
    """Return the share of pixels with about this color."""
    return float((np.abs(rgb - np.array(color, np.float32) / 255).max(axis=2) < 0.1).mean())


@pytest.mark.parametrize(
    ("borders", "color", "value"),
    [
        ((24, 24, 24, 24), "white", (255, 255, 255)),
        ((0, 80, 0, 80), "black", (0, 0, 0)),
        ((60, 0, 60, 0), "black", (0, 0, 0)),
        ((20, 20, 20, 70), "white", (255, 255, 255)),
        ((30, 30, 30, 30), "#808080", (128, 128, 128)),
    ],
)
@pytest.mark.parametrize("quality", [None, 92, 60])
@pytest.mark.parametrize("longest_side_px", [None, 160])
def test_a_frame_and_bars_do_not_count_as_style(
    borders: tuple[int, int, int, int],
    color: str,
    value: tuple[int, int, int],
    quality: int | None,
    longest_side_px: int | None,
) -> None:
    framed = bordered(image(strokes(256)), *borders, color)
    if quality is not None:
        framed = as_jpeg(framed, quality)
    if longest_side_px is not None:
        framed.thumbnail((longest_side_px, longest_side_px), Image.Resampling.LANCZOS)
    cropped = without_frame(to_float(framed), SETTINGS)
    scale = framed.width / (256 + borders[0] + borders[2])
    assert 256 * scale - 20 <= cropped.shape[0] <= 256 * scale + 1
    assert 256 * scale - 20 <= cropped.shape[1] <= 256 * scale + 1
    for edges in (cropped[[0, -1]], cropped[:, [0, -1]]):
        assert share_of(value, edges) < 0.2


def test_a_hairline_does_not_count_as_style() -> None:
    framed = to_float(bordered(image(strokes(256)), 1, 1, 1, 1, "black"))
    assert 252 <= min(without_frame(framed, SETTINGS).shape[:2]) <= 256


def test_a_frame_within_a_frame_is_removed_too() -> None:
    framed = bordered(bordered(image(strokes(200)), 3, 3, 3, 3, "black"), 30, 30, 30, 30, "white")
    assert max(without_frame(to_float(framed), SETTINGS).shape) <= 200


def figure_on_paper() -> Image.Image:
    paper = Image.new("RGB", (200, 160), "white")
    draw = ImageDraw.Draw(paper)
    draw.ellipse((60, 30, 140, 130), outline="black", width=3)
    return paper


def flat_sky() -> Image.Image:
    landscape = image(strokes(200))
    landscape.paste((120, 170, 230), (0, 0, 200, 100))
    return landscape


def plain() -> Image.Image:
    return Image.new("RGB", (120, 90), (200, 180, 150))


def mostly_border() -> Image.Image:
    return bordered(image(strokes(40)), 80, 80, 80, 80, "white")


def two_colors() -> Image.Image:
    ground = bordered(image(strokes(100)), 0, 20, 0, 0, "white")
    return bordered(ground, 0, 0, 0, 20, "black")


def untouched() -> Image.Image:
    return image(strokes(200))


@pytest.mark.parametrize("picture", [figure_on_paper, flat_sky, plain, mostly_border, two_colors, untouched])
def test_parts_of_the_picture_are_kept(picture: object) -> None:
    rgb = to_float(picture())  # type: ignore[operator]  # each is a function
    assert without_frame(rgb, SETTINGS).shape == rgb.shape


def test_an_ordinary_style_is_scaled_to_the_canvas_and_never_enlarged() -> None:
    style = Style.of(strokes(300, 200), SETTINGS, longest_side_px=128, seed=0)
    assert style.rgb.shape == (85, 128, 3)
    assert style.scaled(64).rgb.shape == (42, 64, 3)
    assert Style.of(strokes(90, 60), SETTINGS, longest_side_px=128, seed=0).rgb.shape == (60, 90, 3)


@pytest.mark.parametrize(("width_px", "height_px"), [(4000, 40), (40, 4000), (1024, 128), (600, 16), (900, 300)])
@pytest.mark.parametrize("longest_side_px", [64, 128, 512])
def test_a_strip_is_never_too_narrow_to_show_more_than_its_edges(
    width_px: int, height_px: int, longest_side_px: int
) -> None:
    style = Style.of(strokes(width_px, height_px), SETTINGS, longest_side_px=longest_side_px, seed=0)
    sides = sorted(style.rgb.shape[:2])
    assert sides[0] >= min(longest_side_px // 2 - 1, max(width_px, height_px) // 4 - 1, 16 * 16)
    assert sides[1] <= 4.1 * sides[0]
    assert sides[0] * sides[1] <= longest_side_px**2 * 1.05, "it takes no more memory than a square canvas"


def test_a_strip_is_repeated_without_a_seam() -> None:
    strip = strokes(400, 20)
    repeated = Style.of(strip, SETTINGS, longest_side_px=400, seed=0).rgb
    assert repeated.shape == (100, 400, 3)
    np.testing.assert_array_equal(repeated[:20], to_float(image(strip)))
    np.testing.assert_array_equal(repeated[19], repeated[20])
    np.testing.assert_array_equal(repeated[39], repeated[40])


def test_a_strip_keeps_its_short_side_while_it_is_decoded() -> None:
    encoded = BytesIO()
    image(strokes(2000, 40)).save(encoded, "PNG")
    recipe = load_recipe("draft", longest_side_px=128)
    style = open_style(encoded.getvalue(), name=STYLE, recipe=recipe)
    assert (style.width_px, style.height_px) == (2000, 40)
    assert open_picture(encoded.getvalue(), longest_side_px=128).height_px == 3


def test_an_ordinary_style_is_decoded_no_larger_than_a_painting_needs() -> None:
    encoded = BytesIO()
    image(strokes(800, 600)).save(encoded, "PNG")
    style = open_style(encoded.getvalue(), name=STYLE, recipe=load_recipe(longest_side_px=128))
    assert style.width_px < 200


@pytest.mark.parametrize(("side_px", "least", "most"), [(256, 0.4, 0.9), (1024, 0.98, 1.02)])
def test_a_style_loses_its_grain_unless_it_is_shrunk_anyway(side_px: int, least: float, most: float) -> None:
    encoded = BytesIO()
    levels = np.random.default_rng(0).integers(0, 256, (side_px, side_px, 3), np.uint8)
    Image.fromarray(levels).save(encoded, "PNG")
    recipe = load_recipe(longest_side_px=256)
    untouched, style = (
        open_style(
            encoded.getvalue(),
            name=STYLE,
            recipe=recipe.with_overrides(style_picture={"grain_px": grain_px, "finest_contrast": 100}),
        )
        for grain_px in (0, recipe.style_picture.grain_px)
    )
    assert least < style.rgb.std() / untouched.rgb.std() < most


@pytest.mark.parametrize(("side_px", "least", "most"), [(256, 0.2, 0.7), (1024, 0.95, 1.0)])
def test_a_style_with_much_grain_loses_more_unless_it_is_shrunk_anyway(side_px: int, least: float, most: float) -> None:
    encoded = BytesIO()
    noise = np.random.default_rng(0).normal(0, 20, (side_px, side_px, 3))
    Image.fromarray(np.clip(strokes(side_px, side_px).rgb + noise, 0, 255).astype(np.uint8)).save(encoded, "PNG")
    recipe = load_recipe(longest_side_px=256)
    with_grain = recipe.with_overrides(style_picture={"grain_px": 0, "finest_contrast": 100})
    untouched, style = (
        np.diff(open_style(encoded.getvalue(), name=STYLE, recipe=settings).rgb.astype(float), axis=1).std()
        for settings in (with_grain, recipe)
    )
    assert least < style / untouched < most


def sticker(hidden: tuple[int, int, int]) -> Picture:
    """Make an ellipse of strokes, surrounded by a hidden color."""
    alpha = Image.new("L", (200, 160), 0)
    ImageDraw.Draw(alpha).ellipse((40, 30, 120, 110), fill=255)
    seen = image(strokes(200, 160))
    return Picture(np.asarray(Image.composite(seen, Image.new("RGB", seen.size, hidden), alpha)), np.asarray(alpha))


def test_transparent_parts_do_not_count_as_style() -> None:
    style = Style.of(sticker((255, 255, 255)), SETTINGS, longest_side_px=200, seed=0)
    assert style.opacity is not None
    assert style.rgb.shape[:2] == style.opacity.shape[:2] == (81, 81)
    assert 0.7 < style.opacity.mean() < 0.85, "an ellipse fills pi quarters of its box"
    assert share_of((255, 255, 255), style.colors[None]) < 0.02


@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_only_opaque_parts_of_a_strip_count_as_style(seed: int) -> None:
    alpha = np.zeros((20, 400), np.uint8)
    alpha[:, 100:300] = 255
    style = Style.of(Picture(strokes(400, 20).rgb, alpha), SETTINGS, longest_side_px=128, seed=seed)
    assert style.opacity is not None
    assert style.opacity.mean() > 0.9
    assert style.opacity.shape[:2] == style.rgb.shape[:2]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_translucent_style_is_varied_like_an_opaque_one(seed: int) -> None:
    opaque = sticker((255, 255, 255))
    assert opaque.alpha is not None
    translucent = Picture(opaque.rgb, opaque.alpha // 3)
    styles = [Style.of(picture, SETTINGS, longest_side_px=64, seed=seed) for picture in (opaque, translucent)]
    np.testing.assert_array_equal(styles[0].rgb, styles[1].rgb)


def test_seed_0_sees_the_whole_style_and_other_seeds_a_crop_at_their_own_scale() -> None:
    picture = strokes(256)
    whole = Style.of(picture, SETTINGS, longest_side_px=128, seed=0)
    np.testing.assert_array_equal(whole.rgb, Style.of(picture, SETTINGS, longest_side_px=128, seed=0).rgb)
    sizes = set()
    for seed in range(1, 6):
        style, again = (Style.of(picture, SETTINGS, longest_side_px=128, seed=seed) for _ in range(2))
        np.testing.assert_array_equal(style.rgb, again.rgb)
        assert 0.85 * 0.88 * 128 - 1 <= max(style.rgb.shape) <= 128
        sizes.add((style.rgb.shape, round(float(style.rgb.mean()), 4)))
    assert len(sizes) == 5
