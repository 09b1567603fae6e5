"""A file on its way into the store: hashed while it is written, and without a name of its own until it is complete."""

from __future__ import annotations

import hashlib
import os
import secrets
import threading
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

UNFINISHED = "unfinished-"
"""Prefix of a file that is still being written."""


class NewFile:
    """A file that grows until it is moved to its place or discarded.

    Its methods block, so call them in threads. After `discard` they do nothing, because a thread may still be writing
    for a task that was canceled.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / f"{UNFINISHED}{secrets.token_hex(8)}"
        self._digest = hashlib.sha256()
        self._file: BinaryIO | None = None
        self._lock = threading.Lock()
        self._is_over = False

    def write(self, chunk: bytes) -> None:
        """Append these bytes. Raises `OSError`."""
        with self._lock:
            if not self._is_over:
                self._opened().write(chunk)
                self._digest.update(chunk)

    def complete(self) -> str:
        """Make what was written survive a power cut, and return its SHA-256. Raises `OSError`."""
        with self._lock:
            if not self._is_over:
                file = self._opened()
                file.flush()
                os.fsync(file.fileno())
                file.close()
            return self._digest.hexdigest()

    def move_to(self, path: Path) -> None:
        """Give the complete file its name, replacing a file of that name."""
        with self._lock:
            if not self._is_over:
                self.path.replace(path)
                self._is_over = True

    def discard(self) -> None:
        """Close and delete the file, unless it was moved to its place."""
        with self._lock:
            if self._is_over:
                return
            self._is_over = True
            if self._file is not None:
                with suppress(OSError):  # a full disk has no room for what is still in the buffer
                    self._file.close()
            self.path.unlink(missing_ok=True)

    def _opened(self) -> BinaryIO:
        if self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("xb")
        return self._file
