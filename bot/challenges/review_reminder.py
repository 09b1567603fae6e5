"""Reminds moderators before voting opens of the entries that still wait for them: once for each challenge."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

import structlog

from bot.challenges.challenge import Challenge, Phase
from bot.challenges.entry import EntryState
from bot.challenges.notices import Notices
from bot.challenges.presenter import ChallengePresenter
from bot.clock.schedule import Schedule
from bot.errors import PlaceLost
from bot.messages.kept import KeptMessages
from bot.messages.places import Place
from bot.storage.challenges import ChallengeRecords
from bot.storage.due import DueEntry
from bot.storage.entries import EntryRecords
from bot.storage.servers import Servers

log = structlog.get_logger()

REMIND = "challenge-review"
"""The kind of entries in the schedule whose key is a challenge: moderators are reminded of what waits for them."""
MAX_NOTICE = timedelta(days=1)


def reminder_at(challenge: Challenge) -> datetime:
    """When to remind moderators: a day before voting opens, or halfway if entries are open for less than two days."""
    return challenge.closes_at - min(MAX_NOTICE, (challenge.closes_at - challenge.opens_at) / 2)


class ReviewReminder:
    """Reminds them in the server's log channel, or if there is none, the organizer in a direct message."""

    def __init__(
        self,
        *,
        challenges: ChallengeRecords,
        entries: EntryRecords,
        servers: Servers,
        kept: KeptMessages,
        notices: Notices,
        presenter: ChallengePresenter,
        schedule: Schedule,
        now: Callable[[], datetime],
    ) -> None:
        self._challenges = challenges
        self._entries = entries
        self._servers = servers
        self._kept = kept
        self._notices = notices
        self._presenter = presenter
        self._schedule = schedule
        self._now = now

    async def remind(self, due: DueEntry) -> None:
        """Remind the moderators of the challenge that is due, if entries wait."""
        challenge = await self._challenges.get(due.key)
        if challenge is None or challenge.phase is not Phase.OPEN or challenge.is_review_reminded:
            return
        if reminder_at(challenge) > self._now():  # entries were given more time at this very moment
            await self._schedule.put(REMIND, challenge.challenge_id, reminder_at(challenge))
            return
        waiting = await self._entries.count(challenge.challenge_id, state=EntryState.PENDING)
        if not waiting:
            return
        if not await self._post(challenge, waiting):
            await self._notices.send(
                challenge,
                challenge.organizer_id,
                partial(self._presenter.review_reminder, challenge, waiting, has_button=False),
                about="review",
            )
        await self._challenges.change(challenge.challenge_id, tuple(Phase), is_review_reminded=True)
        log.info("challenge.review_reminded", challenge=challenge.challenge_id, waiting=waiting)

    async def _post(self, challenge: Challenge, waiting: int) -> bool:
        """Remind moderators in the log channel; return False if the bot can't post there, or there is none."""
        channel_id = self._servers.settings_of(challenge.guild_id).log_channel_id
        if channel_id is None:
            return False
        card = self._presenter.review_reminder(challenge, waiting, locale=challenge.locale, has_button=True)
        with suppress(PlaceLost):
            place = Place(challenge.guild_id, channel_id)
            await self._kept.show(f"challenge:{challenge.challenge_id}:review", place, card)
            return True
        return False
