"""What happens when the voting of a challenge is over."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from bot.challenges.challenge import Challenge, Phase


class Closing(Protocol):
    """Ends the voting of challenges."""

    async def close(self, challenge: Challenge, *, now: datetime) -> Phase:
        """Make a challenge `ENDED`, or `DECIDING` if its organizers have to decide a tie; return the phase it has then.

        Its voting has ended, or it was skipped because there are fewer than two entries; or it is `COUNTING`, because
        an earlier call was interrupted. Standings are saved in the transaction that ends that, so that nothing is
        visible before. May be called twice, even at the same time: then only one call saves anything. None does if
        voting was extended in the meantime, so that `ends_at` isn't as given any more.
        """
        ...
