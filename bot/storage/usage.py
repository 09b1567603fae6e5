"""The repository of daily usage: how many paintings each member has requested, by day and server."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import select

from bot.storage.models import DailyUsageRow
from bot.storage.sessions import Sessions, insert_for


class UsageRecords:
    """Counts by day, member and server."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def by_day(self) -> dict[date, dict[tuple[int, int | None], int]]:
        """How many jobs each member requested on each day, by member and server; None is outside of servers."""
        days: dict[date, dict[tuple[int, int | None], int]] = {}
        async with self._sessions() as session:
            for row in await session.scalars(select(DailyUsageRow).order_by(DailyUsageRow.day)):
                days.setdefault(row.day, {})[row.owner_id, row.guild_id or None] = row.jobs
        return days

    async def write(self, day: date, jobs: Mapping[tuple[int, int | None], int]) -> None:
        """Save how many jobs these members have requested on a day."""
        counts = [
            {"day": day, "owner_id": owner_id, "guild_id": guild_id or 0, "jobs": count}
            for (owner_id, guild_id), count in jobs.items()
        ]
        async with self._sessions.begin() as session:
            connection = await session.connection()
            insert = insert_for(connection)
            new = insert(DailyUsageRow)
            await connection.execute(
                new.on_conflict_do_update(
                    index_elements=[DailyUsageRow.day, DailyUsageRow.owner_id, DailyUsageRow.guild_id],
                    set_={"jobs": new.excluded.jobs},
                ),
                counts,
            )
