"""How long the optimizer steps of a painting take at each scale, and so how long the rest of it will take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from stylizer.step_cost import TYPICAL_OVERHEAD_PX, CanvasScale, StepCost, fitted_overhead_px

# The prediction counts as much as this many measured steps, because the first ones vary.
_PREDICTED_STEPS = 2.5
# A step's cost includes its share of the decoding and encoding around the steps, but is at most this many times the
# measured step: what surrounds the steps of a short painting says nothing about a long one.
_MOST_AROUND_STEPS = 1.25


class _Measurement(NamedTuple):
    """What a scale took up to a step."""

    seconds: float
    evaluations: int


class StepTimes:
    """Measures a painting's steps, scale by scale, and predicts those to come.

    The overhead of a step depends on the machine, and is corrected as soon as two scales of different sizes have been
    measured.
    """

    def __init__(self, scales: Sequence[CanvasScale], *, overhead_px: float = TYPICAL_OVERHEAD_PX) -> None:
        """Begin with the scales, in painting order, and the overhead of earlier paintings."""
        self._scales = tuple(scales)
        self._measured: list[tuple[CanvasScale, float]] = []
        """The scales before the current one, whose steps are the evaluations they took, with the seconds of each."""
        self._repeated: list[tuple[CanvasScale, float]] = []
        """Those of them with evaluations that traced no graph, with the mean seconds of these."""
        self._first = _Measurement(0.0, 0)
        """The current scale up to its first step, perhaps with tracing its graph."""
        self._repeated_seconds = 0.0
        """The mean of the current scale's later evaluations; 0 if there are none yet."""
        self._known_overhead_px = overhead_px
        """As it was before the current scale."""
        self.overhead_px = overhead_px
        """The fixed cost of a step, as the number of pixels that would take as long."""

    def cost(self, seconds: float) -> StepCost | None:
        """The cost of a step, with its share of everything else in a painting that took `seconds` in all.

        None if there were too few steps to tell.
        """
        if not self._repeated:
            return None
        evaluated = [scale for scale, _ in self._measured]
        cost = StepCost.of_painting(evaluated, seconds, overhead_px=self.overhead_px)
        at_this_cost = sum(cost.step_seconds(scale) for scale, _ in self._repeated)
        at_most = _MOST_AROUND_STEPS * sum(per_step for _, per_step in self._repeated)
        return replace(cost, seconds_per_pixel=cost.seconds_per_pixel * min(1.0, at_most / at_this_cost))

    def seconds_left(self, scale: int, step: int, seconds: float, *, evaluations: int, is_last: bool = False) -> float:
        """The time for the steps to come, `seconds` after the scale (0 is the first) began, `step` of which are done.

        They took so many `evaluations`, the start's among them: usually one each, but more if the first try of a step
        leads uphill, and none for the last step. Call it after every step. `is_last` says that this is the scale's last
        step, because it was planned to be or because the picture has settled.
        """
        current = self._scales[scale]
        if is_last:
            current = replace(current, steps=step)
            self._scales = (*self._scales[:scale], current, *self._scales[scale + 1 :])
        per_step = seconds / (evaluations + current.steps_to_aim)
        if step == 1:
            self._first, self._repeated_seconds = _Measurement(seconds, evaluations), 0.0
        elif step < current.steps and evaluations > self._first.evaluations:
            self._repeated_seconds = (seconds - self._first.seconds) / (evaluations - self._first.evaluations)
        if self._repeated_seconds > 0:
            per_step = min(per_step, self._repeated_seconds)
        if self._measured:
            share = _PREDICTED_STEPS / (_PREDICTED_STEPS + evaluations + current.steps_to_aim)
            predicted = self._cost_of_step(*self._measured[-1]).step_seconds(current)
            per_step += share * (predicted - per_step)
            self.overhead_px = fitted_overhead_px(
                self._measured[-1], (current, per_step), known_px=self._known_overhead_px
            )
        later = self._cost_of_step(current, per_step).seconds(self._scales[scale + 1 :])
        if step == current.steps:
            evaluated = replace(current, steps=evaluations)
            self._measured.append((evaluated, per_step))
            if self._repeated_seconds > 0:
                self._repeated.append((evaluated, self._repeated_seconds))
            self._known_overhead_px = self.overhead_px
        # The last step is not evaluated.
        return max(0, current.steps - 1 - step) * per_step + later

    def _cost_of_step(self, scale: CanvasScale, seconds: float) -> StepCost:
        return StepCost.of_step(scale, seconds, overhead_px=self.overhead_px)
