"""Opens the files of a card for one request. What is on disk is read while it is sent, never into memory as a whole."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import discord

from bot.errors import NETWORK_ERRORS, PaintingForgotten, PaintingUnreadable
from bot.messages.card import CardFile, FileOnDisk

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class _DiskFile(io.FileIO):
    """A file that remembers why it couldn't be read: aiohttp reports that as if the network had failed."""

    problem: OSError | None = None

    def readinto(self, buffer: WriteableBuffer, /) -> int | None:
        try:
            return super().readinto(buffer)
        except OSError as error:
            self.problem = error
            raise


@contextmanager
def opened(files: Iterable[CardFile]) -> Iterator[dict[str, discord.File]]:
    """The files by their names, open while the block sends them. discord.py rewinds them when it tries again.

    Raises `PaintingForgotten` if one is no longer there, and `PaintingUnreadable` if the disk doesn't give it back,
    even if that happens while it is being sent.
    """
    on_disk: list[_DiskFile] = []
    with ExitStack() as stack:
        uploads = {}
        for file in files:
            uploads[file.name] = discord.File(_open(file.source, on_disk, stack), file.name)
            stack.callback(uploads[file.name].close)  # before the file itself, which can't be closed until then
        try:
            yield uploads
        except NETWORK_ERRORS:
            problem = next((file.problem for file in on_disk if file.problem is not None), None)
            if problem is None:
                raise
            raise PaintingUnreadable from problem


def _open(source: bytes | FileOnDisk, on_disk: list[_DiskFile], stack: ExitStack) -> io.BufferedIOBase:
    if isinstance(source, bytes):
        return io.BytesIO(source)
    try:
        raw = _DiskFile(source.path)
    except FileNotFoundError as error:
        raise PaintingForgotten from error
    except OSError as error:
        raise PaintingUnreadable from error
    on_disk.append(raw)
    return stack.enter_context(io.BufferedReader(raw))
