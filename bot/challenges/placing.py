"""The places of entries at the end of a challenge: an entry shares that of a stronger one it may be as good as."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.challenges.bradley_terry import Strengths
from bot.challenges.tally import Tally


@dataclass(frozen=True, slots=True)
class PlacedByDuels:
    """An entry's place after a vote by duels."""

    entry: int
    place: int
    strength: float
    """Log-strength; 0 is the average of all entries. An entry wins against an average one with a probability of
    1 / (1 + exp(-strength))."""
    lowest: float
    """Lower bound of the strength's 95% interval."""
    highest: float
    """Upper bound of the strength's 95% interval."""
    won: int
    lost: int
    equal: int
    seen: int
    """In how many duels it was shown, including skipped and unanswered ones."""


@dataclass(frozen=True, slots=True)
class PlacedByVotes:
    """An entry's place after each voter gave votes to their favorites."""

    entry: int
    place: int
    votes: int


def place_by_duels(tally: Tally) -> tuple[PlacedByDuels, ...]:
    """Place the entries by their Bradley-Terry strengths, the strongest first.

    An entry shares the place of the strongest entry that has it, if 0 is within the 95% interval of the difference of
    their strengths, computed with their covariance. The first entry for which it isn't takes the next place and is
    what the following ones are compared with, so a chain of small differences never ties the first to the last.
    """
    strengths = Strengths.fit(tally.wins)
    rounded = strengths.log_strengths.round(9)  # equally strong entries differ by rounding errors; their numbers decide
    ranked = sorted(range(len(tally.entries)), key=lambda position: (-rounded[position], position))
    places = _places(ranked, lambda first, position: not strengths.can_tell_apart(first, position))
    return tuple(
        PlacedByDuels(
            entry=tally.entries[position],
            place=place,
            strength=float(strengths.log_strengths[position]),
            lowest=strengths.interval(position)[0],
            highest=strengths.interval(position)[1],
            won=int(tally.won[position]),
            lost=int(tally.lost[position]),
            equal=int(tally.equal[position]),
            seen=int(tally.seen[position]),
        )
        for position, place in zip(ranked, places, strict=True)
    )


def place_by_votes(votes: Mapping[int, int]) -> tuple[PlacedByVotes, ...]:
    """Place entries by their numbers of votes, most first, including those with none; equal numbers share a place."""
    ranked = sorted(votes, key=lambda entry: (-votes[entry], entry))
    places = _places(ranked, lambda first, entry: votes[first] == votes[entry])
    return tuple(PlacedByVotes(entry, place, votes[entry]) for entry, place in zip(ranked, places, strict=True))


def _places(ranked: Sequence[int], ties: Callable[[int, int], bool]) -> list[int]:
    """Return the places 1, 1, 3 … of ranked entries; `ties` compares the first that has a place with another."""
    places: list[int] = []
    for position, entry in enumerate(ranked):
        if places and ties(ranked[places[-1] - 1], entry):
            places.append(places[-1])
        else:
            places.append(position + 1)
    return places
