"""Blends of styles: how much each of them counts, and what colors they have together.

Statistics are blended, never pictures: each is a mean over positions, and the blend's is the mean over the positions of
all styles, each style counted by its share.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Self

import numpy as np
from numpy.typing import NDArray

from stylizer.errors import InvalidStyleWeight, NoStyleWeight, RepeatedStyle, style_names
from stylizer.images import Picture


def shares_of(weights: Sequence[float]) -> tuple[float, ...]:
    """The share of each style, which sum to 1. A style of weight 0 has none.

    Raises `WrongNumberOfStyles`, `InvalidStyleWeight` for a weight that is negative, infinite or not a number, and
    `NoStyleWeight` if all are 0.
    """
    style_names(len(weights))
    for number, weight in enumerate(weights, start=1):
        if not (math.isfinite(weight) and weight >= 0):
            raise InvalidStyleWeight(number, f"{weight:g}")
    largest = max(weights)
    if largest == 0:
        raise NoStyleWeight
    relative = [weight / largest for weight in weights]  # the sum of the weights themselves may overflow
    return tuple(weight / sum(relative) for weight in relative)


def refuse_repeated(styles: Sequence[Picture], shares: Sequence[float]) -> None:
    """Raise `RepeatedStyle` if two of the styles that have a share are the same picture."""
    numbered = enumerate(zip(styles, shares, strict=True), start=1)
    blended = [(number, style) for number, (style, share) in numbered if share > 0]
    for (first, one), (second, other) in combinations(blended, 2):
        if one.equals(other):
            raise RepeatedStyle(first, second)


@dataclass(frozen=True, slots=True, eq=False)
class Palette:
    """The colors of a style or a blend, as statistics of RGB from 0 to 1."""

    mean: NDArray[np.float64]
    """(3,)"""
    covariance: NDArray[np.float64]
    """(3, 3)"""

    @classmethod
    def of(cls, colors: NDArray[np.float32]) -> Self:
        """The statistics of some colors, (n, 3)."""
        return cls(colors.mean(axis=0, dtype=np.float64), np.cov(colors, rowvar=False, bias=True))

    @classmethod
    def blended(cls, palettes: Sequence[Self], shares: Sequence[float]) -> Self:
        """The mean and covariance of all colors together: the means and second moments are weighted by share."""
        if len(palettes) == 1:
            return palettes[0]
        pairs = list(zip(shares, palettes, strict=True))
        mean = np.sum([share * one.mean for share, one in pairs], axis=0)
        second_moment = np.sum(
            [share * (one.covariance + np.outer(one.mean, one.mean)) for share, one in pairs], axis=0
        )
        return cls(mean, second_moment - np.outer(mean, mean))
