"""The time by which things expire or are due: a clock that doesn't believe a jump ahead at once."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

MAX_JUMP = timedelta(hours=1)
"""A clock that jumps ahead by more isn't believed at once."""
DISTRUST_PERIOD = timedelta(days=1)


def _wall() -> datetime:
    return datetime.now(UTC)


def _passed() -> timedelta:
    """The time since some moment, including sleep if the system counts it."""
    kind = time.CLOCK_BOOTTIME if sys.platform == "linux" else time.CLOCK_MONOTONIC
    return timedelta(seconds=time.clock_gettime(kind))


class CautiousClock:
    """UTC, except that a clock that was set ahead is believed only after it has stayed ahead for a day.

    Until then, the time continues from where it was. A clock that was set back is believed at once, because then things
    are only kept longer. So is the time when the process starts, because there is nothing to compare it with.
    """

    def __init__(self, *, wall: Callable[[], datetime] = _wall, passed: Callable[[], timedelta] = _passed) -> None:
        self._wall = wall
        self._passed = passed
        self._started_at = wall() - passed()
        """The wall clock's time when `passed` was zero."""
        self._ahead_since: timedelta | None = None

    def __call__(self) -> datetime:
        """The current time."""
        wall, passed = self._wall(), self._passed()
        expected = self._started_at + passed
        if wall - expected <= MAX_JUMP:
            self._ahead_since = None
        elif self._ahead_since is None:
            self._ahead_since = passed
        if self._ahead_since is not None and passed - self._ahead_since < DISTRUST_PERIOD:
            return expected
        self._ahead_since = None
        self._started_at = wall - passed
        return wall
