"""A recipe: every number of a painting. The named ones are data, in `config/recipes.toml`."""

from __future__ import annotations

import dataclasses
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal, get_args

from stylizer.errors import InvalidRecipe, UnknownRecipe

DEFAULT_RECIPE = "painterly"
SMALLEST_SIZE_PX = 64
LARGEST_SIZE_PX = 2048
Optimizer = Literal["lbfgs", "adam"]
Pooling = Literal["max", "average"]
Padding = Literal["zero", "replicate"]
Normalization = Literal["plain", "target"]
Start = Literal["content", "random"]

LAYERS = tuple(
    f"block{block}_conv{conv}" for block, convs in enumerate((2, 2, 3, 3, 3), start=1) for conv in range(1, convs + 1)
)
"""VGG16's convolution layers, in order. A layer's features are taken after its ReLU."""


@dataclass(frozen=True, slots=True)
class Scale:
    """One stage of coarse to fine: how large the canvas is, and for how many optimizer steps."""

    fraction: float
    """Of the painting's longest side: 0 < fraction <= 1; the last scale's is 1. Larger paintings begin coarser."""
    steps: int


@dataclass(frozen=True, slots=True)
class Recipe:
    """Every number of a painting. Made by `load_recipe`; checked when made, by `InvalidRecipe`."""

    name: str
    title: str
    """For people, as it stands in a list of choices."""
    description: str
    """One line for people who never heard of losses."""
    longest_side_px: int
    scales: tuple[Scale, ...]
    content_weight: float
    content_layers: tuple[str, ...]
    style_weight: float
    style_layers: Mapping[str, float]
    """Layer to its share; the shares are used as they stand."""
    total_variation_weight: float
    normalization: Normalization
    """`plain`: squared distances as Gatys et al. write them; `target`: relative to the target's own magnitude."""
    optimizer: Optimizer
    learning_rate: float
    """Of Adam, in a picture from 0 to 1: about the longest step of a value. L-BFGS finds its own."""
    history: int = 10
    """Pairs that L-BFGS remembers."""
    pooling: Pooling = "max"
    padding: Padding = "replicate"
    """Of the first convolution; `replicate` leaves no dark edges."""
    start: Start = "content"
    style_scale: float = 1.0
    """The style picture's longest side over the canvas's; it is never enlarged."""
    style_strength: float = 1.0
    """What people turn: 0 leaves the content as it is, 1 weighs it against the style as the weights say."""
    start_noise: float = 0.15
    """Standard deviation of the blots that a seed other than 0 adds to the content picture at the start."""
    keep_colors: bool = False
    """Keep the content's chroma and paint its luminance only."""

    def __post_init__(self) -> None:
        for problem in _problems(self):
            raise InvalidRecipe(self.name, *problem)

    @property
    def steps(self) -> int:
        """Optimizer steps over all scales."""
        return sum(scale.steps for scale in self.scales)

    def with_overrides(self, **overrides: Any) -> Recipe:
        """The same recipe with some numbers changed; None leaves a number as it is. Raises `InvalidRecipe`."""
        names = {f.name for f in dataclasses.fields(self)}
        for name in overrides:
            if name not in names:
                raise InvalidRecipe(self.name, name, "is not a field of a recipe")
        return dataclasses.replace(self, **{k: v for k, v in overrides.items() if v is not None})


def recipe_names() -> tuple[str, ...]:
    """Every named recipe, the default first."""
    names = tuple(_recipes())
    return (DEFAULT_RECIPE, *(name for name in names if name != DEFAULT_RECIPE))


def load_recipe(name: str = DEFAULT_RECIPE, **overrides: Any) -> Recipe:
    """The recipe of that name with the overrides applied; None leaves a number as the recipe has it.

    Raises `UnknownRecipe` and `InvalidRecipe`.
    """
    recipes = _recipes()
    if name not in recipes:
        raise UnknownRecipe(name, recipe_names())
    return recipes[name].with_overrides(**overrides)


@cache
def _recipes() -> dict[str, Recipe]:
    text = resources.files("config").joinpath("recipes.toml").read_text(encoding="utf-8")
    return {name: parse_recipe(name, table) for name, table in tomllib.loads(text).items()}


def parse_recipe(name: str, table: Mapping[str, Any]) -> Recipe:
    """The recipe that a TOML table holds. Raises `InvalidRecipe` for a field too many, too few or out of range."""
    known = {f.name: f for f in dataclasses.fields(Recipe)}
    for key in table:
        if key not in known or key == "name":
            raise InvalidRecipe(name, key, "is not a field of a recipe")
    for key, definition in known.items():
        required = definition.default is dataclasses.MISSING and definition.default_factory is dataclasses.MISSING
        if required and key != "name" and key not in table:
            raise InvalidRecipe(name, key, "is missing")
    values = dict(table)
    try:
        values["scales"] = tuple(Scale(**scale) for scale in table["scales"])
    except TypeError as error:
        raise InvalidRecipe(name, "scales", "needs a list of {fraction, steps}") from error
    values["content_layers"] = tuple(table["content_layers"])
    return Recipe(name=name, **values)


def _problems(recipe: Recipe) -> list[tuple[str, str]]:
    """Each (field, problem) of a recipe, worst first."""
    problems: list[tuple[str, str]] = []

    def check(fits: bool, name: str, problem: str) -> None:
        if not fits:
            problems.append((name, problem))

    for name, choices in (
        ("normalization", get_args(Normalization)),
        ("optimizer", get_args(Optimizer)),
        ("pooling", get_args(Pooling)),
        ("padding", get_args(Padding)),
        ("start", get_args(Start)),
    ):
        value = getattr(recipe, name)
        check(value in choices, name, f"must be one of {', '.join(choices)}, not {value!r}")

    def number(name: str, lowest: float, highest: float) -> None:
        value = getattr(recipe, name)
        fits = isinstance(value, int | float) and not isinstance(value, bool) and lowest <= value <= highest
        check(fits and math.isfinite(value), name, f"must be from {lowest:g} to {highest:g}, not {value!r}")

    number("longest_side_px", SMALLEST_SIZE_PX, LARGEST_SIZE_PX)
    for name in ("longest_side_px", "history"):
        check(isinstance(getattr(recipe, name), int), name, "must be a whole number")
    for name in ("content_weight", "style_weight", "total_variation_weight"):
        number(name, 0, 1e12)
    number("learning_rate", 1e-6, 1e3)
    number("history", 1, 100)
    number("style_scale", 0.1, 4)
    number("style_strength", 0, 100)
    number("start_noise", 0, 1)
    check(isinstance(recipe.keep_colors, bool), "keep_colors", "must be true or false")
    check(bool(recipe.scales), "scales", "needs at least one scale")
    fractions = [scale.fraction for scale in recipe.scales]
    check(all(0 < fraction <= 1 for fraction in fractions), "scales", "need fractions above 0, and at most 1")
    check(fractions == sorted(fractions), "scales", "must go from coarse to fine")
    check(not fractions or fractions[-1] == 1, "scales", "must end with fraction 1")
    check(all(isinstance(s.steps, int) and s.steps >= 1 for s in recipe.scales), "scales", "need at least 1 step each")
    for name in ("content_layers", "style_layers"):
        layers = getattr(recipe, name)
        check(bool(layers), name, "needs at least one layer")
        for layer in layers:
            check(layer in LAYERS, name, f"has {layer!r}, which VGG16 does not")
    for layer, share in recipe.style_layers.items():
        check(isinstance(share, int | float) and share > 0, "style_layers", f"needs a share above 0 for {layer}")
    return problems
