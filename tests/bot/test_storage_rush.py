"""Many statements at once share transactions; none of them is lost, and none pays for another's mistake."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import event, insert, select
from sqlalchemy.exc import IntegrityError

from bot.storage.database import Sessions, open_database
from bot.storage.models import SyncedCommandsRow


@pytest.fixture
async def sessions(tmp_path: Path) -> AsyncIterator[Sessions]:
    async with open_database(f"sqlite+aiosqlite:///{tmp_path / 'rush.sqlite3'}") as opened:
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


async def test_a_mistake_is_told_to_whoever_made_it_alone(sessions: Sessions) -> None:
    outcomes = await asyncio.gather(*(write(sessions, number) for number in (1, 2, 2, 3)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [type(None), type(None), IntegrityError, type(None)]
    assert await written(sessions) == {1, 2, 3}


async def test_whoever_is_cancelled_takes_nobody_else_along(sessions: Sessions) -> None:
    writing = [asyncio.create_task(write(sessions, number)) for number in range(3)]
    await asyncio.sleep(0)
    for task in writing[:2]:
        task.cancel()
    outcomes = await asyncio.gather(*writing, return_exceptions=True)
    assert outcomes[2] is None
    assert 2 in await written(sessions)


async def test_whoever_is_cancelled_while_it_is_written_lets_nothing_be_written_twice(sessions: Sessions) -> None:
    writing = [asyncio.create_task(write(sessions, number)) for number in range(4)]
    to_be_cancelled = iter(writing[:2])

    def cancel_one(_connection: object) -> None:
        if (task := next(to_be_cancelled, None)) is not None:
            task.cancel()

    async with sessions() as session:
        connection = await session.connection()
        event.listen(connection.engine.sync_engine, "commit", cancel_one)
    outcomes = await asyncio.gather(*writing, return_exceptions=True)
    assert outcomes[2:] == [None, None]
    assert {2, 3} <= await written(sessions)
