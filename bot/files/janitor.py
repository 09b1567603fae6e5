"""Deletes expired pictures and rows, files that nothing needs, and what a member asks to delete."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Protocol

import structlog

from bot.files.disk import Disk
from bot.files.store import PictureStore, StoredFile
from bot.storage.retention import JobRetention

log = structlog.get_logger()

SWEEP_INTERVAL = timedelta(minutes=15)
"""Nothing is kept longer than its hours plus this, except for a day after the clock was set ahead."""


class PictureOwner(Protocol):
    """A repository that keeps pictures in the store. `bot/app.py` registers all of them with the janitor."""

    async def needed_pictures(self) -> set[str]:
        """The SHA-256 of every picture that must stay, by what is committed in the database.

        This is called after the files are listed. So lease a picture before it is put into the store, or found there,
        until the row that names it is committed.
        """
        ...


class MemberStyles(Protocol):
    """The styles that members added to the gallery."""

    async def knows(self, member_id: int) -> bool:
        """Whether a member has added any that is still there."""
        ...

    async def pictures_of(self, member_id: int) -> set[str]:
        """The pictures and thumbnails of all of them."""
        ...

    async def forget_member(self, member_id: int) -> int:
        """Remove all of them; return how many."""
        ...


class MemberChallenges(Protocol):
    """Members' entries and ballots in challenges."""

    async def knows(self, member_id: int) -> bool:
        """Whether a member has entered a challenge, or voted in one."""
        ...

    async def forget_member(self, member_id: int) -> tuple[int, int]:
        """Delete their entries, and their ballots or whose they are; return how many entries and ballots."""
        ...


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How much was deleted."""

    jobs: int = 0
    pictures: int = 0
    styles: int = 0
    entries: int = 0
    ballots: int = 0


class Janitor:
    """Deletes files that no owner needs and no lease protects.

    Keeps what an unsettled job needs, no matter how old it is or how full the disk.
    """

    def __init__(
        self,
        *,
        jobs: JobRetention,
        styles: MemberStyles,
        challenges: MemberChallenges,
        owners: Collection[PictureOwner],
        store: PictureStore,
        disk: Disk,
        data_dir: Path,
        size_limit_bytes: int,
    ) -> None:
        """`jobs` is one of the owners, and the only one whose pictures may be deleted early to make room.

        `size_limit_bytes` limits the data directory; 0 means no limit.
        """
        self._jobs = jobs
        self._styles = styles
        self._challenges = challenges
        self._other_owners = [owner for owner in owners if owner is not jobs]
        self._store = store
        self._disk = disk
        self._data_dir = data_dir
        self._size_limit_bytes = size_limit_bytes

    async def sweep(self) -> Forgotten:
        """Delete what is no longer kept and, if that isn't enough, the oldest paintings and pictures of jobs."""
        async with self._store.sweep():
            files = await self._store.files()
            jobs = await self._jobs.forget_expired()
            needed_by_others = await self._needed_by_others()
            needed = needed_by_others | await self._jobs.needed_pictures()
            removed = await self._store.remove(file for file in files if file.sha256 not in needed)
            left = {file.sha256: file for file in files if file.sha256 in needed}
            excess_bytes = await self._excess_bytes(left)
            if excess_bytes:
                may_go = left.keys() - needed_by_others - await self._jobs.indispensable_pictures()
                removed += await self._make_room({name: left[name] for name in may_go}, excess_bytes)
        if jobs or removed:
            log.info("retention.cleaned", jobs=jobs, pictures=len(removed), bytes=_total_bytes(removed))
        return Forgotten(jobs, len(removed))

    async def knows(self, member_id: int) -> bool:
        """Whether there is anything about a member to delete."""
        owners = (self._jobs, self._styles, self._challenges)
        return any([await owner.knows(member_id) for owner in owners])

    async def forget_member(
        self,
        owner_id: int,
        *,
        in_progress: Collection[str],
        on_records_deleted: Callable[[Forgotten], Awaitable[object]] | None = None,
    ) -> Forgotten:
        """Delete a member's jobs and styles with their pictures, except jobs in progress: cancel those first.

        Also deletes their entries and ballots in challenges. Pictures that somebody else sent too are kept for them,
        and so is a job that is accepted in the meantime. `on_records_deleted` is called before these pictures are
        looked for, which takes a while, if anything was deleted. If this is interrupted then, the next sweep deletes
        the pictures.
        """
        theirs = await self._jobs.pictures_of(owner_id) | await self._styles.pictures_of(owner_id)
        styles = await self._styles.forget_member(owner_id)
        entries, ballots = await self._challenges.forget_member(owner_id)
        jobs = await self._jobs.forget_member(owner_id, in_progress=in_progress)
        records = Forgotten(len(jobs), styles=styles, entries=entries, ballots=ballots)
        if on_records_deleted is not None and records != Forgotten():
            await on_records_deleted(records)
        async with self._store.sweep():
            unneeded = theirs - await self._needed_by_others() - await self._jobs.needed_pictures()
            removed = await self._store.remove(file for file in await self._store.files() if file.sha256 in unneeded)
        log.info("member.forgotten", member=owner_id, jobs=len(jobs), styles=styles, pictures=len(removed))
        return replace(records, pictures=len(removed))

    async def _needed_by_others(self) -> set[str]:
        needed: set[str] = set()
        for owner in self._other_owners:
            needed |= await owner.needed_pictures()
        return needed

    async def _excess_bytes(self, files: dict[str, StoredFile]) -> int:
        """How much to delete for the data directory to keep its limit, and for the disk to keep its reserve."""
        missing_bytes = self._disk.missing_bytes()
        if not self._size_limit_bytes:
            return missing_bytes
        other_bytes = await asyncio.to_thread(_files_bytes, self._data_dir)
        used_bytes = other_bytes + _total_bytes(files.values())
        return max(missing_bytes, used_bytes - self._size_limit_bytes)

    async def _make_room(self, may_go: dict[str, StoredFile], excess_bytes: int) -> list[StoredFile]:
        chosen: list[StoredFile] = []
        chosen_bytes = 0
        for name in await self._jobs.oldest_first():
            if chosen_bytes >= excess_bytes:
                break
            if (file := may_go.pop(name, None)) is not None:
                chosen.append(file)
                chosen_bytes += file.size_bytes
        removed = await self._store.remove(chosen)
        await self._jobs.record_removed([file.sha256 for file in removed])
        log.warning("retention.made_room", wanted_bytes=excess_bytes, bytes=_total_bytes(removed))
        return removed


def _total_bytes(files: Iterable[StoredFile]) -> int:
    return sum(file.size_bytes for file in files)


def _files_bytes(folder: Path) -> int:
    """The size of the database and of the other files next to the folders."""
    return sum(path.stat().st_size for path in folder.iterdir() if path.is_file())
