"""Estimates of how long paintings take and when waiting ones start."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.painting.job import Cell, Input, Job, JobKind, PaintingOptions, Result
from bot.painting.queue import FairQueue
from bot.painting.request import Shape
from bot.painting.speed import MAX_EXPECTED_SECONDS, MAX_MEASUREMENTS, Expected, Speed
from config.settings import QueueSettings
from stylizer.pool import BOARD_RECIPE, FakeEngine, StepCost, plan_scales
from stylizer.recipe import load_recipe
from tests.bot.conftest import Clock
from tests.bot.test_queue import ALICE, AWAY, BOB, CAROL, HOME, job

COST = StepCost(seconds_per_pixel=6e-6, overhead_px=7000)


def job_for(
    owner_id: int = ALICE,
    guild_id: int | None = HOME,
    *,
    recipe: str = "draft",
    size_px: int | None = 512,
    shape: Shape | None = None,
    start_px: int | None = None,
    **options: Any,
) -> Job:
    """Make a job with this recipe and size, for a content picture of this shape."""
    width_px, height_px = shape or (None, None)
    inputs = [Input("content", width_px=width_px, height_px=height_px), Input("style")]
    if start_px is not None:
        inputs.append(Input("start", width_px=start_px, height_px=start_px))
    return replace(job(owner_id, guild_id), options=PaintingOptions(recipe, size_px, **options), inputs=tuple(inputs))


def board_for(*strengths: float) -> Job:
    """Make a board of a painting in each of these strengths."""
    cells = (Cell(0, PaintingOptions(BOARD_RECIPE, style_strength=strength)) for strength in strengths)
    return replace(job_for(recipe="hd"), kind=JobKind.BOARD, cells=tuple(cells))


def expected_seconds(speed: Speed, of: Job) -> float:
    """Return the time that is expected, which must be known."""
    seconds = speed.expected_seconds(of)
    assert seconds is not None
    return seconds


def speed(of: Job, seconds: float) -> Speed:
    """Make estimates from one painting."""
    known = Speed()
    known.learn(of, seconds)
    return known


def test_nothing_is_expected_before_anything_was_measured() -> None:
    assert Speed().expected_seconds(job_for()) is None
    assert Speed(engine=FakeEngine()).expected_seconds(job_for()) is None


def test_before_the_first_painting_the_engines_own_measurement_counts() -> None:
    known = Speed(engine=FakeEngine(step_cost=COST))
    scales = plan_scales(load_recipe("hd"), width_px=1024, height_px=512)

    assert expected_seconds(known, job_for(recipe="hd", size_px=None, shape=(3000, 1500))) == COST.seconds(scales)


def test_paintings_count_more_than_the_engines_own_measurement() -> None:
    known = Speed(engine=FakeEngine(step_cost=COST))
    known.learn(job_for(), 5)

    assert expected_seconds(known, job_for()) == pytest.approx(5)


def test_a_recipe_never_painted_takes_as_long_a_step_as_the_latest_paintings() -> None:
    known, slower = speed(job_for(), 5), speed(job_for(), 10)

    assert expected_seconds(known, job_for(recipe="painterly")) > 10
    assert expected_seconds(slower, job_for(recipe="painterly")) == pytest.approx(
        2 * expected_seconds(known, job_for(recipe="painterly"))
    )


def test_an_estimate_uses_the_latest_similar_paintings() -> None:
    known = Speed()
    for seconds in (500, *range(1, MAX_MEASUREMENTS + 1)):
        known.learn(job_for(), seconds)
    known.learn(job_for(recipe="painterly"), 500)

    assert expected_seconds(known, job_for()) == pytest.approx((MAX_MEASUREMENTS + 1) / 2)


def test_an_estimate_prefers_paintings_of_the_nearest_size() -> None:
    known = speed(job_for(size_px=512), 5)
    known.learn(job_for(size_px=2048), 300)

    assert expected_seconds(known, job_for(size_px=512)) == pytest.approx(5)
    assert expected_seconds(known, job_for(size_px=2048)) == pytest.approx(300)
    assert 60 < expected_seconds(known, job_for(size_px=1536)) < 300


def test_a_wide_picture_takes_less_than_a_square_one() -> None:
    known = speed(job_for(shape=(800, 800)), 10)

    assert expected_seconds(known, job_for(shape=(1600, 800))) == pytest.approx(5, rel=0.2)
    assert expected_seconds(known, job_for(shape=None)) == pytest.approx(10)


def test_the_shape_of_what_was_painted_counts_even_if_nobody_knew_it_before() -> None:
    painted = replace(job_for(), results=(Result("painting", "image/png", "p" * 64, width_px=512, height_px=256),))

    assert expected_seconds(speed(painted, 5), job_for(shape=(2, 1))) == pytest.approx(5)


def test_each_style_and_each_region_of_a_mask_takes_more_time() -> None:
    plain = job_for(recipe="painterly")
    known = speed(plain, 10)

    def expected(styles: int, *others: Input, weight: float = 1.0, **changes: Any) -> float:
        inputs = [*plain.inputs, *(Input("style", position, weight=weight) for position in range(1, styles)), *others]
        return expected_seconds(known, replace(plain, inputs=tuple(inputs), **changes))

    mask = Input("mask")
    assert expected(1) == pytest.approx(10)
    assert 10 < expected(2) < expected(3) < expected(3, mask, weight=0.5) < expected(3, mask) < 16
    spared = PaintingOptions("painterly", 512, spare_faces=True)
    assert expected(1, mask) == expected(1, options=spared) > 10
    assert expected(1, options=spared, spared_faces=0) == pytest.approx(10)  # where no face was found


def test_continuing_a_painting_takes_only_the_time_of_its_larger_scales() -> None:
    known = speed(job_for(recipe="painterly", size_px=1024), 100)

    def expected(start_px: int) -> float:
        return expected_seconds(known, job_for(recipe="painterly", size_px=1024, start_px=start_px)) or 0

    assert 20 < expected(600) < expected(512) < expected(192) < 99
    assert 20 < expected(1024) < 80


def test_a_board_takes_as_long_as_those_of_its_paintings_that_are_left() -> None:
    board = board_for(1, 1, 1, 1)
    known = Speed()
    known.learn(board, 10, cell=2)
    cells = tuple(Result("cell", "image/png", "c" * 64, number, width_px=192, height_px=192) for number in (1, 3, 4))

    assert expected_seconds(known, board) == pytest.approx(40)
    assert expected_seconds(known, replace(board, results=cells)) == pytest.approx(10)
    assert expected_seconds(known, job_for(recipe=BOARD_RECIPE, size_px=192)) == pytest.approx(10)
    assert expected_seconds(known, board_for(0, 1, 1)) == pytest.approx(20)


def test_how_long_a_whole_board_took_says_nothing_about_its_paintings() -> None:
    painted = replace(board_for(1, 1, 1, 1), painting_seconds=3.0)  # perhaps only one of them, after a restart
    known = Speed([painted, replace(job_for(), painting_seconds=5.0)])

    assert expected_seconds(known, job_for()) == pytest.approx(5)
    assert Speed([painted]).expected_seconds(painted) is None


def test_an_omitted_size_means_the_recipes_size() -> None:
    known = speed(job_for(recipe="hd", size_px=None), 70)

    assert expected_seconds(known, job_for(recipe="hd", size_px=1024)) == pytest.approx(70)


def test_a_painting_at_zero_strength_takes_no_time_and_does_not_affect_estimates() -> None:
    known = speed(job_for(), 5)
    known.learn(job_for(style_strength=0), 0.1)

    assert expected_seconds(known, job_for()) == pytest.approx(5)
    assert expected_seconds(known, job_for(style_strength=0)) == 0


def test_times_of_a_removed_recipe_are_ignored() -> None:
    known = speed(job_for(recipe="gone"), 7)

    assert known.expected_seconds(job_for(recipe="gone")) is None
    assert known.expected_seconds(job_for()) is None


def test_no_worker_can_make_an_estimate_that_no_clock_can_show() -> None:
    known = Speed(engine=FakeEngine(step_cost=StepCost(1e308)))

    assert expected_seconds(known, job_for()) == MAX_EXPECTED_SECONDS


def ten_seconds_a_hundred_pixels(job: Job) -> float | None:
    """Return how long a job takes in the queues below: nobody knows it for `hd`."""
    return None if job.options.recipe_name == "hd" else 10 * ((job.options.size_px or 0) / 100) ** 2


def queue(clock: Clock, *, slots: int = 1, at_once: int = 0, server_at_once: int = 0) -> FairQueue:
    """Make an empty queue for so many slots."""
    limits = QueueSettings(member_jobs_at_once=at_once, server_jobs_at_once=server_at_once)
    return FairQueue(limits, expected_seconds=ten_seconds_a_hundred_pixels, slots=lambda: slots, clock=clock)


def sized(owner_id: int = ALICE, guild_id: int | None = HOME, *, recipe: str = "draft", size_px: int = 100) -> Job:
    """Make a job for these queues."""
    return job_for(owner_id, guild_id, recipe=recipe, size_px=size_px)


def test_a_waiting_job_starts_when_the_jobs_ahead_are_done() -> None:
    clock = Clock()
    waiting = queue(clock)
    painting, first, second = sized(ALICE), sized(BOB), sized(CAROL, size_px=200)
    for queued in (painting, first, second):
        waiting.put(queued)
    waiting.take()
    clock.now += 4

    assert waiting.forecast() == {
        painting.job_id: Expected(-4, 6),
        first.job_id: Expected(6, 16),
        second.job_id: Expected(16, 56),
    }


def test_an_overdue_painting_is_expected_at_any_moment() -> None:
    clock = Clock()
    waiting = queue(clock)
    painting = sized()
    waiting.put(painting)
    waiting.take()
    clock.now += 40

    assert waiting.forecast()[painting.job_id].done_in_seconds == 0


def test_a_painting_ends_when_its_painter_says() -> None:
    clock = Clock()
    waiting = queue(clock)
    painting, first = sized(ALICE), sized(BOB)
    for queued in (painting, first):
        waiting.put(queued)
    waiting.take()
    clock.now += 8

    waiting.note_time_left(painting, 30)  # usually it would be 2
    assert waiting.forecast() == {painting.job_id: Expected(-8, 30), first.job_id: Expected(30, 40)}
    clock.now += 20
    assert waiting.forecast()[first.job_id] == Expected(10, 20)

    waiting.release_slot(painting)
    waiting.note_time_left(painting, 30)  # a late word
    assert waiting.forecast() == {first.job_id: Expected(0, 10)}


def test_jobs_are_spread_over_all_slots() -> None:
    waiting = queue(Clock(), slots=2)
    jobs = [sized(owner_id) for owner_id in range(4)]
    for queued in jobs:
        waiting.put(queued)

    forecast = waiting.forecast()
    assert [forecast[queued.job_id].starts_in_seconds for queued in jobs] == [0, 0, 10, 10]


def test_a_member_at_their_limit_starts_after_members_behind_them() -> None:
    waiting = queue(Clock(), slots=2, at_once=1)
    first, second, other = sized(ALICE), sized(ALICE), sized(BOB)
    for queued in (first, other, second):
        waiting.put(queued)
    waiting.take()
    waiting.remove(other.job_id)
    waiting.put(other)

    forecast = waiting.forecast()
    assert forecast[second.job_id] == Expected(10, 20)
    assert forecast[other.job_id] == Expected(0, 10)


def test_a_server_at_its_limit_waits_for_its_own_paintings() -> None:
    waiting = queue(Clock(), slots=3, server_at_once=2)
    jobs = [sized(owner_id, HOME) for owner_id in range(3)] + [sized(9, AWAY)]
    for queued in jobs:
        waiting.put(queued)

    forecast = waiting.forecast()
    assert [forecast[queued.job_id].starts_in_seconds for queued in jobs] == [0, 0, 10, 0]


def test_there_is_no_estimate_behind_a_painting_of_unknown_length() -> None:
    waiting = queue(Clock())
    first, unknown, last = sized(ALICE), sized(BOB, recipe="hd"), sized(CAROL)
    for queued in (first, unknown, last):
        waiting.put(queued)

    assert list(waiting.forecast().values()) == [Expected(0, 10), Expected(10, None), Expected(None, None)]


@settings(derandomize=True, database=None, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 4), st.integers(1, 3)), max_size=12),
    st.sampled_from([(1, 0), (1, 1), (2, 0), (3, 0)]),
)
def test_paintings_of_expected_length_start_at_their_estimated_times(
    requests: list[tuple[int, int]], slots_and_at_once: tuple[int, int]
) -> None:
    slots, at_once = slots_and_at_once
    clock = Clock()
    waiting = queue(clock, slots=slots, at_once=at_once)
    for owner_id, size in requests:
        waiting.put(sized(owner_id, size_px=100 * size))
    estimated = {
        job_id: clock.now + (expected.starts_in_seconds or 0) for job_id, expected in waiting.forecast().items()
    }

    began: dict[str, float] = {}
    painting: list[tuple[float, Job]] = []
    while waiting.in_order() or painting:
        while len(painting) < slots and (taken := waiting.take()) is not None:
            began[taken.job_id] = clock.now
            painting.append((clock.now + (ten_seconds_a_hundred_pixels(taken) or 0), taken))
        painting.sort(key=lambda ending: ending[0])
        clock.now, done = painting.pop(0)
        waiting.release_slot(done)

    assert began == pytest.approx(estimated)
