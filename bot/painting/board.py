"""Boards: several small paintings to choose from, in several styles or of one style in several ways."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from itertools import product

from bot.painting.job import MIN_STYLE_STRENGTH, Cell, PaintingOptions, Result
from stylizer.pool import BOARD_RECIPE, board_strengths, board_stroke_sizes
from stylizer.recipe import DEFAULT_RECIPE, MAX_STYLE_STRENGTH

STRENGTH_APART = 0.25
"""By how much the strengths on a board around one painting differ."""
NEAR_SEEDS = 3
"""How many seeds a board around one painting has for each strength."""


class Vary(StrEnum):
    """What differs between the paintings of a board in one style."""

    STRENGTH = "strength"
    STROKES = "strokes"
    SEED = "seed"


def cells_of_styles(options: PaintingOptions, count: int) -> tuple[Cell, ...]:
    """One painting in each of that many styles."""
    return tuple(Cell(position, _small(options)) for position in range(count))


def varied_cells(options: PaintingOptions, vary: Vary, count: int) -> tuple[Cell, ...]:
    """Paintings in one style that differ in this, in rising order."""
    match vary:
        case Vary.STRENGTH:
            varied = [replace(options, style_strength=strength) for strength in board_strengths(count)]
        case Vary.STROKES:
            varied = [replace(options, stroke_size=size) for size in board_stroke_sizes(count)]
        case Vary.SEED:
            varied = [replace(options, seed=options.seed + number) for number in range(count)]
    return tuple(Cell(0, _small(each)) for each in varied)


def cells_around(options: PaintingOptions) -> tuple[Cell, ...]:
    """Nine paintings like this one: a little weaker, as strong, and a little stronger, with three seeds each."""
    weakest, strongest = MIN_STYLE_STRENGTH + STRENGTH_APART, MAX_STYLE_STRENGTH - STRENGTH_APART
    middle = min(max(options.style_strength, weakest), strongest)
    strengths = (middle - STRENGTH_APART, middle, middle + STRENGTH_APART)
    return tuple(
        Cell(0, _small(replace(options, style_strength=strength, seed=options.seed + seed)))
        for strength, seed in product(strengths, range(NEAR_SEEDS))
    )


def large(board: PaintingOptions, cell: Cell, painted: Result) -> PaintingOptions:
    """How a cell is painted large: as the cell, with the board's recipe and size.

    Where that wouldn't be larger than the painted cell, it has the recipe's own size, or else the default recipe.
    """
    options = replace(cell.options, recipe_name=board.recipe_name, size_px=board.size_px)
    for larger in (options, replace(options, size_px=None)):
        if painted.is_smaller_than(larger):
            return larger
    return replace(options, recipe_name=DEFAULT_RECIPE, size_px=None)


def _small(options: PaintingOptions) -> PaintingOptions:
    return replace(options, recipe_name=BOARD_RECIPE, size_px=None)
