"""Refusals about the times of a challenge, about time zones, and about who may organize and moderate."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from bot.errors.refusals import Refusal
from bot.words.text import shortened
from bot.words.values import AnyOf, DateAndTime, Day, Escaped, TimeOfDay

MAX_QUOTED_LENGTH = 100
"""How much of what a member wrote is repeated to them."""

ChallengePhase = Literal["opens", "closes", "ends"]
"""What happens at one of a challenge's times: entries open, entries close and voting opens, voting closes."""


class NotAnOrganizer(Refusal):
    """Somebody who may not organize challenges here."""


class NotAnEntryModerator(Refusal):
    """Somebody who may not decide about the entries of a challenge."""


class NotATime(Refusal):
    """A text that isn't clearly a date, a time, or both."""

    written: str

    def sentence_fields(self) -> dict[str, object]:
        """What was written, so that it shows as it was written."""
        return {"written": quoted(self.written)}


class TimePassed(Refusal):
    """A time that isn't in the future."""

    at: datetime

    def sentence_fields(self) -> dict[str, object]:
        """When that was, in the member's own time."""
        return {"at": DateAndTime(self.at)}


class TimeSkipped(Refusal):
    """A local time that doesn't exist, because clocks go forward over it."""

    at: datetime
    """Without a time zone, like the times next to it that exist."""
    before: datetime
    after: datetime
    zone: str

    def sentence_fields(self) -> dict[str, object]:
        """The times, as clocks in that zone show them."""
        return {
            "time": TimeOfDay(self.at),
            "day": Day(self.at.date()),
            "zone": self.zone,
            "before": TimeOfDay(self.before),
            "after": TimeOfDay(self.after),
        }


class WrongWeekday(Refusal):
    """A date with a weekday that it doesn't have."""

    day: date

    def sentence_fields(self) -> dict[str, object]:
        """The date with its weekday."""
        return {"day": Day(self.day)}


class NotATimeZone(Refusal):
    """A text that names no time zone."""

    written: str
    similar: tuple[str, ...] = ()
    """Names that were perhaps meant."""

    @property
    def key(self) -> str:
        """By whether there are similar names."""
        return "not-a-time-zone-similar" if self.similar else "not-a-time-zone"

    def sentence_fields(self) -> dict[str, object]:
        """What was written, and what was perhaps meant."""
        similar = {"similar": AnyOf(self.similar)} if self.similar else {}
        return {"written": quoted(self.written), **similar}


class ChallengeTimePassed(Refusal):
    """A challenge's time that isn't in the future."""

    phase: ChallengePhase
    at: datetime

    @property
    def key(self) -> str:
        """By what would happen then."""
        return f"challenge-time-passed-{self.phase}"

    def sentence_fields(self) -> dict[str, object]:
        """When that was."""
        return {"at": DateAndTime(self.at)}


class ChallengeTimesOutOfOrder(Refusal):
    """A challenge's time that isn't later than the one before it."""

    phase: Literal["closes", "ends"]
    at: datetime
    before: datetime

    @property
    def key(self) -> str:
        """By what would happen too early."""
        return f"challenge-times-out-of-order-{self.phase}"

    def sentence_fields(self) -> dict[str, object]:
        """Both times."""
        return {"at": DateAndTime(self.at), "before": DateAndTime(self.before)}


class ChallengeTimeTooFar(Refusal):
    """A challenge's time that is too far ahead."""

    phase: ChallengePhase
    at: datetime
    latest: datetime

    @property
    def key(self) -> str:
        """By what would happen then."""
        return f"challenge-time-too-far-{self.phase}"

    def sentence_fields(self) -> dict[str, object]:
        """When that is, and the latest time."""
        return {"at": DateAndTime(self.at), "latest": DateAndTime(self.latest)}


class ChallengeTooShort(Refusal):
    """Too little time to enter, or to vote."""

    phase: Literal["closes", "ends"]
    """What would happen too soon."""
    minutes: int
    """The least that there must be."""

    @property
    def key(self) -> str:
        """By what members would have too little time for."""
        return f"challenge-too-short-{self.phase}"

    def sentence_fields(self) -> dict[str, object]:
        """The least time."""
        return {"minimum_minutes": self.minutes}


def quoted(written: str) -> Escaped:
    """What a member wrote, in one line and not too long."""
    return Escaped(shortened(" ".join(written.split()), MAX_QUOTED_LENGTH))
