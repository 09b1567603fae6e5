"""The places of entries, and which of them share one."""

from __future__ import annotations

import numpy as np
import pytest

from bot.challenges.duel import Duel, Outcome
from bot.challenges.placing import PlacedByVotes, place_by_duels, place_by_votes
from bot.challenges.tally import Tally
from tests.bot.challenges.ranking.votes import duels, kendall_tau, seeded, simulated_vote


def places_by_duels(tally: Tally) -> list[tuple[int, int]]:
    """Return each entry with its place, best first."""
    return [(placed.entry, placed.place) for placed in place_by_duels(tally)]


def places_by_votes(votes: dict[int, int]) -> list[tuple[int, int]]:
    """Return each entry with its place, best first."""
    return [(placed.entry, placed.place) for placed in place_by_votes(votes)]


def test_no_entry_has_no_place() -> None:
    assert place_by_duels(Tally([])) == ()
    assert place_by_votes({}) == ()


def test_a_single_entry_is_first() -> None:
    assert places_by_duels(Tally([4])) == [(4, 1)]
    assert place_by_votes({4: 0}) == (PlacedByVotes(4, place=1, votes=0),)


def test_without_duels_all_entries_share_the_first_place_in_the_order_of_their_numbers() -> None:
    assert places_by_duels(Tally([3, 1, 2])) == [(1, 1), (2, 1), (3, 1)]


def test_clearly_different_entries_have_places_of_their_own() -> None:
    tally = Tally([1, 2, 3], duels(2, 3, times=40) + duels(3, 1, times=40))

    assert places_by_duels(tally) == [(2, 1), (3, 2), (1, 3)]


def test_two_winners_share_the_first_place_and_the_next_is_third() -> None:
    tally = Tally([1, 2, 3], duels(1, 3, times=40) + duels(2, 3, times=40) + [Duel(1, 2, Outcome.EQUAL)])

    assert places_by_duels(tally) == [(1, 1), (2, 1), (3, 3)]


def test_five_that_beat_each_other_in_a_circle_share_the_first_place() -> None:
    circle = [duel for entry in range(5) for duel in duels(entry + 1, (entry + 1) % 5 + 1, times=30)]
    beaten = [duel for entry in range(5) for duel in duels(entry + 1, 6, times=30)]

    placed = places_by_duels(Tally(range(1, 7), circle + beaten))

    assert placed == [(1, 1), (2, 1), (3, 1), (4, 1), (5, 1), (6, 6)]


@pytest.mark.parametrize("count", range(6, 16))
def test_equally_strong_entries_are_in_the_order_of_their_numbers(count: int) -> None:
    circle = [duel for entry in range(count) for duel in duels(entry + 1, (entry + 1) % count + 1, times=30)]
    beaten = [duel for entry in range(count) for duel in duels(entry + 1, count + 1, times=30)]

    placed = places_by_duels(Tally(range(1, count + 2), circle + beaten))

    assert placed == [*((entry + 1, 1) for entry in range(count)), (count + 1, count + 1)]


def test_entries_whose_difference_may_be_chance_share_a_place() -> None:
    assert places_by_duels(Tally([1, 2], duels(1, 2, times=6) + duels(2, 1, times=4))) == [(1, 1), (2, 1)]
    assert places_by_duels(Tally([1, 2], duels(1, 2, times=600) + duels(2, 1, times=400))) == [(1, 1), (2, 2)]


def test_a_chain_of_small_differences_does_not_tie_the_first_to_the_last() -> None:
    closely = [duel for one in (1, 2) for duel in duels(one, one + 1, times=13) + duels(one + 1, one, times=7)]
    tally = Tally([1, 2, 3], closely + duels(1, 3, times=17) + duels(3, 1, times=3))

    assert places_by_duels(Tally([2, 3], closely)) == [(2, 1), (3, 1)]
    assert places_by_duels(tally) == [(1, 1), (2, 1), (3, 3)]


def test_an_uncertain_entry_shares_the_place_above_it_and_not_one_further_up() -> None:
    tally = Tally([1, 2, 3], duels(1, 2, times=400) + duels(2, 1, times=200) + duels(2, 3))

    assert places_by_duels(tally) == [(1, 1), (2, 2), (3, 2)]


def test_a_place_says_what_it_is_from() -> None:
    tally = Tally(
        [1, 2, 7],
        [
            *duels(7, 1, times=3),
            Duel(1, 7, Outcome.RIGHT),
            Duel(7, 2, Outcome.EQUAL),
            Duel(2, 7, Outcome.SKIPPED),
            Duel(7, 1, Outcome.RIGHT),
            Duel(2, 7),
        ],
    )

    first = place_by_duels(tally)[0]

    assert (first.entry, first.won, first.lost, first.equal, first.seen) == (7, 4, 1, 1, 8)
    assert first.lowest < 0 < first.strength < first.highest


def test_duels_of_an_entry_that_was_withdrawn_do_not_count() -> None:
    all_duels = duels(1, 2, times=50) + duels(3, 1, times=50) + duels(3, 2, times=50)

    assert [placed.seen for placed in place_by_duels(Tally([1, 2], all_duels))] == [50, 50]
    assert place_by_duels(Tally([1, 2], all_duels)) == place_by_duels(Tally([1, 2], duels(1, 2, times=50)))


def test_a_clear_favorite_wins_alone_and_the_others_are_placed_nearly_in_their_true_order() -> None:
    true = np.array([4, *np.linspace(1.5, -2, 49)])
    tally = simulated_vote(true, voters=200, duels_each=15, chance=seeded(3))

    placed = place_by_duels(tally)

    places = np.array([one.place for one in sorted(placed, key=lambda one: one.entry)])
    assert [one.entry for one in placed if one.place == 1] == [1]
    assert kendall_tau(-places, true) > 0.75


@pytest.mark.parametrize(
    ("votes", "placed"),
    [
        ({1: 2, 2: 5, 3: 1}, [(2, 1), (1, 2), (3, 3)]),
        ({1: 3, 2: 5, 3: 5}, [(2, 1), (3, 1), (1, 3)]),
        ({1: 9, 2: 5, 3: 5, 4: 0}, [(1, 1), (2, 2), (3, 2), (4, 4)]),
        ({1: 2, 2: 2, 3: 2, 4: 2, 5: 2, 6: 1}, [(1, 1), (2, 1), (3, 1), (4, 1), (5, 1), (6, 6)]),
        ({3: 0, 1: 0, 2: 0}, [(1, 1), (2, 1), (3, 1)]),
    ],
    ids=["no ties", "two first", "two second", "five first", "no votes"],
)
def test_entries_with_equally_many_votes_share_a_place(votes: dict[int, int], placed: list[tuple[int, int]]) -> None:
    assert places_by_votes(votes) == placed


def test_a_place_by_votes_says_how_many() -> None:
    assert place_by_votes({8: 3, 9: 4}) == (PlacedByVotes(9, place=1, votes=4), PlacedByVotes(8, place=2, votes=3))
