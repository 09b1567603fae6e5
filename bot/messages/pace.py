"""Spaces edits of old messages: Discord allows few of them in a channel."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections import defaultdict
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

CHANNEL_EDIT_INTERVAL_SECONDS = 2.5
"""Messages older than an hour allow 3 edits per 6 s and channel; more are answered with 429 and code 30046.

A little longer than that, because requests arrive less evenly than they are sent. It is counted from the answer to
the edit before: a large painting takes seconds to arrive.
"""


@dataclass(slots=True)
class _Lane:
    """The edits that wait in one channel."""

    waiting: list[tuple[bool, int]] = field(default_factory=list)
    """A heap: final edits first, then in order of arrival."""
    next_turn_at: float = 0.0
    holder: asyncio.Task[object] | None = None
    """What is editing now."""
    is_free: asyncio.Event = field(default_factory=asyncio.Event)


class EditPace:
    """Gives turns to edit, one at a time per channel, final edits before progress."""

    def __init__(self, *, interval_seconds: float = CHANNEL_EDIT_INTERVAL_SECONDS) -> None:
        self._interval_seconds = interval_seconds
        self._numbers = itertools.count()
        self._lanes: defaultdict[Hashable, _Lane] = defaultdict(_Lane)

    @asynccontextmanager
    async def turn(self, channel: Hashable, *, is_final: bool) -> AsyncIterator[None]:
        """Wait until an edit in that channel may be sent, and send it in the block.

        Another turn within the block, for an edit that is tried another way, only waits for the interval.
        """
        lane, task = self._lanes[channel], asyncio.current_task()
        if lane.holder is task:
            await asyncio.sleep(self._interval_seconds)
            yield
            return
        await self._wait(lane, is_final=is_final)
        lane.holder = task
        lane.is_free.clear()
        try:
            yield
        finally:
            lane.holder = None
            lane.is_free.set()
            lane.next_turn_at = asyncio.get_running_loop().time() + self._interval_seconds

    async def _wait(self, lane: _Lane, *, is_final: bool) -> None:
        now = asyncio.get_running_loop().time
        ticket = (not is_final, next(self._numbers))
        heapq.heappush(lane.waiting, ticket)
        try:
            while True:
                if lane.holder is not None:
                    await lane.is_free.wait()
                elif (wait_seconds := lane.next_turn_at - now()) > 0:
                    await asyncio.sleep(wait_seconds)
                elif lane.waiting[0] != ticket:
                    await asyncio.sleep(self._interval_seconds)
                else:
                    return
        finally:
            lane.waiting.remove(ticket)
            heapq.heapify(lane.waiting)
            self._forget_quiet_lanes(besides=lane)

    def _forget_quiet_lanes(self, *, besides: _Lane) -> None:
        now = asyncio.get_running_loop().time()
        for channel, lane in list(self._lanes.items()):
            if lane is not besides and not lane.waiting and lane.holder is None and lane.next_turn_at <= now:
                del self._lanes[channel]
