"""The repository of daily usage: how many paintings each member asked for today, and where."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import select

from bot.storage.database import Sessions
from bot.storage.models import DailyUsageRow


class UsageRecords:
    """Counts by day, member and server."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def of_day(self, day: date) -> dict[tuple[int, int | None], int]:
        """How many jobs each member asked for on a day, by member and server; a server of None is none."""
        query = select(DailyUsageRow).where(DailyUsageRow.day == day)
        async with self._sessions() as session:
            return {(row.owner_id, row.guild_id or None): row.jobs for row in await session.scalars(query)}

    async def write(self, day: date, jobs: Mapping[tuple[int, int | None], int]) -> None:
        """Write down how many jobs these members asked for on a day."""
        async with self._sessions.begin() as session:
            for (owner_id, guild_id), count in jobs.items():
                row = DailyUsageRow(day=day, owner_id=owner_id, guild_id=guild_id or 0, jobs=count)
                await session.merge(row)
