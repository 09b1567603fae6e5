"""Times in the database: its own clock, and UTC for columns without a time zone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class database_time(FunctionElement[datetime]):  # noqa: N801 - reads like the SQL function that it is
    """The database's own time, plus some seconds: no two machines' clocks have to agree."""

    type = DateTime(timezone=True)
    inherit_cache = True

    def __init__(self, seconds: int) -> None:
        super().__init__(literal(seconds))


@compiles(database_time, "sqlite")
def _on_sqlite(element: database_time, compiler: SQLCompiler, **options: Any) -> str:
    seconds = compiler.process(element.clauses, **options)
    return f"strftime('%Y-%m-%d %H:%M:%f000', 'now', {seconds} || ' seconds')"  # as SQLAlchemy writes a moment


@compiles(database_time, "postgresql")
def _on_postgresql(element: database_time, compiler: SQLCompiler, **options: Any) -> str:
    return f"clock_timestamp() + make_interval(secs => {compiler.process(element.clauses, **options)})"


def in_utc(moment: datetime) -> datetime:
    """Convert a time that was read: SQLite keeps no time zone, and everything is written in UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
