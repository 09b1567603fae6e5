"""How many paintings members and servers may ask for in a day. A day is one of UTC, the same for everyone."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, timedelta

from bot.errors import DailyLimitOf, DailyLimitReached, DatabaseAway
from bot.jobs.job import Job
from bot.storage.servers import ServerSettings
from bot.storage.usage import UsageRecords
from config.settings import QueueSettings


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Usage:
    """Today's jobs by member and server: in memory, to be looked at without waiting, and written down behind that."""

    def __init__(self, records: UsageRecords, limits: QueueSettings, *, now: Callable[[], datetime] = _utc_now) -> None:
        self._records = records
        self._limits = limits
        self._now = now
        self._day = date.min
        self._jobs: Counter[tuple[int, int | None]] = Counter()
        self._not_written: set[tuple[int, int | None]] = set()
        self._writing = asyncio.Lock()

    async def load(self) -> None:
        """Read what former processes counted today."""
        self._begin_day()
        self._jobs = Counter(await self._records.of_day(self._day))

    @contextmanager
    def charge(self, owner_id: int, guild_id: int | None, server: ServerSettings) -> Iterator[None]:
        """Count one more job of today, at once; the block's failure takes it back. Raises `DailyLimitReached`."""
        for who, limit, used in self._limits_of(owner_id, guild_id, server):
            if used >= limit:
                raise DailyLimitReached(who, limit, self.anew_at)
        self._count(owner_id, guild_id, 1)
        try:
            yield
        except BaseException:
            self._count(owner_id, guild_id, -1)
            raise

    async def write(self) -> None:
        """Write down all that has changed. What cannot be written now is written the next time."""
        async with self._writing:  # whoever waited here finds their own change written along with the others'
            if not self._not_written:
                return
            day, counts = self._day, {key: self._jobs[key] for key in self._not_written}
            with suppress(DatabaseAway):  # which is in the log already; a job shall not fail for its being counted
                await self._records.write(day, counts)
                if day == self._day:
                    self._not_written -= {key for key, count in counts.items() if self._jobs[key] == count}

    async def refund(self, job: Job) -> None:
        """Count a job no more that came to nothing."""
        self._begin_day()
        if job.created_at.astimezone(UTC).date() == self._day:
            self._count(job.owner_id, job.guild_id, -1)
            await self.write()

    def left(self, owner_id: int, guild_id: int | None, server: ServerSettings) -> int | None:
        """How many more jobs the member may ask for today, there; None where nothing limits them."""
        left = [limit - used for _, limit, used in self._limits_of(owner_id, guild_id, server)]
        return max(min(left), 0) if left else None

    @property
    def anew_at(self) -> datetime:
        """When the next day begins."""
        return datetime.combine(self._now().astimezone(UTC).date() + timedelta(days=1), datetime.min.time(), UTC)

    def _limits_of(
        self, owner_id: int, guild_id: int | None, server: ServerSettings
    ) -> list[tuple[DailyLimitOf, int, int]]:
        """Whom each limit is of, the limit, and what they used of it."""
        self._begin_day()
        of_member = sum(jobs for (owner, _), jobs in self._jobs.items() if owner == owner_id)
        limits: list[tuple[DailyLimitOf, int | None, int]] = [("member", self._limits.member_jobs_a_day, of_member)]
        if guild_id is not None:
            of_server = sum(jobs for (_, guild), jobs in self._jobs.items() if guild == guild_id)
            limits += [
                ("member here", server.member_jobs_a_day, self._jobs[owner_id, guild_id]),
                ("server", server.server_jobs_a_day, of_server),
                ("server", self._limits.server_jobs_a_day, of_server),
            ]
        return [(who, limit, used) for who, limit, used in limits if limit]

    def _count(self, owner_id: int, guild_id: int | None, jobs: int) -> None:
        key = owner_id, guild_id
        self._jobs[key] = max(self._jobs[key] + jobs, 0)
        self._not_written.add(key)

    def _begin_day(self) -> None:
        today = self._now().astimezone(UTC).date()
        if today != self._day:
            self._day = today
            self._jobs.clear()
            self._not_written.clear()
