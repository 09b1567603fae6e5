"""A painter for worker processes that dies, hangs or runs out of memory."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.painters import QuickPainter
from stylizer.events import Event, Started
from stylizer.pool import PaintingJob

MEMORY_LIMIT_BYTES = 64 * 2**20


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _hang() -> None:
    threading.Event().wait()


def _take_too_much_memory() -> None:
    bytearray(2 * MEMORY_LIMIT_BYTES)


MISHAPS: dict[str, Callable[[], None]] = {"die": _die, "hang": _hang, "take too much memory": _take_too_much_memory}


@dataclass(frozen=True, slots=True)
class UnluckyPainter:
    """Paints like the quick painter, but has a mishap in the middle of its first job."""

    mishap: str
    notes: Path
    """A file that names the mishap, because a process doesn't know what happened to the one before it."""

    def paint(self, job: PaintingJob, **_: object) -> Generator[Event, None, None]:
        for event in QuickPainter(seconds=0).paint(job):
            yield event
            if isinstance(event, Started) and self._is_due():
                MISHAPS[self.mishap]()

    def _is_due(self) -> bool:
        if self.notes.exists():
            return False
        self.notes.write_text(f"{self.mishap}\n")
        return True


def open_unlucky_painter(*, mishap: str, notes: Path) -> UnluckyPainter:
    return UnluckyPainter(mishap, notes)
