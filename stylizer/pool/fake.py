"""An engine without TensorFlow and without processes, for tests and demos."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Sequence
from functools import lru_cache
from typing import Self

import numpy as np
from numpy.typing import NDArray

from stylizer.blend import Palette, shares_of
from stylizer.comparison import Comparison
from stylizer.errors import CONTENT, MASK, START, EngineClosed, PictureName, StylizerError, WorkerDied, style_names
from stylizer.events import THUMBNAIL_PX, Event, Finished, Losses, Progress, Started
from stylizer.images import (
    MIN_PAINTED_SIDE_PX,
    Picture,
    encode_preview,
    encode_within,
    fit_size,
    open_picture,
    resize,
    to_float,
)
from stylizer.mask import Mask
from stylizer.memory import longest_side_px, peak_memory_bytes
from stylizer.pool.engine import PaintingJob
from stylizer.pool.oneshot import comparison_of, thumbnail_of
from stylizer.pool.turns import Turns
from stylizer.start import check_start
from stylizer.step_cost import StepCost
from stylizer.timelapse import make_gif

_PRECISION = "float32"
_DEVICE = "no painter, colors only"


class StepGate:
    """Holds every painting of a `FakeEngine` before each step until it is let through.

    So a test can examine a half-painted job. Works in one event loop; closing the engine opens the gate.
    """

    def __init__(self) -> None:
        self._held: list[tuple[str, asyncio.Future[None]]] = []
        self._passes: Counter[str | None] = Counter()
        self._is_open = False
        self._arrived = asyncio.Event()

    async def held(self, *job_ids: str) -> None:
        """Wait until each of these jobs is at the gate; without any, until one is."""
        while not self._held or not {job_id for job_id, _ in self._held}.issuperset(job_ids):
            self._arrived.clear()
            await self._arrived.wait()

    def let_through(self, job_id: str | None = None, *, steps: int = 1) -> None:
        """Let a job, or if None the first that comes, paint this many more steps."""
        self._passes[job_id] += steps
        self._admit()

    def open(self) -> None:
        """Let every job through from now on."""
        self._is_open = True
        self._admit()

    async def pass_through(self, job_id: str) -> None:
        """Wait at the gate, as a painting does before each step."""
        arrival = (job_id, asyncio.get_running_loop().create_future())
        self._held.append(arrival)
        self._arrived.set()
        self._admit()
        try:
            await arrival[1]
        finally:
            self._held.remove(arrival)

    def _admit(self) -> None:
        for job_id, admitted in self._held:
            if not admitted.done() and (self._is_open or self._use_pass(job_id) or self._use_pass(None)):
                admitted.set_result(None)

    def _use_pass(self, holder: str | None) -> bool:
        if self._passes[holder] == 0:
            return False
        self._passes[holder] -= 1
        return True


class FakeEngine:
    """Paints by blending the style's colors over the content, frame by frame; an `Engine`.

    A frame is painted when the reader asks for it, after `seconds_per_frame` and once the `gate`, if any, lets it
    through: nothing happens by itself, and the reader sees each of the `frames`. With `fail_at`, a job fails with
    `error` before that frame, 1 … `frames`, or before `Started` for 0. Both may be changed between jobs. Of its
    workers, `cold_workers` can't paint until `warm_up`. Pictures in and out are real, limits are kept, and broken
    pictures are refused like the painter does.
    """

    def __init__(
        self,
        frames: int = 3,
        fail_at: int | None = None,
        *,
        error: StylizerError | None = None,
        workers: int = 1,
        cold_workers: int = 0,
        largest_pixels: int | None = None,
        largest_masked_pixels: int | None = None,
        seconds_per_frame: float = 0.0,
        gate: StepGate | None = None,
        step_cost: StepCost | None = None,
    ) -> None:
        if frames < 1 or workers < 1:
            raise ValueError("frames and workers must be at least 1")
        if not 0 <= cold_workers < workers:
            raise ValueError("at least one worker must be warm")
        self.fail_at = fail_at
        self.error = error
        self.jobs: list[PaintingJob] = []
        """Every job that was started, in order."""
        self._frames = frames
        self.largest_pixels = largest_pixels
        self.largest_masked_pixels = largest_masked_pixels
        """Of paintings with a mask; None if a mask makes no difference."""
        self.step_cost = step_cost
        """What it says that a step takes; it paints no faster and no slower."""
        self._workers = workers
        self._cold_workers = cold_workers
        self._seconds_per_frame = seconds_per_frame
        self._gate = gate
        self._turns: Turns[int] = Turns()
        for worker in range(workers - cold_workers):
            self._turns.hand_in(worker)
        self._watchers: list[Callable[[], None]] = []

    @property
    def workers(self) -> int:
        """How many workers it was given."""
        return self._workers

    @property
    def capacity(self) -> int:
        """All workers except the cold ones, until it is closed; none of them ever dies."""
        return 0 if self._turns.is_closed else self._workers - self._cold_workers

    @property
    def replaced_workers(self) -> int:
        """Always 0."""
        return 0

    def on_capacity_changed(self, notify: Callable[[], None]) -> None:
        """Call `notify` whenever a cold worker becomes warm."""
        self._watchers.append(notify)

    def warm_up(self) -> None:
        """Let one of the cold workers become warm."""
        self._cold_workers -= 1
        self._turns.hand_in(self._workers - self._cold_workers)
        for notify in self._watchers:
            notify()

    def largest_side_px(self, width: int, height: int, *, is_masked: bool = False) -> int | None:
        """Computed from `largest_pixels`, which may be changed at any time."""
        pixels = self.largest_pixels
        if is_masked and self.largest_masked_pixels is not None:
            pixels = self.largest_masked_pixels
        return None if pixels is None else longest_side_px(pixels, width=width, height=height)

    async def make_thumbnail(self, picture: bytes, *, name: PictureName, longest_side_px: int) -> bytes:
        """Decode the picture in this process, because tests and demos have no hostile ones."""
        if self._turns.is_closed:
            raise EngineClosed
        return thumbnail_of(picture, name=name, longest_side_px=longest_side_px)

    async def make_comparison(
        self, content: bytes, painting: bytes, *, longest_side_px: int, gif_limit_bytes: int
    ) -> Comparison:
        """Decode them in this process, as `make_thumbnail` does."""
        if self._turns.is_closed:
            raise EngineClosed
        return comparison_of(content, painting, longest_side_px=longest_side_px, gif_limit_bytes=gif_limit_bytes)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """End running and waiting jobs with `EngineClosed`. Calling it twice is fine."""
        self._turns.close()
        if self._gate is not None:
            self._gate.open()

    async def run(self, job: PaintingJob) -> AsyncGenerator[Event, None]:
        """Yield events as `Engine.run` says."""
        # It has no tasks of its own: it waits in the caller's task, where a test that moves the clock sees it.
        worker = await self._turns.take()
        try:
            self.jobs.append(job)
            self._fail_if_due(0)
            painting = _Painting(job, frames=self._frames)
            yield painting.started()
            for frame in range(1, self._frames + 1):
                await asyncio.sleep(self._seconds_per_frame)
                if self._gate is not None:
                    await self._gate.pass_through(job.job_id)
                self._fail_if_due(frame)
                yield painting.progress(frame)
            self._fail_if_due(None)
            yield painting.finished()
        finally:
            self._turns.hand_in(worker)

    def _fail_if_due(self, frame: int | None) -> None:
        if self._turns.is_closed:
            raise EngineClosed
        if self.fail_at is not None and frame == self.fail_at:
            raise self.error or WorkerDied(None)


class _Painting:
    """The content picture, or the smaller painting to go on from, with more and more of the styles' colors."""

    def __init__(self, job: PaintingJob, *, frames: int) -> None:
        longest_side_px = job.recipe.longest_side_px
        content = open_picture(
            job.content,
            name=CONTENT,
            longest_side_px=longest_side_px,
            shortest_side_px=MIN_PAINTED_SIDE_PX,
        )
        opened = [
            _open_style(style.picture, name, longest_side_px)
            for name, style in zip(style_names(len(job.styles)), job.styles, strict=True)
        ]
        styles = [picture for picture, _ in opened]
        shares = shares_of([style.weight for style in job.styles])
        self._enlargement = content.enlargement(longest_side_px=longest_side_px)
        self._began = time.perf_counter()
        self._job = job
        self._frames = frames
        self._alpha = content.alpha
        self._width_px, self._height_px = fit_size(content.width_px, content.height_px, longest_side_px=longest_side_px)
        self._content_thumbnail = encode_preview(content.rgb, alpha=content.alpha, longest_side_px=THUMBNAIL_PX)
        self._style_thumbnails = tuple(thumbnail for _, thumbnail in opened)
        untouched = resize(to_float(content.rgb), width_px=self._width_px, height_px=self._height_px)
        self._content = untouched
        if job.start is not None:
            start = open_picture(job.start, name=START)
            check_start(start, width_px=self._width_px, height_px=self._height_px)
            self._content = resize(to_float(start.rgb), width_px=self._width_px, height_px=self._height_px)
        self._colored = _with_colors_of([to_float(style.rgb) for style in styles], shares, self._content)
        if job.mask is not None:
            picture = open_picture(job.mask, name=MASK, longest_side_px=longest_side_px)
            mask = Mask.of(picture, width_px=self._width_px, height_px=self._height_px, shares=shares)
            colored = [self._colored]
            if not mask.has_one_region:
                colored = [_with_colors_of([to_float(style.rgb)], [1.0], self._content) for style in styles]
            self._colored = mask.composed(untouched, *colored)

    def started(self) -> Started:
        return Started(
            recipe=self._job.recipe.name,
            width_px=self._width_px,
            height_px=self._height_px,
            steps=self._frames,
            scales=((self._width_px, self._height_px),),
            seed=self._job.seed,
            precision=_PRECISION,
            device=_DEVICE,
            attempt=self._job.attempt,
        )

    def progress(self, frame: int) -> Progress:
        elapsed_seconds = time.perf_counter() - self._began
        return Progress(
            step=frame,
            steps=self._frames,
            scale=1,
            scales=1,
            losses=self._losses(frame),
            elapsed_seconds=elapsed_seconds,
            seconds_left=elapsed_seconds / frame * (self._frames - frame),
            preview=encode_preview(self._shown(frame), alpha=self._alpha),
            attempt=self._job.attempt,
        )

    def finished(self) -> Finished:
        frames = [self._shown(frame) for frame in range(self._frames + 1)]
        gif = make_gif(frames, alpha=self._alpha, limit_bytes=self._job.gif_limit_bytes)
        painting = encode_within(
            self._shown(self._frames),
            self._alpha,
            picture_format=self._job.picture_format,
            limit_bytes=self._job.painting_limit_bytes,
        )
        return Finished(
            painting=painting.encoded,
            picture_format=painting.picture_format,
            gif=gif.encoded,
            gif_frames=gif.frames,
            recipe=self._job.recipe.name,
            width_px=painting.width_px,
            height_px=painting.height_px,
            steps=self._frames,
            seed=self._job.seed,
            attempt=self._job.attempt,
            seconds=time.perf_counter() - self._began,
            losses=self._losses(self._frames),
            precision=_PRECISION,
            device=_DEVICE,
            peak_memory_bytes=peak_memory_bytes(),
            content_thumbnail=self._content_thumbnail,
            style_thumbnails=self._style_thumbnails,
            enlargement=self._enlargement,
            faces=0 if self._job.spare_faces else None,
            thumbnail=encode_preview(frames[-1], alpha=self._alpha, longest_side_px=THUMBNAIL_PX),
        )

    def _shown(self, frame: int) -> NDArray[np.uint8]:
        share = np.float32(frame / self._frames)
        picture = self._content * (1 - share) + self._colored * share
        return (picture * 255 + 0.5).astype(np.uint8)

    def _losses(self, frame: int) -> Losses:
        """Numbers that behave like a painter's: the style loss falls, the content loss grows."""
        share = frame / self._frames
        content, style, total_variation = 0.2 * share, 1.0 - 0.9 * share, 0.05
        return Losses(content, style, total_variation, content + style + total_variation)


@lru_cache(maxsize=32)
def _open_style(encoded: bytes, name: PictureName, longest_side_px: int) -> tuple[Picture, bytes]:
    """A style and its thumbnail. Cached, because boards are painted in the same built-in styles again and again."""
    style = open_picture(encoded, name=name, longest_side_px=longest_side_px)
    return style, encode_preview(style.rgb, alpha=style.alpha, longest_side_px=THUMBNAIL_PX)


def _with_colors_of(
    styles: Sequence[NDArray[np.float32]], shares: Sequence[float], content: NDArray[np.float32]
) -> NDArray[np.float32]:
    """The content with the mean and deviation of the blend in each channel; (height, width, 3), 0 … 1."""
    palette = Palette.blended([Palette.of(style.reshape(-1, 3)) for style in styles], shares)
    contrast = np.sqrt(np.diag(palette.covariance)) / (content.std(axis=(0, 1)) + 1e-3)
    colored = (content - content.mean(axis=(0, 1))) * contrast + palette.mean
    clipped: NDArray[np.float32] = np.clip(colored, 0, 1).astype(np.float32)
    return clipped
