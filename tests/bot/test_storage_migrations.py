"""A database of any version becomes what this version needs, without losing what stands in it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import main as alembic
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, MetaData, String, inspect, text
from sqlalchemy.ext.asyncio import create_async_engine

from bot.errors import DatabaseTooNew
from bot.painting.job import JobState
from bot.storage.database import look_at_database, migrations, open_database
from bot.storage.jobs import JobRecords
from bot.storage.models import Base

ROOT = Path(__file__).parents[2]
REQUESTED_AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
FORMER_STATES = ("waiting", "painting", "delivered", "cancelled", "failed", "interrupted", "deleted")


async def on(url: str, do: Callable[[Connection], Any]) -> Any:
    """Do something to a database, beside the bot."""
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        result = await connection.run_sync(do)
    await engine.dispose()
    return result


def differences(connection: Connection) -> list[Any]:
    """What a migration would have to do yet for the tables to be those of the models."""
    context = MigrationContext.configure(connection, opts={"compare_server_default": True})
    return list(compare_metadata(context, Base.metadata))


def go_up(revision: str) -> Callable[[Connection], None]:
    return lambda connection: command.upgrade(migrations(connection), revision)


def go_down(revision: str) -> Callable[[Connection], None]:
    return lambda connection: command.downgrade(migrations(connection), revision)


def tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


def forget_alembic(connection: Connection) -> None:
    """Leave the database as version 0.1 made it."""
    connection.execute(text("DROP TABLE alembic_version"))


def fill(connection: Connection) -> None:
    """Put one job of each state into the tables of version 0.1."""
    former = MetaData()
    former.reflect(connection)
    connection.execute(
        former.tables["jobs"].insert(),
        [
            {
                "job_id": state,
                "owner_id": 2**63 - 1,
                "guild_id": 2**62,
                "channel_id": 2**62 + 1,
                "message_id": 2**62 + 2,
                "content_sha256": "c" * 64,
                "style_sha256": "s" * 64,
                "recipe_name": "draft",
                "size_px": 96,
                "style_strength": 1.6,
                "keep_colors": True,
                "seed": 2**31 - 1,
                "state": state,
                "problem": None,
                "created_at": REQUESTED_AT.replace(tzinfo=None)
                if connection.dialect.name == "sqlite"
                else REQUESTED_AT,
                "ended_at": None,
            }
            for state in FORMER_STATES
        ],
    )
    connection.execute(former.tables["synced_commands"].insert(), [{"application": "one", "digest": "a"}])


async def test_an_empty_database_gets_the_tables_of_the_models(database_url: str) -> None:
    async with open_database(database_url):
        pass

    assert await on(database_url, differences) == []


async def test_every_revision_goes_down_and_up_again(database_url: str) -> None:
    async with open_database(database_url):
        pass

    await on(database_url, go_down("base"))
    assert await on(database_url, tables) == {"alembic_version"}

    await on(database_url, go_up("head"))
    assert await on(database_url, differences) == []


async def test_a_database_of_the_first_version_is_taken_over_with_all_its_jobs(database_url: str) -> None:
    await on(database_url, go_up("0001"))
    await on(database_url, fill)
    await on(database_url, forget_alembic)

    async with open_database(database_url) as sessions:
        records = JobRecords(sessions)
        jobs = {state: await records.get(state) for state in FORMER_STATES}
        unsettled = await records.unsettled()

    assert unsettled == []  # nobody knows any more how to answer them
    for state, job in jobs.items():
        assert job is not None
        assert job.state == ("failed" if state in {"waiting", "painting", "interrupted"} else state)
        assert (job.owner_id, job.guild_id, job.channel_id) == (2**63 - 1, 2**62, 2**62 + 1)
        assert (job.content.sha256, job.style.sha256) == ("c" * 64, "s" * 64)
        assert (job.order.recipe_name, job.order.size_px, job.order.keep_colors) == ("draft", 96, True)
        assert job.created_at == job.address.asked_at == REQUESTED_AT
        assert job.message_id == 2**62 + 2
    assert await on(database_url, differences) == []


async def test_the_way_back_to_the_first_version_keeps_the_jobs(database_url: str) -> None:
    await on(database_url, go_up("0001"))
    await on(database_url, fill)
    await on(database_url, go_up("head"))

    await on(database_url, go_down("0001"))

    def states(connection: Connection) -> set[tuple[str, str]]:
        return {(row.job_id, row.state) for row in connection.execute(text("SELECT job_id, state FROM jobs"))}

    kept = {("delivered", "delivered"), ("cancelled", "cancelled"), ("deleted", "deleted")}
    failed = {(state, "failed") for state in ("waiting", "painting", "interrupted", "failed")}
    assert await on(database_url, states) == kept | failed


async def test_a_database_of_a_newer_version_is_left_alone(database_url: str) -> None:
    async with open_database(database_url):
        pass

    def age(connection: Connection) -> None:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    await on(database_url, age)

    with pytest.raises(DatabaseTooNew, match="newer version of Atelier"):
        async with open_database(database_url):
            pytest.fail("it was opened")
    with pytest.raises(DatabaseTooNew):
        await look_at_database(database_url)


async def test_bots_that_start_together_make_the_tables_once(database_url: str) -> None:
    async def start() -> None:
        async with open_database(database_url):
            pass

    await asyncio.gather(*(start() for _ in range(3)))

    assert await on(database_url, differences) == []


async def test_looking_at_a_database_tells_its_age_and_leaves_it_as_it_is(database_url: str) -> None:
    assert "are made when the bot starts" in await look_at_database(database_url)
    assert await on(database_url, tables) == set()

    await on(database_url, go_up("0001"))
    assert "are brought up to date when the bot starts" in await look_at_database(database_url)

    await on(database_url, go_up("head"))
    assert "are up to date" in await look_at_database(database_url)


def test_the_tables_can_be_taken_back_by_hand(monkeypatch: pytest.MonkeyPatch, database_url: str) -> None:
    monkeypatch.setenv("ATELIER_DATABASE_URL", database_url)
    monkeypatch.chdir(ROOT)

    alembic(["upgrade", "head"])
    assert "are up to date" in asyncio.run(look_at_database(database_url))

    alembic(["downgrade", "0001"])
    assert "are brought up to date when the bot starts" in asyncio.run(look_at_database(database_url))


def test_no_state_is_longer_than_its_column() -> None:
    """SQLite would not mind, PostgreSQL would."""
    column_type = Base.metadata.tables["jobs"].c.state.type
    assert isinstance(column_type, String)
    assert column_type.length is not None
    assert max(map(len, JobState)) <= column_type.length
