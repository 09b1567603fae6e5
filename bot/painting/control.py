"""Cancels jobs and deletes paintings, for the members who may."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from bot.challenges.challenge import Phase
from bot.errors import AlreadyFinished, IsAnEntry, NotYours, Superseded, TooLateToCancel
from bot.painting.job import Job
from bot.painting.scheduler import Cancellation, Scheduler
from bot.storage.entries import EntryRecords
from bot.storage.jobs import JobRecords


@dataclass(frozen=True, slots=True)
class Actor:
    """A member who pressed a button."""

    user_id: int
    is_moderator: bool
    """Whether they may manage messages where they pressed it."""


@dataclass(frozen=True, slots=True)
class JobControl:
    """Cancels and deletes after checking who asks."""

    scheduler: Scheduler
    records: JobRecords
    entries: EntryRecords

    def cancel(self, job_id: str, actor: Actor, *, owner_id: int) -> None:
        """Stop a job for its owner or a moderator. Raises `NotYours`, `TooLateToCancel` and `AlreadyFinished`."""
        if actor.user_id != owner_id and not actor.is_moderator:
            raise NotYours("cancel", owner_id)
        match self.scheduler.cancel(job_id, by=actor.user_id):
            case Cancellation.STOPPED:
                return
            case Cancellation.TOO_LATE:
                raise TooLateToCancel
            case Cancellation.NOT_IN_PROGRESS:
                raise AlreadyFinished

    async def job_to_delete(self, job_id: str, actor: Actor, *, owner_id: int) -> Job | None:
        """Return the job whose painting this member may delete; None if there is no record of it.

        The record says who owns the painting and its pictures. Without one, `owner_id` decides, from the button's ID.
        Raises `NotYours`, and `IsAnEntry` if it takes part in a challenge.
        """
        job = await self.records.get(job_id)
        source_owner_id = None if job is None else job.source_owner_id
        owner_id = owner_id if job is None else job.owner_id
        if actor.user_id not in {owner_id, source_owner_id} and not actor.is_moderator:
            raise NotYours("delete", owner_id, None if source_owner_id == owner_id else source_owner_id)
        if (phase := await self.entries.phase_of(job_id)) is not None:
            raise IsAnEntry(is_open=phase is Phase.OPEN)
        return job

    async def delete(self, job_id: str, actor: Actor, *, owner_id: int) -> Job | None:
        """Mark a painting as deleted, and return its job as it was before; None if there is no record of it.

        Allowed for its owner, the owner of its pictures, and moderators. A marked painting stays deleted even if its
        message can't be. Raises `NotYours` and `IsAnEntry`.
        """
        job = await self.job_to_delete(job_id, actor, owner_id=owner_id)
        if job is not None:
            with suppress(Superseded):  # its message is deleted anyway
                await self.records.save(job.deleted(), check=partial(self.entries.check_free, job_id))
        return job
