"""A rival that competes for the bot's lock on a PostgreSQL database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

_KEY = text("SELECT classid::int, objid::int FROM pg_locks WHERE objsubid = 2 AND granted")
_WAITERS = text("SELECT count(*) FROM pg_locks WHERE objsubid = 2 AND NOT granted")
_CUT = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'atelier %'")


@asynccontextmanager
async def takeover(url: str) -> AsyncIterator[None]:
    """Cut the running bot's connection, and take its lock before it reconnects."""
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as rival, engine.connect() as admin:
        group, schema = (await admin.execute(_KEY)).one()
        waiting = asyncio.create_task(rival.execute(text(f"SELECT pg_advisory_lock({group}, {schema})")))
        while not await admin.scalar(_WAITERS):
            pass
        await admin.execute(_CUT)
        await waiting
        yield
    await engine.dispose()


async def cut_connection(url: str) -> None:
    """Have the server close the connection that holds the running bot's lock."""
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as admin:
        await admin.execute(_CUT)
    await engine.dispose()
