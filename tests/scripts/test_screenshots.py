"""The pictures of the user guide, which a script makes."""

from __future__ import annotations

from PIL import Image

from scripts.screenshots import CARDS, DESKTOP_PX, FOLDER, MAX_BYTES, PHONE_PX, SCALE


def test_every_card_has_a_picture_of_each_width_and_there_are_no_others() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {
        f"{name}-{width_px}.webp" for name in CARDS for width_px in (DESKTOP_PX, PHONE_PX)
    }


def test_the_pictures_are_small_and_no_wider_than_their_window() -> None:
    for path in FOLDER.iterdir():
        window_px = int(path.stem.rpartition("-")[2])
        with Image.open(path) as picture:
            assert picture.width <= window_px * SCALE
        assert path.stat().st_size <= MAX_BYTES
