"""The time by which things are deleted, or due: a clock that jumps ahead is not believed at once."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

AHEAD_BY = timedelta(hours=1)
BELIEVED_AFTER = timedelta(days=1)


def _wall() -> datetime:
    return datetime.now(UTC)


def _passed() -> timedelta:
    """The time since some moment, including time for which the machine slept where the system counts it."""
    kind = time.CLOCK_BOOTTIME if sys.platform == "linux" else time.CLOCK_MONOTONIC
    return timedelta(seconds=time.clock_gettime(kind))


class CautiousClock:
    """UTC, except that a clock that is set ahead is believed only after it has stayed ahead for a day.

    Until then the time continues from where it was. A clock that is set back is believed at once: then things only stay
    longer. The time at the start of the process is believed too, because there is nothing to compare it with.
    """

    def __init__(self, *, wall: Callable[[], datetime] = _wall, passed: Callable[[], timedelta] = _passed) -> None:
        self._wall = wall
        self._passed = passed
        self._started_at = wall() - passed()
        """The clock's time when nothing had passed."""
        self._ahead_since: timedelta | None = None

    def __call__(self) -> datetime:
        """The time."""
        wall, passed = self._wall(), self._passed()
        expected = self._started_at + passed
        if wall - expected <= AHEAD_BY:
            self._ahead_since = None
        elif self._ahead_since is None:
            self._ahead_since = passed
        if self._ahead_since is not None and passed - self._ahead_since < BELIEVED_AFTER:
            return expected
        self._ahead_since = None
        self._started_at = wall - passed
        return wall
