"""Makes exports: one at a time, in a folder that is emptied afterwards."""

from __future__ import annotations

import asyncio
import shutil
import zlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.challenges.challenge import Challenge
from bot.challenges.drawing import Drawing
from bot.challenges.entry import Entry
from bot.challenges.export.archive import total_bytes, write_parts
from bot.challenges.export.contents import (
    BALLOTS,
    DATA,
    PAGE,
    README,
    WINNER_GIF,
    Export,
    ExportedEntry,
    ExportedFile,
)
from bot.challenges.export.data import data_of
from bot.challenges.export.page import page_of
from bot.challenges.export.readme import readme_of
from bot.challenges.outcome import ranked, winners_of
from bot.errors import NoResults
from bot.files.store import Lease
from bot.painting.job import Job, Result
from bot.painting.result_files import leased_file, suffix_of
from bot.storage.entries import EntryRecords
from bot.words import Words

SMALLER_PX = 1024
"""The longest side of the paintings if they don't fit into one ZIP."""


@dataclass(frozen=True, slots=True)
class MadeExport:
    """ZIP files on disk."""

    parts: tuple[Path, ...]
    is_smaller: bool
    """Whether the paintings are JPEGs and at most `SMALLER_PX` large, because they wouldn't fit otherwise."""


@dataclass(frozen=True, slots=True)
class Exports:
    """Makes exports from what is in the store."""

    entries: EntryRecords
    drawing: Drawing
    folder: Path
    """Where they are written. What an interrupted one left there is deleted."""
    turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))

    @asynccontextmanager
    async def make(
        self, challenge: Challenge, names: Mapping[int, str], words: Words, *, limit_bytes: int
    ) -> AsyncIterator[MadeExport]:
        """The export of a challenge that has ended, in ZIPs of this size at most, while the block runs.

        `names` are those of the entries' members, by ID; `words` are for those who read it. Raises `NoResults`,
        `ExportTooLarge`, `EngineClosed`, `DiskFull` and `OSError`.
        """
        async with self.turn:
            await self.clear()
            try:
                with self.drawing.store.lease() as lease:
                    export = await self._export(challenge, names, lease)
                    with self.drawing.store.disk_full_errors():
                        made = await self._make(export, words, limit_bytes)
                    yield made
            finally:
                await self.clear()

    async def clear(self) -> None:
        """Delete what was written."""
        await asyncio.to_thread(shutil.rmtree, self.folder, ignore_errors=True)

    async def _make(self, export: Export, words: Words, limit_bytes: int) -> MadeExport:
        self.folder.mkdir(parents=True)
        files = await asyncio.to_thread(_files, export, words)
        is_smaller = total_bytes(files) > limit_bytes
        if is_smaller:
            export = await self._smaller(export)
            files = await asyncio.to_thread(_files, export, words)
        name = f"challenge-{export.challenge.challenge_id[:8]}"
        parts = await asyncio.to_thread(write_parts, files, self.folder, name, limit_bytes=limit_bytes)
        return MadeExport(tuple(parts), is_smaller)

    async def _export(self, challenge: Challenge, names: Mapping[int, str], lease: Lease) -> Export:
        entries = ranked(await self.entries.of_challenge(challenge.challenge_id))
        jobs = await self.drawing.jobs.many([entry.job_id for entry in entries])
        exported = [
            ExportedEntry(
                entry,
                jobs[entry.job_id],
                names.get(entry.member_id) or str(entry.member_id),
                await self._painting(entry, jobs[entry.job_id], lease),
            )
            for entry in entries
            if entry.job_id in jobs
        ]
        if not exported:
            raise NoResults(challenge.title)
        name = challenge.ballots_sha256
        ballots = None if name is None else await self.drawing.store.read(name)
        return Export(
            challenge,
            tuple(exported),
            await self._timelapse(challenge, exported, lease),
            ballots,
        )

    async def _painting(self, entry: Entry, job: Job, lease: Lease) -> ExportedFile | None:
        result = job.result("painting")
        return (
            None
            if result is None
            else await self._file(f"paintings/entry-{entry.number}{suffix_of(result)}", result, lease)
        )

    async def _timelapse(
        self, challenge: Challenge, entries: Sequence[ExportedEntry], lease: Lease
    ) -> ExportedFile | None:
        """The GIF of the only winner."""
        winners = winners_of(challenge, [one.entry for one in entries])
        jobs = [one.job for one in entries if one.entry in winners]
        result = jobs[0].result("timelapse") if len(jobs) == 1 else None
        return None if result is None else await self._file(WINNER_GIF, result, lease)

    async def _file(self, name: str, result: Result, lease: Lease) -> ExportedFile | None:
        file = await leased_file(self.drawing.store, result.sha256, lease)
        if file is None:
            return None
        return ExportedFile(name, file.path, file.size_bytes, result.width_px, result.height_px)

    async def _smaller(self, export: Export) -> Export:
        """The same export without the timelapse, and with smaller paintings, which are written to the folder."""
        smaller = []
        for exported in export.entries:
            painting = exported.painting
            jpeg = None if painting is None else await self.drawing.small(exported.job, SMALLER_PX)
            if painting is not None and jpeg is not None and len(jpeg) < painting.size_bytes:
                path = self.folder / f"{exported.entry.number}.jpg"
                await asyncio.to_thread(path.write_bytes, jpeg)
                painting = ExportedFile(f"paintings/entry-{exported.entry.number}.jpg", path, len(jpeg))
            smaller.append(replace(exported, painting=painting))
        return replace(export, entries=tuple(smaller), timelapse=None)


def _files(export: Export, words: Words) -> list[ExportedFile]:
    """Every file, the texts first: the first ZIP has them. Compresses them, to know their size: call it in a thread."""
    texts = {PAGE: page_of(export, words), README: readme_of(words), DATA: data_of(export)}
    if export.ballots is not None:
        texts[BALLOTS] = export.ballots
    pictures = [exported.painting for exported in export.entries] + [export.timelapse]
    return [
        *(ExportedFile(name, text, len(zlib.compress(text))) for name, text in texts.items()),
        *(picture for picture in pictures if picture is not None),
    ]
