"""The strengths of entries, from who won against whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

PRIOR_DEVIATION = 1.0
"""Of log-strengths, before any duel. An entry that is one deviation above the average wins 73 % against it."""
Z_95 = 1.959964
"""A normal variable is within this many standard deviations of its mean with a probability of 95%."""
MAX_STEPS = 200
"""Only counts far larger than those of votes, whose rounding errors exceed the tolerance, take so many."""
TOLERANCE = 1e-8
"""The fit ends with a step that moves no log-strength farther than this. What is left to move is about its square."""


@dataclass(frozen=True, slots=True, eq=False)
class Strengths:
    """The most probable log-strengths of n entries, and how uncertain they are."""

    log_strengths: NDArray[np.float64]
    """Shape (n,), in natural logarithms; their mean is 0."""
    covariance: NDArray[np.float64]
    """Shape (n, n)."""

    def interval(self, entry: int) -> tuple[float, float]:
        """Return the bounds between which an entry's log-strength is with a probability of 95%."""
        margin = Z_95 * float(np.sqrt(self.covariance[entry, entry]))
        center = float(self.log_strengths[entry])
        return center - margin, center + margin

    def can_tell_apart(self, entry: int, other: int) -> bool:
        """Whether the 95% interval of the difference of two entries' log-strengths leaves out 0."""
        difference = self.log_strengths[entry] - self.log_strengths[other]
        variance = self.covariance[entry, entry] + self.covariance[other, other] - 2 * self.covariance[entry, other]
        return bool(difference**2 > Z_95**2 * variance)

    @classmethod
    def fit(cls, wins: NDArray[np.float64], *, prior_deviation: float = PRIOR_DEVIATION) -> Self:
        """Fit a Bradley-Terry model with a prior to the duels of n entries.

        Args:
            wins: How often the entry of the row won against that of the column; shape (n, n), float64. A duel that
                found both equal counts as half a win for each.
            prior_deviation: Standard deviation of the log-strengths' normal prior, whose mean is 0.

        Entry i wins against j with the probability pᵢⱼ = 1 / (1 + exp(θⱼ - θᵢ)) (Bradley & Terry 1952). The
        log-strengths θ maximize the posterior Σᵢⱼ wᵢⱼ log pᵢⱼ - Σᵢ θᵢ² / 2s², with s the prior's deviation. Without a
        prior, the strength of an entry that won every duel would be infinite, and that of one without duels unknown
        (Hunter 2004, Ann. Stat. 32). With it, the posterior is strictly concave, so it has one maximum, whatever the
        duels.

        Models of ties have a parameter for how often voters are undecided (Davidson 1970). The strengths depend on
        an entry's wins plus half its ties there, too, so half a win each gives nearly the same ranking, and the
        posterior stays as simple.

        Newton's method finds the maximum in ten to twenty steps; the usual iteration, Hunter's MM, converges only
        linearly. No step moves two entries more than 1 farther apart. Within such a step, the curvature grows by a
        factor of e at most, because |f‴| ≤ f″ for f = -log p (Bach 2010, Electron. J. Stat. 4, prop. 1). So each gains
        at least a quarter of what its slope promises, which makes the fit converge from anywhere, and the last steps
        quadratically.

        The covariance is that of Laplace's approximation, the inverse of the negative Hessian at the maximum.
        """
        count = len(wins)
        precision = np.eye(count) / prior_deviation**2
        log_strengths = np.zeros(count)
        for _ in range(MAX_STEPS):
            gradient, curvature = _derivatives(wins, log_strengths)
            step = np.linalg.solve(curvature + precision, gradient - log_strengths / prior_deviation**2)
            farthest = float(np.abs(step).max(initial=0.0))
            log_strengths += step / max(1.0, 2 * farthest)
            if farthest <= TOLERANCE:
                break
        _, curvature = _derivatives(wins, log_strengths)
        return cls(log_strengths, np.asarray(np.linalg.inv(curvature + precision), np.float64))


def _derivatives(
    wins: NDArray[np.float64], log_strengths: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the gradient of the log-likelihood, shape (n,), and its negative Hessian, shape (n, n)."""
    probabilities = (1 + np.tanh((log_strengths[:, None] - log_strengths) / 2)) / 2  # exp would overflow
    surprising = wins * probabilities.T
    information = (wins + wins.T) * probabilities * probabilities.T
    return surprising.sum(axis=1) - surprising.sum(axis=0), np.diag(information.sum(axis=1)) - information
