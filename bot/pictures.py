"""From an attachment to checked bytes on disk, named by their SHA-256."""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path, PurePath
from types import TracebackType
from typing import Protocol, Self

import aiohttp
import discord
from PIL import Image, ImageOps
from yarl import URL

from bot.errors import AttachmentGone, DownloadFailed, FileTooLarge, ForeignHost, WrongFileType
from bot.jobs.job import Source
from stylizer.pool import EmptyPicture, recognize_picture

DISCORD_ATTACHMENT_HOSTS = frozenset({"cdn.discordapp.com", "media.discordapp.net"})
HTTPS_PORT = 443
DOWNLOADS_AT_ONCE = 4
"""Bounds the memory that a rush of large uploads can take."""
DOWNLOAD_SECONDS = 60
THUMBNAIL_PX = 160

CONTENT = "The content picture"
STYLE = "The style picture"

_TYPES = {
    "image/jpeg": (".jpg", ".jpeg", ".jfif"),
    "image/png": (".png",),
    "image/webp": (".webp",),
    "image/gif": (".gif",),
    "image/bmp": (".bmp",),
    "image/tiff": (".tif", ".tiff"),
    "image/avif": (".avif",),
}
_OTHER_NAMES = {"image/jpg": "image/jpeg", "image/x-ms-bmp": "image/bmp", "image/apng": "image/png"}
_SUFFIXES = {suffix for suffixes in _TYPES.values() for suffix in suffixes}
_TELLS_NOTHING = {None, "", "application/octet-stream"}


def is_picture(attachment: discord.Attachment) -> bool:
    """Whether the attachment says of itself that it is a picture that can be read."""
    stated = attachment.content_type.partition(";")[0].strip().lower() if attachment.content_type else None
    if stated in _TELLS_NOTHING:
        return PurePath(attachment.filename).suffix.lower() in _SUFFIXES
    return _OTHER_NAMES.get(stated or "", stated) in _TYPES


def check_attachment(name: str, attachment: discord.Attachment, *, limit_bytes: int) -> None:
    """Refuse what is known to be wrong before a byte is fetched: `WrongFileType`, `EmptyPicture`, `FileTooLarge`."""
    if not is_picture(attachment):
        raise WrongFileType(name, attachment.filename)
    if attachment.size <= 0:
        raise EmptyPicture(name)
    if attachment.size > limit_bytes:
        raise FileTooLarge(name, attachment.size, limit_bytes)


class Download(Protocol):
    """Fetches an attachment's bytes."""

    async def __call__(self, name: str, url: str, *, limit_bytes: int) -> bytes:
        """The bytes at the URL, at most so many. Raises `DownloadError`, or `FileTooLarge` when there are more."""
        ...


class HttpDownload:
    """Fetches from Discord's attachment hosts, or the stand-in's, and from nowhere else."""

    def __init__(self, *, stand_in: URL | None = None) -> None:
        self._stand_in = stand_in
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        timeout = aiohttp.ClientTimeout(total=DOWNLOAD_SECONDS)
        self._session = aiohttp.ClientSession(timeout=timeout, auto_decompress=False)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def __call__(self, name: str, url: str, *, limit_bytes: int) -> bytes:
        target = URL(url)
        if not self._allows(target):
            raise ForeignHost(name)
        if self._session is None:
            raise DownloadFailed(name)
        try:
            async with self._session.get(target, allow_redirects=False) as response:
                if response.status != 200:
                    raise AttachmentGone(name, response.status)
                received = bytearray()
                async for chunk in response.content.iter_chunked(2**16):
                    received += chunk
                    if len(received) > limit_bytes:
                        raise FileTooLarge(name, None, limit_bytes)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise DownloadFailed(name) from error
        return bytes(received)

    def _allows(self, url: URL) -> bool:
        if self._stand_in is not None:
            return (url.scheme, url.host, url.port) == (self._stand_in.scheme, self._stand_in.host, self._stand_in.port)
        return url.scheme == "https" and url.port == HTTPS_PORT and url.host in DISCORD_ATTACHMENT_HOSTS


class PictureStore:
    """Pictures as files in one folder, each named by the SHA-256 of its bytes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def keep(self, picture: bytes) -> str:
        """Write the bytes down so that a crash leaves them whole or not at all; their SHA-256."""
        return await asyncio.to_thread(self._keep, picture)

    async def read(self, sha256: str) -> bytes | None:
        """The bytes of that name, or None when they are gone."""
        try:
            return await asyncio.to_thread(self._path(sha256).read_bytes)
        except FileNotFoundError:
            return None

    def _path(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256

    def _keep(self, picture: bytes) -> str:
        sha256 = hashlib.sha256(picture).hexdigest()
        path = self._path(sha256)
        if path.exists():
            return sha256
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            try:
                file.write(picture)
                file.flush()
                os.fsync(file.fileno())
                Path(file.name).replace(path)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise
        return sha256


@dataclass(frozen=True, slots=True)
class Pictures:
    """Takes pictures in: checks, fetches, keeps."""

    store: PictureStore
    download: Download
    limit_bytes: int
    gate: asyncio.Semaphore

    def check(self, name: str, attachment: discord.Attachment) -> None:
        """Refuse at once what cannot be a picture, or is too large."""
        check_attachment(name, attachment, limit_bytes=self.limit_bytes)

    async def take(self, name: str, source: Source) -> str:
        """Fetch a picture and keep it; the SHA-256 that names it.

        Raises `DownloadError`, `FileTooLarge`, or a `PictureError` for what does not even begin as a picture.
        """
        if source.sha256 is not None:
            return source.sha256
        async with self.gate:
            limit_bytes = min(source.size_bytes, self.limit_bytes)
            picture = await self.download(name, source.url or "", limit_bytes=limit_bytes)
            recognize_picture(picture, name=name)
            return await self.store.keep(picture)

    async def thumbnail(self, sha256: str) -> bytes | None:
        """A small JPEG of a kept picture that a worker has painted from before, or None when it is gone.

        Only such a picture is decoded outside a worker: whatever a hostile one could do, it would have done there.
        """
        async with self.gate:
            picture = await self.store.read(sha256)
            return None if picture is None else await asyncio.to_thread(make_thumbnail, picture)


def make_thumbnail(picture: bytes) -> bytes:
    """The picture as a small upright JPEG on white."""
    with Image.open(io.BytesIO(picture)) as image:
        image.draft("RGB", (THUMBNAIL_PX * 2, THUMBNAIL_PX * 2))
        # Pillow cuts 16-bit grey off at 255 instead of scaling it.
        narrow = image.point(lambda level: level / 256).convert("L") if image.mode.startswith("I;16") else image
        # Made small before it gets four channels, which a picture of 40 megapixels should not.
        narrow.thumbnail((THUMBNAIL_PX * 2, THUMBNAIL_PX * 2))
        small = ImageOps.exif_transpose(narrow).convert("RGBA")
    small.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
    flat = Image.new("RGB", small.size, "white")
    flat.paste(small, mask=small.getchannel("A"))
    out = io.BytesIO()
    flat.save(out, "JPEG", quality=85)
    return out.getvalue()
