"""What outlives the process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.jobs.job import Job, JobState, Order
from bot.storage.commands import SyncedCommands
from bot.storage.database import Sessions, open_database
from bot.storage.jobs import JobRecords


def job(owner_id: int = 2**63 - 1) -> Job:
    """A job with nothing left at its default; Discord's ids need 64 bits."""
    return Job(
        owner_id=owner_id,
        guild_id=2**62,
        channel_id=2**62 + 1,
        content_sha256="c" * 64,
        style_sha256="s" * 64,
        order=Order(recipe_name="draft", size_px=96, style_strength=1.6, keep_colors=True, seed=2**31 - 1),
    )


def url(folder: Path) -> str:
    """The database in a folder."""
    return f"sqlite+aiosqlite:///{folder / 'atelier.sqlite3'}"


@pytest.fixture
async def sessions(tmp_path: Path) -> AsyncIterator[Sessions]:
    """An empty database."""
    async with open_database(url(tmp_path)) as opened:
        yield opened


async def test_a_job_comes_back_as_it_was_after_the_database_was_closed(tmp_path: Path) -> None:
    written = job()
    async with open_database(url(tmp_path)) as sessions:
        await JobRecords(sessions).add(written)

    async with open_database(url(tmp_path)) as sessions:
        read = await JobRecords(sessions).get(written.job_id)

    assert read is not None
    assert replace(read, created_at=written.created_at) == written


async def test_a_job_that_never_was_is_none(sessions: Sessions) -> None:
    assert await JobRecords(sessions).get("0" * 32) is None


async def test_a_job_moves_on(sessions: Sessions) -> None:
    records, moved = JobRecords(sessions), job()
    await records.add(moved)

    await records.move(moved.job_id, JobState.DELIVERED, message_id=2**62)

    read = await records.get(moved.job_id)
    assert read is not None
    assert read.state is JobState.DELIVERED


async def test_only_unfinished_jobs_are_interrupted(sessions: Sessions) -> None:
    records = JobRecords(sessions)
    jobs = {state: job() for state in JobState}
    for state, one in jobs.items():
        await records.add(one)
        await records.move(one.job_id, state)

    assert await records.interrupt_unfinished() == 2

    states = {state: await records.get(one.job_id) for state, one in jobs.items()}
    changed = {state: read.state for state, read in states.items() if read is not None and read.state is not state}
    assert changed == {JobState.WAITING: JobState.INTERRUPTED, JobState.PAINTING: JobState.INTERRUPTED}


async def test_a_rush_of_writes_takes_turns(sessions: Sessions) -> None:
    records = JobRecords(sessions)
    rush = [job(owner_id) for owner_id in range(40)]

    await asyncio.gather(*(records.add(one) for one in rush))

    assert all([await records.get(one.job_id) for one in rush])


async def test_each_applications_commands_are_remembered_by_themselves(sessions: Sessions) -> None:
    synced = SyncedCommands(sessions)

    await synced.remember("one", "a")
    await synced.remember("one", "b")

    assert await synced.digest("one") == "b"
    assert await synced.digest("two") is None
