"""The disk under the data directory: how much room is left, and whether new jobs still fit."""

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
"""Errors of a write to a full disk, or beyond a quota."""
PAUSE_SECONDS = 60.0
"""How long no new job is accepted after a write found no room, even if the disk reports free space."""


class Disk:
    """Keeps some room free for accepted jobs."""

    def __init__(
        self,
        folder: Path,
        *,
        reserve_bytes: int,
        measure: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`measure` returns the free bytes of a folder's disk; `clock` returns seconds that never go backward."""
        self._folder = folder
        self._reserve_bytes = reserve_bytes
        self._measure = measure
        self._clock = clock
        self._paused_until = -math.inf

    def refuse_if_full(self) -> None:
        """Raise `DiskFull` if nothing new may be stored."""
        if self._clock() < self._paused_until or self.missing_bytes() > 0:
            raise DiskFull

    def missing_bytes(self) -> int:
        """How many bytes have to be deleted before the reserve is free."""
        return max(0, self._reserve_bytes - self._measure(self._folder))

    def pause(self) -> None:
        """Refuse new jobs for a while, because a write found no room."""
        log.warning("disk.full", free_bytes=self._measure(self._folder), reserve_bytes=self._reserve_bytes)
        self._paused_until = self._clock() + PAUSE_SECONDS
