"""Stalls of the event loop: while something holds it up, no interaction is acknowledged and no heartbeat is sent."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import NoReturn

import structlog

log = structlog.get_logger()

LOOK_SECONDS = 0.05
NOTICEABLE_SECONDS = 0.05
"""From here on it counts; below, it is the scheduling of a busy machine."""
ALARMING_SECONDS = 1.0
"""From here on it stands in the log: a third of what Discord gives for an acknowledgement."""


@asynccontextmanager
async def watching_for_stalls(stalled: Callable[[float], object]) -> AsyncIterator[None]:
    """Watch the loop while the block runs, as `watch_for_stalls`."""
    watching = asyncio.create_task(watch_for_stalls(stalled))
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.wait([watching])


async def watch_for_stalls(
    stalled: Callable[[float], object],
    *,
    clock: Callable[[], float] = time.perf_counter,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> NoReturn:
    """Call `stalled` with the seconds that the loop was held up, each time that it was, until cancelled."""
    while True:
        asleep_at = clock()
        await sleep(LOOK_SECONDS)
        late_seconds = clock() - asleep_at - LOOK_SECONDS
        if late_seconds >= NOTICEABLE_SECONDS:
            stalled(late_seconds)
        if late_seconds >= ALARMING_SECONDS:
            log.warning("loop.stalled", seconds=round(late_seconds, 2))
