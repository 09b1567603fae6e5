"""How long a painting is expected to take, on machines whose steps take exactly as long as their pixels say."""

from __future__ import annotations

from itertools import accumulate

import pytest

from stylizer.recipe import load_recipe
from stylizer.scales import plan_scales
from stylizer.step_cost import TYPICAL_OVERHEAD_PX, CanvasScale
from stylizer.step_times import StepTimes

TOLERANCE = 0.15
"""Of the time that is really left."""

RECIPES_AND_SIZES = [
    ("draft", 192),
    ("draft", 512),
    ("painterly", 256),
    ("painterly", 512),
    ("hd", 1024),
    ("classic", 256),
]


class Machine:
    """Takes a fixed time for each step and the same for each pixel of it."""

    def __init__(self, *, step_seconds: float, pixel_seconds: float) -> None:
        self._step_seconds = step_seconds
        self._pixel_seconds = pixel_seconds

    def paint(
        self, recipe_name: str, longest_side_px: int, times: StepTimes | None = None
    ) -> tuple[StepTimes, list[float]]:
        """Return the measured times, and each estimate of the seconds left divided by the real ones."""
        scales = plan_scales(load_recipe(recipe_name), width_px=longest_side_px, height_px=longest_side_px * 2 // 3)
        times = StepTimes(scales) if times is None else StepTimes(scales, overhead_px=times.overhead_px)
        # Before its first step, a scale computes its targets, which takes about as long as 0.75 steps, and evaluates
        # its start; its last step is not evaluated.
        costs = [
            [
                (min(step + 1, scale.steps) + 0.75)
                * (self._step_seconds + scale.pixels * self._pixel_seconds)
                * scale.relative_cost
                for step in range(1, scale.steps + 1)
            ]
            for scale in scales
        ]
        ends = [0.0, *accumulate(cost[-1] for cost in costs)]
        ratios = [
            times.seconds_left(scale, step, seconds, evaluations=min(step + 1, scales[scale].steps))
            / (ends[-1] - ends[scale] - seconds)
            for scale, cost in enumerate(costs)
            for step, seconds in enumerate(cost, start=1)
            if scale < len(costs) - 1 or step + 1 < len(cost)
        ]
        return times, ratios


PROCESSOR = Machine(step_seconds=0.045, pixel_seconds=6e-6)
FAST_PROCESSOR = Machine(step_seconds=0.012, pixel_seconds=1.4e-6)
GPU = Machine(step_seconds=0.02, pixel_seconds=2e-8)


@pytest.mark.parametrize("machine", [PROCESSOR, FAST_PROCESSOR])
@pytest.mark.parametrize(("recipe", "longest_side_px"), RECIPES_AND_SIZES)
def test_the_time_left_is_right_from_the_first_step_to_the_last(
    machine: Machine, recipe: str, longest_side_px: int
) -> None:
    _, ratios = machine.paint(recipe, longest_side_px)

    assert ratios == pytest.approx([1.0] * len(ratios), abs=TOLERANCE)


@pytest.mark.parametrize(("recipe", "longest_side_px"), RECIPES_AND_SIZES)
@pytest.mark.parametrize("machine", [GPU, Machine(step_seconds=1, pixel_seconds=1e-7)])
def test_a_machine_that_hardly_minds_larger_canvases_is_known_after_twenty_paintings(
    machine: Machine, recipe: str, longest_side_px: int
) -> None:
    times = None
    for _ in range(20):
        times, _ = machine.paint("painterly", 512, times)
    _, ratios = machine.paint(recipe, longest_side_px, times)

    assert ratios == pytest.approx([1.0] * len(ratios), abs=TOLERANCE)


def test_a_scale_that_ends_early_leaves_only_the_later_ones() -> None:
    times = StepTimes([CanvasScale(10, 10, 50), CanvasScale(10, 10, 8)])

    assert times.seconds_left(0, 1, 2.75, evaluations=2) == pytest.approx(48 + 8.75)
    assert times.seconds_left(0, 2, 2.75, evaluations=2, is_last=True) == pytest.approx(8.75)
    assert times.seconds_left(1, 8, 8.75, evaluations=8) == 0.0


def test_what_happens_around_the_steps_of_a_short_painting_says_nothing_about_a_long_one() -> None:
    short, long = [CanvasScale(256, 192, 3)], [CanvasScale(256, 192, 1000)]
    times = StepTimes(short)
    # The graph is traced, then a step takes 0.1 s.
    for step, (seconds, evaluations) in enumerate(((3.75, 2), (3.85, 3), (3.85, 3)), start=1):
        times.seconds_left(0, step, seconds, evaluations=evaluations)

    cost = times.cost(5.0)
    assert cost is not None
    assert cost.seconds(long) == pytest.approx(100, rel=0.3)


def test_a_step_that_needed_three_evaluations_does_not_count_as_three_times_as_long() -> None:
    short, long = [CanvasScale(256, 192, 3)], [CanvasScale(256, 192, 1000)]
    times = StepTimes(short)
    left = [
        times.seconds_left(0, step, seconds, evaluations=evaluations)
        for step, (seconds, evaluations) in enumerate(((0.275, 2), (0.575, 5), (0.575, 5)), start=1)
    ]

    assert left == pytest.approx([0.1, 0, 0])
    cost = times.cost(0.6)
    assert cost is not None
    assert cost.seconds(long) == pytest.approx(100, rel=0.1)


def test_a_graph_that_is_traced_on_the_first_scale_says_nothing_about_the_machine() -> None:
    times = StepTimes([CanvasScale(128, 128, 4), CanvasScale(512, 512, 4)])
    for step, seconds in enumerate((3.025, 3.035, 3.045, 3.045), start=1):
        times.seconds_left(0, step, seconds, evaluations=min(step + 1, 4))
    for step, seconds in enumerate((0.44, 0.6, 0.76, 0.76), start=1):  # 16 times as long
        times.seconds_left(1, step, seconds, evaluations=min(step + 1, 4))

    assert times.overhead_px == pytest.approx(0.5 * TYPICAL_OVERHEAD_PX, rel=0.5)


def test_nothing_is_left_after_the_last_step() -> None:
    times = StepTimes([CanvasScale(10, 10, 3)])

    assert times.seconds_left(0, 1, 2.75, evaluations=2) == 1.0
    assert times.seconds_left(0, 3, 3.75, evaluations=3) == 0.0


@pytest.mark.parametrize("steps", [1, 2])
def test_too_few_steps_measure_nothing(steps: int) -> None:
    times = StepTimes([CanvasScale(256, 192, steps)])
    for step in range(1, steps + 1):
        times.seconds_left(0, step, 3.0, evaluations=min(step + 1, steps))

    assert times.cost(5.0) is None
