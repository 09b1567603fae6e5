"""Takes one job to its finished painting: fetches its pictures, paints, and stores the results."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import aclosing, suppress
from functools import partial
from typing import TypeAlias

import discord

from bot.clock.timing import Timing
from bot.errors import DatabaseAway, PaintingForgotten, PaintingGivenUp, Superseded
from bot.files.pictures import Pictures
from bot.messages.live import CARD_EDIT_INTERVAL_SECONDS
from bot.operation.metrics import Metrics
from bot.painting.cells import BoardPainter
from bot.painting.job import JobKind, JobState, Result, ResultKind
from bot.painting.progress import Fetching, Painting, Restarting
from bot.painting.results import ResultStore
from bot.painting.speed import Speed
from bot.painting.starts import Starts
from bot.painting.work import JobSaver, Work
from stylizer.events import Event, Finished, Progress, Started
from stylizer.pool import (
    DEFAULT_GIF_LIMIT_BYTES,
    Engine,
    PaintingJob,
    StyleInput,
    WorkerDied,
    WorkerFailed,
    WorkerNotReady,
)

MAX_STARTS = 10
"""A job that started this often and never ended probably takes the whole bot down with it each time."""
MAX_FILE_BYTES = discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES
"""Every way of delivery accepts files of this size, even direct messages, and a request has room for two."""
SLOW_FETCH_SECONDS = 1.0
"""If fetching takes longer, the card says so."""

Store: TypeAlias = Callable[[], Awaitable[None]]
"""Stores what was painted."""


class Lifecycle:
    """Takes a job through its steps. Each is saved before the next, so that another process can resume the job."""

    def __init__(
        self,
        *,
        engine: Engine,
        pictures: Pictures,
        saver: JobSaver,
        metrics: Metrics,
        speed: Speed,
        timing: Timing,
    ) -> None:
        self._engine = engine
        self._pictures = pictures
        self._saver = saver
        self._speed = speed
        self._timing = timing
        self._starts = Starts(saver=saver, metrics=metrics)
        self._results = ResultStore(pictures.store, timing.backoff)
        self._boards = BoardPainter(
            engine=engine,
            pictures=pictures,
            saver=saver,
            speed=speed,
            starts=self._starts,
            results=self._results,
        )

    async def fetch(self, work: Work) -> None:
        """Download the job's pictures, so that it can wait for its turn, or for its owner to choose a style."""
        if work.outcome is not None:
            return
        work.card_state = Fetching()
        slow = self._timing.call_later(SLOW_FETCH_SECONDS, work.schedule_update)
        try:
            with self._pictures.store.lease() as lease:
                sha256s = [
                    await self._pictures.fetch(source, role, lease=lease, log=work.log)
                    for source, role in zip(work.job.inputs, work.job.picture_roles, strict=True)
                ]
                fetched = work.job.fetched(sha256s) if work.job.styles else work.job.content_fetched(sha256s)
                await self._saver.save(work, fetched)
        finally:
            slow.cancel()
        await work.message.wait_for_edit()  # or the next card would be delayed by the edit interval

    async def paint(self, work: Work, *, on_progress: Callable[[], None]) -> Store:
        """Paint until it is done, in the job's slot. Replaces a lost worker once, unnoticed by the member.

        Returns what stores the results, for which the slot isn't needed any more. Raises `PaintingGivenUp`,
        `PaintingForgotten`, and what the engine raises.
        """
        if work.job.counted_starts >= MAX_STARTS:
            raise PaintingGivenUp
        if work.job.kind is JobKind.BOARD:
            seconds = await self._boards.paint(work, on_progress=on_progress)
            return partial(self._store_board, work, seconds)
        return partial(self._store, work, await self._paint(work, on_progress))

    async def _paint(self, work: Work, on_progress: Callable[[], None]) -> Finished:
        while True:
            try:
                return await self._paint_once(work, on_progress)
            except (WorkerDied, WorkerFailed) as error:
                await self._starts.lose_worker(work, error)
            except WorkerNotReady as error:  # after minutes of trying; it has nothing to do with this job
                work.log.warning("job.waits_for_worker", problem=str(error))
                await self._saver.save(work, work.job.requeued())

    async def _store(self, work: Work, finished: Finished) -> None:
        """Store the painting, its timelapse, if one is wanted, and the thumbnails."""
        with self._pictures.store.lease() as lease:
            painting = Result(
                "painting",
                media_type=f"image/{finished.picture_format}",
                sha256=await self._results.put(work, finished.painting, lease),
                size_bytes=len(finished.painting),
                width_px=finished.width_px,
                height_px=finished.height_px,
            )
            others: tuple[tuple[ResultKind, str, bytes], ...] = (
                ("timelapse", "image/gif", finished.gif),
                ("thumbnail", "image/jpeg", finished.thumbnail),
            )
            results = [
                Result(kind, media_type, await self._results.put(work, file, lease), size_bytes=len(file))
                for kind, media_type, file in others
                if file
            ]
            made = {("content", 0): await self._results.put(work, finished.content_thumbnail, lease)}
            for position, jpeg in enumerate(finished.style_thumbnails):
                made["style", position] = await self._results.put(work, jpeg, lease)
            painted = work.job.painted(
                (painting, *results),
                thumbnail_sha256s=[made.get((picture.role, picture.position)) for picture in work.job.inputs],
                painting_seconds=finished.seconds,
                enlargement=finished.enlargement,
                spared_faces=finished.faces,
            )
            await self._saver.save(work, painted)
        self._speed.learn(work.job, finished.seconds)
        work.log.info("job.painted", seconds=round(finished.seconds, 2), width=finished.width_px)

    async def _store_board(self, work: Work, seconds: float) -> None:
        """Store the sheet of a board, whose cells are stored already."""
        sheet = await self._boards.sheet(work)
        with self._pictures.store.lease() as lease:
            sha256 = await self._results.put(work, sheet, lease)
            result = Result("sheet", media_type="image/jpeg", sha256=sha256, size_bytes=len(sheet))
            painted = work.job.painted(
                (*work.job.results, result),
                thumbnail_sha256s=[picture.thumbnail_sha256 for picture in work.job.inputs],
                painting_seconds=seconds,
            )
            await self._saver.save(work, painted)
        work.log.info("job.painted", seconds=round(seconds, 2), cells=len(work.job.cells))

    async def requeue_for_restart(self, work: Work) -> None:
        """Leave a painting to the next process, which starts it over, and say so on its card."""
        if work.job.state is not JobState.PAINTING or work.outcome is not None:
            return
        work.card_state = Restarting()
        with suppress(DatabaseAway, Superseded):  # the painting may finish at this very moment
            await self._saver.save_once(work.job.requeued())
        await work.message.wait_for_edit()
        work.schedule_update(interval_seconds=0)
        await work.message.wait_for_edit()

    async def _paint_once(self, work: Work, on_progress: Callable[[], None]) -> Finished:
        job = await self._painting_job(work)
        await self._starts.start(work)
        async with aclosing(self._engine.run(job)) as events:
            async for event in events:
                if isinstance(event, Finished):
                    return event
                if not isinstance(work.card_state, Restarting):
                    _show(work, event)
                    on_progress()
        raise RuntimeError("the engine ended without a painting")

    async def _painting_job(self, work: Work) -> PaintingJob:
        job = work.job
        content = await self._pictures.store.read(job.input("content").sha256 or "")
        styles = [
            StyleInput(picture, style.weight)
            for style in job.styles
            if (picture := await self._pictures.store.read(style.sha256 or "")) is not None
        ]
        others = {
            picture.role: await self._pictures.store.read(picture.sha256 or "")
            for picture in (job.start, job.mask)
            if picture is not None
        }
        if content is None or len(styles) < len(job.styles) or None in others.values():
            raise PaintingForgotten
        limit_bytes = min(MAX_FILE_BYTES, work.message.upload_limit_bytes)
        return PaintingJob(
            job_id=job.job_id,
            content=content,
            styles=tuple(styles),
            recipe=job.options.recipe(),
            seed=job.options.seed,
            start=others.get("start"),
            mask=others.get("mask"),
            spare_faces=job.options.spare_faces,
            attempt=job.starts + 1,
            painting_limit_bytes=limit_bytes,
            gif_limit_bytes=min(DEFAULT_GIF_LIMIT_BYTES, limit_bytes) if job.wants_timelapse else 0,
        )


def _show(work: Work, event: Event) -> None:
    """Show on the card what the engine reports."""
    before = work.card_state if isinstance(work.card_state, Painting) else Painting()
    work.card_state = painting = _next_state(before, event, preview_limit_bytes=work.message.upload_limit_bytes)
    # No event comes while the files are being written, so show at once that it is finishing.
    work.schedule_update(interval_seconds=0 if painting.is_finishing else CARD_EDIT_INTERVAL_SECONDS)


def _next_state(before: Painting, event: Event, *, preview_limit_bytes: int) -> Painting:
    match event:
        case Started():
            expected_seconds = None if before.steps else before.seconds_left
            return Painting(steps=event.steps, seconds_left=expected_seconds, preview_number=before.preview_number)
        case Progress():
            preview = event.preview
            if preview is not None and len(preview) > preview_limit_bytes:
                preview = None
            return Painting(
                step=event.step,
                steps=event.steps,
                seconds_left=event.seconds_left,
                preview=preview or before.preview,
                preview_number=before.preview_number + (preview is not None),
            )
        case _:
            return before
