"""Sends every entrant of a challenge their place in a direct message, a few at a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import discord
import structlog

from bot.challenges.challenge import Challenge
from bot.challenges.notices import Notices
from bot.challenges.presenter import ChallengePresenter
from bot.clock.schedule import Schedule
from bot.storage.challenges import ChallengeRecords
from bot.storage.due import DueEntry
from bot.storage.entries import EntryRecords
from bot.storage.results import ResultRecords

log = structlog.get_logger()

PLACE_NOTICES = "challenge-places"
"""The kind of entries in the schedule whose key is a challenge: its entrants get their places."""
MAX_ATTEMPTS = 5
"""How often a message that Discord finds invalid is tried: one member's must not keep all others waiting."""
BAD_REQUEST = 400
NOTICES_AT_ONCE = 5
NOTICES_INTERVAL = timedelta(seconds=2)
"""Discord is wary of bots that write to many members in a short time."""


class PlaceNotices:
    """Notifies each entrant once, which is recorded before the message is sent, and taken back if it can't be sent."""

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

    async def send_some(self, due: DueEntry) -> None:
        """Send the next few places of the challenge that is due."""
        challenge = await self._challenges.get(due.key)
        if challenge is None or not challenge.is_revealed:
            return
        waiting = await self._results.unnotified(challenge.challenge_id, limit=NOTICES_AT_ONCE)
        refusals = []
        for member_id in waiting:
            try:
                await self._send(challenge, member_id, may_give_up=due.attempts >= MAX_ATTEMPTS)
            except discord.HTTPException as error:  # the others may still get theirs
                refusals.append(error)
        if refusals:
            raise refusals[0]
        if waiting:
            await self._schedule.put(PLACE_NOTICES, challenge.challenge_id, self._now() + NOTICES_INTERVAL)

    async def _send(self, challenge: Challenge, member_id: int, *, may_give_up: bool) -> None:
        entries = await self._entries.of_member(challenge.challenge_id, member_id)
        count = await self._entries.count(challenge.challenge_id)
        if not await self._results.mark_notified(challenge.challenge_id, member_id):
            return
        try:
            await self._notices.send(
                challenge,
                member_id,
                partial(self._presenter.places, challenge, entries, count=count),
                about="place",
            )
        except BaseException as error:  # also when the bot shuts down
            if may_give_up and isinstance(error, discord.HTTPException) and error.status == BAD_REQUEST:
                log.exception("challenge.place_not_sent", challenge=challenge.challenge_id, member=member_id)
                return
            # The schedule calls again, and Discord remembers for minutes if it was sent after all.
            await self._results.mark_notified(challenge.challenge_id, member_id, is_notified=False)
            raise
