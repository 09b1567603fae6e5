"""Turns what drivers raise into errors that say what to do, and names the database in them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection
from sqlalchemy.exc import SQLAlchemyError

from bot.errors import DatabaseDamaged, DatabaseLocked, DatabaseNotWritable, DatabaseUnusable, StartError

CONFLICT_CODES = frozenset({"40001", "40P01"})
"""PostgreSQL's `serialization_failure` and `deadlock_detected`: https://www.postgresql.org/docs/current/errcodes-appendix.html"""
LOCKED_CODES = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


@contextmanager
def start_errors(url: URL) -> Iterator[None]:
    """Turn what a driver raises in this block into the `StartError` that says what to do."""
    try:
        yield
    except (SQLAlchemyError, OSError) as error:
        raise _start_error(place_of(url), error) from error


def place_of(url: URL) -> str:
    """The database as its host knows it, without a password."""
    if url.get_backend_name() == "sqlite":
        return url.database or ":memory:"
    return f"{url.database} at {url.host or url.query.get('host', 'localhost')}"


def database_file(connection: Connection) -> Path:
    """The file of an SQLite database, no matter how its URL refers to it. Raises `DatabaseUnusable` if it has none."""
    name: str = connection.exec_driver_sql("SELECT file FROM pragma_database_list WHERE name = 'main'").scalar_one()
    if not name:
        raise DatabaseUnusable(place_of(connection.engine.url), "it is only in memory, so each restart would lose it")
    return Path(name).resolve()


def is_locked(error: Exception) -> bool:
    """Whether another program's lock on an SQLite file is to blame."""
    return _sqlite_code(error) in LOCKED_CODES


def is_conflict(error: BaseException | None) -> bool:
    """Whether PostgreSQL has ended a transaction so that another one can go on: a second try succeeds."""
    return getattr(getattr(error, "orig", None), "sqlstate", None) in CONFLICT_CODES


def problem_of(error: Exception) -> str:
    """What the driver says, without the statement."""
    return str(getattr(error, "orig", None) or error).rstrip(".") or type(error).__name__


def _start_error(place: str, error: Exception) -> StartError:
    match _sqlite_code(error):
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return DatabaseDamaged(place, problem_of(error))
        case code if code in LOCKED_CODES:
            return DatabaseLocked(place)
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_FULL | sqlite3.SQLITE_IOERR:
            return DatabaseNotWritable(place, problem_of(error))
        case _:
            return DatabaseUnusable(place, problem_of(error))


def _sqlite_code(error: Exception) -> int:
    """SQLite's primary result code, or 0 for other databases. Higher bytes say more: https://sqlite.org/rescode.html"""
    code: int = getattr(getattr(error, "orig", None), "sqlite_errorcode", 0)
    return code & 0xFF
