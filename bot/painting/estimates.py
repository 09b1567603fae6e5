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
"""An estimate that is this close, or has run out, names no time."""
CLOCK_TIME_SECONDS = 12 * 60 * 60
"""For how long ahead a time of day says enough; later ones come with their date."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A moment to the minute, so that a card that shows it is not edited for less; None is any moment now."""

    at: datetime | None

    @classmethod
    def in_seconds(cls, seconds: float | None) -> Self | None:
        """The estimate for so many seconds from now; None where nothing is known."""
        if seconds is None:
            return None
        if seconds < SOON_SECONDS:
            return cls(None)
        minutes = math.ceil((time() + seconds) / MINUTE_SECONDS)
        return cls(datetime.fromtimestamp(minutes * MINUTE_SECONDS, UTC))

    def in_words(self, words: Words, /) -> str:
        """`soon`, or `around` and the time on the reader's own clock.

        Discord's relative times would go on counting: a message that nobody edits would read "3 minutes ago" at last.
        """
        if self.at is None:
            return words("estimate-soon")
        is_near = self.at.timestamp() - time() < CLOCK_TIME_SECONDS
        return words("estimate-around", time=format_dt(self.at, "t" if is_near else "f"))
