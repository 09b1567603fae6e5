"""The bot's sample pictures."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from bot.demo.samples import PHOTOGRAPHS, SAMPLES_DIR, STYLES, sample


@pytest.mark.parametrize("name", PHOTOGRAPHS + STYLES)
def test_a_sample_is_a_small_jpeg(name: str) -> None:
    filename, content = sample(name)

    with Image.open(io.BytesIO(content)) as picture:
        assert filename == f"{name}.jpg"
        assert picture.format == "JPEG"
        assert 256 <= max(picture.size) <= 1024
    assert len(content) < 500_000


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_the_credits_name_every_photograph(name: str) -> None:
    assert f"`{name}.jpg`" in (SAMPLES_DIR / "CREDITS.md").read_text(encoding="utf-8")


def test_only_photographs_and_their_credits_ship_with_the_samples() -> None:
    shipped = {path.name for path in SAMPLES_DIR.iterdir() if path.is_file()}

    assert shipped == {"__init__.py", "CREDITS.md", *(f"{name}.jpg" for name in PHOTOGRAPHS)}


def test_an_unknown_sample_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="chelsea"):
        sample("mona_lisa")
