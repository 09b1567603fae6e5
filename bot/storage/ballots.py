"""The repository of votes: anonymous ballots, the duels that voters were shown, and the favorites they chose.

Each vote is one statement that also checks the challenge's phase, so it counts exactly if that statement says so. On
PostgreSQL it locks the challenge's row against changes: what ends the voting changes the row first and counts then, so
it waits for every vote that counts. SQLite writes one transaction after another anyway.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, delete, exists, func, literal, or_, select, union_all, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from bot.challenges.ballot import Ballot, Cast, ShownDuel
from bot.challenges.challenge import MAX_VOTES_PER_MEMBER, Phase
from bot.challenges.duel import Duel, Outcome
from bot.challenges.entry import EntryState
from bot.storage.models import ChallengeDuelRow, ChallengeEntryRow, ChallengeRow, ChallengeVoteRow, ChallengeVoterRow
from bot.storage.sessions import Sessions

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
_SLOTS = union_all(*(select(literal(slot).label("slot")) for slot in range(MAX_VOTES_PER_MEMBER))).subquery()


class BallotRecords:
    """Every vote in every challenge. `now` is when a press was received: it counts if that is before the end."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def ballot_of(self, challenge_id: str, member_id: int) -> Ballot | None:
        """A member's ballot; None before their first vote."""
        theirs = ChallengeVoterRow.challenge_id == challenge_id, ChallengeVoterRow.member_id == member_id
        async with self._sessions() as session:
            ballot_id = await session.scalar(select(ChallengeVoterRow.ballot_id).where(*theirs))
            if ballot_id is None:
                return None
            shown = select(*_DUEL_COLUMNS).where(ChallengeDuelRow.ballot_id == ballot_id)
            votes = select(ChallengeVoteRow.number).where(ChallengeVoteRow.ballot_id == ballot_id)
            duels = tuple(_shown(*row) for row in await session.execute(shown))
            return Ballot(ballot_id, duels, frozenset(await session.scalars(votes)))

    async def open(self, challenge_id: str, member_id: int, *, now: datetime) -> str | None:
        """Give a member a ballot, unless they have one; return its ID, or None if voting is closed."""
        opened: list[str | None] = []

        async def write(connection: AsyncConnection) -> int:
            row = select(
                literal(uuid.uuid4().hex, ChallengeVoterRow.ballot_id.type),
                ChallengeRow.challenge_id,
                literal(member_id, ChallengeVoterRow.member_id.type),
            ).where(*_is_open(challenge_id, now))
            new = _insert(connection, ChallengeVoterRow).from_select(["ballot_id", "challenge_id", "member_id"], row)
            made = (await connection.execute(new.on_conflict_do_nothing())).rowcount
            theirs = ChallengeVoterRow.challenge_id == challenge_id, ChallengeVoterRow.member_id == member_id
            opened[:] = [await connection.scalar(select(ChallengeVoterRow.ballot_id).where(*theirs))]
            return made

        await self._sessions.write_together(write)
        return opened[0]

    async def show(self, challenge_id: str, ballot_id: str, shown: ShownDuel, *, now: datetime) -> Cast:
        """Record that a voter is shown a duel.

        `ALREADY` means that they saw this pair before, that an entry doesn't take part any more, or is their own.
        """
        cast = Cast.ALREADY

        async def write(connection: AsyncConnection) -> int:
            nonlocal cast
            if is_shown := await _show(connection, challenge_id, ballot_id, shown, now):
                cast = Cast.COUNTED
            else:
                cast = await _why_not(connection, challenge_id, now)
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
        written = _WRITTEN[outcome, shown.duel.left < shown.duel.right]
        this = ChallengeDuelRow.duel_id == shown.duel_id, ChallengeDuelRow.ballot_id == ballot_id
        answer = update(ChallengeDuelRow).where(
            *this, ChallengeDuelRow.outcome.is_(None), ChallengeDuelRow.challenge_id == _open(challenge_id, now)
        )
        cast, is_next_shown = Cast.ALREADY, False

        async def write(connection: AsyncConnection) -> int:
            nonlocal cast, is_next_shown
            is_next_shown = False
            counted = (await connection.execute(answer.values(outcome=written))).rowcount
            if not counted:
                cast = await _why_not(connection, challenge_id, now)
                return 0
            cast = Cast.COUNTED
            if following is not None:
                is_next_shown = bool(await _show(connection, challenge_id, ballot_id, following, now))
            return counted

        await self._sessions.write_together(write)
        return cast, is_next_shown

    async def vote(self, challenge_id: str, ballot_id: str, number: int, *, now: datetime) -> Cast:
        """Give a vote to an entry. `ALREADY` means that it has one of theirs, is gone, or is their own."""
        its_votes = ChallengeVoteRow.ballot_id == ballot_id
        is_taken = exists().where(its_votes, ChallengeVoteRow.slot == _SLOTS.c.slot)
        free = (
            select(
                ChallengeVoterRow.ballot_id,
                literal(number, ChallengeVoteRow.number.type),
                ChallengeRow.challenge_id,
                _SLOTS.c.slot,
            )
            .select_from(ChallengeRow)
            .join(ChallengeVoterRow, ChallengeVoterRow.challenge_id == ChallengeRow.challenge_id)
            .join(_SLOTS, _SLOTS.c.slot < ChallengeRow.votes_per_member)
            .where(*_is_open(challenge_id, now), ChallengeVoterRow.ballot_id == ballot_id)
            .where(_others_entries(number) == 1, ~is_taken)
            .order_by(_SLOTS.c.slot)
            .limit(1)
            .with_for_update(read=True, of=ChallengeRow)
        )
        cast = Cast.ALREADY

        async def write(connection: AsyncConnection) -> int:
            nonlocal cast
            columns = ["ballot_id", "number", "challenge_id", "slot"]
            new = _insert(connection, ChallengeVoteRow).from_select(columns, free).on_conflict_do_nothing()
            if counted := (await connection.execute(new)).rowcount:
                cast = Cast.COUNTED
                return counted
            cast = await _why_not(connection, challenge_id, now)
            if cast is Cast.ALREADY:
                voted = set(await connection.scalars(select(ChallengeVoteRow.number).where(its_votes)))
                its = ChallengeRow.challenge_id == challenge_id
                limit = await connection.scalar(select(ChallengeRow.votes_per_member).where(its)) or 0
                if number not in voted and len(voted) >= limit:
                    cast = Cast.LIMIT
            return 0

        await self._sessions.write_together(write)
        return cast

    async def take_back(self, challenge_id: str, ballot_id: str, number: int, *, now: datetime) -> Cast:
        """Take a vote back from an entry. `ALREADY` means that it has none of theirs."""
        this = ChallengeVoteRow.ballot_id == ballot_id, ChallengeVoteRow.number == number
        taking = delete(ChallengeVoteRow).where(*this, ChallengeVoteRow.challenge_id == _open(challenge_id, now))
        cast = Cast.ALREADY

        async def write(connection: AsyncConnection) -> int:
            nonlocal cast
            taken = (await connection.execute(taking)).rowcount
            cast = Cast.COUNTED if taken else await _why_not(connection, challenge_id, now)
            return taken

        await self._sessions.write_together(write)
        return cast

    async def duels(self, challenge_id: str, *, session: AsyncSession | None = None) -> list[Duel]:
        """All duels that voters of a challenge were shown; with `session`, as its transaction sees them."""
        query = select(*_DUEL_COLUMNS).where(ChallengeDuelRow.challenge_id == challenge_id)
        duels: list[Duel] = []
        async with self._reading(session) as reading:
            rows = await reading.stream(query.execution_options(yield_per=ROWS_AT_ONCE))
            async for some in rows.partitions():
                duels += [_shown(*row).duel for row in some]
        return duels

    async def ballots(self, challenge_id: str, *, session: AsyncSession | None = None) -> list[Ballot]:
        """All ballots of a challenge with a vote or an answered duel, by their random IDs, and their duels by numbers.

        With `session`, as its transaction sees them. Duels without an answer aren't votes, so they are left out.
        """
        of_challenge = ChallengeDuelRow.challenge_id == challenge_id, ChallengeDuelRow.outcome.is_not(None)
        order = ChallengeDuelRow.low_number, ChallengeDuelRow.high_number
        answered = select(ChallengeDuelRow.ballot_id, *_DUEL_COLUMNS).where(*of_challenge).order_by(*order)
        its_votes = ChallengeVoteRow.challenge_id == challenge_id
        cast = select(ChallengeVoteRow.ballot_id, ChallengeVoteRow.number).where(its_votes)
        duels, votes = defaultdict(list), defaultdict(set)
        async with self._reading(session) as reading:
            rows = await reading.stream(answered.execution_options(yield_per=ROWS_AT_ONCE))
            async for some in rows.partitions():
                for row in some:
                    duels[row.ballot_id].append(_shown(*row[1:]))
            for ballot_id, number in await reading.execute(cast):
                votes[ballot_id].add(number)
        found = sorted(duels.keys() | votes.keys())
        return [Ballot(its_id, tuple(duels.get(its_id, ())), frozenset(votes.get(its_id, ()))) for its_id in found]

    async def votes(self, challenge_id: str, *, session: AsyncSession | None = None) -> dict[int, int]:
        """How many votes each entry of a challenge has, by number; entries without any are missing."""
        number = ChallengeVoteRow.number
        its_votes = ChallengeVoteRow.challenge_id == challenge_id
        query = select(number, func.count()).where(its_votes).group_by(number)
        async with self._reading(session) as reading:
            return dict(list(await reading.execute(query)))

    async def count_voters(self, challenge_id: str, *, session: AsyncSession | None = None) -> int:
        """How many members have cast a vote in a challenge."""
        answered = ChallengeDuelRow.ballot_id == ChallengeVoterRow.ballot_id, ChallengeDuelRow.outcome.is_not(None)
        voted = ChallengeVoteRow.ballot_id == ChallengeVoterRow.ballot_id
        has_voted = or_(exists().where(*answered), exists().where(voted))
        which = ChallengeVoterRow.challenge_id == challenge_id, has_voted
        async with self._reading(session) as reading:
            return await reading.scalar(select(func.count()).select_from(ChallengeVoterRow).where(*which)) or 0

    @asynccontextmanager
    async def _reading(self, session: AsyncSession | None) -> AsyncIterator[AsyncSession]:
        if session is not None:
            yield session
            return
        async with self._sessions() as own:
            yield own


def _is_open(challenge_id: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        ChallengeRow.challenge_id == challenge_id,
        ChallengeRow.phase == Phase.VOTING,
        ChallengeRow.ends_at > now.astimezone(UTC),
    )


def _open(challenge_id: str, now: datetime) -> ColumnElement[str]:
    """The ID of a challenge whose voting is open, and stays so until the transaction ends."""
    its_id = select(ChallengeRow.challenge_id).where(*_is_open(challenge_id, now))
    return its_id.with_for_update(read=True).scalar_subquery()


def _others_entries(*numbers: int) -> ColumnElement[int]:
    """How many of these entries take part, and aren't the voter's own."""
    which = (
        ChallengeEntryRow.challenge_id == ChallengeVoterRow.challenge_id,
        ChallengeEntryRow.number.in_(numbers),
        ChallengeEntryRow.state == EntryState.ACCEPTED,
        ChallengeEntryRow.member_id != ChallengeVoterRow.member_id,
    )
    counting = select(func.count()).select_from(ChallengeEntryRow).where(*which)
    return counting.correlate(ChallengeVoterRow).scalar_subquery()


async def _show(connection: AsyncConnection, challenge_id: str, ballot_id: str, shown: ShownDuel, now: datetime) -> int:
    left, right = shown.duel.left, shown.duel.right
    columns = {
        "duel_id": literal(shown.duel_id, ChallengeDuelRow.duel_id.type),
        "challenge_id": ChallengeRow.challenge_id,
        "ballot_id": ChallengeVoterRow.ballot_id,
        "low_number": literal(min(left, right), ChallengeDuelRow.low_number.type),
        "high_number": literal(max(left, right), ChallengeDuelRow.high_number.type),
        "low_is_left": literal(left < right, ChallengeDuelRow.low_is_left.type),
    }
    row = (
        select(*columns.values())
        .select_from(ChallengeRow)
        .join(ChallengeVoterRow, ChallengeVoterRow.challenge_id == ChallengeRow.challenge_id)
        .where(*_is_open(challenge_id, now), ChallengeVoterRow.ballot_id == ballot_id)
        .where(_others_entries(left, right) == 2)
        .with_for_update(read=True, of=ChallengeRow)
    )
    new = _insert(connection, ChallengeDuelRow).from_select(list(columns), row).on_conflict_do_nothing()
    return (await connection.execute(new)).rowcount


async def _why_not(connection: AsyncConnection, challenge_id: str, now: datetime) -> Cast:
    """Why a statement changed nothing."""
    is_open = await connection.scalar(select(ChallengeRow.challenge_id).where(*_is_open(challenge_id, now)))
    return Cast.CLOSED if is_open is None else Cast.ALREADY


def _insert(
    connection: AsyncConnection, table: type[ChallengeVoterRow | ChallengeDuelRow | ChallengeVoteRow]
) -> sqlite.Insert | postgresql.Insert:
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def _shown(duel_id: str, low: int, high: int, low_is_left: bool, outcome: str | None) -> ShownDuel:
    left, right = (low, high) if low_is_left else (high, low)
    return ShownDuel(duel_id, Duel(left, right, None if outcome is None else _READ[outcome, low_is_left]))
