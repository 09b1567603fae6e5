"""Estimates of how long paintings take and when waiting ones start."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.painting.job import Job, PaintingOptions
from bot.painting.queue import FairQueue
from bot.painting.speed import MAX_MEASUREMENTS, Expected, Speed
from config.settings import QueueSettings
from tests.bot.conftest import Clock
from tests.bot.test_queue import ALICE, AWAY, BOB, CAROL, HOME, job


def job_for(owner_id: int = ALICE, guild_id: int | None = HOME, *, recipe: str = "draft", size_px: int = 100) -> Job:
    """Make a job with this recipe and size."""
    return replace(job(owner_id, guild_id), options=PaintingOptions(recipe, size_px))


def speed(**seconds: float) -> Speed:
    """Make estimates from one painting of each recipe at 100 px."""
    known = Speed()
    for recipe, took_seconds in seconds.items():
        known.learn(job_for(recipe=recipe), took_seconds)
    return known


def test_a_recipe_never_painted_has_no_estimate() -> None:
    assert speed(draft=5).expected_seconds(job_for(recipe="hd")) is None


def test_an_estimate_uses_the_latest_similar_paintings() -> None:
    known = Speed()
    for seconds in (500, *range(1, MAX_MEASUREMENTS + 1)):
        known.learn(job_for(), seconds)

    assert known.expected_seconds(job_for(recipe="draft", size_px=100)) == (MAX_MEASUREMENTS + 1) / 2


def test_an_estimate_scales_with_the_number_of_pixels() -> None:
    known = speed(draft=5)
    known.learn(job_for(size_px=1000), 300)

    assert known.expected_seconds(job_for(recipe="draft", size_px=200)) == 20
    assert known.expected_seconds(job_for(recipe="draft", size_px=2000)) == 1200


def test_an_omitted_size_means_the_recipes_size() -> None:
    known = Speed()
    known.learn(replace(job(ALICE), options=PaintingOptions("draft")), 7)

    size_px = PaintingOptions("draft").recipe().longest_side_px
    assert known.expected_seconds(job_for(recipe="draft", size_px=size_px)) == 7


def test_a_painting_at_zero_strength_does_not_affect_estimates() -> None:
    known = speed(draft=5)
    photograph = job_for()
    known.learn(replace(photograph, options=replace(photograph.options, style_strength=0)), 0.1)

    assert known.expected_seconds(job_for(recipe="draft", size_px=100)) == 5


def test_times_of_a_removed_recipe_are_ignored() -> None:
    known = Speed()
    known.learn(job_for(recipe="gone"), 7)

    assert known.expected_seconds(job_for(recipe="gone")) is None


def queue(clock: Clock, known: Speed, *, slots: int = 1, at_once: int = 0, server_at_once: int = 0) -> FairQueue:
    """Make an empty queue for so many slots."""
    limits = QueueSettings(member_jobs_at_once=at_once, server_jobs_at_once=server_at_once)
    return FairQueue(limits, expected_seconds=known.expected_seconds, slots=lambda: slots, clock=clock)


def test_a_waiting_job_starts_when_the_jobs_ahead_are_done() -> None:
    clock = Clock()
    waiting = queue(clock, speed(draft=10))
    painting, first, second = job_for(ALICE), job_for(BOB), job_for(CAROL, size_px=200)
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
    waiting = queue(clock, speed(draft=10))
    painting = job_for()
    waiting.put(painting)
    waiting.take()
    clock.now += 40

    assert waiting.forecast()[painting.job_id].done_in_seconds == 0


def test_jobs_are_spread_over_all_slots() -> None:
    waiting = queue(Clock(), speed(draft=10), slots=2)
    jobs = [job_for(owner_id) for owner_id in range(4)]
    for queued in jobs:
        waiting.put(queued)

    forecast = waiting.forecast()
    assert [forecast[queued.job_id].starts_in_seconds for queued in jobs] == [0, 0, 10, 10]


def test_a_member_at_their_limit_starts_after_members_behind_them() -> None:
    waiting = queue(Clock(), speed(draft=10), slots=2, at_once=1)
    first, second, other = job_for(ALICE), job_for(ALICE), job_for(BOB)
    for queued in (first, other, second):
        waiting.put(queued)
    waiting.take()
    waiting.remove(other.job_id)
    waiting.put(other)

    forecast = waiting.forecast()
    assert forecast[second.job_id] == Expected(10, 20)
    assert forecast[other.job_id] == Expected(0, 10)


def test_a_server_at_its_limit_waits_for_its_own_paintings() -> None:
    waiting = queue(Clock(), speed(draft=10), slots=3, server_at_once=2)
    jobs = [job_for(owner_id, HOME) for owner_id in range(3)] + [job_for(9, AWAY)]
    for queued in jobs:
        waiting.put(queued)

    forecast = waiting.forecast()
    assert [forecast[queued.job_id].starts_in_seconds for queued in jobs] == [0, 0, 10, 0]


def test_there_is_no_estimate_behind_a_painting_of_unknown_length() -> None:
    waiting = queue(Clock(), speed(draft=10))
    first, unknown, last = job_for(ALICE), job_for(BOB, recipe="hd"), job_for(CAROL)
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
    waiting = queue(clock, speed(draft=1), slots=slots, at_once=at_once)
    for owner_id, size in requests:
        waiting.put(job_for(owner_id, size_px=100 * size))
    estimated = {
        job_id: clock.now + (expected.starts_in_seconds or 0) for job_id, expected in waiting.forecast().items()
    }

    began: dict[str, float] = {}
    painting: list[tuple[float, Job]] = []
    while waiting.in_order() or painting:
        while len(painting) < slots and (taken := waiting.take()) is not None:
            began[taken.job_id] = clock.now
            painting.append((clock.now + ((taken.options.size_px or 0) / 100) ** 2, taken))
        painting.sort(key=lambda ending: ending[0])
        clock.now, done = painting.pop(0)
        waiting.release_slot(done)

    assert began == pytest.approx(estimated)
