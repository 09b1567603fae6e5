"""Members' pictures: checked before the download, downloaded into the store, with retries if they may help."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

import structlog

from bot.clock.backoff import Backoff, backoff_delays
from bot.errors import DownloadFailed, FileTooLarge, ForeignHost
from bot.files.download import Download
from bot.files.media_types import check_picture
from bot.files.store import Lease, PictureStore, Write
from bot.painting.job import Input, Job
from bot.sources.picture import SentPicture
from stylizer.pool import BEGINNING_BYTES, PictureName, PictureRole, recognize_picture

log = structlog.get_logger()

MAX_DOWNLOADS = 4
"""At the same time: more would only share the connection, until each takes too long."""
MAX_DOWNLOAD_ATTEMPTS = 9
RETRY_TIMEOUT_SECONDS = 120
"""No attempt begins later than this after the first one."""


@dataclass(frozen=True, slots=True)
class Pictures:
    """Members' pictures: checked, and downloaded into the store."""

    store: PictureStore
    download: Download
    limit_bytes: int
    gate: asyncio.Semaphore
    allows: Callable[[str], bool] = lambda _url: True
    """Whether `download` would fetch from a URL."""
    backoff: Backoff = backoff_delays

    async def thumbnails(self, job: Job) -> tuple[bytes | None, list[bytes | None]]:
        """Content and styles as small JPEGs; None for one that no worker has made yet, or that was deleted."""
        return await self._thumbnail(job.input("content")), [await self._thumbnail(style) for style in job.styles]

    async def _thumbnail(self, source: Input) -> bytes | None:
        return None if source.thumbnail_sha256 is None else await self.store.read_if_possible(source.thumbnail_sha256)

    def check(self, role: PictureRole, picture: SentPicture) -> None:
        """Refuse at once what can't be a picture, is too large, or isn't on Discord."""
        if not self.allows(picture.url):
            raise ForeignHost(role)
        check_picture(role, picture, limit_bytes=self.limit_bytes)

    async def fetch(self, source: Input, role: PictureRole, *, lease: Lease, log: Any = log) -> str:
        """Download a picture straight into the store, with a lease, and return its SHA-256. Errors call it by its role.

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
                    return await self.store.receive(partial(self._download, source, role), lease=lease)
            except DownloadFailed as error:
                log.warning("picture.not_fetched", picture=role, problem=str(error.__cause__ or error))
                if (delay_seconds := next(delays, None)) is None or loop.time() > give_up_at:
                    raise
            await asyncio.sleep(delay_seconds)

    async def _download(self, source: Input, role: PictureRole, write: Write) -> None:
        """Write the picture, and raise once it is complete if it doesn't begin like one."""
        beginning = bytearray()

        async def write_and_look(chunk: bytes) -> None:
            beginning.extend(chunk[: BEGINNING_BYTES - len(beginning)])
            await write(chunk)

        limit_bytes = min(source.size_bytes or self.limit_bytes, self.limit_bytes)
        try:
            await self.download(role, source.url or "", write=write_and_look, limit_bytes=limit_bytes)
        except FileTooLarge as error:
            if source.size_bytes:
                raise
            raise FileTooLarge(role, None, limit_bytes, declared=False) from error
        recognize_picture(bytes(beginning), name=PictureName(role))
