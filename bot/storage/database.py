"""The database: migrated when it is opened, then sessions for the repositories; its failures become our errors."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Executable, event, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from bot.errors import (
    DatabaseAway,
    DatabaseDamaged,
    DatabaseDriverMissing,
    DatabaseLocked,
    DatabaseNotWritable,
    DatabaseTooNew,
    DatabaseUnusable,
    StartError,
)

log = structlog.get_logger()

PATIENCE_SECONDS = 120
"""How long a rush may make one session wait for a connection."""
LOCK_SECONDS = 10
"""How long a lock of another program holds a session up before it gives up."""
LOCK_POLL_SECONDS = 0.05
LOCKED = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
READERS = 4
"""Connections to SQLite that only read: a long read holds up neither a write nor another read."""
CONNECT_SECONDS = 10
STATEMENT_SECONDS = 60
"""A server that falls silent in the middle of a statement is given up after that."""

MIGRATIONS = Path(__file__).with_name("migrations")
MIGRATIONS_LOCK = 0x61_74_65_6C_69_65_72
"""Under this number processes agree that one of them migrates; PostgreSQL's advisory locks have no names."""
NEWEST = "head"

WRITTEN_TOGETHER = 100
"""Statements in one transaction: more would let the first of them wait for the last."""

OUR_MISTAKES = (IntegrityError, ProgrammingError, DataError, NotSupportedError)
"""What a statement gets that is wrong in itself: nothing is won by trying it again."""


class Sessions:
    """Sessions for the repositories. Whatever fails in the database, they raise `DatabaseAway`."""

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        readers: AsyncEngine | None = None,
        on_failure: Callable[[], object] = lambda: None,
    ) -> None:
        """Write through `engine`, and read through `readers` if there are any; call `on_failure` at each failure."""
        self._sessions = async_sessionmaker(engine, expire_on_commit=False)
        self._reading_sessions = async_sessionmaker(readers or engine, expire_on_commit=False)
        self._on_failure = on_failure
        self._unwritten: list[_Unwritten] = []
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[AsyncSession]:
        """A session to read with: it sees all that was committed before it began to read."""
        with self._faults_told():
            async with self._reading_sessions() as session:
                yield session

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncSession]:
        """A session to write with: when the block is left all of it lies on the disk, after an error nothing."""
        with self._faults_told():
            async with self._sessions.begin() as session:
                yield session

    async def write(self, statement: Executable, columns: Mapping[str, Any] | None = None) -> int:
        """Execute a statement, an insert with these columns; when this returns it lies on the disk.

        Returns how many rows it changed.

        Those that come while others are written share the next transaction: in a rush each would wait for all before
        it, and the disk once for each.
        """
        mine = _Unwritten(statement, columns)
        self._unwritten.append(mine)
        try:
            async with self._turn:
                while mine in self._unwritten:  # and not written together with one that came before
                    await _to_its_end(self._write_together(self._unwritten[:WRITTEN_TOGETHER]))
        finally:
            if mine in self._unwritten:
                self._unwritten.remove(mine)
        if mine.error is not None:
            raise mine.error
        return mine.rows

    @contextmanager
    def _faults_told(self) -> Iterator[None]:
        try:
            yield
        except OUR_MISTAKES:
            raise
        except (DBAPIError, PoolTimeout, OSError) as error:
            problem = _problem(error)
            log.warning("database.away", problem=problem)
            self._on_failure()
            raise DatabaseAway(problem) from error

    async def _write_together(self, together: list[_Unwritten]) -> None:
        error: Exception | None = None
        try:
            async with self.begin() as session:
                connection = await session.connection()  # a session itself would look for objects that they touch
                for one in together:
                    one.rows = (await connection.execute(one.statement, one.columns)).rowcount
        except DatabaseAway as away:
            error = away
        except Exception as mistake:  # noqa: BLE001 - whoever made it gets it; the others have nothing to do with it
            if len(together) > 1:
                for one in together:
                    await self._write_together([one])
                return
            error = mistake
        for one in together:
            one.error = error
            with suppress(ValueError):  # whoever waited for it was cancelled meanwhile
                self._unwritten.remove(one)


async def _to_its_end(writing: Coroutine[Any, Any, None]) -> None:
    """Wait for it even when cancelled: a commit goes on all the same, and what is in it would be written once more."""
    task = asyncio.create_task(writing)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


@dataclass(slots=True, eq=False)
class _Unwritten:
    """A statement on its way to the disk."""

    statement: Executable
    columns: Mapping[str, Any] | None
    rows: int = 0
    error: Exception | None = None


@asynccontextmanager
async def open_database(url: str, *, on_failure: Callable[[], object] = lambda: None) -> AsyncIterator[Sessions]:
    """Sessions on this database, its tables as this version has them. Raises `StartError` when it cannot be used.

    Everything is closed when the block is left. `on_failure` is called each time that the database fails later on.
    """
    async with open_engine(url) as engine:
        is_sqlite = engine.dialect.name == "sqlite"
        with start_errors(engine.url):
            if is_sqlite:
                await _keep_a_write_ahead_log(engine)
            async with engine.begin() as connection:
                await connection.run_sync(_bring_up_to_date)
        if is_sqlite:
            async with open_engine(url, only_to_read=True) as readers:
                yield Sessions(engine, readers=readers, on_failure=on_failure)
        else:
            yield Sessions(engine, on_failure=on_failure)


async def look_at_database(url: str) -> str:
    """Which database this is and how old its tables are; nothing is changed in it. Raises as `open_database`."""
    async with open_engine(url) as engine:
        with start_errors(engine.url):
            async with engine.connect() as connection:
                revision = await connection.run_sync(_examined)
        age = {None: "its tables are made when the bot starts", _newest(): "its tables are up to date"}
        told = age.get(revision, "its tables are brought up to date when the bot starts")
        return f"{place_of(engine.url)}; {told}"


@asynccontextmanager
async def open_engine(url: str, *, only_to_read: bool = False) -> AsyncIterator[AsyncEngine]:
    """What connects to this database; every connection is closed when the block is left. Raises `StartError`.

    SQLite has one connection for all writes, or some that can only read.
    """
    try:
        engine = _engine(make_url(url), only_to_read=only_to_read)
    except (ArgumentError, ValueError) as error:
        raise DatabaseUnusable("of ATELIER_DATABASE_URL", "its URL cannot be read") from error
    except ModuleNotFoundError as error:
        raise DatabaseDriverMissing from error
    try:
        yield engine
    finally:
        await engine.dispose()


def hold_others_off(connection: Connection) -> None:
    """Begin a transaction, until whose end no other process migrates."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # by itself the driver begins none before it changes a table
    else:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATIONS_LOCK})")


def migrations(connection: Connection) -> Config:
    """What Alembic's commands need to migrate the database at the other end of this connection."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))  # it would be interpolated
    return config


def database_file(connection: Connection) -> Path:
    """The file of an SQLite database, whatever its URL calls it. Raises `DatabaseUnusable` when it has none."""
    name: str = connection.exec_driver_sql("SELECT file FROM pragma_database_list WHERE name = 'main'").scalar_one()
    if not name:
        raise DatabaseUnusable(place_of(connection.engine.url), "it is only in memory, so each restart would lose it")
    return Path(name).resolve()


def place_of(url: URL) -> str:
    """The database as its operator knows it; a password is no part of that."""
    if url.get_backend_name() == "sqlite":
        return url.database or ":memory:"
    return f"{url.database} at {url.host or url.query.get('host', 'localhost')}"


@contextmanager
def start_errors(url: URL) -> Iterator[None]:
    """Turn what a driver raises in this block into the `StartError` that says what to do."""
    try:
        yield
    except (SQLAlchemyError, OSError) as error:
        raise _start_error(place_of(url), error) from error


def _engine(url: URL, *, only_to_read: bool) -> AsyncEngine:
    is_sqlite = url.get_backend_name() == "sqlite"
    options: dict[str, Any]
    if is_sqlite:
        # SQLite lets one write at a time. Writers of one process wait in the pool; to wait on the file's lock is to
        # poll. A transaction takes that lock when it begins: one that reads first could not get it later on.
        # With a write-ahead log, readers wait for no writer, and no writer waits for them.
        options = {
            "poolclass": AsyncAdaptedQueuePool,
            "pool_size": READERS if only_to_read else 1,
            "max_overflow": 0,
            "connect_args": {"timeout": LOCK_SECONDS, "isolation_level": None if only_to_read else "IMMEDIATE"},
        }
    else:
        arguments = {"timeout": CONNECT_SECONDS, "command_timeout": STATEMENT_SECONDS}
        options = {"pool_pre_ping": True, "connect_args": arguments}
    # Parameters are hidden from errors: the tokens of interactions are among them.
    engine = create_async_engine(url, pool_timeout=PATIENCE_SECONDS, hide_parameters=True, **options)
    if is_sqlite:
        # With a write-ahead log `synchronous=NORMAL` keeps the file whole through a power cut, but loses the last
        # commits: an accepted job would be gone.
        _set_up(engine, "PRAGMA query_only=ON" if only_to_read else "PRAGMA synchronous=FULL")
    return engine


def _set_up(engine: AsyncEngine, statement: str) -> None:
    """Execute a statement on every new connection."""

    def execute(connection: Any, _record: object) -> None:
        try:
            connection.cursor().execute(statement)
        except BaseException:
            connection.close()  # the pool has no hold of it yet, and its thread would live on
            raise

    event.listen(engine.sync_engine, "connect", execute)


async def _keep_a_write_ahead_log(engine: AsyncEngine) -> None:
    """Let readers, a backup for one, never hold up a write. The file remembers it.

    SQLite does not wait for other programs' locks here, as it does everywhere else.
    """
    give_up_at = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            async with engine.connect() as connection:
                await connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        except OperationalError as error:
            if _sqlite_code(error) not in LOCKED or time.monotonic() > give_up_at:
                raise
        else:
            return
        await asyncio.sleep(LOCK_POLL_SECONDS)


def _bring_up_to_date(connection: Connection) -> None:
    """Migrate to the newest revision, in the connection's one transaction: all of it is done, or nothing."""
    before = _examined(connection)
    command.upgrade(migrations(connection), NEWEST)
    after = _revision(connection)
    if after != before:
        log.info("database.migrated", before=before, after=after)


def _examined(connection: Connection) -> str | None:
    """The revision of a database that is sound, writable and not from the future; None when it has none of our tables.

    It stays so until the end of the transaction.
    """
    place = place_of(connection.engine.url)
    hold_others_off(connection)
    if connection.dialect.name == "sqlite":
        database_file(connection)
        problem = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
        if problem != "ok":
            raise DatabaseDamaged(place, " ".join(problem.split()))
        connection.exec_driver_sql("PRAGMA user_version=0")  # changes nothing, but fails where nothing can be written
    revision = _revision(connection)
    if revision is not None and revision not in {script.revision for script in _scripts().walk_revisions()}:
        raise DatabaseTooNew(place, revision)
    return revision


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _newest() -> str | None:
    return _scripts().get_current_head()


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(MIGRATIONS)


def _start_error(place: str, error: Exception) -> StartError:
    match _sqlite_code(error):
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return DatabaseDamaged(place, _problem(error))
        case code if code in LOCKED:
            return DatabaseLocked(place)
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_FULL | sqlite3.SQLITE_IOERR:
            return DatabaseNotWritable(place, _problem(error))
        case _:
            return DatabaseUnusable(place, _problem(error))


def _sqlite_code(error: Exception) -> int:
    """The kind of error; 0 where it is none of SQLite's. The upper bytes tell more: https://sqlite.org/rescode.html"""
    code: int = getattr(getattr(error, "orig", None), "sqlite_errorcode", 0)
    return code & 0xFF


def _problem(error: Exception) -> str:
    """What the driver says, without the statement."""
    return str(getattr(error, "orig", None) or error).rstrip(".") or type(error).__name__
