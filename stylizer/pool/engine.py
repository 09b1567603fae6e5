"""The engine contract: how a painting job travels to whoever paints it, and how its events come back."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Protocol, Self

from stylizer.events import Event, PictureFormat
from stylizer.recipe import Recipe

DEFAULT_GIF_LIMIT_BYTES = 8 * 2**20


@dataclass(frozen=True, slots=True)
class PaintingJob:
    """Everything a worker anywhere needs to paint: pictures as bytes, never as paths or URLs."""

    job_id: str
    content: bytes
    """The content picture, encoded as it was sent."""
    style: bytes
    """The style picture, encoded as it was sent."""
    recipe: Recipe
    """With every override (size, style strength, colours) already applied."""
    seed: int = 0
    picture_format: PictureFormat = "png"
    gif_limit_bytes: int = DEFAULT_GIF_LIMIT_BYTES


class Engine(Protocol):
    """Paints jobs, some at once. Opened with `async with`; when entered, at least one worker is warm."""

    @property
    def capacity(self) -> int:
        """How many jobs it paints at the same time when all its workers are warm."""
        ...

    @property
    def warm_workers(self) -> int:
        """How many workers paint, or could at once. Fewer than `capacity` while some are being replaced."""
        ...

    @property
    def replaced_workers(self) -> int:
        """How many workers were started in place of one that ended, since the engine was opened."""
        ...

    def on_workers_changed(self, notify: Callable[[], None]) -> None:
        """Call `notify` on the event loop whenever `warm_workers` has changed: a worker became warm, or ended."""
        ...

    def largest_side_px(self, width: int, height: int) -> int | None:
        """The longest side of the largest painting that memory has room for now, with that aspect ratio.

        0 where no size fits; None where the engine doesn't know.
        """
        ...

    def run(self, job: PaintingJob) -> AsyncGenerator[Event, None]:
        """Yield `Started`, then `Progress` while painting, then one `Finished`. Leaving the iteration cancels the job.

        Leave it with `async with aclosing(engine.run(job)) as events`: when the block is left, the worker is
        free again or replaced. A slow consumer misses stale `Progress`, never `Started` or `Finished`. More jobs
        than `warm_workers` wait for their turn inside `run`.

        Raises `PictureError` for a picture that cannot be used, `WorkerDied`, `WorkerFailed`, `OutOfMemory` or
        `PaintingTooSlow` when the worker fails this job, `WorkerNotReady` when there is none left that could be
        started, and `EngineClosed` after `aclose`. One job's failure never touches another job.
        """
        ...

    async def aclose(self) -> None:
        """End all workers in order; running jobs end with `EngineClosed`. Calling it twice is fine."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *exc_info: object) -> None: ...
