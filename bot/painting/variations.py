"""What a variation paints: which pictures of the earlier job, how, and starting from which painting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.errors import PaintingForgotten
from bot.painting.board import cells_around, cells_of_styles, large
from bot.painting.job import (
    Before,
    Cell,
    Input,
    InputRole,
    Job,
    JobKind,
    PaintingOptions,
    Result,
    Variation,
)
from bot.painting.request import VariationRequest


@dataclass(frozen=True, slots=True)
class Plan:
    """What a variation paints."""

    inputs: tuple[Input, ...]
    options: PaintingOptions
    kind: JobKind = JobKind.PAINTING
    cells: tuple[Cell, ...] = ()
    before: Before | None = None


def plan(origin: Job, request: VariationRequest, styles: Sequence[Input] = ()) -> Plan:  # noqa: PLR0911 - one for each
    """Plan a variation of a job; `styles` are those that the request names.

    Raises `PaintingForgotten` if what it starts from is gone.
    """
    variation, content = request.variation, origin.input("content")
    options = origin.options.varied(variation)
    mask = () if origin.mask is None else (origin.mask,)
    match variation:
        case Variation.CHOICE:
            cell, painted = _chosen(origin, request)
            style = replace(origin.styles[cell.style_position], position=0)
            options = large(origin.options, cell, painted)
            return Plan((content, style, *_start(painted, options)), options)
        case Variation.MORE:
            cell, _ = _chosen(origin, request)
            style = replace(origin.styles[cell.style_position], position=0)
            return Plan((content, style), options, JobKind.BOARD, cells_around(cell.options))
        case Variation.NEW_BOARD:
            cells = cells_of_styles(options, len(styles))
            return Plan((content, *styles), options, JobKind.BOARD, cells)
        case Variation.RETRY:
            return Plan(origin.inputs, options, origin.kind, origin.cells)
        case Variation.EDIT:
            before = Before(origin.options, is_other_style=bool(styles))
            return Plan((content, *(styles or origin.styles), *mask), request.options or options, before=before)
        case Variation.MORE_STEPS:
            if (finished := origin.result("painting")) is None:
                raise PaintingForgotten
            return Plan((content, *origin.styles, *mask, *_start(finished, options)), options)
        case Variation.HD if (smaller := origin.result("painting")) is not None and smaller.is_smaller_than(options):
            return Plan((content, *origin.styles, *mask, *_start(smaller, options)), options)
        case Variation.SWAP:
            return Plan(_swapped((content, *origin.styles)), options)  # which a mask of the content wouldn't fit
        case _:
            return Plan((content, *origin.styles, *mask), options)


def _chosen(board: Job, request: VariationRequest) -> tuple[Cell, Result]:
    """The chosen cell of a board with its painting. Raises `PaintingForgotten`."""
    number = request.number or 0
    painted = board.result("cell", number)
    if painted is None or not 1 <= number <= len(board.cells):
        raise PaintingForgotten
    return board.cells[number - 1], painted


def _start(painted: Result, options: PaintingOptions) -> tuple[Input, ...]:
    """The painting that goes on; none if nothing is painted."""
    if not options.is_painted:
        return ()
    return (Input("start", sha256=painted.sha256, width_px=painted.width_px, height_px=painted.height_px),)


def _swapped(inputs: Sequence[Input]) -> tuple[Input, ...]:
    """Exchange the content and the first style."""
    exchanged: Mapping[InputRole, InputRole] = {"content": "style", "style": "content"}
    swapped = [
        replace(picture, role=exchanged[picture.role]) if picture.position == 0 else picture for picture in inputs
    ]
    return tuple(sorted(swapped, key=lambda picture: (picture.role, picture.position)))
