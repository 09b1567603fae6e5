"""The repository of jobs: how far each has come, so that another process can resume it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import fields
from typing import Any, TypeAlias, cast

from sqlalchemy import ColumnElement, and_, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import selectinload

from bot.errors import Superseded
from bot.messages.address import Address, Press
from bot.painting.job import (
    Before,
    Cell,
    Colors,
    Input,
    InputRole,
    Job,
    JobKind,
    JobState,
    PaintingOptions,
    Result,
    ResultKind,
    Start,
    Variation,
)
from bot.storage.leases import UNLEASED, Leases
from bot.storage.models import FavoriteRow, JobInputRow, JobResultRow, JobRow
from bot.storage.sessions import Sessions
from bot.storage.times import in_utc

JOBS_AT_ONCE = 50
"""How many are read before others have a turn: hundreds would hold up the event loop."""
ALL_FIELDS = frozenset(field.name for field in fields(Job))
FORGOTTEN = {"interaction_token": "", "press_token": None}
"""Tokens that only led to the outcome, and are deleted once the job is settled, like the links to its inputs."""

Check: TypeAlias = Callable[[AsyncConnection], Awaitable[None]]


class JobRecords:
    """Every job that was accepted and hasn't been deleted since."""

    def __init__(self, sessions: Sessions, leases: Leases | None = None) -> None:
        self._sessions = sessions
        self._leases = leases or Leases(sessions)
        self._insert_leased = insert(JobRow).values(self._leases.columns)

    async def add(self, job: Job) -> None:
        """Save an accepted job, leased to this process. From here on it can't be lost."""
        columns = _columns(job, ALL_FIELDS)
        inputs, results = _input_columns(job), _result_columns(job)

        async def insert_all(connection: AsyncConnection) -> int:
            await connection.execute(self._insert_leased, columns)
            await connection.execute(insert(JobInputRow), inputs)
            if results:
                await connection.execute(insert(JobResultRow), results)
            return 1

        await self._sessions.write_together(insert_all)

    async def take_back(self, job_id: str) -> None:
        """Delete a job that was not accepted after all."""

        async def delete_all(connection: AsyncConnection) -> int:
            return len(await delete_jobs(connection, JobRow.job_id == job_id))

        await self._sessions.write_together(delete_all)

    async def save(self, job: Job, *, check: Check | None = None) -> Job:
        """Write what the job's transitions changed, and nothing else; return the job with nothing left to save.

        `check` may lock the row and raise an error, in the same transaction. Then nothing is written.

        Raises `Superseded` if they can't follow the row's state, or if the row is leased to another process. Saving the
        same transition again is fine: that's how a write whose confirmation was lost is repeated.
        """
        if (unsaved := job.unsaved) is None:
            return job
        columns = _columns(job, unsaved.fields)
        if "is_settled" in unsaved.fields:
            columns |= {**FORGOTTEN, **UNLEASED} if job.is_settled else self._leases.columns
        follows = JobRow.job_id == job.job_id, JobRow.state.in_(unsaved.follows), self._leases.is_writable
        change = update(JobRow).where(*follows).values(**columns, state=job.state)

        async def change_all(connection: AsyncConnection) -> int:
            if check is not None:
                await check(connection)
            changed = (await connection.execute(change)).rowcount
            if changed:
                await _change_rows_of(connection, job, unsaved.fields)
            return changed

        if not await self._sessions.write_together(change_all):
            raise Superseded
        return job.saved()

    async def get(self, job_id: str) -> Job | None:
        """The job with that ID, or None."""
        async with self._sessions() as session:
            row = await session.get(JobRow, job_id)
        return None if row is None else job_of(row)

    async def many(self, job_ids: Collection[str]) -> dict[str, Job]:
        """Those of these jobs that exist, by ID."""
        wanted = list(job_ids)
        found: dict[str, Job] = {}
        for start in range(0, len(wanted), JOBS_AT_ONCE):
            some = wanted[start : start + JOBS_AT_ONCE]
            async with self._sessions() as session:
                rows = await session.scalars(select(JobRow).where(JobRow.job_id.in_(some)))
                found |= {row.job_id: job_of(row) for row in rows.unique()}
        return found

    async def locale_of(self, owner_id: int) -> str | None:
        """The language in which a member last asked for a painting, as Discord names it; None if that is unknown."""
        query = select(JobRow.locale).where(JobRow.owner_id == owner_id, JobRow.locale.is_not(None))
        async with self._sessions() as session:
            return await session.scalar(query.order_by(JobRow.created_at.desc()).limit(1))

    async def undelivered(self, owner_id: int, count: int) -> list[Job]:
        """A member's latest paintings and boards that Discord accepted nowhere, newest first."""
        is_painted = JobRow.results.any(JobResultRow.kind.in_(("painting", "sheet")))
        query = select(JobRow).where(JobRow.owner_id == owner_id, JobRow.state == JobState.FAILED, is_painted)
        async with self._sessions() as session:
            return _jobs((await session.scalars(query.order_by(JobRow.created_at.desc()).limit(count))).unique())

    async def latest_painted(self, count: int) -> list[Job]:
        """The latest painted jobs, oldest first."""
        query = select(JobRow).where(JobRow.painting_seconds.is_not(None)).order_by(JobRow.created_at.desc())
        async with self._sessions() as session:
            return _jobs((await session.scalars(query.limit(count))).unique())[::-1]

    async def forget_undecided(self, owner_id: int, *, keep_latest: int) -> None:
        """Delete a member's jobs whose style they haven't chosen yet, except the `keep_latest` newest ones."""
        theirs = JobRow.owner_id == owner_id, JobRow.state == JobState.CHOOSING, JobRow.settled.is_(True)
        oldest = select(JobRow.job_id).where(*theirs).order_by(JobRow.created_at.desc()).offset(keep_latest)
        async with self._sessions() as session:  # reads all their jobs, for which no other write should wait
            job_ids = (await session.scalars(oldest)).all()
        if not job_ids:
            return
        still_undecided = and_(JobRow.job_id.in_(job_ids), JobRow.state == JobState.CHOOSING)

        async def delete_all(connection: AsyncConnection) -> int:
            return len(await delete_jobs(connection, still_undecided))

        await self._sessions.write_together(delete_all)

    async def record_message(self, job_id: str, message_id: int, channel_id: int | None = None) -> None:
        """Save which message shows it; `channel_id` is None for the channel in which it was asked for."""
        await self._update(job_id, message_id=message_id, message_channel_id=channel_id)

    async def record_press(self, job_id: str, press: Press) -> None:
        """Save the latest press on its message."""
        await self._update(job_id, press_token=press.token, pressed_at=press.pressed_at)

    async def record_notification(self, job_id: str) -> None:
        """Save that its owner is mentioned, which happens once."""
        await self._update(job_id, owner_notified=True)

    async def lease_unsettled(self, *, even_leased: bool) -> list[Job]:
        """Lease all unsettled jobs to this process, to resume them; oldest first.

        Skips jobs that another process has leased, unless `even_leased`: that is right if no other process can be
        alive, because this one holds the database's lock. It doesn't have to wait for the leases of a crashed bot.
        """
        which = [JobRow.settled.is_(False)] if even_leased else [JobRow.settled.is_(False), self._leases.is_free]
        leasing = update(JobRow).where(*which).values(self._leases.columns).returning(JobRow)
        leased = select(JobRow).from_statement(leasing)
        parts = selectinload(JobRow.inputs), selectinload(JobRow.results)
        async with self._sessions.begin() as session:
            rows = await session.scalars(leased.options(*parts), execution_options={"synchronize_session": False})
            jobs = _jobs(rows)
        self._leases.has_all |= even_leased
        return sorted(jobs, key=lambda job: (job.created_at, job.job_id))

    async def _update(self, job_id: str, **changes: object) -> None:
        which = JobRow.job_id == job_id, self._leases.is_writable
        await self._sessions.write(update(JobRow).where(*which).values(**changes))


async def delete_jobs(connection: AsyncConnection, which: ColumnElement[bool]) -> list[str]:
    """Delete jobs, and with them their inputs, results and stars; return their IDs."""
    return list((await connection.scalars(delete(JobRow).where(which).returning(JobRow.job_id))).all())


async def _change_rows_of(connection: AsyncConnection, job: Job, changed: frozenset[str]) -> None:
    of_job = JobInputRow.job_id == job.job_id
    if "inputs" in changed:
        await connection.execute(delete(JobInputRow).where(of_job))
        await connection.execute(insert(JobInputRow), _input_columns(job))
    if "is_settled" in changed and job.is_settled:
        await connection.execute(update(JobInputRow).where(of_job).values(url=None))
    if job.state is JobState.DELETED:
        await connection.execute(delete(FavoriteRow).where(FavoriteRow.job_id == job.job_id))
    if "results" in changed:
        await connection.execute(delete(JobResultRow).where(JobResultRow.job_id == job.job_id))
        if job.results:
            await connection.execute(insert(JobResultRow), _result_columns(job))


def _columns(job: Job, changed: Iterable[str]) -> dict[str, Any]:
    """These fields of a job as columns of its row in `jobs`."""
    columns: dict[str, Any] = {}
    for name in changed:
        match name:
            case "inputs" | "results" | "unsaved":
                pass
            case "cells":
                columns["cells"] = [_cell_columns(cell) for cell in job.cells]
            case "before":
                columns["before"] = None if job.before is None else _before_columns(job.before)
            case "is_settled":
                columns["settled"] = job.is_settled
            case "address":
                columns |= _address_columns(job.address)
            case "options":
                columns |= _option_columns(job.options)
            case "press":
                columns |= {
                    "press_token": job.press and job.press.token,
                    "pressed_at": job.press and job.press.pressed_at,
                }
            case _:
                columns[name] = getattr(job, name)
    return columns


def _address_columns(address: Address) -> Mapping[str, Any]:
    return {
        "application_id": address.application_id,
        "interaction_id": address.interaction_id,
        "interaction_token": address.token,
        "asked_at": address.asked_at,
        "guild_id": address.guild_id,
        "channel_id": address.channel_id,
        "upload_limit_bytes": address.upload_limit_bytes,
        "is_private": address.is_private,
    }


def _option_columns(options: PaintingOptions) -> Mapping[str, Any]:
    return {
        "recipe_name": options.recipe_name,
        "size_px": options.size_px,
        "style_strength": options.style_strength,
        "stroke_size": options.stroke_size,
        "colors": options.colors.value,
        "seed": options.seed,
        "start": options.start.value,
        "spare_faces": options.spare_faces,
    }


def _before_columns(before: Before) -> dict[str, Any]:
    return {"is_other_style": before.is_other_style, **_option_columns(before.options)}


def _cell_columns(cell: Cell) -> dict[str, Any]:
    return {"style_position": cell.style_position, **_option_columns(cell.options)}


def _input_columns(job: Job) -> list[dict[str, Any]]:
    return [_own_columns(job.job_id, picture) for picture in job.inputs]


def _result_columns(job: Job) -> list[dict[str, Any]]:
    return [_own_columns(job.job_id, result) for result in job.results]


def _own_columns(job_id: str, part: Input | Result) -> dict[str, Any]:
    return {"job_id": job_id, **{field.name: getattr(part, field.name) for field in fields(part)}}


def _jobs(rows: Iterable[JobRow]) -> list[Job]:
    return [job_of(row) for row in rows]


def job_of(row: JobRow) -> Job:
    """The job that a row describes."""
    return Job(
        job_id=row.job_id,
        kind=JobKind(row.kind),
        cells=tuple(_cell(**columns) for columns in row.cells),
        state=JobState(row.state),
        is_settled=row.settled,
        owner_id=row.owner_id,
        address=Address(
            application_id=row.application_id,
            interaction_id=row.interaction_id,
            token=row.interaction_token,
            asked_at=in_utc(row.asked_at),
            guild_id=row.guild_id,
            channel_id=row.channel_id,
            upload_limit_bytes=row.upload_limit_bytes,
            is_private=row.is_private,
        ),
        locale=row.locale,
        inputs=tuple(_input(picture) for picture in row.inputs),
        challenge_id=row.challenge_id,
        source_owner_id=row.source_owner_id,
        variation=None if row.variation is None else Variation(row.variation),
        origin_url=row.origin_url,
        origin_number=row.origin_number,
        before=None if row.before is None else _before(**row.before),
        options=PaintingOptions(
            recipe_name=row.recipe_name,
            size_px=row.size_px,
            style_strength=row.style_strength,
            stroke_size=row.stroke_size,
            colors=Colors(row.colors),
            seed=row.seed,
            start=Start(row.start),
            spare_faces=row.spare_faces,
        ),
        starts=row.starts,
        requeues=row.requeues,
        losses=row.losses,
        results=tuple(_result(result) for result in row.results),
        painting_seconds=row.painting_seconds,
        enlargement=row.enlargement or 1.0,
        spared_faces=row.spared_faces,
        message_id=row.message_id,
        message_channel_id=row.message_channel_id,
        press=_press(row),
        owner_notified=row.owner_notified,
        problem=row.problem,
        problem_is_private=row.problem_is_private,
        wants_timelapse=row.wants_timelapse,
        files_deleted_at=None if row.files_deleted_at is None else in_utc(row.files_deleted_at),
        created_at=in_utc(row.created_at),
        ended_at=None if row.ended_at is None else in_utc(row.ended_at),
    )


def _cell(*, style_position: int, **options: Any) -> Cell:
    return Cell(style_position, _options(**options))


def _before(*, is_other_style: bool, **options: Any) -> Before:
    return Before(_options(**options), is_other_style)


def _options(*, colors: str, start: str = Start.CONTENT.value, **options: Any) -> PaintingOptions:
    return PaintingOptions(colors=Colors(colors), start=Start(start), **options)


def _input(row: JobInputRow) -> Input:
    return Input(
        role=cast("InputRole", row.role),
        position=row.position,
        sha256=row.sha256,
        weight=row.weight,
        url=row.url,
        size_bytes=row.size_bytes,
        thumbnail_sha256=row.thumbnail_sha256,
        name=row.name,
        is_spoiler=row.is_spoiler,
        width_px=row.width_px,
        height_px=row.height_px,
    )


def _result(row: JobResultRow) -> Result:
    return Result(
        kind=cast("ResultKind", row.kind),
        position=row.position,
        media_type=row.media_type,
        sha256=row.sha256,
        size_bytes=row.size_bytes,
        width_px=row.width_px,
        height_px=row.height_px,
    )


def _press(row: JobRow) -> Press | None:
    if row.press_token is None or row.pressed_at is None:
        return None
    return Press(row.press_token, in_utc(row.pressed_at))
