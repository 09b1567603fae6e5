"""One bot per database: how the lock is taken, held, lost with its connection, and taken again."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from bot.check import check_database
from bot.errors import DatabaseInUse, DatabaseNotWritable, DatabaseTaken, DatabaseUnusable, DatabaseUsedMeanwhile
from bot.storage.engine import describe_database, open_database
from bot.storage.lock import DatabaseLock, LockTimes, is_in_use, lock_database
from config.settings import Settings
from tests.postgres import PostgresServer
from tests.wire.conftest import LogEvents
from tests.wire.rival import cut_connection, takeover

ROOT = Path(__file__).parents[2]
HOLDER = """
import asyncio, sys
from bot.storage.lock import lock_database

async def hold():
    async with lock_database(sys.argv[1], wait_seconds=0):
        print("locked", flush=True)
        await asyncio.Event().wait()

asyncio.run(hold())
"""


QUICK = LockTimes(retry_seconds=0.01, reconnect_seconds=0.01, relock_timeout_seconds=60)
"""Retries sooner than would be right for a real server, but gives up later: a test's server may be slow."""
IMPATIENT = replace(QUICK, relock_timeout_seconds=0)
SUSPICIOUS = replace(QUICK, ping_interval_seconds=0.05, ping_timeout_seconds=0.05)


def locked(url: str, *, wait_seconds: float = 0, times: LockTimes = QUICK) -> AbstractAsyncContextManager[DatabaseLock]:
    """Lock a database, by default only if it is free."""
    return lock_database(url, wait_seconds=wait_seconds, times=times)


async def refused(url: str) -> str:
    """The sentence for a bot that another one keeps off this database."""
    with pytest.raises(DatabaseInUse) as raised:
        async with locked(url):
            pytest.fail("two bots have it")
    return str(raised.value)


async def undisturbed() -> bool:
    return True


@asynccontextmanager
async def watched(lock: DatabaseLock, check: Any = undisturbed) -> AsyncIterator[asyncio.Task[Any]]:
    """Hold the lock as a running bot does."""
    watching = asyncio.create_task(lock.until_taken(is_undisturbed=check))
    yield watching
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)


async def test_the_second_bot_is_refused_until_the_first_has_ended(database_url: str) -> None:
    async with locked(database_url):
        assert "Another bot is using the database" in await refused(database_url)
        await refused(database_url)  # the refused one has changed nothing

    async with locked(database_url):
        pass


async def test_the_second_bot_waits_for_the_first_to_end(database_url: str, log_events: LogEvents) -> None:
    async def second() -> None:
        async with locked(database_url, wait_seconds=60):
            pass

    async with locked(database_url):
        waiting = asyncio.create_task(second())
        await log_events.wait_until("bot.waiting")
        assert not waiting.done()
    await waiting
    assert log_events.events.count("bot.waiting") == 1


async def test_the_lock_of_a_killed_bot_is_free(database_url: str) -> None:
    bot = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLDER, database_url, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert bot.stdout is not None
    assert await bot.stdout.readline() == b"locked\n"
    await refused(database_url)
    bot.kill()
    await bot.wait()

    async with locked(database_url, wait_seconds=10):
        pass


async def test_tables_can_be_created_and_inspected_under_the_lock(database_url: str) -> None:
    async with locked(database_url), open_database(database_url):
        assert "its tables are up to date" in await describe_database(database_url)


async def test_check_says_whether_a_bot_is_using_the_database(tmp_path: Path, database_url: str) -> None:
    settings = Settings(data_dir=tmp_path, database_url=database_url)
    assert not await is_in_use(database_url)
    async with locked(database_url):
        finding = await check_database(settings)
        assert finding.ok
        assert "a bot is using it now" in finding.detail

    assert "a bot is using it" not in (await check_database(settings)).detail
    assert not await is_in_use(database_url)


class TestSQLite:
    async def test_other_names_of_the_same_file_are_the_same_database(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder, link = tmp_path / "data", tmp_path / "link.sqlite3"
        folder.mkdir()
        path = folder / "atelier.sqlite3"
        link.symlink_to(path)
        monkeypatch.chdir(folder)
        others = (link, Path("atelier.sqlite3"), tmp_path / "data" / ".." / "data" / "atelier.sqlite3")

        async with locked(f"sqlite+aiosqlite:///{path}"):
            for other in others:
                await refused(f"sqlite+aiosqlite:///{other}")
            await refused(f"sqlite+aiosqlite:///file:{path}?uri=true")

    async def test_another_file_in_the_folder_is_another_database(self, tmp_path: Path) -> None:
        async with (
            locked(f"sqlite+aiosqlite:///{tmp_path / 'one.sqlite3'}"),
            locked(f"sqlite+aiosqlite:///{tmp_path / 'two.sqlite3'}"),
        ):
            pass

    async def test_the_lock_blocks_no_other_program(self, tmp_path: Path) -> None:
        path = tmp_path / "atelier.sqlite3"
        async with locked(f"sqlite+aiosqlite:///{path}"):
            backup = sqlite3.connect(path)
            backup.execute("CREATE TABLE notes (note TEXT)")
            backup.close()

    @pytest.mark.parametrize("url", ["sqlite+aiosqlite://", "sqlite+aiosqlite:///:memory:"])
    async def test_a_database_in_memory_is_refused_with_a_sentence(self, url: str) -> None:
        for opened in (locked(url), open_database(url)):
            with pytest.raises(DatabaseUnusable, match="each restart would lose it"):
                await opened.__aenter__()

    async def test_a_lock_that_cannot_be_written_is_named(self, tmp_path: Path) -> None:
        blocked = tmp_path / "atelier.sqlite3.lock"
        blocked.mkdir()

        with pytest.raises(DatabaseNotWritable) as raised:
            async with locked(f"sqlite+aiosqlite:///{tmp_path / 'atelier.sqlite3'}"):
                pytest.fail("it was locked")

        assert str(blocked) in str(raised.value)


@pytest.mark.postgres
class TestPostgres:
    @pytest.fixture
    def url(self, postgres: PostgresServer) -> str:
        return postgres.empty_database()

    @pytest.fixture
    async def admin(self, url: str) -> AsyncIterator[AsyncConnection]:
        """Another client on the same server."""
        engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            yield connection
        await engine.dispose()

    async def test_bots_in_other_databases_and_schemas_of_the_server_are_independent(
        self, postgres: PostgresServer, url: str, admin: AsyncConnection
    ) -> None:
        for statement in (
            "CREATE DATABASE other",
            "CREATE ROLE neighbor LOGIN",
            'CREATE SCHEMA "Neighbor" AUTHORIZATION neighbor',
            'ALTER ROLE neighbor SET search_path = "Neighbor"',
            "CREATE ROLE colleague LOGIN",
            "GRANT USAGE ON SCHEMA public TO colleague",
        ):
            await admin.execute(text(statement))
        try:
            async with (
                locked(url),
                locked(postgres.url("other")),
                locked(postgres.url(role="neighbor")),
            ):
                await refused(postgres.url(role="colleague"))  # the schema makes the difference, not the user
                await refused(postgres.url(role="neighbor"))
        finally:
            for statement in (
                "DROP DATABASE other WITH (FORCE)",
                'DROP SCHEMA "Neighbor"',
                "REVOKE USAGE ON SCHEMA public FROM colleague",
                "DROP ROLE neighbor",
                "DROP ROLE colleague",
            ):
                await admin.execute(text(statement))

    async def test_a_lost_connection_is_noticed_at_once_and_the_lock_is_taken_again(
        self, url: str, log_events: LogEvents
    ) -> None:
        async with locked(url) as lock, watched(lock) as watching:
            await cut_connection(url)
            await log_events.wait_until("database.lock_regained")

            assert not watching.done()
            await refused(url)

    async def test_a_silent_connection_is_noticed(self, url: str, log_events: LogEvents) -> None:
        async with (
            silenceable(url) as (proxied, silence),
            locked(proxied, times=SUSPICIOUS) as lock,
            watched(lock),
        ):
            silence()
            await log_events.wait_until("database.lock_regained")

            await refused(url)

    async def test_a_restarted_server_gives_the_lock_back_to_its_bot(
        self, postgres: PostgresServer, url: str, log_events: LogEvents
    ) -> None:
        async with locked(url) as lock, watched(lock):
            postgres.kill()
            try:
                await log_events.wait_until("database.lock_lost")
            finally:
                postgres.start()
            await log_events.wait_until("database.lock_regained")

            await refused(url)

    async def test_a_bot_leaves_its_database_to_another_one_that_has_taken_it(self, url: str) -> None:
        async with locked(url, times=IMPATIENT) as lock, watched(lock) as watching, takeover(url):
            with pytest.raises(DatabaseTaken, match="leaves the paintings to the other"):
                await watching

    async def test_a_bot_stops_if_another_one_has_worked_on_its_jobs_meanwhile(self, url: str) -> None:
        async def disturbed() -> bool:
            return False

        async with locked(url) as lock, watched(lock, disturbed) as watching:
            await cut_connection(url)
            with pytest.raises(DatabaseUsedMeanwhile, match="Start this one again"):
                await watching


@asynccontextmanager
async def silenceable(url: str) -> AsyncIterator[tuple[str, Any]]:
    """The URL of the same database through TCP, and a function that silences all its connections so far.

    The server doesn't notice, as when a cable is pulled.
    """
    folder = url.partition("?host=")[2]
    silent: list[asyncio.Event] = []
    tasks: set[asyncio.Task[None]] = set()

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, is_silent: asyncio.Event) -> None:
        with closing(writer):
            while True:
                data = await reader.read(65536)
                if is_silent.is_set():
                    await asyncio.Event().wait()  # not even an end gets through
                if not data:
                    return
                writer.write(data)

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        is_silent = asyncio.Event()
        silent.append(is_silent)
        server_reader, server_writer = await asyncio.open_unix_connection(f"{folder}/.s.PGSQL.5432")
        for one, other in ((reader, server_writer), (server_reader, writer)):
            tasks.add(asyncio.create_task(pass_on(one, other, is_silent)))

    proxy = await asyncio.start_server(connect, "127.0.0.1", 0)
    port = proxy.sockets[0].getsockname()[1]

    def silence() -> None:
        for is_silent in silent:
            is_silent.set()

    try:
        yield url.partition("?")[0].replace("@/", f"@127.0.0.1:{port}/"), silence
    finally:
        proxy.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
