"""Voters who prefer stronger entries, as the Bradley-Terry model says."""

from __future__ import annotations

import math
from collections import defaultdict
from random import Random

import numpy as np
from numpy.typing import NDArray

from bot.challenges.duel import Duel, Outcome
from bot.challenges.pairs import next_pair
from bot.challenges.tally import Tally


def seeded(seed: int) -> Random:
    """Make random numbers that are the same in every run."""
    return Random(seed)  # noqa: S311 - the same votes every time


def duels(winner: int, loser: int, *, times: int = 1) -> list[Duel]:
    """Make duels that one entry won against another."""
    return [Duel(winner, loser, Outcome.LEFT)] * times


def simulated_vote(
    strengths: NDArray[np.float64], *, voters: int, duels_each: int, chance: Random, undecided: float = 0.1
) -> Tally:
    """Let voters take turns, in any order, at duels between entries 1, 2, … of these log-strengths.

    The first voters have made an entry each. A share of the duels is skipped, left open or found equal.
    """
    tally = Tally(range(1, len(strengths) + 1))
    met = defaultdict[int, list[tuple[int, int]]](list)
    turns = list(range(1, voters + 1)) * duels_each
    chance.shuffle(turns)
    for voter in turns:
        pair = next_pair(tally, own={voter}, met=met[voter], chance=chance)
        if pair is None:
            continue
        left, right = pair
        assert voter not in pair
        met[voter].append(pair)
        tally.show(left, right)
        odds = math.exp(strengths[left - 1] - strengths[right - 1])
        outcome: Outcome | None = Outcome.LEFT if chance.random() < odds / (1 + odds) else Outcome.RIGHT
        if chance.random() < undecided:
            outcome = chance.choice([Outcome.SKIPPED, Outcome.EQUAL, None])
        if outcome is not None:
            tally.answer(left, right, outcome)
    assert all(len({frozenset(pair) for pair in pairs}) == len(pairs) for pairs in met.values())
    return tally


def kendall_tau(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Compare two orders: 1 if they are the same, 0 if they have nothing to do with each other, -1 if reversed."""
    above = np.triu_indices(len(one), 1)
    return float(np.mean(np.sign(one[:, None] - one)[above] * np.sign(other[:, None] - other)[above]))
