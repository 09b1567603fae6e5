"""The results of challenges: votes are counted when voting is over, and organizers decide ties if they want to.

    phase = await results.close(challenge, now=now)
    await results.decide(challenge, number)  # if it is `Phase.DECIDING`

A short transaction ends the voting: the challenge is `Phase.COUNTING`, and no vote is accepted any more. Votes are read
and counted outside of transactions, because that may take seconds, in which nobody else could write. Another one saves
everything about the end, if the challenge is still `COUNTING`: standings, the hash of the ballots, and what has to be
done next. So it happens once, no matter who counts, and after a crash somebody counts the same votes again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.challenges.ballot import Ballot
from bot.challenges.ballot_file import Ballots
from bot.challenges.challenge import Challenge, Phase, Ties
from bot.challenges.entry import Standing
from bot.challenges.place_notices import PLACE_NOTICES
from bot.challenges.standings import first_place, standings_of
from bot.challenges.upkeep import ChallengeCards
from bot.challenges.winners import REWARD
from bot.clock.schedule import Schedule
from bot.errors import NotTiedForFirst, TieDecided
from bot.files.store import Lease, PictureStore
from bot.storage.ballots import BallotRecords
from bot.storage.challenges import ChallengeRecords
from bot.storage.results import ResultRecords
from bot.storage.sessions import Sessions

log = structlog.get_logger()

DECIDE = "challenge-decision"
"""The kind of entries in the schedule whose key is a challenge: its organizer is asked to decide a tie."""


@dataclass(frozen=True, slots=True)
class _Count:
    """Counted votes."""

    ballots: Ballots
    file: bytes
    standings: dict[int, Standing]

    @property
    def is_tie(self) -> bool:
        """Whether there is a first place to decide: if nobody voted, nobody has won."""
        return len(first_place(self.standings)) > 1 and self.ballots.votes_cast > 0


class Results:
    """Ends challenges; a `bot.challenges.closing.Closing`."""

    def __init__(
        self,
        sessions: Sessions,
        *,
        challenges: ChallengeRecords,
        ballots: BallotRecords,
        results: ResultRecords,
        store: PictureStore,
        cards: ChallengeCards,
        schedule: Schedule,
        now: Callable[[], datetime],
    ) -> None:
        self._sessions = sessions
        self._challenges = challenges
        self._ballots = ballots
        self._results = results
        self._store = store
        self._cards = cards
        self._schedule = schedule
        self._now = now

    async def close(self, challenge: Challenge, *, now: datetime) -> Phase:
        """Count the votes of a challenge; see `Closing.close`. Raises `DiskFull`."""
        its_id, ends_at = challenge.challenge_id, challenge.ends_at
        # Waits for votes that are being cast, and refuses those that follow.
        await self._challenges.change(its_id, {Phase.VOTING}, unchanged={"ends_at": ends_at}, phase=Phase.COUNTING)
        current = await self._challenges.get(its_id)
        if current is not None and current.phase is Phase.COUNTING:
            with self._store.lease() as lease:
                await self._finish(current, lease, now)
            current = await self._challenges.get(its_id)
        return challenge.phase if current is None else current.phase

    async def decide(self, challenge: Challenge, number: int) -> None:
        """End a tie: an entry wins, and those it shared the first place with are second.

        Raises `TieDecided`, and `NotTiedForFirst` for another entry.
        """
        async with self._sessions.begin() as session:
            await self._end_tie(challenge, session, is_tie_decided=True)
            if not await self._results.award(challenge.challenge_id, number, session=session):
                raise NotTiedForFirst
        log.info("challenge.decided", challenge=challenge.challenge_id)

    async def share(self, challenge: Challenge) -> None:
        """End a tie: the first place is shared. Raises `TieDecided`."""
        async with self._sessions.begin() as session:
            await self._end_tie(challenge, session)
        log.info("challenge.tie_shared", challenge=challenge.challenge_id)

    async def share_if_untied(self, challenge: Challenge) -> None:
        """End a tie of which one entry is left at most, because members who shared it have used `/forget-me`."""
        if challenge.phase is Phase.DECIDING and await self._results.firsts(challenge.challenge_id) < 2:
            with suppress(TieDecided):
                await self.share(challenge)

    async def _finish(self, challenge: Challenge, lease: Lease, now: datetime) -> None:
        """Count the votes of a challenge that is `COUNTING`, and save everything about its end."""
        its_id, figures, is_tie = challenge.challenge_id, dict[str, Any](), False
        numbers = await self._results.numbers(its_id)
        standings = {number: Standing(1, 0, 0, 0) for number in numbers}
        if len(numbers) > 1:
            ballots = await self._ballots.ballots(its_id)
            count = await asyncio.to_thread(_count, challenge, numbers, ballots)
            standings, is_tie = count.standings, count.is_tie
            figures = {
                "ballots_sha256": await self._store.put(count.file, lease=lease),
                "voters": count.ballots.voters,
                "votes_cast": count.ballots.votes_cast,
            }
        is_undecided = is_tie and challenge.ties is Ties.DECIDED
        figures |= {"phase": Phase.DECIDING} if is_undecided else {"phase": Phase.ENDED, "ended_at": now}
        async with self._sessions.begin() as session:
            if not await self._challenges.change(its_id, {Phase.COUNTING}, session=session, **figures):
                return  # somebody else was faster, or an organizer has canceled it
            await self._results.save(its_id, standings, session=session)
            if not is_undecided:
                await self._schedule_end(challenge, session)
                return
            await self._schedule.put(DECIDE, its_id, now, {"since": now.isoformat()}, session=session)
            await self._cards.refresh(its_id, session=session)

    async def _end_tie(self, challenge: Challenge, session: AsyncSession, *, is_tie_decided: bool = False) -> None:
        """Make a challenge with a tie `ENDED`. Raises `TieDecided`."""
        is_mine = await self._challenges.change(
            challenge.challenge_id,
            {Phase.DECIDING},
            session=session,
            phase=Phase.ENDED,
            ended_at=self._now(),
            is_tie_decided=is_tie_decided,
        )
        if not is_mine:
            raise TieDecided
        await self._schedule_end(challenge, session)

    async def _schedule_end(self, challenge: Challenge, session: AsyncSession) -> None:
        """Schedule what follows the end of a challenge."""
        await self._cards.refresh(challenge.challenge_id, session=session)
        if challenge.winner_role_id is not None:
            await self._schedule.put(REWARD, challenge.challenge_id, self._now(), session=session)
        if challenge.tells_places:
            await self._schedule.put(PLACE_NOTICES, challenge.challenge_id, self._now(), session=session)


def _count(challenge: Challenge, numbers: Sequence[int], found: Sequence[Ballot]) -> _Count:
    """Count votes, which takes a while if there are many. Entries that are gone don't count."""
    here = frozenset(numbers)
    duels = {
        ballot.ballot_id: [shown.duel for shown in ballot.duels if {shown.duel.left, shown.duel.right} <= here]
        for ballot in found
    }
    votes = {ballot.ballot_id: sorted(ballot.votes & here) for ballot in found}
    ballots = Ballots(
        challenge.challenge_id,
        challenge.voting,
        tuple(numbers),
        duels={its_id: its_duels for its_id, its_duels in duels.items() if its_duels},
        votes={its_id: its_votes for its_id, its_votes in votes.items() if its_votes},
    )
    return _Count(ballots, ballots.encode(), standings_of(ballots))
