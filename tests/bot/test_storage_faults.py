"""Database faults cause a wait or a clear error, and written data is kept."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from structlog.testing import LogCapture

from bot.check import check_database
from bot.errors import (
    DatabaseAway,
    DatabaseDamaged,
    DatabaseDriverMissing,
    DatabaseLocked,
    DatabaseNotWritable,
    DatabaseUnusable,
    DatabaseUrlInvalid,
    StartError,
)
from bot.painting.job import Job
from bot.storage.commands import SyncedCommands
from bot.storage.engine import describe_database, open_database, open_engine
from bot.storage.jobs import JobRecords
from bot.storage.models import SyncedCommandsRow
from bot.storage.sessions import Sessions
from bot.storage.upgrade import alembic_config
from config.settings import Settings
from tests.bot.conftest import Studio, ephemeral_text, files
from tests.bot.test_storage import example_job
from tests.databases import open_current_database
from tests.postgres import PostgresServer

ROOT = Path(__file__).parents[2]
PAGE_BYTES = 4096
LOCK_TIMEOUT_SECONDS = 0.05
SHOPPING_LIST = b"Milk, bread, apples. " * 500


def url_of(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The path of the tests' SQLite file."""
    return tmp_path / "atelier.sqlite3"


@pytest.fixture
async def sessions(path: Path) -> AsyncIterator[Sessions]:
    """An empty SQLite database."""
    async with open_current_database(url_of(path)) as opened:
        yield opened


@pytest.fixture
def other_program(path: Path) -> Iterator[sqlite3.Connection]:
    """Another program that has the database open."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    yield connection
    connection.close()


async def refused(url: str) -> StartError:
    """Return why opening the database fails; `check` must report the same."""
    with pytest.raises(StartError) as raised:
        async with open_database(url, lock_timeout_seconds=LOCK_TIMEOUT_SECONDS):
            pytest.fail("it was opened")
    with pytest.raises(type(raised.value)):
        await describe_database(url, lock_timeout_seconds=LOCK_TIMEOUT_SECONDS)
    return raised.value


async def pragma(sessions: Sessions, statement: str) -> object:
    """Execute a pragma on the connection that the bot writes through."""
    async with sessions.begin() as session:
        result = await (await session.connection()).exec_driver_sql(f"PRAGMA {statement}")
        return result.scalar() if result.returns_rows else None


async def forget_pages(sessions: Sessions) -> None:
    """Make the bot's connections read everything from the file again."""
    await pragma(sessions, "shrink_memory")
    async with sessions() as session:
        await session.execute(text("PRAGMA shrink_memory"))


class TestLockedDatabase:
    async def test_a_write_waits_for_another_programs_lock(
        self, sessions: Sessions, other_program: sqlite3.Connection
    ) -> None:
        records, job = JobRecords(sessions), example_job()
        other_program.execute("BEGIN IMMEDIATE")
        asyncio.get_running_loop().call_later(0.05, other_program.execute, "COMMIT")

        await records.add(job)

        assert await records.get(job.job_id) == job

    async def test_a_lasting_lock_is_reported_and_the_write_succeeds_once_it_is_gone(self, path: Path) -> None:
        job = example_job()
        async with open_database(url_of(path), lock_timeout_seconds=LOCK_TIMEOUT_SECONDS) as sessions:
            records = JobRecords(sessions)
            other_program = sqlite3.connect(path, isolation_level=None)
            other_program.execute("BEGIN IMMEDIATE")

            with pytest.raises(DatabaseAway, match="Try again in a few minutes") as raised:
                await records.add(job)
            assert raised.value.problem == "database is locked"
            assert await records.get(job.job_id) is None  # reads still work

            other_program.execute("COMMIT")
            await records.add(job)
            assert await records.get(job.job_id) == job
            other_program.close()

    async def test_a_lasting_lock_at_startup_is_reported(self, path: Path) -> None:
        async with open_database(url_of(path)):
            pass
        other_program = sqlite3.connect(path, isolation_level=None)
        other_program.execute("BEGIN IMMEDIATE")

        error = await refused(url_of(path))

        assert isinstance(error, DatabaseLocked)
        assert str(path) in str(error)
        other_program.close()


class TestDamagedDatabase:
    async def test_a_file_that_is_not_a_database_is_reported_and_left_alone(self, path: Path) -> None:
        put(path, SHOPPING_LIST)

        error = await refused(url_of(path))

        assert isinstance(error, DatabaseDamaged)
        assert "file is not a database" in str(error)
        assert content_of(path) == SHOPPING_LIST

    async def test_damage_after_an_intact_header_is_found_at_startup(self, path: Path) -> None:
        async with open_database(url_of(path)):
            pass
        scribble(path)

        assert isinstance(await refused(url_of(path)), DatabaseDamaged)

    async def test_damage_while_running_is_reported_and_the_bot_keeps_running(
        self, path: Path, sessions: Sessions
    ) -> None:
        records, job = JobRecords(sessions), example_job()
        await records.add(job)
        await pragma(sessions, "wal_checkpoint(TRUNCATE)")
        sound = content_of(path)
        scribble(path)
        await forget_pages(sessions)  # otherwise it would use cached pages

        for _ in range(2):
            with pytest.raises(DatabaseAway, match="aren't lost"):
                await records.get(job.job_id)

        put(path, sound)
        await forget_pages(sessions)
        assert await records.get(job.job_id) == job


def put(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def content_of(path: Path) -> bytes:
    return path.read_bytes()


def scribble(path: Path) -> None:
    """Overwrite all pages of a database except the first."""
    with path.open("r+b") as file:
        size_bytes = file.seek(0, 2)
        file.seek(PAGE_BYTES)
        file.write(b"\xff" * (size_bytes - PAGE_BYTES))


class TestFullDisk:
    async def test_a_full_disk_is_reported_and_earlier_data_is_kept(self, sessions: Sessions) -> None:
        records = JobRecords(sessions)
        await pragma(sessions, f"max_page_count={await pragma(sessions, 'page_count')}")
        written: list[Job] = []

        async def write_until_it_fails() -> None:
            for job in (example_job() for _ in range(1000)):
                await records.add(job)
                written.append(job)

        with pytest.raises(DatabaseAway) as raised:
            await write_until_it_fails()

        assert raised.value.problem == "database or disk is full"
        assert {job.job_id for job in await records.lease_unsettled(even_leased=True)} == {
            job.job_id for job in written
        }
        for job in written:
            await records.save(job.failed("It rained.").settled())  # existing jobs can still be settled
        await pragma(sessions, "max_page_count=1000000")
        await records.add(example_job())


class TestUnwritableDatabase:
    async def test_a_read_only_database_is_reported_at_startup(self, path: Path) -> None:
        async with open_database(url_of(path)):
            pass

        error = await refused(f"sqlite+aiosqlite:///file:{path}?mode=ro&uri=true")

        assert isinstance(error, DatabaseNotWritable)
        assert "attempt to write a readonly database" in str(error)

    async def test_a_missing_folder_is_reported(self, tmp_path: Path) -> None:
        error = await refused(url_of(tmp_path / "nowhere" / "atelier.sqlite3"))

        assert isinstance(error, DatabaseNotWritable)


class TestWrongUrl:
    @pytest.mark.parametrize("url", ["sqlite+aiosqlite", "postgresql+asyncpg://atelier:secret@localhost:port/atelier"])
    async def test_an_invalid_url_is_reported_without_its_possible_password(self, url: str) -> None:
        error = await refused(url)

        assert isinstance(error, DatabaseUrlInvalid)
        assert "ATELIER_DATABASE_URL" in str(error)
        assert "secret" not in str(error)

    async def test_a_parameter_that_the_driver_does_not_know_is_named(self) -> None:
        error = await refused("postgresql+asyncpg://atelier:secret@localhost/atelier?channel_binding=require")

        assert str(error) == (
            "Can't use ATELIER_DATABASE_URL: asyncpg doesn't know its parameter channel_binding; leave it out."
        )

    @pytest.mark.parametrize("start", ["postgresql", "postgres"])
    async def test_the_driver_may_be_left_out(self, tmp_path: Path, start: str) -> None:
        async with open_engine(f"{start}://atelier@localhost/atelier") as engine:
            assert engine.url.drivername == "postgresql+asyncpg"
        async with open_database(f"sqlite:///{tmp_path}/atelier.sqlite3") as sessions:
            assert await pragma(sessions, "journal_mode") == "wal"

    @pytest.mark.parametrize("url", ["mysql+aiomysql://localhost/atelier", "postgresql+psycopg://localhost/atelier"])
    async def test_another_database_or_driver_is_named(self, url: str) -> None:
        error = await refused(url)

        assert str(error) == (
            f"Can't use ATELIER_DATABASE_URL: it begins with {url.partition(':')[0]}, but must begin with "
            "postgresql+asyncpg:// or sqlite+aiosqlite:///."
        )

    async def test_the_sslmode_of_a_url_is_the_drivers_ssl(self) -> None:
        async with open_engine("postgresql+asyncpg://atelier@localhost/atelier?sslmode=require") as engine:
            assert dict(engine.url.query) == {"ssl": "require"}

    async def test_a_missing_driver_is_reported_with_the_extra_to_install(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "asyncpg", None)

        error = await refused("postgresql+asyncpg://localhost/atelier")

        assert isinstance(error, DatabaseDriverMissing)
        assert "atelier-bot[postgres]" in str(error)


@pytest.mark.postgres
class TestPostgres:
    async def test_a_lost_database_server_is_reported_and_used_again_once_it_returns(
        self, postgres: PostgresServer
    ) -> None:
        before, after = example_job(), example_job()
        async with open_current_database(postgres.empty_database()) as sessions:
            records = JobRecords(sessions)
            await records.add(before)

            postgres.kill()
            try:
                for _ in range(2):
                    with pytest.raises(DatabaseAway):
                        await records.add(after)
            finally:
                postgres.start()

            await records.add(after)
            assert {job.job_id for job in await records.lease_unsettled(even_leased=True)} == {
                before.job_id,
                after.job_id,
            }

    async def test_a_connection_lost_during_a_transaction_is_reported(self, postgres: PostgresServer) -> None:
        job = example_job()
        async with open_current_database(postgres.empty_database()) as sessions:

            async def write() -> None:
                async with sessions.begin() as session:
                    await session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

            with pytest.raises(DatabaseAway):
                await write()

            await JobRecords(sessions).add(job)
            assert await JobRecords(sessions).get(job.job_id) == job

    async def test_writes_that_are_in_the_way_of_another_transaction_are_tried_again(
        self, postgres: PostgresServer
    ) -> None:
        async with open_current_database(postgres.empty_database()) as sessions:
            commands = SyncedCommands(sessions)
            await commands.save("one", "a")
            await commands.save("two", "a")
            row = SyncedCommandsRow
            first, second = (update(row).where(row.application == name) for name in ("one", "two"))
            has_one, may_go_on = asyncio.Event(), asyncio.Event()

            async def both(connection: AsyncConnection) -> int:
                await connection.execute(first.values(digest="b"))
                has_one.set()
                await may_go_on.wait()
                return (await connection.execute(second.values(digest="b"))).rowcount

            writing = asyncio.create_task(sessions.write_together(both))
            await has_one.wait()
            async with sessions.begin() as session:
                await session.execute(text("SET LOCAL deadlock_timeout = '1h'"))  # the other one is to give way
                await session.execute(second.values(digest="c"))
                may_go_on.set()  # its transaction waits for this one from now on, and this one for it
                await session.execute(first.values(digest="c"))

            assert await writing == 1
            assert [await commands.digest(name) for name in ("one", "two")] == ["b", "b"]

    async def test_a_missing_server_is_reported_without_the_password(self) -> None:
        error = await refused("postgresql+asyncpg://atelier:secret@127.0.0.1:1/paintings")

        assert isinstance(error, DatabaseUnusable)
        assert "paintings at 127.0.0.1" in str(error)
        assert "secret" not in str(error)

    async def test_a_missing_database_is_reported(self, postgres: PostgresServer) -> None:
        error = await refused(postgres.url("paintings"))

        assert 'database "paintings" does not exist' in str(error)

    async def test_a_rejected_role_is_reported(self, postgres: PostgresServer) -> None:
        error = await refused(postgres.url(role="stranger"))

        assert 'role "stranger" does not exist' in str(error)


async def test_sqlite_keeps_what_was_committed_through_a_power_cut(sessions: Sessions) -> None:
    assert await pragma(sessions, "journal_mode") == "wal"
    assert await pragma(sessions, "synchronous") == 2  # FULL


async def test_a_wrong_statement_is_not_a_database_failure_and_shows_no_token(database_url: str) -> None:
    job = example_job()
    async with open_current_database(database_url) as sessions:
        await JobRecords(sessions).add(job)

        with pytest.raises(IntegrityError) as raised:
            await JobRecords(sessions).add(job)

    assert job.address.token not in f"{raised.value!r} {raised.value} {raised.value.__cause__}"


async def test_killed_processes_leave_the_database_intact_with_all_their_writes(
    database_url: str,
) -> None:
    engine = create_async_engine(database_url)
    async with engine.begin() as connection:
        await connection.run_sync(lambda sync: command.upgrade(alembic_config(sync), "0001"))
        await connection.execute(text("INSERT INTO synced_commands VALUES ('one', 'a')"))
    await engine.dispose()

    killing = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bot.storage_crashes", database_url, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await killing.communicate()
    outcome = json.loads(printed)

    assert all(outcome["killed"])
    assert outcome["unchanged"]  # migrations are all or nothing
    assert len(outcome["written"]) >= 20
    async with open_database(database_url) as sessions:
        assert {job.job_id for job in await JobRecords(sessions).lease_unsettled(even_leased=True)} >= set(
            outcome["written"]
        )
        assert await SyncedCommands(sessions).digest("one") == "a"


class TestBotAtWork:
    """What members see when the database fails."""

    async def test_a_command_is_refused_with_an_explanation_and_works_again_afterward(
        self, studio: Studio, other_program: sqlite3.Connection
    ) -> None:
        await asyncio.to_thread(other_program.execute, "BEGIN IMMEDIATE")  # which may wait for the bot
        refused = await studio.stylize()
        other_program.execute("COMMIT")

        assert ephemeral_text(refused) == str(DatabaseAway("database is locked"))
        answer = await studio.stylize()
        await studio.finish()
        assert files(answer.response) == ["painting.png", "progress.gif"]

    async def test_a_running_painting_waits_for_the_database_and_is_delivered(
        self, studio: Studio, other_program: sqlite3.Connection
    ) -> None:
        studio.clock.retry_seconds = 0.0
        answer = await studio.stylize()
        await asyncio.to_thread(other_program.execute, "BEGIN IMMEDIATE")
        asyncio.get_running_loop().call_later(0.5, other_program.execute, "COMMIT")

        await studio.finish()

        assert files(answer.response) == ["painting.png", "progress.gif"]

    async def test_a_painting_is_delivered_once_a_damaged_database_is_repaired(
        self, studio: Studio, path: Path, logs: LogCapture
    ) -> None:
        answer = await studio.stylize()
        sessions = studio.app.sessions
        await pragma(sessions, "wal_checkpoint(TRUNCATE)")
        sound = content_of(path)
        scribble(path)
        await forget_pages(sessions)  # otherwise it would use cached pages

        await studio.finish()
        refused = await studio.stylize(studio.bob)
        put(path, sound)
        await studio.restart()
        await studio.finish()

        assert ephemeral_text(refused).startswith("Atelier can't use its database right now.")
        assert any(entry["event"] == "job.not_recorded" for entry in logs.entries)
        assert files(answer.response) == ["painting.png", "progress.gif"]


async def test_check_says_what_is_wrong_with_the_database(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    assert (await check_database(settings)).ok

    put(tmp_path / "atelier.sqlite3", SHOPPING_LIST)
    finding = await check_database(settings)

    assert not finding.ok
    assert "is damaged" in finding.detail
