"""Run by Alembic's commands: on the bot's connection when it starts, or by hand on the configured database."""

from __future__ import annotations

import asyncio

from alembic import context
from sqlalchemy import Connection

from bot.storage.engine import open_engine
from bot.storage.models import Base
from bot.storage.upgrade import lock_migrations
from config.settings import load_settings


def migrate(connection: Connection) -> None:
    """Run the command's migrations on this database."""
    # SQLite can hardly alter a table in place: Alembic creates a new one and copies the rows ("batch").
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


async def migrate_by_hand() -> None:
    """Run the migrations on the configured database."""
    async with open_engine(load_settings().database) as engine, engine.begin() as connection:
        await connection.run_sync(lock_migrations)
        await connection.run_sync(migrate)


given = context.config.attributes.get("connection")
if given is None:
    asyncio.run(migrate_by_hand())
else:
    migrate(given)
