"""Shows challenges as cards, in the language of their server."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.cards.challenge.announcement import announcement_card
from bot.cards.challenge.decision import decision_card
from bot.cards.challenge.entries import entries_card
from bot.cards.challenge.results import results_card
from bot.cards.challenge.review import review_reminder_card
from bot.challenges.announcement import Announcement
from bot.challenges.challenge import Challenge
from bot.challenges.entry import Entry
from bot.challenges.outcome import Outcome, place_of, ranked
from bot.challenges.score import score_of
from bot.challenges.shown import EntriesPage
from bot.errors import AtelierError
from bot.messages.card import Card
from bot.words import Words, sentence_for
from bot.words.values import Escaped


class ChallengeCardPresenter:
    """The `bot.challenges.presenter.ChallengePresenter` that members see."""

    def announcement(self, announcement: Announcement) -> Card:
        """The card of a challenge, as everybody sees it."""
        return announcement_card(announcement, Words.of(announcement.challenge.locale))

    def problem(self, challenge: Challenge, error: AtelierError, *, locale: str | None) -> str:
        """Why a challenge's messages can't be shown, as its organizer reads it in this language."""
        words = Words.of(locale)
        return words("challenge-problem", title=Escaped(challenge.title), problem=sentence_for(error, words))

    def series_over(self, challenge: Challenge, *, locale: str | None) -> str:
        """That a challenge was the last one of its series, as its organizer reads it in this language."""
        words = Words.of(locale)
        return words("series-over", title=Escaped(challenge.title))

    def entries(self, page: EntriesPage) -> Card:
        """Some entries of a challenge, as everybody sees them: without names until it has ended."""
        return entries_card(page, Words.of(page.challenge.locale))

    def results(self, outcome: Outcome) -> Card:
        """The results of a challenge that has ended, as everybody sees them."""
        return results_card(outcome, Words.of(outcome.challenge.locale))

    def review_reminder(self, challenge: Challenge, waiting: int, *, locale: str | None, has_button: bool) -> Card:
        """Remind moderators that so many entries wait for them; with `has_button`, they can begin from there."""
        return review_reminder_card(challenge, waiting, Words.of(locale), has_button=has_button)

    def decision(self, challenge: Challenge, shared_at: datetime, *, locale: str | None) -> Card:
        """Ask an organizer to decide a tie, which is shared if nobody has decided it by then."""
        return decision_card(challenge, shared_at, Words.of(locale))

    def role_problem(self, challenge: Challenge, error: AtelierError, *, locale: str | None) -> str:
        """Why the winners of a challenge didn't get their role, as its organizer reads it in this language."""
        words = Words.of(locale)
        return words("role-problem", title=Escaped(challenge.title), problem=sentence_for(error, words))

    def places(self, challenge: Challenge, entries: Sequence[Entry], *, count: int, locale: str | None) -> str:
        """Tell a member the places of their entries among all `count`, in this language."""
        words = Words.of(locale)
        lines = [words("told-title", title=Escaped(challenge.title), channel=f"<#{challenge.channel_id}>")]
        if challenge.is_without_votes:
            lines.append(words("results-nobody-voted"))
        for entry in ranked(entries):
            place = words("told-place", number=entry.number or 0, place=place_of(entry), total=count)
            score = score_of(challenge, entry.standing, words)
            lines.append(place if score is None else f"{place}\n-# {score}")
        return "\n".join(lines)
