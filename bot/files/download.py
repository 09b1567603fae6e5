"""Downloads pictures: only from Discord's hosts, never more than allowed, with retries if they may help."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import islice
from types import TracebackType
from typing import Any, Protocol, Self

import aiohttp
import structlog
from yarl import URL

from bot.clock.backoff import Backoff, backoff_delays
from bot.errors import AttachmentGone, DownloadFailed, FileTooLarge, ForeignHost
from bot.files.media_types import PAINTER_NAMES, check_picture
from bot.files.store import Lease, PictureStore
from bot.painting.job import Input, Job
from bot.sources.picture import SentPicture, is_attachment
from stylizer.pool import recognize_picture

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
MAX_DOWNLOADS = 4
"""At the same time: limits the memory that many large uploads can take."""
DOWNLOAD_TIMEOUT_SECONDS = 60
MAX_DOWNLOAD_ATTEMPTS = 9
RETRY_TIMEOUT_SECONDS = 120
"""No attempt begins later than this after the first one."""
CHUNK_BYTES = 2**16
OK, TOO_MANY_REQUESTS, SERVER_ERROR = 200, 429, 500
EXPIRED_STATUSES = frozenset({403, 404})
"""Discord's answers for an attachment whose link has expired, and for one that is gone."""


class Download(Protocol):
    """Fetches an attachment's bytes."""

    async def __call__(self, name: str, url: str, *, limit_bytes: int) -> bytes:
        """The bytes at the URL. Raises `DownloadError`, or `FileTooLarge` if there are more than the limit."""
        ...


class HttpDownload:
    """Fetches only from Discord's picture hosts, or from a stand-in for Discord."""

    def __init__(self, *, stand_in: URL | None = None) -> None:
        self._stand_in = stand_in
        self._session: aiohttp.ClientSession | None = None
        self.refresh_link: Callable[[str], Awaitable[str | None]] | None = None
        """Asks Discord for a link to the same attachment that hasn't expired; None if Discord gives none."""

    async def __aenter__(self) -> Self:
        timeout = aiohttp.ClientTimeout(total=DOWNLOAD_TIMEOUT_SECONDS)
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
            if error.status not in EXPIRED_STATUSES or self.refresh_link is None or not is_attachment(url):
                raise
            fresh = await self.refresh_link(url)
            if fresh is None or not self.allows(fresh):
                raise
            return await self._fetch(name, URL(fresh), limit_bytes=limit_bytes)

    def allows(self, url: str) -> bool:
        """Whether this URL's host is one to fetch from."""
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
                async for chunk in response.content.iter_chunked(CHUNK_BYTES):
                    received += chunk
                    if len(received) > limit_bytes:
                        raise FileTooLarge(name, None, limit_bytes)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise DownloadFailed(name) from error
        return bytes(received)

    def _allows(self, url: URL) -> bool:
        # Behind a proxy for the API, attachments keep Discord's own addresses; a stand-in has its own.
        ours = self._stand_in
        if ours is not None and (url.scheme, url.host, url.port) == (ours.scheme, ours.host, ours.port):
            return True
        return url.scheme == "https" and url.port == HTTPS_PORT and url.host in DISCORD_HOSTS


@dataclass(frozen=True, slots=True)
class Pictures:
    """Members' pictures: checked, downloaded and put into the store."""

    store: PictureStore
    download: Download
    limit_bytes: int
    gate: asyncio.Semaphore
    allows: Callable[[str], bool] = lambda _url: True
    """Whether `download` would fetch from a URL."""
    backoff: Backoff = backoff_delays

    async def thumbnails(self, job: Job) -> tuple[bytes | None, bytes | None]:
        """Content and style as small JPEGs; None for one that no worker has made yet, or that was deleted."""
        return await self._thumbnail(job.input("content")), await self._thumbnail(job.input("style"))

    async def _thumbnail(self, source: Input) -> bytes | None:
        return None if source.thumbnail_sha256 is None else await self.store.read(source.thumbnail_sha256)

    def check(self, name: str, picture: SentPicture) -> None:
        """Refuse at once what can't be a picture, is too large, or isn't on Discord."""
        if not self.allows(picture.url):
            raise ForeignHost(name)
        check_picture(name, picture, limit_bytes=self.limit_bytes)

    async def fetch(self, name: str, source: Input, *, lease: Lease, log: Any = log) -> str:
        """Download a picture, put it into the store with a lease, and return its SHA-256.

        Raises `DownloadError`, `FileTooLarge`, `DiskFull`, or a `PictureError` for a file that doesn't even begin like
        a picture. Retries failures that may pass, such as a lost network, for about two minutes.
        """
        if source.sha256 is not None:
            return source.sha256
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + RETRY_TIMEOUT_SECONDS
        delays = islice(self.backoff(), MAX_DOWNLOAD_ATTEMPTS - 1)
        while True:
            try:
                async with self.gate:
                    picture = await self._download(name, source)
                    recognize_picture(picture, name=PAINTER_NAMES[name])
                    return await self.store.put(picture, lease=lease)
            except DownloadFailed as error:
                log.warning("picture.not_fetched", picture=name, problem=str(error.__cause__ or error))
                if (delay_seconds := next(delays, None)) is None or loop.time() > give_up_at:
                    raise
            await asyncio.sleep(delay_seconds)

    async def _download(self, name: str, source: Input) -> bytes:
        limit_bytes = min(source.size_bytes or self.limit_bytes, self.limit_bytes)
        try:
            return await self.download(name, source.url or "", limit_bytes=limit_bytes)
        except FileTooLarge as error:
            if source.size_bytes:
                raise
            raise FileTooLarge(name, None, limit_bytes, declared=False) from error
