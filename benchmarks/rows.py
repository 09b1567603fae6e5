"""The rows of a sheet: pairs of pictures to paint, some with checks in addition to the judge's figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.pairs import Pair
from benchmarks.surface import Rgb


@dataclass(frozen=True, slots=True)
class Check:
    """A figure that shows whether a painting has one problem, and its limit."""

    title: str
    measure: Callable[[Rgb, Rgb, Rgb], float]
    """Measures the painting, its content and its style, all at one scale."""
    at_least: float | None = None
    at_most: float | None = None

    @property
    def limit(self) -> str:
        """The limit, for people."""
        return f"at least {self.at_least:g}" if self.at_least is not None else f"at most {self.at_most:g}"

    def is_met(self, value: float) -> bool:
        """Whether a measured value is within the limit."""
        if self.at_least is not None and value < self.at_least:
            return False
        return self.at_most is None or value <= self.at_most


@dataclass(frozen=True, slots=True)
class Row:
    """A pair to paint and to judge."""

    pair: Pair
    checks: tuple[Check, ...] = ()
    recipe: str | None = None
    """The recipe that always paints it; None for the recipe being measured."""
    max_side_px: int | None = None
    """The maximum for the painting's longest side."""
    judged_style: bytes | None = field(default=None, repr=False)
    """The part of the style picture that counts as style, if not all of it."""

    @property
    def name(self) -> str:
        return self.pair.name

    def longest_side_px(self, size_px: int) -> int:
        """The painting's longest side if the others have `size_px`."""
        return size_px if self.max_side_px is None else min(size_px, self.max_side_px)
