"""From the queue through the engine to the card: every job that is under way, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import partial
from typing import Any

import structlog

from bot.cards.card import Card, CardFile
from bot.cards.job import Painting, Stage, Stopped, Thumbnails, Waiting, job_card
from bot.cards.result import result_card
from bot.errors import PaintingForgotten, Undeliverable, sentence_for
from bot.jobs.delivery import REQUEST_LIMIT_BYTES, REQUEST_OVERHEAD_BYTES, Delivery
from bot.jobs.fitting import fit_gif, fit_painting
from bot.jobs.job import Job, JobState
from bot.jobs.queue import FairQueue, Ticket
from bot.pictures import PictureStore
from bot.storage.jobs import JobRecords
from stylizer.events import Event, Finished, Progress, Started
from stylizer.pool import DEFAULT_GIF_LIMIT_BYTES, Engine, PaintingJob, PictureError

GOODBYE_SECONDS = 5
"""How long closing may take to tell members that their paintings are interrupted."""


class Cancelling(Enum):
    """What became of a wish to cancel."""

    STOPPED = auto()
    TOO_LATE = auto()
    """The painting is done, and on its way to Discord."""
    NOT_UNDER_WAY = auto()


@dataclass(frozen=True, slots=True)
class _End:
    """How a job ends without a painting, and what its card then shows; None when there is no card any more."""

    state: JobState
    stage: Stopped | None


CANCELLED = _End(JobState.CANCELLED, Stopped("Cancelled", "Nothing more will be painted."))
ABANDONED = _End(JobState.CANCELLED, None)
INTERRUPTED = _End(JobState.INTERRUPTED, Stopped("Interrupted", "Atelier was restarted before this painting was done."))


@dataclass(slots=True, eq=False)
class _Work:
    """A job under way, and all that belongs to it."""

    job: Job
    ticket: Ticket
    delivery: Delivery
    thumbnails: Thumbnails
    log: Any
    stage: Stage = field(default_factory=Painting)
    task: asyncio.Task[None] | None = None
    """None while the job waits."""
    end: _End | None = None
    """Set when the job is to end without a painting."""
    begun: bool = False
    """Whether the task has run at all: until then a cancellation would keep it from cleaning up."""
    painted: bool = False


class Runner:
    """Paints what the queue holds, as many at once as the engine can, and keeps every card up to date."""

    def __init__(self, *, engine: Engine, queue: FairQueue, pictures: PictureStore, records: JobRecords) -> None:
        self._engine = engine
        self._queue = queue
        self._pictures = pictures
        self._records = records
        self._under_way: dict[str, _Work] = {}
        self._easels_in_use = 0
        self._closing = False

    def submit(self, job: Job, *, ticket: Ticket, delivery: Delivery, thumbnails: Thumbnails) -> None:
        """Let an accepted job take its way. Its ticket is given back when it is done, however that ends."""
        log = structlog.get_logger().bind(job=job.job_id)
        work = _Work(job, ticket, delivery, thumbnails, log)
        delivery.on_message_gone = partial(self._stop, job.job_id, ABANDONED)
        self._under_way[job.job_id] = work
        self._queue.put(job)
        log.info("job.accepted", owner=job.owner_id, guild=job.guild_id, recipe=job.order.recipe_name)
        self._fill_easels()
        self._offer(work)

    def cancel(self, job_id: str) -> Cancelling:
        """Stop a job that waits or is being painted; its card will say so."""
        return self._stop(job_id, CANCELLED)

    async def aclose(self) -> None:
        """End every job that is under way, and tell so on their cards. Calling it twice is fine."""
        self._closing = True
        self._queue.close()
        for job_id in list(self._under_way):
            self._stop(job_id, INTERRUPTED)
        tasks = [work.task for work in self._under_way.values() if work.task is not None]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=GOODBYE_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _stop(self, job_id: str, end: _End) -> Cancelling:
        work = self._under_way.get(job_id)
        if work is None:
            return Cancelling.NOT_UNDER_WAY
        if work.painted:
            return Cancelling.TOO_LATE
        if work.end is None:
            work.end = end
            if work.task is None:
                self._queue.remove(job_id)
                work.task = asyncio.create_task(self._run(work, partial(self._end, work, end)))
                self._show_places()
            elif work.begun:
                work.task.cancel()
        return Cancelling.STOPPED

    def _fill_easels(self) -> None:
        while not self._closing and self._easels_in_use < self._engine.capacity:
            job = self._queue.take()
            if job is None:
                break
            work = self._under_way[job.job_id]
            work.stage = Painting()
            self._easels_in_use += 1
            work.task = asyncio.create_task(self._run(work, partial(self._paint_and_deliver, work)))
        self._show_places()

    def _show_places(self) -> None:
        for position, job in enumerate(self._queue.in_order(), start=1):
            work = self._under_way[job.job_id]
            work.stage = Waiting(position)
            self._offer(work)

    def _offer(self, work: _Work) -> None:
        work.delivery.offer(partial(job_card, work.job, work.stage, work.thumbnails), showing=work.stage)

    async def _run(self, work: _Work, way: Callable[[], Awaitable[None]]) -> None:
        """Go a job's way to its end, and let nothing that happens there touch another job."""
        work.begun = True
        try:
            await way()
        except asyncio.CancelledError:
            work.log.info("job.dropped")
            raise
        except Exception:
            work.log.exception("job.crashed")
        finally:
            self._under_way.pop(work.job.job_id, None)
            work.ticket.give_back()

    async def _paint_and_deliver(self, work: _Work) -> None:
        try:
            finished = await self._paint(work)
            work.painted = True
            await self._deliver(work, finished)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if work.end is None or task is None:
                raise
            task.uncancel()
            await self._end(work, work.end)
        except PictureError as error:
            work.log.info("job.picture_refused", reason=type(error).__name__)
            if await work.delivery.withdraw(sentence_for(error)):
                await self._note(work, JobState.FAILED, problem=str(error))
            else:
                await self._end(work, _failed(error))
        except Undeliverable as error:
            work.log.warning("job.undeliverable", problem=error.problem)
            await self._end(work, _failed(error))
        except Exception as error:
            work.log.exception("job.failed", reason=type(error).__name__)
            await self._end(work, _failed(error))

    async def _paint(self, work: _Work) -> Finished:
        try:
            if work.end is not None:
                raise asyncio.CancelledError
            job = await self._painting_job(work)
            await self._records.move(work.job.job_id, JobState.PAINTING)
            work.log.info("job.painting")
            async with aclosing(self._engine.run(job)) as events:
                async for event in events:
                    if isinstance(event, Finished):
                        return event
                    self._follow(work, event)
            raise RuntimeError("the engine ended without a painting")
        finally:
            self._easels_in_use -= 1
            self._fill_easels()

    async def _painting_job(self, work: _Work) -> PaintingJob:
        job = work.job
        content = await self._pictures.read(job.content_sha256)
        style = await self._pictures.read(job.style_sha256)
        if content is None or style is None:
            raise PaintingForgotten
        return PaintingJob(
            job_id=job.job_id,
            content=content,
            style=style,
            recipe=job.order.recipe(),
            seed=job.order.seed,
            gif_limit_bytes=min(DEFAULT_GIF_LIMIT_BYTES, work.delivery.upload_limit_bytes),
        )

    def _follow(self, work: _Work, event: Event) -> None:
        before = work.stage if isinstance(work.stage, Painting) else Painting()
        match event:
            case Started():
                work.stage = Painting(steps=event.steps)
            case Progress():
                work.stage = Painting(
                    step=event.step,
                    steps=event.steps,
                    seconds_left=event.seconds_left,
                    preview=event.preview or before.preview,
                    preview_number=before.preview_number + (event.preview is not None),
                )
        self._offer(work)
        self._show_places()

    async def _deliver(self, work: _Work, finished: Finished) -> None:
        async def card_within(limit_bytes: int) -> Card:
            return await asyncio.to_thread(_fitted, work.job, finished, limit_bytes)

        message_id = await work.delivery.finish(card_within)
        await self._note(work, JobState.DELIVERED, message_id=message_id)
        work.log.info("job.delivered", seconds=round(finished.seconds, 2), width=finished.width_px)

    async def _end(self, work: _Work, end: _End) -> None:
        stage = end.stage
        if stage is not None:
            card = job_card(work.job, stage, work.thumbnails)

            async def card_within(_limit_bytes: int) -> Card:
                return card

            try:
                await work.delivery.finish(card_within)
            except Undeliverable as error:
                work.log.warning("job.card_lost", problem=error.problem)
        problem = stage.sentence if stage is not None and end.state is JobState.FAILED else None
        await self._note(work, end.state, problem=problem)
        work.log.info("job.ended", state=end.state)

    async def _note(
        self, work: _Work, state: JobState, *, message_id: int | None = None, problem: str | None = None
    ) -> None:
        """Write down how a job ended. What Discord shows already stands, whether this can be written or not."""
        try:
            await self._records.move(work.job.job_id, state, message_id=message_id, problem=problem)
        except Exception:
            work.log.exception("job.not_recorded", state=state)


def _failed(error: Exception) -> _End:
    return _End(JobState.FAILED, Stopped("Not painted", sentence_for(error)))


def _fitted(job: Job, finished: Finished, limit_bytes: int) -> Card:
    gif = fit_gif(finished.gif, limit_bytes=limit_bytes)
    room_bytes = REQUEST_LIMIT_BYTES - REQUEST_OVERHEAD_BYTES - len(gif)
    painting, suffix = fit_painting(
        finished.painting, finished.picture_format, limit_bytes=min(limit_bytes, room_bytes)
    )
    return result_card(
        job, finished, painting=CardFile(f"painting{suffix}", painting), gif=CardFile("progress.gif", gif)
    )
