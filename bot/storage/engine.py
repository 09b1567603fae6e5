"""Opens the database: connections and their pools, upgraded tables, and sessions for the repositories."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, event, make_url
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from bot.errors import DatabaseDriverMissing, DatabaseUrlInvalid
from bot.storage.faults import is_locked, place_of, start_errors
from bot.storage.sessions import Sessions
from bot.storage.sqlite_file import missing_file, refuse_if_uncreatable
from bot.storage.upgrade import examine, newest_revision, upgrade

POOL_TIMEOUT_SECONDS = 120
"""How long a session waits for a connection when many need one."""
LOCK_TIMEOUT_SECONDS = 10
"""How long a session waits for another program's lock on the SQLite file."""
LOCK_POLL_SECONDS = 0.05
READ_CONNECTIONS = 4
"""Connections to SQLite that only read: a long read holds up neither a write nor another read."""
DRIVERS = {"postgres": "postgresql+asyncpg", "postgresql": "postgresql+asyncpg", "sqlite": "sqlite+aiosqlite"}
"""The drivers for URLs that name none."""
URL_STARTS = ("postgresql+asyncpg://", "sqlite+aiosqlite:///")
SQLALCHEMY_PARAMETERS = {"prepared_statement_cache_size", "prepared_statement_name_func", "async_fallback"}
"""Parameters in the URL of a PostgreSQL database that are SQLAlchemy's own."""
CONNECT_TIMEOUT_SECONDS = 10
STATEMENT_TIMEOUT_SECONDS = 60
"""How long a server may fall silent in the middle of a statement."""


@asynccontextmanager
async def open_database(
    url: str,
    *,
    on_failure: Callable[[], object] = lambda: None,
    lock_timeout_seconds: float = LOCK_TIMEOUT_SECONDS,
) -> AsyncIterator[Sessions]:
    """Open this database, and upgrade its tables to this version. Raises `StartError` if it can't be used.

    Everything is closed when the block ends. `on_failure` is called whenever the database fails later.
    """
    async with open_engine(url, lock_timeout_seconds=lock_timeout_seconds) as engine:
        is_sqlite = engine.dialect.name == "sqlite"
        with start_errors(engine.url):
            if is_sqlite:
                await _use_write_ahead_log(engine, timeout_seconds=lock_timeout_seconds)
            async with engine.begin() as connection:
                await connection.run_sync(upgrade)
        if is_sqlite:
            await engine.dispose()  # the connection that migrated doesn't enforce foreign keys, and the next one does
            _execute_on_connect(engine, "PRAGMA foreign_keys=ON")
            async with open_engine(url, read_only=True, lock_timeout_seconds=lock_timeout_seconds) as readers:
                yield Sessions(engine, readers=readers, on_failure=on_failure)
        else:
            yield Sessions(engine, on_failure=on_failure)


async def describe_database(
    url: str, *, new_folder: Path | None = None, lock_timeout_seconds: float = LOCK_TIMEOUT_SECONDS
) -> str:
    """Say where the database is and whether its tables are up to date. Changes nothing; raises as `open_database`.

    `new_folder` is a folder that the bot creates before it opens the database.
    """
    async with open_engine(url, lock_timeout_seconds=lock_timeout_seconds) as engine:
        if (path := missing_file(engine.url)) is not None:
            refuse_if_uncreatable(path, engine.url, new_folder=new_folder)
            return f"{place_of(engine.url)}; it is created when the bot starts"
        with start_errors(engine.url):
            async with engine.connect() as connection:
                revision = await connection.run_sync(examine)
        if revision is None:
            tables = "its tables are created when the bot starts"
        elif revision == newest_revision():
            tables = "its tables are up to date"
        else:
            tables = "its tables are upgraded when the bot starts"
        return f"{place_of(engine.url)}; {tables}"


@asynccontextmanager
async def open_engine(
    url: str, *, read_only: bool = False, lock_timeout_seconds: float = LOCK_TIMEOUT_SECONDS
) -> AsyncIterator[AsyncEngine]:
    """Open connections to this database, all closed when the block ends. Raises `StartError`.

    For SQLite, one connection for all writes; or with `read_only`, a few that can only read. Neither enforces foreign
    keys there, so that migrations can build tables again; `open_database` does.
    """
    try:
        engine = _engine(_with_driver(make_url(url)), read_only=read_only, lock_timeout_seconds=lock_timeout_seconds)
    except (ArgumentError, ValueError) as error:
        raise DatabaseUrlInvalid("it isn't the URL of a database") from error
    except ModuleNotFoundError as error:
        raise DatabaseDriverMissing from error
    try:
        yield engine
    finally:
        await engine.dispose()


def _with_driver(url: URL) -> URL:
    """The URL with the driver that Atelier uses. Raises `DatabaseUrlInvalid` for another database or driver."""
    driver = DRIVERS.get(url.drivername, url.drivername)
    if driver not in DRIVERS.values():
        raise DatabaseUrlInvalid(f"it begins with {url.drivername}, but must begin with {' or '.join(URL_STARTS)}")
    return url.set(drivername=driver)


def _engine(url: URL, *, read_only: bool, lock_timeout_seconds: float) -> AsyncEngine:
    is_sqlite = url.get_backend_name() == "sqlite"
    options: dict[str, Any]
    if is_sqlite:
        # SQLite allows one write at a time. Writers of one process wait in the pool, because waiting for the file's
        # lock means polling. A transaction takes that lock when it begins: one that reads first might not get it later.
        # With a write-ahead log, readers wait for no writer, and no writer waits for them.
        options = {
            "poolclass": AsyncAdaptedQueuePool,
            "pool_size": READ_CONNECTIONS if read_only else 1,
            "max_overflow": 0,
            "connect_args": {"timeout": lock_timeout_seconds, "isolation_level": None if read_only else "IMMEDIATE"},
        }
    else:
        url = _for_asyncpg(url)
        arguments = {"timeout": CONNECT_TIMEOUT_SECONDS, "command_timeout": STATEMENT_TIMEOUT_SECONDS}
        options = {"pool_pre_ping": True, "connect_args": arguments}
    # Parameters are hidden from errors: the tokens of interactions are among them.
    engine = create_async_engine(url, pool_timeout=POOL_TIMEOUT_SECONDS, hide_parameters=True, **options)
    if is_sqlite:
        # With a write-ahead log `synchronous=NORMAL` keeps the file whole through a power cut, but loses the last
        # commits: an accepted job would be gone.
        _execute_on_connect(engine, "PRAGMA query_only=ON" if read_only else "PRAGMA synchronous=FULL")
        # SQLite can hardly change a table in place. A migration that builds `jobs` again would delete every input and
        # result with the old table.
        _execute_on_connect(engine, "PRAGMA foreign_keys=OFF")
    return engine


def _for_asyncpg(url: URL) -> URL:
    """The URL of a PostgreSQL database with `ssl`, as asyncpg calls what others call `sslmode`.

    Raises `DatabaseUrlInvalid` if it has a parameter that asyncpg doesn't know.
    """
    import asyncpg  # noqa: PLC0415 - an extra, which only PostgreSQL needs

    if (mode := url.query.get("sslmode")) is not None:
        url = url.difference_update_query(["sslmode"]).update_query_dict({"ssl": mode})
    known = inspect.signature(asyncpg.connect).parameters.keys() | SQLALCHEMY_PARAMETERS
    if unknown := sorted(url.query.keys() - known):
        raise DatabaseUrlInvalid(f"asyncpg doesn't know its parameter {unknown[0]}; leave it out")
    return url


def _execute_on_connect(engine: AsyncEngine, statement: str) -> None:
    """Execute a statement on every new connection."""

    def execute(connection: Any, _record: object) -> None:
        try:
            connection.cursor().execute(statement)
        except BaseException:
            connection.close()  # the pool doesn't know it yet, so its thread would never end
            raise

    event.listen(engine.sync_engine, "connect", execute)


async def _use_write_ahead_log(engine: AsyncEngine, *, timeout_seconds: float) -> None:
    """Keep readers, such as a backup, from holding up writes. The file remembers the setting.

    Retries here, because for this statement SQLite doesn't wait for other programs' locks itself.
    """
    give_up_at = time.monotonic() + timeout_seconds
    while True:
        try:
            async with engine.connect() as connection:
                await connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        except OperationalError as error:
            if not is_locked(error) or time.monotonic() > give_up_at:
                raise
        else:
            return
        await asyncio.sleep(LOCK_POLL_SECONDS)
