"""Drafts: challenges that an organizer sets up, and that nobody else sees. After a week, one is deleted."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.challenges.challenge import Challenge, Phase
from bot.challenges.series import Series
from bot.challenges.weekly import Announce, WeeklySeries
from bot.clock.schedule import Schedule
from bot.errors import DraftGone
from bot.storage.challenges import ChallengeRecords
from bot.storage.due import DueEntry
from bot.storage.series import SeriesRecords

log = structlog.get_logger()

EXPIRY_KIND = "challenge-draft"
DRAFT_LIFETIME = timedelta(days=7)


class Drafts:
    """Keeps drafts, changes them, and deletes those that were never announced."""

    def __init__(
        self,
        challenges: ChallengeRecords,
        series: SeriesRecords,
        *,
        weekly: WeeklySeries,
        schedule: Schedule,
        announce: Announce,
        now: Callable[[], datetime],
    ) -> None:
        self._challenges = challenges
        self._series = series
        self._weekly = weekly
        self._schedule = schedule
        self._announce = announce
        self._now = now
        schedule.handle(EXPIRY_KIND, self._expire)

    async def add(self, draft: Challenge) -> None:
        """Save a new draft."""
        await self._schedule.put(EXPIRY_KIND, draft.challenge_id, self._now() + DRAFT_LIFETIME)
        await self._challenges.add(draft)

    async def get(self, challenge_id: str, *, guild_id: int | None) -> Challenge:
        """A draft of that server. Raises `DraftGone` if it was announced, discarded, or deleted after a week."""
        draft = await self._challenges.get(challenge_id)
        if draft is None or draft.phase is not Phase.DRAFT or draft.guild_id != guild_id:
            raise DraftGone
        return draft

    async def of_organizer(self, organizer_id: int, *, guild_id: int) -> list[Challenge]:
        """A member's drafts on a server, newest first."""
        drafts = await self._challenges.drafts_of(organizer_id)
        return [draft for draft in drafts if draft.guild_id == guild_id]

    async def change(self, challenge_id: str, **columns: Any) -> None:
        """Change columns of a draft. Raises `DraftGone`."""
        if not await self._challenges.change(challenge_id, {Phase.DRAFT}, **columns):
            raise DraftGone

    async def repeat(self, draft: Challenge, themes: Collection[str]) -> None:
        """Repeat the challenge every week with these themes, or not at all if there are none. Raises `DraftGone`."""
        series = Series(draft.guild_id, draft.organizer_id, tuple(themes)) if themes else None
        if not await self._series.repeat(draft.challenge_id, series):
            raise DraftGone

    async def announce(self, draft: Challenge) -> Challenge:
        """Announce a draft with its series, and return it as it is then.

        Raises `TooManySeries`, and `DraftGone` or `ChallengeChanged` if it isn't a draft any more.
        """
        opens_at = self._now() if draft.opens_when_announced else draft.opens_at
        ready = replace(draft, opens_at=opens_at)
        await self._weekly.begin(ready)
        await self.change(draft.challenge_id, opens_at=opens_at)
        announced = await self._announce(ready)
        await self._schedule.cancel(EXPIRY_KIND, draft.challenge_id)
        return announced

    async def discard(self, challenge_id: str) -> None:
        """Delete a draft with its series."""
        if await self._challenges.delete_draft(challenge_id):
            await self._series.delete_unused()
        await self._schedule.cancel(EXPIRY_KIND, challenge_id)

    async def knows(self, member_id: int) -> bool:
        """Whether there is a draft of a member."""
        return bool(await self._challenges.drafts_of(member_id))

    async def forget_member(self, member_id: int) -> int:
        """Delete a member's drafts on all servers; return how many."""
        drafts = await self._challenges.drafts_of(member_id)
        for draft in drafts:
            await self.discard(draft.challenge_id)
        return len(drafts)

    async def _expire(self, entry: DueEntry) -> None:
        if await self._challenges.delete_draft(entry.key):
            await self._series.delete_unused()
            log.info("challenge.draft_expired", challenge=entry.key)
