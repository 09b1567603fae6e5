"""How long optimizer steps take on a machine: the model behind all estimates and the time left."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from stylizer.recipe import Scale

TYPICAL_OVERHEAD_PX = 7000.0
"""Measured on two processor cores: 5000 to 8500 on an idle machine, more on a busy one. On a GPU it is far more: at
small sizes, launching an operation takes longer than running it."""
_STEPS_TO_AIM, _STEPS_TO_AIM_AT_STYLE = 0.25, 0.5
"""The time to compute a scale's targets, in steps: of the content, and of each style. The first evaluation takes one
more step's time, but the last step has no evaluation."""
_NO_OWN_NUMBERS = Scale(1.0, 1)
_MIN_OVERHEAD_PX, _MAX_OVERHEAD_PX = 4000.0, 1e8
"""Less is noise, since starting a step always takes time; more makes no difference."""


@dataclass(frozen=True, slots=True)
class CanvasScale:
    """One scale of a painting: the canvas's size, and its optimizer steps."""

    width_px: int
    height_px: int
    steps: int
    relative_cost: float = 1.0
    """How long a step takes, relative to one of the default recipe on this canvas."""
    settings: Scale = _NO_OWN_NUMBERS
    """The recipe's scale that it comes from, for settings of its own."""
    styles: int = 1
    """How many styles it aims at."""

    @property
    def pixels(self) -> int:
        """Pixels of the canvas."""
        return self.width_px * self.height_px

    @property
    def longest_side_px(self) -> int:
        """The longer of the canvas's sides."""
        return max(self.width_px, self.height_px)

    @property
    def steps_to_aim(self) -> float:
        """How many steps take as long as computing its targets."""
        return _STEPS_TO_AIM + _STEPS_TO_AIM_AT_STYLE * self.styles


@dataclass(frozen=True, slots=True)
class StepCost:
    """The cost of a step: `seconds_per_pixel` for each pixel of the canvas and for `overhead_px` more, at any size.

    Raises ValueError for numbers that can't have been measured.
    """

    seconds_per_pixel: float
    overhead_px: float = TYPICAL_OVERHEAD_PX

    def __post_init__(self) -> None:
        if not (0 <= self.seconds_per_pixel < math.inf and 0 <= self.overhead_px < 10 * _MAX_OVERHEAD_PX):
            raise ValueError("a step's cost must be finite and not negative")

    @classmethod
    def of_step(cls, scale: CanvasScale, seconds: float, *, overhead_px: float) -> Self:
        """The cost at which one step on this canvas takes `seconds`."""
        return cls(seconds / cls(1.0, overhead_px).step_seconds(scale), overhead_px)

    @classmethod
    def of_painting(cls, scales: Iterable[CanvasScale], seconds: float, *, overhead_px: float) -> Self:
        """The cost at which all of these scales together take `seconds`."""
        return cls(seconds / cls(1.0, overhead_px).seconds(scales), overhead_px)

    def step_seconds(self, scale: CanvasScale) -> float:
        """How long a step on this canvas takes."""
        return self.seconds_per_pixel * (scale.pixels + self.overhead_px) * scale.relative_cost

    def seconds(self, scales: Iterable[CanvasScale]) -> float:
        """How long these scales take, including their targets."""
        return sum(self.step_seconds(scale) * (scale.steps + scale.steps_to_aim) for scale in scales)


def fitted_overhead_px(
    coarser: tuple[CanvasScale, float], finer: tuple[CanvasScale, float], *, known_px: float
) -> float:
    """The overhead that explains both scales' seconds per step; close to `known_px` if their sizes hardly differ."""
    (small, small_seconds), (large, large_seconds) = (
        (scale.pixels, seconds / scale.relative_cost) for scale, seconds in (coarser, finer)
    )
    slope = (large_seconds - small_seconds) / max(1, large - small)
    measured_px = large_seconds / slope - large if slope > 0 else _MAX_OVERHEAD_PX
    measured_px = min(max(measured_px, _MIN_OVERHEAD_PX), _MAX_OVERHEAD_PX)
    trust = (large - small) / (large + known_px)
    return known_px * math.pow(measured_px / known_px, trust)
