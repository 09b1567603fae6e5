"""A contact sheet: several small paintings side by side, numbered. Needs neither TensorFlow nor a worker."""

from __future__ import annotations

import math
from collections.abc import Sequence
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont, ImageOps

from stylizer.recipe import MAX_SIZE_PX

CELL_PX = 256
"""The longest side of a cell, by default."""
MAX_CELLS = 9

_GAP_PX = 8
_GROUND = (43, 45, 49)
_EMPTY = (56, 58, 64)
_BADGE = (0, 0, 0, 176)
_BADGE_SHARE = 0.16
"""The height of a cell's number, relative to the cell's short side; never under `_MIN_BADGE_PX`."""
_MIN_BADGE_PX = 24
_QUALITY = 85
_EMPTY_RATIO = (3, 2)


def compose_sheet(
    pictures: Sequence[bytes | None], *, size_px: tuple[int, int] | None = None, cell_px: int = CELL_PX
) -> bytes:
    """Draw pictures as a numbered sheet, a JPEG.

    The pictures are JPEG, PNG or WebP files that a painter made; None is a cell whose picture isn't there yet, and so
    is one that can't be read. They are scaled so that a cell's longest side is `cell_px`. `size_px`, (width, height),
    is the shape of the cells; without it, that of the first picture. A picture of another shape is cut on two sides.
    Transparent parts become dark gray, the sheet's ground.

    Raises ValueError unless there are 1 to `MAX_CELLS` pictures.
    """
    if not 1 <= len(pictures) <= MAX_CELLS:
        raise ValueError(f"a sheet has 1 to {MAX_CELLS} pictures, not {len(pictures)}")
    opened = [None if picture is None else _open(picture) for picture in pictures]
    width_px, height_px = _cell(size_px or next((one.size for one in opened if one is not None), _EMPTY_RATIO), cell_px)
    columns = math.ceil(math.sqrt(len(pictures)))
    rows = math.ceil(len(pictures) / columns)
    sheet = Image.new(
        "RGB",
        (_GAP_PX + columns * (width_px + _GAP_PX), _GAP_PX + rows * (height_px + _GAP_PX)),
        _GROUND,
    )
    for number, picture in enumerate(opened, start=1):
        row, column = divmod(number - 1, columns)
        corner = (_GAP_PX + column * (width_px + _GAP_PX), _GAP_PX + row * (height_px + _GAP_PX))
        if picture is None:
            sheet.paste(_EMPTY, (*corner, corner[0] + width_px, corner[1] + height_px))
        else:
            cell = ImageOps.fit(picture, (width_px, height_px), Image.Resampling.BICUBIC)
            sheet.paste(cell, corner, cell if cell.mode == "RGBA" else None)
        badge = _badge(number, max(_MIN_BADGE_PX, round(_BADGE_SHARE * min(width_px, height_px))))
        sheet.paste(badge, corner, badge)
    encoded = BytesIO()
    sheet.save(encoded, "JPEG", quality=_QUALITY)
    return encoded.getvalue()


def _open(picture: bytes) -> Image.Image | None:
    try:
        with Image.open(BytesIO(picture), formats=("JPEG", "PNG", "WEBP")) as opened:
            if max(opened.size) > MAX_SIZE_PX:
                return None
            return opened.convert("RGBA" if opened.has_transparency_data else "RGB")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):  # as Pillow's decoders raise
        return None


def _cell(size_px: tuple[int, int], cell_px: int) -> tuple[int, int]:
    scale = cell_px / max(size_px)
    return max(1, round(size_px[0] * scale)), max(1, round(size_px[1] * scale))


def _badge(number: int, side_px: int) -> Image.Image:
    """A number in white on a dark square, for the upper left corner."""
    badge = Image.new("RGBA", (side_px, side_px), _BADGE)
    font = ImageFont.load_default(round(side_px * 0.75))
    center = (side_px / 2, side_px / 2)
    ImageDraw.Draw(badge).text(center, str(number), fill=(255, 255, 255, 255), font=font, anchor="mm")
    return badge
