"""The gallery's styles, and the scripts that paint them."""

from __future__ import annotations

import io
import tomllib
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image, ImageCms

from scripts.styles.__main__ import GALLERY, MAX_BYTES, paint, picture
from scripts.styles.brushwork import Canvas, follow
from scripts.styles.catalog import STYLES
from scripts.styles.fields import Field, blurred, palette, ramp
from scripts.styles.judge import sheet
from scripts.styles.shapes import borders, nearest
from scripts.styles.watercolor import Sheet, blob

SEED = 7
TABLE = tomllib.loads((GALLERY / "styles.toml").read_text(encoding="utf-8"))


def test_every_style_of_the_table_has_its_picture_and_every_picture_its_entry() -> None:
    pictures = {path.name for path in GALLERY.iterdir()} - {"styles.toml"}

    assert {entry["file"] for entry in TABLE.values()} == pictures
    assert [entry["file"] for entry in TABLE.values()] == [f"{key}.jpg" for key in TABLE]


def test_every_style_is_painted_by_a_script() -> None:
    assert set(TABLE) == set(STYLES)
    assert len(TABLE) >= 16


@pytest.mark.parametrize("key", TABLE)
def test_an_entry_says_what_a_member_reads_and_searches(key: str) -> None:
    entry = TABLE[key]

    assert set(entry) == {"file", "title", "credits", "words"}
    assert 0 < len(entry["title"]) <= 40
    assert entry["credits"]
    assert len(entry["words"]) >= 3
    assert all(word == word.strip().lower() for word in entry["words"])


def test_titles_are_distinct() -> None:
    titles = [entry["title"].casefold() for entry in TABLE.values()]

    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("key", TABLE)
def test_a_styles_picture_is_a_large_srgb_jpeg_that_is_quick_to_send(key: str) -> None:
    content = (GALLERY / TABLE[key]["file"]).read_bytes()

    with Image.open(io.BytesIO(content)) as image:
        assert image.format == "JPEG"
        assert image.mode == "RGB"
        assert min(image.size) >= 1024
        profile = image.info.get("icc_profile")
        if profile:  # without one, it is sRGB
            assert "sRGB" in ImageCms.getProfileDescription(ImageCms.getOpenProfile(io.BytesIO(profile)))
    assert len(content) <= MAX_BYTES


@pytest.mark.parametrize("key", TABLE)
def test_a_style_has_darks_and_lights_and_no_empty_corner(key: str) -> None:
    with Image.open(GALLERY / TABLE[key]["file"]) as image:
        tones = np.asarray(image.convert("L"), np.float32) / 255
    low, high = np.percentile(tones, (5, 95))
    parts = tones.reshape(4, tones.shape[0] // 4, 4, tones.shape[1] // 4)

    assert high - low > 0.4
    assert parts.std(axis=(1, 3)).min() > 0.015


def test_the_gallery_stays_small_enough_to_ship() -> None:
    assert sum(path.stat().st_size for path in GALLERY.iterdir()) <= 8_000_000


@pytest.mark.parametrize("key", ["art_deco", "glass_suns", "halftone_comic", "mosaic_shore"])
def test_the_same_seed_paints_the_same_style(key: str) -> None:
    first, second = (STYLES[key](np.random.default_rng(SEED), 64) for _ in range(2))

    assert first.shape == (64, 64, 3)
    assert np.array_equal(first, second)
    assert 0 <= first.min() < first.max() <= 1


def test_another_seed_paints_another_picture() -> None:
    first, second = (STYLES["drip_painting"](np.random.default_rng(seed), 64) for seed in (1, 2))

    assert not np.array_equal(first, second)


def test_a_named_style_is_painted_into_the_folder(tmp_path: Path) -> None:
    result = CliRunner().invoke(paint, ["halftone_comic", "--folder", str(tmp_path), "--side", "48"])

    assert result.exit_code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["halftone_comic.jpg"]
    with Image.open(tmp_path / "halftone_comic.jpg") as image:
        assert image.size == (48, 48)


def test_an_unknown_style_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    result = CliRunner().invoke(paint, ["mona_lisa", "--folder", str(tmp_path)])

    assert result.exit_code != 0
    assert "woodcut_waves" in result.output
    assert not list(tmp_path.iterdir())


def test_a_picture_is_kept_smaller_than_it_is_painted() -> None:
    painted: list[int] = []

    def gray(_: np.random.Generator, size_px: int) -> Field:
        painted.append(size_px)
        return np.full((size_px, size_px, 3), 0.5)

    image = picture(gray, side_px=10)

    assert image.size == (10, 10)
    assert painted == [20]


def test_the_judges_sheet_has_a_row_for_each_style() -> None:
    tile = Image.new("RGB", (40, 20), "red")

    whole = sheet([[tile, tile, tile], [tile]], side_px=10)

    assert whole.size == (10 + 8 + 10 + 8 + 10, 10 + 8 + 10)
    assert whole.getpixel((5, 2)) == (255, 0, 0)
    assert whole.getpixel((25, 23)) == (255, 255, 255)


def test_a_blur_keeps_what_is_even_and_spreads_a_point() -> None:
    field = np.zeros((32, 32), np.float32)
    field[16, 16] = 1

    assert np.allclose(blurred(np.full((32, 32), 0.25), radius_px=3), 0.25, atol=1e-5)
    spread = blurred(field, radius_px=2)
    assert spread.sum() == pytest.approx(1, abs=1e-4)
    assert spread[16, 16] == pytest.approx(1 / (2 * np.pi * 2**2), rel=0.02)


def test_a_ramp_goes_from_the_first_color_to_the_last() -> None:
    colors = ramp(palette("000000", "ffffff"), np.array([0, 0.5, 1.0]))

    assert colors[:, 0].tolist() == pytest.approx([0, 0.5, 1])


def test_every_pixel_belongs_to_its_nearest_point() -> None:
    points = np.random.default_rng(SEED).integers(0, 48, (9, 2)).astype(np.float32)
    x, y = np.meshgrid(np.arange(48), np.arange(48))
    distances = np.hypot(x[..., None] - points[:, 0], y[..., None] - points[:, 1])

    cells = nearest(points, 48)

    own = np.take_along_axis(distances, cells[..., None], axis=2)[..., 0]
    assert (own > distances.min(axis=2) + 1e-3).mean() < 0.002  # jump flooding errs at a few corners


def test_borders_run_between_cells() -> None:
    cells = np.zeros((4, 4), np.int64)
    cells[:, 2:] = 1

    assert borders(cells).tolist() == [[0, 0, 1, 0]] * 4


def test_a_stroke_leaves_paint_along_its_path_only() -> None:
    rng = np.random.default_rng(SEED)
    canvas = Canvas(np.zeros((64, 64, 3)))
    flow = np.broadcast_to(np.array([1.0, 0.0]), (64, 64, 2))
    path = follow(flow, np.array([8.0, 32.0]), length_px=48, step_px=4)
    canvas.stroke(path, width_px=10, color=np.array([0.9, 0.2, 0.1]), rng=rng)
    color, thickness = canvas.loose()

    assert color[32, 30, 0] > 0.5
    assert thickness[32, 30] > 0
    assert not thickness[:16].any()
    assert not thickness[48:].any()


def test_a_wash_darkens_only_the_area_it_covers() -> None:
    rng = np.random.default_rng(SEED)
    paper = Sheet(96, rng)
    before = paper.dried()
    paper.wash(blob(np.array([48.0, 48.0]), radius_px=20, rng=rng, wobble=0.1), pigment="indigo", depth=1)
    after = paper.dried()

    assert after[48, 48, 0] < before[48, 48, 0] - 0.1
    assert np.array_equal(after[:8], before[:8])
