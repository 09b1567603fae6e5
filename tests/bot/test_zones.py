"""Members name time zones as they like."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.clock.zones import parse_zone
from bot.errors import NotATimeZone

SEASONS = tuple(datetime(2026, month, 1, tzinfo=UTC) for month in (1, 4, 7, 10))


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("berlin", "Europe/Berlin"),
        ("new york", "America/New_York"),
        ("CET", "Europe/Berlin"),
        ("UTC", "UTC"),
        ("UTC+2", "Etc/GMT-2"),
        ("gmt -3", "Etc/GMT+3"),
        ("+14:00", "Etc/GMT-14"),
        ("GMT+5:30", "Asia/Kolkata"),
        ("UTC+0545", "Asia/Kathmandu"),
        ("UTC\N{MINUS SIGN}9:30", "Pacific/Marquesas"),
    ],
)
def test_a_zone_is_known_by_its_city_its_abbreviation_or_its_offset(written: str, key: str) -> None:
    assert parse_zone(written).key == key


@pytest.mark.parametrize(
    ("written", "key"), [("India", "Asia/Kolkata"), ("Indien", "Asia/Kolkata"), ("UK", "Europe/London")]
)
def test_a_country_with_one_zone_is_a_zone_in_english_and_the_members_language(written: str, key: str) -> None:
    assert parse_zone(written, language="de").key == key


@pytest.mark.parametrize(
    ("written", "first"),
    [
        ("USA", ("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles")),
        ("Vereinigte Staaten", ("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles")),
        ("america", ("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles")),
        ("Germany", ("Europe/Berlin",)),
        ("Europe", ("Europe/Lisbon", "Europe/London", "Europe/Berlin")),
    ],
)
def test_who_writes_a_large_country_or_a_continent_reads_its_best_known_zones(
    written: str, first: tuple[str, ...]
) -> None:
    with pytest.raises(NotATimeZone) as caught:
        parse_zone(written, language="de")

    assert caught.value.similar[: len(first)] == first
    assert len(caught.value.similar) <= 5


@pytest.mark.parametrize("hours", [-9.5, 3.5, 4.5, 5.5, 5.75, 6.5, 8.75, 9.5])
def test_offsets_of_less_than_whole_hours_last_all_year(hours: float) -> None:
    minutes = round(abs(hours) * 60)
    zone = parse_zone(f"UTC{'-' if hours < 0 else '+'}{minutes // 60}:{minutes % 60:02}")

    assert {season.astimezone(zone).utcoffset() for season in SEASONS} == {timedelta(hours=hours)}


@pytest.mark.parametrize("written", ["UTC+15", "UTC+1:17", "somewhere"])
def test_what_is_no_zone_is_refused(written: str) -> None:
    with pytest.raises(NotATimeZone) as caught:
        parse_zone(written)

    assert caught.value == NotATimeZone(written)


# Lord Howe Island has UTC+10:30 in the southern winter, and Adelaide in the summer.
@pytest.mark.parametrize(("written", "region"), [("Belrin", "Europe/"), ("UTC+10:30", "Australia/")])
def test_who_writes_almost_a_zone_reads_which_ones_there_are(written: str, region: str) -> None:
    with pytest.raises(NotATimeZone) as caught:
        parse_zone(written)

    assert caught.value.similar
    assert {key[: len(region)] for key in caught.value.similar} == {region}
