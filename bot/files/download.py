"""Downloads pictures over HTTP: only from Discord's hosts, and never more than allowed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Protocol, Self

import aiohttp
from yarl import URL

from bot.errors import AttachmentGone, DownloadFailed, FileTooLarge, ForeignHost
from bot.files.store import Write
from bot.sources.picture import is_attachment
from stylizer.pool import PictureRole

DISCORD_HOSTS = frozenset(
    {
        "cdn.discordapp.com",
        "media.discordapp.net",
        "images-ext-1.discordapp.net",  # Discord's copies of the pictures in link previews
        "images-ext-2.discordapp.net",
    }
)
HTTPS_PORT = 443
DOWNLOAD_TIMEOUT_SECONDS = 60
CHUNK_BYTES = 2**16
OK, TOO_MANY_REQUESTS, SERVER_ERROR = 200, 429, 500
EXPIRED_STATUSES = frozenset({403, 404})
"""Discord's answers for an attachment whose link has expired, and for one that is gone."""


class Download(Protocol):
    """Fetches a picture's bytes."""

    async def __call__(self, role: PictureRole, url: str, *, write: Write, limit_bytes: int) -> None:
        """Write the bytes at the URL as they arrive, never more than the limit.

        Raises `DownloadError`, or `FileTooLarge` if there are more. What was written by then is incomplete.
        """
        ...


class HttpDownload:
    """Fetches only from Discord's picture hosts, or from a stand-in for Discord."""

    def __init__(self, *, stand_in: URL | None = None, timeout_seconds: float = DOWNLOAD_TIMEOUT_SECONDS) -> None:
        self._stand_in = stand_in
        self._timeout = aiohttp.ClientTimeout(total=timeout_seconds)
        self._session: aiohttp.ClientSession | None = None
        self.refresh_link: Callable[[str], Awaitable[str | None]] | None = None
        """Asks Discord for a link to the same attachment that hasn't expired; None if Discord gives none."""

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=self._timeout, auto_decompress=False)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def __call__(self, role: PictureRole, url: str, *, write: Write, limit_bytes: int) -> None:
        if not self.allows(url):
            raise ForeignHost(role)
        try:
            await self._fetch(role, URL(url), write=write, limit_bytes=limit_bytes)
        except AttachmentGone as error:
            if error.status not in EXPIRED_STATUSES or self.refresh_link is None or not is_attachment(url):
                raise
            fresh = await self.refresh_link(url)
            if fresh is None or not self.allows(fresh):
                raise
            await self._fetch(role, URL(fresh), write=write, limit_bytes=limit_bytes)

    def allows(self, url: str) -> bool:
        """Whether this URL's host is one to fetch from."""
        try:
            return self._allows(URL(url))
        except ValueError:  # it's no URL at all
            return False

    async def _fetch(self, role: PictureRole, target: URL, *, write: Write, limit_bytes: int) -> None:
        if self._session is None:
            raise DownloadFailed(role)
        try:
            async with self._session.get(target, allow_redirects=False) as response:
                if response.status == TOO_MANY_REQUESTS or response.status >= SERVER_ERROR:
                    response.raise_for_status()
                if response.status != OK:
                    raise AttachmentGone(role, response.status)  # before anything is written: a fresh link may follow
                received_bytes = 0
                async for chunk in response.content.iter_chunked(CHUNK_BYTES):
                    received_bytes += len(chunk)
                    if received_bytes > limit_bytes:
                        raise FileTooLarge(role, None, limit_bytes)
                    await write(chunk)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise DownloadFailed(role) from error

    def _allows(self, url: URL) -> bool:
        # Behind a proxy for the API, attachments keep Discord's own addresses; a stand-in has its own.
        ours = self._stand_in
        if ours is not None and (url.scheme, url.host, url.port) == (ours.scheme, ours.host, ours.port):
            return True
        return url.scheme == "https" and url.port == HTTPS_PORT and url.host in DISCORD_HOSTS
