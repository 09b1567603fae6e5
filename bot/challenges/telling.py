"""Tells every entrant of a challenge their place in a direct message, some at a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from bot.challenges.challenge import Challenge
from bot.challenges.notices import Notices
from bot.challenges.presenter import ChallengePresenter
from bot.clock.schedule import Schedule
from bot.storage.challenges import ChallengeRecords
from bot.storage.due import DueEntry
from bot.storage.entries import EntryRecords
from bot.storage.results import ResultRecords

TELL = "challenge-places"
"""The kind of entries in the schedule whose key is a challenge: its entrants are told their places."""
TOLD_AT_ONCE = 5
TOLD_EVERY = timedelta(seconds=2)
"""Discord is wary of bots that write to many members in a short time."""


class Telling:
    """Tells each entrant once: that is recorded before the message is sent, and taken back if it can't be sent."""

    def __init__(
        self,
        *,
        challenges: ChallengeRecords,
        entries: EntryRecords,
        results: ResultRecords,
        notices: Notices,
        presenter: ChallengePresenter,
        schedule: Schedule,
        now: Callable[[], datetime],
    ) -> None:
        self._challenges = challenges
        self._entries = entries
        self._results = results
        self._notices = notices
        self._presenter = presenter
        self._schedule = schedule
        self._now = now
        schedule.handle(TELL, self._tell_some)

    async def _tell_some(self, due: DueEntry) -> None:
        challenge = await self._challenges.get(due.key)
        if challenge is None or not challenge.is_revealed:
            return
        waiting = await self._results.untold(challenge.challenge_id, limit=TOLD_AT_ONCE)
        for member_id in waiting:
            await self._tell(challenge, member_id)
        if waiting:
            await self._schedule.put(TELL, challenge.challenge_id, self._now() + TOLD_EVERY)

    async def _tell(self, challenge: Challenge, member_id: int) -> None:
        entries = await self._entries.of_member(challenge.challenge_id, member_id)
        count = await self._entries.count(challenge.challenge_id)
        if not await self._results.mark_told(challenge.challenge_id, member_id):
            return
        try:
            await self._notices.send(
                challenge,
                member_id,
                partial(self._presenter.places, challenge, entries, count=count),
                about="place",
            )
        except Exception:  # the schedule calls again, and Discord remembers for minutes if it was sent after all
            await self._results.mark_told(challenge.challenge_id, member_id, is_told=False)
            raise
