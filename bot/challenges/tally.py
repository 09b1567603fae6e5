"""How often the entries of a challenge were seen, and how their duels ended."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from bot.challenges.duel import Duel, Outcome


class Tally:
    """The duels of one challenge, counted.

    Built from all duels when voting opens or the bot starts, and updated with every duel that is shown or answered.
    Duels of entries that aren't in the challenge aren't counted: when an entry is withdrawn or let in, build the tally
    again. Everything is indexed by an entry's position in `entries`.
    """

    entries: tuple[int, ...]
    """The numbers of the n entries, ascending."""
    seen: NDArray[np.int64]
    """In how many duels each entry was shown, whatever the answer; shape (n,)."""
    shown: NDArray[np.int64]
    """How often each pair was shown; shape (n, n), symmetric."""
    won: NDArray[np.int64]
    """How many duels each entry won; shape (n,)."""
    lost: NDArray[np.int64]
    """How many duels each entry lost; shape (n,)."""
    equal: NDArray[np.int64]
    """In how many duels each entry was as good as the other; shape (n,)."""
    wins: NDArray[np.float64]
    """How often the entry of the row won against that of the column, where "equal" is half a win for each; shape
    (n, n)."""

    def __init__(self, entries: Iterable[int], duels: Iterable[Duel] = ()) -> None:
        self.entries = tuple(sorted(set(entries)))
        self._positions = {entry: position for position, entry in enumerate(self.entries)}
        count = len(self.entries)
        self.seen, self.won, self.lost, self.equal = np.zeros((4, count), np.int64)
        self.shown = np.zeros((count, count), np.int64)
        self.wins = np.zeros((count, count))
        for duel in duels:
            self.show(duel.left, duel.right)
            if duel.outcome is not None:
                self.answer(duel.left, duel.right, duel.outcome)

    def positions(self, entries: Iterable[int]) -> list[int]:
        """Return the positions of those of these entries that are in the challenge."""
        return [self._positions[entry] for entry in entries if entry in self._positions]

    def show(self, left: int, right: int) -> None:
        """Count that a voter is shown a pair."""
        match self.positions((left, right)):
            case [first, second]:
                self.seen[first] += 1
                self.seen[second] += 1
                self.shown[first, second] += 1
                self.shown[second, first] += 1

    def answer(self, left: int, right: int, outcome: Outcome) -> None:
        """Count a voter's answer to a pair that was shown before."""
        match self.positions((left, right)), outcome:
            case [first, second], Outcome.LEFT:
                self._win(first, second)
            case [first, second], Outcome.RIGHT:
                self._win(second, first)
            case [first, second], Outcome.EQUAL:
                self.equal[first] += 1
                self.equal[second] += 1
                self.wins[first, second] += 0.5
                self.wins[second, first] += 0.5

    def log_odds(self) -> NDArray[np.float64]:
        """Return the log of each entry's odds of winning a duel, shape (n,).

        One win and one loss are added to each, half of them so (Haldane 1956): that is 0 without a duel, and finite
        for an entry that won them all.
        """
        won = self.won + self.equal / 2
        lost = self.lost + self.equal / 2
        odds: NDArray[np.float64] = np.log((won + 0.5) / (lost + 0.5))
        return odds

    def _win(self, winner: int, loser: int) -> None:
        self.won[winner] += 1
        self.lost[loser] += 1
        self.wins[winner, loser] += 1
