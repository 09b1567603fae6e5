"""How many paintings members and servers may ask for in a day. Days are in UTC, the same for everyone."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from bot.errors import DailyLimitOf, DailyLimitReached, DatabaseAway
from bot.painting.job import Job
from bot.storage.servers import ServerSettings
from bot.storage.usage import UsageRecords
from config.settings import QueueSettings

MAX_DAYS_KNOWN = 3
"""Days whose counts stay in memory."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a member may still ask for today, by the limit that leaves the least."""

    who: DailyLimitOf
    """Whose limit it is."""
    left: int
    limit: int


@dataclass(slots=True)
class _Day:
    """The requests of one day, by member and server."""

    jobs: Counter[tuple[int, int | None]] = field(default_factory=Counter)
    unsaved: set[tuple[int, int | None]] = field(default_factory=set)


class Usage:
    """Jobs a day by member and server: in memory, to be checked without waiting, and saved afterwards."""

    def __init__(self, records: UsageRecords, limits: QueueSettings, *, now: Callable[[], datetime] = _utc_now) -> None:
        self._records = records
        self._limits = limits
        self._now = now
        self._days: dict[date, _Day] = {}
        """The latest days: setting the clock forward and back must not reset today's count."""
        self._saving = asyncio.Lock()

    async def load(self) -> None:
        """Load what earlier processes counted."""
        self._days = {day: _Day(Counter(jobs)) for day, jobs in (await self._records.by_day()).items()}

    @contextmanager
    def charge(self, owner_id: int, guild_id: int | None, server: ServerSettings) -> Iterator[Callable[[int], None]]:
        """Count one more job today; undone if the block fails. Raises `DailyLimitReached`.

        Yields a function that counts more, for a job that costs more than one; the last job of a day may cost more than
        what is left.
        """
        for who, limit, used in self._limits_of(owner_id, guild_id, server):
            if used >= limit:
                raise DailyLimitReached(who, limit, self.resets_at)
        counted = 0

        def count(jobs: int) -> None:
            nonlocal counted
            counted += jobs
            self._count(owner_id, guild_id, jobs)

        count(1)
        try:
            yield count
        except BaseException:
            count(-counted)
            raise

    async def save(self) -> None:
        """Save all changes. What can't be saved now is saved the next time."""
        async with self._saving:  # a caller that waited here finds its own change saved along with the others'
            for date_, day in list(self._days.items()):
                counts = {who: day.jobs[who] for who in day.unsaved}
                if counts:
                    with suppress(DatabaseAway):  # which is logged already; counting a job must not fail it
                        await self._records.write(date_, counts)
                        day.unsaved -= {who for who, count in counts.items() if day.jobs[who] == count}

    async def refund(self, job: Job) -> None:
        """Stop counting a job that produced no painting."""
        if job.created_at.astimezone(UTC).date() == self._today:
            self._count(job.owner_id, job.guild_id, -job.cost)
            await self.save()

    def allowance(self, owner_id: int, guild_id: int | None, server: ServerSettings) -> Allowance | None:
        """What the member may still ask for in that server today; None if nothing limits them."""
        left = [
            Allowance(who, max(limit - used, 0), limit)
            for who, limit, used in self._limits_of(owner_id, guild_id, server)
        ]
        return min(left, key=lambda allowance: allowance.left, default=None)

    @property
    def resets_at(self) -> datetime:
        """When the daily limits reset: at the start of the next day."""
        return datetime.combine(self._today + timedelta(days=1), datetime.min.time(), UTC)

    def _limits_of(
        self, owner_id: int, guild_id: int | None, server: ServerSettings
    ) -> list[tuple[DailyLimitOf, int, int]]:
        """Each limit: whose it is, how much it allows, and how much is used."""
        jobs = self._day().jobs
        of_member = sum(count for (owner, _), count in jobs.items() if owner == owner_id)
        limits: list[tuple[DailyLimitOf, int | None, int]] = [("member", self._limits.member_jobs_a_day, of_member)]
        if guild_id is not None:
            of_server = sum(count for (_, guild), count in jobs.items() if guild == guild_id)
            limits += [
                ("member here", server.member_jobs_a_day, jobs[owner_id, guild_id]),
                ("server", server.server_jobs_a_day, of_server),
                ("server", self._limits.server_jobs_a_day, of_server),
            ]
        return [(who, limit, used) for who, limit, used in limits if limit]

    def _count(self, owner_id: int, guild_id: int | None, jobs: int) -> None:
        day, who = self._day(), (owner_id, guild_id)
        day.jobs[who] = max(day.jobs[who] + jobs, 0)
        day.unsaved.add(who)

    @property
    def _today(self) -> date:
        return self._now().astimezone(UTC).date()

    def _day(self) -> _Day:
        """Today's requests so far."""
        today = self._today
        if today not in self._days:
            self._days[today] = _Day()
            while len(self._days) > MAX_DAYS_KNOWN:
                del self._days[next(iter(self._days))]
        return self._days[today]
