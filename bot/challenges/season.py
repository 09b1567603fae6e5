"""Seasons: quarters of the calendar, over which challenges give points."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Self

_WRITTEN = re.compile(
    r"(?P<year>\d{4})[\s-]*q(?P<quarter>[1-4])|q(?P<first>[1-4])[\s/-]*(?P<later>\d{4})", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, order=True)
class Season:
    """A quarter of a year, in some time zone."""

    year: int
    quarter: int
    """1 to 4."""

    @classmethod
    def at(cls, moment: datetime, zone: tzinfo) -> Self:
        """The season of that moment."""
        local = moment.astimezone(zone)
        return cls(local.year, (local.month - 1) // 3 + 1)

    @classmethod
    def named(cls, written: str) -> Self | None:
        """The season that is written like `2026-Q4`, or nearly so; None for anything else."""
        found = _WRITTEN.fullmatch(written.strip())
        if found is None:
            return None
        year = int(found["year"] or found["later"])
        return cls(year, int(found["quarter"] or found["first"])) if year else None

    def begin(self, zone: tzinfo) -> datetime:
        """When it begins: at midnight in that zone."""
        return datetime(self.year, 3 * self.quarter - 2, 1, tzinfo=zone)

    def end(self, zone: tzinfo) -> datetime:
        """When the next one begins."""
        return self.later(1).begin(zone)

    def later(self, by: int) -> Season:
        """The season that many quarters later, or earlier."""
        quarters = 4 * self.year + self.quarter - 1 + by
        return Season(quarters // 4, quarters % 4 + 1)

    def __str__(self) -> str:
        """`2026-Q4`"""
        return f"{self.year:04}-Q{self.quarter}"
