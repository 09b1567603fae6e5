"""The queue: who is let in, and who is next."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import AlreadyAsked, QueueFull, ShuttingDown, TooManyJobs
from bot.jobs.job import Job, Order
from bot.jobs.queue import FairQueue

ALICE, BOB, CAROL = 1, 2, 3


def job(owner_id: int) -> Job:
    """A job of this member."""
    return Job(owner_id=owner_id, guild_id=1, channel_id=1, content_sha256="c", style_sha256="s", order=Order())


def queue(*, limit: int = 100, per_member_limit: int = 3) -> FairQueue:
    """An empty queue."""
    return FairQueue(limit=limit, per_member_limit=per_member_limit)


def owners(jobs: list[Job]) -> list[int]:
    """Whose jobs they are."""
    return [job.owner_id for job in jobs]


def test_members_take_turns() -> None:
    waiting = queue()
    for owner_id in (ALICE, ALICE, ALICE, BOB, BOB, CAROL):
        waiting.put(job(owner_id))

    assert owners(waiting.in_order()) == [ALICE, BOB, CAROL, ALICE, BOB, ALICE]


def test_whoever_was_never_served_goes_before_whoever_is_being_painted() -> None:
    waiting = queue()
    for _ in range(3):
        waiting.put(job(ALICE))
    waiting.take()
    waiting.put(job(BOB))

    assert owners(waiting.in_order()) == [BOB, ALICE, ALICE]


def test_members_who_keep_returning_starve_nobody() -> None:
    waiting = queue()
    tickets = {ALICE: waiting.admit(ALICE)}
    waiting.put(job(ALICE))
    waiting.take()
    second = waiting.admit(ALICE)
    waiting.put(job(ALICE))
    served = []
    for owner_id in (BOB, CAROL, BOB, CAROL):
        if owner_id in tickets:
            tickets.pop(owner_id).give_back()
        tickets[owner_id] = waiting.admit(owner_id)
        waiting.put(job(owner_id))
        taken = waiting.take()
        assert taken is not None
        served.append(taken.owner_id)
    second.give_back()

    assert ALICE in served[:2]


def test_a_members_own_jobs_keep_their_order() -> None:
    waiting = queue()
    jobs = [job(ALICE) for _ in range(3)]
    for one in jobs:
        waiting.put(one)

    assert waiting.in_order() == jobs


@given(st.lists(st.integers(1, 4), max_size=12), st.lists(st.integers(1, 4), max_size=12))
def test_jobs_are_taken_in_the_order_that_was_told(before: list[int], after: list[int]) -> None:
    waiting = queue()
    for owner_id in before:
        waiting.put(job(owner_id))
    for _ in range(len(before) // 2):
        waiting.take()
    for owner_id in after:
        waiting.put(job(owner_id))
    told = waiting.in_order()

    assert [waiting.take() for _ in told] == told
    assert waiting.take() is None


def test_a_removed_job_has_no_turn() -> None:
    waiting = queue()
    first, second = job(ALICE), job(BOB)
    waiting.put(first)
    waiting.put(second)

    waiting.remove(first.job_id)

    assert waiting.in_order() == [second]


def test_a_member_holds_no_more_places_than_allowed() -> None:
    waiting = queue(per_member_limit=2)
    waiting.admit(ALICE)
    ticket = waiting.admit(ALICE)
    with pytest.raises(TooManyJobs):
        waiting.admit(ALICE)
    waiting.admit(BOB)

    ticket.give_back()
    ticket.give_back()

    waiting.admit(ALICE)
    with pytest.raises(TooManyJobs):
        waiting.admit(ALICE)


def test_the_whole_queue_is_limited() -> None:
    waiting = queue(limit=1)
    waiting.admit(ALICE)
    with pytest.raises(QueueFull):
        waiting.admit(BOB)


def test_the_same_wish_of_the_same_member_is_let_in_once() -> None:
    waiting = queue()
    ticket = waiting.admit(ALICE, key=("job", "again"))
    with pytest.raises(AlreadyAsked):
        waiting.admit(ALICE, key=("job", "again"))
    waiting.admit(BOB, key=("job", "again"))

    ticket.give_back()

    waiting.admit(ALICE, key=("job", "again"))


def test_a_place_is_given_back_when_the_work_before_the_queue_fails() -> None:
    waiting = queue(per_member_limit=1)
    with pytest.raises(ZeroDivisionError), waiting.admit(ALICE):
        raise ZeroDivisionError
    with waiting.admit(ALICE):
        pass
    with pytest.raises(TooManyJobs):
        waiting.admit(ALICE)


def test_a_closed_queue_lets_nobody_in() -> None:
    waiting = queue()
    waiting.close()
    with pytest.raises(ShuttingDown):
        waiting.admit(ALICE)
