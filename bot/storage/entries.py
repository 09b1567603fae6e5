"""The repository of entries: paintings that members have submitted to challenges."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import fields

from sqlalchemy import ColumnElement, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.challenges.entry import Entry, EntryState, Standing
from bot.storage.models import ChallengeEntryRow
from bot.storage.sessions import Sessions
from bot.storage.times import in_utc


class EntryRecords:
    """Every entry of every challenge."""

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

    async def count(self, challenge_id: str) -> int:
        """How many entries take part in a challenge by now."""
        which = ChallengeEntryRow.challenge_id == challenge_id, ChallengeEntryRow.state == EntryState.ACCEPTED
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
