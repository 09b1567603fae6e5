"""The store: pictures, animations and other results as files, each named by the SHA-256 of its bytes.

The same bytes are one file, no matter how many rows name it. So no file is deleted directly: a sweep deletes what no
owner needs (`bot/files/janitor.py`), except for what is leased. Lease a file from before it is put into the store until
the database names it.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, TypeAlias

import structlog

from bot.errors import DiskFull
from bot.files.disk import NO_ROOM, Disk
from bot.files.new_file import UNFINISHED, NewFile

log = structlog.get_logger()

CHUNK_BYTES = 2**20

Write: TypeAlias = Callable[[bytes], Awaitable[None]]
"""Appends a piece to a file."""


@dataclass(frozen=True, slots=True, eq=False)
class Lease:
    """Files that no sweep deletes, because the database is about to name them."""

    names: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file in the store."""

    sha256: str
    size_bytes: int


class PictureStore:
    """Files in one folder, each named by the SHA-256 of its bytes."""

    def __init__(self, folder: Path, *, disk: Disk | None = None) -> None:
        self._folder = folder
        self._disk = disk
        self._lock = threading.Lock()  # files are written and deleted in threads
        self._leases: set[Lease] = set()
        self._sweeping = asyncio.Lock()
        self._spared: set[str] | None = None
        """Everything that was leased at any time since the current sweep began."""
        self._being_written: set[str] = set()

    @contextmanager
    def lease(self) -> Iterator[Lease]:
        """A lease on every file that is put into the store, or found there, with it. Ends with the block."""
        lease = Lease()
        with self._lock:
            self._leases.add(lease)
        try:
            yield lease
        finally:
            with self._lock:
                self._leases.remove(lease)

    async def put(self, source: bytes | Path | BinaryIO, *, lease: Lease | None = None) -> str:
        """Store these bytes, or those of a file, and return their SHA-256. After a crash, all are there or none.

        A file is copied in pieces, so it may be larger than memory; the caller keeps the original. Raises `DiskFull`,
        and `OSError` if the source can't be read.
        """
        with self.disk_full_errors():
            return await asyncio.to_thread(self._put, source, lease)

    async def receive(self, send: Callable[[Write], Awaitable[None]], *, lease: Lease | None = None) -> str:
        """Store what `send` writes piece by piece, as it arrives, and return its SHA-256.

        If `send` raises, nothing of it is left. Raises `DiskFull`.
        """
        file = self._begin()

        async def write(chunk: bytes) -> None:
            await asyncio.to_thread(file.write, chunk)

        try:
            with self.disk_full_errors():
                await send(write)
                return await asyncio.to_thread(self._finish, file, lease)
        except BaseException:
            await asyncio.to_thread(self._discard, file)
            raise

    async def has(self, sha256: str, *, lease: Lease) -> bool:
        """Whether the file is there; if so, it is leased."""
        return await asyncio.to_thread(self._has, sha256, lease)

    async def read(self, sha256: str) -> bytes | None:
        """Read the whole file; None if it is gone."""
        try:
            return await asyncio.to_thread(self.path_of(sha256).read_bytes)
        except FileNotFoundError:
            return None

    async def read_if_possible(self, sha256: str) -> bytes | None:
        """Read a file that nothing depends on; None if it is gone, or can't be read."""
        try:
            return await self.read(sha256)
        except OSError as error:
            log.warning("picture.unreadable", picture=sha256, problem=error.strerror or str(error))
            return None

    async def size_of(self, sha256: str) -> int | None:
        """The file's size in bytes, without reading it; None if it is gone."""
        try:
            return (await asyncio.to_thread(self.path_of(sha256).stat)).st_size
        except FileNotFoundError:
            return None

    def path_of(self, sha256: str) -> Path:
        """Where the file is, if it is in the store. Only read it, and only while it is leased or a row needs it."""
        return self._folder / sha256[:2] / sha256

    @asynccontextmanager
    async def sweep(self) -> AsyncIterator[None]:
        """Protect leased files while the block lists the files, asks which are needed, and removes the others.

        What is leased at any time during the block is kept, even if the lease ends before the block does. Only one such
        block runs at a time.
        """
        async with self._sweeping:
            with self._lock:
                self._spared = set().union(*(lease.names for lease in self._leases))
            try:
                yield
            finally:
                with self._lock:
                    self._spared = None

    async def files(self) -> list[StoredFile]:
        """List every file in the store. Also deletes half-written files that a crash left behind."""
        return await asyncio.to_thread(self._files)

    async def remove(self, files: Iterable[StoredFile]) -> list[StoredFile]:
        """Delete these files within a sweep, except leased ones; return the deleted ones."""
        return await asyncio.to_thread(self._remove, list(files))

    @contextmanager
    def disk_full_errors(self) -> Iterator[None]:
        """Raise `DiskFull`, and pause new jobs, if a write in the block finds no room."""
        try:
            yield
        except OSError as error:
            if error.errno not in NO_ROOM:
                raise
            if self._disk is not None:
                self._disk.pause()
            raise DiskFull from error

    def _lease(self, sha256: str, lease: Lease | None) -> None:
        with self._lock:
            if lease is not None:
                lease.names.add(sha256)
            if self._spared is not None:
                self._spared.add(sha256)

    def _has(self, sha256: str, lease: Lease) -> bool:
        self._lease(sha256, lease)
        return self.path_of(sha256).exists()

    def _put(self, source: bytes | Path | BinaryIO, lease: Lease | None) -> str:
        if isinstance(source, Path):
            with source.open("rb") as file:
                return self._copy(file, lease)
        if not isinstance(source, bytes):
            return self._copy(source, lease)
        sha256 = hashlib.sha256(source).hexdigest()
        self._lease(sha256, lease)
        path = self.path_of(sha256)
        if not path.exists():
            return self._copy(io.BytesIO(source), lease)
        _sync_folder(path.parent)  # the process that wrote it may not have got that far
        return sha256

    def _copy(self, source: BinaryIO, lease: Lease | None) -> str:
        file = self._begin()
        try:
            # Hash exactly what is written, even if the source changes in the meantime.
            while chunk := source.read(CHUNK_BYTES):
                file.write(chunk)
            return self._finish(file, lease)
        except BaseException:
            self._discard(file)
            raise

    def _begin(self) -> NewFile:
        file = NewFile(self._folder)
        with self._lock:
            self._being_written.add(file.path.name)
        return file

    def _finish(self, file: NewFile, lease: Lease | None) -> str:
        sha256 = file.complete()
        self._lease(sha256, lease)  # before the file has the name by which a sweep would find it
        path = self.path_of(sha256)
        if not path.parent.exists():
            path.parent.mkdir(exist_ok=True)
            _sync_folder(self._folder)
        file.move_to(path)
        self._forget(file)
        _sync_folder(path.parent)
        return sha256

    def _discard(self, file: NewFile) -> None:
        file.discard()
        self._forget(file)

    def _forget(self, file: NewFile) -> None:
        with self._lock:
            self._being_written.discard(file.path.name)

    def _files(self) -> list[StoredFile]:
        found = []
        # Unfinished files are in the folder itself; those of earlier versions are in the folders below.
        for path in (*self._folder.glob(f"{UNFINISHED}*"), *self._folder.glob("??/*")):
            with self._lock, suppress(FileNotFoundError):
                if path.name.startswith(UNFINISHED):
                    if path.name not in self._being_written:
                        path.unlink()
                elif path == self.path_of(path.name):
                    found.append(StoredFile(path.name, path.stat().st_size))
        return found

    def _remove(self, files: list[StoredFile]) -> list[StoredFile]:
        removed = []
        for file in files:
            with self._lock:
                is_leased = self._spared is None or file.sha256 in self._spared
                if not is_leased and not any(file.sha256 in lease.names for lease in self._leases):
                    self.path_of(file.sha256).unlink(missing_ok=True)
                    removed.append(file)
        return removed


def _sync_folder(folder: Path) -> None:
    """Make the names in this folder survive a power cut, as fsync does for a file's content."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
