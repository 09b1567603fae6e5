"""Leases on jobs: which process works on a job, and until when no other process may."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Mapping
from typing import Any, Self

import structlog
from sqlalchemy import ColumnElement, or_, select, update

from bot.errors import DatabaseAway
from bot.storage.models import JobRow
from bot.storage.sessions import Sessions
from bot.storage.times import database_time

log = structlog.get_logger()

LEASE_SECONDS = 90
"""How long something stays with a process that doesn't renew its lease, such as one that was killed."""
UNLEASED = {"lease_owner": None, "leased_until": None}
RENEWAL_SECONDS = 30.0
"""Two renewals can fail before another process treats the jobs as abandoned."""


class Leases:
    """This process's leases on jobs: renewed while it is entered, and released at the end.

    The statement that accepts or resumes a job also leases it, and the one that settles it ends the lease. All times
    are by the database's clock, so no two machines' clocks have to agree.

    Today one bot locks its database (`bot/storage/lock.py`), so it may resume every job that it finds there, leased or
    not: `JobRecords.lease_unsettled(even_leased=True)`. Several machines that share a database without that lock can
    rely on the leases alone: `even_leased=False` takes only jobs that no process works on any more, each for one
    process, and `is_writable` keeps a process that has lost a lease from writing to the job.
    """

    def __init__(self, sessions: Sessions, *, renewal_seconds: float = RENEWAL_SECONDS) -> None:
        self.owner = uuid.uuid4().hex
        self._sessions = sessions
        self._renewal_seconds = renewal_seconds
        self._renewing: asyncio.Task[None] | None = None
        self.has_all = False
        """Whether this process has leased every unsettled job: from then on, any other lease is another bot's."""

    async def __aenter__(self) -> Self:
        self._renewing = asyncio.create_task(self._keep_renewing())
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        if self._renewing is not None:
            self._renewing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._renewing
        with contextlib.suppress(DatabaseAway):  # they expire by themselves
            await self.release()

    @property
    def columns(self) -> Mapping[str, Any]:
        """The columns of a row that is leased to this process from now on."""
        return {"lease_owner": self.owner, "leased_until": database_time(LEASE_SECONDS)}

    @property
    def is_free(self) -> ColumnElement[bool]:
        """Whether nobody works on a row's job: it was never leased, or its lease was released or has expired."""
        return or_(JobRow.lease_owner.is_(None), JobRow.leased_until < database_time(0))

    @property
    def is_writable(self) -> ColumnElement[bool]:
        """Whether this process may write to a row: no other process has leased the job, even if the lease expired."""
        return or_(JobRow.lease_owner.is_(None), JobRow.lease_owner == self.owner)

    async def renew(self) -> None:
        """Extend all leases of this process, in one statement."""
        await self._sessions.write(update(JobRow).where(self._own).values(leased_until=database_time(LEASE_SECONDS)))

    async def release(self) -> None:
        """Leave all jobs of this process to the next one that resumes them."""
        await self._sessions.write(update(JobRow).where(self._own).values(UNLEASED))

    async def are_undisturbed(self) -> bool:
        """Whether no other bot has touched an unsettled job since this one leased all of them."""
        if not self.has_all:
            return True
        others = select(JobRow.job_id).where(JobRow.settled.is_(False), JobRow.lease_owner.is_distinct_from(self.owner))
        async with self._sessions() as session:
            return await session.scalar(others.limit(1)) is None

    @property
    def _own(self) -> ColumnElement[bool]:
        return JobRow.settled.is_(False) & (JobRow.lease_owner == self.owner)

    async def _keep_renewing(self) -> None:
        while True:
            await asyncio.sleep(self._renewal_seconds)
            try:
                await self.renew()
            except DatabaseAway:
                pass  # logged already, and there will be another renewal
            except Exception:
                log.exception("leases.not_renewed")
