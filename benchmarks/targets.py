"""Limits that measurements should stay within."""

from __future__ import annotations

from dataclasses import dataclass


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
