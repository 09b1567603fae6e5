"""Concurrent writes share transactions; none is lost, fails because of another or waits for a read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from sqlalchemy import event, insert, select
from sqlalchemy.exc import IntegrityError

from bot.errors import DatabaseAway
from bot.storage.engine import READ_CONNECTIONS
from bot.storage.models import SyncedCommandsRow
from bot.storage.sessions import Sessions
from tests.databases import open_current_database


@pytest.fixture
async def sessions(tmp_path: Path) -> AsyncIterator[Sessions]:
    async with open_current_database(f"sqlite+aiosqlite:///{tmp_path / 'rush.sqlite3'}") as opened:
        yield opened


async def write(sessions: Sessions, application: int) -> None:
    await sessions.write(insert(SyncedCommandsRow).values(application=str(application), digest="0" * 64))


async def written(sessions: Sessions) -> set[int]:
    async with sessions() as session:
        return {int(application) for application in await session.scalars(select(SyncedCommandsRow.application))}


async def test_a_rush_is_written_in_few_transactions(sessions: Sessions) -> None:
    commits: list[object] = []
    async with sessions() as session:
        connection = await session.connection()
        event.listen(connection.engine.sync_engine, "commit", commits.append)
    await asyncio.gather(*(write(sessions, number) for number in range(120)))
    assert await written(sessions) == set(range(120))
    assert len(commits) <= 3


async def test_a_wrong_statement_fails_alone(sessions: Sessions) -> None:
    outcomes = await asyncio.gather(*(write(sessions, number) for number in (1, 2, 2, 3)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [type(None), type(None), IntegrityError, type(None)]
    assert await written(sessions) == {1, 2, 3}


async def test_a_canceled_write_cancels_no_other(sessions: Sessions) -> None:
    writing = [asyncio.create_task(write(sessions, number)) for number in range(3)]
    await asyncio.sleep(0)
    for task in writing[:2]:
        task.cancel()
    outcomes = await asyncio.gather(*writing, return_exceptions=True)
    assert outcomes[2] is None
    assert 2 in await written(sessions)


async def test_nothing_is_written_twice_when_a_write_is_canceled_during_its_commit(sessions: Sessions) -> None:
    writing = [asyncio.create_task(write(sessions, number)) for number in range(4)]
    to_cancel = iter(writing[:2])

    def cancel_one(_connection: object) -> None:
        if (task := next(to_cancel, None)) is not None:
            task.cancel()

    async with sessions() as session:
        connection = await session.connection()
        event.listen(connection.engine.sync_engine, "commit", cancel_one)
    outcomes = await asyncio.gather(*writing, return_exceptions=True)
    assert outcomes[2:] == [None, None]
    assert {2, 3} <= await written(sessions)


async def test_a_write_does_not_wait_for_reads(sessions: Sessions) -> None:
    for number in range(3):
        await write(sessions, number)
    async with sessions() as session:
        rows = await session.stream_scalars(select(SyncedCommandsRow.application).execution_options(yield_per=1))
        assert await anext(rows) == "0"

        await write(sessions, 3)
        async with sessions.begin() as writing:
            writing.add(SyncedCommandsRow(application="4", digest="0" * 64))

        assert [application async for application in rows] == ["1", "2"]  # unchanged since the read began
    assert await written(sessions) == {0, 1, 2, 3, 4}


async def test_a_read_does_not_wait_for_writes(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        session.add(SyncedCommandsRow(application="1", digest="0" * 64))
        await session.flush()

        assert await written(sessions) == set()
    assert await written(sessions) == {1}


async def test_the_next_read_sees_what_was_written(sessions: Sessions) -> None:
    async def write_and_read(number: int) -> bool:
        await write(sessions, number)
        return number in await written(sessions)

    assert all(await asyncio.gather(*(write_and_read(number) for number in range(50))))


async def test_long_reads_do_not_delay_other_reads(sessions: Sessions) -> None:
    await write(sessions, 1)
    async with AsyncExitStack() as long_reads:
        for _ in range(READ_CONNECTIONS - 1):
            session = await long_reads.enter_async_context(sessions())
            await session.stream_scalars(select(SyncedCommandsRow.application))

        assert await written(sessions) == {1}


async def test_a_reading_session_cannot_write(sessions: Sessions) -> None:
    async def write_there() -> None:
        async with sessions() as session:
            await session.execute(insert(SyncedCommandsRow).values(application="1", digest="0" * 64))
            await session.commit()

    with pytest.raises(DatabaseAway) as raised:
        await write_there()

    assert raised.value.problem == "attempt to write a readonly database"
    assert await written(sessions) == set()
