"""Event loop stalls: while something blocks the loop, no interaction is acknowledged and no heartbeat is sent."""

from __future__ import annotations

import asyncio
import math
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
LOG_INTERVAL_SECONDS = 60.0
"""On a machine that is too busy, stalls come by the dozen: those after the first are logged together."""


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
    """Call `on_stall` with the length of every stall, in seconds, until canceled. Long ones are logged, too."""
    not_logged: list[float] = []
    logs_at = -math.inf
    while True:
        asleep_at = clock()
        await sleep(PROBE_INTERVAL_SECONDS)
        late_seconds = clock() - asleep_at - PROBE_INTERVAL_SECONDS
        if late_seconds >= MIN_STALL_SECONDS:
            on_stall(late_seconds)
        if late_seconds >= MIN_LOGGED_STALL_SECONDS:
            not_logged.append(late_seconds)
        if not_logged and clock() >= logs_at:
            log.warning("event_loop.stalled", times=len(not_logged), longest_seconds=round(max(not_logged), 2))
            not_logged.clear()
            logs_at = clock() + LOG_INTERVAL_SECONDS
