"""The database: one engine, opened and closed by the app."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from bot.storage.models import Base

Sessions = async_sessionmaker[AsyncSession]

PATIENCE_SECONDS = 120
"""How long a rush may make one write wait for its turn."""


@asynccontextmanager
async def open_database(url: str) -> AsyncIterator[Sessions]:
    """Sessions on this database, its tables in place; everything is closed when the block is left."""
    # SQLite lets one write at a time. Writers of one process wait in the pool; to wait on the file's lock is to poll.
    options: dict[str, Any] = {"pool_size": 1, "max_overflow": 0, "connect_args": {"timeout": PATIENCE_SECONDS}}
    is_sqlite = make_url(url).get_backend_name() == "sqlite"
    engine = create_async_engine(url, pool_timeout=PATIENCE_SECONDS, **(options if is_sqlite else {}))
    if is_sqlite:
        event.listen(engine.sync_engine, "connect", _write_ahead)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        yield async_sessionmaker(engine, expire_on_commit=False)
    finally:
        await engine.dispose()


def _write_ahead(connection: Any, _record: object) -> None:
    """Let readers of the file, a backup for one, never hold up a write."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.close()
