"""The bot's sample pictures."""

from __future__ import annotations

import io
from importlib import resources

import numpy as np
import pytest
from PIL import Image

from bot.demo.samples import PHOTOGRAPHS, STYLES, sample
from scripts.samples import styles
from scripts.samples.brushwork import Canvas, follow
from scripts.samples.watercolor import Sheet, blob


@pytest.mark.parametrize("name", PHOTOGRAPHS + STYLES)
def test_a_sample_is_a_small_jpeg(name: str) -> None:
    filename, content = sample(name)

    with Image.open(io.BytesIO(content)) as picture:
        assert filename == f"{name}.jpg"
        assert picture.format == "JPEG"
        assert 256 <= max(picture.size) <= 800
    assert len(content) < 250_000


@pytest.mark.parametrize("name", PHOTOGRAPHS + STYLES)
def test_the_credits_name_every_sample(name: str) -> None:
    credits_ = resources.files("bot.demo.samples").joinpath("CREDITS.md").read_text(encoding="utf-8")

    assert f"`{name}.jpg`" in credits_


def test_only_pictures_and_their_credits_ship_with_the_bot() -> None:
    shipped = {file.name for file in resources.files("bot.demo.samples").iterdir() if file.is_file()}

    assert shipped == {"__init__.py", "CREDITS.md", *(f"{name}.jpg" for name in PHOTOGRAPHS + STYLES)}


def test_an_unknown_sample_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="chelsea"):
        sample("mona_lisa")


def test_the_same_seed_paints_the_same_style() -> None:
    first, second = (styles.glass_suns(np.random.default_rng(7), 64) for _ in range(2))

    assert first.shape == (64, 64, 3)
    assert np.array_equal(first, second)
    assert 0 <= first.min() < first.max() <= 1


def test_a_stroke_leaves_paint_along_its_path_only() -> None:
    rng = np.random.default_rng(7)
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
    rng = np.random.default_rng(7)
    sheet = Sheet(96, rng)
    before = sheet.dried()
    sheet.wash(blob(np.array([48.0, 48.0]), radius_px=20, rng=rng, wobble=0.1), pigment="indigo", depth=1)
    after = sheet.dried()

    assert after[48, 48, 0] < before[48, 48, 0] - 0.1
    assert np.array_equal(after[:8], before[:8])
