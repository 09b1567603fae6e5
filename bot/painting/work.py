"""A job in progress, with everything that belongs to it until it is settled."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol, TypeVar

from bot.clock.backoff import Backoff
from bot.clock.timing import Timer
from bot.errors import DatabaseAway, DownloadError, Refusal
from bot.messages.live import CARD_EDIT_INTERVAL_SECONDS, LiveMessage
from bot.painting.job import Job, JobState
from bot.painting.presenter import Presenter
from bot.painting.progress import CardState, Ended, Painting
from bot.painting.queue import Ticket
from bot.painting.thumbnails import Thumbnails
from bot.storage.jobs import JobRecords
from stylizer.pool import BlendError, PictureError

Written = TypeVar("Written")


class UseIdleSlot(Protocol):
    """Paints in a slot that nobody needs now."""

    def __call__(self, give_back: Callable[[], None], *, may_keep: Callable[[], bool]) -> bool:
        """Take the slot until `give_back` is called, or return False if there is nothing left to paint in it.

        `may_keep` says whether still nobody else needs it.
        """
        ...


@dataclass(slots=True, eq=False)
class Work:
    """A job in progress."""

    job: Job
    ticket: Ticket
    message: LiveMessage
    thumbnails: Thumbnails
    presenter: Presenter
    log: Any
    is_redelivery: bool = False
    """Whether Discord refused its painting earlier, and its owner was refunded."""
    card_state: CardState = field(default_factory=Painting)
    task: asyncio.Task[None] | None = None
    """None while the job waits for its turn."""
    has_begun: bool = False
    """Whether the task has run at all: until then, canceling it would skip its cleanup."""
    outcome: JobState | None = None
    """`CANCELED` or `FAILED`, once it is certain that the job ends without a painting."""
    error: Exception | None = None
    """Why it failed."""
    canceled_by: int | None = None
    slow_cancellation: Timer | None = None
    """Shows that it is being canceled, if its worker doesn't stop soon."""
    use_idle_slot: UseIdleSlot | None = None
    """How to paint a board faster, while there is more of it to paint side by side."""

    @property
    def is_worth_waiting_for(self) -> bool:
        """Whether it is being painted, delivered or settled."""
        return self.task is not None and (self.job.state is not JobState.FETCHING or self.outcome is not None)

    @property
    def problem(self) -> str | None:
        """Why it ends without a painting, as its owner reads it."""
        if self.error is not None:
            return self.presenter.problem(self.job, self.error)
        if self.canceled_by is not None:
            return self.presenter.canceled_by(self.job, self.canceled_by)
        return self.job.problem

    @property
    def is_private(self) -> bool:
        """Whether only its owner should read why it failed."""
        return self.job.problem_is_private if self.error is None else is_about_sent_picture(self.error)

    def fail(self, error: Exception) -> None:
        """Make it end without a painting, because of this error."""
        self.outcome, self.error = JobState.FAILED, error

    def ended_job(self) -> Job:
        """The job in the state in which it ends."""
        if self.outcome in {None, self.job.state}:
            return self.job
        if self.outcome is JobState.CANCELED:
            return self.job.canceled(self.problem)
        return self.job.failed(self.problem, problem_is_private=self.is_private)

    def ended_state(self) -> Ended:
        """The last state of its card."""
        return Ended(self.outcome or self.job.state, self.problem)

    def schedule_update(self, *, interval_seconds: float = CARD_EDIT_INTERVAL_SECONDS) -> None:
        """Show the state on the card, no sooner than `interval_seconds` after the last edit. Returns at once."""
        self.message.schedule_update(
            partial(self.presenter.card, self.job, self.card_state, self.thumbnails),
            showing=self.card_state,
            interval_seconds=interval_seconds,
        )


class JobSaver:
    """Saves each step of a job before the next one begins. Waits as long as the database is away."""

    def __init__(self, records: JobRecords, *, backoff: Backoff) -> None:
        self._records = records
        self._backoff = backoff

    async def save(self, work: Work, changed: Job) -> None:
        """Save a transition. Raises `Superseded` when the row has moved on."""
        work.job = await self._write(work, changed.state, partial(self._records.save, changed))

    async def is_current(self, work: Work) -> bool:
        """Whether the row is in the state that this process knows. Raises `DatabaseAway`."""
        row = await self._records.get(work.job.job_id)
        return row is not None and row.state is work.job.state

    async def save_once(self, changed: Job) -> None:
        """Save a transition without retrying. Raises `DatabaseAway` and `Superseded`."""
        await self._records.save(changed)

    async def record_notification(self, work: Work) -> None:
        """Save that the owner is mentioned, which happens once."""
        await self._write(work, "owner_notified", partial(self._records.record_notification, work.job.job_id))

    async def _write(self, work: Work, step: str, write: Callable[[], Awaitable[Written]]) -> Written:
        for wait_seconds in self._backoff():
            try:
                return await write()
            except DatabaseAway as error:
                work.log.warning("job.not_recorded", step=step, problem=error.problem)
                await asyncio.sleep(wait_seconds)
        raise AssertionError("the delays never end")


def is_about_sent_picture(error: Exception) -> bool:
    """Whether a job failed because of what its owner sent, and not through a fault of the bot."""
    return isinstance(error, (PictureError, BlendError, DownloadError, Refusal))
