"""A painter for worker processes to whom something happens."""

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
    """Paints as the quick one; something happens in the middle of the first jobs."""

    mishap: str
    times: int
    notes: Path
    """A line for each time, because a process does not know what became of the one before it."""

    def paint(self, job: PaintingJob) -> Generator[Event, None, None]:
        for event in QuickPainter(seconds=0).paint(job):
            yield event
            if isinstance(event, Started) and self._is_due():
                MISHAPS[self.mishap]()

    def _is_due(self) -> bool:
        with self.notes.open("a+") as book:
            book.seek(0)
            if len(book.readlines()) >= self.times:
                return False
            book.write(f"{self.mishap}\n")
            return True


def open_unlucky_painter(*, mishap: str, times: int, notes: Path) -> UnluckyPainter:
    return UnluckyPainter(mishap, times, notes)
