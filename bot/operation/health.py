"""Health checks, run when someone asks: is every part that the bot needs working?"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import discord
import structlog
from sqlalchemy import select

from bot.storage.models import JobRow
from bot.storage.sessions import Sessions
from stylizer.pool import Engine

log = structlog.get_logger()

CHECK_TIMEOUT_SECONDS = 3.0
"""For each check. It has to be shorter than the timeout of the client that asks."""

Check = Callable[[], Awaitable[str | None]]
"""Returns a part's problem, or None if the part works."""


async def find_problems(
    checks: Mapping[str, Check], *, timeout_seconds: float = CHECK_TIMEOUT_SECONDS
) -> dict[str, str]:
    """Run all checks at once and return the problems by part; empty if everything works."""
    found = await asyncio.gather(*(_run(check, timeout_seconds) for check in checks.values()))
    return {part: problem for part, problem in zip(checks, found, strict=True) if problem is not None}


async def _run(check: Check, timeout_seconds: float) -> str | None:
    try:
        async with asyncio.timeout(timeout_seconds):
            return await check()
    except TimeoutError:
        return f"No answer within {timeout_seconds:g} seconds."
    except Exception as error:  # noqa: BLE001 - a check that fails in any way means "not ready", not a broken server
        log.warning("health.check_failed", reason=type(error).__name__, problem=str(error))
        return "The check failed; see the log."


def is_connected(client: discord.AutoShardedClient) -> bool:
    """Whether all of the client's shards are connected to Discord's gateway."""
    return client.is_ready() and not any(shard.is_closed() for shard in client.shards.values())


def gateway_check(client: discord.AutoShardedClient) -> Check:
    """Check that the gateway is connected."""

    async def check() -> str | None:
        return None if is_connected(client) else "Discord's gateway is not connected."

    return check


def database_check(sessions: Sessions) -> Check:
    """Check that the database answers."""

    async def check() -> str | None:
        async with sessions() as session:
            await session.execute(select(JobRow.job_id).limit(1))
        return None

    return check


def worker_check(engine: Engine) -> Check:
    """Check that at least one worker is ready."""

    async def check() -> str | None:
        return None if engine.capacity else f"0 of {engine.workers} workers are ready."

    return check


def all_workers_check(engine: Engine) -> Check:
    """Check that all workers are ready; if none is, `worker_check` reports it."""

    async def check() -> str | None:
        ready, workers = engine.capacity, engine.workers
        if ready in {0, workers}:
            return None
        return f"Only {ready} of {workers} workers {'is' if ready == 1 else 'are'} ready."

    return check
