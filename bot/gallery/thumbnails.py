"""The thumbnails of built-in styles: made when one is first needed, then kept as files next to the store."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

import structlog

from bot.errors import GalleryPictureUnusable
from bot.gallery.style import Style
from stylizer.pool import PictureError, PictureName

log = structlog.get_logger()

GALLERY_THUMBNAIL_PX = 400
"""The longest side of a style's thumbnail: sharp on a phone, and about 40 kB."""


MAX_AT_ONCE = 2
"""When a whole folder is checked."""


class MakeThumbnail(Protocol):
    """`Engine.make_thumbnail`: decodes a picture outside of this process."""

    async def __call__(self, picture: bytes, *, name: PictureName, longest_side_px: int) -> bytes:
        """Return the picture as a small JPEG. Raises `PictureError` and `PoolError`."""
        ...


class BuiltInThumbnails:
    """Files in one folder, each named by the SHA-256 of the picture that it shows."""

    def __init__(self, folder: Path, make: MakeThumbnail) -> None:
        self._folder = folder
        self._make = make
        self._names: dict[Path, str] = {}
        self._making: defaultdict[Path, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def of(self, style: Style) -> bytes:
        """The thumbnail of a built-in style. Raises `PictureError`, `PoolError` and `OSError`."""
        if style.path is None:
            raise ValueError(f"{style.style_id} isn't a built-in style")
        path = style.path
        async with self._making[path]:
            kept = self._names.get(path)
            if kept is None:
                picture = await asyncio.to_thread(path.read_bytes)
                kept = self._names[path] = hashlib.sha256(picture).hexdigest()
            file = self._folder / f"{kept}-{GALLERY_THUMBNAIL_PX}.jpg"
            try:
                return await asyncio.to_thread(file.read_bytes)
            except FileNotFoundError:
                picture = await asyncio.to_thread(path.read_bytes)
            jpeg = await self._make(picture, name=PictureName(filename=path.name), longest_side_px=GALLERY_THUMBNAIL_PX)
            await asyncio.to_thread(_write, file, jpeg)
            return jpeg

    async def check(self, styles: Iterable[Style], *, folder: Path) -> None:
        """Make the missing thumbnails of a folder's pictures, which shows whether all of them can be decoded.

        Raises `GalleryPictureUnusable` for the first one that can't be.
        """
        there = [style for style in styles if style.path is not None and style.path.is_relative_to(folder)]
        gate = asyncio.Semaphore(MAX_AT_ONCE)

        async def try_one(style: Style) -> bytes:
            async with gate:
                return await self.of(style)

        results = await asyncio.gather(*map(try_one, there), return_exceptions=True)
        for style, result in zip(there, results, strict=True):
            if isinstance(result, PictureError):
                raise GalleryPictureUnusable(folder, style.style_id, result) from result
            if isinstance(result, BaseException):
                raise result


def _write(file: Path, jpeg: bytes) -> None:
    """All of it or nothing, whatever happens in between."""
    file.parent.mkdir(exist_ok=True)
    unfinished = file.with_name(f"{secrets.token_hex(8)}.unfinished")
    unfinished.write_bytes(jpeg)
    unfinished.replace(file)
