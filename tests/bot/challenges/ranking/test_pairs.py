"""Which duel a voter sees next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from itertools import combinations

import numpy as np
import pytest

from bot.challenges.bradley_terry import Strengths
from bot.challenges.duel import Duel, Outcome
from bot.challenges.pairs import next_pair
from bot.challenges.tally import Tally
from tests.bot.challenges.ranking.votes import duels, kendall_tau, seeded, simulated_vote


def shown(*pairs: tuple[int, int]) -> list[Duel]:
    """Make duels that nobody has answered."""
    return [Duel(*pair) for pair in pairs]


def chosen(tally: Tally, *, own: Collection[int] = (), met: Collection[tuple[int, int]] = ()) -> set[frozenset[int]]:
    """Return the pairs that a voter may see next."""
    pairs = [next_pair(tally, own=own, met=met, chance=seeded(seed)) for seed in range(50)]
    return {frozenset(pair) for pair in pairs if pair is not None}


@pytest.mark.parametrize("entries", [[], [5]])
def test_there_is_no_duel_with_fewer_than_two_entries(entries: list[int]) -> None:
    assert next_pair(Tally(entries), own=set(), met=[], chance=seeded(1)) is None


def test_voters_never_see_their_own_entries() -> None:
    assert chosen(Tally([1, 2, 3, 4]), own={1, 3}) == {frozenset({2, 4})}
    assert next_pair(Tally([1, 2, 3]), own={1, 3}, met=[], chance=seeded(1)) is None


def test_a_voter_sees_every_pair_once_and_then_none() -> None:
    tally, chance = Tally([1, 2, 4, 8, 9]), seeded(1)
    met: list[tuple[int, int]] = []
    while pair := next_pair(tally, own={9}, met=met, chance=chance):
        met.append(pair)
        tally.show(*pair)

    assert Counter(frozenset(pair) for pair in met) == Counter(map(frozenset, combinations([1, 2, 4, 8], 2)))


def test_a_pair_does_not_come_back_with_its_sides_exchanged() -> None:
    assert next_pair(Tally([1, 2]), own=set(), met=[(2, 1)], chance=seeded(1)) is None


def test_an_entry_is_as_often_on_the_left_as_on_the_right() -> None:
    tally, chance = Tally([1, 2, 3], shown((1, 2))), seeded(1)

    pairs = [next_pair(tally, own=set(), met=[], chance=chance) or (0, 0) for _ in range(1000)]

    assert all(3 in pair for pair in pairs)  # it was seen least
    assert 450 < sum(left == 3 for left, _ in pairs) < 550


def test_the_same_chance_chooses_the_same_pair() -> None:
    def pair() -> tuple[int, int] | None:
        return next_pair(Tally(range(100)), own={3}, met=[(1, 2)], chance=seeded(7))

    assert pair() == pair()


def test_at_first_every_pair_is_possible() -> None:
    assert chosen(Tally([1, 2, 3])) == {frozenset(pair) for pair in combinations([1, 2, 3], 2)}


def test_an_entry_that_was_seen_less_comes_first() -> None:
    tally = Tally([1, 2, 3, 4], shown((1, 2), (2, 3), (1, 3)))

    assert all(4 in pair for pair in chosen(tally))


def test_a_pair_that_was_seen_less_comes_first() -> None:
    tally = Tally([1, 2, 3, 4], shown((1, 2), (3, 4), (1, 3), (2, 4)))

    assert chosen(tally) == {frozenset({1, 4}), frozenset({2, 3})}


def test_skipped_and_unanswered_duels_count_as_seen() -> None:
    tally = Tally([1, 2, 3], [Duel(1, 2, Outcome.SKIPPED), Duel(1, 3)])

    assert chosen(tally) == {frozenset({2, 3})}


def test_of_equally_seen_opponents_the_one_of_closest_strength_is_chosen() -> None:
    answered = [duel for loser in (4, 5, 6) for duel in duels(1, loser)]  # 1 won all of its duels
    answered += [Duel(2, 4, Outcome.LEFT), Duel(2, 5, Outcome.LEFT), Duel(2, 6, Outcome.EQUAL)]
    answered += [Duel(3, 4, Outcome.RIGHT), Duel(3, 5, Outcome.RIGHT), Duel(3, 6, Outcome.RIGHT)]

    assert chosen(Tally(range(1, 7), answered), own={4, 5, 6}) == {frozenset({1, 2}), frozenset({2, 3})}
    assert chosen(Tally(range(1, 7), answered), own={2, 4, 5, 6}) == {frozenset({1, 3})}


def test_a_voter_who_met_the_best_choice_gets_the_next_best() -> None:
    tally = Tally([1, 2, 3, 4], shown((1, 2), (1, 2), (1, 2)))

    assert chosen(tally) == {frozenset({3, 4})}
    assert chosen(tally, met=[(4, 3)]) == {frozenset({one, two}) for one in (1, 2) for two in (3, 4)}


def test_entries_are_seen_equally_often_and_the_true_order_is_found() -> None:
    found = []
    for seed in range(5):
        true = np.random.default_rng(seed).normal(size=50)

        tally = simulated_vote(true, voters=200, duels_each=15, chance=seeded(seed))

        assert tally.seen.sum() == 2 * 200 * 15
        assert np.ptp(tally.seen) <= 0.03 * tally.seen.mean()
        assert np.ptp(tally.shown[np.triu_indices(50, 1)]) <= 1
        found.append(kendall_tau(Strengths.fit(tally.wins).log_strengths, true))

    assert np.mean(found) > 0.84


def test_an_entry_that_came_late_catches_up() -> None:
    early = simulated_vote(np.zeros(9), voters=30, duels_each=6, chance=seeded(2))
    rows = [
        Duel(one + 1, other + 1) for one, other in combinations(range(9), 2) for _ in range(early.shown[one, other])
    ]
    tally, chance = Tally(range(1, 11), rows), seeded(2)
    for _ in range(200):
        pair = next_pair(tally, own=set(), met=[], chance=chance)
        assert pair is not None
        tally.show(*pair)

    assert np.ptp(tally.seen) <= 2
