"""A job: who wants which two pictures painted how, and the variations that its buttons ask for."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum

from stylizer.recipe import DEFAULT_RECIPE, Recipe, load_recipe

WEAKEST_STYLE = 0.1
STRONGEST_STYLE = 10.0
STRENGTH_STEP = 1.6
"""One press of stronger or weaker: enough to see, and five presses reach the end."""

HD_RECIPE = "hd"


class JobState(StrEnum):
    """Where a job is on its way."""

    WAITING = "waiting"
    PAINTING = "painting"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    """The bot ended before the job did."""
    DELETED = "deleted"
    """Its owner or a moderator took the painting away."""


class Variation(StrEnum):
    """What a button on a result asks for."""

    AGAIN = "again"
    STRONGER = "stronger"
    WEAKER = "weaker"
    HD = "hd"
    SWAP = "swap"
    RETRY = "retry"
    """The very same once more, after a failure or a cancel."""


@dataclass(frozen=True, slots=True)
class Order:
    """How to paint: what a member chose, before it becomes a recipe."""

    recipe_name: str = DEFAULT_RECIPE
    size_px: int | None = None
    """The painting's longest side; None leaves it to the recipe."""
    style_strength: float = 1.0
    keep_colors: bool = False
    seed: int = 0
    """0 starts from the content picture as it is, any other from a disturbed one."""

    def recipe(self) -> Recipe:
        """Every number of the painting. Raises `UnknownRecipe` or `InvalidRecipe`."""
        return load_recipe(
            self.recipe_name,
            longest_side_px=self.size_px,
            style_strength=self.style_strength,
            keep_colors=self.keep_colors or None,
        )

    def varied(self, variation: Variation) -> Order:
        """The order that a result's button makes of this one; the same where it can change nothing more."""
        match variation:
            case Variation.AGAIN:
                return replace(self, seed=1 + secrets.randbelow(2**31 - 1))
            case Variation.STRONGER:
                return replace(self, style_strength=min(self.style_strength * STRENGTH_STEP, STRONGEST_STYLE))
            case Variation.WEAKER:
                return replace(self, style_strength=max(self.style_strength / STRENGTH_STEP, WEAKEST_STYLE))
            case Variation.HD:
                larger = self.size_px is not None and self.size_px > load_recipe(HD_RECIPE).longest_side_px
                return replace(self, recipe_name=HD_RECIPE, size_px=self.size_px if larger else None)
            case Variation.SWAP | Variation.RETRY:
                return self


@dataclass(frozen=True, slots=True)
class Job:
    """One painting on its way. The pictures are named by the SHA-256 of their bytes."""

    owner_id: int
    guild_id: int | None
    channel_id: int
    content_sha256: str
    style_sha256: str
    order: Order
    job_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    state: JobState = JobState.WAITING
