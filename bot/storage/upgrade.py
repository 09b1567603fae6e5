"""Upgrades a database of any earlier version when it is opened, in one process at a time."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

import structlog
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from bot.errors import DatabaseDamaged, DatabaseTooNew
from bot.storage.faults import database_file, place_of

log = structlog.get_logger()

MIGRATIONS = Path(__file__).with_name("migrations")
MIGRATIONS_LOCK = 0x61_74_65_6C_69_65_72
"""Key of PostgreSQL's advisory lock for migrating; advisory locks have no names."""
NEWEST = "head"


def upgrade(connection: Connection) -> None:
    """Migrate to the newest revision in one transaction, completely or not at all.

    Raises `DatabaseDamaged`, `DatabaseTooNew` and `DatabaseUnusable`.
    """
    before, newest = examine(connection), newest_revision()
    if before == newest:
        return
    dangling_before = _dangling_rows(connection)
    command.upgrade(alembic_config(connection), NEWEST)
    for (table, parent), count in sorted((_dangling_rows(connection) - dangling_before).items()):
        problem = f"its upgrade would leave {count} rows of {table} without their row of {parent}"
        raise DatabaseDamaged(place_of(connection.engine.url), problem)
    log.info("database.migrated", before=before, after=newest)


def examine(connection: Connection) -> str | None:
    """Check that a database is sound, writable and not too new; return its revision, or None without our tables.

    No other process can migrate it until the transaction ends.
    """
    place = place_of(connection.engine.url)
    lock_migrations(connection)
    if connection.dialect.name == "sqlite":
        database_file(connection)
        problem = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
        if problem != "ok":
            raise DatabaseDamaged(place, " ".join(problem.split()))
        connection.exec_driver_sql("PRAGMA user_version=0")  # changes nothing, but fails if nothing can be written
    revision = _revision(connection)
    if revision is not None and revision not in {script.revision for script in _scripts().walk_revisions()}:
        raise DatabaseTooNew(place, revision)
    return revision


def lock_migrations(connection: Connection) -> None:
    """Begin a transaction during which no other process can migrate."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # the driver itself begins none until it changes a table
    else:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATIONS_LOCK})")


def newest_revision() -> str | None:
    """The revision that this version of the bot needs."""
    return _scripts().get_current_head()


def alembic_config(connection: Connection) -> Config:
    """What Alembic's commands need to migrate this connection's database."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))  # else it would be interpolated
    return config


def _dangling_rows(connection: Connection) -> Counter[tuple[str, str]]:
    """How many rows of which table refer to missing rows of which other table.

    Possible only in SQLite, which enforces foreign keys neither during a migration nor for a host who deletes rows by
    hand.
    """
    if connection.dialect.name != "sqlite":
        return Counter()
    return Counter((row.table, row.parent) for row in connection.exec_driver_sql("PRAGMA foreign_key_check"))


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _scripts() -> ScriptDirectory:
    return _scripts_in(MIGRATIONS)


@cache
def _scripts_in(folder: Path) -> ScriptDirectory:
    return ScriptDirectory(folder)
