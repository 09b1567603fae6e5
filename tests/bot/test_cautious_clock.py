"""The clock that decides what has expired."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.clock.cautious import CautiousClock

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Machine:
    """A wall clock, and the time that really passes."""

    def __init__(self) -> None:
        self.wall = NOON
        self.passed = timedelta(seconds=7)
        self.clock = CautiousClock(wall=lambda: self.wall, passed=lambda: self.passed)

    def go_on(self, by: timedelta) -> None:
        self.wall += by
        self.passed += by


def test_the_clock_advances() -> None:
    machine = Machine()
    for _ in range(3):
        machine.go_on(40 * DAY)
        assert machine.clock() == machine.wall


def test_a_forward_jump_is_ignored_for_a_day() -> None:
    machine = Machine()
    machine.wall += 40 * DAY
    assert machine.clock() == NOON
    machine.go_on(23 * HOUR)
    assert machine.clock() == NOON + 23 * HOUR
    machine.go_on(HOUR)
    assert machine.clock() == machine.wall == NOON + 41 * DAY


def test_a_forward_jump_that_is_corrected_has_no_effect() -> None:
    machine = Machine()
    machine.wall += 40 * DAY
    machine.clock()
    machine.go_on(23 * HOUR)
    machine.wall -= 40 * DAY
    assert machine.clock() == machine.wall == NOON + 23 * HOUR
    machine.wall += 40 * DAY
    machine.go_on(2 * HOUR)
    assert machine.clock() == NOON + 25 * HOUR


def test_a_clock_that_is_set_back_is_trusted_at_once() -> None:
    machine = Machine()
    machine.wall -= 40 * DAY
    assert machine.clock() == NOON - 40 * DAY
    machine.go_on(HOUR)
    assert machine.clock() == machine.wall


def test_a_small_correction_is_trusted_at_once() -> None:
    machine = Machine()
    machine.wall += timedelta(minutes=59)
    assert machine.clock() == machine.wall
