"""When a challenge comes again: the same time on the wall, through daylight saving, once after an outage."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.challenges.recurrence import Occurrence, in_zone, next_possible, on_the_wall
from bot.challenges.series import WEEK_DAYS

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
DAY = timedelta(days=1)


def wall(day: str, time: str = "20:00") -> datetime:
    """What a clock shows."""
    return datetime.fromisoformat(f"{day} {time}")


def weekly(day: str, time: str = "20:00", zone: ZoneInfo = BERLIN) -> Occurrence:
    """A challenge that is announced then, opens an hour later, closes after three days and ends after five."""
    at = wall(day, time)
    opens, closes, ends = (in_zone(at + by, zone) for by in (timedelta(hours=1), 3 * DAY, 5 * DAY))
    return Occurrence.of(in_zone(at, zone), opens_at=opens, closes_at=closes, ends_at=ends, zone=zone)


@pytest.mark.parametrize("day", ["2027-03-22", "2027-10-25", "2027-06-07"])  # clocks change on Mar 28 and Oct 31
def test_a_week_later_clocks_show_the_same_times(day: str) -> None:
    first = weekly(day)
    following = first.later(days=WEEK_DAYS)
    due_at = in_zone(following.announced, BERLIN)

    opens_at, closes_at, ends_at = following.times(due_at, zone=BERLIN)

    shown = [on_the_wall(at, BERLIN) for at in (due_at, opens_at, closes_at, ends_at)]
    at = wall(day) + 7 * DAY
    assert shown == [at, at + timedelta(hours=1), at + 3 * DAY, at + 5 * DAY]


def test_the_week_in_which_clocks_go_forward_is_an_hour_shorter() -> None:
    first = weekly("2027-03-22")
    due_at = in_zone(first.later(days=WEEK_DAYS).announced, BERLIN)

    assert due_at - in_zone(first.announced, BERLIN) == 7 * DAY - timedelta(hours=1)


def test_a_time_that_clocks_skip_is_later_that_week_only() -> None:
    first = weekly("2027-03-21", "02:30")
    skipped, after = first.later(days=WEEK_DAYS), first.later(days=2 * WEEK_DAYS)

    assert on_the_wall(in_zone(skipped.announced, BERLIN), BERLIN) == wall("2027-03-28", "03:30")
    assert on_the_wall(in_zone(after.announced, BERLIN), BERLIN) == wall("2027-04-04", "02:30")


def test_of_a_time_that_comes_twice_the_first_counts() -> None:
    twice = weekly("2027-10-24", "02:30").later(days=WEEK_DAYS)

    assert in_zone(twice.announced, BERLIN) == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)


def test_a_challenge_that_opens_when_it_is_announced_does_so_again() -> None:
    announced_at = datetime(2027, 3, 1, 12, 7, 30, tzinfo=UTC)
    first = Occurrence.of(
        announced_at,
        opens_at=announced_at - timedelta(minutes=20),
        closes_at=announced_at + DAY,
        ends_at=announced_at + 2 * DAY,
        zone=BERLIN,
    )
    following = first.later(days=WEEK_DAYS)

    assert following.opens == following.announced == wall("2027-03-08", "13:07")


def test_after_missed_weeks_the_latest_one_is_announced() -> None:
    planned = weekly("2027-03-01").later(days=WEEK_DAYS)
    now = in_zone(wall("2027-03-31", "09:00"), BERLIN)

    latest = planned.latest(now, every_days=WEEK_DAYS, zone=BERLIN)

    assert latest.announced == wall("2027-03-29")
    assert planned.latest(in_zone(planned.announced, BERLIN), every_days=WEEK_DAYS, zone=BERLIN) == planned


def test_a_late_challenge_keeps_its_hours() -> None:
    planned = weekly("2027-03-01")
    late = in_zone(planned.announced, BERLIN) + timedelta(hours=30)

    times = planned.times(late, zone=BERLIN)

    assert [at - late for at in times] == [timedelta(hours=1), 3 * DAY, 5 * DAY]
    on_time = planned.times(in_zone(planned.announced, BERLIN) + timedelta(minutes=9), zone=BERLIN)
    assert on_the_wall(on_time[1], BERLIN) == planned.closes


def test_an_occurrence_is_the_same_after_it_was_json() -> None:
    planned = weekly("2027-03-01")

    assert Occurrence.from_payload({"challenge_id": "c", **planned.payload}) == planned


@pytest.mark.parametrize(
    ("now", "opens"),
    [("2027-03-02 10:00", "2027-03-05"), ("2027-03-06 10:00", "2027-03-12"), ("2027-04-30 10:00", "2027-04-30")],
)
def test_as_last_time_means_the_next_of_the_same_weekday_and_time(now: str, opens: str) -> None:
    friday = in_zone(wall("2027-02-26"), NEW_YORK)
    closes, ends = in_zone(wall("2027-03-01"), NEW_YORK), in_zone(wall("2027-03-03"), NEW_YORK)

    times = next_possible(friday, closes, ends, now=in_zone(datetime.fromisoformat(now), NEW_YORK), zone=NEW_YORK)

    shown = [on_the_wall(at, NEW_YORK) for at in times]
    assert shown == [wall(opens), wall(opens) + 3 * DAY, wall(opens) + 5 * DAY]


def test_a_challenge_that_has_not_opened_yet_can_be_copied_with_its_own_times() -> None:
    opens = in_zone(wall("2027-03-05"), BERLIN)

    times = next_possible(opens, opens + DAY, opens + 2 * DAY, now=opens - 20 * DAY, zone=BERLIN)

    assert times == (opens, opens + DAY, opens + 2 * DAY)
