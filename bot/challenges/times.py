"""The times of a challenge, and times as members write them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from bot.challenges.written import WrittenTime, cleaned
from bot.clock.zones import parse_zone, parse_zone_of_time
from bot.errors import (
    ChallengeTimePassed,
    ChallengeTimesOutOfOrder,
    ChallengeTimeTooFar,
    ChallengeTooShort,
    NotATime,
    NotATimeZone,
    TimePassed,
)

MAX_LENGTH = 100
"""What is longer is no time."""
MAX_AHEAD = timedelta(days=366)
MIN_WINDOW_MINUTES = 5
CONFIRMATION_TIME = timedelta(minutes=15)
"""How long an organizer may take to confirm a challenge that opens at once. Discord's own limit for an answer."""

_TIMESTAMP = re.compile(r"<t:(-?\d{1,12})(?::[a-z])?>")
_ISO_OFFSET = re.compile(r"(\d{4}-\d\d-\d\d[t ]\d\d:\d\d(?::\d\d)?) ?(z|[+-]\d\d:?\d\d)")
_PREFIXED_OFFSET = re.compile(r"(.*[^+-]) ?((?:utc|gmt) ?[+-] ?\d{1,2}(?::?\d\d)?)")
_UNKNOWN_ZONE = re.compile(r"[a-z_]{2,}/[a-z_/+-]{2,}")
_MAX_ZONE_WORDS = 4
"""As in `Port of Spain`, and one more."""


@dataclass(frozen=True, slots=True)
class ChallengeTimes:
    """When a challenge moves on. Aware of their time zones."""

    opens_at: datetime
    """Entries open."""
    closes_at: datetime
    """Entries close, and voting opens."""
    ends_at: datetime
    """Voting closes."""

    def check(self, now: datetime) -> None:
        """Refuse times that make no challenge.

        Raises `ChallengeTimePassed`, `ChallengeTimesOutOfOrder`, `ChallengeTooShort` or `ChallengeTimeTooFar`.
        """
        if self.opens_at < now - CONFIRMATION_TIME:
            raise ChallengeTimePassed("opens", self.opens_at)
        if self.closes_at <= now:
            raise ChallengeTimePassed("closes", self.closes_at)
        if self.ends_at <= now:
            raise ChallengeTimePassed("ends", self.ends_at)
        if self.closes_at <= self.opens_at:
            raise ChallengeTimesOutOfOrder("closes", self.closes_at, self.opens_at)
        if self.ends_at <= self.closes_at:
            raise ChallengeTimesOutOfOrder("ends", self.ends_at, self.closes_at)
        if self.closes_at - max(self.opens_at, now) < timedelta(minutes=MIN_WINDOW_MINUTES):
            raise ChallengeTooShort("closes", MIN_WINDOW_MINUTES)
        if self.ends_at - self.closes_at < timedelta(minutes=MIN_WINDOW_MINUTES):
            raise ChallengeTooShort("ends", MIN_WINDOW_MINUTES)
        latest = now + MAX_AHEAD
        if self.opens_at > latest:
            raise ChallengeTimeTooFar("opens", self.opens_at, latest)
        if self.closes_at > latest:
            raise ChallengeTimeTooFar("closes", self.closes_at, latest)
        if self.ends_at > latest:
            raise ChallengeTimeTooFar("ends", self.ends_at, latest)


def parse_time(written: str, *, zone: tzinfo, now: datetime, language: str | None = None) -> datetime:
    """The moment that a member means, in UTC.

    Understands what people write in English and in their own language, as Discord names it: "in 3 days", "Friday
    20:00", "tomorrow 8pm", "2026-12-01 18:00", also with a time zone at the end, and Discord's timestamps. `zone` is
    the member's own, and applies if they name none.

    - A weekday, a date without a year or a time without a day is the next one that is still to come.
    - A day without a time means noon, an evening without one 20:00, and midnight is the end of a day. "In 3 days" means
      the same time of day, even if clocks change until then; "in 72 hours" means that many hours.
    - When clocks go back, the first of two equal times is meant, unless an offset or an abbreviation such as CET says
      which.

    Raises `NotATime`, `NotATimeZone`, `WrongWeekday`, `TimeSkipped`, or `TimePassed` if it isn't later than `now`.
    """
    text = cleaned(written)
    if not 0 < len(text) <= MAX_LENGTH:
        raise NotATime(written)
    if timestamp := _TIMESTAMP.fullmatch(text):
        try:
            at = datetime.fromtimestamp(int(timestamp[1]), UTC)
        except (OverflowError, ValueError, OSError) as error:
            raise NotATime(written) from error
    else:
        text, own_zone = _without_zone(text, written, language)
        at = WrittenTime(written, text, own_zone or zone, now, language).moment()
    if at <= now:
        raise TimePassed(at)
    return at


def _without_zone(text: str, written: str, language: str | None) -> tuple[str, tzinfo | None]:
    """Take the time zone from the end of a text, if there is one.

    Raises `NotATimeZone` for `Europe/Nowhere`, as the member has `written` it.
    """
    if iso := _ISO_OFFSET.fullmatch(text):
        return iso[1], UTC if iso[2] == "z" else parse_zone_of_time(iso[2])
    if offset := _PREFIXED_OFFSET.fullmatch(text):
        zone = parse_zone_of_time(offset[2])
        if zone is None:
            raise NotATimeZone(offset[2].upper())
        return offset[1], zone
    words = text.split()
    for count in range(min(_MAX_ZONE_WORDS, len(words) - 1), 0, -1):
        if zone := parse_zone_of_time(" ".join(words[-count:]).strip("(),"), language=language):
            return " ".join(words[:-count]), zone
    if len(words) > 1 and _UNKNOWN_ZONE.fullmatch(words[-1]):
        parse_zone(written.rsplit(maxsplit=1)[-1], language=language)
    return text, None
