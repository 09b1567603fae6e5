"""Every card and form of challenges, as full as possible."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import discord

from bot.cards.challenge.announcement import announcement_card
from bot.cards.challenge.listing import PAGE_SIZE, list_card, pick_card
from bot.cards.challenge.presenter import ChallengeCardPresenter
from bot.cards.challenge.questions import (
    MAX_REASON_LENGTH,
    cancel_form,
    canceled_card,
    end_question,
    ended_card,
    extend_question,
    extended_card,
    move_button,
    moved_card,
    unchanged_card,
)
from bot.challenges.announcement import Announcement
from bot.challenges.challenge import (
    MAX_ENTRIES_PER_MEMBER,
    MAX_THEME_LENGTH,
    MAX_TITLE_LENGTH,
    MAX_VOTES_PER_MEMBER,
    FixedPicture,
    Moved,
    Phase,
    Voting,
)
from bot.errors import PlaceLost, PlaceProblem
from bot.messages.card import CardFile
from bot.painting.job import InputRole
from bot.storage.challenges import ChallengePage
from bot.words import Words
from bot.words.values import PERMISSION_KEYS
from tests.bot.challenges.making import DAY, make_challenge

LARGE_ID = 2**63
LONG_NAME = "*" * 256
FULL = make_challenge(
    guild_id=LARGE_ID,
    organizer_id=LARGE_ID,
    channel_id=LARGE_ID,
    title="*" * MAX_TITLE_LENGTH,
    theme="@_" * (MAX_THEME_LENGTH // 2),
    fixed=(FixedPicture("content", "a" * 64, name=LONG_NAME), FixedPicture("style", "b" * 64, name=LONG_NAME)),
    recipe_name="classic_smooth",
    entries_per_member=MAX_ENTRIES_PER_MEMBER,
    is_reviewed=True,
    voting=Voting.FAVORITES,
    votes_per_member=MAX_VOTES_PER_MEMBER,
    min_account_days=365,
    voter_role_id=LARGE_ID,
    winner_role_id=LARGE_ID,
    moved=Moved.DELAYED,
    cancel_reason="~" * MAX_REASON_LENGTH,
)
"""A challenge about which there is as much to say as possible."""
ANNOUNCED = [phase for phase in Phase if phase is not Phase.DRAFT]
PICTURES: dict[InputRole, CardFile] = {"content": CardFile("content.jpg", b""), "style": CardFile("style.jpg", b"")}


def challenge_cards(words: Words) -> Iterator[tuple[str, discord.ui.LayoutView]]:
    """Return every card by name."""
    lost = PlaceLost(LARGE_ID, PlaceProblem.PERMISSIONS, tuple(PERMISSION_KEYS))
    problem = ChallengeCardPresenter().problem(FULL, lost, locale=words.locale.language)
    buttons = [move_button(FULL.challenge_id, words)]
    for phase in ANNOUNCED:
        for entries in (0, 1, 500):
            announcement = Announcement(replace(FULL, phase=phase), entries, PICTURES)
            yield f"challenge {phase} {entries}", announcement_card(announcement, words).view
            yield (
                f"challenge {phase} {entries} for its organizer",
                announcement_card(announcement, words, problem=problem, buttons=buttons).view,
            )
    plain = make_challenge(fixed=(FixedPicture("content", "a" * 64), FixedPicture("style", "b" * 64)))
    yield "plain challenge", announcement_card(Announcement(plain, 0), words).view
    many = [
        replace(FULL, phase=ANNOUNCED[number % len(ANNOUNCED)], challenge_id=f"{number:032x}") for number in range(25)
    ]
    yield "challenges", list_card(ChallengePage(tuple(many[:PAGE_SIZE]), has_newer=True, has_older=True), words)
    yield "no challenges", list_card(ChallengePage(()), words)
    yield "which challenge", pick_card(many, words)
    yield "moved challenge", moved_card(FULL, words)
    for phase in (Phase.SCHEDULED, Phase.OPEN, Phase.VOTING):
        before = replace(FULL, phase=phase)
        after = replace(before, opens_at=before.opens_at + DAY, closes_at=before.closes_at + DAY)
        yield f"extend {phase}?", extend_question(before, after, words)
        yield f"extended {phase}", extended_card(after, words)
    for phase in (Phase.OPEN, Phase.VOTING):
        yield f"end {phase}?", end_question(replace(FULL, phase=phase), words, entries=2)
        yield f"ended {phase}", ended_card(replace(FULL, phase=phase), words)
    for entries in (0, 1):
        yield f"end with {entries} entries?", end_question(replace(FULL, phase=Phase.OPEN), words, entries=entries)
    for count in (1, 2):
        end = end_question(replace(FULL, phase=Phase.OPEN), words, entries=2, unreviewed=count)
        yield f"end with {count} unreviewed?", end
    yield "canceled challenge", canceled_card(FULL, words)
    yield "unchanged challenge", unchanged_card(words)


def challenge_forms(words: Words) -> Iterator[tuple[str, discord.ui.Modal]]:
    """Return every form by name."""
    yield "cancel", cancel_form(FULL, "~" * 2 * MAX_REASON_LENGTH, words)
    yield "cancel without a reason", cancel_form(FULL, None, words)
