"""How long the optimizer steps of a painting take at each scale, and so how long the rest of it will take."""

from __future__ import annotations

import math
from collections.abc import Sequence

TYPICAL_OVERHEAD_PX = 7000.0
"""Measured on two processor cores: 5000 to 8500 on a quiet machine, more on a busy one. On a GPU it is far more: at
small sizes, starting an operation takes longer than the operation."""
_MIN_OVERHEAD_PX, _MAX_OVERHEAD_PX = 4000.0, 1e8
"""Less is noise, since starting a step always takes time; more makes no difference."""
# Computing the targets and the first evaluation take about as long as this many steps.
_STEPS_TO_AIM = 1.75
# The prediction counts as much as this many measured steps, because the first ones vary.
_PREDICTED_STEPS = 6.0


class StepTimes:
    """Measures a painting's steps, scale by scale, and predicts those to come.

    A step's time is taken to be proportional to the canvas's pixels plus `overhead_px`, which depends on the machine
    and is corrected as soon as two scales of different sizes have been measured.
    """

    def __init__(self, scales: Sequence[tuple[int, int]], *, overhead_px: float = TYPICAL_OVERHEAD_PX) -> None:
        """Begin with the (pixels, steps) of each scale, in painting order, and the overhead of earlier paintings."""
        self._scales = tuple(scales)
        self._measured: list[tuple[int, float]] = []
        """(pixels, seconds per step) of the scales before the current one."""
        self._known_overhead_px = overhead_px
        """As it was before the current scale."""
        self.overhead_px = overhead_px
        """Pixels that would take as long as what every step needs at any size."""

    def seconds_left(self, scale: int, step: int, seconds: float, *, is_last: bool = False) -> float:
        """The time for the steps to come, `seconds` after the scale (0 is the first) began, `step` of which are done.

        Call it after every step. `is_last` says that the scale ends with this one, before its last planned step.
        """
        pixels, steps = self._scales[scale]
        if is_last:
            steps = step
        per_step = seconds / (step + _STEPS_TO_AIM)
        if self._measured:
            share = _PREDICTED_STEPS / (_PREDICTED_STEPS + step + _STEPS_TO_AIM)
            per_step += share * (self._predicted(pixels, *self._measured[-1]) - per_step)
            self.overhead_px = self._fitted_overhead(pixels, per_step)
        later = sum(
            self._predicted(later_pixels, pixels, per_step) * (later_steps + _STEPS_TO_AIM)
            for later_pixels, later_steps in self._scales[scale + 1 :]
        )
        if step == steps:
            self._measured.append((pixels, per_step))
            self._known_overhead_px = self.overhead_px
        return (steps - step) * per_step + later

    def _predicted(self, pixels: int, known_pixels: int, known_seconds: float) -> float:
        """Seconds per step at this size, from those at another."""
        return known_seconds * (pixels + self.overhead_px) / (known_pixels + self.overhead_px)

    def _fitted_overhead(self, pixels: int, per_step: float) -> float:
        """The overhead with which the last two scales take as long as measured, as far as their sizes differ enough."""
        coarser_pixels, coarser_seconds = self._measured[-1]
        known_px = self._known_overhead_px
        slope = (per_step - coarser_seconds) / max(1, pixels - coarser_pixels)
        measured_px = per_step / slope - pixels if slope > 0 else _MAX_OVERHEAD_PX
        measured_px = min(max(measured_px, _MIN_OVERHEAD_PX), _MAX_OVERHEAD_PX)
        trust = (pixels - coarser_pixels) / (pixels + known_px)
        return known_px * math.pow(measured_px / known_px, trust)
