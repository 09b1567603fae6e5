"""The buttons below a challenge's card, and the IDs of everything that concerns one challenge."""

from __future__ import annotations

import discord

from bot.cards.buttons import button
from bot.cards.card import Item
from bot.challenges.challenge import Challenge, Phase
from bot.words import Words

PREFIX = "atelier:challenge"
CHALLENGE = "(?P<challenge_id>[0-9a-f]{32})"
"""A part of the patterns of custom IDs."""

ENTER_PATTERN = f"{PREFIX}:enter:{CHALLENGE}"
MINE_PATTERN = f"{PREFIX}:mine:{CHALLENGE}"
REVIEW_PATTERN = f"{PREFIX}:review:{CHALLENGE}"
VOTE_PATTERN = f"{PREFIX}:vote:{CHALLENGE}"
DECIDE = f"{PREFIX}:decide"
RESULTS_PATTERN = f"{PREFIX}:results:{CHALLENGE}"


def enter_button(challenge_id: str, words: Words) -> Item:
    """A button that begins an entry."""
    return button(f"{PREFIX}:enter:{challenge_id}", words("button-enter"), style=discord.ButtonStyle.primary)


def mine_button(challenge_id: str, words: Words) -> Item:
    """A button that shows members their own entries."""
    return button(f"{PREFIX}:mine:{challenge_id}", words("button-my-entries"))


def review_button(challenge_id: str, words: Words) -> Item:
    """A button that shows moderators the entries that wait for them."""
    return button(f"{PREFIX}:review:{challenge_id}", words("button-review"))


def vote_button(challenge_id: str, words: Words) -> Item:
    """A button that begins to vote."""
    return button(f"{PREFIX}:vote:{challenge_id}", words("button-vote"), style=discord.ButtonStyle.primary)


def results_button(challenge_id: str, words: Words) -> Item:
    """A button that shows the results."""
    return button(f"{PREFIX}:results:{challenge_id}", words("button-results"), style=discord.ButtonStyle.primary)


def decide_button(challenge_id: str, words: Words) -> Item:
    """A button for organizers that shows a tie to be decided."""
    return button(f"{DECIDE}:{challenge_id}:0", words("button-decide"))


def phase_buttons(challenge: Challenge, entries: int, words: Words) -> list[Item]:
    """What members can do with a challenge in its phase, with so many entries."""
    match challenge.phase:
        case Phase.OPEN:
            buttons = [enter_button(challenge.challenge_id, words), mine_button(challenge.challenge_id, words)]
            return [*buttons, review_button(challenge.challenge_id, words)] if challenge.is_reviewed else buttons
        case Phase.VOTING:
            return [vote_button(challenge.challenge_id, words)]
        case Phase.DECIDING:
            return [decide_button(challenge.challenge_id, words)]
        case Phase.ENDED:
            return [results_button(challenge.challenge_id, words)] if entries else []
        case _:
            return []
