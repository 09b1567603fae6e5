"""An entry: a painting that a member has submitted to a challenge."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum


class EntryState(StrEnum):
    """Whether an entry takes part."""

    PENDING = "pending"
    """Moderators haven't looked at it yet."""
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


PLACE_TAKING_STATES = frozenset({EntryState.PENDING, EntryState.ACCEPTED})
"""The states in which an entry counts against its member's number of entries."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How an entry did, once voting is over."""

    place: int
    """From 1; several entries may share a place: see `placing.py`."""
    score: float
    """With duels, the strength on the log scale; with favorites, the number of votes."""
    score_low: float
    """With duels, the ends of the strength's 95% interval; with favorites, the same as the score."""
    score_high: float
    wins: int = 0
    losses: int = 0
    equals: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """A painting in a challenge: the job itself, which can't change any more."""

    challenge_id: str
    member_id: int
    job_id: str
    entry_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    state: EntryState = EntryState.ACCEPTED
    number: int | None = None
    """What it is called while names are hidden, from 1 in random order; None before voting opens."""
    reason: str | None = None
    """Why it was rejected, as the moderator wrote it."""
    decided_by: int | None = None
    """The moderator who accepted or rejected it."""
    submitted_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    standing: Standing | None = None
    """None before the end."""
