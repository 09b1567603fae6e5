"""The life of challenges: their phases, which change by themselves, and what organizers do to them.

    await life.announce(challenge)  # a draft, which is scheduled or open from then on
    await life.extend(challenge, until)
    await life.end_now(challenge)
    await life.cancel(challenge, reason="…")

Each phase ends in one transaction, which schedules what comes next: of two who want to end it at the same time, one
does. Voting ends in two, with the counting between them: see `Results`. What is late happens late. If the bot wasn't
there when a phase should have begun, all times after that move by as much, so that nobody loses the time to enter or to
vote.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.challenges.challenge import END_COLUMNS, RUNNING_PHASES, Challenge, Moved, Phase
from bot.challenges.closing import Closing
from bot.challenges.review_reminder import REMIND, reminder_at
from bot.challenges.times import MAX_AHEAD
from bot.challenges.upkeep import ChallengeCards
from bot.clock.schedule import Schedule
from bot.errors import (
    ChallengeChanged,
    ChallengeNotOpenYet,
    ChallengeOver,
    ChallengePhase,
    ChallengeTimeTooFar,
    NotLater,
    VotesBeingCounted,
    VotingOver,
)
from bot.storage.challenges import ChallengeRecords
from bot.storage.due import DueEntry
from bot.storage.entries import EntryRecords
from bot.storage.sessions import Sessions

log = structlog.get_logger()

PHASE = "challenge-phase"
"""The kind of entries in the schedule whose key is a challenge: its phase ends."""
MAX_DELAY = timedelta(minutes=10)
"""A phase that begins later than this moves the times after it."""
MIN_ENTRIES = 2
"""Fewer need no vote."""
TIME_NAMES: Mapping[str, ChallengePhase] = {"opens_at": "opens", "closes_at": "closes", "ends_at": "ends"}
"""What happens at the time in each column of a challenge."""


class ChallengeLife:
    """Moves challenges from phase to phase."""

    def __init__(
        self,
        sessions: Sessions,
        *,
        challenges: ChallengeRecords,
        entries: EntryRecords,
        schedule: Schedule,
        cards: ChallengeCards,
        closing: Closing,
        now: Callable[[], datetime],
    ) -> None:
        self.cards = cards
        self.now = now
        self._sessions = sessions
        self._challenges = challenges
        self._entries = entries
        self._schedule = schedule
        self._closing = closing
        schedule.handle(PHASE, self.advance)

    async def start(self) -> None:
        """Schedule what every running challenge needs. At each start of the bot, in case anything was lost."""
        for challenge in await self._challenges.running():
            await self._schedule_all(challenge)

    async def announce(self, challenge: Challenge) -> Challenge:
        """Announce a draft, and return it as it is now. It is open at once if its time has come.

        Raises `ChallengeChanged` if it isn't a draft any more.
        """
        if challenge.phase is not Phase.DRAFT:
            raise ChallengeChanged
        phase = Phase.OPEN if challenge.opens_at <= self.now() else Phase.SCHEDULED
        return await self._change(challenge, phase=phase)

    async def advance(self, entry: DueEntry) -> None:
        """End the phase of a challenge if it is over."""
        challenge = await self._challenges.get(entry.key)
        if challenge is None:
            return
        due_at, now = challenge.next_change_at, self.now()
        if challenge.phase is Phase.COUNTING:  # the bot was stopped before it was done
            await self._end_voting(challenge, now)
        elif due_at is None:  # or it has just ended, and the bot was killed before it could show that
            await self.cards.refresh(challenge.challenge_id)
        elif due_at > now:
            await self._schedule.put(PHASE, challenge.challenge_id, due_at)
        elif challenge.phase is Phase.VOTING:
            await self._end_voting(challenge, now)
        elif challenge.phase is Phase.OPEN:
            await self._open_voting(challenge, now)
        else:
            await self._open_entries(challenge, now)

    def extended(self, challenge: Challenge, until: datetime) -> Challenge:
        """A challenge as it would be if its phase ended later: the times after that move by as much.

        Raises `NotLater`, `ChallengeTimeTooFar`, and as `end_of_phase` does.
        """
        ends_at, now = end_of_phase(challenge), self.now()
        if until <= max(ends_at, now):
            raise NotLater(max(ends_at, now))
        later = challenge.later(until - ends_at)
        for column, at in later.items():
            if at > now + MAX_AHEAD:
                raise ChallengeTimeTooFar(TIME_NAMES[column], at, now + MAX_AHEAD)
        return replace(challenge, **later, moved=Moved.EXTENDED)

    async def extend(self, challenge: Challenge, until: datetime) -> Challenge:
        """Let a challenge's phase end later, and return it as it is now.

        Raises as `extended` does, and `ChallengeChanged` if it isn't as given any more.
        """
        extended = self.extended(challenge, until)
        columns = {column: getattr(extended, column) for column in (*TIME_NAMES, "moved")}
        return await self._change(challenge, **columns)

    async def end_now(self, challenge: Challenge) -> None:
        """Close the entries of an open challenge, or the voting.

        Raises `ChallengeChanged`, and as `check_can_end` does.
        """
        check_can_end(challenge)
        await self._change(challenge, **{END_COLUMNS[challenge.phase]: self.now()})

    async def cancel(self, challenge: Challenge, *, reason: str | None = None) -> None:
        """Cancel a running challenge. Raises `ChallengeOver`."""
        async with self._sessions.begin() as session:
            is_canceled = await self._challenges.change(
                challenge.challenge_id,
                RUNNING_PHASES,
                session=session,
                phase=Phase.CANCELED,
                cancel_reason=reason,
                ended_at=self.now(),
            )
            if not is_canceled:
                raise ChallengeOver(challenge.title)
            await self.cards.refresh(challenge.challenge_id, session=session)
        log.info("challenge.phase", challenge=challenge.challenge_id, phase=Phase.CANCELED.value)

    async def move(self, challenge: Challenge, channel_id: int) -> None:
        """Show a challenge in another channel from now on."""
        async with self._sessions.begin() as session:
            await self._challenges.change(
                challenge.challenge_id, tuple(Phase), session=session, channel_id=channel_id, thread_id=None
            )
            await self.cards.refresh(challenge.challenge_id, session=session)

    async def _open_entries(self, challenge: Challenge, now: datetime) -> None:
        """Let members enter."""
        late = now - challenge.opens_at
        moved = {**challenge.later(late), "moved": Moved.DELAYED} if late > MAX_DELAY else {}
        with suppress(ChallengeChanged):  # by somebody else, who has scheduled what comes next
            await self._change(challenge, phase=Phase.OPEN, **moved)

    async def _open_voting(self, challenge: Challenge, now: datetime) -> None:
        """Number the entries, and let members vote, unless there is nothing to choose from."""
        its_id, late = challenge.challenge_id, now - challenge.closes_at
        voting = replace(challenge, phase=Phase.VOTING, voting_opened_at=now)
        if late > MAX_DELAY:
            voting = replace(voting, ends_at=challenge.ends_at + late, moved=Moved.DELAYED)
        async with self._sessions.begin() as session:
            # First, because this locks the row: no entry is changed while entries are numbered.
            is_mine = await self._challenges.change(
                its_id,
                {Phase.OPEN},
                unchanged={"closes_at": challenge.closes_at},
                session=session,
                phase=voting.phase,
                voting_opened_at=now,
                ends_at=voting.ends_at,
                moved=voting.moved,
            )
            if not is_mine:
                return
            if await self._entries.number(its_id, session=session) < MIN_ENTRIES:
                voting = replace(voting, ends_at=now, moved=challenge.moved)
                await self._challenges.change(
                    its_id, {Phase.VOTING}, session=session, ends_at=voting.ends_at, moved=voting.moved
                )
            await self._schedule_all(voting, session)
        log.info("challenge.phase", challenge=its_id, phase=voting.phase.value)

    async def _end_voting(self, challenge: Challenge, now: datetime) -> None:
        phase = await self._closing.close(challenge, now=now)
        log.info("challenge.phase", challenge=challenge.challenge_id, phase=phase.value)
        await self.cards.refresh(challenge.challenge_id)

    async def _change(self, challenge: Challenge, **columns: Any) -> Challenge:
        """Change a challenge in its phase, schedule what follows, and return the changed challenge.

        Raises `ChallengeChanged` if it has another phase by now, or ends its phase at another time.
        """
        end = END_COLUMNS.get(challenge.phase)
        unchanged = {} if end is None else {end: getattr(challenge, end)}
        changed = replace(challenge, **columns)
        async with self._sessions.begin() as session:
            is_mine = await self._challenges.change(
                challenge.challenge_id, {challenge.phase}, unchanged=unchanged, session=session, **columns
            )
            if not is_mine:
                raise ChallengeChanged
            await self._schedule_all(changed, session)
        log.info("challenge.changed", challenge=challenge.challenge_id, phase=changed.phase.value)
        return changed

    async def _schedule_all(self, challenge: Challenge, session: AsyncSession | None = None) -> None:
        """Schedule the end of a challenge's phase, and bring its messages up to date."""
        its_id = challenge.challenge_id
        due_at = self.now() if challenge.phase is Phase.COUNTING else challenge.next_change_at
        if due_at is not None:
            await self._schedule.put(PHASE, its_id, due_at, session=session)
        is_reminded_later = challenge.phase in {Phase.SCHEDULED, Phase.OPEN} and reminder_at(challenge) > self.now()
        if challenge.is_reviewed and is_reminded_later:
            await self._schedule.put(REMIND, its_id, reminder_at(challenge), session=session)
        await self.cards.refresh(its_id, session=session)


def end_of_phase(challenge: Challenge) -> datetime:
    """When the phase of a challenge ends by itself.

    Raises `VotesBeingCounted`, `VotingOver` and `ChallengeOver` if it doesn't.
    """
    if challenge.phase is Phase.COUNTING:
        raise VotesBeingCounted(challenge.title)
    if challenge.phase is Phase.DECIDING:
        raise VotingOver(challenge.title)
    if challenge.next_change_at is None:
        raise ChallengeOver(challenge.title)
    return challenge.next_change_at


def check_can_end(challenge: Challenge) -> None:
    """Check that a phase can be ended. Raises `ChallengeNotOpenYet`, and as `end_of_phase` does."""
    ends_at = end_of_phase(challenge)
    if challenge.phase is Phase.SCHEDULED:
        raise ChallengeNotOpenYet(challenge.title, ends_at)
