"""The queue: which jobs it accepts, and which one is next."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import AlreadyAsked, QueueFull, ServerBusy, ShuttingDown, TooManyJobs
from bot.messages.address import Address
from bot.painting.job import Cell, Input, Job, JobKind, JobState, PaintingOptions
from bot.painting.queue import FairQueue
from config.settings import QueueSettings

ALICE, BOB, CAROL, DAVE = 1, 2, 3, 4
HOME, AWAY = 10, 20


def job(owner_id: int, guild_id: int | None = HOME) -> Job:
    """Make a member's job from this server."""
    address = Address(
        application_id=1,
        interaction_id=1,
        token="",
        asked_at=datetime.now(UTC),
        guild_id=guild_id,
        channel_id=1,
        upload_limit_bytes=2**20,
    )
    return Job(owner_id=owner_id, address=address, inputs=(Input("content"), Input("style")), options=PaintingOptions())


def board(owner_id: int, guild_id: int | None = HOME) -> Job:
    """Make a member's board of nine, which costs as much as two paintings."""
    cells = tuple(Cell(0, PaintingOptions()) for _ in range(9))
    return replace(job(owner_id, guild_id), kind=JobKind.BOARD, cells=cells)


def queue(*, at_once: int = 0, **limits: int) -> FairQueue:
    """Make an empty queue, without limits by default."""
    settings = QueueSettings(member_jobs_at_once=at_once, **limits)
    return FairQueue(settings, expected_seconds=lambda _: None, slots=lambda: 1)


def owners(jobs: list[Job]) -> list[int]:
    """Return the owners of jobs."""
    return [job.owner_id for job in jobs]


def take_all(waiting: FairQueue) -> list[Job]:
    """Take every waiting job, finishing each before the next, and return them in order."""
    taken = []
    while (next_job := waiting.take()) is not None:
        waiting.release_slot(next_job)
        taken.append(next_job)
    return taken


def test_members_take_turns() -> None:
    waiting = queue()
    for owner_id in (ALICE, ALICE, ALICE, BOB, BOB, CAROL):
        waiting.put(job(owner_id))

    assert owners(waiting.in_order()) == [ALICE, BOB, CAROL, ALICE, BOB, ALICE]


def test_a_member_sits_out_one_more_round_after_a_board() -> None:
    waiting = queue()
    for queued in (board(ALICE), board(ALICE), *(job(BOB) for _ in range(4))):
        waiting.put(queued)
    in_turn = [ALICE, BOB, BOB, ALICE, BOB, BOB]

    assert owners(waiting.in_order()) == in_turn
    assert owners(take_all(waiting)) == in_turn


def test_a_member_alone_waits_for_nobody_after_a_board() -> None:
    waiting = queue()
    waiting.put(board(ALICE))
    waiting.put(job(ALICE))
    assert owners(take_all(waiting)) == [ALICE, ALICE]

    waiting.put(job(BOB))
    waiting.put(job(ALICE))

    assert owners(take_all(waiting)) == [BOB, ALICE]


def test_servers_take_turns_when_several_members_are_next() -> None:
    waiting = queue()
    for owner_id, guild_id in ((ALICE, HOME), (BOB, HOME), (CAROL, AWAY), (DAVE, AWAY), (ALICE, HOME)):
        waiting.put(job(owner_id, guild_id))

    assert owners(waiting.in_order()) == [ALICE, CAROL, BOB, DAVE, ALICE]


def test_a_servers_turns_in_one_round_do_not_count_in_the_next() -> None:
    waiting = queue()
    for owner_id, guild_id in 2 * ((ALICE, HOME), (BOB, AWAY), (CAROL, None)) + ((DAVE, AWAY),):
        waiting.put(job(owner_id, guild_id))
    in_turn = [ALICE, BOB, CAROL, DAVE, ALICE, BOB, CAROL]

    assert owners(waiting.in_order()) == in_turn
    assert owners(take_all(waiting)) == in_turn


def test_direct_messages_do_not_bypass_the_servers_turn() -> None:
    waiting = queue()
    for owner_id, guild_id in ((ALICE, None), (BOB, None), (CAROL, HOME)):
        waiting.put(job(owner_id, guild_id))

    assert owners(waiting.in_order()) == [ALICE, CAROL, BOB]


def test_a_member_never_served_goes_before_one_with_a_running_job() -> None:
    waiting = queue()
    for _ in range(3):
        waiting.put(job(ALICE))
    waiting.take()
    waiting.put(job(BOB))

    assert owners(waiting.in_order()) == [BOB, ALICE, ALICE]


def test_newcomers_of_the_same_server_do_not_pass_a_waiting_member() -> None:
    waiting = queue()
    for owner_id in (ALICE, BOB, CAROL):
        waiting.put(job(owner_id))
    waiting.take()
    waiting.put(job(DAVE))

    assert owners(waiting.in_order()) == [BOB, CAROL, DAVE]


def test_members_who_keep_returning_do_not_starve_others() -> None:
    waiting = queue()
    waiting.put(job(ALICE))
    waiting.take()
    waiting.put(job(ALICE))
    served = []
    for owner_id in (BOB, CAROL, BOB, CAROL):
        waiting.put(job(owner_id))
        taken = waiting.take()
        assert taken is not None
        served.append(taken.owner_id)

    assert ALICE in served[:3]


def test_a_members_own_jobs_keep_their_order() -> None:
    waiting = queue()
    jobs = [job(ALICE) for _ in range(3)]
    for queued in jobs:
        waiting.put(queued)

    assert waiting.in_order() == jobs


def test_a_removed_job_gives_its_place_to_the_members_next_job() -> None:
    waiting = queue()
    first, second, third = job(ALICE), job(BOB), job(ALICE)
    for queued in (first, second, third):
        waiting.put(queued)

    waiting.remove(first.job_id)
    waiting.remove("unknown")

    assert waiting.in_order() == [third, second]


REPEATABLY = settings(derandomize=True, database=None, deadline=None)
MEMBERS = st.integers(1, 4)
GUILDS = st.sampled_from([HOME, AWAY, None])
REQUESTS = st.lists(st.tuples(MEMBERS, GUILDS), max_size=14)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), MEMBERS, GUILDS),
        st.tuples(st.just("put"), MEMBERS, GUILDS),
        st.just(("take",)),
        st.just(("take",)),
        st.tuples(st.just("leave"), st.integers(0, 3)),
        st.tuples(st.just("remove"), st.integers(0, 9)),
    ),
    max_size=60,
)
"""What may happen to a queue, in any order."""
STEPS_WITH_BOARDS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), MEMBERS, GUILDS),
        st.tuples(st.just("board"), MEMBERS, GUILDS),
        st.just(("take",)),
        st.tuples(st.just("leave"), st.integers(0, 3)),
        st.tuples(st.just("remove"), st.integers(0, 9)),
    ),
    max_size=60,
)


class Slots:
    """A queue under random events, with all that tests need to judge its choices."""

    def __init__(self, *, member_at_once: int = 0, server_at_once: int = 0) -> None:
        self.queue = queue(at_once=member_at_once, server_jobs_at_once=server_at_once)
        self.member_at_once = member_at_once
        self.server_at_once = server_at_once
        self.painting: list[Job] = []
        self.passed: dict[int, Counter[int]] = {}
        """Of each member who waits and may be painted: how often each other one was taken meanwhile."""

    def waiting(self) -> list[Job]:
        return self.queue.in_order()

    def may_paint(self, candidate: Job) -> bool:
        """Return whether the limits allow it, computed independently."""
        of_member = sum(other.owner_id == candidate.owner_id for other in self.painting)
        of_server = sum(other.guild_id == candidate.guild_id for other in self.painting)
        member_is_free = self.member_at_once == 0 or of_member < self.member_at_once
        server_is_free = self.server_at_once == 0 or candidate.guild_id is None or of_server < self.server_at_once
        return member_is_free and server_is_free

    def happen(self, step: tuple[object, ...]) -> None:
        match step:
            case ("put", int(owner_id), int() | None as guild_id):
                self.queue.put(job(owner_id, guild_id))
            case ("board", int(owner_id), int() | None as guild_id):
                self.queue.put(board(owner_id, guild_id))
            case ("leave", int(which)) if self.painting:
                self.queue.release_slot(self.painting.pop(which % len(self.painting)))
            case ("remove", int(which)) if self.waiting():
                self.queue.remove(self.waiting()[which % len(self.waiting())].job_id)
            case ("take",):
                self.take()

    def take(self) -> None:
        could = {candidate.owner_id for candidate in self.waiting() if self.may_paint(candidate)}
        taken = self.queue.take()
        assert (taken is not None) == bool(could)
        if taken is None:
            return
        assert self.may_paint(taken)
        assert taken not in self.waiting()
        self.painting.append(taken)
        others = could - {taken.owner_id}
        self.passed = {owner_id: self.passed.get(owner_id, Counter()) for owner_id in others}
        for passed in self.passed.values():
            passed[taken.owner_id] += 1


@REPEATABLY
@given(REQUESTS)
def test_no_member_gets_another_job_before_every_member_had_one(requests: list[tuple[int, int | None]]) -> None:
    waiting = queue()
    for owner_id, guild_id in requests:
        waiting.put(job(owner_id, guild_id))

    taken: Counter[int] = Counter()
    rounds = []
    for taken_job in take_all(waiting):
        rounds.append(taken[taken_job.owner_id])
        taken[taken_job.owner_id] += 1
    assert rounds == sorted(rounds)


@REPEATABLY
@given(REQUESTS)
def test_no_server_gets_two_more_turns_per_round_than_a_waiting_one(
    requests: list[tuple[int, int | None]],
) -> None:
    waiting = queue()
    first_requests = dict(requests)
    for owner_id, guild_id in first_requests.items():
        waiting.put(job(owner_id, guild_id))

    left = Counter(first_requests.values())
    had = Counter[int | None]()
    for taken_job in take_all(waiting):
        had[taken_job.guild_id] += 1
        left[taken_job.guild_id] -= 1
        assert all(max(had.values()) - had[guild_id] <= 1 for guild_id in +left)


@REPEATABLY
@given(STEPS_WITH_BOARDS)
def test_jobs_always_start_in_the_announced_order(steps: list[tuple[object, ...]]) -> None:
    slots = Slots()
    for step in steps:
        slots.happen(step)
    announced = slots.waiting()

    assert take_all(slots.queue) == announced


@REPEATABLY
@given(STEPS, st.integers(0, 2), st.integers(0, 2))
def test_nobody_gets_three_turns_between_two_of_an_eligible_member(
    steps: list[tuple[object, ...]], member_at_once: int, server_at_once: int
) -> None:
    slots = Slots(member_at_once=member_at_once, server_at_once=server_at_once)
    for step in steps:
        slots.happen(step)

        assert all(max(passed.values()) <= 2 for passed in slots.passed.values())


@REPEATABLY
@given(st.lists(st.one_of(st.tuples(st.just("put"), MEMBERS, st.just(HOME)), st.just(("take",))), max_size=60))
def test_nobody_gets_two_turns_between_two_of_a_waiting_member_on_their_server(
    steps: list[tuple[object, ...]],
) -> None:
    slots = Slots()
    for step in steps:
        slots.happen(step)

        assert all(max(passed.values()) <= 1 for passed in slots.passed.values())


def test_a_member_at_their_limit_is_skipped_until_they_free_a_slot() -> None:
    waiting = queue(at_once=1)
    for owner_id in (ALICE, ALICE, BOB):
        waiting.put(job(owner_id))
    first, second = waiting.take(), waiting.take()
    assert first is not None
    assert second is not None
    assert owners([first, second]) == [ALICE, BOB]
    assert waiting.take() is None

    waiting.release_slot(replace(first, state=JobState.PAINTED))
    waiting.release_slot(first)

    taken = waiting.take()
    assert taken is not None
    assert taken.owner_id == ALICE


def test_a_server_at_its_limit_is_skipped_but_not_its_members_other_jobs() -> None:
    waiting = queue(server_jobs_at_once=1)
    for owner_id, guild_id in ((ALICE, HOME), (BOB, HOME), (BOB, AWAY), (CAROL, None), (DAVE, None)):
        waiting.put(job(owner_id, guild_id))

    taken = [waiting.take() for _ in range(5)]

    assert [taken_job and (taken_job.owner_id, taken_job.guild_id) for taken_job in taken] == [
        (ALICE, HOME),
        (BOB, AWAY),
        (CAROL, None),
        (DAVE, None),
        None,
    ]


def test_a_member_holds_no_more_places_than_allowed() -> None:
    waiting = queue(member_jobs=2)
    waiting.admit(ALICE, HOME)
    ticket = waiting.admit(ALICE, None)
    with pytest.raises(TooManyJobs):
        waiting.admit(ALICE, AWAY)
    waiting.admit(BOB, HOME)

    ticket.give_back()
    ticket.give_back()

    waiting.admit(ALICE, HOME)
    with pytest.raises(TooManyJobs):
        waiting.admit(ALICE, HOME)


def test_a_server_holds_no_more_places_than_allowed() -> None:
    waiting = queue(server_jobs=1)
    ticket = waiting.admit(ALICE, HOME)
    with pytest.raises(ServerBusy):
        waiting.admit(BOB, HOME)
    waiting.admit(BOB, AWAY)

    ticket.give_back()

    waiting.admit(BOB, HOME)


def test_direct_messages_share_no_limit() -> None:
    waiting = queue(server_jobs=1)
    waiting.admit(ALICE, None)
    waiting.admit(BOB, None)


def test_the_whole_queue_is_limited() -> None:
    waiting = queue(limit=1)
    waiting.admit(ALICE, HOME)
    with pytest.raises(QueueFull):
        waiting.admit(BOB, AWAY)


def test_zero_means_unlimited() -> None:
    waiting = queue(limit=0, member_jobs=0, server_jobs=0)
    for _ in range(200):
        waiting.admit(ALICE, HOME)


def test_a_job_of_an_earlier_process_gets_a_place_regardless_of_limits() -> None:
    waiting = queue(limit=1, member_jobs=1, server_jobs=1)
    waiting.admit(ALICE, HOME)

    ticket = waiting.readmit(job(ALICE))

    with pytest.raises(TooManyJobs):
        waiting.admit(ALICE, HOME)
    ticket.give_back()
    with pytest.raises(TooManyJobs):
        waiting.admit(ALICE, HOME)


def test_a_members_duplicate_request_is_accepted_once() -> None:
    waiting = queue()
    ticket = waiting.admit(ALICE, HOME, key=("job", "again"))
    with pytest.raises(AlreadyAsked):
        waiting.admit(ALICE, HOME, key=("job", "again"))
    waiting.admit(BOB, HOME, key=("job", "again"))

    ticket.give_back()

    waiting.admit(ALICE, HOME, key=("job", "again"))


def test_a_place_is_released_if_preparation_fails() -> None:
    waiting = queue(member_jobs=1)
    with pytest.raises(ZeroDivisionError), waiting.admit(ALICE, HOME):
        raise ZeroDivisionError
    with waiting.admit(ALICE, HOME):
        pass
    with pytest.raises(TooManyJobs):
        waiting.admit(ALICE, HOME)


def test_a_closed_queue_accepts_no_jobs() -> None:
    waiting = queue()
    waiting.close()
    with pytest.raises(ShuttingDown):
        waiting.admit(ALICE, HOME)
