"""The shipped recipes, and errors in recipes."""

from __future__ import annotations

from dataclasses import replace
from importlib import resources
from typing import Any

import pytest

from stylizer.errors import InvalidRecipe, UnknownRecipe
from stylizer.recipe import LAYERS, AdamSettings, Recipe, load_recipe, parse_recipes, recipe_names

OURS = resources.files("config").joinpath("recipes.toml").read_text(encoding="utf-8")


def with_mine(lines: str) -> Recipe:
    """Load our recipes and one called `mine` with these lines of TOML."""
    return parse_recipes(f"{OURS}\n[mine]\ntitle = 'Mine'\ndescription = 'My own'\n{lines}")["mine"]


def test_the_default_comes_first_and_every_recipe_loads() -> None:
    assert recipe_names()[0] == "painterly"
    assert set(recipe_names()) == {"painterly", "draft", "sketch", "master", "hd", "classic", "classic_smooth"}
    assert all(load_recipe(name).name == name for name in recipe_names())


def test_classic_matches_the_write_up_with_adam_as_published() -> None:
    classic = load_recipe("classic")
    assert (classic.content_weight, classic.style_weight, classic.total_variation_weight) == (0.1, 5.0, 0.01)
    assert classic.content_layers == ("block4_conv2",)
    assert tuple(classic.style_layers) == LAYERS
    assert classic.lbfgs is None
    assert classic.adam is not None
    assert (classic.adam.beta_1, classic.adam.beta_2, classic.adam.epsilon) == (0.9, 0.999, 1e-8)
    assert classic.adam.epsilon_unit == "one"
    assert classic.start.picture == "content"
    assert [scale.fraction for scale in classic.scales] == [1.0]


def test_classic_smooth_differs_from_classic_only_in_adam_edges_and_how_much_of_the_content_it_keeps() -> None:
    classic, smooth = load_recipe("classic"), load_recipe("classic_smooth")
    assert smooth.adam is not None
    assert smooth.adam.epsilon_unit == "first gradient"
    assert smooth.content_weight > classic.content_weight
    named = replace(smooth, name="classic", title=classic.title, description=classic.description)
    kept = replace(named, content_weight=classic.content_weight, strength=classic.strength)
    assert replace(kept, padding=classic.padding, adam=classic.adam) == classic


def test_only_the_write_ups_recipe_lets_the_edges_darken() -> None:
    assert {name for name in recipe_names() if load_recipe(name).padding != "replicate"} == {"classic"}


def test_hd_is_larger_and_draft_shorter_than_the_default() -> None:
    assert load_recipe("hd").longest_side_px == 1024
    assert load_recipe("draft").steps < load_recipe("painterly").steps
    assert load_recipe("painterly").longest_side_px == 512


def test_the_style_shares_of_the_relative_recipes_add_up_to_one() -> None:
    for name in ("painterly", "draft", "hd"):
        assert sum(load_recipe(name).style_layers.values()) == pytest.approx(1)


def test_every_number_can_be_overridden() -> None:
    recipe = load_recipe("draft", longest_side_px=300, style_strength=1.5, content_weight=None, lbfgs={"history": 3})
    assert (recipe.longest_side_px, recipe.style_strength) == (300, 1.5)
    assert recipe.lbfgs == replace(load_recipe("draft").lbfgs, history=3)  # type: ignore[type-var]  # it has L-BFGS
    assert recipe.content_weight == load_recipe("draft").content_weight


def test_a_scale_can_have_its_own_layers_and_content_weight() -> None:
    recipe = with_mine(
        "extends = 'painterly'\n[[mine.scales]]\nfraction = 0.5\nsteps = 3\n"
        "[[mine.scales]]\nfraction = 1.0\nsteps = 2\n"
        "content_weight = 0.5\ncontent_layers = ['block3_conv1']\nstyle_layers = { block1_conv1 = 1.0 }"
    )
    coarse, fine = (recipe.at(scale) for scale in recipe.scales)
    assert coarse == recipe
    assert (fine.content_weight, fine.content_layers, fine.style_layers) == (
        0.5,
        ("block3_conv1",),
        {"block1_conv1": 1.0},
    )


def test_an_unknown_recipe_names_the_known_ones() -> None:
    with pytest.raises(UnknownRecipe, match=r"'oil'.*painterly, .*classic"):
        load_recipe("oil")


@pytest.mark.parametrize(
    ("overrides", "sentence"),
    [
        ({"longest_side_px": 63}, "longest_side_px must be from 64 to 2048, not 63."),
        ({"longest_side_px": 2049}, "longest_side_px must be from 64 to 2048"),
        ({"longest_side_px": 99.5}, "longest_side_px must be a whole number, not 99.5."),
        ({"style_strength": float("nan")}, "style_strength must be from"),
        ({"style_strength": -1}, "style_strength must be from 0 to 2, not -1."),
        ({"colors": "mine"}, "colors must be one of style, content, matched, only, not 'mine'."),
        ({"scales": ()}, "scales needs at least one scale."),
        ({"brush": 3}, "brush isn't a field of a recipe."),
        ({"lbfgs": {"history": 0}}, "lbfgs.history must be from 1 to 100, not 0."),
        ({"lbfgs": {"brush": 0}}, "lbfgs.brush isn't used; lbfgs has history,"),
        ({"start": {"wavelengths": ()}}, "start.wavelengths need at least one"),
        ({"strength": {"boosts": (0.5, 1.0)}}, "strength.boosts needs a number for each of 1.25, 1.5, 1.75, 2."),
        ({"strength": {"boosts": (0.2, 0.6, 0.4, 1.0)}}, "strength.boosts must be from 0 to 1, and none lower"),
        ({"strength": {"boosts": (0.2, 0.4, 0.6, 1.5)}}, "strength.boosts must be from 0 to 1, and none lower"),
    ],
)
def test_an_invalid_override_is_named(overrides: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidRecipe) as caught:
        load_recipe("draft", **overrides)
    assert f"Recipe 'draft': {sentence}" in str(caught.value)


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ("scales = []", "scales needs at least one scale."),
        ("scales = [{ fraction = 0.5, steps = 3 }]", "scales must end with fraction 1."),
        ("scales = [{ fraction = 1.0, steps = 0 }]", "scales need at least 1 step each."),
        ("scales = [{ fraction = 1.0 }]", "scales needs a list of"),
        ("scales = [{ fraction = 1.0, steps = 1, brush = 2 }]", "scales needs a list of"),
        ("scales = [{ fraction = 1.0, steps = 1, content_weight = -1 }]", "scales.content_weight must be from 0"),
        ("scales = [{ fraction = 1.0, steps = 1, content_layers = [] }]", "scales.content_layers needs at least one"),
        ("scales = [{ fraction = 1.0, steps = 1, style_layers = { x = 1 } }]", "scales.style_layers has 'x', which"),
        (
            "style_distances = { block6_conv1 = 'angle' }",
            "style_distances has 'block6_conv1', which VGG16 doesn't have.",
        ),
        ("style_distances = { block1_conv1 = 'x' }", "style_distances must be one of wasserstein, angle, not 'x'."),
        (
            "style_distances = { block1_conv1 = 'angle' }\nnormalization = 'plain'",
            "style_distances need the normalization target",
        ),
        ("content_layers = ['block6_conv1']", "content_layers has 'block6_conv1', which VGG16 doesn't have."),
        ("style_layers = { block1_conv1 = -1 }", "style_layers needs a share above 0 for block1_conv1."),
        ("normalization = 'mean'", "normalization must be one of plain, target, not 'mean'."),
        ("learning_rate = 1.0", "learning_rate isn't a field of a recipe."),
        ("lbfgs = { learning_rate = 1.0 }", "lbfgs.learning_rate isn't used; lbfgs has history,"),
        ("lbfgs = 3", "lbfgs must be a table of numbers."),
        ("adam = { learning_rate = 0.02 }", "adam.beta_1 is missing."),
        ("start.picture = 'white'", "start.picture must be one of content, noise, not 'white'."),
    ],
)
def test_an_invalid_line_in_a_recipe_is_named(lines: str, sentence: str) -> None:
    with pytest.raises(InvalidRecipe) as caught:
        with_mine(f"extends = 'painterly'\n{lines}")
    assert f"Recipe 'mine': {sentence}" in str(caught.value)


def test_a_recipe_that_extends_another_lists_only_differences() -> None:
    mine = with_mine(
        "extends = 'draft'\nlongest_side_px = 300\nlbfgs.history = 5\nstyle_layers = { block1_conv1 = 1.0 }"
    )
    draft = load_recipe("draft")
    assert (mine.name, mine.title, mine.description) == ("mine", "Mine", "My own")
    assert (mine.longest_side_px, mine.scales, mine.start) == (300, draft.scales, draft.start)
    assert draft.lbfgs is not None
    assert mine.lbfgs == replace(draft.lbfgs, history=5)
    assert mine.style_layers == {"block1_conv1": 1.0}, "shares are replaced as a whole"


def test_a_recipes_own_optimizer_replaces_the_inherited_one() -> None:
    adam = "adam = { learning_rate = 0.1, beta_1 = 0, beta_2 = 0, epsilon = 1, epsilon_unit = 'one' }"
    mine = with_mine(f"extends = 'hd'\n{adam}")
    assert mine.lbfgs is None
    assert mine.adam == AdamSettings(0.1, 0, 0, 1, "one")


def test_a_recipe_with_two_optimizers_is_refused() -> None:
    with pytest.raises(InvalidRecipe, match="adam can't be there together with lbfgs: a recipe has one optimizer"):
        with_mine("extends = 'hd'\nadam.beta_1 = 0\nlbfgs.history = 3")


def test_an_unknown_parent_is_refused_with_the_known_ones() -> None:
    with pytest.raises(
        InvalidRecipe, match=r"extends must be another recipe \(painterly, .*, classic_smooth\), not 'oil'"
    ):
        with_mine("extends = 'oil'")


def test_recipes_that_extend_each_other_in_a_circle_are_refused() -> None:
    circle = "[a]\nextends = 'b'\n[b]\nextends = 'c'\n[c]\nextends = 'a'"
    with pytest.raises(InvalidRecipe, match="'c': extends goes in a circle: a extends b extends c extends a"):
        parse_recipes(circle)
    with pytest.raises(InvalidRecipe, match="extends goes in a circle: mine extends mine"):
        with_mine("extends = 'mine'")


def test_a_title_is_not_inherited() -> None:
    with pytest.raises(InvalidRecipe, match="Recipe 'other': title is missing"):
        parse_recipes(f"{OURS}\n[other]\nextends = 'hd'\ndescription = 'x'")


def test_a_recipe_that_extends_none_lists_every_value() -> None:
    with pytest.raises(InvalidRecipe, match="Recipe 'mine': longest_side_px is missing"):
        with_mine("")
