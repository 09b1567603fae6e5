"""Asks organizers to decide ties for first place, reminds them once, and lets ties be shared that nobody decides."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

from bot.challenges.challenge import Phase
from bot.challenges.notices import Notices
from bot.challenges.presenter import ChallengePresenter
from bot.challenges.results import DECIDE, Results
from bot.clock.schedule import Schedule
from bot.errors import TieDecided
from bot.storage.challenges import ChallengeRecords
from bot.storage.due import DueEntry

REMINDER_AFTER = timedelta(days=1)
SHARED_AFTER = timedelta(days=7)


class TieQuestions:
    """Sends the organizer of a challenge direct messages while there is a tie to decide."""

    def __init__(
        self,
        results: Results,
        *,
        challenges: ChallengeRecords,
        notices: Notices,
        presenter: ChallengePresenter,
        schedule: Schedule,
        now: Callable[[], datetime],
    ) -> None:
        self._results = results
        self._challenges = challenges
        self._notices = notices
        self._presenter = presenter
        self._schedule = schedule
        self._now = now

    async def ask(self, entry: DueEntry) -> None:
        """Ask about the challenge that is due, remind its organizer, or let the entries share the place."""
        challenge = await self._challenges.get(entry.key)
        if challenge is None or challenge.phase is not Phase.DECIDING:
            return
        since, now = datetime.fromisoformat(entry.payload["since"]), self._now()
        if now >= since + SHARED_AFTER:
            with suppress(TieDecided):
                await self._results.share(challenge)
            return
        is_reminder = now >= since + REMINDER_AFTER
        await self._notices.send(
            challenge,
            challenge.organizer_id,
            partial(self._presenter.decision, challenge, since + SHARED_AFTER),
            about=f"decision:{'reminder' if is_reminder else 'question'}",
        )
        next_at = since + (SHARED_AFTER if is_reminder else REMINDER_AFTER)
        await self._schedule.put(DECIDE, challenge.challenge_id, next_at, entry.payload)
