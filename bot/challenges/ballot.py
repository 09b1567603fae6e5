"""A ballot: everything that one voter was shown and has chosen in a challenge, without a name on it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from enum import Enum, auto
from typing import Self

from bot.challenges.duel import Duel


class Cast(Enum):
    """What became of a vote."""

    COUNTED = auto()
    ALREADY = auto()
    """It was cast or taken back before, or what it is about is gone."""
    LIMIT = auto()
    """The voter has no votes left."""
    CLOSED = auto()
    """The challenge isn't in its voting phase, or not any more."""


@dataclass(frozen=True, slots=True)
class ShownDuel:
    """A duel that a voter is shown."""

    duel_id: str
    """Random: it says nothing about the entries."""
    duel: Duel

    @classmethod
    def of(cls, pair: tuple[int, int]) -> Self:
        """A new duel between these entries, left and right."""
        return cls(uuid.uuid4().hex, Duel(*pair))


@dataclass(frozen=True, slots=True)
class Ballot:
    """The votes of one voter."""

    ballot_id: str
    """Random: only `challenge_voters` says whose it is."""
    duels: tuple[ShownDuel, ...] = ()
    votes: frozenset[int] = frozenset()
    """The numbers of their favorites."""
