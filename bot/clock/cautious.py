"""The time by which things are deleted: a clock that jumps ahead is not believed at once."""

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
    """What has passed since some moment, with the time for which the machine slept where the system tells that."""
    kind = time.CLOCK_BOOTTIME if sys.platform == "linux" else time.CLOCK_MONOTONIC
    return timedelta(seconds=time.clock_gettime(kind))


class CautiousClock:
    """UTC, but for a clock that was set ahead: that is believed once it has stayed so for a day.

    Until then the time goes on from where it was. A clock that was set back is believed at once: by it things only stay
    for longer. What it says when the process starts is believed too, for nobody knows better.
    """

    def __init__(self, *, wall: Callable[[], datetime] = _wall, passed: Callable[[], timedelta] = _passed) -> None:
        self._wall = wall
        self._passed = passed
        self._started_at = wall() - passed()
        """When nothing had passed, as the clock has it."""
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
