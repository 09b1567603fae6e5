"""A contact sheet: several small paintings in one picture, with numbers to choose by."""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont, ImageOps

GAP_PX = 8
BACKGROUND = (30, 31, 34)
EMPTY = (43, 45, 49)
BADGE = (0, 0, 0, 176)
BADGE_SHARE = 0.15
"""The height of a number's badge, as a share of a cell's shorter side."""
MIN_BADGE_PX = 24
"""Legible on a phone, which shows the sheet at about half its size."""
JPEG_QUALITY = 88


def compose_sheet(pictures: Sequence[bytes | None], *, columns: int, cell_px: tuple[int, int]) -> bytes:
    """Draw pictures in rows, left to right, each with its number from 1 on; return a JPEG.

    `pictures` are encoded; one of another size is scaled to fill `cell_px`, (width, height), and what sticks out on two
    sides is cut off. None leaves a cell empty.
    They must come from a painter of this project: nothing here protects against hostile files. Raises `ValueError` for
    no pictures.
    """
    if not pictures:
        raise ValueError("a sheet needs at least one picture")
    width_px, height_px = cell_px
    rows = -(-len(pictures) // columns)
    size = GAP_PX + columns * (width_px + GAP_PX), GAP_PX + rows * (height_px + GAP_PX)
    sheet = Image.new("RGB", size, BACKGROUND)
    for index, encoded in enumerate(pictures):
        corner = GAP_PX + index % columns * (width_px + GAP_PX), GAP_PX + index // columns * (height_px + GAP_PX)
        sheet.paste(_cell(encoded, cell_px, number=index + 1), corner)
    file = io.BytesIO()
    sheet.save(file, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    return file.getvalue()


def _cell(encoded: bytes | None, size: tuple[int, int], *, number: int) -> Image.Image:
    cell = Image.new("RGBA", size, EMPTY)
    if encoded is not None:
        with Image.open(io.BytesIO(encoded)) as picture:
            shown = picture.convert("RGBA")
        cell.alpha_composite(shown if shown.size == size else ImageOps.fit(shown, size, Image.Resampling.BICUBIC))
    badge_px = max(MIN_BADGE_PX, round(min(size) * BADGE_SHARE))
    badge = Image.new("RGBA", (badge_px, badge_px))
    draw = ImageDraw.Draw(badge)
    draw.rounded_rectangle((0, 0, badge_px - 1, badge_px - 1), radius=badge_px // 4, fill=BADGE)
    font = ImageFont.load_default(badge_px * 0.7)
    draw.text((badge_px / 2, badge_px / 2), str(number), font=font, fill="white", anchor="mm")
    cell.alpha_composite(badge, (GAP_PX // 2, GAP_PX // 2))
    return cell.convert("RGB")
