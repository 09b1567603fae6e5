"""What a painting takes, as estimated before it starts, on machines whose steps take exactly what their pixels say."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from stylizer.estimate import Estimate, Machine
from stylizer.memory import CanvasMemory, OwnMemory
from stylizer.recipe import load_recipe
from stylizer.scales import plan_scales
from stylizer.step_cost import CanvasScale, StepCost, fitted_overhead_px

COST = StepCost(seconds_per_pixel=6e-6, overhead_px=7000)
MEMORY = CanvasMemory(OwnMemory(700_000_000, 500_000_000), 100_000_000, 2_000, 3_000)
MACHINE = Machine("CPU, 2 threads", "float32", {"painterly": COST}, MEMORY)


def estimate(
    machine: Machine = MACHINE, *, recipe: str = "painterly", start_px: int = 0, **overrides: object
) -> Estimate:
    """Estimate a painting whose height is half its width."""
    wanted = load_recipe(recipe, **overrides)
    width_px = wanted.longest_side_px
    return machine.estimate(wanted, width_px=width_px, height_px=width_px // 2, start_px=start_px)


def test_a_painting_takes_the_steps_of_each_scale_and_their_targets() -> None:
    seconds = sum(
        6e-6 * (width_px * width_px // 2 + 7000) * (steps + 0.75) for width_px, steps in ((128, 10), (282, 3), (512, 9))
    )

    assert estimate().seconds == pytest.approx(seconds)


def test_an_estimate_grows_with_the_size_and_follows_the_shape_and_the_recipe() -> None:
    square = MACHINE.estimate(load_recipe(), width_px=512, height_px=512)

    assert estimate(longest_side_px=1024).seconds > 3 * estimate().seconds
    assert estimate().seconds < square.seconds < 2 * estimate().seconds
    assert estimate(recipe="draft").seconds < estimate().seconds / 3


def test_a_canvas_in_strips_takes_longer_for_each_pixel() -> None:
    recipe = load_recipe("classic")
    small, large = (plan_scales(recipe, width_px=side_px, height_px=side_px)[0] for side_px in (512, 2048))

    assert 1 < large.relative_cost / small.relative_cost < 1.25


@pytest.mark.parametrize(
    ("recipe", "measured"),
    [
        # Steps with 1, 2, 3 and 5 regions, relative to one without a mask, in float32 on two cores.
        ("painterly", (1.01, 1.08, 1.23, 1.32)),
        ("draft", (1.06, 1.13, 1.30, 1.61)),
        ("classic", (1.14, 1.26, 1.39, 1.70)),
    ],
)
def test_each_region_of_a_mask_makes_steps_slower(recipe: str, measured: tuple[float, ...]) -> None:
    whole, *masked = (
        plan_scales(load_recipe(recipe), width_px=512, height_px=512, regions=regions)[-1].relative_cost
        for regions in (0, 1, 2, 3, 5)
    )

    assert [cost / whole for cost in masked] == pytest.approx(measured, rel=0.1)


def test_a_masked_canvas_is_never_in_strips() -> None:
    recipe = load_recipe("classic")
    small, large = (plan_scales(recipe, width_px=side, height_px=side, regions=1)[0] for side in (512, 2048))

    assert large.relative_cost == small.relative_cost
    memory = replace(MEMORY, whole_pixels=2**19, resident_bytes_per_pixel_in_strips=500, mask_factor=1.5)
    strips, whole = (
        replace(MACHINE, memory=memory).estimate(recipe, width_px=1024, height_px=1024, regions=regions)
        for regions in (0, 1)
    )
    assert strips.memory_bytes == 800_000_000 + 2**19 * 2_000
    assert whole.memory_bytes == 800_000_000 + 2**20 * 3_000


def test_each_style_of_a_blend_takes_half_a_step_of_each_scale() -> None:
    one, two = (
        MACHINE.estimate(load_recipe(), width_px=512, height_px=256, styles=styles).seconds for styles in (1, 2)
    )

    pixels = sum(width_px * width_px // 2 + 7000 for width_px in (128, 282, 512))
    assert two - one == pytest.approx(6e-6 * pixels * 0.5)


def test_an_estimate_repeats_what_the_same_painting_took() -> None:
    scales = plan_scales(load_recipe("classic"), width_px=512, height_px=256)
    taken = StepCost.of_painting(scales, 90.0, overhead_px=7000)

    assert estimate(MACHINE.measured("classic", taken), recipe="classic").seconds == pytest.approx(90)


def test_a_recipe_never_painted_costs_as_much_a_step_as_the_latest_painting() -> None:
    slower = MACHINE.measured("classic", replace(COST, seconds_per_pixel=12e-6))

    assert estimate(slower, recipe="hd").seconds == pytest.approx(2 * estimate(recipe="hd").seconds)
    assert estimate(slower) == estimate()
    assert estimate(slower.measured("painterly", COST), recipe="hd") == estimate(recipe="hd")


def test_a_scale_of_fewer_layers_costs_its_share() -> None:
    whole = CanvasScale(512, 256, 20)

    assert COST.seconds([replace(whole, relative_cost=0.25)]) == COST.seconds([whole]) / 4


def test_a_continued_painting_takes_only_its_larger_scales() -> None:
    larger = (512 * 256 + 7000) * 9.75 + (282 * 141 + 7000) * 3.75
    assert estimate(start_px=256).seconds == pytest.approx(6e-6 * larger)


def test_leaving_the_photograph_as_it_is_takes_no_time() -> None:
    assert estimate(style_strength=0).seconds == 0


def test_memory_counts_the_painter_and_the_larger_of_canvas_and_style() -> None:
    assert estimate().memory_bytes == 800_000_000 + 512 * 256 * 2_000
    assert estimate(style_picture={"scale": 1.8}).memory_bytes == 800_000_000 + int((512 * 1.8) ** 2) // 4 * 2_000
    assert estimate(replace(MACHINE, memory=None)).memory_bytes is None


@pytest.mark.parametrize("number", [-1.0, math.inf, math.nan])
def test_numbers_that_nothing_can_have_measured_are_refused(number: float) -> None:
    with pytest.raises(ValueError, match="cost"):
        StepCost(number)
    with pytest.raises(ValueError, match="cost"):
        StepCost(1e-6, number)
    with pytest.raises(ValueError, match="measured"):
        replace(MACHINE, step_costs={})


@pytest.mark.parametrize("overhead_px", [7_000, 100_000, 700_000])
def test_two_small_canvases_show_how_much_a_step_takes_at_any_size(overhead_px: float) -> None:
    machine = replace(COST, overhead_px=overhead_px)
    small, large = ((scale, machine.step_seconds(scale)) for scale in (CanvasScale(32, 32, 1), CanvasScale(96, 96, 1)))

    fitted = fitted_overhead_px(small, large, known_px=7_000)

    assert fitted == pytest.approx(math.sqrt(7_000 * overhead_px), rel=0.1)  # as far as these sizes are trusted
