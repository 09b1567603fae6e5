"""Sessions for the repositories: parallel reads, writes one after another, and failures as `DatabaseAway`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeAlias

import structlog
from sqlalchemy import Executable
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, NotSupportedError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, async_sessionmaker

from bot.errors import DatabaseAway
from bot.storage.faults import is_conflict, problem_of

log = structlog.get_logger()

MAX_WRITES_PER_TRANSACTION = 100
"""With more, the first write would wait too long for the last one."""
TRIES_AFTER_CONFLICTS = 3
"""How often writes are tried if a transaction of others is in their way."""
MISTAKES = (IntegrityError, ProgrammingError, DataError, NotSupportedError)
"""Errors of a statement that is wrong in itself: trying it again can't help."""

Write: TypeAlias = Callable[[AsyncConnection], Awaitable[int]]
"""Executes statements on a connection, and returns how many rows they changed."""


def insert_for(connection: AsyncConnection) -> Callable[[Any], sqlite.Insert | postgresql.Insert]:
    """The `INSERT` of the connection's database that can say what to do about a row that is there already."""
    return sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert


class Sessions:
    """Sessions for the repositories. They raise `DatabaseAway` for any failure of the database."""

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        readers: AsyncEngine | None = None,
        on_failure: Callable[[], object] = lambda: None,
    ) -> None:
        """Write through `engine`, and read through `readers` if given; call `on_failure` at each failure."""
        self._sessions = async_sessionmaker(engine, expire_on_commit=False)
        self._reading_sessions = async_sessionmaker(readers or engine, expire_on_commit=False)
        self._on_failure = on_failure
        self._pending: list[_PendingWrite] = []
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[AsyncSession]:
        """A session to read with: it sees everything that was committed before it began to read."""
        with self._database_errors():
            async with self._reading_sessions() as session:
                yield session

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncSession]:
        """A session to write with: everything is on disk when the block ends, and nothing if the block raises."""
        with self._database_errors():
            async with self._sessions.begin() as session:
                yield session

    async def write(self, statement: Executable, columns: Mapping[str, Any] | None = None) -> int:
        """Execute a statement, or an insert with these columns; it is on disk when this returns.

        Returns how many rows it changed.
        """

        async def execute(connection: AsyncConnection) -> int:
            return (await connection.execute(statement, columns)).rowcount

        return await self.write_together(execute)

    async def write_together(self, write: Write) -> int:
        """Execute several statements in one transaction: when this returns, all of them are on disk.

        Returns what `write` returns. `write` may be called again, if the transaction fails through another write.

        Writes that arrive while others are being written share the next transaction. Otherwise each of many would wait
        for all before it, and for a sync of the disk for each of them.
        """
        mine = _PendingWrite(write)
        self._pending.append(mine)
        try:
            async with self._turn:
                while mine in self._pending:  # unless an earlier turn has written it
                    await _finish_even_if_canceled(self._write_batch(self._pending[:MAX_WRITES_PER_TRANSACTION]))
        finally:
            if mine in self._pending:
                self._pending.remove(mine)
        if mine.error is not None:
            raise mine.error
        return mine.rows

    @contextmanager
    def _database_errors(self) -> Iterator[None]:
        try:
            yield
        except MISTAKES:
            raise
        except (DBAPIError, PoolTimeout, OSError) as error:
            problem = problem_of(error)
            log.warning("database.away", problem=problem)
            self._on_failure()
            raise DatabaseAway(problem) from error

    async def _write_batch(self, batch: list[_PendingWrite], *, tries: int = TRIES_AFTER_CONFLICTS) -> None:
        error: Exception | None = None
        try:
            async with self.begin() as session:
                connection = await session.connection()  # a session would look for the objects that a statement changes
                for pending in batch:
                    pending.rows = await pending.write(connection)
        except DatabaseAway as away:
            if tries > 1 and is_conflict(away.__cause__):
                await self._write_batch(batch, tries=tries - 1)
                return
            error = away
        except Exception as mistake:  # noqa: BLE001 - its caller gets it; the others have nothing to do with it
            if len(batch) > 1:
                for pending in batch:
                    await self._write_batch([pending])
                return
            error = mistake
        for pending in batch:
            pending.error = error
            with suppress(ValueError):  # its caller was canceled in the meantime
                self._pending.remove(pending)


async def _finish_even_if_canceled(writing: Coroutine[Any, Any, None]) -> None:
    """Wait for a commit even when canceled: it continues anyway, and its writes would be written twice."""
    task = asyncio.create_task(writing)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


@dataclass(slots=True, eq=False)
class _PendingWrite:
    """A write that isn't on disk yet."""

    write: Write
    rows: int = 0
    error: Exception | None = None
