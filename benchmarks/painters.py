"""Painters for benchmarks that don't measure painting itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from stylizer.errors import CONTENT, style_names
from stylizer.events import THUMBNAIL_PX, Event, Finished, Losses, Progress, Started
from stylizer.images import encode_picture, encode_preview, open_picture
from stylizer.memory import peak_memory_bytes
from stylizer.pool.engine import PaintingJob
from stylizer.quiet import quiet_native_code
from stylizer.timelapse import make_gif

if TYPE_CHECKING:
    from stylizer.painter import Painter

TINY_CHANNELS = (4, 6, 8, 8, 8)
TINY_STEPS = 2
_NO_LOSSES = Losses(0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class QuickPainter:
    """Returns the content picture unchanged after a given time."""

    seconds: float
    steps: int = 5

    def paint(self, job: PaintingJob, **_: object) -> Generator[Event, None, None]:
        began = time.perf_counter()
        content = open_picture(job.content, name=CONTENT, longest_side_px=job.recipe.longest_side_px)
        styles = [
            open_picture(style.picture, name=name, longest_side_px=job.recipe.longest_side_px)
            for name, style in zip(style_names(len(job.styles)), job.styles, strict=True)
        ]
        size = (content.width_px, content.height_px)
        yield Started(job.recipe.name, *size, self.steps, (size,), job.seed, "none", "nothing")
        for step in range(1, self.steps + 1):
            time.sleep(self.seconds / self.steps)
            preview = encode_preview(content.rgb)
            yield Progress(step, self.steps, 1, 1, _NO_LOSSES, time.perf_counter() - began, None, preview)
        gif = make_gif([content.rgb, content.rgb], limit_bytes=job.gif_limit_bytes)
        yield Finished(
            painting=encode_picture(content.rgb, content.alpha, picture_format=job.picture_format),
            picture_format=job.picture_format,
            gif=gif.encoded,
            gif_frames=gif.frames,
            recipe=job.recipe.name,
            width_px=content.width_px,
            height_px=content.height_px,
            steps=self.steps,
            seed=job.seed,
            seconds=time.perf_counter() - began,
            losses=_NO_LOSSES,
            precision="none",
            device="nothing",
            peak_memory_bytes=peak_memory_bytes(),
            content_thumbnail=encode_preview(content.rgb, longest_side_px=THUMBNAIL_PX),
            style_thumbnails=tuple(encode_preview(style.rgb, longest_side_px=THUMBNAIL_PX) for style in styles),
        )


@dataclass(frozen=True, slots=True)
class TinyPainter:
    """The real TensorFlow painter, with a network of a few channels and two steps per scale."""

    painter: Painter

    def paint(self, job: PaintingJob, *, is_canceled: Callable[[], bool]) -> Generator[Event, None, None]:
        scales = tuple(replace(scale, steps=TINY_STEPS) for scale in job.recipe.scales)
        recipe = job.recipe.with_overrides(scales=scales)
        content, *styles = (
            open_picture(encoded, longest_side_px=recipe.longest_side_px)
            for encoded in (job.content, *(style.picture for style in job.styles))
        )
        yield from self.painter.paint(
            content,
            *styles,
            weights=[style.weight for style in job.styles],
            start=None if job.start is None else open_picture(job.start),
            recipe=recipe,
            seed=job.seed,
            picture_format=job.picture_format,
            painting_limit_bytes=job.painting_limit_bytes,
            gif_limit_bytes=job.gif_limit_bytes,
            is_canceled=is_canceled,
        )


def open_quick_painter(*, seconds: float) -> QuickPainter:
    return QuickPainter(seconds)


def open_tiny_painter() -> TinyPainter:
    with quiet_native_code():
        from stylizer.painter import Painter  # noqa: PLC0415 - TensorFlow is for the worker only
        from stylizer.weights import random_weights  # noqa: PLC0415 - so is this

        return TinyPainter(Painter(weights=random_weights(TINY_CHANNELS), precision="float32"))
