"""One bot per database: a second one waits a little and is then refused.

Two bots on one database would take each other's jobs. A lock keeps the second one out: on SQLite the lock of a file
next to the database, on PostgreSQL a session's advisory lock. Both end with the process that holds them, no matter how
that ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NoReturn, Protocol, Self

import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.errors import DatabaseAway, DatabaseInUse, DatabaseNotWritable, DatabaseTaken, DatabaseUsedMeanwhile
from bot.storage.engine import open_engine
from bot.storage.faults import database_file, place_of, start_errors
from bot.storage.sqlite_file import missing_file

log = structlog.get_logger()

LOCK_FILE = "atelier.lock"
"""In the data directory: the bot that has locked it may use the directory."""


@dataclass(frozen=True, slots=True)
class LockTimes:
    """How often the lock is tried and checked, and how long an answer may take."""

    retry_seconds: float = 0.25
    """Between attempts to take a lock that another bot holds."""
    ping_interval_seconds: float = 5.0
    """Between checks whether the lock's connection still works."""
    ping_timeout_seconds: float = 5.0
    reconnect_seconds: float = 1.0
    """Between attempts to reconnect. Short, because the first bot to connect gets the lock."""
    relock_timeout_seconds: float = 5.0
    """For the server to end a dead session of ours. If the lock is still held then, it is another bot's."""


LOCK_TIMES = LockTimes()

_KEY = 0x41_54_45_4C
"""First half of the advisory lock's key; the second is the schema, so that each schema can have its own bot."""
_SCHEMA = "(SELECT oid::int FROM pg_namespace WHERE nspname = current_schema())"
_TRY_LOCK = text(f"SELECT coalesce(pg_try_advisory_lock({_KEY}, {_SCHEMA}), true)")  # no schema: nothing to lock
_LOCKED = f"locktype = 'advisory' AND granted AND classid = {_KEY} AND objid::int = {_SCHEMA} AND objsubid = 2"
_IS_LOCKED = text(
    "SELECT EXISTS (SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database "  # noqa: S608 - ours
    f"WHERE {_LOCKED} AND datname = current_database())"
)
# A machine that loses power closes no connection. With these, the server notices within 15 seconds, which is less than
# a restart waits (`ATELIER_STARTUP_WAIT_SECONDS`); its own default is two hours. They are parameters of the session
# because poolers such as PgBouncer refuse them as parameters of the connection.
_SET_UP = text(
    "SELECT set_config('application_name', :name, false), set_config('tcp_keepalives_idle', '5', false), "
    "set_config('tcp_keepalives_interval', '3', false), set_config('tcp_keepalives_count', '3', false), "
    "set_config('tcp_user_timeout', '15000', false)"
)
_END_OWN_SESSIONS = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = :name AND pid <> pg_backend_pid()"
)

Check = Callable[[], Awaitable[bool]]


class DatabaseLock(Protocol):
    """Proof that no other bot uses the database."""

    async def until_taken(self, *, is_undisturbed: Check) -> NoReturn:
        """Wait until another bot has taken the database, so that this one must leave it. Raises `DatabaseTaken`.

        Takes a lost lock again, unless another bot was faster. Raises `DatabaseUsedMeanwhile` if another bot used the
        database in between, so that `is_undisturbed` returns False.
        """


@asynccontextmanager
async def lock_database(url: str, *, wait_seconds: float, times: LockTimes = LOCK_TIMES) -> AsyncIterator[DatabaseLock]:
    """Keep every other bot off this database while the block runs.

    Raises `DatabaseInUse` when another bot still uses it after `wait_seconds`, and `StartError` as `open_database`.
    """
    async with open_engine(url) as engine, contextlib.AsyncExitStack() as stack:
        with start_errors(engine.url):
            lock: _FileLock | _SessionLock
            if engine.dialect.name == "sqlite":
                lock = stack.enter_context(_FileLock(await _lock_file_of(engine)))
            else:
                lock = await stack.enter_async_context(_SessionLock(engine, times))
            place = place_of(engine.url)
            if not await take_within(wait_seconds, lock.try_take, place=place, retry_seconds=times.retry_seconds):
                raise DatabaseInUse(place)
        yield lock


async def is_in_use(url: str) -> bool:
    """Whether a bot is running on this database. Raises as `open_database`."""
    async with open_engine(url) as engine:
        with start_errors(engine.url):
            if engine.dialect.name != "sqlite":
                async with engine.connect() as connection:
                    return bool(await connection.scalar(_IS_LOCKED))
            if missing_file(engine.url) is not None:
                return False
            path = await _lock_file_of(engine)
            if not path.exists():
                return False
            with path.open("rb") as file:
                return not try_lock_file(file, shared=True)


async def take_within(seconds: float, try_take: Check, *, place: object, retry_seconds: float) -> bool:
    """Try to take a lock until the time is up; return whether it is taken. Logs the first refusal."""
    give_up_at = time.monotonic() + seconds
    is_logged = False
    while not await try_take():
        left_seconds = give_up_at - time.monotonic()
        if left_seconds <= 0:
            return False
        if not is_logged:
            is_logged = True
            log.info("bot.waiting", problem=f"Another bot is still using {place}.", up_to_seconds=seconds)
        await asyncio.sleep(min(retry_seconds, left_seconds))
    return True


def try_lock_file(file: IO[Any], *, shared: bool = False) -> bool:
    """Lock an open file until it is closed, unless it is locked already; return whether this succeeded."""
    try:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


async def _lock_file_of(engine: AsyncEngine) -> Path:
    """The file that is locked for an SQLite database: next to the real file, no matter how its URL refers to it."""
    async with engine.connect() as connection:
        path = await connection.run_sync(database_file)
    return path.with_name(f"{path.name}.lock")


class _FileLock:
    """A lock next to an SQLite file. It can't be lost while the process lives."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> Self:
        try:
            self._file = self._path.open("ab")
        except OSError as error:
            raise DatabaseNotWritable(str(self._path), error.strerror or str(error)) from error
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._file.close()

    async def try_take(self) -> bool:
        """Take it if it is free."""
        return try_lock_file(self._file)

    async def until_taken(self, *, is_undisturbed: Check) -> NoReturn:
        """Wait forever: this lock can't be lost."""
        del is_undisturbed
        while True:
            await asyncio.Event().wait()


class _SessionLock:
    """An advisory lock of PostgreSQL, on its own connection: when that is lost, so is the lock."""

    def __init__(self, engine: AsyncEngine, times: LockTimes) -> None:
        self._engine = engine
        self._times = times
        self._place = place_of(engine.url)
        self._name = f"atelier {uuid.uuid4().hex}"
        """Name of our sessions, to recognize dead ones that the server hasn't noticed yet."""
        self._connection: AsyncConnection | None = None
        self._is_cut = asyncio.Event()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self._disconnect()

    async def try_take(self) -> bool:
        """Take it if it is free."""
        connection = self._connection or await self._connect()
        return bool(await connection.scalar(_TRY_LOCK))

    async def until_taken(self, *, is_undisturbed: Check) -> NoReturn:
        """See `DatabaseLock`."""
        while True:
            await self._wait_until_cut()
            log.warning("database.lock_lost")
            await self._retake()
            if not await self._answer(is_undisturbed):
                raise DatabaseUsedMeanwhile(self._place)
            log.info("database.lock_regained")

    async def _connect(self) -> AsyncConnection:
        is_cut = self._is_cut = asyncio.Event()
        connection = await self._engine.connect()
        self._connection = connection
        await connection.execution_options(isolation_level="AUTOCOMMIT")  # or a transaction would stay open for days
        await connection.execute(_SET_UP, {"name": self._name})
        driver: Any = (await connection.get_raw_connection()).driver_connection
        driver.add_termination_listener(lambda _: is_cut.set())
        return connection

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(SQLAlchemyError, OSError):
                await connection.invalidate()  # ends the session; `close` alone would keep it for the next
            await connection.close()

    async def _wait_until_cut(self) -> None:
        """Wait until the connection is known to be dead."""
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._is_cut.wait(), self._times.ping_interval_seconds)
                return
            try:
                if self._connection is None:
                    return
                async with asyncio.timeout(self._times.ping_timeout_seconds):
                    await self._connection.execute(text("SELECT 1"))
            except (SQLAlchemyError, OSError):  # a TimeoutError is one, too
                return

    async def _retake(self) -> None:
        """Reconnect as soon as possible and take the lock again. Raises `DatabaseTaken`."""
        refused_at: float | None = None
        await self._disconnect()
        while True:
            try:
                if await self.try_take():
                    return
                if refused_at is None:
                    refused_at = time.monotonic()
                    await self._end_own_sessions()
                elif time.monotonic() - refused_at > self._times.relock_timeout_seconds:
                    raise DatabaseTaken(self._place)
                await asyncio.sleep(self._times.retry_seconds)
            except (SQLAlchemyError, OSError):
                await self._disconnect()
                await asyncio.sleep(self._times.reconnect_seconds)

    async def _end_own_sessions(self) -> None:
        """Have the server end dead sessions of ours, which may still hold the lock."""
        if self._connection is not None:
            await self._connection.execute(_END_OWN_SESSIONS, {"name": self._name})

    async def _answer(self, check: Check) -> bool:
        """The result of the check, once the database can be reached."""
        while True:
            try:
                return await check()
            except DatabaseAway:
                await asyncio.sleep(self._times.reconnect_seconds)
