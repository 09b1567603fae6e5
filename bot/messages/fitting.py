"""Making a result fit the place it goes to: by encoding anew, never by failing."""

from __future__ import annotations

import io
from collections.abc import Iterator

from PIL import Image

from stylizer.events import PictureFormat
from stylizer.pool import retell_gif

SUFFIXES: dict[PictureFormat, str] = {"png": ".png", "jpeg": ".jpg", "webp": ".webp"}
WEBP_QUALITIES = (95, 90, 80, 70, 50)
SHRINK = 0.7


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


def fit_gif(gif: bytes, *, limit_bytes: int) -> bytes | None:
    """The GIF in at most so many bytes: as it is when it fits; else with fewer frames, smaller, in fewer colours.

    None where there is no room for any GIF.
    """
    if len(gif) <= limit_bytes:
        return gif
    retold = retell_gif(gif, limit_bytes=limit_bytes)
    return None if retold is None else retold.encoded


def _smaller(painting: bytes) -> Iterator[bytes]:
    with Image.open(io.BytesIO(painting)) as image:
        image.load()
        for quality in WEBP_QUALITIES:
            yield _webp(image, quality)
        small: Image.Image = image
        while max(small.size) > 1:
            size = (max(int(small.width * SHRINK), 1), max(int(small.height * SHRINK), 1))
            small = small.resize(size, Image.Resampling.LANCZOS)
            yield _webp(small, WEBP_QUALITIES[-1])


def _webp(image: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    image.save(out, "WEBP", quality=quality)
    return out.getvalue()
