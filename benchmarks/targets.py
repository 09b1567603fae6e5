"""Limits that measurements should stay within, and the percentiles that are compared with them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


def percentile(ascending: Sequence[float], share: float) -> float:
    """The value that so large a share of the values, smallest first, have at most: the nearest rank."""
    return ascending[max(math.ceil(share * len(ascending)), 1) - 1]


@dataclass(frozen=True, slots=True)
class Target:
    """A measurement and its limit, in one unit."""

    measured: float
    limit: float
    unit: str = ""
    """Shown after the limit, if the row doesn't show a unit."""

    @property
    def is_met(self) -> bool:
        return self.measured <= self.limit

    def __str__(self) -> str:
        return f"{self.limit:g}{self.unit}" + ("" if self.is_met else ", missed")
