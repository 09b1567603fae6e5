"""One duel of a blind vote: two entries side by side, and which one a voter prefers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What a voter answered."""

    LEFT = "left"
    RIGHT = "right"
    EQUAL = "equal"
    SKIPPED = "skipped"
    """No opinion: the entries were seen, but it counts for neither."""


@dataclass(frozen=True, slots=True)
class Duel:
    """Two entries that one voter was shown, by their numbers in the challenge."""

    left: int
    right: int
    outcome: Outcome | None = None
    """None until the voter answers."""
