"""From an attachment to checked bytes on disk, named by their SHA-256."""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path, PurePath
from types import TracebackType
from typing import Any, Protocol, Self

import aiohttp
import structlog
from yarl import URL

from bot.clock.backoff import growing_waits
from bot.errors import AttachmentGone, DiskFull, DownloadFailed, FileTooLarge, ForeignHost, WrongFileType
from bot.files.disk import NO_ROOM, Disk
from bot.painting.job import Input, Job
from bot.sources.picture import SentPicture, is_attachment
from stylizer import pool
from stylizer.pool import EmptyPicture, recognize_picture

log = structlog.get_logger()

DISCORD_HOSTS = frozenset(
    {
        "cdn.discordapp.com",
        "media.discordapp.net",
        "images-ext-1.discordapp.net",  # Discord's copies of the pictures in link previews
        "images-ext-2.discordapp.net",
    }
)
HTTPS_PORT = 443
DOWNLOADS_AT_ONCE = 4
"""Bounds the memory that a rush of large uploads can take."""
DOWNLOAD_SECONDS = 60
DOWNLOAD_ATTEMPTS = 9
DOWNLOAD_PATIENCE_SECONDS = 120
OK, TOO_MANY_REQUESTS, SERVER_ERROR = 200, 429, 500
EXPIRED = frozenset({403, 404})
"""How Discord answers for an attachment whose link has expired, and for one that is gone."""
UNFINISHED = "unfinished-"
"""How the name of a file begins that is still being written."""

CONTENT = "The content picture"
STYLE = "The style picture"
_NAMES = {CONTENT: pool.CONTENT, STYLE: pool.STYLE}
"""What the painter's errors call them."""

_TYPES = {
    "image/jpeg": (".jpg", ".jpeg", ".jfif"),
    "image/png": (".png",),
    "image/webp": (".webp",),
    "image/gif": (".gif",),
    "image/bmp": (".bmp",),
    "image/tiff": (".tif", ".tiff"),
    "image/avif": (".avif",),
    "image/heic": (".heic", ".heif", ".hif"),
}
_OTHER_NAMES = {
    "image/jpg": "image/jpeg",
    "image/x-ms-bmp": "image/bmp",
    "image/apng": "image/png",
    "image/vnd.mozilla.apng": "image/png",
    "image/avif-sequence": "image/avif",
    "image/heif": "image/heic",
    "image/heic-sequence": "image/heic",
    "image/heif-sequence": "image/heic",
}
_SUFFIXES = {suffix for suffixes in _TYPES.values() for suffix in suffixes}
_TELLS_NOTHING = {None, "", "application/octet-stream"}


def is_picture(picture: SentPicture) -> bool:
    """Whether what is said of a file makes it a picture that can be read; one of which nothing is said may be."""
    stated = picture.content_type.partition(";")[0].strip().lower() if picture.content_type else None
    if stated in _TELLS_NOTHING:
        suffix = PurePath(picture.filename).suffix.lower()
        return suffix in _SUFFIXES or (picture.is_link and not suffix)
    return _OTHER_NAMES.get(stated or "", stated) in _TYPES


def check_picture(name: str, picture: SentPicture, *, limit_bytes: int) -> None:
    """Refuse what is known to be wrong before a byte is fetched: `WrongFileType`, `EmptyPicture`, `FileTooLarge`."""
    if not is_picture(picture):
        raise WrongFileType(name, picture.filename)
    if picture.size_bytes is None:
        return
    if picture.size_bytes <= 0:
        raise EmptyPicture(*_NAMES[name])
    if picture.size_bytes > limit_bytes:
        raise FileTooLarge(name, picture.size_bytes, limit_bytes)


class Download(Protocol):
    """Fetches an attachment's bytes."""

    async def __call__(self, name: str, url: str, *, limit_bytes: int) -> bytes:
        """The bytes at the URL, at most so many. Raises `DownloadError`, or `FileTooLarge` when there are more."""
        ...


class HttpDownload:
    """Fetches from Discord's hosts for pictures, or the stand-in's, and from nowhere else."""

    def __init__(self, *, stand_in: URL | None = None) -> None:
        self._stand_in = stand_in
        self._session: aiohttp.ClientSession | None = None
        self.refreshed: Callable[[str], Awaitable[str | None]] | None = None
        """Asks Discord for a link to the same attachment that hasn't expired; None where it gives none."""

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
        if not self.allows(url):
            raise ForeignHost(name)
        try:
            return await self._fetch(name, URL(url), limit_bytes=limit_bytes)
        except AttachmentGone as error:
            if error.status not in EXPIRED or self.refreshed is None or not is_attachment(url):
                raise
            fresh = await self.refreshed(url)
            if fresh is None or not self.allows(fresh):
                raise
            return await self._fetch(name, URL(fresh), limit_bytes=limit_bytes)

    def allows(self, url: str) -> bool:
        """Whether anything is fetched from there."""
        try:
            return self._allows(URL(url))
        except ValueError:  # it's no URL at all
            return False

    async def _fetch(self, name: str, target: URL, *, limit_bytes: int) -> bytes:
        if self._session is None:
            raise DownloadFailed(name)
        try:
            async with self._session.get(target, allow_redirects=False) as response:
                if response.status == TOO_MANY_REQUESTS or response.status >= SERVER_ERROR:
                    response.raise_for_status()
                if response.status != OK:
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
        # Behind a proxy for the API attachments keep Discord's own addresses; a stand-in has some of its own.
        ours = self._stand_in
        if ours is not None and (url.scheme, url.host, url.port) == (ours.scheme, ours.host, ours.port):
            return True
        return url.scheme == "https" and url.port == HTTPS_PORT and url.host in DISCORD_HOSTS


@dataclass(frozen=True, slots=True, eq=False)
class Hold:
    """Pictures that no sweep deletes: somebody is about to write down that they are needed."""

    names: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A picture in the store."""

    sha256: str
    size_bytes: int


class PictureStore:
    """Pictures as files in one folder, each named by the SHA-256 of its bytes.

    The same bytes are one file, however many jobs need them. So a file is deleted only by a `sweep`, and a sweep spares
    whatever is held: `hold` a picture from before it is kept until the database names it.
    """

    def __init__(self, folder: Path, *, disk: Disk | None = None) -> None:
        self._folder = folder
        self._disk = disk
        self._lock = threading.Lock()  # files are written and deleted in threads
        self._holds: set[Hold] = set()
        self._sweeping = asyncio.Lock()
        self._spared: set[str] | None = None
        """What has been held at any time since the sweep that is under way began."""
        self._being_written: set[str] = set()

    @contextmanager
    def hold(self) -> Iterator[Hold]:
        """What is held by this stays until the block is left."""
        hold = Hold()
        with self._lock:
            self._holds.add(hold)
        try:
            yield hold
        finally:
            with self._lock:
                self._holds.remove(hold)

    async def keep(self, picture: bytes, *, hold: Hold | None = None) -> str:
        """Write the bytes down so that a crash leaves them whole or not at all; their SHA-256.

        Raises `DiskFull`.
        """
        try:
            return await asyncio.to_thread(self._keep, picture, hold)
        except OSError as error:
            if error.errno not in NO_ROOM:
                raise
            if self._disk is not None:
                self._disk.is_full()
            raise DiskFull from error

    async def has(self, sha256: str, *, hold: Hold) -> bool:
        """Whether the picture is there; if so, it is held."""
        return await asyncio.to_thread(self._has, sha256, hold)

    async def read(self, sha256: str) -> bytes | None:
        """The bytes of that name, or None when they are gone."""
        try:
            return await asyncio.to_thread(self._path(sha256).read_bytes)
        except FileNotFoundError:
            return None

    @asynccontextmanager
    async def sweep(self) -> AsyncIterator[None]:
        """The block that deletes: list the files, then ask which are needed, then remove the others.

        What somebody holds in the meantime is spared, even when it is let go of before the block ends. There is one
        such block at a time.
        """
        async with self._sweeping:
            with self._lock:
                self._spared = set().union(*(hold.names for hold in self._holds))
            try:
                yield
            finally:
                self._spared = None

    async def files(self) -> list[KeptFile]:
        """Every picture that lies here. What a crash left half written is deleted on the way."""
        return await asyncio.to_thread(self._files)

    async def remove(self, files: Iterable[KeptFile]) -> list[KeptFile]:
        """Delete these files, within a sweep; those that were deleted, which leaves out what is held."""
        return await asyncio.to_thread(self._remove, list(files))

    def _path(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256

    def _hold(self, sha256: str, hold: Hold | None) -> None:
        with self._lock:
            if hold is not None:
                hold.names.add(sha256)
            if self._spared is not None:
                self._spared.add(sha256)

    def _has(self, sha256: str, hold: Hold) -> bool:
        self._hold(sha256, hold)
        return self._path(sha256).exists()

    def _keep(self, picture: bytes, hold: Hold | None) -> str:
        sha256 = hashlib.sha256(picture).hexdigest()
        path = self._path(sha256)
        self._hold(sha256, hold)
        if not path.exists():
            self._write(path, picture)
        _sync_folder(path.parent)  # for a file that is there too: whoever wrote it may not have come to that
        return sha256

    def _write(self, path: Path, picture: bytes) -> None:
        if not path.parent.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            _sync_folder(self._folder)
        unfinished = path.with_name(f"{UNFINISHED}{secrets.token_hex(8)}")
        with self._lock:
            self._being_written.add(unfinished.name)
        try:
            with unfinished.open("xb") as file:
                file.write(picture)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
        finally:
            with self._lock:
                self._being_written.discard(unfinished.name)

    def _files(self) -> list[KeptFile]:
        found = []
        for path in self._folder.glob("??/*"):
            with self._lock, suppress(FileNotFoundError):
                if path.name.startswith(UNFINISHED):
                    if path.name not in self._being_written:
                        path.unlink()
                elif path == self._path(path.name):
                    found.append(KeptFile(path.name, path.stat().st_size))
        return found

    def _remove(self, files: list[KeptFile]) -> list[KeptFile]:
        removed = []
        for file in files:
            with self._lock:
                held = self._spared is None or file.sha256 in self._spared
                if not held and not any(file.sha256 in hold.names for hold in self._holds):
                    self._path(file.sha256).unlink(missing_ok=True)
                    removed.append(file)
        return removed


def _sync_folder(folder: Path) -> None:
    """Let the names in this folder outlive a loss of power, as fsync does for what is in a file."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@dataclass(frozen=True, slots=True)
class Pictures:
    """Takes pictures in: checks, fetches, keeps."""

    store: PictureStore
    download: Download
    limit_bytes: int
    gate: asyncio.Semaphore
    allows: Callable[[str], bool] = lambda _url: True
    """Whether `download` fetches from there at all."""

    async def thumbnails(self, job: Job) -> tuple[bytes | None, bytes | None]:
        """The content and the style as small JPEGs; None where no worker has made one yet, or it is gone."""
        return await self._thumbnail(job.input("content")), await self._thumbnail(job.input("style"))

    async def _thumbnail(self, source: Input) -> bytes | None:
        return None if source.thumbnail_sha256 is None else await self.store.read(source.thumbnail_sha256)

    def check(self, name: str, picture: SentPicture) -> None:
        """Refuse at once what cannot be a picture, is too large, or isn't on Discord."""
        if not self.allows(picture.url):
            raise ForeignHost(name)
        check_picture(name, picture, limit_bytes=self.limit_bytes)

    async def take(self, name: str, source: Input, *, hold: Hold, log: Any = log) -> str:
        """Fetch a picture, keep it and hold it; the SHA-256 that names it.

        Raises `DownloadError`, `FileTooLarge`, `DiskFull`, or a `PictureError` for what does not even begin as a
        picture. What may pass, as a lost network does, is tried again for about two minutes.
        """
        if source.sha256 is not None:
            return source.sha256
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + DOWNLOAD_PATIENCE_SECONDS
        waits = islice(growing_waits(), DOWNLOAD_ATTEMPTS - 1)
        while True:
            try:
                async with self.gate:
                    picture = await self._fetch(name, source)
                    recognize_picture(picture, name=_NAMES[name])
                    return await self.store.keep(picture, hold=hold)
            except DownloadFailed as error:
                log.warning("picture.not_fetched", picture=name, problem=str(error.__cause__ or error))
                if (wait_seconds := next(waits, None)) is None or loop.time() > give_up_at:
                    raise
            await asyncio.sleep(wait_seconds)

    async def _fetch(self, name: str, source: Input) -> bytes:
        limit_bytes = min(source.size_bytes or self.limit_bytes, self.limit_bytes)
        try:
            return await self.download(name, source.url or "", limit_bytes=limit_bytes)
        except FileTooLarge as error:
            if source.size_bytes:
                raise
            raise FileTooLarge(name, None, limit_bytes, declared=False) from error
