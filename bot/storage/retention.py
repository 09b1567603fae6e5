"""How long jobs are kept: which of their pictures are still needed, and which rows are deleted."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Select, and_, case, delete, func, not_, or_, select, union_all, update
from sqlalchemy.orm import InstrumentedAttribute

from bot.challenges.challenge import RUNNING_PHASES, Phase
from bot.challenges.entry import PLACE_TAKING_STATES
from bot.painting.job import JobState
from bot.storage.jobs import delete_jobs
from bot.storage.models import (
    ChallengeEntryRow,
    ChallengeRow,
    DailyUsageRow,
    FavoriteRow,
    JobInputRow,
    JobResultRow,
    JobRow,
)
from bot.storage.sessions import Sessions
from config.settings import RetentionSettings

NAMES_AT_ONCE = 1000
"""Reading a hundred thousand at once would hold up everything else."""
JOBS_AT_ONCE = 50
"""Deleting them with their inputs and results takes less than a tenth of a second, for which other writes wait."""
STUCK_AFTER = timedelta(hours=1)
"""An older job that is neither settled nor in progress in this process was left behind."""

_Name: TypeAlias = InstrumentedAttribute[str] | InstrumentedAttribute[str | None]

_INPUTS = (JobInputRow.sha256, JobInputRow.thumbnail_sha256)
_RESULTS = (JobResultRow.sha256,)
_unsettled = JobRow.settled.is_(False)
_settled = JobRow.settled.is_(True)
_ended_at = func.coalesce(JobRow.ended_at, JobRow.created_at)
_is_shown = JobRow.state.in_((JobState.DELIVERED, JobState.FAILED))
_is_favorite = and_(_is_shown, JobRow.job_id.in_(select(FavoriteRow.job_id)))
_takes_part = ChallengeEntryRow.state.in_(PLACE_TAKING_STATES) & (ChallengeRow.phase != Phase.CANCELED)
_entered = (
    select(ChallengeEntryRow.job_id)
    .join(ChallengeRow, ChallengeRow.challenge_id == ChallengeEntryRow.challenge_id)
    .where(or_(_takes_part, ChallengeRow.phase.in_(RUNNING_PHASES)))
)
_is_entry = and_(_is_shown, JobRow.job_id.in_(_entered))
"""Paintings in a challenge stay as long as it does, unless it is canceled; others only until it is over."""


class JobRetention:
    """Knows how long jobs and their pictures are kept; a `PictureOwner`."""

    columns = (*_INPUTS, *_RESULTS)
    """Every column that names a picture of a job."""

    def __init__(
        self,
        sessions: Sessions,
        settings: RetentionSettings,
        *,
        now: Callable[[], datetime],
        names_at_once: int = NAMES_AT_ONCE,
    ) -> None:
        """`now` is the time by which jobs age; it shouldn't believe a clock that jumps ahead."""
        self._sessions = sessions
        self._settings = settings
        self._now = now
        self._names_at_once = names_at_once

    async def needed_pictures(self) -> set[str]:
        """The pictures of unsettled jobs and of those within their retention time, except deleted paintings.

        Includes paintings that couldn't be delivered, because nobody has seen them yet, favorites of any age, and
        entries of challenges with what they are painted from.
        """
        inputs_since = self._now() - timedelta(hours=self._settings.input_hours)
        inputs = or_(_unsettled, _ended_at >= inputs_since, _is_entry)
        results_since = self._now() - timedelta(hours=self._settings.result_hours)
        results = or_(_unsettled, _is_shown & (_ended_at >= results_since), _is_favorite, _is_entry)
        return await self._names(*((name, inputs) for name in _INPUTS), *((name, results) for name in _RESULTS))

    async def indispensable_pictures(self) -> set[str]:
        """The pictures of unsettled jobs and of entries of challenges, which stay even if the disk is full."""
        stays = or_(_unsettled, _is_entry)
        return await self._names(*((name, stays) for name in (*_INPUTS, *_RESULTS)))

    async def oldest_first(self) -> list[str]:
        """The pictures of all other jobs: first the paintings, then their inputs, both oldest first, favorites last.

        A picture that was both is listed twice.
        """
        found: list[str] = []
        for names in (_RESULTS, _INPUTS):
            is_favorite = case((_is_favorite, 1), else_=0).label("is_favorite")
            named = (_of_jobs(name, _settled, is_favorite, _ended_at.label("at")) for name in names)
            each = union_all(*named).subquery()
            query = select(each.c.name).where(each.c.name.is_not(None)).group_by(each.c.name)
            order = func.max(each.c.is_favorite), func.max(each.c.at), each.c.name
            async for names_read in self._read(query.order_by(*order)):
                found += names_read
        return found

    async def forget_expired(self) -> int:
        """Delete the rows of jobs past their hours, except favorites and entries, and the counts of past days.

        Returns how many jobs.
        """
        today = self._now().astimezone(UTC).date()
        async with self._sessions.begin() as session:
            await session.execute(delete(DailyUsageRow).where(DailyUsageRow.day < today))
        moment = self._now() - timedelta(hours=self._settings.result_hours)
        return len(await self._delete(and_(_settled, _ended_at < moment, not_(_is_favorite), not_(_is_entry))))

    async def record_removed(self, names: Collection[str]) -> None:
        """Save in the rows of these paintings that their files were deleted early."""
        named = list(names)
        for first in range(0, len(named), NAMES_AT_ONCE):
            its_name = JobResultRow.sha256.in_(named[first : first + NAMES_AT_ONCE])
            these = its_name, JobResultRow.kind.in_(("painting", "sheet"))
            jobs = JobRow.job_id.in_(select(JobResultRow.job_id).where(*these))
            await self._sessions.write(update(JobRow).where(jobs).values(files_deleted_at=self._now().astimezone(UTC)))

    async def forget_member(self, owner_id: int, *, in_progress: Collection[str]) -> list[str]:
        """Delete the rows of a member's jobs, except those in progress; return the IDs of the deleted ones.

        Variations of the member's paintings by others keep their rows, which no longer refer to the member's pictures.
        If this is interrupted, the member is still known, and can be forgotten again.
        """
        used = _settled & (JobRow.source_owner_id == owner_id)
        stuck = (JobRow.created_at < self._now() - STUCK_AFTER) & JobRow.job_id.not_in(in_progress)
        theirs = (JobRow.owner_id == owner_id) & (_settled | stuck)
        async with self._sessions.begin() as session:
            connection = await session.connection()
            inputs = JobInputRow.job_id.in_(select(JobRow.job_id).where(used))
            await connection.execute(
                update(JobInputRow).where(inputs).values(dict.fromkeys((*_INPUTS, JobInputRow.name)))
            )
            await connection.execute(update(JobRow).where(used).values(source_owner_id=None, origin_url=None))
            await connection.execute(delete(FavoriteRow).where(FavoriteRow.member_id == owner_id))
        return await self._delete(theirs)

    async def pictures_of(self, owner_id: int) -> set[str]:
        """All pictures of the member's jobs, and the inputs of others' variations of the member's paintings."""
        owned, used = JobRow.owner_id == owner_id, JobRow.source_owner_id == owner_id
        return await self._names(*((name, owned | used) for name in _INPUTS), *((name, owned) for name in _RESULTS))

    async def knows(self, member_id: int) -> bool:
        """Whether there is a job of this member, or one that paints from what they sent."""
        query = select(JobRow.job_id).where((JobRow.owner_id == member_id) | (JobRow.source_owner_id == member_id))
        async with self._sessions() as session:
            return await session.scalar(query.limit(1)) is not None

    async def _names(self, *columns: tuple[_Name, ColumnElement[bool]]) -> set[str]:
        names: set[str] = set()
        for column, which in columns:
            async for names_read in self._read(_of_jobs(column, which).where(column.is_not(None))):
                names.update(names_read)
        return names

    async def _delete(self, which: ColumnElement[bool]) -> list[str]:
        """Delete such jobs, a few at a time; return their IDs."""
        deleted: list[str] = []
        async for job_ids in self._read(select(JobRow.job_id).where(which), at_once=JOBS_AT_ONCE):
            async with self._sessions.begin() as session:
                deleted += await delete_jobs(await session.connection(), which & JobRow.job_id.in_(job_ids))
        return deleted

    async def _read(self, query: Select[Any], *, at_once: int | None = None) -> AsyncIterator[Sequence[str]]:
        """Read names in parts."""
        async with self._sessions() as session:
            found = await session.stream_scalars(query.execution_options(yield_per=at_once or self._names_at_once))
            async for names in found.partitions():
                yield names


def _of_jobs(name: _Name, which: ColumnElement[bool], *more: Any) -> Select[Any]:
    """The names of pictures that belong to such jobs."""
    table = name.class_
    return select(name.label("name"), *more).join(JobRow, table.job_id == JobRow.job_id).where(which)
