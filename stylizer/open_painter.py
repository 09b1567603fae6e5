"""Opens a painter: checks what can be checked at once, and only then imports TensorFlow, which takes seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stylizer.memory import check_painter_fits
from stylizer.precision import check_precision
from stylizer.quiet import quiet_native_code
from stylizer.weights import KERAS, load_weights

if TYPE_CHECKING:
    from stylizer.painter import Painter


def open_painter(
    *, weights: str, precision: str, deterministic: bool, threads: int | None = None, with_faces: bool = False
) -> Painter:
    """Open a warm painter; with `with_faces`, also its face detector. The parameters are `Painter`'s.

    Raises `WeightsError`, `UnknownPrecision` and `NoRoomForPainter`.
    """
    check_precision(precision)
    check_painter_fits()
    values = weights if weights == KERAS else load_weights(weights)
    with quiet_native_code():
        # Not at the top of the file, which the bot's process and the command line import, too.
        from stylizer.painter import Painter  # noqa: PLC0415 - imports TensorFlow, which takes seconds

        painter = Painter(weights=values, precision=precision, threads=threads, deterministic=deterministic)
        if with_faces:
            _ = painter.face_detector  # loaded here, because its native code prints while it loads
    return painter
