"""Sheets of captioned pictures, to look at many paintings at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont, ImageOps

CELL_PX = 400
_CAPTION_PX = 24
_GAP_PX = 8


class Cell(NamedTuple):
    """A picture on a sheet, and the caption above it; a missing picture is None."""

    caption: str
    picture: Image.Image | None


def draw_sheet(rows: Sequence[Sequence[Cell]], *, cell_px: int = CELL_PX) -> Image.Image:
    """Draw rows of captioned pictures, each scaled to fit into a square of `cell_px`."""
    font = ImageFont.load_default(_CAPTION_PX * 0.7)
    scaled = [
        [
            None if picture is None else ImageOps.contain(picture, (cell_px, cell_px), Image.Resampling.LANCZOS)
            for _, picture in row
        ]
        for row in rows
    ]
    heights_px = [max((picture.height for picture in row if picture is not None), default=0) for row in scaled]
    width_px = max(map(len, rows)) * (cell_px + _GAP_PX) + _GAP_PX
    sheet = Image.new("RGB", (width_px, sum(heights_px) + len(rows) * (_CAPTION_PX + _GAP_PX) + _GAP_PX), "white")
    draw = ImageDraw.Draw(sheet)
    top = _GAP_PX
    for row, pictures, height_px in zip(rows, scaled, heights_px, strict=True):
        for column, (cell, picture) in enumerate(zip(row, pictures, strict=True)):
            left = _GAP_PX + column * (cell_px + _GAP_PX)
            draw.text((left, top), cell.caption, fill="black", font=font)
            if picture is not None:
                sheet.paste(picture, (left, top + _CAPTION_PX))
        top += _CAPTION_PX + height_px + _GAP_PX
    return sheet


def in_rows(cells: Sequence[Cell], columns: int) -> list[Sequence[Cell]]:
    """Cut cells into rows."""
    return [cells[first : first + columns] for first in range(0, len(cells), columns)]
