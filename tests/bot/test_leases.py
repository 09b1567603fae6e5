"""Job leases: only one process works on a job, until it releases the job or its lease expires."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select, update

from bot.errors import Superseded
from bot.painting.job import JobState
from bot.storage.jobs import JobRecords
from bot.storage.leases import RENEWAL_SECONDS, Leases
from bot.storage.models import JobRow
from bot.storage.sessions import Sessions
from bot.storage.times import database_time
from tests.bot.jobs import make_job
from tests.databases import open_current_database


class Process:
    """One bot's view of the jobs in a database."""

    def __init__(self, sessions: Sessions, *, renewal_seconds: float = RENEWAL_SECONDS) -> None:
        self.leases = Leases(sessions, renewal_seconds=renewal_seconds)
        self.records = JobRecords(sessions, self.leases)

    async def takes(self, *, even_leased: bool = False) -> list[str]:
        """Return the IDs of the jobs that it takes over."""
        return [job.job_id for job in await self.records.lease_unsettled(even_leased=even_leased)]


@pytest.fixture
async def sessions(database_url: str) -> AsyncIterator[Sessions]:
    async with open_current_database(database_url) as opened:
        yield opened


@pytest.fixture
def this(sessions: Sessions) -> Process:
    return Process(sessions)


@pytest.fixture
def other(sessions: Sessions) -> Process:
    return Process(sessions)


async def expire_leases(sessions: Sessions) -> None:
    """Expire every lease."""
    await sessions.write(update(JobRow).values(leased_until=database_time(-1)))


async def test_an_accepted_job_is_leased_to_the_process_that_accepted_it(this: Process, other: Process) -> None:
    await this.records.add(make_job())

    assert await other.takes() == []


async def test_an_expired_lease_leaves_the_job_to_another_process(
    sessions: Sessions, this: Process, other: Process
) -> None:
    job = make_job()
    await this.records.add(job)
    await expire_leases(sessions)

    assert await other.takes() == [job.job_id]
    assert await this.takes() == []


async def test_a_renewed_lease_keeps_all_jobs_of_its_process(sessions: Sessions, this: Process, other: Process) -> None:
    for _ in range(3):
        await this.records.add(make_job())
    await expire_leases(sessions)

    await this.leases.renew()

    assert await other.takes() == []


async def test_leases_are_renewed_while_the_process_lives(sessions: Sessions, other: Process) -> None:
    this = Process(sessions, renewal_seconds=0)
    await this.records.add(make_job())
    await expire_leases(sessions)

    async with this.leases:
        async with sessions() as session:
            still_expired = select(JobRow.job_id).where(JobRow.leased_until < database_time(0))
            while await session.scalar(still_expired) is not None:
                await session.rollback()

        assert await other.takes() == []


async def test_a_process_that_ends_releases_its_jobs(this: Process, other: Process) -> None:
    job = make_job()
    async with this.leases:
        await this.records.add(job)

    assert await other.takes() == [job.job_id]


async def test_a_bot_that_is_alone_resumes_what_a_killed_one_had_leased(this: Process, other: Process) -> None:
    job = make_job()
    await this.records.add(job)

    assert await other.takes(even_leased=True) == [job.job_id]
    assert await this.takes() == []


async def test_processes_that_look_for_jobs_simultaneously_share_them(sessions: Sessions, this: Process) -> None:
    jobs = [make_job() for _ in range(20)]
    for job in jobs:
        await this.records.add(job)
    await this.leases.release()

    found = await asyncio.gather(*(Process(sessions).takes() for _ in range(4)))

    assert sorted(job_id for ids in found for job_id in ids) == sorted(job.job_id for job in jobs)


async def test_a_settled_job_has_no_lease(sessions: Sessions, this: Process, other: Process) -> None:
    delivered, failed = make_job(state=JobState.PAINTED), make_job()
    for job in (delivered, failed):
        await this.records.add(job)
    await this.records.save(delivered.delivered(message_id=1))
    await this.records.save(failed.failed("It rained.").settled())

    async with sessions() as session:
        assert set(await session.scalars(select(JobRow.lease_owner))) == {None}
    assert await other.takes(even_leased=True) == []


async def test_a_process_without_a_lease_cannot_change_the_job(this: Process, other: Process) -> None:
    job = make_job(state=JobState.WAITING)
    await this.records.add(job)
    await other.takes(even_leased=True)

    for late in (job.started(), job.failed("It rained."), job.settled()):
        with pytest.raises(Superseded):
            await this.records.save(late)
    await other.records.save(job.started())

    [row] = await other.records.lease_unsettled(even_leased=True)
    assert (row.state, row.problem) == (JobState.PAINTING, None)


async def test_a_bot_knows_whether_another_bot_was_running(this: Process, other: Process) -> None:
    await this.records.add(make_job())
    assert await other.leases.are_undisturbed()  # it hasn't looked for jobs yet
    await other.takes(even_leased=True)
    await other.records.add(make_job())
    assert await other.leases.are_undisturbed()

    await this.takes(even_leased=True)
    assert not await other.leases.are_undisturbed()

    await this.leases.release()
    assert not await other.leases.are_undisturbed()
