"""The repository of what is due when: entries that wait, and which process runs one."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from bot.storage.models import DueRow
from bot.storage.times import database_time, in_utc
from bot.storage.writer import Sessions

LEASE_SECONDS = 90
"""How long an entry stays with a process that doesn't renew its lease, such as one that was killed."""
_RELEASED = {"lease_owner": None, "leased_until": None}


@dataclass(frozen=True, slots=True)
class DueEntry:
    """Something that happens at a certain time; `kind` and `key` name it."""

    kind: str
    key: str
    due_at: datetime
    payload: Mapping[str, Any] = field(default_factory=dict)
    """What its handler needs to know, as JSON has it."""
    attempts: int = 0
    """How often it has been started, this time included."""
    revision: str = field(default_factory=lambda: uuid.uuid4().hex)


class DueRecords:
    """Every entry that hasn't been done yet. Leases are by the database's own time, so no two clocks have to agree."""

    def __init__(self, sessions: Sessions) -> None:
        self.owner = uuid.uuid4().hex
        """ID of this process, as rows name it."""
        self._sessions = sessions

    async def put(self, entry: DueEntry, *, session: AsyncSession | None = None) -> None:
        """Add an entry, or replace the one of that kind and key; with `session`, in its transaction.

        A process that runs the former one keeps its lease, so that the two never run at the same time.
        """
        if session is not None:
            await _put(entry, session)
            return
        async with self._sessions.begin() as own:
            await _put(entry, own)

    async def get(self, kind: str, key: str) -> DueEntry | None:
        """The entry of that kind and key, or None."""
        async with self._sessions() as session:
            row = await session.get(DueRow, (kind, key))
        return None if row is None else _entry(row)

    async def cancel(self, kind: str, key: str) -> bool:
        """Delete an entry; whether there was one."""
        return bool(await self._sessions.write(delete(DueRow).where(DueRow.kind == kind, DueRow.key == key)))

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
        """Delete an entry that is done; one that was replaced meanwhile stays."""
        if not await self._sessions.write(delete(DueRow).where(_same(entry))):
            await self._release(_named(entry))

    async def postpone(self, entry: DueEntry, due_at: datetime, *, attempts: int) -> None:
        """Let an entry that this process has run be due again later; one that was replaced meanwhile is left alone."""
        later = {"due_at": due_at.astimezone(UTC), "attempts": attempts, "revision": uuid.uuid4().hex, **_RELEASED}
        mine = _same(entry), DueRow.lease_owner == self.owner
        if not await self._sessions.write(update(DueRow).where(*mine).values(**later)):
            await self._release(_named(entry))

    async def hasten_failed(self, kinds: Collection[str], due_at: datetime) -> None:
        """Let all entries that have failed before be due then, if they would be due later."""
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
        await self._sessions.write(releasing.values(**_RELEASED))


async def _put(entry: DueEntry, session: AsyncSession) -> None:
    values = {
        "revision": entry.revision,
        "due_at": entry.due_at.astimezone(UTC),
        "payload": dict(entry.payload),
        "attempts": entry.attempts,
    }
    connection = await session.connection()
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
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
