"""When something is expected to happen, in words that stay true on a message that nobody edits."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from time import time
from typing import Self

from discord.utils import format_dt

from bot.words.words import Words

MINUTE_SECONDS = 60
SOON_SECONDS = 30
"""Estimates that are closer than this, or in the past, name no time."""
CLOCK_TIME_SECONDS = 12 * 60 * 60
"""Up to this far ahead a time of day is enough; later estimates come with a date."""


ROUNDED_TO_SECONDS = ((MINUTE_SECONDS, 5), (10 * MINUTE_SECONDS, 15), (math.inf, MINUTE_SECONDS))
"""How exactly a duration is known that is at most this long."""


def rounded_seconds(seconds: float) -> int:
    """An expected duration, rounded up to what can be known about it: `about 45 sec`, not 43."""
    whole = round(seconds)
    unit = next(unit for longest, unit in ROUNDED_TO_SECONDS if whole <= longest)
    return max(1, math.ceil(whole / unit)) * unit


@dataclass(frozen=True, slots=True)
class Estimate:
    """A moment to the minute, so that a card isn't edited for less; None means any moment now."""

    at: datetime | None
    needs_date: bool = False
    """Whether it is so far ahead that a time of day doesn't say which day."""

    @classmethod
    def in_seconds(cls, seconds: float | None, *, now: float | None = None) -> Self | None:
        """Estimate a moment that many seconds from now, a Unix timestamp; None if unknown."""
        if seconds is None:
            return None
        if seconds < SOON_SECONDS:
            return cls(None)
        minutes = math.ceil(((time() if now is None else now) + seconds) / MINUTE_SECONDS)
        return cls(datetime.fromtimestamp(minutes * MINUTE_SECONDS, UTC), needs_date=seconds >= CLOCK_TIME_SECONDS)

    def in_words(self, words: Words, /) -> str:
        """`soon`, or `around` and the time on the reader's own clock.

        Discord's relative times keep counting: a message that nobody edits would end up reading "3 minutes ago".
        """
        if self.at is None:
            return words("estimate-soon")
        return words("estimate-around", time=format_dt(self.at, "f" if self.needs_date else "t"))
