"""Boards: what differs between their paintings."""

from __future__ import annotations

from itertools import pairwise

import pytest

from stylizer.board import BOARD_RECIPE, BOARD_SIZES, board_strengths, board_stroke_sizes, vary
from stylizer.recipe import Recipe, load_recipe
from stylizer.scales import plan_scales

SKETCH = load_recipe(BOARD_RECIPE)


@pytest.mark.parametrize("count", BOARD_SIZES)
def test_strengths_rise_in_equal_steps_and_include_the_recipes_own(count: int) -> None:
    values = board_strengths(count)
    assert len(values) == count
    assert 1.0 in values
    steps = [later - earlier for earlier, later in pairwise(values)]
    assert steps == pytest.approx([steps[0]] * len(steps))
    assert values[-1] == 2


@pytest.mark.parametrize("count", BOARD_SIZES)
def test_stroke_sizes_rise_in_equal_ratios(count: int) -> None:
    ratios = [later / earlier for earlier, later in pairwise(board_stroke_sizes(count))]
    assert ratios == pytest.approx([ratios[0]] * len(ratios), rel=0.02)
    assert (board_stroke_sizes(count)[0], board_stroke_sizes(count)[-1]) == (0.5, 1.8)


def test_one_thing_varies_and_the_rest_stays() -> None:
    by_strength, by_strokes, by_seed = (vary(SKETCH, what, count=4, seed=7) for what in ("strength", "strokes", "seed"))
    assert [one.recipe.style_strength for one in by_strength] == [0.5, 1, 1.5, 2]
    assert [one.recipe.with_overrides(style_strength=1.0) for one in by_strength] == [SKETCH] * 4
    assert len({one.recipe.style_picture.scale for one in by_strokes}) == 4
    assert {one.seed for one in (*by_strength, *by_strokes)} == {7}
    assert [(one.recipe, one.seed) for one in by_seed] == [(SKETCH, seed) for seed in (7, 8, 9, 10)]


@pytest.mark.parametrize("large", ["painterly", "hd"])
def test_a_sketch_has_the_coarsest_scale_of_what_goes_on_from_it(large: str) -> None:
    def sides(recipe: Recipe) -> list[int]:
        side_px = recipe.longest_side_px
        return [scale.width_px for scale in plan_scales(recipe, width_px=side_px, height_px=side_px)]

    assert sides(SKETCH)[0] == sides(load_recipe(large))[0] == 128
    assert sides(SKETCH)[-1] < sides(load_recipe(large))[1]
