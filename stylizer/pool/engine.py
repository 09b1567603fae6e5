"""The engine contract: how a painting job gets to its painter, and how its events come back."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol, Self

from stylizer.comparison import Comparison
from stylizer.errors import PictureName
from stylizer.events import Event, PictureFormat
from stylizer.recipe import Recipe
from stylizer.step_cost import StepCost
from stylizer.timelapse import DEFAULT_GIF_LIMIT_BYTES


class StyleInput(NamedTuple):
    """One of the styles that a job blends."""

    picture: bytes
    """Encoded as it was sent."""
    weight: float = 1.0
    """Relative to the other styles' weights: 0 or more, and at least one is above 0."""


@dataclass(frozen=True, slots=True)
class PaintingJob:
    """Everything a worker anywhere needs to paint: pictures as bytes, never as paths or URLs."""

    job_id: str
    content: bytes
    """The content picture, encoded as it was sent."""
    styles: tuple[StyleInput, ...]
    """1 to `MAX_BLENDED_STYLES`."""
    recipe: Recipe
    """With every override (size, style strength, colors) already applied."""
    seed: int = 0
    start: bytes | None = None
    """A painting of the same pictures, recipe family and seed, encoded, to go on from: only the scales that are larger
    than it are painted, or more steps of the finest if it has that size. None to begin as the recipe says."""
    mask: bytes | None = None
    """A picture that says where which style goes, encoded as it was sent; see `stylizer/mask.py`. None to paint all."""
    spare_faces: bool = False
    """Whether faces stay recognizable."""
    attempt: int = 1
    """1 when this job is painted for the first time, then 2, and so on; its events carry the same number."""
    picture_format: PictureFormat = "png"
    """Of the painting, if that fits its limit."""
    painting_limit_bytes: int | None = None
    """The painting's file is never larger: see `encode_within`."""
    gif_limit_bytes: int = DEFAULT_GIF_LIMIT_BYTES
    """The timelapse GIF is never larger. At least 4096, or no GIF is sure to fit; 0 for none."""


class Engine(Protocol):
    """Paints jobs, several at once. Opened with `async with`; once entered, at least one worker is ready."""

    @property
    def capacity(self) -> int:
        """How many jobs it can paint at once now: the workers that are ready or painting.

        This is the only number that a scheduler has to follow. It drops while a worker is replaced, and is 0 after
        `aclose`.
        """
        ...

    @property
    def workers(self) -> int:
        """How many workers it was given, for people: `capacity` is the same when all of them are ready."""
        ...

    @property
    def replaced_workers(self) -> int:
        """How many workers were started in place of one that ended, since the engine was opened."""
        ...

    def on_capacity_changed(self, notify: Callable[[], None]) -> None:
        """Call `notify` on the event loop whenever `capacity` has changed, until `aclose` is called."""
        ...

    def largest_side_px(self, width: int, height: int, *, is_masked: bool = False) -> int | None:
        """The longest side of the largest painting that memory has room for now, with that aspect ratio.

        0 if no size fits; None if the engine doesn't know. A painting `is_masked` if it has a mask or spares faces,
        which takes more memory where it is large.
        """
        ...

    @property
    def step_cost(self) -> StepCost | None:
        """How long a step of a painting takes, as measured last; None if the engine doesn't know."""
        ...

    async def make_thumbnail(self, picture: bytes, *, name: PictureName, longest_side_px: int) -> bytes:
        """Decode a picture and return it as a JPEG with this longest side: upright, on white, without metadata.

        It needs no worker: it doesn't wait for paintings, and uses up none of the `capacity`. `name` is what errors
        call the picture. Raises `PictureError` for one that can't be used, `WorkerDied` or `WorkerFailed` if it took
        down what decoded it, and `EngineClosed` after `aclose`.
        """
        ...

    async def make_comparison(
        self, content: bytes, painting: bytes, *, longest_side_px: int, gif_limit_bytes: int
    ) -> Comparison:
        """Decode a content picture and its painting, and compare them: side by side, and as a GIF that wipes.

        Like `make_thumbnail`, it needs no worker, and raises the same. The GIF takes at most `gif_limit_bytes`.
        """
        ...

    def run(self, job: PaintingJob) -> AsyncGenerator[Event, None]:
        """Yield `Started`, then `Progress` while painting, then one `Finished`. Leaving the iteration cancels the job.

        Leave it with `async with aclosing(engine.run(job)) as events`: when the block is left, the worker is
        free again or replaced. A slow consumer misses stale `Progress`, never `Started` or `Finished`. More jobs
        than `capacity` wait for their turn inside `run`.

        All events belong to this job and attempt: job ID, attempt and step together identify one `Progress` for good,
        no matter how often or where the job is painted.

        Raises `PictureError` for a picture or a mask that can't be used, `BlendError` for impossible weights,
        `WorkerDied`, `WorkerFailed`, `OutOfMemory` or `PaintingTooSlow` when the worker fails this job,
        `WorkerNotReady` when no worker can be started any more, and `EngineClosed` after `aclose`. One job's failure
        never touches another job.
        """
        ...

    async def aclose(self) -> None:
        """Shut down all workers; running jobs end with `EngineClosed`. Calling it twice is fine."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *exc_info: object) -> None: ...
