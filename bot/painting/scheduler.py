"""Runs the jobs: starts them when a slot is free, cancels them, and stops them at shutdown."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from enum import Enum, auto
from functools import partial
from typing import TypeAlias

import structlog

from bot.clock.timing import CallLater
from bot.errors import MessageGone, Superseded
from bot.messages.live import LiveMessage
from bot.operation.metrics import Metrics
from bot.painting.ending import Ending
from bot.painting.job import Job, JobState
from bot.painting.lifecycle import Lifecycle
from bot.painting.presenter import Presenter
from bot.painting.progress import Canceling, Painting, Waiting
from bot.painting.queue import FairQueue, Ticket
from bot.painting.queue_positions import QueuePositions
from bot.painting.thumbnails import Thumbnails
from bot.painting.work import Work, is_about_sent_picture

SHUTDOWN_CARD_TIMEOUT_SECONDS = 3.0
"""For a shutdown to say on cards that their paintings restart."""
SHUTDOWN_CANCEL_TIMEOUT_SECONDS = 10.0
"""For canceled tasks to end; then a shutdown cancels them again."""
SLOW_CANCELLATION_SECONDS = 1.0
"""After this, a card says that its painting is being canceled; most end before."""

Step: TypeAlias = Callable[[Work], Awaitable[None]]


class Cancellation(Enum):
    """The result of an attempt to cancel."""

    STOPPED = auto()
    TOO_LATE = auto()
    """The painting is done and being posted."""
    NOT_IN_PROGRESS = auto()


class Scheduler:
    """Runs every job from the queue to its end, as many at once as there are slots."""

    def __init__(
        self,
        *,
        queue: FairQueue,
        lifecycle: Lifecycle,
        ending: Ending,
        presenter: Presenter,
        metrics: Metrics,
        call_later: CallLater,
        shutdown_grace_seconds: float,
    ) -> None:
        self._queue = queue
        self._lifecycle = lifecycle
        self._ending = ending
        self._presenter = presenter
        self._metrics = metrics
        self._call_later = call_later
        self._shutdown_grace_seconds = shutdown_grace_seconds
        self._in_progress: dict[str, Work] = {}
        self._positions = QueuePositions(queue, self._in_progress, call_later=call_later)
        self._is_closing = False

    def submit(
        self,
        job: Job,
        *,
        ticket: Ticket,
        message: LiveMessage,
        thumbnails: Thumbnails,
        resumed: bool = False,
        is_redelivery: bool = False,
    ) -> None:
        """Continue a job from its current state. Gives its ticket back at the end, however it ends.

        `resumed` jobs were accepted by an earlier process. During shutdown nothing starts: the job is saved already.
        """
        if self._is_closing:
            ticket.give_back()
            return
        log = structlog.get_logger().bind(job=job.job_id)
        work = Work(job, ticket, message, thumbnails, self._presenter, log, is_redelivery=is_redelivery)
        message.on_deleted = partial(self._cancel_after_deletion, job.job_id)
        self._in_progress[job.job_id] = work
        if job.styles and not resumed and not is_redelivery:
            self._metrics.accepted(job)
        log.info(
            "job.resumed" if resumed else "job.accepted",
            state=job.state,
            owner=job.owner_id,
            guild=job.guild_id,
            recipe=job.options.recipe_name,
        )
        match job.state:
            case JobState.FETCHING:
                self._start(work, self._lifecycle.fetch)
            case JobState.WAITING | JobState.PAINTING:
                self._wait_for_turn(work)
            case _:
                if job.state not in {JobState.PAINTED, JobState.CHOOSING}:
                    work.outcome = job.state  # from an earlier process, which didn't get to show it
                self._start(work)

    def adapt_to_workers(self) -> None:
        """Use the slots of workers that have become warm."""
        if self._in_progress:
            self._fill_slots()

    def pressed(self, job_id: str, token: str, *, message_id: int | None, by: int) -> None:
        """Use the token of an acknowledged press on the job's message to edit that message."""
        work = self._in_progress.get(job_id)
        if work is not None:
            work.message.pressed(token, message_id=message_id, by=by)

    def cancel(self, job_id: str, *, by: int | None) -> Cancellation:
        """Cancel a job that waits or is being painted; its card will say who did it, unless `by` is None."""
        work = self._in_progress.get(job_id)
        if work is None or work.job.state is JobState.CHOOSING:
            return Cancellation.NOT_IN_PROGRESS
        if work.job.state is JobState.PAINTED or work.outcome not in {None, JobState.CANCELED}:
            return Cancellation.TOO_LATE
        if work.outcome is None:
            work.outcome, work.canceled_by = JobState.CANCELED, by
            if work.task is None:
                self._queue.remove(job_id)
                self._start(work)
                self._positions.show()
            elif work.has_begun:
                work.task.cancel()
                if work.job.state is JobState.PAINTING:
                    work.card_state = Canceling()
                    show = partial(work.schedule_update, interval_seconds=0)
                    work.slow_cancellation = self._call_later(SLOW_CANCELLATION_SECONDS, show)
        return Cancellation.STOPPED

    async def cancel_all_of(self, owner_id: int, *, within_seconds: float) -> int:
        """Cancel all jobs of a member, wait until they have ended, and return how many haven't in time."""
        theirs = [work for work in self._in_progress.values() if work.job.owner_id == owner_id]
        for work in theirs:
            self.cancel(work.job.job_id, by=owner_id)
        tasks = [work.task for work in theirs if work.task is not None]
        if not tasks:
            return 0
        _, late = await asyncio.wait(tasks, timeout=within_seconds)
        return len(late)

    def jobs_of(self, owner_id: int, *, ending: bool = False) -> list[Job]:
        """A member's jobs on the way to a painting, oldest first; with `ending`, also those that end without one."""
        theirs = [work for work in self._in_progress.values() if work.job.owner_id == owner_id]
        return sorted((work.job for work in theirs if ending or work.outcome is None), key=lambda job: job.created_at)

    def jobs_in_progress(self) -> Counter[JobState]:
        """How many jobs are in each state. Jobs that end without a painting count as ended until they are settled."""
        return Counter(work.outcome or work.job.state for work in self._in_progress.values())

    async def aclose(self) -> None:
        """Give current paintings time to finish, and leave the rest to the next process. Calling it twice is fine."""
        self._close()
        tasks = [
            work.task for work in self._in_progress.values() if work.task is not None and work.is_worth_waiting_for
        ]
        if tasks:
            await asyncio.wait(tasks, timeout=self._shutdown_grace_seconds)
        # Before waiting for workers: the process may be killed before they have ended.
        requeue = self._lifecycle.requeue_for_restart
        requeueing = [asyncio.create_task(requeue(work)) for work in self._in_progress.values()]
        if requeueing:
            await asyncio.wait(requeueing, timeout=SHUTDOWN_CARD_TIMEOUT_SECONDS)
        # Repeatedly: a cancellation by a member may absorb one of these, or start the end of another job.
        while left := [task for task in (*requeueing, *self._tasks()) if not task.done()]:
            for task in left:
                task.cancel()
            await asyncio.wait(left, timeout=SHUTDOWN_CANCEL_TIMEOUT_SECONDS)
        for work in self._in_progress.values():
            work.message.drop()

    def leave_jobs(self) -> None:
        """Stop all work at once, and save and show nothing more: the jobs belong to another bot now."""
        self._close()
        for task in self._tasks():
            task.cancel()
        for work in self._in_progress.values():
            work.message.drop()

    def _close(self) -> None:
        self._is_closing = True
        self._ending.close()
        self._positions.close()
        self._queue.close()

    def _tasks(self) -> list[asyncio.Task[None]]:
        return [work.task for work in self._in_progress.values() if work.task is not None]

    def _cancel_after_deletion(self, job_id: str) -> None:
        """Cancel a job whose message was deleted."""
        work = self._in_progress.get(job_id)
        if work is not None and work.outcome is None:
            work.error = MessageGone()
            self.cancel(job_id, by=None)

    def _start(self, work: Work, step: Step | None = None) -> None:
        work.has_begun = False
        work.task = asyncio.create_task(self._run(work, step))

    async def _run(self, work: Work, step: Step | None) -> None:
        """Take a job through one step, and to its end if no other step follows. Never affects another job."""
        work.has_begun = True
        try:
            if step is not None:
                await self._attempt(work, step)
            if work.outcome is None and work.job.state is JobState.WAITING:
                self._wait_for_turn(work)
                return
            await self._ending.settle(work)
        except asyncio.CancelledError:
            work.log.info("job.requeued", state=work.job.state)
            raise
        except Superseded:
            work.log.info("job.superseded", state=work.outcome or work.job.state)
        except Exception:
            work.log.exception("job.left_for_restart", state=work.job.state)
        finally:
            if work.task is asyncio.current_task():  # else it waits, or another task has taken over
                if self._in_progress.get(work.job.job_id) is work:
                    del self._in_progress[work.job.job_id]
                work.ticket.give_back()
                await work.message.stop()

    async def _attempt(self, work: Work, step: Step) -> None:
        """Try one step. Whatever stops it becomes the job's outcome, except for a shutdown."""
        try:
            await step(work)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if work.outcome is None or task is None:
                raise
            task.uncancel()
        except Superseded:
            raise
        except Exception as error:
            if self._is_closing:  # probably why it failed
                work.log.info("job.requeued", state=work.job.state, reason=type(error).__name__)
                raise asyncio.CancelledError from error
            if not is_about_sent_picture(error):
                work.log.exception("job.failed", reason=type(error).__name__)
            work.fail(error)

    def _wait_for_turn(self, work: Work) -> None:
        work.task = None
        self._queue.put(work.job)
        self._fill_slots()
        if work.task is None and not isinstance(work.card_state, Waiting):
            position = 1 + self._queue.in_order().index(work.job)
            work.card_state = Waiting(position, takes_seconds=self._queue.takes_seconds(work.job))
        work.schedule_update(interval_seconds=0)

    def _fill_slots(self) -> None:
        while not self._is_closing and self._queue.has_free_slot:
            job = self._queue.take()
            if job is None:
                break
            work = self._in_progress[job.job_id]
            work.card_state = Painting(seconds_left=self._queue.takes_seconds(job))
            self._start(work, self._paint)
        self._lend_slots()
        self._positions.show()

    def _lend_slots(self) -> None:
        """Let boards use the slots that nobody waits for."""
        for work in self._in_progress.values():
            if work.outcome is not None:
                continue
            while not self._is_closing and work.use_idle_slot is not None and self._queue.lend_slot():
                if not work.use_idle_slot(self._take_slot_back, may_keep=lambda: self._queue.is_lending_fair):
                    self._queue.take_slot_back()
                    break

    def _take_slot_back(self) -> None:
        self._queue.take_slot_back()
        self._fill_slots()

    def _show_progress(self, work: Work) -> None:
        if isinstance(work.card_state, Painting) and work.card_state.seconds_left is not None:
            self._queue.note_time_left(work.job, work.card_state.seconds_left)
        self._lend_slots()
        self._positions.show()

    async def _paint(self, work: Work) -> None:
        """Paint in the slot that was taken, release it, then store the painting."""
        try:
            if work.outcome is not None:
                return
            store = await self._lifecycle.paint(work, on_progress=partial(self._show_progress, work))
        finally:
            if work.slow_cancellation is not None:
                work.slow_cancellation.cancel()
            self._release_slot(work)
        await store()

    def _release_slot(self, work: Work) -> None:
        self._queue.release_slot(work.job)
        self._fill_slots()
