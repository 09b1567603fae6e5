"""The mailbox: a painting's events on their way from a thread to a coroutine."""

from __future__ import annotations

import asyncio
import dataclasses
import threading
from collections import deque

from stylizer.errors import StylizerError
from stylizer.events import Event, Progress
from stylizer.pool.protocol import Reading


class Mailbox:
    """Carries one painting's events from a thread to a coroutine, and stays small even if the reader is slow.

    Of several unread `Progress` only the latest is kept, with the latest preview among them; everything else is kept.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._lock = threading.Lock()
        self._letters: deque[Event | Reading | StylizerError] = deque()
        self._filled = asyncio.Event()

    def put(self, letter: Event | Reading | StylizerError) -> None:
        """Add an event, or the error that ends the painting. Thread-safe; raises RuntimeError if the loop is closed."""
        with self._lock:
            was_empty = not self._letters
            if isinstance(letter, Progress) and self._letters and isinstance(stale := self._letters[-1], Progress):
                self._letters.pop()
                if letter.preview is None:
                    letter = dataclasses.replace(letter, preview=stale.preview)
            self._letters.append(letter)
        # A reader only waits after it found nothing: one call is enough, and a stalled loop doesn't collect more of
        # them.
        if was_empty:
            self._loop.call_soon_threadsafe(self._filled.set)

    async def get(self) -> Event | Reading:
        """Wait for the oldest unread event, or raise the error that ended the painting."""
        while True:
            with self._lock:
                if self._letters:
                    letter = self._letters.popleft()
                    break
                self._filled.clear()
            await self._filled.wait()
        if isinstance(letter, StylizerError):
            raise letter
        return letter
