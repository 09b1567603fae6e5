"""A duel: two entries side by side, and which one is better. Only the voter sees it, and nothing on it says whose they
are: no number, no name, and custom IDs and file names that are the same for all entries.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import discord

from bot.cards.buttons import button
from bot.cards.card import ACCENT, DONE, QUIET, Item, layout, picture
from bot.cards.challenge.buttons import CHALLENGE, PREFIX, vote_button
from bot.challenges.challenge import Challenge
from bot.challenges.duel import Outcome
from bot.challenges.pictures import ShownPainting
from bot.challenges.voting import DuelTurn, Pair
from bot.messages.card import Card
from bot.words import Words
from bot.words.text import shortened
from bot.words.values import Escaped

DUEL_PATTERN = f"{PREFIX}:duel:{CHALLENGE}:(?P<duel_id>[0-9a-f]{{32}}):(?P<outcome>{'|'.join(Outcome)})"
DUELS_DONE_PATTERN = f"{PREFIX}:duels-done:{CHALLENGE}"
MAX_THEME_LENGTH = 300
"""How much of the theme is repeated above a duel."""
MAX_CROPPED_SHARE = 0.05
"""Discord crops pictures that share a gallery to squares. Where that hides more, each is shown in full as well."""

OUTCOME_KEYS: Mapping[Outcome, str] = {
    Outcome.LEFT: "button-duel-left",
    Outcome.RIGHT: "button-duel-right",
    Outcome.EQUAL: "button-duel-equal",
    Outcome.SKIPPED: "button-duel-skip",
}
_PREFERENCES = frozenset({Outcome.LEFT, Outcome.RIGHT})


def duel_card(
    turn: DuelTurn,
    pair: Pair,
    paintings: Sequence[ShownPainting | None],
    words: Words,
    *,
    notice: str | None = None,
) -> Card:
    """Two entries, left and right, and the buttons that answer; `notice` says what became of the last press."""
    challenge = turn.challenge
    theme = Escaped(shortened(challenge.theme, MAX_THEME_LENGTH)).in_words(words)
    question = f"### {words('duel-question')}\n**{Escaped(challenge.title).in_words(words)}**\n{theme}"
    items: list[Item] = [discord.ui.TextDisplay(question if notice is None else f"{notice}\n{question}")]
    sides = (words("duel-left"), words("duel-right"))
    there = [(side, painting) for side, painting in zip(sides, paintings, strict=True) if painting is not None]
    if len(there) < len(sides):
        items.append(discord.ui.TextDisplay(words("duel-picture-gone")))
    if there:
        gallery = [
            discord.MediaGalleryItem(painting.file.uri, description=side, spoiler=painting.file.is_spoiler)
            for side, painting in there
        ]
        items.append(discord.ui.MediaGallery[Any](*gallery))
    if len(there) == len(sides) and any(map(_is_cropped, (painting for _, painting in there))):
        for side, painting in there:
            items += [discord.ui.TextDisplay(f"**{side}**"), picture(painting.file, alt=side)]
    items.append(discord.ui.ActionRow(*_buttons(challenge, pair, words)))
    items.append(discord.ui.TextDisplay(f"-# {words('duels-so-far', count=turn.answered)}"))
    return Card(layout(*items, accent=ACCENT), tuple(painting.file for _, painting in there))


def no_duel_card(turn: DuelTurn, words: Words) -> Card:
    """Say that a voter has seen every pair, or that there is none without their own entries."""
    if not turn.has_seen_any:
        return _said(turn.challenge, words("duels-none"), words)
    text = f"{words('duels-all-seen')}\n-# {words('duels-so-far', count=turn.answered)}"
    return _said(turn.challenge, text, words)


def duels_done_card(challenge: Challenge, words: Words, *, answered: int) -> Card:
    """Thank a voter who has had enough for now."""
    text = f"{words('duels-done')}\n-# {words('duels-so-far', count=answered)}"
    return _said(challenge, text, words, discord.ui.ActionRow(vote_button(challenge.challenge_id, words)))


def voting_closed_card(sentence: str) -> Card:
    """Say that a press came too late, in place of what could be pressed."""
    return Card(layout(discord.ui.TextDisplay(sentence), accent=QUIET))


def _said(challenge: Challenge, text: str, words: Words, *more: Item) -> Card:
    title = f"### {Escaped(challenge.title).in_words(words)}"
    return Card(layout(discord.ui.TextDisplay(f"{title}\n{text}"), *more, accent=DONE))


def _buttons(challenge: Challenge, pair: Pair, words: Words) -> list[Item]:
    answers = [
        button(
            f"{PREFIX}:duel:{challenge.challenge_id}:{pair.duel_id}:{outcome}",
            words(key),
            style=discord.ButtonStyle.primary if outcome in _PREFERENCES else discord.ButtonStyle.secondary,
        )
        for outcome, key in OUTCOME_KEYS.items()
    ]
    return [*answers, button(f"{PREFIX}:duels-done:{challenge.challenge_id}", words("button-duels-done"))]


def _is_cropped(painting: ShownPainting) -> bool:
    if not painting.width_px or not painting.height_px:
        return True
    shorter, longer = sorted((painting.width_px, painting.height_px))
    return 1 - shorter / longer > MAX_CROPPED_SHARE
