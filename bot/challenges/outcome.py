"""What the results of a challenge show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.challenges.challenge import Challenge, Voting
from bot.challenges.entry import Entry, EntryState
from bot.challenges.podium import MAX_ON_PODIUM
from bot.messages.card import CardFile


@dataclass(frozen=True, slots=True)
class Outcome:
    """A challenge that has ended, with everything that everybody may see now."""

    challenge: Challenge
    entries: tuple[Entry, ...]
    """All that took part, the best first."""
    podium: CardFile | None = None
    """A picture of the best; None if too many share a place on it, or nobody voted."""
    sheet: CardFile | None = None
    """A picture of all entries; None if their files are gone."""
    timelapse: CardFile | None = None
    """How the winner was painted; None if several won, or it is too large."""

    @property
    def on_podium(self) -> list[Entry]:
        """The entries that the podium shows."""
        return best_of(self.challenge, self.entries)


def ranked(entries: Sequence[Entry]) -> list[Entry]:
    """Entries that take part and have a place, the best first; equally strong ones by their numbers."""
    placed = [
        (entry.standing.place, -round(entry.standing.score, 9), entry.number or 0, entry)  # as in `place_by_duels`
        for entry in entries
        if entry.standing is not None and entry.state is EntryState.ACCEPTED
    ]
    return [entry for *_, entry in sorted(placed, key=lambda one: one[:3])]


def place_of(entry: Entry) -> int:
    """The place of an entry, which has one."""
    if entry.standing is None:
        raise ValueError(f"entry {entry.number} has no place")
    return entry.standing.place


def winners_of(challenge: Challenge, entries: Sequence[Entry]) -> list[Entry]:
    """The entries with the first place: none if nobody voted."""
    if challenge.is_without_votes:
        return []
    return [entry for entry in entries if entry.standing is not None and entry.standing.place == 1]


def best_of(challenge: Challenge, entries: Sequence[Entry]) -> list[Entry]:
    """The entries that fit on a podium: none that nobody voted for.

    Of those that share a place, all fit or none: nobody is left out.
    """
    if challenge.is_without_votes:
        return []
    best: list[Entry] = []
    for place in range(1, MAX_ON_PODIUM + 1):
        sharing = [entry for entry in entries if place_of(entry) == place]
        if len(best) + len(sharing) > MAX_ON_PODIUM or not all(_has_votes(challenge, entry) for entry in sharing):
            break
        best += sharing
    return best


def _has_votes(challenge: Challenge, entry: Entry) -> bool:
    """Whether anybody voted for an entry, or there was no vote. A duel says something about both entries."""
    is_by_votes = challenge.voting is Voting.FAVORITES and challenge.votes_cast is not None
    return not is_by_votes or (entry.standing is not None and entry.standing.score > 0)
