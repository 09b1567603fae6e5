"""The order in which voters see the entries."""

from __future__ import annotations

from collections import Counter
from itertools import permutations

import numpy as np

from bot.challenges.order import shuffled

ENTRIES = range(1, 51)


def test_a_voter_sees_every_entry_once_in_the_same_order_each_time() -> None:
    once = shuffled(ENTRIES, challenge_id=7, voter_id=11)

    assert sorted(once) == list(ENTRIES)
    assert shuffled(reversed(ENTRIES), challenge_id=7, voter_id=11) == once


def test_the_order_is_the_same_in_every_process() -> None:
    # printf "7 11 3" | sha256sum begins with 221a…, the lowest.
    assert shuffled(range(1, 9), challenge_id=7, voter_id=11) == (3, 7, 6, 8, 1, 2, 5, 4)


def test_other_voters_and_other_challenges_have_other_orders() -> None:
    orders = {shuffled(ENTRIES, challenge_id=challenge, voter_id=voter) for challenge in range(9) for voter in range(9)}

    assert len(orders) == 81


def test_digits_of_one_number_are_not_taken_for_those_of_another() -> None:
    assert shuffled(ENTRIES, challenge_id=1, voter_id=23) != shuffled(ENTRIES, challenge_id=12, voter_id=3)


def test_an_entry_that_goes_leaves_the_others_in_their_order() -> None:
    before = shuffled(ENTRIES, challenge_id=7, voter_id=11)

    after = shuffled([entry for entry in ENTRIES if entry != 13], challenge_id=7, voter_id=11)

    assert after == tuple(entry for entry in before if entry != 13)


def test_all_orders_are_equally_frequent() -> None:
    orders = Counter(shuffled([1, 2, 3], challenge_id=7, voter_id=voter) for voter in range(6000))

    assert set(orders) == set(permutations([1, 2, 3]))
    assert all(900 < count < 1100 for count in orders.values())


def test_every_entry_is_in_the_middle_on_average() -> None:
    positions = np.zeros(len(ENTRIES))
    for voter in range(1000):
        for position, entry in enumerate(shuffled(ENTRIES, challenge_id=7, voter_id=voter)):
            positions[entry - 1] += position / 1000

    assert np.abs(positions - 24.5).max() < 2
