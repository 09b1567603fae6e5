"""Canceling and deleting, for those who may."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from bot.errors import AlreadyFinished, NotYours, Superseded, TooLateToCancel
from bot.painting.job import Job
from bot.painting.scheduler import Cancellation, Scheduler
from bot.storage.jobs import JobRecords


@dataclass(frozen=True, slots=True)
class Actor:
    """A member who pressed a button."""

    user_id: int
    is_moderator: bool
    """Whether they may manage messages where they pressed it."""


@dataclass(frozen=True, slots=True)
class JobControl:
    """Cancels jobs and deletes paintings."""

    scheduler: Scheduler
    records: JobRecords

    def cancel(self, job_id: str, actor: Actor, *, owner_id: int) -> None:
        """Stop a job for its owner or a moderator. Raises `NotYours`, `TooLateToCancel` and `AlreadyFinished`."""
        if actor.user_id != owner_id and not actor.is_moderator:
            raise NotYours("cancel", owner_id)
        match self.scheduler.cancel(job_id, by=actor.user_id):
            case Cancellation.STOPPED:
                return
            case Cancellation.TOO_LATE:
                raise TooLateToCancel
            case Cancellation.NOT_UNDER_WAY:
                raise AlreadyFinished

    async def deletable(self, job_id: str, actor: Actor, *, owner_id: int) -> Job | None:
        """The job whose painting this member may delete; None if it is forgotten. Raises `NotYours`.

        Its row says whose painting and whose picture it is; without a row, `owner_id`, which the button holds.
        """
        job = await self.records.get(job_id)
        source_owner_id = None if job is None else job.source_owner_id
        owner_id = owner_id if job is None else job.owner_id
        if actor.user_id not in {owner_id, source_owner_id} and not actor.is_moderator:
            raise NotYours("delete", owner_id, source_owner_id)
        return job

    async def delete(self, job_id: str, actor: Actor, *, owner_id: int) -> Job | None:
        """Save that a painting is deleted; the job as it was before, or None if it was forgotten.

        For its owner, the owner of its pictures, or a moderator. What the database says is deleted stays
        deleted, whatever becomes of the message. Raises `NotYours`.
        """
        job = await self.deletable(job_id, actor, owner_id=owner_id)
        if job is not None:
            with suppress(Superseded):  # its message goes all the same
                await self.records.save(job.deleted())
        return job
