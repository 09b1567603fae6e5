"""Measures the figures of a recipe with a warm painter, in this process."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.paintings import time_painting
from benchmarks.pairs import Pair
from benchmarks.step_times import fastest, step_of
from benchmarks.targets import Target
from stylizer.quiet import quiet_native_code
from stylizer.recipe import Recipe

MAX_PAINTING_SECONDS = {"painterly": 14.0, "draft": 4.0}
MAX_FIRST_PREVIEW_SECONDS = 2.0
MAX_DRAFT_PREVIEW_SECONDS = 1.0
MAX_GIF_SECONDS = 2.0
FLOAT32_FACTOR = 4.0
"""The targets for paintings assume fast bfloat16; without it, a painting may take this many times longer."""
MAX_PEAK_MEMORY_BYTES = 2e9
TARGET_SIZE_PX = 512
"""Other sizes have no targets."""
_STEPS = 3


@dataclass(frozen=True, slots=True)
class Figure:
    """A row of the table."""

    title: str
    measured: str
    seconds: float | None = None
    """None if it isn't a time."""
    target: Target | None = None


@dataclass(frozen=True, slots=True)
class Measurement:
    """The figures of one recipe, measured on some pairs."""

    recipe: str
    longest_side_px: int
    size: str
    """The last painting's size, for people."""
    steps: int
    precision: str
    device: str
    warm_up_seconds: float
    painting_seconds: float
    """The median."""
    first_preview_seconds: float
    """The slowest; so is the next figure."""
    gif_seconds: float
    peak_memory_bytes: int
    step_seconds: float
    """At full size, the fastest; so is the next figure."""
    convolutions_seconds: float
    """The forward convolutions of one step at full size, down to the deepest layer that the recipe uses anywhere."""

    def figures(self) -> Iterator[Figure]:
        """The rows, with targets if it was measured at `TARGET_SIZE_PX`."""
        factor = 1.0 if self.precision == "bfloat16" else FLOAT32_FACTOR
        max_painting = MAX_PAINTING_SECONDS.get(self.recipe)
        max_preview = MAX_DRAFT_PREVIEW_SECONDS if self.recipe == "draft" else MAX_FIRST_PREVIEW_SECONDS
        times = (
            (
                f"{self.recipe}, {self.size} px, {self.steps} steps",
                self.painting_seconds,
                max_painting and max_painting * factor,
            ),
            ("  first preview", self.first_preview_seconds, max_preview),
            ("  GIF and file", self.gif_seconds, MAX_GIF_SECONDS),
            ("  one step at full size", self.step_seconds, None),
            ("  its forward convolutions", self.convolutions_seconds, None),
            ("  opening the painter", self.warm_up_seconds, None),
        )
        has_targets = self.longest_side_px == TARGET_SIZE_PX
        for title, seconds, limit in times:
            target = Target(seconds, limit) if has_targets and limit is not None else None
            yield Figure(title, f"{seconds:.2f}", seconds, target)
        megabytes = self.peak_memory_bytes / 1e6
        target = Target(megabytes, MAX_PEAK_MEMORY_BYTES / 1e6) if has_targets else None
        yield Figure("  peak memory, MB", f"{megabytes:.0f}", None, target)


def measure(recipe: Recipe, pairs: list[Pair], precision: str) -> Measurement:
    """Paint the pairs one after another, and time them."""
    began = time.perf_counter()
    with quiet_native_code():
        from stylizer.painter import Painter  # noqa: PLC0415 - TensorFlow is for this process only

        painter = Painter(precision=precision)
    warm_up_seconds = time.perf_counter() - began
    # Painters start warm for the default recipe. A recipe with another structure is traced here, outside the timing.
    painter.warm_up(recipe)
    paintings = [time_painting(painter, pair.content, pair.style, recipe=recipe) for pair in pairs]
    times = [one for one, _ in paintings]
    finished = paintings[-1][1]
    from benchmarks.convolutions import Convolutions, deepest_layer  # noqa: PLC0415 - as above

    size = {"width_px": finished.width_px, "height_px": finished.height_px}
    at_scales = [recipe.at(scale) for scale in recipe.scales]
    convolutions = Convolutions(painter.network, deepest_layer(at_scales), **size)
    step_seconds, convolutions_seconds = fastest(
        step_of(painter, at_scales[-1], **size), convolutions.seconds, turns=_STEPS
    )
    return Measurement(
        recipe=recipe.name,
        longest_side_px=recipe.longest_side_px,
        size=f"{finished.width_px} × {finished.height_px}",
        steps=finished.steps,
        precision=finished.precision,
        device=finished.device,
        warm_up_seconds=warm_up_seconds,
        painting_seconds=statistics.median(one.whole for one in times),
        first_preview_seconds=max(one.first_preview for one in times),
        gif_seconds=max(one.files for one in times),
        peak_memory_bytes=finished.peak_memory_bytes,
        step_seconds=step_seconds,
        convolutions_seconds=convolutions_seconds,
    )
