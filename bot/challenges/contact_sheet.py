"""The contact sheet of a challenge: every entry with its number, as one picture."""

from __future__ import annotations

import math
from collections.abc import Iterable
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont, ImageOps

MAX_WIDTH_PX = 3200
LARGEST_CELL_PX = 320
SMALLEST_CELL_PX = 96

_GAP_PX = 6
_BADGE_SHARE = 0.14
"""The height of an entry's number, relative to its cell."""
_GROUND = (43, 45, 49)
_EMPTY = (56, 58, 64)
_BADGE = (0, 0, 0)
_QUALITY = 85


def cell_px(entries: int) -> int:
    """The side of an entry's cell, in pixels: the more entries, the smaller."""
    columns = math.ceil(math.sqrt(entries))
    return max(SMALLEST_CELL_PX, min(LARGEST_CELL_PX, (MAX_WIDTH_PX - _GAP_PX) // max(1, columns) - _GAP_PX))


def draw_contact_sheet(entries: Iterable[tuple[int, bytes | None]], *, count: int) -> bytes:
    """Draw entries in square cells, as a JPEG. Each painting is shown whole.

    `entries` are the number and a JPEG of each; None for one whose painting is gone. They are decoded one after
    another: five hundred pictures would fill the memory. `count` is how many there are.

    Raises ValueError if there are none.
    """
    if count < 1:
        raise ValueError("a contact sheet needs at least one entry")
    side_px = cell_px(count)
    columns = math.ceil(math.sqrt(count))
    rows = math.ceil(count / columns)
    size = (_GAP_PX + columns * (side_px + _GAP_PX), _GAP_PX + rows * (side_px + _GAP_PX))
    sheet = Image.new("RGB", size, _GROUND)
    draw = ImageDraw.Draw(sheet)
    badge_px = max(16, round(side_px * _BADGE_SHARE))
    font = ImageFont.load_default(round(badge_px * 0.75))
    for position, (number, jpeg) in enumerate(entries):
        row, column = divmod(position, columns)
        left_px, top_px = _GAP_PX + column * (side_px + _GAP_PX), _GAP_PX + row * (side_px + _GAP_PX)
        draw.rectangle((left_px, top_px, left_px + side_px - 1, top_px + side_px - 1), fill=_EMPTY)
        if jpeg is not None:
            with Image.open(BytesIO(jpeg), formats=("JPEG",)) as opened:
                picture = ImageOps.contain(opened.convert("RGB"), (side_px, side_px))
            corner = left_px + (side_px - picture.width) // 2, top_px + (side_px - picture.height) // 2
            sheet.paste(picture, corner)
        label = str(number)
        badge_width_px = round(font.getlength(label)) + badge_px // 2
        draw.rectangle((left_px, top_px, left_px + badge_width_px, top_px + badge_px), fill=_BADGE)
        middle = (left_px + badge_width_px / 2, top_px + badge_px / 2)
        draw.text(middle, label, fill=(255, 255, 255), font=font, anchor="mm")
    encoded = BytesIO()
    sheet.save(encoded, "JPEG", quality=_QUALITY)
    return encoded.getvalue()
