"""The repository of jobs: what buttons need after a restart, and what became of every painting."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import update

from bot.jobs.job import Job, JobState, Order
from bot.storage.database import Sessions
from bot.storage.models import JobRow

ENDED = frozenset(JobState) - {JobState.WAITING, JobState.PAINTING}


class JobRecords:
    """Every job that was ever accepted."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def add(self, job: Job) -> None:
        """Write down a job that was accepted."""
        async with self._sessions.begin() as session:
            session.add(
                JobRow(
                    job_id=job.job_id,
                    owner_id=job.owner_id,
                    guild_id=job.guild_id,
                    channel_id=job.channel_id,
                    content_sha256=job.content_sha256,
                    style_sha256=job.style_sha256,
                    recipe_name=job.order.recipe_name,
                    size_px=job.order.size_px,
                    style_strength=job.order.style_strength,
                    keep_colors=job.order.keep_colors,
                    seed=job.order.seed,
                    state=job.state,
                    created_at=job.created_at,
                )
            )

    async def get(self, job_id: str) -> Job | None:
        """The job of that id, or None when there is none."""
        async with self._sessions() as session:
            row = await session.get(JobRow, job_id)
        return None if row is None else _job(row)

    async def move(
        self, job_id: str, state: JobState, *, message_id: int | None = None, problem: str | None = None
    ) -> None:
        """Write down where a job is now."""
        changes: dict[str, object] = {"state": state}
        if state in ENDED:
            changes["ended_at"] = datetime.now(UTC)
        if message_id is not None:
            changes["message_id"] = message_id
        if problem is not None:
            changes["problem"] = problem
        async with self._sessions.begin() as session:
            await session.execute(update(JobRow).where(JobRow.job_id == job_id).values(**changes))

    async def interrupt_unfinished(self) -> int:
        """Write down that jobs which a former process left unfinished are interrupted; how many there were."""
        unfinished = JobRow.state.in_([JobState.WAITING, JobState.PAINTING])
        async with self._sessions.begin() as session:
            result = await session.execute(
                update(JobRow).where(unfinished).values(state=JobState.INTERRUPTED, ended_at=datetime.now(UTC))
            )
        return int(getattr(result, "rowcount", 0))


def _job(row: JobRow) -> Job:
    return Job(
        job_id=row.job_id,
        owner_id=row.owner_id,
        guild_id=row.guild_id,
        channel_id=row.channel_id,
        content_sha256=row.content_sha256,
        style_sha256=row.style_sha256,
        order=Order(
            recipe_name=row.recipe_name,
            size_px=row.size_px,
            style_strength=row.style_strength,
            keep_colors=row.keep_colors,
            seed=row.seed,
        ),
        created_at=row.created_at,
        state=JobState(row.state),
    )
