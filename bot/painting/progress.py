"""The states of a job's card, as plain facts. `bot.cards` turns them into layouts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from bot.messages.card import CardFile
from bot.painting.estimates import Estimate
from bot.painting.job import JobState, Result


@dataclass(frozen=True, slots=True)
class Fetching:
    """The job's pictures are being downloaded."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The job waits for its turn."""

    position: int
    """1 is next."""
    starts: Estimate | None = None
    """When painting is likely to start; None if unknown."""
    takes_seconds: int | None = None
    """About how long it takes from then on; None if unknown."""


@dataclass(frozen=True, slots=True)
class Painting:
    """The job is being painted."""

    step: int = 0
    steps: int = 0
    seconds_left: float | None = None
    """Before the first step, about how long all of it takes; None if unknown."""
    preview: bytes | None = None
    """JPEG."""
    preview_number: int = 0

    @property
    def is_finishing(self) -> bool:
        """Whether every step is done and the files are being written."""
        return 0 < self.steps <= self.step


@dataclass(frozen=True, slots=True)
class Restarting:
    """The bot shuts down; the next process starts this painting over."""


@dataclass(frozen=True, slots=True)
class Canceling:
    """A member canceled the painting; its worker finishes the step that it is in."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The job ended without a painting."""

    outcome: JobState
    """`CANCELED` or `FAILED`."""
    reason: str | None = None
    """A sentence for its owner; None if there is nothing to say beyond the outcome."""


CardState: TypeAlias = Fetching | Waiting | Painting | Restarting | Canceling | Ended
"""What a job's card shows until its painting is done."""


@dataclass(frozen=True, slots=True)
class FinishedPainting:
    """A painting with its files, small enough for the place where it is shown."""

    result: Result
    painting: CardFile
    timelapse: CardFile | None
    """None where no GIF fits."""
