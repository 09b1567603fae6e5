"""How duels are counted."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bot.challenges.duel import Duel, Outcome
from bot.challenges.tally import Tally

DUELS = (
    Duel(1, 5, Outcome.LEFT),
    Duel(5, 1, Outcome.LEFT),
    Duel(1, 5, Outcome.RIGHT),
    Duel(1, 9, Outcome.EQUAL),
    Duel(9, 5, Outcome.SKIPPED),
    Duel(5, 9),
)


def test_every_duel_is_counted_for_both_entries() -> None:
    tally = Tally([9, 1, 5], DUELS)

    assert tally.entries == (1, 5, 9)
    assert tally.seen.tolist() == [4, 5, 3]
    assert tally.shown.tolist() == [[0, 3, 1], [3, 0, 2], [1, 2, 0]]
    assert tally.won.tolist() == [1, 2, 0]
    assert tally.lost.tolist() == [2, 1, 0]
    assert tally.equal.tolist() == [1, 0, 1]
    assert tally.wins.tolist() == [[0, 1, 0.5], [2, 0, 0], [0.5, 0, 0]]


def test_counting_duels_as_they_happen_gives_what_a_restart_reads() -> None:
    tally, restarted = Tally([1, 5, 9]), Tally([1, 5, 9], reversed(DUELS))
    for duel in DUELS:
        tally.show(duel.left, duel.right)
    for duel in DUELS:
        if duel.outcome is not None:
            tally.answer(duel.left, duel.right, duel.outcome)

    for counted in ("seen", "shown", "won", "lost", "equal", "wins"):
        assert np.array_equal(getattr(tally, counted), getattr(restarted, counted)), counted


def test_duels_of_other_entries_are_not_counted() -> None:
    tally = Tally([1, 9], DUELS)
    tally.show(1, 3)
    tally.answer(1, 5, Outcome.LEFT)

    assert tally.seen.tolist() == [1, 1]
    assert tally.equal.tolist() == [1, 1]
    assert tally.wins.tolist() == [[0, 0.5], [0.5, 0]]


def test_odds_are_even_without_duels_and_finite_for_an_entry_that_won_them_all() -> None:
    tally = Tally([1, 5, 9], [Duel(1, 5, Outcome.LEFT)] * 3)

    assert tally.log_odds().tolist() == pytest.approx([math.log(7), -math.log(7), 0])
