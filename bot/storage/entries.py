"""The repository of entries: paintings that members have submitted to challenges."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import ColumnElement, Row, bindparam, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from bot.challenges.challenge import RUNNING_PHASES, Challenge, Phase
from bot.challenges.entry import PLACE_TAKING_STATES, Entry, EntryState, Standing
from bot.challenges.rules import check_open
from bot.errors import (
    AlreadyDecided,
    AlreadyEntered,
    BannedFromChallenge,
    ChallengeOver,
    ChallengeUnknown,
    EntryGone,
    EntryRejected,
    IsAnEntry,
    NoPlaceLeft,
    NotInHistory,
    TooLateToBan,
    TooLateToWithdraw,
)
from bot.painting.job import Job, JobKind, JobState
from bot.storage.jobs import job_of
from bot.storage.models import ChallengeBanRow, ChallengeEntryRow, ChallengeRow, JobInputRow, JobResultRow, JobRow
from bot.storage.sessions import Sessions, insert_for
from bot.storage.times import in_utc

_is_shown = JobRow.state.in_((JobState.PAINTED, JobState.DELIVERED, JobState.FAILED))
_is_painted = JobRow.results.any(JobResultRow.kind == "painting")


@dataclass(frozen=True, slots=True)
class Submission:
    """A painting that became an entry."""

    entry: Entry
    waiting: int = 0
    """How many entries moderators have to look at now, with this one; 0 if nobody reviews the challenge."""


class EntryRecords:
    """Every entry of every challenge.

    Each change locks the challenge's row first. So phases, places and decisions are checked in the transaction that
    changes the entry, and of two changes at the same time the second one sees the first.
    """

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def get(self, entry_id: str) -> Entry | None:
        """The entry with that ID, or None."""
        async with self._sessions() as session:
            row = await session.get(ChallengeEntryRow, entry_id)
        return None if row is None else _entry(row)

    async def of_challenge(
        self, challenge_id: str, *, states: Collection[EntryState] = (EntryState.ACCEPTED,)
    ) -> list[Entry]:
        """The entries of a challenge in these states, by number, or in the order of submission before they have one."""
        return await self._read(ChallengeEntryRow.challenge_id == challenge_id, ChallengeEntryRow.state.in_(states))

    async def of_member(self, challenge_id: str, member_id: int) -> list[Entry]:
        """A member's entries in a challenge, in every state."""
        return await self._read(
            ChallengeEntryRow.challenge_id == challenge_id, ChallengeEntryRow.member_id == member_id
        )

    async def of_job(self, job_id: str) -> list[Entry]:
        """The entries that this painting is, in every state."""
        return await self._read(ChallengeEntryRow.job_id == job_id)

    async def by_number(self, challenge_id: str, number: int) -> Entry | None:
        """The entry with that number, if it takes part in the challenge."""
        entries = await self._read(ChallengeEntryRow.challenge_id == challenge_id, ChallengeEntryRow.number == number)
        return next((entry for entry in entries if entry.state is EntryState.ACCEPTED), None)

    async def phase_of(self, job_id: str) -> Phase | None:
        """The phase of a challenge in which a painting takes part, if it does: an open one first, then a running one.

        In a canceled challenge, none does.
        """
        async with self._sessions() as session:
            return await _phase_of(await session.connection(), job_id)

    async def check_free(self, job_id: str, connection: AsyncConnection) -> None:
        """Check that a painting takes part in no challenge, nor can until the transaction ends. Raises `IsAnEntry`."""
        await connection.execute(select(JobRow.job_id).where(JobRow.job_id == job_id).with_for_update())
        if (phase := await _phase_of(connection, job_id)) is not None:
            raise IsAnEntry(is_open=phase is Phase.OPEN)

    async def submit(self, challenge_id: str, member_id: int, job_id: str, *, now: datetime) -> Submission:
        """Make a painting of a member an entry, in the lowest of their places that is free.

        A withdrawn one is submitted again. Raises `ChallengeUnknown`, `EntriesNotOpen`, `EntriesClosed`,
        `BannedFromChallenge`, `AlreadyEntered`, `EntryRejected`, `NoPlaceLeft`, and `NotInHistory` for a painting that
        isn't theirs or was deleted.
        """
        done: list[Submission] = []

        async def submit(connection: AsyncConnection) -> int:
            challenge = await _locked(connection, challenge_id)
            check_open(challenge.phase, challenge.opens_at, challenge.closes_at, now=now)
            of_challenge = ChallengeEntryRow.challenge_id == challenge_id
            ban = ChallengeBanRow.challenge_id == challenge_id, ChallengeBanRow.member_id == member_id
            if await connection.scalar(select(ChallengeBanRow.member_id).where(*ban)) is not None:
                raise BannedFromChallenge
            withdrawn = await _withdrawn(connection, of_challenge & (ChallengeEntryRow.job_id == job_id))
            painting = JobRow.job_id == job_id, JobRow.owner_id == member_id, _is_shown, _is_painted
            if await connection.scalar(select(JobRow.job_id).where(*painting).with_for_update(read=True)) is None:
                raise NotInHistory
            slot = await _free_slot(connection, of_challenge, member_id, limit=challenge.entries_per_member)
            state = EntryState.PENDING if challenge.is_reviewed else EntryState.ACCEPTED
            entry = Entry(challenge_id, member_id, job_id, state=state, submitted_at=now)
            if withdrawn is not None:
                entry = Entry(challenge_id, member_id, job_id, withdrawn, state, submitted_at=now)
            columns = {"state": state.value, "slot": slot, "submitted_at": now, "reason": None, "decided_by": None}
            if withdrawn is None:
                mine = {"challenge_id": challenge_id, "member_id": member_id, "job_id": job_id}
                await connection.execute(insert(ChallengeEntryRow).values(entry_id=entry.entry_id, **mine, **columns))
            else:
                again = update(ChallengeEntryRow).where(ChallengeEntryRow.entry_id == withdrawn)
                await connection.execute(again.values(**columns))
            waiting = select(func.count()).where(of_challenge, ChallengeEntryRow.state == EntryState.PENDING)
            done[:] = [Submission(entry, await connection.scalar(waiting) or 0)]
            return 1

        await self._sessions.write_together(submit)
        return done[0]

    async def withdraw(self, entry_id: str, member_id: int, *, now: datetime) -> None:
        """Withdraw a member's entry, which gives the place back. Raises `EntryGone` and `TooLateToWithdraw`."""

        async def withdraw(connection: AsyncConnection) -> int:
            entry, challenge = await _entry_and_challenge(connection, entry_id)
            if entry.member_id != member_id or entry.state not in PLACE_TAKING_STATES:
                raise EntryGone
            if challenge.phase is not Phase.OPEN or now >= challenge.closes_at:
                raise TooLateToWithdraw
            this = update(ChallengeEntryRow).where(ChallengeEntryRow.entry_id == entry_id)
            return (await connection.execute(this.values(state=EntryState.WITHDRAWN.value, slot=None))).rowcount

        await self._sessions.write_together(withdraw)

    async def decide(self, entry_id: str, *, by: int, is_accepted: bool, reason: str | None = None) -> Entry:
        """Accept or reject an entry that waits for it; return it. A rejected one gives the place back.

        Raises `EntryGone`, `AlreadyDecided` if somebody else was faster, and `ChallengeOver` if it is over.
        """
        state = EntryState.ACCEPTED if is_accepted else EntryState.REJECTED
        columns: dict[str, object] = {"state": state.value, "decided_by": by, "reason": reason}

        async def decide(connection: AsyncConnection) -> int:
            entry, challenge = await _entry_and_challenge(connection, entry_id)
            if entry.state != EntryState.PENDING:
                raise AlreadyDecided(EntryState(entry.state).value, entry.decided_by)
            if challenge.phase not in RUNNING_PHASES:
                raise ChallengeOver(challenge.title)
            place = {} if is_accepted else {"slot": None}
            this = update(ChallengeEntryRow).where(ChallengeEntryRow.entry_id == entry_id)
            return (await connection.execute(this.values(**columns, **place))).rowcount

        await self._sessions.write_together(decide)
        entry = await self.get(entry_id)
        if entry is None:
            raise EntryGone
        return entry

    async def ban(self, challenge_id: str, member_id: int, *, by: int) -> int:
        """Reject all of a member's entries, and refuse more; return how many are rejected.

        Raises `ChallengeUnknown`, and `TooLateToBan` once voting has opened.
        """

        async def ban(connection: AsyncConnection) -> int:
            challenge = await _locked(connection, challenge_id)
            if challenge.phase not in {Phase.SCHEDULED, Phase.OPEN}:
                raise TooLateToBan
            new_row = insert_for(connection)
            banned = new_row(ChallengeBanRow).values(challenge_id=challenge_id, member_id=member_id)
            await connection.execute(banned.on_conflict_do_nothing())
            theirs = ChallengeEntryRow.challenge_id == challenge_id, ChallengeEntryRow.member_id == member_id
            taking = update(ChallengeEntryRow).where(*theirs, ChallengeEntryRow.state.in_(PLACE_TAKING_STATES))
            rejected = taking.values(state=EntryState.REJECTED.value, slot=None, decided_by=by)
            return (await connection.execute(rejected)).rowcount

        return await self._sessions.write_together(ban)

    async def is_banned(self, challenge_id: str, member_id: int) -> bool:
        """Whether a member may not enter a challenge."""
        async with self._sessions() as session:
            return await session.get(ChallengeBanRow, (challenge_id, member_id)) is not None

    async def fitting(self, challenge: Challenge, member_id: int, *, limit: int) -> list[Job]:
        """A member's latest paintings that follow a challenge's rules and aren't its entries, newest first."""
        its = ChallengeEntryRow.challenge_id == challenge.challenge_id, ChallengeEntryRow.state != EntryState.WITHDRAWN
        query = select(JobRow).where(
            JobRow.owner_id == member_id,
            JobRow.kind == JobKind.PAINTING,
            _is_shown,
            _is_painted,
            JobRow.files_deleted_at.is_(None),
            JobRow.job_id.not_in(select(ChallengeEntryRow.job_id).where(*its)),
        )
        if challenge.recipe_name is not None:
            query = query.where(JobRow.recipe_name == challenge.recipe_name)
        for picture in challenge.fixed:
            others = (JobInputRow.role == picture.role) & (JobInputRow.position > 0)
            same = (JobInputRow.role == picture.role) & (JobInputRow.sha256 == picture.sha256)
            query = query.where(JobRow.inputs.any(same), ~JobRow.inputs.any(others))
        async with self._sessions() as session:
            rows = await session.scalars(query.order_by(JobRow.created_at.desc(), JobRow.job_id).limit(limit))
            return [job_of(row) for row in rows.unique()]

    async def count(self, challenge_id: str, *, state: EntryState = EntryState.ACCEPTED) -> int:
        """How many entries of a challenge are in this state; by default, how many take part by now."""
        which = ChallengeEntryRow.challenge_id == challenge_id, ChallengeEntryRow.state == state
        async with self._sessions() as session:
            return await session.scalar(select(func.count()).select_from(ChallengeEntryRow).where(*which)) or 0

    async def number(self, challenge_id: str, *, session: AsyncSession) -> int:
        """Accept what nobody has reviewed, and number all accepted entries in random order; return how many there are.

        Part of the transaction of `session`.
        """
        its = ChallengeEntryRow.challenge_id == challenge_id
        connection = await session.connection()
        pending = its, ChallengeEntryRow.state == EntryState.PENDING
        await connection.execute(update(ChallengeEntryRow).where(*pending).values(state=EntryState.ACCEPTED.value))
        accepted = its, ChallengeEntryRow.state == EntryState.ACCEPTED
        found = list(await connection.scalars(select(ChallengeEntryRow.entry_id).where(*accepted)))
        secrets.SystemRandom().shuffle(found)
        if found:
            numbering = update(ChallengeEntryRow).where(ChallengeEntryRow.entry_id == bindparam("its_id"))
            numbers = [{"its_id": entry_id, "its_number": number} for number, entry_id in enumerate(found, start=1)]
            await connection.execute(numbering.values(number=bindparam("its_number")), numbers)
        return len(found)

    async def _read(self, *which: ColumnElement[bool]) -> list[Entry]:
        order = ChallengeEntryRow.number, ChallengeEntryRow.submitted_at, ChallengeEntryRow.entry_id
        async with self._sessions() as session:
            return [
                _entry(row) for row in await session.scalars(select(ChallengeEntryRow).where(*which).order_by(*order))
            ]


def _entry(row: ChallengeEntryRow) -> Entry:
    columns = {field.name: getattr(row, field.name) for field in fields(Entry) if field.name != "standing"}
    columns |= {"state": EntryState(row.state), "submitted_at": in_utc(row.submitted_at)}
    figures = {field.name: getattr(row, field.name) for field in fields(Standing)}
    return Entry(**columns, standing=None if row.place is None else Standing(**figures))


@dataclass(frozen=True, slots=True)
class _Rules:
    """What decides about changes of a challenge's entries."""

    title: str
    phase: Phase
    opens_at: datetime
    closes_at: datetime
    entries_per_member: int
    is_reviewed: bool


async def _phase_of(connection: AsyncConnection, job_id: str) -> Phase | None:
    its_challenge = ChallengeEntryRow.challenge_id == ChallengeRow.challenge_id
    query = select(ChallengeRow.phase).join(ChallengeEntryRow, its_challenge)
    takes_part = ChallengeEntryRow.job_id == job_id, ChallengeEntryRow.state.in_(PLACE_TAKING_STATES)
    found = await connection.scalars(query.where(*takes_part, ChallengeRow.phase != Phase.CANCELED))
    phases = [Phase(phase) for phase in found]
    return min(phases, key=lambda phase: (phase is not Phase.OPEN, phase not in RUNNING_PHASES), default=None)


async def _locked(connection: AsyncConnection, challenge_id: str) -> _Rules:
    """The rules of a challenge, which nothing changes until the transaction ends. Raises `ChallengeUnknown`."""
    columns = (
        ChallengeRow.title,
        ChallengeRow.phase,
        ChallengeRow.opens_at,
        ChallengeRow.closes_at,
        ChallengeRow.entries_per_member,
        ChallengeRow.is_reviewed,
    )
    this = select(*columns).where(ChallengeRow.challenge_id == challenge_id)
    row = (await connection.execute(this.with_for_update())).one_or_none()
    if row is None:
        raise ChallengeUnknown
    title, phase, opens_at, closes_at, entries_per_member, is_reviewed = row
    return _Rules(title, Phase(phase), in_utc(opens_at), in_utc(closes_at), entries_per_member, is_reviewed)


async def _entry_and_challenge(connection: AsyncConnection, entry_id: str) -> tuple[Row[int, str, int | None], _Rules]:
    """An entry as it is once its challenge is locked: member, state, moderator; and the challenge.

    Raises `EntryGone`.
    """
    this = ChallengeEntryRow.entry_id == entry_id
    challenge_id = await connection.scalar(select(ChallengeEntryRow.challenge_id).where(this))
    if challenge_id is None:
        raise EntryGone
    challenge = await _locked(connection, challenge_id)
    columns = ChallengeEntryRow.member_id, ChallengeEntryRow.state, ChallengeEntryRow.decided_by
    entry = (await connection.execute(select(*columns).where(this))).one_or_none()
    if entry is None:
        raise EntryGone
    return entry, challenge


async def _withdrawn(connection: AsyncConnection, which: ColumnElement[bool]) -> str | None:
    """The ID of the entry that a painting was before it was withdrawn, if any.

    Raises `AlreadyEntered` and `EntryRejected`.
    """
    columns = ChallengeEntryRow.entry_id, ChallengeEntryRow.state
    entry = (await connection.execute(select(*columns).where(which))).one_or_none()
    if entry is None:
        return None
    if entry.state in PLACE_TAKING_STATES:
        raise AlreadyEntered
    if entry.state == EntryState.REJECTED:
        raise EntryRejected
    return str(entry.entry_id)


async def _free_slot(
    connection: AsyncConnection, of_challenge: ColumnElement[bool], member_id: int, *, limit: int
) -> int:
    """The lowest of a member's places in a challenge that no entry takes. Raises `NoPlaceLeft`."""
    theirs = of_challenge, ChallengeEntryRow.member_id == member_id, ChallengeEntryRow.slot.is_not(None)
    taken = set(await connection.scalars(select(ChallengeEntryRow.slot).where(*theirs)))
    free = next((slot for slot in range(limit) if slot not in taken), None)
    if free is None:
        raise NoPlaceLeft(limit)
    return free
