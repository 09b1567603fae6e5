"""Decodes pictures: bytes to sRGB arrays."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from stylizer.errors import UNNAMED, PictureError, PictureName, PictureTooHeavy, UnreadablePicture
from stylizer.images.animation import first_visible_frame
from stylizer.images.color import to_srgb
from stylizer.images.formats import recognize_picture
from stylizer.images.orient import SIDEWAYS
from stylizer.images.picture import Picture
from stylizer.images.size import fit_size, refuse_if_too_narrow
from stylizer.images.source import Source
from stylizer.images.transparency import as_frame


def open_picture(
    encoded: bytes,
    *,
    name: PictureName = UNNAMED,
    longest_side_px: int | None = None,
    shortest_side_px: int | None = None,
    min_side_px: int = 0,
) -> Picture:
    """Decode a picture; of an animation, the first frame that shows something.

    It may be a JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF or HEIC file, no matter what its name says. `name` is what errors
    call it. With `longest_side_px`, a larger picture is shrunk to it, as early as its format allows; a smaller one is
    never enlarged. With `shortest_side_px` too, a picture whose short side would be shorter at that size is refused.
    With `min_side_px`, the short side isn't shrunk below that. A damaged color profile or orientation is
    ignored.

    Raises `EmptyPicture`, `NotAPicture`, `UnreadablePicture`, `UnsupportedCompression`, `IncompletePicture`,
    `PictureTooLarge`, `PictureTooSmall`, `PictureTooNarrow` or `PictureTooHeavy`, and nothing else, for any bytes.
    """
    with _opened(encoded, name) as source:
        return _decode(source, longest_side_px, shortest_side_px, min_side_px)


def read_size(encoded: bytes, *, name: PictureName = UNNAMED) -> tuple[int, int]:
    """The sides of a picture as its header states them; not turned upright. Raises as `open_picture` does."""
    with _opened(encoded, name) as source, source.open() as image:
        return image.size


@contextmanager
def _opened(encoded: bytes, name: PictureName) -> Iterator[Source]:
    kind = recognize_picture(encoded, name=name)
    try:
        with warnings.catch_warnings(action="ignore"), kind.silenced():
            yield kind(encoded, name)
    except PictureError:
        raise
    except MemoryError as error:
        raise PictureTooHeavy(*name) from error
    except Exception as error:  # decoders raise anything from struct.error to IndexError on hostile bytes
        raise UnreadablePicture(*name) from error


def _decode(source: Source, longest_side_px: int | None, shortest_side_px: int | None, min_side_px: int) -> Picture:
    with source.open() as image:
        upright_by = source.orientation()
        size_px = image.size
        if longest_side_px is not None and shortest_side_px is not None:
            upright_px = size_px[::-1] if upright_by in SIDEWAYS else size_px
            refuse_if_too_narrow(
                upright_px, source.name, longest_side_px=longest_side_px, shortest_side_px=shortest_side_px
            )
        if longest_side_px is not None:
            longest_side_px = max(longest_side_px, math.ceil(min_side_px * max(size_px) / min(size_px)))
        if longest_side_px is not None and longest_side_px < max(size_px):
            size_px = fit_size(*size_px, longest_side_px=longest_side_px)
        source.shrink(None if longest_side_px is None else size_px)
        profile = source.profile()
        frame = first_visible_frame(as_frame(decoded, size_px) for decoded in source.frames())
        colors, alpha = to_srgb(frame.colors, profile), frame.alpha
    if upright_by is not None:
        colors = colors.transpose(upright_by)
        alpha = alpha and alpha.transpose(upright_by)
    return Picture(np.asarray(colors), None if alpha is None else np.asarray(alpha))
