"""What challenges need from the side that knows Discord's layouts and the members' languages."""

from __future__ import annotations

from typing import Protocol

from bot.challenges.announcement import Announcement
from bot.challenges.challenge import Challenge
from bot.errors import AtelierError
from bot.messages.card import Card


class ChallengePresenter(Protocol):
    """Turns facts about a challenge into what members read. The challenge says in which language."""

    def announcement(self, announcement: Announcement) -> Card:
        """The card of a challenge, as everybody sees it."""
        ...

    def problem(self, challenge: Challenge, error: AtelierError, *, locale: str | None) -> str:
        """Why a challenge's messages can't be shown, as its organizer reads it in this language."""
        ...
