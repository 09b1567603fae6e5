"""Boards: several small paintings to choose from, in several styles or of one style in several ways."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from itertools import product
from typing import Literal, TypeAlias

from bot.painting.job import MAX_STYLE_STRENGTH, MIN_STYLE_STRENGTH, Cell, PaintingOptions

CELL_RECIPE = "sketch"
"""The coarse scales of `painterly`: a larger painting can go on where it ends."""
BoardSize: TypeAlias = Literal[4, 9]
BOARD_SIZES: tuple[BoardSize, ...] = (4, 9)
STRENGTHS = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 1.9, 2.0)
"""Strengths of a board of nine, weakest first; a board of four has every third."""
STROKES = (0.4, 0.5, 0.63, 0.8, 1.0, 1.25, 1.6, 2.0, 2.5)
"""Sizes of the strokes, likewise."""
NEAR_STRENGTHS = (-0.25, 0.0, 0.25)
"""What a board around one painting adds to its strength."""


class Vary(StrEnum):
    """What differs between the paintings of a board in one style."""

    STRENGTH = "strength"
    STROKES = "strokes"
    SEED = "seed"


def columns(cells: int) -> int:
    """How many of that many cells are side by side."""
    return math.isqrt(cells - 1) + 1


def cells_of_styles(options: PaintingOptions, count: int) -> tuple[Cell, ...]:
    """One painting in each of that many styles."""
    return tuple(Cell(position, _small(options)) for position in range(count))


def varied_cells(options: PaintingOptions, vary: Vary, size: BoardSize) -> tuple[Cell, ...]:
    """Paintings in one style that differ in this, in rising order."""
    match vary:
        case Vary.STRENGTH:
            varied = [replace(options, style_strength=strength) for strength in _some(STRENGTHS, size)]
        case Vary.STROKES:
            varied = [replace(options, stroke_size=strokes) for strokes in _some(STROKES, size)]
        case Vary.SEED:
            varied = [replace(options, seed=options.seed + number) for number in range(size)]
    return tuple(Cell(0, _small(one)) for one in varied)


def cells_around(options: PaintingOptions) -> tuple[Cell, ...]:
    """Nine paintings like this one: a little weaker, as strong, and a little stronger, with three seeds each."""
    strengths = [
        min(max(options.style_strength + more, MIN_STYLE_STRENGTH), MAX_STYLE_STRENGTH) for more in NEAR_STRENGTHS
    ]
    return tuple(
        Cell(0, _small(replace(options, style_strength=strength, seed=options.seed + seed)))
        for strength, seed in product(strengths, range(3))
    )


def large(board: PaintingOptions, cell: Cell) -> PaintingOptions:
    """How a cell is painted large: as the cell, with the board's recipe and size."""
    return replace(cell.options, recipe_name=board.recipe_name, size_px=board.size_px)


def _small(options: PaintingOptions) -> PaintingOptions:
    return replace(options, recipe_name=CELL_RECIPE, size_px=None)


def _some(values: Sequence[float], size: BoardSize) -> Sequence[float]:
    return values if size == len(values) else values[1::2][:size]
