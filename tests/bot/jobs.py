"""Jobs for tests, like those that members request."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot.messages.address import Address
from bot.painting.job import Input, Job, PaintingOptions
from stylizer.events import Event, Finished
from stylizer.pool import FakeEngine, PaintingJob

MINUTE = 60
REQUESTED_AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def make_job(owner_id: int = 1, *, guild_id: int | None = 10, **fields: Any) -> Job:
    """Make a new job; `fields` override its defaults."""
    address = Address(
        application_id=2,
        interaction_id=3,
        token="token",
        asked_at=REQUESTED_AT,
        guild_id=guild_id,
        channel_id=20,
        upload_limit_bytes=10 * 2**20,
    )
    defaults: dict[str, Any] = {
        "inputs": (Input("content"), Input("style")),
        "options": PaintingOptions(),
        "created_at": REQUESTED_AT,
    }
    return Job(owner_id=owner_id, address=address, **{**defaults, **fields})


class TimedEngine(FakeEngine):
    """Reports that every painting took a minute."""

    async def run(self, job: PaintingJob) -> AsyncGenerator[Event, None]:
        async for event in super().run(job):
            yield replace(event, seconds=MINUTE) if isinstance(event, Finished) else event
