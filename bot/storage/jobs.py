"""The repository of jobs: where each is on its way, so that another process can go on with it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

from sqlalchemy import delete, insert, select, update

from bot.errors import Superseded
from bot.messages.address import Address, Press
from bot.painting.job import COMES_FROM, DELIVERED_AGAIN_FROM, Job, JobState, Order, Painted, Source, Variation
from bot.storage.leases import Leases
from bot.storage.models import JobRow
from bot.storage.writer import Sessions
from stylizer.events import PictureFormat

SETTLED = {
    "told": True,
    "interaction_token": "",
    "press_token": None,
    "content_url": None,
    "style_url": None,
    "lease_owner": None,
    "leased_until": None,
}
"""What becomes of a row once Discord shows how the job ended: whatever only the way there needed is forgotten."""


class JobRecords:
    """Every job that was ever accepted, and is not forgotten yet."""

    def __init__(self, sessions: Sessions, leases: Leases | None = None) -> None:
        self._sessions = sessions
        self._leases = leases or Leases(sessions)
        self._insert_leased = insert(JobRow).values(self._leases.columns)

    async def add(self, job: Job) -> None:
        """Write down a job that was accepted, leased to this process. From here on it is not lost."""
        await self._sessions.write(self._insert_leased, _columns(job))

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

    async def undelivered(self, owner_id: int, count: int) -> list[Job]:
        """A member's latest paintings that Discord took nowhere, the newest first."""
        which = JobRow.owner_id == owner_id, JobRow.state == JobState.FAILED, JobRow.painting_sha256.is_not(None)
        query = select(JobRow).where(*which).order_by(JobRow.created_at.desc()).limit(count)
        async with self._sessions() as session:
            return [_job(row) for row in await session.scalars(query)]

    async def latest_painted(self, count: int) -> list[Job]:
        """The latest jobs that were painted, the oldest of them first."""
        query = select(JobRow).where(JobRow.painting_seconds.is_not(None)).order_by(JobRow.created_at.desc())
        async with self._sessions() as session:
            return [_job(row) for row in await session.scalars(query.limit(count))][::-1]

    async def fetched(self, job_id: str, *, content_sha256: str, style_sha256: str) -> None:
        """Write down that both pictures are kept: it can wait for its turn."""
        await self._enter(job_id, JobState.WAITING, content_sha256=content_sha256, style_sha256=style_sha256)

    async def started(self, job_id: str, *, starts: int) -> None:
        """Save that attempt number `starts` begins."""
        await self._enter(job_id, JobState.PAINTING, starts=starts)

    async def put_back(self, job_id: str, *, starts: int) -> None:
        """Write down that its painting ended before it was done, through no fault of its own; not if it is done."""
        which = JobRow.job_id == job_id, JobRow.state == JobState.PAINTING, self._leases.not_anothers
        await self._sessions.write(update(JobRow).where(*which).values(state=JobState.WAITING, starts=starts))

    async def lost_worker(self, job_id: str, *, losses: int) -> None:
        """Write down that a worker was lost over it, and how many in all."""
        await self._enter(job_id, JobState.WAITING, losses=losses)

    async def painted(
        self, job_id: str, painted: Painted, *, content_thumbnail_sha256: str, style_thumbnail_sha256: str
    ) -> None:
        """Write down what came out; its files are kept already."""
        await self._enter(
            job_id,
            JobState.PAINTED,
            painting_sha256=painted.painting_sha256,
            painting_format=painted.painting_format,
            gif_sha256=painted.gif_sha256,
            width_px=painted.width_px,
            height_px=painted.height_px,
            painting_seconds=painted.seconds,
            enlargement=painted.enlargement,
            content_thumbnail_sha256=content_thumbnail_sha256,
            style_thumbnail_sha256=style_thumbnail_sha256,
        )

    async def shown(self, job_id: str, message_id: int, channel_id: int | None = None) -> None:
        """Save which message shows it; `channel_id` is None in the channel that it was asked for in."""
        await self._update(job_id, message_id=message_id, message_channel_id=channel_id)

    async def pressed(self, job_id: str, press: Press) -> None:
        """Save the latest press on its message."""
        await self._update(job_id, press_token=press.token, pressed_at=press.pressed_at)

    async def owner_notified(self, job_id: str) -> None:
        """Save that its owner is mentioned: that happens once."""
        await self._update(job_id, owner_notified=True)

    async def deliver_again(self, job_id: str, address: Address) -> None:
        """Save that a painting which could not be delivered is on its way once more, to another place."""
        await self._enter(
            job_id,
            JobState.PAINTED,
            DELIVERED_AGAIN_FROM,
            **_address_columns(address),
            **self._leases.columns,
            told=False,
            owner_notified=True,  # they are looking at it
            message_id=None,
            message_channel_id=None,
            problem=None,
            problem_is_private=False,
        )

    async def ended(
        self, job_id: str, state: JobState, *, problem: str | None = None, problem_is_private: bool = False
    ) -> None:
        """Write down how it ended; the member is not told yet."""
        await self._enter(
            job_id, state, problem=problem, problem_is_private=problem_is_private, ended_at=datetime.now(UTC)
        )

    async def delivered(self, job_id: str, *, message_id: int) -> None:
        """Save that Discord shows the painting."""
        await self._enter(job_id, JobState.DELIVERED, message_id=message_id, ended_at=datetime.now(UTC), **SETTLED)

    async def told(self, job_id: str) -> None:
        """Write down that Discord shows how it ended, or never will."""
        await self._update(job_id, **SETTLED)

    async def deleted(self, job_id: str) -> None:
        """Save that its painting was deleted: whatever is still on its way does not show it again."""
        await self._enter(job_id, JobState.DELETED, **SETTLED)

    async def _enter(
        self, job_id: str, state: JobState, sources: frozenset[JobState] | None = None, /, **changes: object
    ) -> None:
        """Change the state, if the row is in one that this follows. Raises `Superseded` otherwise."""
        follows = JobRow.state.in_(COMES_FROM[state] if sources is None else sources)
        which = JobRow.job_id == job_id, follows, self._leases.not_anothers
        entering = update(JobRow).where(*which)
        if not await self._sessions.write(entering.values(state=state, **changes)):
            raise Superseded

    async def _update(self, job_id: str, **changes: object) -> None:
        which = JobRow.job_id == job_id, self._leases.not_anothers
        await self._sessions.write(update(JobRow).where(*which).values(**changes))

    async def lease_unsettled(self, *, even_leased: bool) -> list[Job]:
        """Lease every job whose end Discord does not show yet to this process, to resume it; the oldest first.

        Jobs that another process has leased are left to it, unless `even_leased`: that is right where no other process
        can be alive, because this one holds the database's lock. It need not wait for the leases of a bot that crashed.
        """
        which = [JobRow.told.is_(False)] if even_leased else [JobRow.told.is_(False), self._leases.is_free]
        leasing = update(JobRow).where(*which).values(self._leases.columns).returning(JobRow)
        async with self._sessions.begin() as session:
            rows = await session.scalars(leasing, execution_options={"synchronize_session": False})
            jobs = [_job(row) for row in rows]
        self._leases.has_all |= even_leased
        return sorted(jobs, key=lambda job: (job.created_at, job.job_id))


def _columns(job: Job) -> dict[str, object]:
    address, order, painted = job.address, job.order, job.painted
    return {
        "job_id": job.job_id,
        "state": job.state,
        "told": False,
        "owner_id": job.owner_id,
        **_address_columns(address),
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
        "enlargement": painted and painted.enlargement,
        "message_id": job.message_id,
        "message_channel_id": job.message_channel_id,
        "press_token": job.press and job.press.token,
        "pressed_at": job.press and job.press.pressed_at,
        "owner_notified": job.owner_notified,
        "problem": job.problem,
        "problem_is_private": job.problem_is_private,
        "created_at": job.created_at,
    }


def _address_columns(address: Address) -> dict[str, object]:
    return {
        "application_id": address.application_id,
        "interaction_id": address.interaction_id,
        "interaction_token": address.token,
        "asked_at": address.asked_at,
        "guild_id": address.guild_id,
        "channel_id": address.channel_id,
        "upload_limit_bytes": address.upload_limit_bytes,
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
        enlargement=row.enlargement or 1.0,
    )


def _in_utc(moment: datetime) -> datetime:
    """SQLite keeps no time zone; all that is written is UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
