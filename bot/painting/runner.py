"""From the queue through the engine to the card: every job that is under way, and nothing else."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum, auto
from functools import partial
from itertools import islice
from typing import Any

import discord
import structlog

from bot.cards.card import Card, CardFile
from bot.cards.job import Fetching, Painting, Resting, Stage, Stopped, Thumbnails, Waiting, job_card
from bot.cards.result import moved_card, result_card
from bot.clock.backoff import growing_waits
from bot.errors import (
    SOMETHING_WENT_WRONG,
    DatabaseAway,
    DiskFull,
    DownloadError,
    MessageGone,
    PaintingForgotten,
    PaintingGivenUp,
    PaintingUnreadable,
    Refusal,
    Superseded,
    Undeliverable,
    sentence_for,
)
from bot.files.pictures import CONTENT, STYLE, Hold, Pictures
from bot.messages.answer import REQUEST_LIMIT_BYTES, REQUEST_OVERHEAD_BYTES, Shown
from bot.messages.live import EDIT_INTERVAL_SECONDS, CardWithin, LiveMessage
from bot.messages.timing import CallLater, Timer
from bot.operation.metrics import Metrics
from bot.painting.job import Job, JobState, Painted
from bot.painting.queue import FairQueue, Ticket
from bot.painting.speed import Speed
from bot.painting.usage import Usage
from bot.servers.log import ServerLog
from bot.storage.jobs import JobRecords
from bot.storage.servers import Notify
from stylizer.events import PICTURE_SUFFIXES, Event, Finished, Progress, Started
from stylizer.pool import (
    DEFAULT_GIF_LIMIT_BYTES,
    Engine,
    PaintingJob,
    PictureError,
    WorkerDied,
    WorkerFailed,
    WorkerNotReady,
)

MOST_LOSSES = 1
"""A lost worker costs one silent retry."""
MOST_STARTS = 10
"""A job that was begun so often, and never came to an end, takes the whole bot down with it."""
MOST_ATTEMPTS = 60
"""At an end that cannot be shown for a reason nobody foresaw: about an hour."""
MAX_FILE_BYTES = discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES
"""Every way of delivery takes a file of this size, direct messages too, and a request has room for both."""
DELIVERIES_AT_ONCE = 8
"""Bounds the memory that finished paintings take, however many Discord would not take for a day."""
SLOW_FETCH_SECONDS = 1.0
"""After which a card is shown though its pictures are not here yet."""
FEW_PLACES = 20
PLACES_EVERY_SECONDS = 30.0
"""Where nothing else happens that moves the queue, after which its expected times are looked at once more."""
PLACE_SECONDS = 0.01
"""Where more than a few wait, their places are looked at once in so long for each: it takes the event loop's time."""
LONG_SECONDS = 60.0
"""A painting that took longer is one that its owner did not wait for."""
LAST_WORDS_SECONDS = 3.0
"""How long closing may take to say on a card that its painting rests."""
LEAVING_SECONDS = 10.0
"""After which what closing has stopped, and has not ended, is stopped once more."""


class Cancelling(Enum):
    """What became of a wish to cancel."""

    STOPPED = auto()
    TOO_LATE = auto()
    """The painting is done, and on its way to Discord."""
    NOT_UNDER_WAY = auto()


@dataclass(slots=True, eq=False)
class _Work:
    """A job under way, and all that belongs to it."""

    job: Job
    ticket: Ticket
    message: LiveMessage
    thumbnails: Thumbnails
    log: Any
    stage: Stage
    task: asyncio.Task[None] | None = None
    """None while the job waits for its turn."""
    begun: bool = False
    """Whether the task has run at all: until then a cancellation would keep it from cleaning up."""
    end: JobState | None = None
    """Set when the job is to end without a painting."""
    error: Exception | None = None
    """Why it failed."""
    is_redelivery: bool = False
    """Whether it could not be delivered before, and was refunded then."""

    @property
    def is_nearly_done(self) -> bool:
        """Whether it is being painted, delivered or ended."""
        return self.task is not None and (self.job.state is not JobState.FETCHING or self.end is not None)


@dataclass(frozen=True, slots=True)
class Reporting:
    """Everything that hears how jobs went."""

    metrics: Metrics
    server_log: ServerLog
    usage: Usage
    speed: Speed


class Runner:
    """Fetches, paints and delivers every job it is given, as many at once as the engine can, and keeps their cards.

    Each step is written down before the next one begins, so that another process can go on where this one ends.
    """

    def __init__(
        self,
        *,
        engine: Engine,
        queue: FairQueue,
        pictures: Pictures,
        records: JobRecords,
        reporting: Reporting,
        notify_of: Callable[[Job], Awaitable[Notify]],
        call_later: CallLater,
        shutdown_grace_seconds: float,
    ) -> None:
        self._engine = engine
        self._queue = queue
        self._pictures = pictures
        self._records = records
        self._metrics = reporting.metrics
        self._server_log = reporting.server_log
        self._usage = reporting.usage
        self._speed = reporting.speed
        self._notify_of = notify_of
        self._call_later = call_later
        self._shutdown_grace_seconds = shutdown_grace_seconds
        self._under_way: dict[str, _Work] = {}
        self._easels_in_use = 0
        self._places_due_at = -math.inf
        self._next_look: Timer | None = None
        self._deliveries = asyncio.Semaphore(DELIVERIES_AT_ONCE)
        self._closing = False

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
        """Let a job go on from where it is. Its ticket is given back when it is done, however that ends.

        `resumed` is one that a former process has accepted. While the runner closes nothing begins: it is written down.
        """
        if self._closing:
            ticket.give_back()
            return
        log = structlog.get_logger().bind(job=job.job_id)
        work = _Work(job, ticket, message, thumbnails, log, Painting(), is_redelivery=is_redelivery)
        message.on_deleted = partial(self._abandon, job.job_id)
        self._under_way[job.job_id] = work
        if not resumed and not is_redelivery:
            self._metrics.accepted(job)
        log.info(
            "job.resumed" if resumed else "job.accepted",
            state=job.state,
            owner=job.owner_id,
            guild=job.guild_id,
            recipe=job.order.recipe_name,
        )
        match job.state:
            case JobState.FETCHING:
                self._set_to_work(work, self._fetch)
            case JobState.WAITING | JobState.PAINTING:
                self._wait_for_turn(work)
            case _:
                if job.state is not JobState.PAINTED:
                    work.end = job.state  # by a former process, which did not come to tell it
                self._set_to_work(work)

    def adapt_to_workers(self) -> None:
        """Paint as many jobs at once as there are warm workers, now that their number has changed."""
        self._queue.easels = max(1, self._engine.capacity)
        if self._under_way:
            self._fill_easels()

    def pressed(self, job_id: str, token: str, *, message_id: int | None, by: int) -> None:
        """A press on the job's message was acknowledged: with its token the message can be edited for a while."""
        work = self._under_way.get(job_id)
        if work is not None:
            work.message.pressed(token, message_id=message_id, by=by)

    def cancel(self, job_id: str, *, by: int) -> Cancelling:
        """Stop a job that waits or is being painted; its card will say who did that."""
        return self._stop(job_id, JobState.CANCELLED, by=by)

    async def cancel_all_of(self, owner_id: int, *, within_seconds: float) -> int:
        """Stop every job of a member, and wait until each has come to its end; how many have not by then."""
        theirs = [work for work in self._under_way.values() if work.job.owner_id == owner_id]
        for work in theirs:
            self._stop(work.job.job_id, JobState.CANCELLED, by=owner_id)
        tasks = [work.task for work in theirs if work.task is not None]
        if not tasks:
            return 0
        _, late = await asyncio.wait(tasks, timeout=within_seconds)
        return len(late)

    def jobs_of(self, owner_id: int, *, ending: bool = False) -> list[Job]:
        """Every job of a member that is on its way to a painting, the oldest first; with `ending` to any end."""
        theirs = [work for work in self._under_way.values() if work.job.owner_id == owner_id]
        return sorted((work.job for work in theirs if ending or work.end is None), key=lambda job: job.created_at)

    def is_under_way(self, job_id: str) -> bool:
        """Whether this job is still on its way."""
        return job_id in self._under_way

    def jobs_under_way(self) -> Counter[JobState]:
        """How many jobs are where on their way; those that end without a painting count as ended, until it is told."""
        return Counter(work.end or work.job.state for work in self._under_way.values())

    async def aclose(self) -> None:
        """Let what is nearly done be done; what is not goes on in the next process. Calling it twice is fine."""
        self._closing = True
        if self._next_look is not None:
            self._next_look.cancel()
        self._queue.close()
        tasks = [work.task for work in self._under_way.values() if work.task is not None and work.is_nearly_done]
        if tasks:
            await asyncio.wait(tasks, timeout=self._shutdown_grace_seconds)
        # Before a worker is waited for: whoever ends this process may not wait so long.
        resting = [asyncio.create_task(self._rest(work)) for work in self._under_way.values()]
        if resting:
            await asyncio.wait(resting, timeout=LAST_WORDS_SECONDS)
        # Again and again: a member's own cancel may take one for itself, or set another job to its end.
        while left := [task for task in (*resting, *self._tasks()) if not task.done()]:
            for task in left:
                task.cancel()
            await asyncio.wait(left, timeout=LEAVING_SECONDS)
        for work in self._under_way.values():
            work.message.drop()

    def leave_jobs(self) -> None:
        """Stop all work at once, write nothing more and show nothing more: the jobs are another bot's now."""
        self._closing = True
        self._queue.close()
        for task in self._tasks():
            task.cancel()
        for work in self._under_way.values():
            work.message.drop()

    def _tasks(self) -> list[asyncio.Task[None]]:
        return [work.task for work in self._under_way.values() if work.task is not None]

    def _abandon(self, job_id: str) -> None:
        work = self._under_way.get(job_id)
        if work is not None and work.end is None:
            work.error = MessageGone()
            self._stop(job_id, JobState.CANCELLED)

    def _stop(self, job_id: str, end: JobState, *, by: int | None = None) -> Cancelling:
        work = self._under_way.get(job_id)
        if work is None:
            return Cancelling.NOT_UNDER_WAY
        if work.job.state is JobState.PAINTED or work.end not in {None, end}:
            return Cancelling.TOO_LATE
        if work.end is None:
            work.end = end
            if by is not None:
                work.job = replace(work.job, problem=f"Canceled by <@{by}>.")
            if work.task is None:
                self._queue.remove(job_id)
                self._set_to_work(work)
                self._show_places()
            elif work.begun:
                work.task.cancel()
        return Cancelling.STOPPED

    def _set_to_work(self, work: _Work, part: Callable[[_Work], Awaitable[None]] | None = None) -> None:
        work.begun = False
        work.task = asyncio.create_task(self._run(work, part))

    async def _run(self, work: _Work, part: Callable[[_Work], Awaitable[None]] | None) -> None:
        """Go a part of a job's way, and to its end if that follows; nothing that happens touches another job."""
        work.begun = True
        try:
            if part is not None:
                await self._attempt(work, part)
            if work.end is None and work.job.state is JobState.WAITING:
                self._wait_for_turn(work)
                return
            await self._end(work)
        except asyncio.CancelledError:
            work.log.info("job.put_back", state=work.job.state)
            raise
        except Superseded:
            work.log.info("job.superseded", state=work.end or work.job.state)
        except Exception:
            work.log.exception("job.left_for_restart", state=work.job.state)
        finally:
            if work.task is asyncio.current_task():  # it neither waits nor has it been taken on by another task
                if self._under_way.get(work.job.job_id) is work:
                    del self._under_way[work.job.job_id]
                work.ticket.give_back()
                await work.message.stop()

    async def _end(self, work: _Work) -> None:
        """Show how a job ended, again where that fails for a reason nobody foresaw; at last without the painting."""
        for attempt, wait_seconds in enumerate(islice(growing_waits(), 2 * MOST_ATTEMPTS), start=1):
            try:
                await (self._deliver(work) if work.end is None else self._conclude(work))
            except (discord.HTTPException, Superseded):
                raise  # Discord does not accept the bot any more, or there is nothing left to show
            except Exception as error:
                if self._closing:  # whatever fails now fails because everything ends
                    raise asyncio.CancelledError from error
                work.log.exception("job.end_failed", state=work.end or work.job.state, attempt=attempt)
                if attempt == MOST_ATTEMPTS and work.end is None:
                    work.end, work.error = JobState.FAILED, error
                await asyncio.sleep(wait_seconds)
            else:
                return
        await self._write(self._records.told, work)  # nothing that is known can be told
        self._note_end(work, work.end or JobState.FAILED)

    async def _attempt(self, work: _Work, part: Callable[[_Work], Awaitable[None]]) -> None:
        """Go a part of the way; whatever stops it becomes the job's end, but for the end of the process."""
        try:
            await part(work)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if work.end is None or task is None:
                raise
            task.uncancel()
        except Superseded:
            raise
        except Exception as error:
            if self._closing:  # whatever fails now fails because everything ends
                work.log.info("job.put_back", state=work.job.state, reason=type(error).__name__)
                raise asyncio.CancelledError from error
            if not _is_about_what_was_sent(error):
                work.log.exception("job.failed", reason=type(error).__name__)
            work.end, work.error = JobState.FAILED, error

    def _wait_for_turn(self, work: _Work) -> None:
        work.task = None
        self._queue.put(work.job)
        self._fill_easels()
        if work.task is None and not isinstance(work.stage, Waiting):
            work.stage = Waiting(1 + self._queue.in_order().index(work.job))
        self._offer(work, interval_seconds=0)

    async def _fetch(self, work: _Work) -> None:
        if work.end is not None:
            return
        work.stage = Fetching()
        slow = asyncio.get_running_loop().call_later(SLOW_FETCH_SECONDS, self._offer, work)
        try:
            with self._pictures.store.hold() as hold:
                content_sha256 = await self._pictures.take(CONTENT, work.job.content, hold=hold, log=work.log)
                style_sha256 = await self._pictures.take(STYLE, work.job.style, hold=hold, log=work.log)
                await self._write(self._records.fetched, work, content_sha256=content_sha256, style_sha256=style_sha256)
        finally:
            slow.cancel()
        await work.message.settled()  # or the next card would have to wait for its own time
        work.job = replace(
            work.job,
            state=JobState.WAITING,
            content=replace(work.job.content, sha256=content_sha256),
            style=replace(work.job.style, sha256=style_sha256),
        )

    async def _paint(self, work: _Work) -> None:
        """Paint on the easel that was taken, and keep what comes out."""
        try:
            if work.end is not None:
                return
            if work.job.starts >= MOST_STARTS:
                raise PaintingGivenUp
            finished = await self._finished(work)
        finally:
            self._leave_easel(work)
        with self._pictures.store.hold() as hold:
            painted = Painted(
                painting_sha256=await self._keep(work, finished.painting, hold),
                painting_format=finished.picture_format,
                gif_sha256=await self._keep(work, finished.gif, hold),
                width_px=finished.width_px,
                height_px=finished.height_px,
                seconds=finished.seconds,
                enlargement=finished.enlargement,
            )
            thumbnails = {
                "content_thumbnail_sha256": await self._keep(work, finished.content_thumbnail, hold),
                "style_thumbnail_sha256": await self._keep(work, finished.style_thumbnail, hold),
            }
            await self._write(self._records.painted, work, painted, **thumbnails)
        work.job = replace(
            work.job,
            state=JobState.PAINTED,
            painted=painted,
            content=replace(work.job.content, thumbnail_sha256=thumbnails["content_thumbnail_sha256"]),
            style=replace(work.job.style, thumbnail_sha256=thumbnails["style_thumbnail_sha256"]),
        )
        self._speed.learn(work.job, painted.seconds)
        work.log.info("job.painted", seconds=round(painted.seconds, 2), width=painted.width_px)

    def _fill_easels(self) -> None:
        while not self._closing and self._easels_in_use < self._engine.capacity:
            job = self._queue.take()
            if job is None:
                break
            work = self._under_way[job.job_id]
            work.stage = Painting()
            self._easels_in_use += 1
            self._set_to_work(work, self._paint)
        self._show_places()

    def _leave_easel(self, work: _Work) -> None:
        self._easels_in_use -= 1
        self._queue.leave_easel(work.job)
        self._fill_easels()

    async def _finished(self, work: _Work) -> Finished:
        """Paint until it is done; a lost worker is replaced once, and the member sees nothing of it."""
        while True:
            try:
                return await self._painted_once(work)
            except (WorkerDied, WorkerFailed) as error:
                work.log.warning("job.worker_lost", reason=type(error).__name__, problem=str(error))
                self._metrics.worker_lost(type(error).__name__)
                await self._write(self._records.lost_worker, work, losses=work.job.losses + 1)
                work.job = replace(work.job, state=JobState.WAITING, losses=work.job.losses + 1)
                if work.job.losses > MOST_LOSSES:
                    raise
            except WorkerNotReady as error:  # it has been tried for minutes, and says nothing of this job
                work.log.warning("job.waits_for_worker", problem=str(error))
                await self._write(self._records.put_back, work, starts=work.job.starts - 1)
                work.job = replace(work.job, state=JobState.WAITING, starts=work.job.starts - 1)

    async def _painted_once(self, work: _Work) -> Finished:
        job = await self._painting_job(work)
        await self._write(self._records.started, work, starts=work.job.starts + 1)
        work.job = replace(work.job, state=JobState.PAINTING, starts=work.job.starts + 1)
        work.log.info("job.painting", start=work.job.starts)
        if work.job.starts == 1:
            self._metrics.painting(work.job, (datetime.now(UTC) - work.job.created_at).total_seconds())
        async with aclosing(self._engine.run(job)) as events:
            async for event in events:
                if isinstance(event, Finished):
                    return event
                self._follow(work, event)
        raise RuntimeError("the engine ended without a painting")

    async def _painting_job(self, work: _Work) -> PaintingJob:
        job = work.job
        content = await self._pictures.store.read(job.content.sha256 or "")
        style = await self._pictures.store.read(job.style.sha256 or "")
        if content is None or style is None:
            raise PaintingForgotten
        limit_bytes = min(MAX_FILE_BYTES, work.message.upload_limit_bytes)
        return PaintingJob(
            job_id=job.job_id,
            content=content,
            style=style,
            recipe=job.order.recipe(),
            seed=job.order.seed,
            attempt=job.starts + 1,
            painting_limit_bytes=limit_bytes,
            gif_limit_bytes=min(DEFAULT_GIF_LIMIT_BYTES, limit_bytes),
        )

    async def _rest(self, work: _Work) -> None:
        """Leave a painting to the next process, which begins it anew, and say so on its card."""
        if work.job.state is not JobState.PAINTING or work.end is not None:
            return
        work.stage = Resting()
        with suppress(DatabaseAway):
            await self._records.put_back(work.job.job_id, starts=work.job.starts - 1)
        await work.message.settled()
        self._offer(work, interval_seconds=0)
        await work.message.settled()

    def _follow(self, work: _Work, event: Event) -> None:
        if isinstance(work.stage, Resting):
            return
        before = painting = work.stage if isinstance(work.stage, Painting) else Painting()
        match event:
            case Started():
                painting = Painting(steps=event.steps, preview_number=before.preview_number)
            case Progress():
                preview = event.preview
                if preview is not None and len(preview) > work.message.upload_limit_bytes:
                    preview = None
                painting = Painting(
                    step=event.step,
                    steps=event.steps,
                    seconds_left=event.seconds_left,
                    preview=preview or before.preview,
                    preview_number=before.preview_number + (preview is not None),
                )
        work.stage = painting
        # No event comes while the files are written: that it is finishing is shown at once.
        self._offer(work, interval_seconds=0 if painting.is_finishing else EDIT_INTERVAL_SECONDS)
        self._show_places()

    def _show_places(self) -> None:
        """Bring the cards of all that wait up to date; of hundreds not each time that something happens."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        if now < self._places_due_at:
            return
        forecast, in_order = self._queue.forecast(), self._queue.in_order()
        if self._next_look is not None:
            self._next_look.cancel()
        self._next_look = (
            self._call_later(PLACES_EVERY_SECONDS, self._show_places) if in_order and not self._closing else None
        )
        self._places_due_at = now + (PLACE_SECONDS * len(in_order) if len(in_order) > FEW_PLACES else 0)
        for position, job in enumerate(in_order, start=1):
            work = self._under_way[job.job_id]
            work.stage = Waiting(position, forecast[job.job_id].starts)
            # The farther from its turn, the less a place tells: hundreds of cards are not edited at every change.
            self._offer(work, interval_seconds=EDIT_INTERVAL_SECONDS * position)

    def _offer(self, work: _Work, *, interval_seconds: float = EDIT_INTERVAL_SECONDS) -> None:
        work.message.offer(
            partial(job_card, work.job, work.stage, work.thumbnails),
            showing=work.stage,
            interval_seconds=interval_seconds,
        )

    async def _deliver(self, work: _Work) -> None:
        """Show the painting; where Discord does not take it, say so."""
        try:
            shown = await work.message.finish(self._result(work.job), end="done", moved=partial(moved_card, work.job))
        except (Undeliverable, PaintingForgotten) as error:
            work.log.warning("job.undeliverable", problem=str(error))
            work.end, work.error = JobState.FAILED, error
            await self._conclude(work)
            return
        await self._write(self._records.delivered, work, message_id=shown.message_id)
        work.log.info("job.delivered", message=shown.message_id)
        self._note_end(work, JobState.DELIVERED, shown=shown)
        await self._notify_owner(work, shown)

    async def _notify_owner(self, work: _Work, shown: Shown) -> None:
        """Mention the owner, once, where that is wanted and nothing else notified them."""
        job = work.job
        is_direct = shown.channel_id != job.channel_id  # which notifies by itself
        if job.owner_notified or is_direct or not self._is_long_enough(job, await self._notify_of(job)):
            return
        await self._write(self._records.owner_notified, work)
        await work.message.notify_owner(f"<@{job.owner_id}> Your painting is ready.", shown)

    @staticmethod
    def _is_long_enough(job: Job, notify: Notify) -> bool:
        if notify is Notify.LONG:
            return (datetime.now(UTC) - job.created_at).total_seconds() > LONG_SECONDS
        return notify is Notify.ALWAYS

    def _result(self, job: Job) -> CardWithin:
        """Makes the card of a painting that is done. The block raises `PaintingForgotten` when its files are gone."""

        @asynccontextmanager
        async def card_within(limit_bytes: int, *, without_gif: bool) -> AsyncIterator[Card]:
            async with self._deliveries:
                if (painted := job.painted) is None:
                    raise PaintingForgotten
                try:
                    painting = await self._pictures.store.read(painted.painting_sha256)
                    gif = await self._pictures.store.read(painted.gif_sha256)
                    if painting is None or gif is None:
                        raise PaintingForgotten
                    thumbnails = Thumbnails.uploaded(job, *await self._pictures.thumbnails(job))
                    card = _fitted(job, painted, painting, None if without_gif else gif, thumbnails, limit_bytes)
                except OSError as error:  # which would look as if Discord could not be reached
                    raise PaintingUnreadable from error
                yield card

        return card_within

    async def _conclude(self, work: _Work) -> None:
        """Show how a job ended without a painting."""
        end, private = work.end or work.job.state, _is_private(work)
        if work.job.state is not end:
            await self._write(self._records.ended, work, end, problem=_problem(work), problem_is_private=private)
        if isinstance(work.error, MessageGone):
            await work.message.send_ephemeral(sentence_for(work.error))
        elif not (private and await work.message.replace_with_ephemeral(_problem(work) or "")):
            card = job_card(work.job, _stopped(work), work.thumbnails)

            @asynccontextmanager
            async def card_within(limit_bytes: int, *, without_gif: bool) -> AsyncIterator[Card]:  # noqa: ARG001 - no files
                yield card

            try:
                await work.message.finish(card_within, end=end[:4], moved=partial(moved_card, work.job))
            except Undeliverable as error:
                work.log.warning("job.card_lost", problem=error.problem)
        await self._write(self._records.told, work)
        if not work.is_redelivery and (end is JobState.FAILED or not work.job.starts):
            await self._usage.refund(work.job)
        work.log.info("job.ended", state=end, reason=work.error and type(work.error).__name__)
        self._note_end(work, end)

    def _note_end(self, work: _Work, outcome: JobState, *, shown: Shown | None = None) -> None:
        message_id = None if shown is None else shown.message_id
        painted = work.job.painted
        self._metrics.ended(work.job, outcome, None if painted is None else painted.seconds)
        self._server_log.note(replace(work.job, state=outcome, message_id=message_id, problem=_problem(work)))

    async def _keep(self, work: _Work, picture: bytes, hold: Hold) -> str:
        """Keep a result, however long the disk has no room: whoever was let in gets their painting."""
        for wait_seconds in growing_waits():
            try:
                return await self._pictures.store.keep(picture, hold=hold)
            except DiskFull:
                work.log.warning("job.not_kept", bytes=len(picture))
                await asyncio.sleep(wait_seconds)
        raise AssertionError("the waits never end")

    async def _write(self, record: Callable[..., Awaitable[None]], work: _Work, *facts: Any, **more: Any) -> None:
        """Write a step down, however long the database cannot be written to: the next one stands on it."""
        for wait_seconds in growing_waits():
            try:
                await record(work.job.job_id, *facts, **more)
            except DatabaseAway as error:
                work.log.warning("job.not_recorded", step=record.__name__, problem=error.problem)
                await asyncio.sleep(wait_seconds)
            else:
                return


def _is_about_what_was_sent(error: Exception | None) -> bool:
    return isinstance(error, (PictureError, DownloadError, Refusal))


def _is_private(work: _Work) -> bool:
    """Whether nobody but the owner is helped by reading why it failed."""
    return work.job.problem_is_private if work.error is None else _is_about_what_was_sent(work.error)


def _problem(work: _Work) -> str | None:
    return work.job.problem if work.error is None else sentence_for(work.error)


def _stopped(work: _Work) -> Stopped:
    if work.end is JobState.CANCELLED:
        return Stopped("Canceled", _problem(work) or "This painting was canceled.")
    return Stopped("Not painted", _problem(work) or SOMETHING_WENT_WRONG)


def _fitted(
    job: Job, painted: Painted, painting: bytes, gif: bytes | None, thumbnails: Thumbnails, limit_bytes: int
) -> Card:
    """The result's card, without the GIF or the thumbnails where there is no room for them.

    Raises `Undeliverable` where there is none for the painting.
    """
    if len(painting) > limit_bytes:
        raise Undeliverable("its file is larger than this place allows")
    if any(len(file.content) > limit_bytes for file in thumbnails.files):
        thumbnails = Thumbnails()
    others_bytes = len(painting) + sum(len(file.content) for file in thumbnails.files)
    room_bytes = min(limit_bytes, REQUEST_LIMIT_BYTES - REQUEST_OVERHEAD_BYTES - others_bytes)
    named = partial(CardFile.of, is_spoiler=job.is_spoiler)
    return result_card(
        job,
        painted,
        painting=named(f"painting{PICTURE_SUFFIXES[painted.painting_format]}", painting),
        gif=named("progress.gif", gif) if gif is not None and len(gif) <= room_bytes else None,
        thumbnails=thumbnails,
    )
