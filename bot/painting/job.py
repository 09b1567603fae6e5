"""A job: who wants which two pictures painted how, and the variations that its buttons ask for."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum

from bot.messages.address import Address, Press
from stylizer.events import PictureFormat
from stylizer.recipe import DEFAULT_RECIPE, Recipe, load_recipe

WEAKEST_STYLE = 0.0
"""The photograph as it is."""
FAINTEST_STYLE = 0.1
"""The least of a style that can be seen; one press of weaker goes from here to none, one of stronger from none here."""
STRONGEST_STYLE = 10.0
STRENGTH_STEP = 1.6
"""One press of stronger or weaker: enough to see, and five presses reach the end."""

LARGEST_SEED = 2**31 - 1

HD_RECIPE = "hd"


class JobState(StrEnum):
    """Where a job is on its way."""

    FETCHING = "fetching"
    """Accepted; its pictures still lie on Discord only."""
    WAITING = "waiting"
    PAINTING = "painting"
    PAINTED = "painted"
    """The painting and its GIF are kept, and not delivered yet."""
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    FAILED = "failed"
    DELETED = "deleted"
    """Its owner or a moderator took the painting away."""


UNFINISHED_STATES = frozenset({JobState.FETCHING, JobState.WAITING, JobState.PAINTING, JobState.PAINTED})

COMES_FROM: Mapping[JobState, frozenset[JobState]] = {
    JobState.WAITING: frozenset({JobState.FETCHING, JobState.WAITING, JobState.PAINTING}),
    JobState.PAINTING: frozenset({JobState.WAITING, JobState.PAINTING}),
    JobState.PAINTED: frozenset({JobState.WAITING, JobState.PAINTING, JobState.PAINTED}),
    JobState.DELIVERED: frozenset({JobState.PAINTED, JobState.DELIVERED}),
    JobState.CANCELLED: frozenset(
        {JobState.FETCHING, JobState.WAITING, JobState.PAINTING, JobState.PAINTED, JobState.CANCELLED}
    ),
    JobState.FAILED: frozenset(
        {JobState.FETCHING, JobState.WAITING, JobState.PAINTING, JobState.PAINTED, JobState.FAILED}
    ),
    JobState.DELETED: frozenset({JobState.PAINTED, JobState.DELIVERED, JobState.DELETED}),
}
"""The states that each state is entered from. The row decides: a change that comes too late is refused.

Each may follow itself, because a change whose confirmation was lost is written once more.
"""

DELIVERED_AGAIN_FROM = frozenset({JobState.FAILED})
"""What a painting that could not be delivered becomes `PAINTED` from, when its owner asks to see it."""


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
    """Which variation: 0 is the plain one; the same seed gives the same painting."""

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
                return replace(self, seed=1 + secrets.randbelow(LARGEST_SEED))
            case Variation.STRONGER:
                return replace(
                    self, style_strength=min(max(self.style_strength * STRENGTH_STEP, FAINTEST_STYLE), STRONGEST_STYLE)
                )
            case Variation.WEAKER:
                weaker = self.style_strength / STRENGTH_STEP
                return replace(self, style_strength=weaker if weaker >= FAINTEST_STYLE else WEAKEST_STYLE)
            case Variation.HD:
                larger = self.size_px is not None and self.size_px > load_recipe(HD_RECIPE).longest_side_px
                return replace(self, recipe_name=HD_RECIPE, size_px=self.size_px if larger else None)
            case Variation.SWAP | Variation.RETRY:
                return self


@dataclass(frozen=True, slots=True)
class Source:
    """A picture that a job is made from."""

    url: str | None = None
    """Where it lies on Discord for some hours; None for one that was kept from another job."""
    size_bytes: int = 0
    """As Discord declares it."""
    sha256: str | None = None
    """Its name in the store, once it is there."""
    thumbnail_sha256: str | None = None
    """The same of a small JPEG of it, once a worker has read it."""
    name: str | None = None
    """The file's name, as its sender has it."""
    is_spoiler: bool = False
    """Whether its sender hid it: every picture made from it is hidden too."""


@dataclass(frozen=True, slots=True)
class Painted:
    """What came out of a job, its files kept in the store."""

    painting_sha256: str
    painting_format: PictureFormat
    gif_sha256: str
    width_px: int
    height_px: int
    seconds: float
    enlargement: float = 1.0
    """How many times the content picture was enlarged for it; 1.0 where it was not."""


@dataclass(frozen=True, slots=True)
class Job:
    """One painting on its way, as the database has it."""

    owner_id: int
    address: Address
    content: Source
    style: Source
    order: Order
    job_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    state: JobState = JobState.FETCHING
    starts: int = 0
    """How many times its painting was begun."""
    losses: int = 0
    """How many workers were lost over it."""
    painted: Painted | None = None
    lender_id: int | None = None
    """Who sent the pictures, where that was not the owner: they vary somebody else's painting."""
    variation: Variation | None = None
    """Which button of another result asked for it; None for a painting of its own."""
    origin_url: str | None = None
    """Link to the message of the result it varies."""
    message_id: int | None = None
    """The message that shows it, once that is known."""
    message_channel_id: int | None = None
    """Where that message is, if not in the channel it was asked for in: a direct message."""
    press: Press | None = None
    owner_notified: bool = False
    """Whether the owner was mentioned when the painting was done."""
    problem: str | None = None
    """Why it failed, as its owner reads it."""
    problem_is_private: bool = False
    """Whether nobody else is helped by reading that: something is wrong with what the owner sent."""

    @property
    def is_spoiler(self) -> bool:
        """Whether one of its pictures was hidden by its sender: then every picture of the job is shown hidden."""
        return self.content.is_spoiler or self.style.is_spoiler

    @property
    def guild_id(self) -> int | None:
        """The server it was asked for in; None in a direct message."""
        return self.address.guild_id

    @property
    def channel_id(self) -> int:
        """The channel it was asked for in."""
        return self.address.channel_id
