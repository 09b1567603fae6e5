"""Paints the cells of a board: one after another in the board's slot, and side by side where slots are idle."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial

from bot.errors import PaintingForgotten
from bot.files.pictures import Pictures
from bot.messages.live import CARD_EDIT_INTERVAL_SECONDS
from bot.painting.job import InputRole, Result
from bot.painting.progress import Canceling, Painting, Restarting
from bot.painting.results import ResultStore
from bot.painting.speed import Speed
from bot.painting.starts import Starts
from bot.painting.work import JobSaver, Work
from stylizer.events import Finished, Progress, Started
from stylizer.pool import Engine, PaintingJob, StyleInput, WorkerDied, WorkerFailed, WorkerNotReady, compose_sheet

SHEET_INTERVAL_SECONDS = 1.0
"""How often a growing sheet is drawn."""


class BoardPainter:
    """Paints boards."""

    def __init__(
        self,
        *,
        engine: Engine,
        pictures: Pictures,
        saver: JobSaver,
        speed: Speed,
        starts: Starts,
        results: ResultStore,
    ) -> None:
        self._engine = engine
        self._pictures = pictures
        self._saver = saver
        self._speed = speed
        self._starts = starts
        self._results = results

    async def paint(self, work: Work, *, on_progress: Callable[[], None]) -> float:
        """Paint every cell that isn't painted yet, store each, and return the seconds it took.

        Replaces a lost worker once. Raises `PaintingForgotten`, and what the engine raises.
        """
        began = time.perf_counter()
        await self._starts.start(work)
        board = _Board(
            self._engine, self._pictures, self._saver, self._speed, self._starts, self._results, work, on_progress
        )
        await board.paint()
        return time.perf_counter() - began

    async def sheet(self, work: Work) -> bytes:
        """Draw all cells of a painted board as one JPEG. Raises `PaintingForgotten`."""
        cells = await _stored_cells(self._pictures, work)
        size = _cell_px(work)
        if len(cells) < len(work.job.cells) or size is None:
            raise PaintingForgotten
        return await _drawn(work, cells, size)


@dataclass(slots=True)
class _Board:
    """A board while it is painted."""

    engine: Engine
    pictures: Pictures
    saver: JobSaver
    speed: Speed
    starts: Starts
    results: ResultStore
    work: Work
    on_progress: Callable[[], None]
    began: float = field(default_factory=time.perf_counter)
    left: deque[int] = field(default_factory=deque)
    """The numbers of the cells that nobody paints yet."""
    shown: dict[int, bytes] = field(default_factory=dict)
    """The latest picture of each cell."""
    shares: dict[int, float] = field(default_factory=dict)
    """How much of each cell is painted."""
    cell_px: tuple[int, int] | None = None
    """Width and height of each cell, once known."""
    already: int = 0
    """How many cells an earlier attempt painted."""
    saving: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while the job changes: cells that end together must not overwrite each other's results."""
    drawn_at: float = -SHEET_INTERVAL_SECONDS

    async def paint(self) -> None:
        self.shown = await _stored_cells(self.pictures, self.work)
        self.shares = dict.fromkeys(self.shown, 1.0)
        self.already, self.cell_px = len(self.shown), _cell_px(self.work)
        numbers = range(1, len(self.work.job.cells) + 1)
        self.left.extend(number for number in numbers if number not in self.shown)
        try:
            async with asyncio.TaskGroup() as group:
                self.work.use_idle_slot = partial(self._use_idle_slot, group)
                self.on_progress()
                await self._paint_cells()
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None
        finally:
            self.work.use_idle_slot = None

    def _use_idle_slot(
        self, group: asyncio.TaskGroup, give_back: Callable[[], None], *, may_keep: Callable[[], bool]
    ) -> bool:
        """Paint in a slot that nobody else needs now; False if there is nothing left to paint in it."""
        if not self.left:
            return False
        group.create_task(self._paint_cells(may_keep)).add_done_callback(lambda _: give_back())
        return True

    async def _paint_cells(self, may_go_on: Callable[[], bool] = lambda: True) -> None:
        is_first = True
        try:
            while self.left and (is_first or may_go_on()):
                number, is_first = self.left.popleft(), False
                await self._store(number, await self._paint_cell(number))
        except BaseException:  # the board ends, and its group takes no more tasks
            self.left.clear()
            raise

    async def _paint_cell(self, number: int) -> Finished:
        while True:
            try:
                return await self._run(number)
            except (WorkerDied, WorkerFailed) as error:
                async with self.saving:
                    await self.starts.lose_worker(self.work, error, cell=number)
                    await self.starts.start(self.work)
            except WorkerNotReady as error:  # after minutes of trying; it has nothing to do with this job
                self.work.log.warning("job.waits_for_worker", problem=str(error))

    async def _run(self, number: int) -> Finished:
        job = await self._painting_job(number)
        async with aclosing(self.engine.run(job)) as events:
            async for event in events:
                match event:
                    case Finished():
                        return event
                    case Started():
                        self.cell_px = event.width_px, event.height_px
                    case Progress():
                        self.shares[number] = event.step / event.steps
                        if event.preview is not None:
                            self.shown[number] = event.preview
                        await self._show()
        raise RuntimeError("the engine ended without a painting")

    async def _painting_job(self, number: int) -> PaintingJob:
        job = self.work.job
        cell = job.cells[number - 1]
        style = job.styles[cell.style_position]
        content_bytes = await self.pictures.store.read(job.input("content").sha256 or "")
        style_bytes = await self.pictures.store.read(style.sha256 or "")
        if content_bytes is None or style_bytes is None:
            raise PaintingForgotten
        return PaintingJob(
            job_id=f"{job.job_id}-{number}",
            content=content_bytes,
            styles=(StyleInput(style_bytes),),
            recipe=cell.options.recipe(),
            seed=cell.options.seed,
            attempt=job.starts,
            gif_limit_bytes=0,
        )

    async def _store(self, number: int, finished: Finished) -> None:
        work = self.work
        style = work.job.styles[work.job.cells[number - 1].style_position]
        with self.pictures.store.lease() as lease:
            cell = Result(
                "cell",
                media_type=f"image/{finished.picture_format}",
                sha256=await self.results.put(work, finished.painting, lease),
                position=number,
                size_bytes=len(finished.painting),
                width_px=finished.width_px,
                height_px=finished.height_px,
            )
            made: dict[tuple[InputRole, int], str] = {
                ("content", 0): await self.results.put(work, finished.content_thumbnail, lease),
                ("style", style.position): await self.results.put(work, finished.style_thumbnails[0], lease),
            }
            async with self.saving:
                thumbnails = [
                    made.get((picture.role, picture.position), picture.thumbnail_sha256) for picture in work.job.inputs
                ]
                await self.saver.save(work, work.job.cell_painted(cell, thumbnail_sha256s=thumbnails))
        self.speed.learn(work.job, finished.seconds, cell=number)
        self.shown[number], self.shares[number] = finished.painting, 1.0
        await self._show(at_once=True)

    async def _show(self, *, at_once: bool = False) -> None:
        """Draw the sheet so far on the card: now and then, but the first picture at once."""
        if self.cell_px is None or isinstance(self.work.card_state, (Restarting, Canceling)):
            return
        now = asyncio.get_running_loop().time()
        is_first = bool(self.shown) and not _has_picture(self.work.card_state)
        if now < self.drawn_at + SHEET_INTERVAL_SECONDS and not (at_once or is_first):
            return
        self.drawn_at = now
        sheet = await _drawn(self.work, dict(self.shown), self.cell_px) if self.shown else None
        before = self.work.card_state
        number = before.preview_number + 1 if isinstance(before, Painting) else 1
        cells, painted = len(self.work.job.cells), sum(self.shares.values())
        self.work.card_state = Painting(
            step=int(100 * painted),
            steps=100 * cells,
            seconds_left=self._seconds_left(painted),
            preview=sheet,
            preview_number=number,
        )
        is_awaited = sheet is not None and not _has_picture(self.work.message.shown)
        self.work.schedule_update(interval_seconds=0.0 if is_awaited else CARD_EDIT_INTERVAL_SECONDS)
        self.on_progress()

    def _seconds_left(self, painted: float) -> float | None:
        done_now = painted - self.already
        if done_now <= 0:
            return None
        return (time.perf_counter() - self.began) / done_now * (len(self.work.job.cells) - painted)


def _has_picture(state: object) -> bool:
    """Whether a card in this state shows a sheet."""
    return isinstance(state, Painting) and state.preview is not None


async def _stored_cells(pictures: Pictures, work: Work) -> dict[int, bytes]:
    """The painted cells of a board that are in the store, by number."""
    cells = {}
    for result in work.job.results:
        if result.kind == "cell" and (encoded := await pictures.store.read(result.sha256)) is not None:
            cells[result.position] = encoded
    return cells


def _cell_px(work: Work) -> tuple[int, int] | None:
    """Width and height of the painted cells; None if there are none yet."""
    return next(
        (
            (result.width_px, result.height_px)
            for result in work.job.results
            if result.kind == "cell" and result.width_px and result.height_px
        ),
        None,
    )


async def _drawn(work: Work, cells: dict[int, bytes], cell_px: tuple[int, int]) -> bytes:
    pictures = [cells.get(number) for number in range(1, len(work.job.cells) + 1)]
    return await asyncio.to_thread(compose_sheet, pictures, size_px=cell_px)
