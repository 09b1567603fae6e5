"""Direct messages to members about challenges, each in the member's language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.challenges.challenge import Challenge
from bot.messages.card import Card
from bot.messages.direct import DirectMessages
from bot.storage.jobs import JobRecords


@dataclass(frozen=True, slots=True)
class Notices:
    """Tells members what becomes of challenges that concern them."""

    jobs: JobRecords
    direct: DirectMessages

    async def send(self, challenge: Challenge, member_id: int, write: Callable[..., str | Card], *, about: str) -> bool:
        """Send what `write` returns for the `locale` in which a member last asked for a painting, or the challenge's.

        `about` distinguishes messages about the same challenge. Returns and raises as `DirectMessages.send` does.
        """
        locale = await self.jobs.locale_of(member_id) or challenge.locale
        return await self.direct.send(member_id, write(locale=locale), about=f"{challenge.challenge_id}:{about}")
