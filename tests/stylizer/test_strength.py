"""The dial of style strength."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from stylizer.painter import Painter
from stylizer.recipe import StrengthSettings, load_recipe, recipe_names
from stylizer.strength import boost_of, faded, faded_share, unfaded
from tests.stylizer.conftest import photograph, strokes

CONTENT, PAINTING = np.zeros((4, 5, 3), np.float32), np.ones((4, 5, 3), np.float32)
SETTINGS = StrengthSettings(most_faded=0.5, least_content=0.0, boosts=(0.4, 0.6, 0.8, 1.0))


@pytest.mark.parametrize("strength", [0.01, 0.25, 0.5, 0.9])
@pytest.mark.parametrize(
    "error",
    [
        lambda share: 0.7 * share**2,
        lambda share: 3 * share**1.2,
        lambda share: 0.5 * share**4,
        lambda share: 1 - math.exp(-4 * share),
        lambda share: 2 * share * (1.4 - share),
    ],
)
def test_what_is_left_has_that_share_of_the_paintings_error(strength: float, error: Callable[[float], float]) -> None:
    asked = []

    def error_of(picture: NDArray[np.float32]) -> float:
        asked.append(picture)
        return error(float(picture.mean()))

    share = faded_share(strength, PAINTING, CONTENT, error_of)
    assert 0 < share < 1
    assert error(share) / error(1) == pytest.approx(strength, rel=0.06, abs=0.004)
    assert len(asked) <= 9


def test_a_painting_like_its_photograph_fades_all_the_same() -> None:
    assert 0 <= faded_share(0.5, PAINTING, CONTENT, lambda _picture: 0.0) <= 1


@pytest.mark.parametrize("strength", [0.05, 0.25, 0.5, 0.9])
@pytest.mark.parametrize("power", [0.95, 1.2, 2.0, 2.6])
def test_a_painting_is_found_again_from_what_was_left_of_it(strength: float, power: float) -> None:
    def error_of(picture: NDArray[np.float32]) -> float:
        return 0.7 * math.pow(picture.mean(), power)

    painting = np.float32(0.7) * PAINTING  # with room for a wrong one that is brighter
    shown = faded(painting, CONTENT, faded_share(strength, painting, CONTENT, error_of))
    np.testing.assert_allclose(unfaded(strength, shown, CONTENT, error_of), painting, rtol=0.06)


def test_what_is_not_a_painting_of_its_content_is_found_neither_white_nor_black() -> None:
    shown = unfaded(0.5, CONTENT + np.float32(0.1), CONTENT, lambda picture: 1 + float(picture.mean()))
    np.testing.assert_allclose(shown, CONTENT + 0.4, atol=1e-6)


@pytest.mark.parametrize(
    ("strength", "boost"), [(0, 0), (0.5, 0), (1, 0), (1.125, 0.2), (1.25, 0.4), (1.5, 0.6), (1.9, 0.92), (2, 1)]
)
def test_the_boost_rises_between_the_recipes_stops(strength: float, boost: float) -> None:
    assert boost_of(strength, SETTINGS) == pytest.approx(boost)


@pytest.mark.parametrize("name", recipe_names())
def test_every_recipe_uses_its_whole_boost_at_the_most_strength(name: str) -> None:
    assert boost_of(2, load_recipe(name).strength) == 1


def test_the_content_error_is_0_for_the_photograph_and_grows_with_what_is_painted_over(tiny_painter: Painter) -> None:
    content, painted = (
        np.asarray(picture.rgb / np.float32(255), np.float32) for picture in (photograph(64, 64), strokes(64))
    )
    error_of = tiny_painter.content_error.from_content(content)
    errors = [error_of((content + share * (painted - content)).astype(np.float32)) for share in (0, 0.1, 0.3)]
    assert errors[0] == 0
    assert 0 < errors[1] < errors[2]
