"""Leases: which process works on a job, and until when no other may."""

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
from bot.storage.times import database_time
from bot.storage.writer import Sessions

log = structlog.get_logger()

LEASE_SECONDS = 90
RENEWAL_SECONDS = 30.0
"""Two renewals may fail before anybody takes the jobs for abandoned."""


class Leases:
    """This process's leases. It renews them while it is entered, and gives up what is left of them at the end.

    A job is leased in the very statement that accepts or resumes it, and its lease ends in the one that settles it.
    All times are the database's own, so no two clocks have to agree.

    Today one bot holds its database (`bot/storage/lock.py`) and so may resume whatever it finds there, leased or not:
    `JobRecords.lease_unsettled(even_leased=True)`. Several machines that share a database without that lock can stand
    on the leases alone: `even_leased=False` takes only jobs that nobody works on any more, each for one process, and
    `not_anothers` keeps a process that has lost a lease from writing to the job.
    """

    def __init__(self, sessions: Sessions) -> None:
        self.owner = uuid.uuid4().hex
        self._sessions = sessions
        self._renewing: asyncio.Task[None] | None = None
        self.has_all = False
        """Whether every unsettled job was leased to this process: from then on, any other lease is another bot's."""

    async def __aenter__(self) -> Self:
        self._renewing = asyncio.create_task(self._renew_again_and_again())
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        if self._renewing is not None:
            self._renewing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._renewing
        with contextlib.suppress(DatabaseAway):  # they run out by themselves
            await self.give_up()

    @property
    def columns(self) -> Mapping[str, Any]:
        """What a row says from now on that is leased to this process."""
        return {"lease_owner": self.owner, "leased_until": database_time(LEASE_SECONDS)}

    @property
    def is_free(self) -> ColumnElement[bool]:
        """Whether nobody works on a row's job: it never had a lease, or that was given up or has run out."""
        return or_(JobRow.lease_owner.is_(None), JobRow.leased_until < database_time(0))

    @property
    def not_anothers(self) -> ColumnElement[bool]:
        """Whether this process may write to a row: its job is not another's, even if that has not renewed its lease."""
        return or_(JobRow.lease_owner.is_(None), JobRow.lease_owner == self.owner)

    async def renew(self) -> None:
        """Let all leases of this process begin anew, in one statement."""
        await self._sessions.write(update(JobRow).where(self._own).values(leased_until=database_time(LEASE_SECONDS)))

    async def give_up(self) -> None:
        """Leave all jobs of this process to whoever resumes them."""
        await self._sessions.write(update(JobRow).where(self._own).values(lease_owner=None, leased_until=None))

    async def are_undisturbed(self) -> bool:
        """Whether no other bot has touched an unsettled job since this one has leased all of them."""
        if not self.has_all:
            return True
        others = select(JobRow.job_id).where(JobRow.told.is_(False), JobRow.lease_owner.is_distinct_from(self.owner))
        async with self._sessions() as session:
            return await session.scalar(others.limit(1)) is None

    @property
    def _own(self) -> ColumnElement[bool]:
        return JobRow.told.is_(False) & (JobRow.lease_owner == self.owner)

    async def _renew_again_and_again(self) -> None:
        while True:
            await asyncio.sleep(RENEWAL_SECONDS)
            try:
                await self.renew()
            except DatabaseAway:
                pass  # which is in the log already; the next round comes
            except Exception:
                log.exception("leases.not_renewed")
