"""The dial of style strength."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from stylizer.painter import Painter
from stylizer.recipe import StrengthSettings, load_recipe, recipe_names
from stylizer.strength import boost_of, share_left
from tests.stylizer.conftest import photograph, strokes

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

    def error_of(share: float) -> float:
        asked.append(share)
        return error(share)

    share = share_left(strength, error_of)
    assert 0 < share < 1
    assert error(share) / error(1) == pytest.approx(strength, rel=0.06, abs=0.004)
    assert len(asked) <= 9


def test_a_painting_like_its_photograph_fades_all_the_same() -> None:
    assert 0 <= share_left(0.5, lambda _share: 0.0) <= 1


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
    error_of = tiny_painter.content_error.from_photograph(content)
    errors = [error_of((content + share * (painted - content)).astype(np.float32)) for share in (0, 0.1, 0.3)]
    assert errors[0] == 0
    assert 0 < errors[1] < errors[2]
