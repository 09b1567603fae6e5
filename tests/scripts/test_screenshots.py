"""The pictures of cards in the documents, which a script makes."""

from __future__ import annotations

import pytest
from PIL import Image

from scripts.screenshots import IMAGES, PARTS, SCALE
from scripts.visit import DESKTOP_PX, PHONE_PX


@pytest.mark.parametrize("part", PARTS)
def test_every_card_has_a_picture_of_each_width_and_there_are_no_others(part: str) -> None:
    assert {path.name for path in (IMAGES / part).iterdir()} == {
        f"{name}-{width_px}.webp" for name in PARTS[part].cards for width_px in (DESKTOP_PX, PHONE_PX)
    }


@pytest.mark.parametrize("part", PARTS)
def test_the_pictures_are_small_and_no_wider_than_their_window(part: str) -> None:
    for path in (IMAGES / part).iterdir():
        window_px = int(path.stem.rpartition("-")[2])
        with Image.open(path) as picture:
            assert picture.width <= window_px * SCALE
        assert path.stat().st_size <= PARTS[part].max_bytes


def test_a_card_belongs_to_one_part_only() -> None:
    names = [name for part in PARTS.values() for name in part.cards]

    assert len(names) == len(set(names))
