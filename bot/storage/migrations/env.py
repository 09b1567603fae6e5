"""Run by Alembic's commands: on the bot's connection when it starts, or by hand on the configured database."""

from __future__ import annotations

import asyncio

from alembic import context
from alembic.util import CommandError
from sqlalchemy import Connection

from bot.errors import StartError
from bot.storage.engine import open_engine
from bot.storage.faults import start_errors
from bot.storage.models import Base
from bot.storage.sqlite_file import missing_file
from bot.storage.upgrade import lock_migrations
from config.settings import SettingsError, load_settings


def migrate(connection: Connection) -> None:
    """Run the command's migrations on this database."""
    # SQLite can hardly alter a table in place: Alembic creates a new one and copies the rows ("batch").
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


async def migrate_by_hand() -> None:
    """Run the migrations on the configured database. Raises `CommandError`, which Alembic prints."""
    try:
        async with open_engine(load_settings().database) as engine:
            path = missing_file(engine.url)
            if path is not None and not path.parent.exists():
                raise CommandError(f"There is no database at {path} yet. Start the bot once: it creates it.")
            with start_errors(engine.url):
                async with engine.begin() as connection:
                    await connection.run_sync(lock_migrations)
                    await connection.run_sync(migrate)
    except (StartError, SettingsError) as error:
        raise CommandError(str(error)) from error


given = context.config.attributes.get("connection")
if given is None:
    asyncio.run(migrate_by_hand())
else:
    migrate(given)
