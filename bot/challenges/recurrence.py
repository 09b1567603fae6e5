"""When a challenge comes again: on the same weekday, and at the same time of day where it is held.

Times are repeated as a clock on the wall shows them, so that 20:00 stays 20:00 through daylight saving. One that clocks
skip is later by as much as they skip; of one that comes twice, the first counts (PEP 495, `fold=0`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo

TOLERANCE = timedelta(minutes=10)
"""A challenge that is announced later than this keeps its hours: its other times move, too."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """The times of one challenge of a series, as clocks in its zone show them: without a time zone."""

    announced: datetime
    opens: datetime
    closes: datetime
    ends: datetime

    @classmethod
    def of(
        cls, announced_at: datetime, *, opens_at: datetime, closes_at: datetime, ends_at: datetime, zone: ZoneInfo
    ) -> Self:
        """The times of a challenge. One that opens as soon as it is announced will do so again."""
        announced, opens, closes, ends = (
            on_the_wall(moment, zone) for moment in (announced_at, max(opens_at, announced_at), closes_at, ends_at)
        )
        return cls(announced, opens, closes, ends)

    @classmethod
    def from_payload(cls, payload: Mapping[str, str]) -> Self:
        """Read what `payload` has written."""
        return cls(*(datetime.fromisoformat(payload[name]) for name in cls.__slots__))

    @property
    def payload(self) -> dict[str, str]:
        """The times as JSON."""
        return {name: getattr(self, name).isoformat() for name in self.__slots__}

    def later(self, *, days: int) -> Occurrence:
        """The same times of day that many days later."""
        by = timedelta(days=days)
        return Occurrence(self.announced + by, self.opens + by, self.closes + by, self.ends + by)

    def latest(self, now: datetime, *, every_days: int, zone: ZoneInfo) -> Occurrence:
        """This occurrence, or if it was missed, the latest one that should have been announced by now."""
        found = self
        while in_zone((following := found.later(days=every_days)).announced, zone) <= now:
            found = following
        return found

    def times(self, now: datetime, *, zone: ZoneInfo) -> tuple[datetime, datetime, datetime]:
        """When it opens, closes and ends if it is announced now: as planned, or all later if this is late."""
        delay = now - in_zone(self.announced, zone)
        late = delay if delay > TOLERANCE else timedelta()
        opens_at, closes_at, ends_at = (in_zone(wall, zone) + late for wall in (self.opens, self.closes, self.ends))
        return opens_at, closes_at, ends_at


def on_the_wall(moment: datetime, zone: ZoneInfo) -> datetime:
    """What clocks in a zone show at that time, to the minute; without a time zone."""
    return moment.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0)


def in_zone(wall: datetime, zone: ZoneInfo) -> datetime:
    """When clocks in a zone show that time, in UTC."""
    return wall.replace(tzinfo=zone).astimezone(UTC)


def next_possible(
    opens_at: datetime, closes_at: datetime, ends_at: datetime, *, now: datetime, zone: ZoneInfo
) -> tuple[datetime, datetime, datetime]:
    """The same weekdays and times of day in the first week in which the first of them isn't over."""
    opens, closes, ends = (on_the_wall(moment, zone) for moment in (opens_at, closes_at, ends_at))
    weeks = max(0, (on_the_wall(now, zone) - opens).days // 7)
    while in_zone(opens + timedelta(weeks=weeks), zone) < now:
        weeks += 1
    by = timedelta(weeks=weeks)
    return in_zone(opens + by, zone), in_zone(closes + by, zone), in_zone(ends + by, zone)
