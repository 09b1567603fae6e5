"""What challenges need from the side that knows Discord's layouts and the members' languages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.challenges.announcement import Announcement
from bot.challenges.challenge import Challenge
from bot.challenges.entry import Entry
from bot.challenges.outcome import Outcome
from bot.challenges.shown import EntriesPage
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

    def results(self, outcome: Outcome) -> Card:
        """The results of a challenge that has ended, as everybody sees them."""
        ...

    def review_reminder(self, challenge: Challenge, waiting: int, *, locale: str | None, has_button: bool) -> Card:
        """Remind moderators that so many entries wait for them; with `has_button`, they can begin from there."""
        ...

    def decision(self, challenge: Challenge, shared_at: datetime, *, locale: str | None) -> Card:
        """Ask an organizer to decide a tie, which is shared if nobody has decided it by then."""
        ...

    def role_problem(self, challenge: Challenge, error: AtelierError, *, locale: str | None) -> str:
        """Why the winners of a challenge didn't get their role, as its organizer reads it in this language."""
        ...

    def places(self, challenge: Challenge, entries: Sequence[Entry], *, count: int, locale: str | None) -> str:
        """Tell a member the places of their entries among all `count`, in this language."""
        ...

    def series_over(self, challenge: Challenge, *, locale: str | None) -> str:
        """That a challenge was the last one of its series, as its organizer reads it in this language."""
        ...

    def entries(self, page: EntriesPage) -> Card:
        """Some entries of a challenge, as everybody sees them: without names until it has ended."""
        ...
