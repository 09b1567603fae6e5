"""Keeps what a worker has painted."""

from __future__ import annotations

import asyncio

from bot.clock.backoff import backoff_delays
from bot.errors import DiskFull
from bot.files.store import Lease, PictureStore
from bot.painting.work import Work


async def store_result(store: PictureStore, work: Work, picture: bytes, lease: Lease) -> str:
    """Store a result, and return its SHA-256. Waits as long as the disk is full: an accepted job gets its painting."""
    for wait_seconds in backoff_delays():
        try:
            return await store.put(picture, lease=lease)
        except DiskFull:
            work.log.warning("job.not_stored", bytes=len(picture))
            await asyncio.sleep(wait_seconds)
    raise AssertionError("the delays never end")
