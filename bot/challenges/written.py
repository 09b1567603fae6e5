"""Reads a date and a time that a member wrote.

Numbers are read here, because dateparser guesses what they are; it reads the words: months, and times from now. It
is lenient, too: it takes "1" and "may" for dates. So what isn't a whole date, or leaves a word over, is refused.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from dateparser.date import DateDataParser

from bot.challenges.phrases import (
    BEFORE_HOURS,
    DAYS,
    ENGLISH,
    EVENING,
    MIDNIGHT,
    MONTH_FIRST,
    NEXT,
    NOON,
    RELATIVE,
    THIS,
    TONIGHT,
    base_of,
    rewritten,
    trimmed,
    trimmed_end,
    weekday_of,
)
from bot.clock.zones import zone_name
from bot.errors import NotATime, TimeSkipped, WrongWeekday
from bot.words.text import folded

DEFAULT_TIME = timedelta(hours=12)
"""When a day without a time is meant: noon, which is on the same day nearly everywhere."""
EVENING_TIME = timedelta(hours=20)
"""When an evening without a time is meant."""
EARLIEST_MORNING = timedelta(hours=5)
"""Until then, it is still the evening of the day before."""

_ALIKE = str.maketrans(
    {"\N{MASCULINE ORDINAL INDICATOR}": "", "\N{FEMININE ORDINAL INDICATOR}": ""}
    | dict.fromkeys("\N{EN DASH}\N{EM DASH}\N{MINUS SIGN}", "-")
    | dict.fromkeys("\N{RIGHT SINGLE QUOTATION MARK}", "'")
)
_CLOCK = re.compile(
    r"""
    (?<![\d:.,/-])
    (?:(?P<half_before>午前|午後)\s?)?
    (?P<hour>\d{1,2})
    (?: :(?P<minute>\d\d)(?::(?P<second>\d\d))?(?:\s?(?:uhr|hs?)\b)?
      | (?:\.(?P<minute_dot>\d\d))?\s?uhr\b(?:\s(?P<minute_uhr>\d\d)\b)?
      | 時(?!間)(?:(?P<minute_ja>\d{1,2})分|(?P<half_past>半))?
      | (?:\.(?P<minute_half>\d\d))?(?=\s?[ap]\.?m\b)
    )
    (?:\s?(?P<half>[ap])\.?m\b\.?)?
    (?![\d:])
    """,
    re.VERBOSE,
)
_HOURS = re.compile(r"(?<![\d:.,/-])(?P<hour>\d{1,2})(?:h(?P<minute>\d\d)|\s?hs?)\b")
"""`20h` and `20h30`. In English, and after "in", they are a number of hours instead."""
_NOT_COUNTED = re.compile(r"[-+:/]|\d$")
"""What no time from now has: `in 3-5 days`."""
_DATES = tuple(
    re.compile(rf"(?<![\d.,/-]){pattern}(?![\d/-])")
    for pattern in (
        r"(?P<year>\d{4})([-/.])(?P<month>\d\d?)\2(?P<day>\d\d?)",
        r"(?:(?P<year>\d{4})年\s?)?(?P<month>\d\d?)月\s?(?P<day>\d\d?)日",
        r"(?P<day>\d\d?)\.\s?(?P<month>\d\d?)(?:\.(?:\s?(?P<year>\d{4}|\d\d))?)?",
        r"(?P<first>\d\d?)([/-])(?P<second>\d\d?)(?:\2(?P<year>\d{4}|\d\d))?",
    )
)
_NOT_AROUND_A_DATE = re.compile(r"[^\w\s,.()-]|[\d_]")
_WORD = re.compile(r"[^\W\d_]+(?:-feira)?")
_MAX_YEARS_TO_LEAP_DAY = 8


def cleaned(written: str) -> str:
    """What a member wrote, in lower case, with ordinary digits, spaces, dashes and apostrophes."""
    return " ".join(unicodedata.normalize("NFKC", written.translate(_ALIKE)).translate(_ALIKE).lower().split())


@dataclass(frozen=True, slots=True)
class WrittenTime:
    """A time without its zone, which was written now."""

    written: str
    text: str
    """What was written, cleaned and without a time zone."""
    zone: tzinfo
    now: datetime
    language: str | None

    def moment(self) -> datetime:
        """When that is, in UTC; it may be over. Raises `NotATime`, `WrongWeekday` or `TimeSkipped`."""
        try:
            clock, rest = self._split()
            if not trimmed(rest):
                return self._next_clock(clock)
            readings = (
                self._on_named_day,
                self._on_date,
                self._on_weekday,
                self._from_now,
                self._on_date_in_words,
            )
            for reading in readings:
                if (at := reading(rest, clock)) is not None:
                    return at
        except (OverflowError, ValueError) as error:  # no such day, hour or year
            raise NotATime(self.written) from error
        raise NotATime(self.written)

    @property
    def _local_now(self) -> datetime:
        return self.now.astimezone(self.zone).replace(tzinfo=None)

    @property
    def _today(self) -> date:
        return self._local_now.date()

    @property
    def _base(self) -> str:
        return base_of(self.language)

    def _split(self) -> tuple[timedelta | None, str]:
        """The time of day, and the text without it."""
        text = MIDNIGHT.sub(" 24:00 ", NOON.sub("12:00", self.text))
        text, is_evening = EVENING.subn(" ", TONIGHT.sub(" today evening ", text))
        text = " ".join(text.split())
        found = _CLOCK.search(text)
        if found is None and (hours := _HOURS.search(text)):
            before = text[: hours.start()].rstrip()
            is_duration = RELATIVE.match(text) or (self._base == ENGLISH and hours["minute"] is None)
            if BEFORE_HOURS.search(before) or not is_duration:
                found = hours
        if found is None:
            return EVENING_TIME if is_evening else None, text
        # Each part loses its "at" and "on" by itself, so that none is left in the middle.
        before, after = trimmed_end(text[: found.start()]), trimmed(text[found.end() :])
        clock = _time_of_day(found)
        return _in_evening(clock) if is_evening else clock, f"{before} {after}".strip()

    def _next_clock(self, clock: timedelta | None) -> datetime:
        """The next time that clocks show this."""
        if clock is None:
            raise NotATime(self.written)
        return self._next((self._today, self._today + timedelta(days=1)), clock)

    def _on_named_day(self, rest: str, clock: timedelta | None) -> datetime | None:
        """`tomorrow`"""
        distance = DAYS.get(folded(trimmed(rest)))
        return None if distance is None else self._at(self._today + timedelta(days=distance), clock)

    def _on_date(self, rest: str, clock: timedelta | None) -> datetime | None:
        """`2026-12-01`, `1.12.`, `12/1` or `12月1日`, perhaps with its weekday."""
        for pattern in _DATES:
            if found := pattern.search(rest):
                words = _WORD.findall(rest[: found.start()] + " " + rest[found.end() :])
                words = [word for word in words if trimmed(word)]
                weekdays = [weekday_of(word, self._base, min_length=1) for word in words]
                if _NOT_AROUND_A_DATE.search(rest[: found.start()] + rest[found.end() :]) or None in weekdays:
                    continue
                return self._at(self._checked(self._day(found), weekdays), clock)
        return None

    def _day(self, found: re.Match[str]) -> date:
        """The day of a date in numbers. Raises `ValueError` if there is no such day."""
        numbers = found.groupdict()
        if "first" in numbers:
            first, second = int(numbers["first"]), int(numbers["second"])
            is_month_first = (self.language or ENGLISH) in MONTH_FIRST
            month, day = (first, second) if (is_month_first and first <= 12) or second > 12 else (second, first)
        else:
            month, day = int(numbers["month"]), int(numbers["day"])
        if year := numbers["year"]:
            return date(int(year) if len(year) == 4 else 2000 + int(year), month, day)
        if (month, day) == (2, 29):
            years = range(self._today.year, self._today.year + _MAX_YEARS_TO_LEAP_DAY + 1)
            return min(each for each in _existing(years, month, day) if each >= self._today)
        this_year = date(self._today.year, month, day)
        return this_year if this_year >= self._today else date(self._today.year + 1, month, day)

    def _on_weekday(self, rest: str, clock: timedelta | None) -> datetime | None:
        """`Friday`, or `next Friday`."""
        bare = trimmed(NEXT.sub(" ", THIS.sub(" ", trimmed(rest))).strip())
        weekday = weekday_of(bare, self._base, min_length=1 if clock is not None else 3)
        if weekday is None:
            return None
        day = self._today + timedelta(days=(weekday - self._today.weekday()) % 7)
        days = (day, day + timedelta(days=7))
        is_not_today = NEXT.search(rest) and day == self._today
        return self._next(days[1:] if is_not_today else days, DEFAULT_TIME if clock is None else clock)

    def _from_now(self, rest: str, clock: timedelta | None) -> datetime | None:
        """`in 3 days`, perhaps with a time of day, or `in 36 hours`."""
        utc_now = self.now.astimezone(UTC).replace(tzinfo=None)
        for base, text in self._phrases(rest):
            counted = _read(text, base, "relative-time", utc_now)
            if counted is None or not _is_counted(text, base):
                continue
            if "time" in counted.parts:
                if clock is not None or counted.part_of_day is not None:
                    raise NotATime(self.written)
                return _whole_seconds(counted.date_obj).replace(tzinfo=UTC)
            local = _read(text, base, "relative-time", self._local_now).date_obj
            return self._at(local.date(), clock) if clock is not None else self._resolved(_whole_seconds(local))
        return None

    def _on_date_in_words(self, rest: str, clock: timedelta | None) -> datetime | None:
        """`1 December`, perhaps with its year and its weekday."""
        before_today = datetime.combine(self._today, time()) - timedelta(seconds=1)
        for base, text in self._phrases(rest):
            found = _read(text, base, "absolute-time", before_today)
            if found is None or not {"month", "day"} <= {*found.parts} or "time" in found.parts:
                continue
            weekdays = [weekday_of(word, self._base) for word in _WORD.findall(rest)]
            if not re.search(r"\d", text) or None not in weekdays:
                continue  # without a number or a month's name, dateparser has guessed
            return self._at(self._checked(found.date_obj.date(), weekdays), clock)
        return None

    def _phrases(self, rest: str) -> Iterable[tuple[str, str]]:
        """The text as dateparser may know it, with the language to read it in."""
        for base in dict.fromkeys((self._base, ENGLISH)):
            for text in dict.fromkeys((trimmed_end(rest), trimmed(rest))):
                yield base, rewritten(text, base)

    def _checked(self, day: date, weekdays: Iterable[int | None]) -> date:
        """The day, if it is on these weekdays. Raises `WrongWeekday`."""
        if any(weekday not in {None, day.weekday()} for weekday in weekdays):
            raise WrongWeekday(day)
        return day

    def _next(self, days: Iterable[date], clock: timedelta) -> datetime:
        """On the first of these days on which it is still to come."""
        local = [datetime.combine(day, time()) + clock for day in days]
        return self._resolved(next((each for each in local if each > self._local_now), local[-1]))

    def _at(self, day: date, clock: timedelta | None) -> datetime:
        return self._resolved(datetime.combine(day, time()) + (DEFAULT_TIME if clock is None else clock))

    def _resolved(self, local: datetime) -> datetime:
        """The moment when clocks in the zone show this: the first of two that isn't over. Raises `TimeSkipped`."""
        if not self._exists(local):
            minute = timedelta(minutes=1)
            before = after = local.replace(second=0)
            while not self._exists(before):
                before -= minute
            while not self._exists(after):
                after += minute
            raise TimeSkipped(local, before, after, zone_name(self.zone))
        first, second = (local.replace(tzinfo=self.zone, fold=fold).astimezone(UTC) for fold in (0, 1))
        return second if first <= self.now < second else first

    def _exists(self, local: datetime) -> bool:
        """Whether clocks in the zone ever show this."""
        there_and_back = local.replace(tzinfo=self.zone).astimezone(UTC).astimezone(self.zone)
        return there_and_back.replace(tzinfo=None, fold=0) == local


def _time_of_day(found: re.Match[str]) -> timedelta:
    """The time since the beginning of the day. Raises `ValueError` for a time that no clock shows."""
    parts = found.groupdict()
    minutes = [value for name, value in parts.items() if name.startswith("minute") and value]
    hour, minute, second = int(parts["hour"]), int(minutes[0]) if minutes else 0, int(parts.get("second") or 0)
    if len(minutes) > 1:
        raise ValueError("two numbers of minutes")
    if parts.get("half_past"):
        minute = 30
    half = {"午前": "a", "午後": "p"}.get(parts.get("half_before") or "", parts.get("half"))
    if half is not None:
        if hour > 12 or (hour == 0 and parts.get("half")):
            raise ValueError("no hour of half a day")
        hour = hour % 12 + (12 if half == "p" else 0)
    if (hour, minute, second) != (24, 0, 0):  # the end of the day
        time(hour, minute, second)
    return timedelta(hours=hour, minutes=minute, seconds=second)


def _in_evening(clock: timedelta) -> timedelta:
    """The time of day that is meant in the evening: 8:30 is 20:30, and 1:30 is after midnight."""
    if clock < EARLIEST_MORNING:
        return clock + timedelta(days=1)
    return clock + timedelta(hours=12) if clock <= timedelta(hours=12) else clock


def _is_counted(text: str, base: str) -> bool:
    """Whether dateparser, which found a time from now, can't have left anything out."""
    if _NOT_COUNTED.search(text) or any(folded(word) in DAYS for word in text.split()):
        return False
    # `3日` alone is rather a day of the month, and so is `来月1日`.
    return base != "ja" or "後" in text or not re.search(r"\d", text)


def _existing(years: Iterable[int], month: int, day: int) -> Iterable[date]:
    for year in years:
        try:
            yield date(year, month, day)
        except ValueError:
            continue


def _whole_seconds(local: datetime) -> datetime:
    return local.replace(microsecond=0)


def _read(text: str, base: str, parser: str, now: datetime) -> Any:
    """What dateparser reads in a text, if anything. `now` has no time zone."""
    settings = {
        "PARSERS": [parser],
        "PREFER_DATES_FROM": "future",
        "RELATIVE_BASE": now,
        "TIMEZONE": "UTC",
    }
    reader = DateDataParser(languages=[base], try_previous_locales=False, settings=settings)
    found = reader.get_date_data(text)
    return None if found.date_obj is None else found
