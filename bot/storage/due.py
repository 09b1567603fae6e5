"""The repository of scheduled entries: what is due when, and which process runs it."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.storage.leases import LEASE_SECONDS, UNLEASED
from bot.storage.models import DueRow
from bot.storage.sessions import Sessions, insert_for
from bot.storage.times import database_time, in_utc


@dataclass(frozen=True, slots=True)
class DueEntry:
    """Something that happens at a certain time; `kind` and `key` name it."""

    kind: str
    key: str
    due_at: datetime
    payload: Mapping[str, Any] = field(default_factory=dict)
    """What its handler needs to know; any JSON object."""
    attempts: int = 0
    """How often it has been started, including this time."""
    revision: str = field(default_factory=lambda: uuid.uuid4().hex)


class DueRecords:
    """All entries that aren't done yet. Leases use the database's clock, so no two machines' clocks have to agree."""

    def __init__(self, sessions: Sessions) -> None:
        self.owner = uuid.uuid4().hex
        """ID of this process, as rows name it."""
        self._sessions = sessions

    async def put(self, entry: DueEntry, *, session: AsyncSession | None = None) -> None:
        """Add an entry, or replace the one with the same kind and key; with `session`, in its transaction.

        A process that runs the old one keeps its lease, so that both never run at the same time.
        """
        if session is not None:
            await _put(entry, session)
            return
        async with self._sessions.begin() as own:
            await _put(entry, own)

    async def get(self, kind: str, key: str) -> DueEntry | None:
        """The entry with that kind and key, or None."""
        async with self._sessions() as session:
            row = await session.get(DueRow, (kind, key))
        return None if row is None else _entry(row)

    async def cancel(self, kind: str, key: str) -> bool:
        """Delete an entry, and return whether there was one."""
        return bool(await self._sessions.write(delete(DueRow).where(DueRow.kind == kind, DueRow.key == key)))

    async def keys(self, kind: str, *, prefix: str) -> list[str]:
        """The keys of that kind that begin with the prefix."""
        these = DueRow.kind == kind, DueRow.key.startswith(prefix, autoescape=True)
        async with self._sessions() as session:
            return list(await session.scalars(select(DueRow.key).where(*these).order_by(DueRow.key)))

    async def upcoming(self, kinds: Collection[str], *, limit: int) -> list[DueEntry]:
        """The next entries of these kinds that no process runs, the earliest first."""
        query = select(DueRow).where(DueRow.kind.in_(kinds), _is_free())
        async with self._sessions() as session:
            rows = await session.scalars(query.order_by(DueRow.due_at, DueRow.kind, DueRow.key).limit(limit))
            return [_entry(row) for row in rows]

    async def claim(self, entry: DueEntry) -> bool:
        """Lease an entry to this process and count the attempt, unless it changed or another process was faster."""
        claiming = update(DueRow).where(_same(entry), _is_free())
        return bool(await self._sessions.write(claiming.values(**self._lease, attempts=entry.attempts + 1)))

    async def renew(self) -> None:
        """Extend all leases of this process."""
        await self._sessions.write(update(DueRow).where(DueRow.lease_owner == self.owner).values(**self._lease))

    async def complete(self, entry: DueEntry) -> None:
        """Delete an entry that is done, unless it was replaced in the meantime."""
        if not await self._sessions.write(delete(DueRow).where(_same(entry))):
            await self._release(_named(entry))

    async def postpone(self, entry: DueEntry, due_at: datetime, *, attempts: int) -> None:
        """Reschedule an entry that this process has run, unless it was replaced in the meantime."""
        later = {"due_at": due_at.astimezone(UTC), "attempts": attempts, "revision": uuid.uuid4().hex, **UNLEASED}
        mine = _same(entry), DueRow.lease_owner == self.owner
        if not await self._sessions.write(update(DueRow).where(*mine).values(**later)):
            await self._release(_named(entry))

    async def reschedule_failed(self, kinds: Collection[str], due_at: datetime) -> None:
        """Move all entries that have failed before to this time, if they are due later."""
        moment = due_at.astimezone(UTC)
        late = DueRow.kind.in_(kinds), DueRow.attempts > 0, DueRow.due_at > moment
        await self._sessions.write(update(DueRow).where(*late).values(due_at=moment))

    async def release_all(self) -> None:
        """Leave all entries of this process to other processes, or to its successor."""
        await self._release()

    @property
    def _lease(self) -> dict[str, Any]:
        return {"lease_owner": self.owner, "leased_until": database_time(LEASE_SECONDS)}

    async def _release(self, *which: ColumnElement[bool]) -> None:
        releasing = update(DueRow).where(DueRow.lease_owner == self.owner, *which)
        await self._sessions.write(releasing.values(UNLEASED))


async def _put(entry: DueEntry, session: AsyncSession) -> None:
    values = {
        "revision": entry.revision,
        "due_at": entry.due_at.astimezone(UTC),
        "payload": dict(entry.payload),
        "attempts": entry.attempts,
    }
    connection = await session.connection()
    insert = insert_for(connection)
    new = insert(DueRow).values(kind=entry.kind, key=entry.key, **values)
    await session.execute(new.on_conflict_do_update(index_elements=[DueRow.kind, DueRow.key], set_=values))


def _is_free() -> ColumnElement[bool]:
    return or_(DueRow.lease_owner.is_(None), DueRow.leased_until < database_time(0))


def _named(entry: DueEntry) -> ColumnElement[bool]:
    return (DueRow.kind == entry.kind) & (DueRow.key == entry.key)


def _same(entry: DueEntry) -> ColumnElement[bool]:
    return _named(entry) & (DueRow.revision == entry.revision)


def _entry(row: DueRow) -> DueEntry:
    return DueEntry(row.kind, row.key, in_utc(row.due_at), row.payload, row.attempts, row.revision)
