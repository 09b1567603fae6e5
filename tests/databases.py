"""Databases of bots: what takes longer than most tests, migrating and compiling SQL, is done once per process."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from collections import UserDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy import URL, Connection, Dialect, Engine, event, make_url

from bot.storage.engine import open_database
from bot.storage.sessions import Sessions
from tests.postgres import dump_postgres

FILENAME = "atelier.sqlite3"

_migrated = bytearray()
"""An SQLite file."""
_dump: list[str] = []
"""The statements that create the tables on PostgreSQL."""


class _CompiledStatements(UserDict[tuple[str, object], object]):
    """A cache that engines of the same kind can share: SQLAlchemy's keys begin with one engine's own dialect."""

    def __getitem__(self, key: tuple[Any, ...]) -> object:
        return super().__getitem__(_shared(key))

    def __setitem__(self, key: tuple[Any, ...], compiled: object) -> None:
        super().__setitem__(_shared(key), compiled)

    def __contains__(self, key: object) -> bool:
        return isinstance(key, tuple) and super().__contains__(_shared(key))


def _shared(key: tuple[Any, ...]) -> tuple[str, object]:
    dialect, *statement = key
    assert isinstance(dialect, Dialect)
    return f"{dialect.name}+{dialect.driver}", tuple(statement)


_compiled = _CompiledStatements()


@event.listens_for(Engine, "engine_connect")
def _share_compiled_statements(connection: Connection) -> None:
    connection.execution_options(compiled_cache=_compiled)


async def provide_database(data_dir: Path) -> None:
    """Add an empty, current database to a data directory without one."""
    await _provide(data_dir / FILENAME)


@asynccontextmanager
async def open_current_database(url: str) -> AsyncIterator[Sessions]:
    """Open an empty database, with current tables but without migrating."""
    parts = make_url(url)
    if parts.get_backend_name() == "sqlite":
        await _provide(Path(parts.database or ""))
    else:
        await _create_tables(parts)
    async with open_database(url) as sessions:
        yield sessions


async def _create_tables(database: URL) -> None:
    """Create the tables of a PostgreSQL database, from a dump of the first one that was migrated."""
    url = database.set(drivername="postgresql").render_as_string(hide_password=False)
    if not _dump:
        async with open_database(database.render_as_string(hide_password=False)):
            _dump.append(dump_postgres(url))
        return
    connection = await asyncpg.connect(url)
    await connection.execute(_dump[0])
    await connection.close()


@asynccontextmanager
async def new_databases_are_current() -> AsyncIterator[None]:
    """While the block runs, a bot that opens an SQLite file that isn't there finds an empty, current database.

    For bots that choose their data directory themselves.
    """
    await _migrate_once()

    def provide(dialect: Dialect, _record: object, arguments: list[Any], _options: dict[str, Any]) -> None:
        if dialect.name == "sqlite" and Path(arguments[0]).name == FILENAME:
            _write_unless_there(Path(arguments[0]))

    event.listen(Engine, "do_connect", provide)
    try:
        yield
    finally:
        event.remove(Engine, "do_connect", provide)


async def _provide(path: Path) -> None:
    await _migrate_once()
    _write_unless_there(path)


async def _migrate_once() -> None:
    if not _migrated:
        with tempfile.TemporaryDirectory() as folder:
            template = Path(folder, FILENAME)
            async with open_database(f"sqlite+aiosqlite:///{template}"):
                pass
            _keep(template)


def _keep(path: Path) -> None:
    _migrated.extend(path.read_bytes())


def _write_unless_there(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        path.write_bytes(_migrated)


def open_as_another_program(data_dir: Path) -> sqlite3.Connection:
    """Open a bot's database as another program does."""
    return sqlite3.connect(data_dir / FILENAME, isolation_level=None, check_same_thread=False)


async def change_database(data_dir: Path, statement: str, *values: object) -> None:
    """Execute a statement in a bot's database, as another program does. Waits for the bot's own writes."""

    def change() -> None:
        with closing(open_as_another_program(data_dir)) as other:
            other.execute(statement, values)

    await asyncio.to_thread(change)


@asynccontextmanager
async def database_refusing(
    data_dir: Path, change: str, *, table: str = "jobs", condition: str = "true"
) -> AsyncIterator[None]:
    """Have the database refuse a change of a row (`INSERT` or `UPDATE`) for a reason that the bot doesn't know."""
    refusal = f"BEFORE {change} ON {table} WHEN {condition} BEGIN SELECT RAISE(ABORT, 'a detail'); END"
    await change_database(data_dir, f"CREATE TRIGGER refusal {refusal}")
    yield
    await change_database(data_dir, "DROP TRIGGER refusal")
