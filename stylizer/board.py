"""Boards: several small paintings side by side, of which one is chosen and continued at a larger size."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from stylizer.recipe import MAX_STYLE_STRENGTH, Recipe

BOARD_RECIPE = "sketch"
BOARD_SIZES = (4, 9)
"""How many paintings a board can have."""
MIN_STROKE_SIZE, MAX_STROKE_SIZE = 0.5, 1.8
"""Of a recipe's `style_picture.scale`. A style that is scaled to more would take more memory than painting does."""

Vary: TypeAlias = Literal["strength", "strokes", "seed"]
"""What differs between the paintings of a board with one style."""


class Variation(NamedTuple):
    """One painting of a board."""

    recipe: Recipe
    seed: int


def vary(recipe: Recipe, what: Vary, *, count: int, seed: int = 0) -> tuple[Variation, ...]:
    """`count` variations of a painting: from weak to strong, from fine to large strokes, or with further seeds."""
    match what:
        case "strength":
            return tuple(Variation(recipe.with_overrides(style_strength=s), seed) for s in board_strengths(count))
        case "strokes":
            return tuple(
                Variation(recipe.with_overrides(style_picture={"scale": size}), seed)
                for size in board_stroke_sizes(count)
            )
        case "seed":
            return tuple(Variation(recipe, seed + number) for number in range(count))


def board_strengths(count: int) -> tuple[float, ...]:
    """`count` style strengths in equal steps, up to the maximum: 0.5, 1, 1.5 and 2, for example."""
    weakest = max(0.4, MAX_STYLE_STRENGTH / count)
    return tuple(round(float(strength), 2) for strength in np.linspace(weakest, MAX_STYLE_STRENGTH, count))


def board_stroke_sizes(count: int) -> tuple[float, ...]:
    """`count` stroke sizes with equal ratios, from the smallest to the largest."""
    return tuple(round(float(size), 2) for size in np.geomspace(MIN_STROKE_SIZE, MAX_STROKE_SIZE, count))
