"""Whether the bot can do its work: each part that it needs is asked when somebody asks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import discord
import structlog
from sqlalchemy import select

from bot.storage.database import Sessions
from bot.storage.models import JobRow
from stylizer.pool import Engine

log = structlog.get_logger()

PATIENCE_SECONDS = 3.0
"""For each part to answer. Whoever asks has a time limit too."""

Check = Callable[[], Awaitable[str | None]]
"""What is wrong with a part of the bot; None when it does its work."""


async def find_problems(checks: Mapping[str, Check]) -> dict[str, str]:
    """What is wrong with which part, all of them asked at once; empty when the bot can do its work."""
    found = await asyncio.gather(*map(_ask, checks.values()))
    return {part: problem for part, problem in zip(checks, found, strict=True) if problem is not None}


async def _ask(check: Check) -> str | None:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await check()
    except TimeoutError:
        return f"It does not answer within {PATIENCE_SECONDS:g} seconds."
    except Exception as error:  # noqa: BLE001 - whatever a part fails with, it is not ready, and the answer says so
        log.warning("health.check_failed", reason=type(error).__name__, problem=str(error))
        return "It fails; the log says why."


def is_connected(client: discord.AutoShardedClient) -> bool:
    """Whether the client holds every connection to Discord's gateway that it should."""
    return client.is_ready() and not any(shard.is_closed() for shard in client.shards.values())


def gateway_check(client: discord.AutoShardedClient) -> Check:
    """Whether Discord's events arrive."""

    async def check() -> str | None:
        return None if is_connected(client) else "Discord's gateway is not connected."

    return check


def database_check(sessions: Sessions) -> Check:
    """Whether the database answers."""

    async def check() -> str | None:
        async with sessions() as session:
            await session.execute(select(JobRow.job_id).limit(1))
        return None

    return check


def worker_check(engine: Engine) -> Check:
    """Whether anybody can paint."""

    async def check() -> str | None:
        return None if engine.capacity else f"No worker can paint now; there should be {engine.workers}."

    return check


def all_workers_check(engine: Engine) -> Check:
    """Whether as many workers as there should be can paint, where any can."""

    async def check() -> str | None:
        warm, capacity = engine.capacity, engine.workers
        if warm in {0, capacity}:
            return None
        return f"{warm} of {capacity} workers {'is' if warm == 1 else 'are'} warm: fewer paintings run at once."

    return check
