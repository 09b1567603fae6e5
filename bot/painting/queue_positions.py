"""The positions in the queue, shown on the cards of waiting jobs."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping

from bot.clock.timing import CallLater, Timer
from bot.messages.live import CARD_EDIT_INTERVAL_SECONDS
from bot.painting.progress import Waiting
from bot.painting.queue import FairQueue
from bot.painting.work import Work

FEW_POSITIONS = 20
"""With no more waiting jobs than this, every change is shown at once."""
POSITIONS_INTERVAL_SECONDS = 30.0
"""How often the expected times are updated while nothing else moves the queue."""
UPDATE_SECONDS_PER_POSITION = 0.01
"""With more of them, updates are spaced by this much per job, because they take the event loop's time."""


class QueuePositions:
    """Keeps the cards of waiting jobs up to date."""

    def __init__(self, queue: FairQueue, in_progress: Mapping[str, Work], *, call_later: CallLater) -> None:
        """`in_progress` maps the ID of every job in the queue to its work."""
        self._queue = queue
        self._in_progress = in_progress
        self._call_later = call_later
        self._next_update: Timer | None = None
        self._due_at = -math.inf
        self._is_closed = False

    def show(self) -> None:
        """Update the cards of all waiting jobs; with hundreds of them, not at every change."""
        now = asyncio.get_running_loop().time()
        if now < self._due_at:
            return
        forecast, in_order = self._queue.forecast(), self._queue.in_order()
        self._cancel_next()
        if in_order and not self._is_closed:
            self._next_update = self._call_later(POSITIONS_INTERVAL_SECONDS, self.show)
        self._due_at = now + (UPDATE_SECONDS_PER_POSITION * len(in_order) if len(in_order) > FEW_POSITIONS else 0)
        for position, job in enumerate(in_order, start=1):
            work = self._in_progress[job.job_id]
            work.card_state = Waiting(position, forecast[job.job_id].starts, self._queue.takes_seconds(job))
            # The farther back, the less the exact position matters: hundreds of cards aren't edited at every change.
            work.schedule_update(interval_seconds=CARD_EDIT_INTERVAL_SECONDS * position)

    def close(self) -> None:
        """Stop the regular updates."""
        self._is_closed = True
        self._cancel_next()

    def _cancel_next(self) -> None:
        if self._next_update is not None:
            self._next_update.cancel()
            self._next_update = None
