"""Event loop stalls are noticed, no matter what causes them."""

from __future__ import annotations

import asyncio
import time

import pytest
from structlog.testing import capture_logs

from bot.operation.stalls import MIN_STALL_SECONDS, watch_for_stalls


class Loop:
    """An event loop whose sleeps are late by given delays; canceled after the last one."""

    def __init__(self, *late_seconds: float) -> None:
        self._late_seconds = list(late_seconds)
        self.now = 100.0

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        if not self._late_seconds:
            raise asyncio.CancelledError
        self.now += seconds + self._late_seconds.pop(0)


async def stalls_of(loop: Loop) -> list[float]:
    found: list[float] = []
    with pytest.raises(asyncio.CancelledError):
        await watch_for_stalls(found.append, clock=loop.clock, sleep=loop.sleep)
    return found


async def test_stalls_are_reported_with_their_length_but_small_delays_are_not() -> None:
    assert await stalls_of(Loop(0, 0.01, 0.3, 0, 0.06)) == pytest.approx([0.3, 0.06])


async def test_only_stalls_that_endanger_acknowledgments_are_logged() -> None:
    with capture_logs() as logs:
        await stalls_of(Loop(0.3, 1.25))

    assert logs == [{"event": "event_loop.stalled", "times": 1, "longest_seconds": 1.25, "log_level": "warning"}]


async def test_many_stalls_are_logged_once_a_minute() -> None:
    with capture_logs() as logs:
        await stalls_of(Loop(1.25, *[2, 3, 1.5] * 15))  # nearly two minutes

    assert [(entry["times"], entry["longest_seconds"]) for entry in logs] == [(1, 1.25), (28, 3)]


async def test_a_real_stall_is_noticed() -> None:
    found: asyncio.Queue[float] = asyncio.Queue()
    watching = asyncio.create_task(watch_for_stalls(found.put_nowait))
    await asyncio.sleep(0)
    over_at = time.perf_counter() + 4 * MIN_STALL_SECONDS
    while time.perf_counter() < over_at:
        pass  # as a picture that is decoded in the wrong place would hold everything up
    assert await found.get() >= MIN_STALL_SECONDS
    watching.cancel()
