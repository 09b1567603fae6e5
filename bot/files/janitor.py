"""What is kept no longer: pictures and rows whose time is over, what no row names, and what a member wants gone."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import structlog

from bot.clock.cautious import CautiousClock
from bot.errors import DatabaseAway
from bot.files.disk import Disk
from bot.files.store import PictureStore, StoredFile
from bot.storage.retention import KeptJobs
from config.settings import RetentionSettings

log = structlog.get_logger()

INTERVAL_SECONDS = 15 * 60
"""Between two rounds. Nothing stays longer than its hours and this, but for a day after the clock was set ahead."""
STUCK_AFTER = timedelta(hours=1)
"""A job so old that is neither settled nor under way has been left behind."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was deleted."""

    jobs: int = 0
    pictures: int = 0


class Janitor:
    """Goes round at the start and every quarter of an hour, and deletes what is kept no longer.

    Whatever a job on its way needs stays, however old it is and however full the disk.
    """

    def __init__(
        self,
        *,
        jobs: KeptJobs,
        store: PictureStore,
        disk: Disk,
        data_dir: Path,
        settings: RetentionSettings,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        self._jobs = jobs
        self._store = store
        self._disk = disk
        self._data_dir = data_dir
        self._settings = settings
        self._now = now or CautiousClock()
        self._rounds: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._rounds = asyncio.create_task(self._go_round())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        if self._rounds is not None:
            self._rounds.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._rounds

    async def clean(self) -> Forgotten:
        """Delete what is kept no longer, and where that leaves too much, the oldest of what may go."""
        async with self._store.sweep():
            files = await self._store.files()
            await self._jobs.forget_counts_before(self._now().astimezone(UTC).date())
            jobs = await self._jobs.forget_before(self._now() - timedelta(hours=self._settings.result_hours))
            needed = await self._jobs.needed(
                inputs_since=self._now() - timedelta(hours=self._settings.input_hours),
                results_since=self._now() - timedelta(hours=self._settings.result_hours),
            )
            removed = await self._store.remove(file for file in files if file.sha256 not in needed)
            left = {file.sha256: file for file in files if file.sha256 in needed}
            excess_bytes = await self._excess_bytes(left)
            if excess_bytes:
                removed += await self._make_room(left, excess_bytes)
        if jobs or removed:
            log.info("retention.cleaned", jobs=jobs, pictures=len(removed), bytes=_total_bytes(removed))
        return Forgotten(jobs, len(removed))

    async def knows(self, member_id: int) -> bool:
        """Whether there is anything to forget of a member."""
        return await self._jobs.knows(member_id)

    async def forget_member(self, owner_id: int, *, under_way: Collection[str]) -> Forgotten:
        """Delete all that is known of a member, but for the jobs under way: cancel those before.

        Pictures that somebody else sent too stay for them, and a job that is accepted meanwhile stays.
        """
        async with self._store.sweep():
            theirs = await self._jobs.pictures_of(owner_id)
            stuck_before = self._now() - STUCK_AFTER
            jobs = await self._jobs.forget_member(owner_id, under_way=under_way, stuck_before=stuck_before)
            always = datetime.min.replace(tzinfo=UTC)
            needed = await self._jobs.needed(inputs_since=always, results_since=always)
            files = [file for file in await self._store.files() if file.sha256 in theirs - needed]
            removed = await self._store.remove(files)
        log.info("member.forgotten", member=owner_id, jobs=len(jobs), pictures=len(removed))
        return Forgotten(len(jobs), len(removed))

    async def _go_round(self) -> None:
        while True:
            try:
                await self.clean()
            except DatabaseAway:
                pass  # which is in the log already; the next round comes
            except Exception:
                log.exception("retention.failed")
            await asyncio.sleep(INTERVAL_SECONDS)

    async def _excess_bytes(self, files: dict[str, StoredFile]) -> int:
        """How much has to go for the data directory to keep to its limit, and for the disk to have its reserve."""
        missing_bytes = self._disk.missing_bytes()
        if not self._settings.size_limit_bytes:
            return missing_bytes
        beside_bytes = await asyncio.to_thread(_files_bytes, self._data_dir)
        used_bytes = beside_bytes + _total_bytes(files.values())
        return max(missing_bytes, used_bytes - self._settings.size_limit_bytes)

    async def _make_room(self, files: dict[str, StoredFile], excess_bytes: int) -> list[StoredFile]:
        may_go = files.keys() - await self._jobs.under_way()
        chosen: list[StoredFile] = []
        chosen_bytes = 0
        for name in await self._jobs.oldest_first():
            if chosen_bytes >= excess_bytes:
                break
            if name in may_go:
                may_go.remove(name)
                chosen.append(files[name])
                chosen_bytes += files[name].size_bytes
        removed = await self._store.remove(chosen)
        log.warning("retention.made_room", wanted_bytes=excess_bytes, bytes=_total_bytes(removed))
        return removed


def _total_bytes(files: Iterable[StoredFile]) -> int:
    return sum(file.size_bytes for file in files)


def _files_bytes(folder: Path) -> int:
    """The database and whatever else lies beside the pictures."""
    return sum(path.stat().st_size for path in folder.iterdir() if path.is_file())
