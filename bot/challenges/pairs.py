"""Which duel a voter sees next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from random import Random

import numpy as np

from bot.challenges.tally import Tally


def next_pair(
    tally: Tally, *, own: Collection[int], met: Iterable[tuple[int, int]], chance: Random
) -> tuple[int, int] | None:
    """Choose the entries that a voter sees next, left and right; None if they have seen every pair.

    Args:
        tally: The challenge's duels so far; call its `show` with what is chosen.
        own: The voter's own entries, which they never see.
        met: The pairs this voter was shown, in either order; they never see one again.
        chance: Decides sides, and between equally good choices.

    The first of the two is an entry that was seen least. Its opponent is one against which it was shown least; among
    those, one that was seen least; and among those, the one whose odds of winning are closest to its own, because an
    even duel says most about the order. So an entry is chosen first until it has caught up with the others, and all are
    seen about equally often. Each meets all its opponents before it meets one again, so the same holds for pairs. Only
    one row of the tally is read, so that takes n operations instead of n².
    """
    others = np.ones(len(tally.entries), np.bool_)
    others[tally.positions(own)] = False
    met_by: defaultdict[int, list[int]] = defaultdict(list)
    for pair in met:
        match tally.positions(pair):
            case [first, second]:
                met_by[first].append(second)
                met_by[second].append(first)
    odds = tally.log_odds()
    candidates = np.flatnonzero(others)
    while candidates.size:
        seen = tally.seen[candidates]
        entry = chance.choice(candidates[seen == seen.min()].tolist())
        unmet = others.copy()
        unmet[[entry, *met_by[entry]]] = False
        opponents = np.flatnonzero(unmet)
        if not opponents.size:
            candidates = candidates[candidates != entry]
            continue
        for least in (tally.shown[entry], tally.seen, np.abs(odds - odds[entry])):
            opponents = opponents[least[opponents] == least[opponents].min()]
        opponent = chance.choice(opponents.tolist())
        pair = (tally.entries[entry], tally.entries[opponent])
        return pair if chance.random() < 0.5 else pair[::-1]
    return None
