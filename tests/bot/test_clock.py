"""The schedule: entries run when due, despite restarts and failures, on one bot at a time. Tests move the clock."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import TypeVar

import pytest
import structlog
from sqlalchemy import update
from structlog.testing import LogCapture

from bot.clock.backoff import backoff_delay
from bot.clock.cautious import CautiousClock
from bot.clock.schedule import MAX_RETRY_DELAY_SECONDS, MAX_RUNNING, MAX_SLEEP_SECONDS, Schedule
from bot.errors import DatabaseAway
from bot.storage.due import DueEntry, DueRecords
from bot.storage.models import DueRow
from bot.storage.sessions import Sessions
from bot.storage.times import database_time
from tests.databases import open_current_database

NOON = datetime(2026, 5, 6, 12, tzinfo=UTC)
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
MAX_SLEEP = timedelta(seconds=MAX_SLEEP_SECONDS)
T = TypeVar("T")


class Timer:
    """A time at which a schedule wants to wake up."""

    def __init__(self, machine: Machine, at: timedelta, wake: Callable[[], object]) -> None:
        self.at = at
        self.wake = wake
        self._machine = machine

    def cancel(self) -> None:
        self._machine.timers.discard(self)


class Machine:
    """A wall clock, the time that really passes, and timers; tests move all of them."""

    def __init__(self) -> None:
        self.wall = NOON
        self.passed = timedelta()
        self.timers: set[Timer] = set()
        self.running: set[str] = set()
        """The keys for which a handler runs, whichever bot's."""
        self._timer_set = asyncio.Event()

    def call_later(self, delay_seconds: float, wake: Callable[[], object]) -> Timer:
        timer = Timer(self, self.passed + timedelta(seconds=delay_seconds), wake)
        self.timers.add(timer)
        self._timer_set.set()
        return timer

    def pass_time(self, by: timedelta) -> None:
        """Let time pass, and fire the timers that are due."""
        self.wall += by
        self.passed += by
        for timer in [timer for timer in self.timers if timer.at <= self.passed]:
            timer.cancel()
            timer.wake()

    async def pass_time_until(self, happens: Awaitable[T]) -> T:
        """Let time pass, timer by timer, until an awaitable is done, and return its result."""
        waiting = asyncio.ensure_future(happens)
        waiting.add_done_callback(lambda _: self._timer_set.set())
        while not waiting.done():
            if self.timers:
                self.pass_time(min(timer.at for timer in self.timers) - self.passed)
            self._timer_set.clear()
            await self._timer_set.wait()
        return await waiting

    async def until_asleep_for(self, time: timedelta, *, schedules: int = 1) -> None:
        """Wait until so many schedules are idle and sleep for this long."""
        while sum(timer.at == self.passed + time for timer in self.timers) < schedules:
            self._timer_set.clear()
            await self._timer_set.wait()


class WatchedRecords(DueRecords):
    """Reports what is saved; tests can simulate an outage."""

    def __init__(self, sessions: Sessions) -> None:
        super().__init__(sessions)
        self.saved: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        """How each handler ended, and at which key."""
        self.is_away = False
        self.failed: asyncio.Queue[str] = asyncio.Queue()
        """What could not be done because the database was away."""

    async def upcoming(self, kinds: Collection[str], *, limit: int) -> list[DueEntry]:
        self._fail_if_away("read")
        return await super().upcoming(kinds, limit=limit)

    async def complete(self, entry: DueEntry) -> None:
        self._fail_if_away("complete")
        await super().complete(entry)
        self.saved.put_nowait(("done", entry.key))

    async def postpone(self, entry: DueEntry, due_at: datetime, *, attempts: int) -> None:
        await super().postpone(entry, due_at, attempts=attempts)
        self.saved.put_nowait(("postponed", entry.key))

    def _fail_if_away(self, what: str) -> None:
        if self.is_away:
            self.failed.put_nowait(what)
            raise DatabaseAway("the cable is out")


class Bot:
    """A process with a schedule, and its handler's calls."""

    def __init__(self, sessions: Sessions, machine: Machine) -> None:
        now = CautiousClock(wall=lambda: machine.wall, passed=lambda: machine.passed)
        self._machine = machine
        self.records = WatchedRecords(sessions)
        self.saved = self.records.saved
        self.schedule = Schedule(self.records, now=now, call_later=machine.call_later)
        self.schedule.handle("voting", self.end_voting)
        self.calls: asyncio.Queue[DueEntry] = asyncio.Queue()
        self.may_end = asyncio.Event()
        self.may_end.set()
        self.fails: set[str] = set()
        """The keys at which the handler raises."""

    async def end_voting(self, entry: DueEntry) -> None:
        assert entry.key not in self._machine.running, "two handlers run for one entry"
        self._machine.running.add(entry.key)
        self.calls.put_nowait(entry)
        try:
            await self.may_end.wait()
        finally:
            self._machine.running.remove(entry.key)
        if entry.key in self.fails:
            raise RuntimeError(entry.key)


@pytest.fixture
async def sessions(tmp_path: Path) -> AsyncIterator[Sessions]:
    async with open_current_database(f"sqlite+aiosqlite:///{tmp_path / 'clock.sqlite3'}") as opened:
        yield opened


@pytest.fixture
async def either(database_url: str) -> AsyncIterator[Sessions]:
    """SQLite or PostgreSQL, for tests of statements that differ between the two."""
    async with open_current_database(database_url) as opened:
        yield opened


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def bot(sessions: Sessions, machine: Machine) -> Bot:
    return Bot(sessions, machine)


@pytest.fixture
def logs() -> Iterator[LogCapture]:
    """The log."""
    capture = LogCapture()
    structlog.configure(processors=[structlog.stdlib.add_log_level, capture])
    yield capture
    structlog.reset_defaults()


async def test_an_entry_runs_when_it_is_due_and_not_before(either: Sessions, machine: Machine) -> None:
    bot = Bot(either, machine)
    async with bot.schedule as schedule:
        await machine.until_asleep_for(MAX_SLEEP)
        await schedule.put("voting", "7", NOON + 10 * SECOND, {"channel_id": 2**62})
        await machine.until_asleep_for(10 * SECOND)  # no schedule wakes up before then
        machine.pass_time(9 * SECOND)
        assert bot.calls.empty()

        machine.pass_time(SECOND)
        entry = await bot.calls.get()
        assert await bot.saved.get() == ("done", "7")

    assert (entry.key, entry.due_at, entry.payload) == ("7", NOON + 10 * SECOND, {"channel_id": 2**62})
    assert entry.attempts == 1


async def test_equal_times_in_different_zones_are_the_same_moment(either: Sessions, machine: Machine) -> None:
    bot = Bot(either, machine)
    in_tokyo = (NOON + HOUR).astimezone(timezone(9 * HOUR))
    async with bot.schedule as schedule:
        await schedule.put("voting", "7", in_tokyo)
        entry = await schedule.get("voting", "7")

    assert entry is not None
    assert entry.due_at == NOON + HOUR


async def test_an_entry_missed_while_no_bot_ran_runs_once_at_the_next_start(
    sessions: Sessions, bot: Bot, machine: Machine
) -> None:
    async with bot.schedule as schedule:
        await schedule.put("voting", "7", NOON + HOUR)
        await schedule.put("voting", "8", NOON + DAY)
    machine.pass_time(3 * HOUR)

    second = Bot(sessions, machine)
    async with second.schedule:
        assert (await second.calls.get()).key == "7"
        assert await second.saved.get() == ("done", "7")
    third = Bot(sessions, machine)
    async with third.schedule:
        await machine.until_asleep_for(MAX_SLEEP)

    assert bot.calls.empty()
    assert second.calls.empty()
    assert third.calls.empty()


async def test_a_failing_handler_is_retried_and_does_not_affect_others(
    bot: Bot, machine: Machine, logs: LogCapture
) -> None:
    bot.fails = {"broken"}
    async with bot.schedule as schedule:
        await schedule.put("voting", "broken", NOON)
        await schedule.put("voting", "fine", NOON)
        assert {(await bot.calls.get()).key, (await bot.calls.get()).key} == {"broken", "fine"}
        assert {await bot.saved.get(), await bot.saved.get()} == {("postponed", "broken"), ("done", "fine")}
        await machine.until_asleep_for(SECOND)

        bot.fails = set()
        machine.pass_time(SECOND)
        assert (await bot.calls.get()).attempts == 2
        assert await bot.saved.get() == ("done", "broken")

    [failure] = [entry for entry in logs.entries if entry["log_level"] == "error"]
    assert (failure["event"], failure["kind"], failure["key"]) == ("schedule.handler_failed", "voting", "broken")


def test_retry_delays_grow_to_fifteen_minutes() -> None:
    delays = [backoff_delay(failures, max_seconds=MAX_RETRY_DELAY_SECONDS) for failures in (1, 2, 3, 4, 11, 12, 10**9)]

    assert delays == [0, 1, 2, 4, 512, 900, 900]


async def test_an_entry_is_canceled_by_its_key(bot: Bot, machine: Machine) -> None:
    await bot.schedule.put("voting", "7", NOON + SECOND)
    await bot.schedule.put("voting", "8", NOON + 2 * SECOND)
    assert await bot.schedule.cancel("voting", "7")
    assert not await bot.schedule.cancel("voting", "7")

    async with bot.schedule:
        await machine.until_asleep_for(2 * SECOND)
        machine.pass_time(2 * SECOND)
        assert (await bot.calls.get()).key == "8"
        assert await bot.saved.get() == ("done", "8")

    assert bot.calls.empty()


async def test_an_entry_is_rescheduled_by_its_key(bot: Bot, machine: Machine) -> None:
    async with bot.schedule as schedule:
        await schedule.put("voting", "7", NOON + SECOND, {"round": 1})
        await schedule.put("voting", "7", NOON + 5 * SECOND, {"round": 2})
        await machine.until_asleep_for(5 * SECOND)
        machine.pass_time(5 * SECOND)
        assert (await bot.calls.get()).payload == {"round": 2}
        assert await bot.saved.get() == ("done", "7")

    assert bot.calls.empty()


async def test_an_entry_rescheduled_while_it_runs_runs_once_more(either: Sessions, machine: Machine) -> None:
    bot = Bot(either, machine)
    other = Bot(either, machine)
    bot.may_end.clear()
    async with bot.schedule as schedule:
        await schedule.put("voting", "7", NOON, {"round": 1})
        assert (await bot.calls.get()).payload == {"round": 1}
        await schedule.put("voting", "7", NOON, {"round": 2})
        async with other.schedule:
            await machine.until_asleep_for(MAX_SLEEP, schedules=2)  # neither of them runs it yet
            assert bot.calls.empty()
            assert other.calls.empty()

        bot.may_end.set()
        assert (await bot.calls.get()).payload == {"round": 2}
        assert await bot.saved.get() == ("done", "7")


async def test_an_entry_canceled_while_it_runs_does_not_return(bot: Bot, machine: Machine) -> None:
    bot.may_end.clear()
    bot.fails = {"7"}
    async with bot.schedule as schedule:
        await schedule.put("voting", "7", NOON)
        await bot.calls.get()
        assert await schedule.cancel("voting", "7")
        bot.may_end.set()
        assert await bot.saved.get() == ("postponed", "7")

        assert await schedule.get("voting", "7") is None


async def test_each_entry_is_run_by_only_one_of_several_bots(either: Sessions, machine: Machine) -> None:
    bots = [Bot(either, machine) for _ in range(3)]
    records, keys = DueRecords(either), [str(number) for number in range(3 * MAX_RUNNING)]
    for key in keys:
        await records.put(DueEntry("voting", key, NOON))

    async with AsyncExitStack() as stack:
        saved: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        for bot in bots:
            bot.records.saved = saved
            await stack.enter_async_context(bot.schedule)
        assert {await saved.get() for _ in keys} == {("done", key) for key in keys}

    called = Counter(bot.calls.get_nowait().key for bot in bots for _ in range(bot.calls.qsize()))
    assert called == dict.fromkeys(keys, 1)


async def test_only_one_bot_can_claim_an_entry_and_only_if_it_is_unchanged(
    either: Sessions,
) -> None:
    this, other = DueRecords(either), DueRecords(either)
    await this.put(DueEntry("voting", "7", NOON))
    [seen] = await this.upcoming({"voting"}, limit=2)

    assert sorted(await asyncio.gather(this.claim(seen), other.claim(seen))) == [False, True]
    assert await other.upcoming({"voting"}, limit=2) == []

    await this.release_all()
    await other.release_all()
    await this.put(DueEntry("voting", "7", NOON + DAY))
    assert not await other.claim(seen)


async def let_leases_run_out(sessions: Sessions) -> None:
    await sessions.write(update(DueRow).values(leased_until=database_time(-1)))


async def test_another_bot_runs_a_killed_bots_entry_after_the_lease_expires(either: Sessions, machine: Machine) -> None:
    bot = Bot(either, machine)
    killed = DueRecords(either)
    await killed.put(DueEntry("voting", "7", NOON))
    [entry] = await killed.upcoming({"voting"}, limit=1)
    await killed.claim(entry)

    async with bot.schedule:
        await machine.until_asleep_for(MAX_SLEEP)
        assert bot.calls.empty()
        await let_leases_run_out(either)
        machine.pass_time(MAX_SLEEP)

        assert (await bot.calls.get()).attempts == 2
        assert await bot.saved.get() == ("done", "7")


async def test_a_long_handler_keeps_its_entry(sessions: Sessions, bot: Bot, machine: Machine) -> None:
    other = Bot(sessions, machine)
    bot.may_end.clear()
    async with bot.schedule as schedule:
        await schedule.put("voting", "7", NOON)
        await bot.calls.get()
        await machine.until_asleep_for(MAX_SLEEP)
        await let_leases_run_out(sessions)
        machine.pass_time(MAX_SLEEP)  # due for a renewal
        await machine.until_asleep_for(MAX_SLEEP)

        async with other.schedule:
            await machine.until_asleep_for(MAX_SLEEP, schedules=2)
        assert other.calls.empty()


async def test_a_stopping_bot_leaves_its_unfinished_entry_to_the_next(
    sessions: Sessions, bot: Bot, machine: Machine
) -> None:
    bot.may_end.clear()
    async with bot.schedule as schedule:
        await schedule.put("voting", "7", NOON)
        await bot.calls.get()

    second = Bot(sessions, machine)
    async with second.schedule:
        assert (await second.calls.get()).attempts == 2
        assert await second.saved.get() == ("done", "7")


async def test_a_waiting_handler_starts_as_soon_as_a_hanging_one_ends(bot: Bot, machine: Machine) -> None:
    bot.may_end.clear()
    async with bot.schedule as schedule:
        for number in range(MAX_RUNNING + 1):
            await schedule.put("voting", f"{number:02}", NOON)
        running = {(await bot.calls.get()).key for _ in range(MAX_RUNNING)}
        await machine.until_asleep_for(MAX_SLEEP)
        assert bot.calls.empty()

        bot.may_end.set()
        assert (await bot.calls.get()).key not in running


class TestClockThatIsChanged:
    async def test_nothing_happens_early_when_the_clock_jumps_ahead(self, bot: Bot, machine: Machine) -> None:
        async with bot.schedule as schedule:
            await schedule.put("voting", "7", NOON + 20 * SECOND)
            await machine.until_asleep_for(20 * SECOND)
            machine.wall += 40 * DAY
            machine.pass_time(10 * SECOND)
            await machine.until_asleep_for(10 * SECOND)
            assert bot.calls.empty()

            machine.pass_time(10 * SECOND)
            assert (await bot.calls.get()).key == "7"

    async def test_periodic_work_continues_after_the_clock_is_set_back(self, bot: Bot, machine: Machine) -> None:
        done: asyncio.Queue[datetime] = asyncio.Queue()

        async def do() -> None:
            done.put_nowait(machine.wall)

        bot.schedule.every(HOUR, "sweep", do)
        async with bot.schedule:
            assert await done.get() == NOON
            machine.wall -= 40 * DAY
            assert await machine.pass_time_until(done.get()) < NOON - 39 * DAY

    async def test_failed_work_is_retried_after_the_clock_is_set_back(self, bot: Bot, machine: Machine) -> None:
        bot.fails = {"7"}
        async with bot.schedule as schedule:
            await schedule.put("voting", "7", NOON)
            await bot.calls.get()
            assert await bot.saved.get() == ("postponed", "7")
            bot.fails = set()
            machine.wall -= 40 * DAY

            assert (await machine.pass_time_until(bot.calls.get())).attempts == 2
            assert machine.wall < NOON - 39 * DAY
            assert await bot.saved.get() == ("done", "7")


async def test_periodic_work_runs_at_startup_and_then_at_its_interval(bot: Bot, machine: Machine) -> None:
    done: asyncio.Queue[datetime] = asyncio.Queue()

    async def do() -> None:
        done.put_nowait(machine.wall)

    bot.schedule.every(20 * SECOND, "sweep", do)
    async with bot.schedule:
        for number in range(3):
            assert await done.get() == NOON + number * 20 * SECOND
            await machine.until_asleep_for(20 * SECOND)
            machine.pass_time(20 * SECOND)


async def test_entries_of_an_unknown_kind_are_kept(bot: Bot, machine: Machine) -> None:
    of_a_newer_version = DueEntry("video", "7", NOON)
    await bot.records.put(of_a_newer_version)
    async with bot.schedule as schedule:
        await machine.until_asleep_for(MAX_SLEEP)
        with pytest.raises(ValueError, match="nothing handles video"):
            await schedule.put("video", "8", NOON)

    assert await bot.records.get("video", "7") == of_a_newer_version


async def test_a_handler_whose_awaited_task_is_canceled_is_called_again(
    bot: Bot, machine: Machine, logs: LogCapture
) -> None:
    canceled: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    canceled.cancel()
    attempts: asyncio.Queue[int] = asyncio.Queue()

    async def post(entry: DueEntry) -> None:
        attempts.put_nowait(entry.attempts)
        if entry.attempts == 1:
            await canceled

    bot.schedule.handle("posting", post)
    async with bot.schedule as schedule:
        await schedule.put("posting", "7", NOON)
        assert await attempts.get() == 1
        assert await bot.saved.get() == ("postponed", "7")
        assert await machine.pass_time_until(attempts.get()) == 2
        assert await bot.saved.get() == ("done", "7")

    assert [entry["event"] for entry in logs.entries if entry["log_level"] == "error"] == ["schedule.handler_failed"]


async def test_a_time_without_a_zone_is_refused(bot: Bot) -> None:
    with pytest.raises(ValueError, match="time zone"):
        await bot.schedule.put("voting", "7", NOON.replace(tzinfo=None))


async def test_a_kind_has_one_handler(bot: Bot) -> None:
    with pytest.raises(ValueError, match="voting has a handler already"):
        bot.schedule.handle("voting", bot.end_voting)


async def test_nothing_is_lost_during_a_database_outage(bot: Bot, machine: Machine) -> None:
    async with bot.schedule as schedule:
        await machine.until_asleep_for(MAX_SLEEP)
        bot.records.is_away = True
        await schedule.put("voting", "7", NOON)
        await machine.until_asleep_for(timedelta())  # it retries at once, then with growing delays
        machine.pass_time(timedelta())
        await machine.until_asleep_for(SECOND)

        bot.records.is_away = False
        machine.pass_time(SECOND)
        await bot.calls.get()
        assert await bot.saved.get() == ("done", "7")


async def test_a_finished_entry_does_not_run_again_after_a_database_outage(bot: Bot, machine: Machine) -> None:
    bot.may_end.clear()
    async with bot.schedule as schedule:
        await schedule.put("voting", "7", NOON)
        await bot.calls.get()
        await machine.until_asleep_for(MAX_SLEEP)
        bot.records.is_away = True
        bot.may_end.set()
        assert await bot.records.failed.get() == "complete"
        bot.records.is_away = False
        assert await bot.saved.get() == ("done", "7")

    assert bot.calls.empty()


async def test_an_entry_is_scheduled_only_if_its_transaction_commits(either: Sessions, machine: Machine) -> None:
    bot = Bot(either, machine)

    async def begin_challenge(*, key: str, fails: bool) -> None:
        async with either.begin() as session:
            await bot.schedule.put("voting", key, NOON, session=session)
            if fails:
                raise LookupError

    async with bot.schedule as schedule:
        await machine.until_asleep_for(MAX_SLEEP)
        with pytest.raises(LookupError):
            await begin_challenge(key="7", fails=True)
        assert await schedule.get("voting", "7") is None

        await begin_challenge(key="8", fails=False)
        assert (await bot.calls.get()).key == "8"
        assert await bot.saved.get() == ("done", "8")
