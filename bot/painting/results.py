"""Keeps what workers have painted."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from bot.clock.backoff import Backoff
from bot.errors import DiskFull
from bot.files.store import Lease, PictureStore
from bot.painting.work import Work


@dataclass(frozen=True, slots=True)
class ResultStore:
    """Puts results into the store."""

    store: PictureStore
    backoff: Backoff

    async def put(self, work: Work, picture: bytes, lease: Lease) -> str:
        """Store a result, and return its SHA-256. Waits as long as the disk is full: an accepted job is painted."""
        for wait_seconds in self.backoff():
            try:
                return await self.store.put(picture, lease=lease)
            except DiskFull:
                work.log.warning("job.not_stored", bytes=len(picture))
                await asyncio.sleep(wait_seconds)
        raise AssertionError("the delays never end")
