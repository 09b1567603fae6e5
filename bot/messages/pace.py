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


class EditPace:
    """Gives turns to edit, one at a time per channel, final edits before progress."""

    def __init__(self, *, interval_seconds: float = CHANNEL_EDIT_INTERVAL_SECONDS) -> None:
        self._interval_seconds = interval_seconds
        self._numbers = itertools.count()
        self._lanes: defaultdict[Hashable, _Lane] = defaultdict(_Lane)

    @asynccontextmanager
    async def turn(self, channel: Hashable, *, is_final: bool) -> AsyncIterator[None]:
        """Wait until an edit in that channel may be sent, and send it in the block."""
        await self._wait(channel, is_final=is_final)
        try:
            yield
        finally:
            self._lanes[channel].next_turn_at = asyncio.get_running_loop().time() + self._interval_seconds

    async def _wait(self, channel: Hashable, *, is_final: bool) -> None:
        loop = asyncio.get_running_loop()
        lane = self._lanes[channel]
        ticket = (not is_final, next(self._numbers))
        heapq.heappush(lane.waiting, ticket)
        try:
            while (wait_seconds := lane.next_turn_at - loop.time()) > 0 or lane.waiting[0] != ticket:  # noqa: ASYNC110 - time itself is waited for
                await asyncio.sleep(wait_seconds if wait_seconds > 0 else self._interval_seconds)
            lane.next_turn_at = loop.time() + self._interval_seconds
        finally:
            lane.waiting.remove(ticket)
            heapq.heapify(lane.waiting)
            self._forget_quiet_lanes()

    def _forget_quiet_lanes(self) -> None:
        now = asyncio.get_running_loop().time()
        for channel in [key for key, lane in self._lanes.items() if not lane.waiting and lane.next_turn_at <= now]:
            del self._lanes[channel]
