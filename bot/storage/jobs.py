"""The repository of jobs: where each is on its way, so that another process can go on with it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

from sqlalchemy import ColumnElement, delete, insert, select, update

from bot.jobs.job import Address, Job, JobState, Order, Painted, Press, Source, Variation
from bot.storage.database import Sessions
from bot.storage.models import JobRow
from stylizer.events import PictureFormat

SETTLED = {"told": True, "interaction_token": "", "press_token": None, "content_url": None, "style_url": None}
"""What becomes of a row once Discord shows how the job ended: whatever only the way there needed is forgotten."""


class JobRecords:
    """Every job that was ever accepted, and is not forgotten yet."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def add(self, job: Job) -> None:
        """Write down a job that was accepted. From here on it is not lost."""
        await self._sessions.write(insert(JobRow), _columns(job))

    async def take_back(self, job_id: str) -> None:
        """Forget a job that was not accepted after all."""
        await self._sessions.write(delete(JobRow).where(JobRow.job_id == job_id))

    async def get(self, job_id: str) -> Job | None:
        """The job of that id, or None when there is none."""
        async with self._sessions() as session:
            row = await session.get(JobRow, job_id)
        return None if row is None else _job(row)

    async def unsettled(self) -> list[Job]:
        """Every job whose end Discord does not show yet, the oldest first."""
        query = select(JobRow).where(JobRow.told.is_(False)).order_by(JobRow.created_at, JobRow.job_id)
        async with self._sessions() as session:
            return [_job(row) for row in await session.scalars(query)]

    async def latest_painted(self, count: int) -> list[Job]:
        """The latest jobs that were painted, the oldest of them first."""
        query = select(JobRow).where(JobRow.painting_seconds.is_not(None)).order_by(JobRow.created_at.desc())
        async with self._sessions() as session:
            return [_job(row) for row in await session.scalars(query.limit(count))][::-1]

    async def fetched(self, job_id: str, *, content_sha256: str, style_sha256: str) -> None:
        """Write down that both pictures are kept: it can wait for its turn."""
        await self._change(job_id, state=JobState.WAITING, content_sha256=content_sha256, style_sha256=style_sha256)

    async def started(self, job_id: str, *, starts: int) -> None:
        """Write down that its painting begins, for the how manieth time."""
        await self._change(job_id, state=JobState.PAINTING, starts=starts)

    async def put_back(self, job_id: str, *, starts: int) -> None:
        """Write down that its painting ended before it was done, through no fault of its own; not if it is done."""
        await self._change(job_id, JobRow.state == JobState.PAINTING, state=JobState.WAITING, starts=starts)

    async def lost_worker(self, job_id: str, *, losses: int) -> None:
        """Write down that a worker was lost over it, and how many in all."""
        await self._change(job_id, state=JobState.WAITING, losses=losses)

    async def painted(
        self, job_id: str, painted: Painted, *, content_thumbnail_sha256: str, style_thumbnail_sha256: str
    ) -> None:
        """Write down what came out; its files are kept already."""
        await self._change(
            job_id,
            state=JobState.PAINTED,
            painting_sha256=painted.painting_sha256,
            painting_format=painted.painting_format,
            gif_sha256=painted.gif_sha256,
            width_px=painted.width_px,
            height_px=painted.height_px,
            painting_seconds=painted.seconds,
            content_thumbnail_sha256=content_thumbnail_sha256,
            style_thumbnail_sha256=style_thumbnail_sha256,
        )

    async def shown(self, job_id: str, message_id: int) -> None:
        """Write down which message shows it."""
        await self._change(job_id, message_id=message_id)

    async def pressed(self, job_id: str, press: Press) -> None:
        """Write down the latest press of a button on its message, whose token reaches that message."""
        await self._change(job_id, press_token=press.token, pressed_at=press.pressed_at)

    async def posting(self, job_id: str, *, since: datetime) -> None:
        """Write down that a new message is about to be posted: from now on there may be one."""
        await self._change(job_id, posting_since=since)

    async def ended(
        self, job_id: str, state: JobState, *, problem: str | None = None, problem_is_private: bool = False
    ) -> None:
        """Write down how it ended; the member is not told yet."""
        await self._change(
            job_id, state=state, problem=problem, problem_is_private=problem_is_private, ended_at=datetime.now(UTC)
        )

    async def delivered(self, job_id: str, *, message_id: int) -> None:
        """Write down that Discord shows the painting."""
        await self._change(
            job_id, state=JobState.DELIVERED, message_id=message_id, ended_at=datetime.now(UTC), **SETTLED
        )

    async def told(self, job_id: str) -> None:
        """Write down that Discord shows how it ended, or never will."""
        await self._change(job_id, **SETTLED)

    async def deleted(self, job_id: str) -> None:
        """Write down that its painting was taken away."""
        await self._change(job_id, state=JobState.DELETED, press_token=None, pressed_at=None)

    async def _change(self, job_id: str, *only_if: ColumnElement[bool], **changes: object) -> None:
        await self._sessions.write(update(JobRow).where(JobRow.job_id == job_id, *only_if).values(**changes))


def _columns(job: Job) -> dict[str, object]:
    address, order, painted = job.address, job.order, job.painted
    return {
        "job_id": job.job_id,
        "state": job.state,
        "told": False,
        "owner_id": job.owner_id,
        "application_id": address.application_id,
        "interaction_id": address.interaction_id,
        "interaction_token": address.token,
        "asked_at": address.asked_at,
        "guild_id": address.guild_id,
        "channel_id": address.channel_id,
        "upload_limit_bytes": address.upload_limit_bytes,
        "content_url": job.content.url,
        "content_size_bytes": job.content.size_bytes,
        "content_sha256": job.content.sha256,
        "content_thumbnail_sha256": job.content.thumbnail_sha256,
        "content_name": job.content.name,
        "content_is_spoiler": job.content.is_spoiler,
        "style_url": job.style.url,
        "style_size_bytes": job.style.size_bytes,
        "style_sha256": job.style.sha256,
        "style_thumbnail_sha256": job.style.thumbnail_sha256,
        "style_name": job.style.name,
        "style_is_spoiler": job.style.is_spoiler,
        "lender_id": job.lender_id,
        "variation": job.variation,
        "origin_url": job.origin_url,
        "recipe_name": order.recipe_name,
        "size_px": order.size_px,
        "style_strength": order.style_strength,
        "keep_colors": order.keep_colors,
        "seed": order.seed,
        "starts": job.starts,
        "losses": job.losses,
        "painting_sha256": painted and painted.painting_sha256,
        "painting_format": painted and painted.painting_format,
        "gif_sha256": painted and painted.gif_sha256,
        "width_px": painted and painted.width_px,
        "height_px": painted and painted.height_px,
        "painting_seconds": painted and painted.seconds,
        "message_id": job.message_id,
        "message_channel_id": job.message_channel_id,
        "press_token": job.press and job.press.token,
        "pressed_at": job.press and job.press.pressed_at,
        "owner_notified": job.owner_notified,
        "posting_since": job.posting_since,
        "problem": job.problem,
        "problem_is_private": job.problem_is_private,
        "created_at": job.created_at,
    }


def _job(row: JobRow) -> Job:
    return Job(
        job_id=row.job_id,
        state=JobState(row.state),
        owner_id=row.owner_id,
        address=Address(
            application_id=row.application_id,
            interaction_id=row.interaction_id,
            token=row.interaction_token,
            asked_at=_in_utc(row.asked_at),
            guild_id=row.guild_id,
            channel_id=row.channel_id,
            upload_limit_bytes=row.upload_limit_bytes,
        ),
        content=Source(
            url=row.content_url,
            size_bytes=row.content_size_bytes,
            sha256=row.content_sha256,
            thumbnail_sha256=row.content_thumbnail_sha256,
            name=row.content_name,
            is_spoiler=row.content_is_spoiler,
        ),
        style=Source(
            url=row.style_url,
            size_bytes=row.style_size_bytes,
            sha256=row.style_sha256,
            thumbnail_sha256=row.style_thumbnail_sha256,
            name=row.style_name,
            is_spoiler=row.style_is_spoiler,
        ),
        lender_id=row.lender_id,
        variation=None if row.variation is None else Variation(row.variation),
        origin_url=row.origin_url,
        order=Order(
            recipe_name=row.recipe_name,
            size_px=row.size_px,
            style_strength=row.style_strength,
            keep_colors=row.keep_colors,
            seed=row.seed,
        ),
        starts=row.starts,
        losses=row.losses,
        painted=_painted(row),
        message_id=row.message_id,
        message_channel_id=row.message_channel_id,
        press=_press(row),
        owner_notified=row.owner_notified,
        posting_since=row.posting_since and _in_utc(row.posting_since),
        problem=row.problem,
        problem_is_private=row.problem_is_private,
        created_at=_in_utc(row.created_at),
    )


def _press(row: JobRow) -> Press | None:
    if row.press_token is None or row.pressed_at is None:
        return None
    return Press(row.press_token, _in_utc(row.pressed_at))


def _painted(row: JobRow) -> Painted | None:
    if row.painting_sha256 is None or row.gif_sha256 is None:
        return None
    return Painted(
        painting_sha256=row.painting_sha256,
        painting_format=cast("PictureFormat", row.painting_format),
        gif_sha256=row.gif_sha256,
        width_px=row.width_px or 0,
        height_px=row.height_px or 0,
        seconds=row.painting_seconds or 0.0,
    )


def _in_utc(moment: datetime) -> datetime:
    """SQLite keeps no time zone; all that is written is UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
