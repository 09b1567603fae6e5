"""Event loop stalls: while something blocks the loop, no interaction is acknowledged and no heartbeat is sent."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import NoReturn

import structlog

log = structlog.get_logger()

PROBE_INTERVAL_SECONDS = 0.05
MIN_STALL_SECONDS = 0.05
"""Shorter delays are normal scheduling on a busy machine."""
MIN_LOGGED_STALL_SECONDS = 1.0
"""A third of the time that Discord allows for an acknowledgment."""


@asynccontextmanager
async def stall_watch(on_stall: Callable[[float], object]) -> AsyncIterator[None]:
    """Run `watch_for_stalls` while the block runs."""
    watching = asyncio.create_task(watch_for_stalls(on_stall))
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.wait([watching])


async def watch_for_stalls(
    on_stall: Callable[[float], object],
    *,
    clock: Callable[[], float] = time.perf_counter,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> NoReturn:
    """Call `on_stall` with the length of every stall, in seconds, until canceled."""
    while True:
        asleep_at = clock()
        await sleep(PROBE_INTERVAL_SECONDS)
        late_seconds = clock() - asleep_at - PROBE_INTERVAL_SECONDS
        if late_seconds >= MIN_STALL_SECONDS:
            on_stall(late_seconds)
        if late_seconds >= MIN_LOGGED_STALL_SECONDS:
            log.warning("event_loop.stalled", seconds=round(late_seconds, 2))
