"""The fit of strengths to duels."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from bot.challenges.bradley_terry import Strengths
from tests.bot.challenges.ranking.votes import kendall_tau, seeded, simulated_vote

Matrix = NDArray[np.float64]
REPEATABLY = settings(derandomize=True, database=None, deadline=None)

TEAMS = ("Baltimore", "Cleveland", "Boston", "New York", "Toronto", "Detroit", "Milwaukee")
BASEBALL = np.array(
    [
        [0, 7, 1, 3, 1, 4, 2],
        [6, 0, 6, 6, 5, 4, 4],
        [12, 7, 0, 7, 6, 2, 6],
        [10, 7, 6, 0, 6, 8, 6],
        [12, 8, 7, 7, 0, 6, 4],
        [9, 9, 11, 5, 7, 0, 6],
        [11, 9, 7, 7, 9, 7, 0],
    ],
    np.float64,
)
"""The American League's games in 1987 (Agresti, Categorical Data Analysis), a row's wins against a column."""


@st.composite
def win_matrices(draw: st.DrawFn) -> Matrix:
    """Draw up to seven entries' wins, halves among them, and often none at all."""
    count = draw(st.integers(1, 7))
    halves = draw(st.lists(st.sampled_from([0, 0, 0, 1, 2, 3, 40, 2000]), min_size=count**2, max_size=count**2))
    wins = np.array(halves, np.float64).reshape(count, count) / 2
    np.fill_diagonal(wins, 0)
    return wins


def log_posterior(wins: Matrix, log_strengths: Matrix, *, prior_deviation: float = 1) -> float:
    """Compute what the fit should maximize, term by term."""
    total = -float(np.sum(log_strengths**2)) / (2 * prior_deviation**2)
    for winner, loser in np.argwhere(wins):
        total += wins[winner, loser] * -np.logaddexp(0, log_strengths[loser] - log_strengths[winner])
    return total


@REPEATABLY
@given(wins=win_matrices(), seed=st.integers(0, 1000))
def test_no_other_strengths_are_more_probable(wins: Matrix, seed: int) -> None:
    fitted = Strengths.fit(wins).log_strengths
    chance = np.random.default_rng(seed)

    for scale in (1, 0.1, 0.001):
        other = fitted + scale * chance.normal(size=len(wins))
        assert log_posterior(wins, other) < log_posterior(wins, fitted)


@REPEATABLY
@given(wins=win_matrices())
def test_the_average_strength_is_zero_and_every_interval_holds_its_strength(wins: Matrix) -> None:
    strengths = Strengths.fit(wins)

    assert strengths.log_strengths.mean() == pytest.approx(0, abs=1e-9)
    for entry, strength in enumerate(strengths.log_strengths):
        lowest, highest = strengths.interval(entry)
        assert lowest < strength < highest
        assert highest - lowest <= 2 * 1.96  # as wide as before any duel


def test_with_a_flat_prior_the_strengths_are_those_of_the_literature() -> None:
    fitted = Strengths.fit(BASEBALL, prior_deviation=1000).log_strengths

    published = [0, 0.6839, 1.1077, 1.2476, 1.2945, 1.4364, 1.5814]  # maximum likelihood, as R's BradleyTerry2 says
    assert fitted - fitted[0] == pytest.approx(published, abs=1e-4)


def test_the_covariance_is_the_inverse_of_the_curvature_at_the_maximum() -> None:
    strengths = Strengths.fit(BASEBALL, prior_deviation=0.7)
    step = 1e-3 * np.eye(len(TEAMS))

    def posterior(moved: Matrix) -> float:
        return log_posterior(BASEBALL, strengths.log_strengths + moved, prior_deviation=0.7)

    curvature = [
        [-(posterior(i + j) - posterior(i - j) - posterior(j - i) + posterior(-i - j)) / (4 * 1e-3**2) for j in step]
        for i in step
    ]
    assert strengths.covariance @ np.array(curvature) == pytest.approx(np.eye(len(TEAMS)), abs=1e-3)


def test_no_entry_has_no_strengths() -> None:
    strengths = Strengths.fit(np.zeros((0, 0)))

    assert strengths.log_strengths.shape == (0,)
    assert strengths.covariance.shape == (0, 0)


def test_without_duels_everybody_is_average_and_as_uncertain_as_the_prior() -> None:
    strengths = Strengths.fit(np.zeros((3, 3)), prior_deviation=2)

    assert strengths.log_strengths.tolist() == [0, 0, 0]
    assert strengths.covariance == pytest.approx(4 * np.eye(3))
    assert strengths.interval(1) == pytest.approx((-3.92, 3.92), abs=0.001)


def test_an_entry_without_duels_stays_average_between_the_others() -> None:
    strengths = Strengths.fit(np.array([[0, 0, 9.0], [0, 0, 0], [1, 0, 0]]))

    assert strengths.log_strengths[0] > strengths.log_strengths[1] > strengths.log_strengths[2]
    assert strengths.log_strengths[1] == pytest.approx(0, abs=1e-9)
    assert strengths.covariance[1, 1] == pytest.approx(1)


def test_two_entries_get_opposite_strengths() -> None:
    strengths = Strengths.fit(np.array([[0, 30.0], [10, 0]]))

    first, second = strengths.log_strengths
    assert first == pytest.approx(-second)
    assert 30 - 40 / (1 + np.exp(second - first)) == pytest.approx(first)  # expected wins, and the prior's pull
    assert strengths.can_tell_apart(0, 1)
    assert strengths.can_tell_apart(1, 0)


def test_equal_duels_make_equal_strengths_more_certain() -> None:
    everybody_equal = (np.ones((4, 4)) - np.eye(4)) / 2
    few, many = Strengths.fit(everybody_equal), Strengths.fit(100 * everybody_equal)

    assert many.log_strengths == pytest.approx([0] * 4, abs=1e-9)
    assert many.interval(0)[1] < few.interval(0)[1] < 1.96
    assert not many.can_tell_apart(0, 3)


def test_an_entry_that_won_every_duel_has_a_finite_strength_that_grows_with_its_wins() -> None:
    def strength_of_winner(duels: float) -> float:
        wins = np.zeros((3, 3))
        wins[0, 1:] = duels
        return float(Strengths.fit(wins).log_strengths[0])

    strengths = [strength_of_winner(duels) for duels in (1, 10, 1000, 1e6)]
    assert all(less < more for less, more in pairwise(strengths))
    assert strengths[-1] < 20


@REPEATABLY
@given(wins=win_matrices(), seed=st.integers(0, 1000))
def test_the_order_of_entries_does_not_matter(wins: Matrix, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(len(wins))

    shuffled = Strengths.fit(wins[np.ix_(order, order)])

    assert shuffled.log_strengths == pytest.approx(Strengths.fit(wins).log_strengths[order], abs=1e-8)


def test_the_same_duels_give_the_same_bits() -> None:
    one, other = Strengths.fit(BASEBALL), Strengths.fit(BASEBALL.copy())

    assert one.log_strengths.tobytes() == other.log_strengths.tobytes()
    assert one.covariance.tobytes() == other.covariance.tobytes()


def test_five_hundred_entries_and_a_hundred_thousand_duels_are_ranked_in_nearly_the_true_order() -> None:
    chance = np.random.default_rng(1)
    true = chance.normal(size=500)
    first = chance.integers(500, size=100_000)
    second = (first + chance.integers(1, 500, size=100_000)) % 500
    first_wins = chance.random(100_000) < 1 / (1 + np.exp(true[second] - true[first]))
    wins = np.zeros((500, 500))
    np.add.at(wins, (np.where(first_wins, first, second), np.where(first_wins, second, first)), 1)

    assert kendall_tau(Strengths.fit(wins).log_strengths, true) > 0.9


def test_the_true_difference_is_within_the_interval_for_19_of_20_pairs() -> None:
    above = np.triu_indices(30, 1)
    within = []
    for seed in range(20):
        true = np.random.default_rng(seed).normal(size=30)
        tally = simulated_vote(true, voters=60, duels_each=10, chance=seeded(seed), undecided=0)
        strengths = Strengths.fit(tally.wins)
        variances = np.diag(strengths.covariance)
        deviations = np.sqrt(variances[:, None] + variances - 2 * strengths.covariance)[above]
        errors = (strengths.log_strengths[:, None] - strengths.log_strengths - (true[:, None] - true))[above]
        within.append(np.mean(np.abs(errors) <= 1.96 * deviations))

    assert 0.93 < np.mean(within) < 0.97
