"""Making a result fit the place it goes to: by encoding anew, never by failing."""

from __future__ import annotations

import io
from collections.abc import Iterator

from PIL import Image, ImageSequence

from stylizer.events import PictureFormat

SUFFIXES: dict[PictureFormat, str] = {"png": ".png", "jpeg": ".jpg", "webp": ".webp"}
WEBP_QUALITIES = (95, 90, 80, 70, 50)
SHRINK = 0.7
SMALLEST_PX = 16


def fit_painting(painting: bytes, picture_format: PictureFormat, *, limit_bytes: int) -> tuple[bytes, str]:
    """The painting in at most so many bytes, and the suffix of its file name.

    As it is when it fits; else as WebP (which keeps transparency) at falling quality, then smaller and smaller.
    """
    if len(painting) <= limit_bytes:
        return painting, SUFFIXES[picture_format]
    encoded = painting
    for encoded in _smaller(painting):
        if len(encoded) <= limit_bytes:
            break
    return encoded, SUFFIXES["webp"]


def fit_gif(gif: bytes, *, limit_bytes: int) -> bytes:
    """The GIF in at most so many bytes: as it is when it fits; else smaller, with every frame."""
    while len(gif) > limit_bytes:
        with Image.open(io.BytesIO(gif)) as animation:
            size = (int(animation.width * SHRINK), int(animation.height * SHRINK))
            if min(size) < SMALLEST_PX:
                break
            frames = [frame.convert("RGB").resize(size) for frame in ImageSequence.Iterator(animation)]
            durations = [frame.info.get("duration", 100) for frame in ImageSequence.Iterator(animation)]
        out = io.BytesIO()
        frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=durations, loop=0)
        gif = out.getvalue()
    return gif


def _smaller(painting: bytes) -> Iterator[bytes]:
    with Image.open(io.BytesIO(painting)) as image:
        image.load()
        for quality in WEBP_QUALITIES:
            yield _webp(image, quality)
        small: Image.Image = image
        while min(small.size) * SHRINK >= SMALLEST_PX:
            small = small.resize((int(small.width * SHRINK), int(small.height * SHRINK)), Image.Resampling.LANCZOS)
            yield _webp(small, WEBP_QUALITIES[-1])


def _webp(image: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    image.save(out, "WEBP", quality=quality)
    return out.getvalue()
