"""Daily limits: what is counted, refused, refunded, and restored after a restart."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from bot.errors import DailyLimitReached, DatabaseAway
from bot.painting.usage import Usage
from bot.storage.retention import JobRetention
from bot.storage.servers import ServerSettings
from bot.storage.sessions import Sessions
from bot.storage.usage import UsageRecords
from config.settings import QueueSettings, RetentionSettings
from tests.bot.test_queue import ALICE, AWAY, BOB, HOME, job
from tests.databases import open_current_database

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
AS_THE_HOST_HAS_IT = ServerSettings()


class Calendar:
    """A calendar that tests move."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


class FailingRecords(UsageRecords):
    """Records whose first few writes fail."""

    def __init__(self, sessions: Sessions, *, failures: int) -> None:
        super().__init__(sessions)
        self.writes = 0
        self._failures = failures

    async def write(self, day: date, jobs: Mapping[tuple[int, int | None], int]) -> None:
        self.writes += 1
        if self.writes <= self._failures:
            raise DatabaseAway("database is locked")
        await super().write(day, jobs)


@pytest.fixture
async def sessions(tmp_path: Path) -> AsyncIterator[Sessions]:
    """An empty database."""
    async with open_current_database(f"sqlite+aiosqlite:///{tmp_path / 'atelier.sqlite3'}") as opened:
        yield opened


@pytest.fixture
def calendar() -> Calendar:
    return Calendar()


async def opened(records: UsageRecords, calendar: Calendar, **limits: int) -> Usage:
    """Open the counts like a process that starts, without limits by default."""
    settings = QueueSettings(**{"member_jobs_a_day": 0, "server_jobs_a_day": 0, **limits})
    usage = Usage(records, settings, now=calendar)
    await usage.load()
    return usage


def ask(
    usage: Usage, owner_id: int = ALICE, guild_id: int | None = HOME, server: ServerSettings = AS_THE_HOST_HAS_IT
) -> None:
    """Ask for one painting."""
    with usage.charge(owner_id, guild_id, server):
        pass


def left(usage: Usage, owner_id: int, guild_id: int | None, server: ServerSettings) -> int | None:
    """Return how many paintings a member has left today; None if unlimited."""
    allowance = usage.allowance(owner_id, guild_id, server)
    return None if allowance is None else allowance.left


async def test_a_members_daily_limit_applies_across_servers(sessions: Sessions, calendar: Calendar) -> None:
    usage = await opened(UsageRecords(sessions), calendar, member_jobs_a_day=2)
    ask(usage, ALICE, HOME)
    ask(usage, ALICE, None)

    with pytest.raises(DailyLimitReached) as refused:
        ask(usage, ALICE, AWAY)

    midnight = int(datetime(2026, 3, 2, tzinfo=UTC).timestamp())
    assert str(refused.value) == (
        f"You've asked for 2 paintings today; that's today's limit. It resets at <t:{midnight}:t>."
    )
    ask(usage, BOB, HOME)


async def test_a_servers_daily_limit_applies_to_all_its_members(sessions: Sessions, calendar: Calendar) -> None:
    usage = await opened(UsageRecords(sessions), calendar, server_jobs_a_day=2)
    ask(usage, ALICE, HOME)
    ask(usage, BOB, HOME)

    with pytest.raises(DailyLimitReached, match="This server's members have asked for 2 paintings"):
        ask(usage, BOB, HOME)
    ask(usage, BOB, AWAY)
    for _ in range(5):
        ask(usage, BOB, None)


async def test_a_server_can_lower_its_own_and_its_members_daily_limits(sessions: Sessions, calendar: Calendar) -> None:
    usage = await opened(UsageRecords(sessions), calendar, member_jobs_a_day=9, server_jobs_a_day=9)
    strict = ServerSettings(HOME, member_jobs_a_day=1, server_jobs_a_day=2)
    ask(usage, ALICE, HOME, strict)

    with pytest.raises(DailyLimitReached, match="You've asked for 1 painting on this server today"):
        ask(usage, ALICE, HOME, strict)
    ask(usage, BOB, HOME, strict)
    with pytest.raises(DailyLimitReached, match="This server's members"):
        ask(usage, 99, HOME, strict)
    ask(usage, ALICE, AWAY, ServerSettings(AWAY))


async def test_the_remaining_count_follows_the_strictest_limit(sessions: Sessions, calendar: Calendar) -> None:
    usage = await opened(UsageRecords(sessions), calendar, member_jobs_a_day=5)
    ask(usage, ALICE, HOME)

    assert left(usage, ALICE, None, AS_THE_HOST_HAS_IT) == 4
    assert left(usage, ALICE, HOME, ServerSettings(HOME, member_jobs_a_day=3)) == 2
    assert left(usage, ALICE, HOME, ServerSettings(HOME, server_jobs_a_day=1)) == 0
    assert left(await opened(UsageRecords(sessions), calendar), ALICE, HOME, AS_THE_HOST_HAS_IT) is None


async def test_a_request_that_is_refused_does_not_count(sessions: Sessions, calendar: Calendar) -> None:
    usage = await opened(UsageRecords(sessions), calendar, member_jobs_a_day=1)
    with pytest.raises(ZeroDivisionError), usage.charge(ALICE, HOME, AS_THE_HOST_HAS_IT):
        raise ZeroDivisionError

    ask(usage)


async def test_simultaneous_requests_cannot_exceed_the_limit(sessions: Sessions, calendar: Calendar) -> None:
    usage = await opened(UsageRecords(sessions), calendar, member_jobs_a_day=3)
    acknowledged = asyncio.Event()

    async def request() -> None:
        with usage.charge(ALICE, HOME, AS_THE_HOST_HAS_IT):
            await acknowledged.wait()
            await usage.save()

    requests = [asyncio.create_task(request()) for _ in range(5)]
    asyncio.get_running_loop().call_soon(acknowledged.set)
    ends = await asyncio.gather(*requests, return_exceptions=True)

    assert sum(isinstance(end, DailyLimitReached) for end in ends) == 2


async def test_a_failed_job_is_refunded_on_the_day_it_was_counted(sessions: Sessions, calendar: Calendar) -> None:
    usage = await opened(UsageRecords(sessions), calendar, member_jobs_a_day=1)
    ask(usage)
    asked = replace(job(ALICE), created_at=NOON)

    await usage.refund(asked)
    ask(usage)
    calendar.now += timedelta(days=1)
    ask(usage)
    await usage.refund(asked)

    with pytest.raises(DailyLimitReached):
        ask(usage)


async def test_a_new_day_begins_at_midnight_in_utc(sessions: Sessions, calendar: Calendar) -> None:
    usage = await opened(UsageRecords(sessions), calendar, member_jobs_a_day=1)
    calendar.now = datetime(2026, 3, 1, 23, 59, tzinfo=UTC)
    ask(usage)
    await usage.save()

    calendar.now += timedelta(minutes=1)
    ask(usage)
    await usage.save()

    usage = await opened(UsageRecords(sessions), calendar, member_jobs_a_day=1)
    assert left(usage, ALICE, HOME, ServerSettings()) == 0


async def test_earlier_days_are_forgotten(sessions: Sessions) -> None:
    records = UsageRecords(sessions)
    yesterday, today = date(2026, 3, 1), date(2026, 3, 2)
    for day in (yesterday, today):
        await records.write(day, {(ALICE, HOME): 1})

    midnight = datetime.combine(today, time.min, tzinfo=UTC)
    await JobRetention(sessions, RetentionSettings(), now=lambda: midnight).forget_expired()

    assert await records.by_day() == {today: {(ALICE, HOME): 1}}


async def test_todays_counts_survive_a_restart(sessions: Sessions, calendar: Calendar) -> None:
    usage = await opened(UsageRecords(sessions), calendar)
    big = 2**63 - 1
    for owner_id, guild_id in ((big, big), (big, None), (big, None), (BOB, HOME)):
        ask(usage, owner_id, guild_id)
    await usage.refund(replace(job(BOB), created_at=NOON))

    usage = await opened(UsageRecords(sessions), calendar, member_jobs_a_day=4)
    assert left(usage, big, None, AS_THE_HOST_HAS_IT) == 1
    assert left(usage, BOB, None, AS_THE_HOST_HAS_IT) == 4

    calendar.now += timedelta(days=1)
    usage = await opened(UsageRecords(sessions), calendar, member_jobs_a_day=4)
    assert left(usage, big, None, AS_THE_HOST_HAS_IT) == 4


async def test_counts_that_could_not_be_written_are_written_later(sessions: Sessions, calendar: Calendar) -> None:
    usage = await opened(FailingRecords(sessions, failures=1), calendar)
    ask(usage, ALICE)
    await usage.save()
    ask(usage, BOB)
    await usage.save()

    assert await UsageRecords(sessions).by_day() == {NOON.date(): {(ALICE, HOME): 1, (BOB, HOME): 1}}


async def test_a_rush_is_written_in_few_transactions(sessions: Sessions, calendar: Calendar) -> None:
    records = FailingRecords(sessions, failures=0)
    usage = await opened(records, calendar)

    async def request(owner_id: int) -> None:
        with usage.charge(owner_id, HOME, AS_THE_HOST_HAS_IT):
            await usage.save()

    await asyncio.gather(*(request(owner_id) for owner_id in range(1, 41)))

    assert records.writes <= 3
    assert sum((await records.by_day())[NOON.date()].values()) == 40
