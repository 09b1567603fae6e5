"""A durable schedule: its entries survive restarts, and each is handled at least once.

    schedule.handle("voting", end_voting)  # before `async with`; `async def end_voting(entry: DueEntry) -> None`
    schedule.every(timedelta(minutes=15), "retention", janitor.sweep)
    async with schedule:
        await schedule.put("voting", str(challenge_id), ends_at, {"channel_id": channel_id})
        await schedule.put("voting", str(challenge_id), later)  # reschedules: there is one entry for a kind and key
        await schedule.cancel("voting", str(challenge_id))

- What was due while no bot ran is done once, when one starts.
- A handler that raises is called again later, with growing delays up to 15 minutes; other entries don't wait for it.
  It gives up by returning instead; `entry.attempts` says how often it was called.
- A handler may be called twice, if the bot is killed after the handler is done and before that is saved. So it has to
  check whether there is anything left to do. When the bot stops, it is canceled, and called again after the next start.
- With several bots on one database, each entry is run by one bot at a time: it is leased while it runs.
- Times are those of a `CautiousClock`: when the machine's clock jumps ahead, nothing happens early. When it is set
  back, what was counted from the wrong time (retries and intervals) is due at once.
- Entries of a kind without a handler, such as those of a newer version, are left alone.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from types import TracebackType
from typing import Any, Self, TypeAlias

import structlog
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

from bot.clock.backoff import backoff_delay, backoff_delays
from bot.clock.timing import CallLater, call_later
from bot.errors import DatabaseAway
from bot.storage.due import DueEntry, DueRecords
from bot.storage.leases import LEASE_SECONDS

log = structlog.get_logger()

MAX_RUNNING = 8
"""Handlers that run at the same time."""
MAX_SLEEP_SECONDS = LEASE_SECONDS / 3
"""Two renewals of a lease can fail before another process takes over an entry. Also limits how late a change of the
machine's clock is noticed, or an entry that another process has put."""
MAX_RETRY_DELAY_SECONDS = 15 * 60.0
MAX_CLOCK_ADJUSTMENT = timedelta(minutes=1)
"""A clock that goes back by more was set back."""

Handler: TypeAlias = Callable[[DueEntry], Awaitable[object]]
"""Handles an entry. May be called more than once for it."""


class Schedule:
    """Calls the handlers of entries when they are due, while it is entered."""

    def __init__(self, records: DueRecords, *, now: Callable[[], datetime], call_later: CallLater = call_later) -> None:
        """`now` is the time by which entries are due; `call_later` wakes the schedule for the next one."""
        self._records = records
        self._now = now
        self._call_later = call_later
        self._handlers: dict[str, Handler] = {}
        self._intervals: dict[str, timedelta] = {}
        self._running: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._loop: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._is_stopping = False
        self._latest: datetime | None = None
        """The time at the last look; None before the first."""

    def handle(self, kind: str, handler: Handler) -> None:
        """Call this handler for entries of that kind. Each kind has one handler."""
        if kind in self._handlers:
            raise ValueError(f"{kind} has a handler already")
        self._handlers[kind] = handler

    def every(self, interval: timedelta, kind: str, do: Callable[[], Awaitable[object]]) -> None:
        """Call this at the start, and again whenever `interval` has passed since it was done."""
        self.handle(kind, lambda _entry: do())
        self._intervals[kind] = interval

    async def put(
        self,
        kind: str,
        key: str,
        due_at: datetime,
        payload: Mapping[str, Any] | None = None,
        *,
        session: AsyncSession | None = None,
    ) -> None:
        """Schedule something for that time, replacing what was put under that kind and key before.

        `due_at` needs a time zone; `payload` is JSON. When this returns, the entry is on disk. With `session`, a
        session to write with, it becomes part of that transaction.
        """
        if kind not in self._handlers:
            raise ValueError(f"nothing handles {kind}")
        if due_at.tzinfo is None:
            raise ValueError("a time needs a time zone")
        await self._records.put(DueEntry(kind, key, due_at, payload or {}), session=session)
        if session is None:
            self._wake.set()
        else:
            event.listen(session.sync_session, "after_commit", lambda _session: self._wake.set(), once=True)

    async def get(self, kind: str, key: str) -> DueEntry | None:
        """The entry under that kind and key; None if it is done, was canceled, or never existed."""
        return await self._records.get(kind, key)

    async def keys(self, kind: str, *, prefix: str) -> list[str]:
        """The keys of the entries of that kind that begin with the prefix."""
        return await self._records.keys(kind, prefix=prefix)

    async def cancel(self, kind: str, key: str) -> bool:
        """Delete the entry under that kind and key; return whether there was one. Doesn't stop a running handler."""
        return await self._records.cancel(kind, key)

    async def __aenter__(self) -> Self:
        self._loop = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._is_stopping = True
        tasks = [task for task in (self._loop, *self._running.values()) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        with contextlib.suppress(DatabaseAway):  # the leases expire by themselves
            await self._records.release_all()

    async def _run(self) -> None:
        delays = backoff_delays()
        while True:
            self._wake.clear()
            try:
                sleep_seconds = await self._start_due()
                delays = backoff_delays()
            except DatabaseAway:  # which is logged already
                sleep_seconds = next(delays)
            except Exception:
                log.exception("schedule.failed")
                sleep_seconds = next(delays)
            timer = self._call_later(sleep_seconds, self._wake.set)
            try:
                await self._wake.wait()
            finally:
                timer.cancel()

    async def _start_due(self) -> float:
        """Start the handlers of what is due; return the seconds until the next look."""
        now = self._now()
        if self._latest is None or now < self._latest - MAX_CLOCK_ADJUSTMENT:
            await self._restart_intervals(now)
        self._latest = now
        if self._running:
            await self._records.renew()
        is_behind = False
        for entry in await self._records.upcoming(self._handlers.keys(), limit=2 * MAX_RUNNING):
            if (entry.kind, entry.key) in self._running:  # canceled or replaced after it was started
                continue
            if entry.due_at > now:
                return 0.0 if is_behind else min((entry.due_at - now).total_seconds(), MAX_SLEEP_SECONDS)
            if len(self._running) >= MAX_RUNNING:
                return MAX_SLEEP_SECONDS  # or when one of them ends
            if await self._records.claim(entry):
                self._start(entry)
            else:
                is_behind = True
        return 0.0 if is_behind else MAX_SLEEP_SECONDS

    async def _restart_intervals(self, now: datetime) -> None:
        """Forget times that were counted from a wrong clock, or by an earlier process."""
        await self._records.reschedule_failed(self._handlers.keys(), now)
        for kind in self._intervals:
            await self._records.put(DueEntry(kind, "", now))

    def _start(self, entry: DueEntry) -> None:
        key = entry.kind, entry.key

        def end(task: asyncio.Task[None]) -> None:
            del self._running[key]
            self._wake.set()
            if not task.cancelled() and (error := task.exception()) is not None:
                log.error("schedule.failed", exc_info=error)

        self._running[key] = task = asyncio.create_task(self._do(entry))
        task.add_done_callback(end)

    async def _do(self, entry: DueEntry) -> None:
        """Call the handler of an entry that this process has leased, and save the result."""
        attempt = entry.attempts + 1
        try:
            await self._handlers[entry.kind](replace(entry, attempts=attempt))
        except DatabaseAway:  # which is logged already
            save = self._retry(entry, attempt)
        except (Exception, asyncio.CancelledError) as error:
            if isinstance(error, asyncio.CancelledError) and self._is_stopping:
                raise
            log.exception("schedule.handler_failed", kind=entry.kind, key=entry.key, attempt=attempt)
            save = self._retry(entry, attempt)
        else:
            interval = self._intervals.get(entry.kind)
            if interval is None:
                save = partial(self._records.complete, entry)
            else:
                save = partial(self._records.postpone, entry, self._now() + interval, attempts=0)
        for delay_seconds in backoff_delays():
            with contextlib.suppress(DatabaseAway):
                await save()
                return
            await asyncio.sleep(delay_seconds)

    def _retry(self, entry: DueEntry, attempt: int) -> Callable[[], Awaitable[None]]:
        delay_seconds = backoff_delay(attempt + 1, max_seconds=MAX_RETRY_DELAY_SECONDS)
        retry_at = self._now() + timedelta(seconds=delay_seconds)
        return partial(self._records.postpone, entry, retry_at, attempts=attempt)
