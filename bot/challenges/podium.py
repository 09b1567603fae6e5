"""The podium: the best paintings of a challenge, as one picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont, ImageOps

MAX_ON_PODIUM = 3
PICTURE_PX = 480
"""The longest side of each painting."""

_GAP_PX = 24
_STEP_PX = {1: 168, 2: 120, 3: 84}
"""The height of the step for each place."""
_GROUND = (43, 45, 49)
_STEP_COLORS = {1: (212, 175, 55), 2: (168, 174, 182), 3: (176, 118, 70)}
_FRAME = (245, 240, 230)
_FRAME_PX = 6
_INK = (32, 30, 28)
_ORDERS: dict[int, tuple[int, ...]] = {1: (0,), 2: (0, 1), 3: (1, 0, 2)}
"""From left to right, which of the best stands there: of three, the first is in the middle."""
_QUALITY = 90


@dataclass(frozen=True, slots=True)
class OnPodium:
    """A painting on the podium."""

    place: int
    """1 to 3; several may share one."""
    jpeg: bytes
    """The painting, as a JPEG whose longest side is `PICTURE_PX` at most."""


def draw_podium(best: Sequence[OnPodium]) -> bytes:
    """Draw the best paintings on the steps of a podium, as a JPEG.

    There are numbers and no names: a font that has the letters of every language would be larger than the bot.

    Raises ValueError unless there are 1 to `MAX_ON_PODIUM` of them, best first.
    """
    if len(best) not in _ORDERS:
        raise ValueError(f"1 to {MAX_ON_PODIUM} paintings fit on a podium, not {len(best)}")
    column_px = PICTURE_PX + 2 * _FRAME_PX
    pictures = [_framed(one.jpeg) for one in best]
    height_px = 2 * _GAP_PX + max(
        picture.height + _STEP_PX[one.place] for picture, one in zip(pictures, best, strict=True)
    )
    width_px = _GAP_PX + len(best) * (column_px + _GAP_PX)
    podium = Image.new("RGB", (width_px, height_px), _GROUND)
    draw = ImageDraw.Draw(podium)
    for column, which in enumerate(_ORDERS[len(best)]):
        picture, place = pictures[which], best[which].place
        left_px, top_px = _GAP_PX + column * (column_px + _GAP_PX), height_px - _STEP_PX[place]
        draw.rectangle((left_px, top_px, left_px + column_px - 1, height_px), fill=_STEP_COLORS[place])
        font = ImageFont.load_default(round(_STEP_PX[place] * 0.62))
        middle = (left_px + column_px / 2, top_px + _STEP_PX[place] / 2)
        draw.text(middle, str(place), fill=_INK, font=font, anchor="mm")
        podium.paste(picture, (left_px + (column_px - picture.width) // 2, top_px - picture.height))
    encoded = BytesIO()
    podium.save(encoded, "JPEG", quality=_QUALITY)
    return encoded.getvalue()


def _framed(jpeg: bytes) -> Image.Image:
    with Image.open(BytesIO(jpeg), formats=("JPEG",)) as opened:
        picture = ImageOps.contain(opened.convert("RGB"), (PICTURE_PX, PICTURE_PX))
    return ImageOps.expand(picture, _FRAME_PX, _FRAME)
