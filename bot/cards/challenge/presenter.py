"""Shows challenges as cards, in the language of their server."""

from __future__ import annotations

from bot.cards.challenge.announcement import announcement_card
from bot.cards.challenge.entries import entries_card
from bot.challenges.announcement import Announcement
from bot.challenges.challenge import Challenge
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

    def entries(self, page: EntriesPage) -> Card:
        """Some entries of a challenge, as everybody sees them: without names until it has ended."""
        return entries_card(page, Words.of(page.challenge.locale))
