"""Weekly series: announces the next challenge at the same time on the wall, with the next theme of its list.

The next one is due as one entry of the schedule, under the ID of its series. So it survives restarts, and after an
outage it is announced once, however many weeks were missed. The row of a challenge is named by its series and its
theme: when a handler is called again, it finds what it did before.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.challenges.challenge import Challenge, Phase
from bot.challenges.notices import Notices
from bot.challenges.presenter import ChallengePresenter
from bot.challenges.recurrence import Occurrence, in_zone
from bot.challenges.series import MAX_RUNNING_SERIES, Series
from bot.clock.schedule import Schedule
from bot.errors import SeriesMovedOn, SeriesStopped, TooManySeries
from bot.storage.challenges import ChallengeRecords
from bot.storage.due import DueEntry
from bot.storage.series import SeriesRecords
from bot.storage.sessions import Sessions

log = structlog.get_logger()

SERIES_KIND = "challenge-series"

Announce: TypeAlias = Callable[[Challenge], Awaitable[Challenge]]
"""Announces a draft, and returns it as it is then. Raises `ChallengeChanged` if it isn't a draft any more."""


@dataclass(frozen=True, slots=True)
class RunningSeries:
    """A series that goes on."""

    series: Series
    latest: Challenge
    """Its latest challenge."""
    next_at: datetime | None
    """When the next one is announced."""

    @property
    def title(self) -> str:
        """What the next one is called."""
        return self.series.title or self.latest.title


class WeeklySeries:
    """Begins series, announces their challenges, changes what is to come, and stops them."""

    def __init__(
        self,
        sessions: Sessions,
        *,
        challenges: ChallengeRecords,
        schedule: Schedule,
        announce: Announce,
        notices: Notices,
        presenter: ChallengePresenter,
        now: Callable[[], datetime],
    ) -> None:
        self._sessions = sessions
        self._records = SeriesRecords(sessions)
        self._challenges = challenges
        self._schedule = schedule
        self._announce = announce
        self._notices = notices
        self._presenter = presenter
        self._now = now
        schedule.handle(SERIES_KIND, self.go_on)

    async def begin(self, draft: Challenge) -> None:
        """Let the series of a draft begin, which is announced now. Raises `TooManySeries`.

        Before it is announced: if the bot is killed in between, the organizer still has the draft, and a series
        whose challenge wasn't announced within a week ends.
        """
        if draft.series_id is None:
            return
        zone = ZoneInfo(draft.zone)
        this = Occurrence.of(
            self._now(), opens_at=draft.opens_at, closes_at=draft.closes_at, ends_at=draft.ends_at, zone=zone
        )
        series = await self._records.get(draft.series_id)
        if series is None:
            return
        async with self._sessions.begin() as session:
            if not await self._records.activate(series.series_id, limit=MAX_RUNNING_SERIES, session=session):
                raise TooManySeries(MAX_RUNNING_SERIES)
            await self._put_next(series.next_theme, draft, this.later(days=series.every_days), session)

    async def running(self, guild_id: int) -> list[RunningSeries]:
        """The series of a server that go on, each with its latest challenge, and when the next one is announced."""
        found = []
        for series in await self._records.active(guild_id):
            latest = await self._latest(series)
            entry = await self.next_entry(series.series_id)
            if latest is not None:
                found.append(RunningSeries(series, latest, None if entry is None else entry.due_at))
        return found

    async def stop(self, series_id: str, *, guild_id: int) -> None:
        """Announce no more challenges of a series of that server. Those that are announced go on."""
        if await self._records.deactivate(series_id, guild_id=guild_id):
            await self._schedule.cancel(SERIES_KIND, series_id)

    async def current(self, series_id: str, *, guild_id: int) -> Series:
        """A series of that server that goes on. Raises `SeriesStopped`."""
        series = await self._records.get(series_id)
        if series is None or not series.is_active or series.guild_id != guild_id:
            raise SeriesStopped
        return series

    async def title_of(self, series: Series) -> str:
        """What the next challenge of a series is called."""
        latest = None if series.title else await self._latest(series)
        return series.title or ("" if latest is None else latest.title)

    async def edit(self, series: Series, *, next_theme: int, title: str, themes: Sequence[str]) -> None:
        """Change the title and the themes of the challenges that are still to come.

        `next_theme` is which one came next when the series was shown to the member who changes it. Raises
        `SeriesMovedOn` if it has been announced since.
        """
        is_behind = next_theme != series.next_theme or await self._challenges.get(_next_id(series)) is not None
        async with self._sessions.begin() as session:
            if is_behind or not await self._records.edit(series, title=title, themes=themes, session=session):
                raise SeriesMovedOn

    async def get(self, series_id: str) -> Series | None:
        """The series with that ID, or None."""
        return await self._records.get(series_id)

    async def next_entry(self, series_id: str) -> DueEntry | None:
        """What is due next for a series; None if nothing is."""
        return await self._schedule.get(SERIES_KIND, series_id)

    async def _latest(self, series: Series) -> Challenge | None:
        announced = set(Phase) - {Phase.DRAFT}
        found = await self._challenges.of_guild(series.guild_id, phases=announced, series_id=series.series_id, limit=1)
        return found[0] if found else None

    async def go_on(self, entry: DueEntry) -> None:
        """Announce the next challenge of a series, or tell its organizer that there is none."""
        last = await self._challenges.get(entry.payload["challenge_id"])
        if "announced" not in entry.payload:
            if last is not None:
                await self._tell_over(last)
            return
        series = await self._records.get(entry.key)
        if series is None or not series.is_active or entry.payload["theme"] != series.next_theme:
            return
        if last is None or last.phase is Phase.DRAFT:
            await self._records.deactivate(series.series_id)
            await self._records.delete_unused()
            log.info("challenge.series_dropped", series=series.series_id)
            return
        zone, now = ZoneInfo(last.zone), self._now()
        planned = Occurrence.from_payload(entry.payload).latest(now, every_days=series.every_days, zone=zone)
        challenge = await self._next(series, last, planned.times(now, zone=zone))
        if challenge.phase is Phase.DRAFT:
            await self._announce(challenge)
        async with self._sessions.begin() as session:
            advanced = await self._records.advance(series, session=session)
            if advanced is None:
                return
            if advanced.is_active:
                following = planned.later(days=series.every_days)
                await self._put_next(advanced.next_theme, challenge, following, session)
            else:
                payload = {"challenge_id": challenge.challenge_id}
                await self._schedule.put(SERIES_KIND, series.series_id, now, payload, session=session)

    async def _put_next(self, theme: int, last: Challenge, following: Occurrence, session: AsyncSession) -> None:
        """Schedule the challenge after the last one of a series, with the theme of that number."""
        payload = {"challenge_id": last.challenge_id, "theme": theme, **following.payload}
        due_at = in_zone(following.announced, ZoneInfo(last.zone))
        await self._schedule.put(SERIES_KIND, last.series_id or "", due_at, payload, session=session)

    async def _tell_over(self, last: Challenge) -> None:
        """Tell the organizer of a challenge that it was the last one of its series."""
        await self._notices.send(
            last,
            last.organizer_id,
            partial(self._presenter.series_over, last),
            about="series-over",
        )

    async def _next(self, series: Series, last: Challenge, times: tuple[datetime, datetime, datetime]) -> Challenge:
        """The series' next challenge: a draft with these times, or if it was announced already, as it is now."""
        challenge_id = _next_id(series)
        opens_at, closes_at, ends_at = times
        known = await self._challenges.get(challenge_id)
        if known is not None:
            columns: dict[str, Any] = {"opens_at": opens_at, "closes_at": closes_at, "ends_at": ends_at}
            is_draft = await self._challenges.change(challenge_id, {Phase.DRAFT}, **columns)
            return replace(known, **columns) if is_draft else known
        following = last.again(
            challenge_id=challenge_id,
            title=series.title or last.title,
            theme=series.themes[series.next_theme],
            series_id=series.series_id,
            opens_at=opens_at,
            closes_at=closes_at,
            ends_at=ends_at,
            created_at=self._now(),
        )
        await self._challenges.add(following)
        return following


def _next_id(series: Series) -> str:
    """The ID of a series' next challenge."""
    return uuid.uuid5(uuid.UUID(series.series_id), str(series.next_theme)).hex
