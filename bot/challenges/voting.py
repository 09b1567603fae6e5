"""Blind votes: which duel a voter sees next, and what becomes of their answers and favorites.

Every vote goes to the database, which decides whether it counts (`bot/storage/ballots.py`). What is in memory only
saves it questions: how often each pair was shown, and every voter's ballot. It is read when a challenge is first voted
on after a start, and again whenever the database disagrees: an entry was removed, a member forgotten, a write failed.
"""

from __future__ import annotations

import asyncio
import uuid
from collections import defaultdict
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from random import Random, SystemRandom
from weakref import WeakValueDictionary

from bot.challenges.ballot import Ballot, Cast, ShownDuel
from bot.challenges.challenge import Challenge, Phase
from bot.challenges.duel import Outcome
from bot.challenges.eligibility import Applicant, check_eligible
from bot.challenges.entry import Entry
from bot.challenges.order import shuffled
from bot.challenges.pairs import next_pair
from bot.challenges.tally import Tally
from bot.errors import AccountTooYoung, ButtonOutdated, ChallengeChanged, ChallengeOver, VotingClosed, VotingNotOpenYet
from bot.painting.job import Job
from bot.storage.ballots import BallotRecords
from bot.storage.challenges import ChallengeRecords
from bot.storage.entries import EntryRecords
from bot.storage.jobs import JobRecords

MAX_TRIES = 3
"""How often the memory of a challenge is read again for one press."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two entries side by side."""

    duel_id: str
    left: Entry
    right: Entry
    number: int
    """How many pairs this voter has been shown, with this one."""


@dataclass(frozen=True, slots=True)
class DuelTurn:
    """What a voter sees after a press: the next pair, and nothing of how others voted."""

    challenge: Challenge
    pair: Pair | None
    """None if they have seen every pair."""
    answered: int
    """How many duels they have decided."""
    has_seen_any: bool
    """Whether they have been shown any pair."""
    is_counted: bool = False
    """Whether the press was an answer that counts."""


@dataclass(frozen=True, slots=True)
class FavoritesTurn:
    """What a voter sees after a press: the entries in an order of their own, and their own votes."""

    challenge: Challenge
    entries: tuple[Entry, ...]
    """Without their own."""
    votes: frozenset[int]
    """The numbers of the entries with one of their votes."""
    cast: Cast | None = None
    """What became of the press, if it was a vote."""


@dataclass(slots=True, eq=False)
class _Voter:
    """A voter's ballot."""

    member_id: int
    ballot_id: str | None = None
    """None before their first vote."""
    met: list[tuple[int, int]] = field(default_factory=list)
    """Every pair they were shown."""
    shown: ShownDuel | None = None
    """The duel that waits for an answer."""
    answered: int = 0
    votes: set[int] = field(default_factory=set)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Their presses are handled one after another."""

    @classmethod
    def of(cls, member_id: int, ballot: Ballot | None, entries: Container[int]) -> _Voter:
        """Take over what the database knows; a duel waits for an answer only if both entries still take part."""
        if ballot is None:
            return cls(member_id)
        duels = [shown.duel for shown in ballot.duels]
        waiting = [
            shown
            for shown in ballot.duels
            if shown.duel.outcome is None and shown.duel.left in entries and shown.duel.right in entries
        ]
        return cls(
            member_id,
            ballot.ballot_id,
            met=[(duel.left, duel.right) for duel in duels],
            shown=next(iter(waiting), None),
            answered=sum(duel.outcome not in {None, Outcome.SKIPPED} for duel in duels),
            votes=set(ballot.votes),
        )

    def ballot(self) -> tuple[str, int | None]:
        """The ID of their ballot; before their first vote a new one, and for whom it is opened."""
        return (uuid.uuid4().hex, self.member_id) if self.ballot_id is None else (self.ballot_id, None)


@dataclass(slots=True, eq=False)
class _Poll:
    """What is in memory of a challenge that is being voted on."""

    challenge: Challenge
    entries: dict[int, Entry]
    """By number."""
    tally: Tally
    ballots: dict[int, Ballot]
    """By the member's ID; those of voters who haven't pressed since this was read."""
    voters: dict[int, _Voter] = field(default_factory=dict)
    """By the member's ID; those who have pressed since this was read."""
    jobs: dict[str, Job] = field(default_factory=dict)
    """The paintings that were shown so far; entries don't change."""
    own: Mapping[int, set[int]] = field(init=False)
    """The numbers of members' own entries, by the member's ID."""

    def __post_init__(self) -> None:
        """Find each member's entries."""
        own: defaultdict[int, set[int]] = defaultdict(set)
        for number, entry in self.entries.items():
            own[entry.member_id].add(number)
        self.own = dict(own)


class BlindVoting:
    """The votes of all challenges. `now` is always when the press was received."""

    def __init__(
        self,
        *,
        challenges: ChallengeRecords,
        entries: EntryRecords,
        jobs: JobRecords,
        ballots: BallotRecords,
        now: Callable[[], datetime],
        chance: Random | None = None,
    ) -> None:
        """`chance` decides sides, and between equally good pairs."""
        self.now = now
        self._challenges = challenges
        self._entries = entries
        self._jobs = jobs
        self._ballots = ballots
        self._chance = chance or SystemRandom()
        self._polls: dict[str, _Poll] = {}
        self._loading: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def admit(self, challenge_id: str, applicant: Applicant, *, now: datetime) -> Challenge:
        """Check that a member may vote in a challenge now, and return it.

        Raises `ButtonOutdated`, `VotingNotOpenYet`, `VotingClosed`, `ChallengeOver`, and what `check_eligible` raises,
        as everything here that needs an applicant does.
        """
        return (await self._admit(challenge_id, applicant, now)).challenge

    async def next_duel(self, challenge_id: str, applicant: Applicant, *, now: datetime) -> DuelTurn:
        """The duel that a voter hasn't answered yet, or a new one."""
        for _ in range(MAX_TRIES):
            poll = await self._admit(challenge_id, applicant, now)
            voter = _voter(poll, applicant.member_id)
            async with voter.turn:
                if voter.shown is not None or (following := self._choose(poll, voter)) is None:
                    return _duel_turn(poll, voter)
                with self._kept_if_right(poll):
                    ballot_id, opened_for = voter.ballot()
                    cast = await self._ballots.show(challenge_id, ballot_id, following, opened_for=opened_for, now=now)
                    if self._is_right(poll, cast):
                        voter.ballot_id = ballot_id
                        _note_shown(voter, following)
                        return _duel_turn(poll, voter)
        raise ChallengeChanged

    async def answer(
        self, challenge_id: str, duel_id: str, outcome: Outcome, applicant: Applicant, *, now: datetime
    ) -> DuelTurn:
        """Record what a voter says about a duel, and show them the next one. A second answer to it changes nothing."""
        poll = await self._admit(challenge_id, applicant, now)
        voter = _voter(poll, applicant.member_id)
        async with voter.turn:
            shown, ballot_id = voter.shown, voter.ballot_id
            is_counted = False
            if shown is not None and ballot_id is not None and shown.duel_id == duel_id:
                with self._kept_if_right(poll):
                    poll.tally.answer(shown.duel.left, shown.duel.right, outcome)
                    following = self._choose(poll, voter)
                    cast, is_next_shown = await self._ballots.answer(
                        challenge_id, ballot_id, shown, outcome, following=following, now=now
                    )
                    if self._is_right(poll, cast):
                        is_counted = True
                        voter.shown = None
                        voter.answered += outcome is not Outcome.SKIPPED
                        if following is None:
                            return _duel_turn(poll, voter, is_counted=True)
                        if is_next_shown:
                            _note_shown(voter, following)
                            return _duel_turn(poll, voter, is_counted=True)
                        self._drop(poll)
        turn = await self.next_duel(challenge_id, applicant, now=now)
        return replace(turn, is_counted=is_counted)

    async def favorites(self, challenge_id: str, applicant: Applicant, *, now: datetime) -> FavoritesTurn:
        """The entries as a voter sees them, and their votes."""
        poll = await self._admit(challenge_id, applicant, now)
        return _favorites_turn(poll, _voter(poll, applicant.member_id))

    async def vote(self, challenge_id: str, number: int, applicant: Applicant, *, now: datetime) -> FavoritesTurn:
        """Give a vote to an entry, unless it has one of the voter's, or they have none left."""
        poll = await self._admit(challenge_id, applicant, now)
        voter = _voter(poll, applicant.member_id)
        async with voter.turn:
            with self._kept_if_right(poll):
                ballot_id, opened_for = voter.ballot()
                cast = await self._ballots.vote(challenge_id, ballot_id, number, opened_for=opened_for, now=now)
                is_known = {
                    Cast.ALREADY: number in voter.votes,
                    Cast.LIMIT: len(voter.votes) >= poll.challenge.votes_per_member,
                }
                if is_known.get(cast) or self._is_right(poll, cast):
                    if cast is Cast.COUNTED:
                        voter.ballot_id = ballot_id
                        voter.votes.add(number)
                    return _favorites_turn(poll, voter, cast)
        return await self._favorites_again(challenge_id, applicant, cast, now)

    async def take_back(self, challenge_id: str, number: int, applicant: Applicant, *, now: datetime) -> FavoritesTurn:
        """Take a vote back from an entry, if it has one of the voter's."""
        poll = await self._admit(challenge_id, applicant, now)
        voter = _voter(poll, applicant.member_id)
        async with voter.turn:
            cast = Cast.ALREADY
            if voter.ballot_id is not None:
                with self._kept_if_right(poll):
                    cast = await self._ballots.take_back(challenge_id, voter.ballot_id, number, now=now)
                    is_known = cast is Cast.ALREADY and number not in voter.votes
                    if is_known or self._is_right(poll, cast):
                        voter.votes.discard(number)
                        return _favorites_turn(poll, voter, cast)
        return await self._favorites_again(challenge_id, applicant, cast, now)

    async def jobs_of(self, challenge_id: str, entries: Sequence[Entry]) -> dict[str, Job]:
        """The jobs that painted these entries, by ID; those of entries that are gone are missing."""
        poll = self._polls.get(challenge_id)
        known = {} if poll is None else poll.jobs
        if missing := {entry.job_id for entry in entries} - known.keys():
            known |= await self._jobs.many(missing)
        return {entry.job_id: known[entry.job_id] for entry in entries if entry.job_id in known}

    def forget(self, challenge_id: str) -> None:
        """Forget what is in memory of a challenge. It is read again when somebody votes."""
        self._polls.pop(challenge_id, None)

    async def _admit(self, challenge_id: str, applicant: Applicant, now: datetime) -> _Poll:
        poll = self._polls.get(challenge_id)
        if poll is None or poll.challenge.ends_at <= now:  # or it was extended
            async with self._loading.setdefault(challenge_id, asyncio.Lock()):
                poll = self._polls.get(challenge_id)
                if poll is None or poll.challenge.ends_at <= now:
                    poll = await self._load(challenge_id, now)
        try:
            check_eligible(poll.challenge, applicant, now=now)
        except AccountTooYoung:  # it says whether they can vote before the end, which may have moved since it was read
            check_eligible(await self._challenges.get(challenge_id) or poll.challenge, applicant, now=now)
            raise
        return poll

    async def _load(self, challenge_id: str, now: datetime) -> _Poll:
        self.forget(challenge_id)
        challenge = await self._challenges.get(challenge_id)
        if challenge is None or challenge.phase is Phase.DRAFT:
            raise ButtonOutdated
        if challenge.phase in {Phase.SCHEDULED, Phase.OPEN}:
            raise VotingNotOpenYet(challenge.title, challenge.closes_at)
        if challenge.phase is Phase.CANCELED:
            raise ChallengeOver(challenge.title)
        if challenge.phase is not Phase.VOTING or challenge.ends_at <= now:
            raise VotingClosed(challenge.title)
        entries = {entry.number: entry for entry in await self._entries.of_challenge(challenge_id)}
        numbered = {number: entry for number, entry in entries.items() if number is not None}
        ballots = await self._ballots.by_member(challenge_id)
        duels = (shown.duel for ballot in ballots.values() for shown in ballot.duels)
        tally = await asyncio.to_thread(Tally, numbered, duels)
        self._polls = {its_id: poll for its_id, poll in self._polls.items() if poll.challenge.ends_at > now}
        self._polls[challenge_id] = poll = _Poll(challenge, numbered, tally, ballots)
        return poll

    def _choose(self, poll: _Poll, voter: _Voter) -> ShownDuel | None:
        """Choose the next duel, and count it as shown: others who press at the same time see other pairs."""
        pair = next_pair(poll.tally, own=poll.own.get(voter.member_id, ()), met=voter.met, chance=self._chance)
        if pair is None:
            return None
        poll.tally.show(*pair)
        return ShownDuel.of(pair)

    @contextmanager
    def _kept_if_right(self, poll: _Poll) -> Iterator[None]:
        """Forget what is in memory if the block raises: nobody knows what the database has written."""
        try:
            yield
        except BaseException:
            self._drop(poll)
            raise

    def _is_right(self, poll: _Poll, cast: Cast) -> bool:
        """Whether the database agrees with the memory, which is forgotten if not. Raises `VotingClosed`."""
        if cast is Cast.CLOSED:
            raise VotingClosed(poll.challenge.title)
        if cast is not Cast.COUNTED:
            self._drop(poll)
        return cast is Cast.COUNTED

    def _drop(self, poll: _Poll) -> None:
        if self._polls.get(poll.challenge.challenge_id) is poll:
            self.forget(poll.challenge.challenge_id)

    async def _favorites_again(
        self, challenge_id: str, applicant: Applicant, cast: Cast, now: datetime
    ) -> FavoritesTurn:
        turn = await self.favorites(challenge_id, applicant, now=now)
        return replace(turn, cast=cast)


def _voter(poll: _Poll, member_id: int) -> _Voter:
    """A voter, with what they were shown before this process began."""
    if member_id not in poll.voters:
        poll.voters[member_id] = _Voter.of(member_id, poll.ballots.pop(member_id, None), poll.entries)
    return poll.voters[member_id]


def _note_shown(voter: _Voter, shown: ShownDuel) -> None:
    voter.shown = shown
    voter.met.append((shown.duel.left, shown.duel.right))


def _duel_turn(poll: _Poll, voter: _Voter, *, is_counted: bool = False) -> DuelTurn:
    pair = None
    if (shown := voter.shown) is not None:
        left, right = poll.entries[shown.duel.left], poll.entries[shown.duel.right]
        pair = Pair(shown.duel_id, left, right, len(voter.met))
    return DuelTurn(poll.challenge, pair, voter.answered, bool(voter.met), is_counted)


def _favorites_turn(poll: _Poll, voter: _Voter, cast: Cast | None = None) -> FavoritesTurn:
    its_id, own = poll.challenge.challenge_id, poll.own.get(voter.member_id, set())
    numbers = (number for number in poll.entries if number not in own)
    order = shuffled(numbers, challenge_id=its_id, voter_id=voter.member_id)
    return FavoritesTurn(poll.challenge, tuple(poll.entries[number] for number in order), frozenset(voter.votes), cast)
