"""The repository of votes: anonymous ballots, the duels that voters were shown, and the favorites they chose.

Each vote is one statement that also checks the challenge's phase, so it counts exactly if that statement says so. On
PostgreSQL it locks the challenge's row against changes: what ends the voting changes the row first and counts then, so
it waits for every vote that counts. SQLite writes one transaction after another anyway.

The statements of votes are built once, because building them takes as long as executing them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, and_, bindparam, delete, exists, func, literal, select, union_all, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import InstrumentedAttribute

from bot.challenges.ballot import Ballot, Cast, ShownDuel
from bot.challenges.challenge import MAX_VOTES_PER_MEMBER, Phase
from bot.challenges.duel import Duel, Outcome
from bot.challenges.entry import EntryState
from bot.storage.models import (
    Base,
    ChallengeDuelRow,
    ChallengeEntryRow,
    ChallengeRow,
    ChallengeVoteRow,
    ChallengeVoterRow,
)
from bot.storage.sessions import Sessions

Column: TypeAlias = ColumnElement[Any] | InstrumentedAttribute[Any]

ROWS_AT_ONCE = 2000
"""How many rows of a long read arrive together; between them, others get a turn."""
_WRITTEN: Mapping[tuple[Outcome, bool], str] = {
    (Outcome.LEFT, True): "low",
    (Outcome.LEFT, False): "high",
    (Outcome.RIGHT, True): "high",
    (Outcome.RIGHT, False): "low",
    (Outcome.EQUAL, True): "equal",
    (Outcome.EQUAL, False): "equal",
    (Outcome.SKIPPED, True): "skip",
    (Outcome.SKIPPED, False): "skip",
}
"""How rows write an answer, depending on whether the entry with the smaller number is on the left."""
_READ = {(written, low_is_left): outcome for (outcome, low_is_left), written in _WRITTEN.items()}
_DUEL_COLUMNS = (
    ChallengeDuelRow.duel_id,
    ChallengeDuelRow.low_number,
    ChallengeDuelRow.high_number,
    ChallengeDuelRow.low_is_left,
    ChallengeDuelRow.outcome,
)

_CHALLENGE_ID = bindparam("this_challenge", type_=ChallengeRow.challenge_id.type)
_BALLOT_ID = bindparam("this_ballot", type_=ChallengeVoterRow.ballot_id.type)
_MEMBER_ID = bindparam("this_member", type_=ChallengeVoterRow.member_id.type)
_DUEL_ID = bindparam("this_duel", type_=ChallengeDuelRow.duel_id.type)
_NUMBER = bindparam("this_number", type_=ChallengeVoteRow.number.type)
_LOW = bindparam("this_low", type_=ChallengeDuelRow.low_number.type)
_HIGH = bindparam("this_high", type_=ChallengeDuelRow.high_number.type)

_is_open = and_(
    ChallengeRow.challenge_id == _CHALLENGE_ID,
    ChallengeRow.phase == Phase.VOTING,
    ChallengeRow.ends_at > bindparam("this_moment", type_=ChallengeRow.ends_at.type),
)
_OPEN = select(ChallengeRow.challenge_id).where(_is_open)
_open_and_locked = _OPEN.with_for_update(read=True).scalar_subquery()
"""The challenge, if its voting is open; it stays so until the transaction ends."""


def _others_entries(*numbers: ColumnElement[int]) -> ColumnElement[int]:
    """How many of these entries take part, and aren't the voter's own."""
    which = (
        ChallengeEntryRow.challenge_id == ChallengeVoterRow.challenge_id,
        ChallengeEntryRow.number.in_(numbers),
        ChallengeEntryRow.state == EntryState.ACCEPTED,
        ChallengeEntryRow.member_id != ChallengeVoterRow.member_id,
    )
    counting = select(func.count()).select_from(ChallengeEntryRow).where(*which)
    return counting.correlate(ChallengeVoterRow).scalar_subquery()


def _insert(
    row: type[Base], columns: Mapping[str, ColumnElement[Any] | InstrumentedAttribute[Any]], source: Any
) -> Any:
    """Insert what the source selects, unless a constraint forbids it: the statement for each kind of database."""
    selected = source.with_only_columns(*columns.values()).with_for_update(read=True, of=ChallengeRow)
    names = list(columns)
    return {
        "sqlite": sqlite.insert(row).from_select(names, selected).on_conflict_do_nothing(),
        "postgresql": postgresql.insert(row).from_select(names, selected).on_conflict_do_nothing(),
    }


_BALLOT = (
    select(ChallengeRow.challenge_id)
    .join(ChallengeVoterRow, ChallengeVoterRow.challenge_id == ChallengeRow.challenge_id)
    .where(_is_open, ChallengeVoterRow.ballot_id == _BALLOT_ID)
)
"""The challenge with the voter's ballot, if its voting is open."""
_NEW_BALLOT = _insert(
    ChallengeVoterRow,
    {"ballot_id": _BALLOT_ID, "challenge_id": ChallengeRow.challenge_id, "member_id": _MEMBER_ID},
    _OPEN,
)
_NEW_DUEL = _insert(
    ChallengeDuelRow,
    {
        "duel_id": _DUEL_ID,
        "challenge_id": ChallengeRow.challenge_id,
        "ballot_id": ChallengeVoterRow.ballot_id,
        "low_number": _LOW,
        "high_number": _HIGH,
        "low_is_left": bindparam("is_low_left", type_=ChallengeDuelRow.low_is_left.type),
    },
    _BALLOT.where(_others_entries(_LOW, _HIGH) == 2),
)
_ANSWER = (
    update(ChallengeDuelRow)
    .where(
        ChallengeDuelRow.duel_id == _DUEL_ID,
        ChallengeDuelRow.ballot_id == _BALLOT_ID,
        ChallengeDuelRow.outcome.is_(None),
        ChallengeDuelRow.challenge_id == _open_and_locked,
    )
    .values(outcome=bindparam("answer"))
)
_SLOTS = union_all(*(select(literal(slot).label("slot")) for slot in range(MAX_VOTES_PER_MEMBER))).subquery()
_is_taken = exists().where(ChallengeVoteRow.ballot_id == _BALLOT_ID, ChallengeVoteRow.slot == _SLOTS.c.slot)
_NEW_VOTE = _insert(
    ChallengeVoteRow,
    {
        "ballot_id": ChallengeVoterRow.ballot_id,
        "number": _NUMBER,
        "challenge_id": ChallengeRow.challenge_id,
        "slot": _SLOTS.c.slot,
    },
    _BALLOT.join(_SLOTS, _SLOTS.c.slot < ChallengeRow.votes_per_member)
    .where(_others_entries(_NUMBER) == 1, ~_is_taken)
    .order_by(_SLOTS.c.slot)
    .limit(1),
)
"""In the lowest of the voter's slots that is free."""
_TAKE_BACK = delete(ChallengeVoteRow).where(
    ChallengeVoteRow.ballot_id == _BALLOT_ID,
    ChallengeVoteRow.number == _NUMBER,
    ChallengeVoteRow.challenge_id == _open_and_locked,
)
_ITS_VOTES = select(ChallengeVoteRow.number).where(ChallengeVoteRow.ballot_id == _BALLOT_ID)
_VOTES_PER_MEMBER = select(ChallengeRow.votes_per_member).where(ChallengeRow.challenge_id == _CHALLENGE_ID)


class BallotRecords:
    """Every vote in every challenge. `now` is when a press was received: it counts if that is before the end."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def by_member(self, challenge_id: str) -> dict[int, Ballot]:
        """The ballots of everybody who has opened one in a challenge, by the member's ID."""
        voter = ChallengeVoterRow.challenge_id == challenge_id, ChallengeVoterRow.member_id.is_not(None)
        its_voter = select(ChallengeVoterRow.member_id, ChallengeVoterRow.ballot_id).where(*voter)
        shown = its_voter.outerjoin(ChallengeDuelRow, ChallengeDuelRow.ballot_id == ChallengeVoterRow.ballot_id)
        cast = its_voter.join(ChallengeVoteRow, ChallengeVoteRow.ballot_id == ChallengeVoterRow.ballot_id)
        ballot_ids: dict[int, str] = {}
        duels: defaultdict[int, list[ShownDuel]] = defaultdict(list)
        votes: defaultdict[int, set[int]] = defaultdict(set)
        async with self._sessions() as session:
            query = shown.add_columns(*_DUEL_COLUMNS).execution_options(yield_per=ROWS_AT_ONCE)
            async for rows in (await session.stream(query)).partitions():
                for member_id, ballot_id, *duel in rows:
                    ballot_ids[member_id] = ballot_id
                    if duel[0] is not None:
                        duels[member_id].append(_shown(*duel))
            for member_id, _, number in await session.execute(cast.add_columns(ChallengeVoteRow.number)):
                votes[member_id].add(number)
        return {
            member_id: Ballot(ballot_id, tuple(duels.get(member_id, ())), frozenset(votes.get(member_id, ())))
            for member_id, ballot_id in ballot_ids.items()
        }

    async def show(
        self, challenge_id: str, ballot_id: str, shown: ShownDuel, *, opened_for: int | None = None, now: datetime
    ) -> Cast:
        """Record that a voter is shown a duel.

        `ALREADY` means that they saw this pair before, that an entry doesn't take part any more, or is their own. With
        `opened_for`, the ballot is a new one of that member; if they have another, that's `ALREADY` too.
        """
        this = _this(challenge_id, ballot_id, now)
        cast = Cast.ALREADY

        async def write(connection: AsyncConnection) -> int:
            nonlocal cast
            await _open_ballot(connection, this, opened_for)
            is_shown = await _show(connection, this, shown)
            cast = Cast.COUNTED if is_shown else await _why_not(connection, this)
            return is_shown

        await self._sessions.write_together(write)
        return cast

    async def answer(
        self,
        challenge_id: str,
        ballot_id: str,
        shown: ShownDuel,
        outcome: Outcome,
        *,
        following: ShownDuel | None = None,
        now: datetime,
    ) -> tuple[Cast, bool]:
        """Record a voter's answer to a duel they were shown, and that they are shown the `following` one, if any.

        Returns whether the answer counts (`ALREADY`: the duel had an answer before, or doesn't exist any more), and
        whether the following duel is recorded: see `show`.
        """
        this = _this(challenge_id, ballot_id, now)
        written = _WRITTEN[outcome, shown.duel.left < shown.duel.right]
        cast, is_next_shown = Cast.ALREADY, False

        async def write(connection: AsyncConnection) -> int:
            nonlocal cast, is_next_shown
            is_next_shown = False
            answer = {**this, "this_duel": shown.duel_id, "answer": written}
            counted = (await connection.execute(_ANSWER, answer)).rowcount
            cast = Cast.COUNTED if counted else await _why_not(connection, this)
            if counted and following is not None:
                is_next_shown = bool(await _show(connection, this, following))
            return counted

        await self._sessions.write_together(write)
        return cast, is_next_shown

    async def vote(
        self, challenge_id: str, ballot_id: str, number: int, *, opened_for: int | None = None, now: datetime
    ) -> Cast:
        """Give a vote to an entry; `opened_for` is as for `show`.

        `ALREADY` means that it has one of theirs, doesn't take part any more, or is their own.
        """
        this = {**_this(challenge_id, ballot_id, now), "this_number": number}
        cast = Cast.ALREADY

        async def write(connection: AsyncConnection) -> int:
            nonlocal cast
            await _open_ballot(connection, this, opened_for)
            counted = (await connection.execute(_NEW_VOTE[connection.dialect.name], this)).rowcount
            cast = Cast.COUNTED if counted else await _why_not(connection, this)
            if cast is Cast.ALREADY:
                voted = set(await connection.scalars(_ITS_VOTES, this))
                limit = await connection.scalar(_VOTES_PER_MEMBER, this)
                if number not in voted and len(voted) >= (limit or 0):
                    cast = Cast.LIMIT
            return counted

        await self._sessions.write_together(write)
        return cast

    async def take_back(self, challenge_id: str, ballot_id: str, number: int, *, now: datetime) -> Cast:
        """Take a vote back from an entry. `ALREADY` means that it has none of theirs."""
        this = {**_this(challenge_id, ballot_id, now), "this_number": number}
        cast = Cast.ALREADY

        async def write(connection: AsyncConnection) -> int:
            nonlocal cast
            taken = (await connection.execute(_TAKE_BACK, this)).rowcount
            cast = Cast.COUNTED if taken else await _why_not(connection, this)
            return taken

        await self._sessions.write_together(write)
        return cast

    async def ballots(self, challenge_id: str) -> list[Ballot]:
        """All ballots of a challenge with a vote or an answered duel, by their random IDs, and their duels by numbers.

        Duels without an answer aren't votes, so they are left out.
        """
        of_challenge = ChallengeDuelRow.challenge_id == challenge_id, ChallengeDuelRow.outcome.is_not(None)
        order = ChallengeDuelRow.low_number, ChallengeDuelRow.high_number
        answered = select(ChallengeDuelRow.ballot_id, *_DUEL_COLUMNS).where(*of_challenge).order_by(*order)
        its_votes = ChallengeVoteRow.challenge_id == challenge_id
        cast = select(ChallengeVoteRow.ballot_id, ChallengeVoteRow.number).where(its_votes)
        duels, votes = defaultdict(list), defaultdict(set)
        async with self._sessions() as session:
            rows = await session.stream(answered.execution_options(yield_per=ROWS_AT_ONCE))
            async for some in rows.partitions():
                for row in some:
                    duels[row.ballot_id].append(_shown(*row[1:]))
            for ballot_id, number in await session.execute(cast):
                votes[ballot_id].add(number)
        found = sorted(duels.keys() | votes.keys())
        return [Ballot(its_id, tuple(duels.get(its_id, ())), frozenset(votes.get(its_id, ()))) for its_id in found]


def _this(challenge_id: str, ballot_id: str, now: datetime) -> dict[str, Any]:
    """The parameters of every statement about a vote."""
    return {"this_challenge": challenge_id, "this_ballot": ballot_id, "this_moment": now.astimezone(UTC)}


async def _open_ballot(connection: AsyncConnection, this: dict[str, Any], member_id: int | None) -> None:
    if member_id is not None:
        await connection.execute(_NEW_BALLOT[connection.dialect.name], {**this, "this_member": member_id})


async def _show(connection: AsyncConnection, this: dict[str, Any], shown: ShownDuel) -> int:
    left, right = shown.duel.left, shown.duel.right
    pair = {"this_low": min(left, right), "this_high": max(left, right), "is_low_left": left < right}
    row = {**this, **pair, "this_duel": shown.duel_id}
    return (await connection.execute(_NEW_DUEL[connection.dialect.name], row)).rowcount


async def _why_not(connection: AsyncConnection, this: dict[str, Any]) -> Cast:
    """Why a statement changed nothing."""
    return Cast.CLOSED if await connection.scalar(_OPEN, this) is None else Cast.ALREADY


def _shown(duel_id: str, low: int, high: int, low_is_left: bool, outcome: str | None) -> ShownDuel:
    return ShownDuel(duel_id, _duel(low, high, low_is_left, outcome))


def _duel(low: int, high: int, low_is_left: bool, outcome: str | None) -> Duel:
    left, right = (low, high) if low_is_left else (high, low)
    return Duel(left, right, None if outcome is None else _READ[outcome, low_is_left])
