"""Measures how fast a large vote is counted: `.venv/bin/python -m benchmarks.ranking`.

5,000 simulated voters judge 20 duels each between 500 entries, whose true strengths are known. Prints how long it takes
to choose a duel, to count all duels again after a start, and to rank the entries; and, as a check, how equally often
they were seen and how much of the true order was found. Times are the processor's, because it can't help what else the
machine is doing. Exits with 1 if one is over its limit.
"""

from __future__ import annotations

import math
import sys
import time
from random import Random

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.targets import Target, percentile
from bot.challenges.duel import Duel, Outcome
from bot.challenges.pairs import next_pair
from bot.challenges.placing import place_by_duels
from bot.challenges.tally import Tally

ENTRIES, VOTERS, DUELS_EACH = 500, 5000, 20
MAX_CHOICE_MS = 2.0
"""For 99 of 100 duels."""
MAX_COUNT_MS = 1000.0
MAX_RANKING_MS = 1000.0


def vote(strengths: list[float], chance: Random) -> tuple[list[Duel], list[float]]:
    """Let all voters judge their duels; return these, and how many milliseconds it took to choose each."""
    tally = Tally(range(1, ENTRIES + 1))
    duels, choices_ms = [], []
    for _ in range(VOTERS):
        met: list[tuple[int, int]] = []
        for _ in range(DUELS_EACH):
            began = time.process_time()
            pair = next_pair(tally, own=(), met=met, chance=chance)
            choices_ms.append((time.process_time() - began) * 1000)
            if pair is None:
                raise RuntimeError("A voter has seen every pair of entries.")
            left, right = pair
            odds = math.exp(strengths[left - 1] - strengths[right - 1])
            outcome = Outcome.LEFT if chance.random() < odds / (1 + odds) else Outcome.RIGHT
            met.append(pair)
            tally.show(left, right)
            tally.answer(left, right, outcome)
            duels.append(Duel(left, right, outcome))
    return duels, sorted(choices_ms)


def main() -> None:
    """Measure and print everything."""
    chance = Random(1)  # noqa: S311 - the same votes every time
    strengths = [chance.gauss() for _ in range(ENTRIES)]
    duels, choices_ms = vote(strengths, chance)

    began = time.process_time()
    tally = Tally(range(1, ENTRIES + 1), duels)
    counted = time.process_time()
    placed = place_by_duels(tally)
    ranked = time.process_time()

    targets = {
        "a duel chosen (99th percentile)": Target(percentile(choices_ms, 0.99), MAX_CHOICE_MS),
        "all duels counted again": Target((counted - began) * 1000, MAX_COUNT_MS),
        "entries ranked": Target((ranked - counted) * 1000, MAX_RANKING_MS),
    }
    table = Table("", "ms", "limit", title=f"{ENTRIES} entries, {len(duels):,} duels")
    for label, target in targets.items():
        table.add_row(label, f"{target.measured:.2f}", str(target))
    Console().print(table)
    fitted = [entry.strength for entry in sorted(placed, key=lambda entry: entry.entry)]
    print(f"Each entry was seen {tally.seen.min()} to {tally.seen.max()} times.")
    print(f"Correlation of fitted and true strengths: {np.corrcoef(fitted, strengths)[0, 1]:.3f}.")
    sys.exit(0 if all(target.is_met for target in targets.values()) else 1)


if __name__ == "__main__":
    main()
