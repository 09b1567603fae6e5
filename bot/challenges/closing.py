"""What happens when the voting of a challenge is over."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from bot.challenges.challenge import Challenge, Phase


class Closing(Protocol):
    """Ends the voting of challenges."""

    async def close(self, challenge: Challenge, *, now: datetime) -> Phase:
        """Make a challenge `ENDED`, or `DECIDING` if its organizers have to decide a tie; return its phase.

        Its voting has ended, or it was skipped because there are fewer than two entries. Standings are computed and
        saved in the transaction that changes the phase, so that nothing is visible before. May be called twice, even at
        the same time: then only one call changes anything.
        """
        ...
