"""The repository of members' histories: pages of the paintings that a member has asked for, newest first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from bot.painting.job import Job, JobState
from bot.storage.jobs import job_of
from bot.storage.models import FavoriteRow, JobResultRow, JobRow
from bot.storage.sessions import Sessions

_is_painted = JobRow.results.any(JobResultRow.kind.in_(("painting", "sheet")))
_is_shown = (JobRow.state == JobState.DELIVERED) | ((JobRow.state == JobState.FAILED) & _is_painted)
"""Deleted paintings are gone; those that couldn't be delivered are there for their owners."""


class Direction(StrEnum):
    """Where a page is, seen from its cursor."""

    FROM = "f"
    """Begins with the cursor's painting."""
    OLDER = "o"
    """Begins with the next older one."""
    NEWER = "n"
    """Ends with the next newer one."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a history: paintings are ordered by time, and those of one moment by their IDs."""

    at: datetime
    job_id: str

    @classmethod
    def of(cls, job: Job) -> Cursor:
        """The place of a painting."""
        return cls(job.created_at, job.job_id)


@dataclass(frozen=True, slots=True)
class Entry:
    """A painting in a history."""

    job: Job
    is_favorite: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Some paintings of a history, newest first."""

    entries: tuple[Entry, ...] = ()
    has_newer: bool = False
    has_older: bool = False


@dataclass(frozen=True, slots=True)
class Selection:
    """Which paintings a history shows."""

    member_id: int
    """Who asked for them."""
    guild_id: int | None = None
    """Only what was asked for on this server and shown to all; None for everything."""
    favorites_only: bool = False
    """The member's own; not together with a server."""


class History:
    """Reads pages by their cursors, so that any page of a long history takes the same time."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def page(
        self,
        selection: Selection,
        *,
        size: int,
        cursor: Cursor | None = None,
        direction: Direction = Direction.OLDER,
    ) -> Page:
        """Read a page of at most `size` paintings; without a cursor, the newest."""
        async with self._sessions() as session:
            return await _page(session, selection, size, cursor, direction)

    async def entry(self, selection: Selection, job_id: str) -> Entry | None:
        """One painting of a history, favorite or not; None if it isn't in it, or not any more."""
        async with self._sessions() as session:
            query = _paintings(replace(selection, favorites_only=False)).where(JobRow.job_id == job_id)
            row = (await session.scalars(query)).unique().one_or_none()
            if row is None:
                return None
            return Entry(job_of(row), await session.get(FavoriteRow, (selection.member_id, job_id)) is not None)


async def _page(
    session: AsyncSession, selection: Selection, size: int, cursor: Cursor | None, direction: Direction
) -> Page:
    query, is_backward = _paintings(selection), cursor is not None and direction is Direction.NEWER
    if cursor is not None:
        query = query.where(_beyond(cursor, direction))
    key = JobRow.created_at, JobRow.job_id
    order = [column.asc() if is_backward else column.desc() for column in key]
    rows = (await session.scalars(query.order_by(*order).limit(size + 1))).unique().all()
    if is_backward and len(rows) < size:  # there is room for more than the newest
        return await _page(session, selection, size, None, Direction.OLDER)
    jobs = [job_of(row) for row in (reversed(rows[:size]) if is_backward else rows[:size])]
    is_more = len(rows) > size
    has_newer = is_more if is_backward else await _has_newer(session, selection, jobs, cursor)
    starred = select(FavoriteRow.job_id).where(
        FavoriteRow.member_id == selection.member_id, FavoriteRow.job_id.in_([job.job_id for job in jobs])
    )
    favorites = set(await session.scalars(starred))
    entries = tuple(Entry(job, job.job_id in favorites) for job in jobs)
    return Page(entries, has_newer=has_newer, has_older=is_backward or is_more)


async def _has_newer(session: AsyncSession, selection: Selection, jobs: list[Job], cursor: Cursor | None) -> bool:
    """Whether there are paintings before the first of a page. The one at the cursor may be deleted by now."""
    if cursor is None:
        return False
    first = Cursor.of(jobs[0]) if jobs else cursor
    newer = _paintings(selection).where(_beyond(first, Direction.NEWER)).with_only_columns(JobRow.job_id)
    return await session.scalar(newer.limit(1)) is not None


def _paintings(selection: Selection) -> Select[JobRow]:
    query = select(JobRow).where(_is_shown)
    if selection.favorites_only:
        # Members can star only their own. Asking for the owner too would make SQLite look through all their paintings.
        return query.join(FavoriteRow, FavoriteRow.job_id == JobRow.job_id).where(
            FavoriteRow.member_id == selection.member_id
        )
    query = query.where(JobRow.owner_id == selection.member_id)
    if selection.guild_id is not None:
        query = query.where(JobRow.guild_id == selection.guild_id, JobRow.is_private.is_(False))
    return query


def _beyond(cursor: Cursor, direction: Direction) -> ColumnElement[bool]:
    place = tuple_(JobRow.created_at, JobRow.job_id)
    at = tuple_(literal(cursor.at.astimezone(UTC), JobRow.created_at.type), literal(cursor.job_id))
    match direction:
        case Direction.FROM:
            return place <= at
        case Direction.OLDER:
            return place < at
        case Direction.NEWER:
            return place > at
