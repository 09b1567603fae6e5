"""The disk that the data directory lies on: how much room is left, and whether new jobs still fit."""

from __future__ import annotations

import errno
import math
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import structlog

from bot.errors import DiskFull

log = structlog.get_logger()

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
"""What writing to a full disk, or beyond a quota, ends with."""
PAUSE_SECONDS = 60.0
"""For which no new job is taken after a write that found no room, whatever the disk says of itself."""


class Disk:
    """Keeps some room free for the jobs that were accepted already."""

    def __init__(
        self,
        folder: Path,
        *,
        reserve_bytes: int,
        measure: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`measure` tells the free bytes where a folder lies; `clock` seconds that never go backwards."""
        self._folder = folder
        self._reserve_bytes = reserve_bytes
        self._measure = measure
        self._clock = clock
        self._paused_until = -math.inf

    def check(self) -> None:
        """Raise `DiskFull` where nothing new shall be kept."""
        if self._clock() < self._paused_until or self.missing_bytes() > 0:
            raise DiskFull

    def missing_bytes(self) -> int:
        """How much would have to be deleted for the reserve to be free."""
        return max(0, self._reserve_bytes - self._measure(self._folder))

    def is_full(self) -> None:
        """Note that a write found no room."""
        log.warning("disk.full", free_bytes=self._measure(self._folder), reserve_bytes=self._reserve_bytes)
        self._paused_until = self._clock() + PAUSE_SECONDS
