"""Estimated times, which stay correct on a message that is never edited."""

from __future__ import annotations

import re

import pytest

from bot.painting.estimates import Estimate, rounded_seconds
from bot.words import ENGLISH

NOW = 1_790_000_040.0
"""On a full minute."""
HOUR = 60 * 60


def in_seconds(seconds: float | None) -> Estimate | None:
    return Estimate.in_seconds(seconds, now=NOW)


def in_english(estimate: Estimate | None) -> str:
    assert estimate is not None
    return estimate.in_words(ENGLISH)


def test_an_unknown_time_gives_no_estimate() -> None:
    assert in_seconds(None) is None


@pytest.mark.parametrize("seconds", [-HOUR, 0, 29])
def test_an_overdue_estimate_names_no_time(seconds: float) -> None:
    assert in_english(in_seconds(seconds)) == "soon"


@pytest.mark.parametrize(("seconds", "minutes"), [(30, 1), (60, 1), (61, 2), (600, 10)])
def test_an_estimate_is_a_time_of_day_to_the_minute(seconds: float, minutes: int) -> None:
    assert in_english(in_seconds(seconds)) == f"around <t:{NOW + minutes * 60:.0f}:t>"


def test_an_ambiguous_time_includes_its_date() -> None:
    assert re.fullmatch(r"around <t:\d+:f>", in_english(in_seconds(20 * HOUR)))


def test_estimates_within_one_minute_are_equal() -> None:
    assert in_seconds(61) == in_seconds(119) != in_seconds(121)


@pytest.mark.parametrize(
    ("seconds", "rounded"),
    [(0, 5), (4.9, 5), (43, 45), (60.0000001, 60), (61, 75), (599, 600), (601, 660), (5_000, 5_040)],
)
def test_a_duration_is_only_as_exact_as_it_can_be_known(seconds: float, rounded: int) -> None:
    assert rounded_seconds(seconds) == rounded
