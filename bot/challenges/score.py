"""How an entry did, in words."""

from __future__ import annotations

import math

from bot.challenges.challenge import Challenge, Voting
from bot.challenges.entry import Entry, Standing
from bot.challenges.outcome import place_of
from bot.words import Words


def place_line(challenge: Challenge, entry: Entry, words: Words) -> str:
    """An entry in a list of places: `**2.** @Ana · Entry 7 · wins 74 % of duels …`."""
    line = words("results-place", place=place_of(entry), owner_id=entry.member_id, number=entry.number or 0)
    score = score_of(challenge, entry.standing, words)
    return line if score is None else f"{line}\n-# {score}"


def score_of(challenge: Challenge, standing: Standing | None, words: Words) -> str | None:
    """How often an entry wins, or how many votes it has; None if there was nothing to count."""
    if standing is None or not challenge.votes_cast:
        return None
    if challenge.voting is Voting.FAVORITES:
        return words("results-votes", count=round(standing.score))
    return words(
        "results-wins",
        percent=win_percent(standing.score),
        low_percent=win_percent(standing.score_low),
        high_percent=win_percent(standing.score_high),
    )


def win_percent(strength: float) -> int:
    """How often an entry of this log-strength wins against one of average strength, which is 0."""
    return round(100 * (1 + math.tanh(strength / 2)) / 2)  # exp would overflow


def numbers_of(challenge: Challenge, entries: int, words: Words) -> str:
    """`12 entries · 40 voters · 311 duels`"""
    parts = [words("challenge-entries", count=entries)]
    if challenge.voters is not None and challenge.votes_cast is not None:
        parts.append(words("results-voters", count=challenge.voters))
        is_duels = challenge.voting is Voting.DUELS
        parts.append(words("results-duels" if is_duels else "results-votes", count=challenge.votes_cast))
    return " · ".join(parts)
