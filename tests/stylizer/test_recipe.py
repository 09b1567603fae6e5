"""The recipes as data, and what a recipe refuses."""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import Any

import pytest

from stylizer.errors import InvalidRecipe, UnknownRecipe
from stylizer.recipe import LAYERS, load_recipe, parse_recipe, recipe_names


def table(**changes: Any) -> dict[str, Any]:
    recipes = tomllib.loads(resources.files("config").joinpath("recipes.toml").read_text(encoding="utf-8"))
    return {**recipes["painterly"], **changes}


def test_the_default_comes_first_and_every_recipe_loads() -> None:
    assert recipe_names()[0] == "painterly"
    assert set(recipe_names()) == {"painterly", "draft", "hd", "classic"}
    assert all(load_recipe(name).name == name for name in recipe_names())


def test_classic_is_the_recipe_of_the_write_up() -> None:
    classic = load_recipe("classic")
    assert (classic.content_weight, classic.style_weight, classic.total_variation_weight) == (0.1, 5.0, 0.01)
    assert classic.content_layers == ("block4_conv2",)
    assert tuple(classic.style_layers) == LAYERS
    assert classic.optimizer == "adam"
    assert classic.start == "content"
    assert [scale.fraction for scale in classic.scales] == [1.0]


def test_no_recipe_lets_the_edges_darken() -> None:
    assert all(load_recipe(name).padding == "replicate" for name in recipe_names())


def test_hd_is_larger_and_draft_shorter_than_the_default() -> None:
    assert load_recipe("hd").longest_side_px == 1024
    assert load_recipe("draft").steps < load_recipe("painterly").steps
    assert load_recipe("painterly").longest_side_px == 512


def test_the_style_shares_of_the_relative_recipes_add_up_to_one() -> None:
    for name in ("painterly", "draft", "hd"):
        assert sum(load_recipe(name).style_layers.values()) == pytest.approx(1)


def test_every_number_can_be_overridden() -> None:
    recipe = load_recipe("draft", longest_side_px=300, style_strength=2.5, content_weight=None, history=3)
    assert (recipe.longest_side_px, recipe.style_strength, recipe.history) == (300, 2.5, 3)
    assert recipe.content_weight == load_recipe("draft").content_weight


def test_an_unknown_recipe_names_the_known_ones() -> None:
    with pytest.raises(UnknownRecipe, match=r"'oil'.*painterly, .*classic"):
        load_recipe("oil")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"longest_side_px": 63}, "longest_side_px must be from 64 to 2048, not 63"),
        ({"longest_side_px": 2049}, "longest_side_px must be from 64 to 2048"),
        ({"style_strength": float("nan")}, "style_strength must be from"),
        ({"style_strength": -1}, "style_strength must be from 0 to 100, not -1"),
        ({"optimizer": "sgd"}, "optimizer must be one of lbfgs, adam, not 'sgd'"),
        ({"scales": []}, "scales needs at least one scale"),
        ({"scales": [{"fraction": 0.5, "steps": 3}]}, "scales must end with fraction 1"),
        ({"scales": [{"fraction": 1.0, "steps": 0}]}, "scales need at least 1 step each"),
        ({"scales": [{"fraction": 1.0}]}, "scales needs a list of"),
        ({"content_layers": ["block6_conv1"]}, "content_layers has 'block6_conv1', which VGG16 does not"),
        ({"style_layers": {"block1_conv1": -1}}, "style_layers needs a share above 0 for block1_conv1"),
        ({"brush": 3}, "brush is not a field of a recipe"),
        ({"keep_colors": "yes"}, "keep_colors must be true or false"),
    ],
)
def test_a_wrong_number_is_named(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidRecipe) as caught:
        parse_recipe("mine", table(**changes))
    assert sentence in str(caught.value)


def test_a_missing_field_is_named() -> None:
    incomplete = table()
    del incomplete["style_weight"]
    with pytest.raises(InvalidRecipe, match="style_weight is missing"):
        parse_recipe("mine", incomplete)
