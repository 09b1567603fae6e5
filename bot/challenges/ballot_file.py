"""The anonymous ballots of a challenge as a file, whose hash is published with the results.

The file is JSON, in UTF-8 with sorted keys and no spaces, so the same ballots always give the same bytes:

    {"challenge": "5f…", "voting": "duels", "entries": [1, 2, 3], "ballots": [
        {"ballot": "0c…", "duels": [{"left": 3, "right": 1, "outcome": "left"}, …]}, …]}

With favorites, a ballot has `"votes": [2, 3]` instead. A ballot's ID is random, ballots are sorted by it, and the file
has no times: nothing in it says who voted, or in which order. Duels that nobody answered aren't in it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.challenges.challenge import Voting
from bot.challenges.duel import Duel, Outcome
from bot.errors import BallotsUnreadable


@dataclass(frozen=True, slots=True)
class Ballots:
    """Every ballot of a challenge, without its voter."""

    challenge_id: str
    voting: Voting
    entries: tuple[int, ...]
    """The numbers of the entries, ascending."""
    duels: Mapping[str, Sequence[Duel]]
    """The answered duels of each ballot, by its ID; empty if members voted for favorites."""
    votes: Mapping[str, Sequence[int]]
    """The entries that each ballot votes for; empty if members voted by duels."""

    @property
    def voters(self) -> int:
        """How many members voted."""
        return len(self.duels) + len(self.votes)

    @property
    def votes_cast(self) -> int:
        """How many duels were decided or found equal, or how many votes were given."""
        skipped = sum(duel.outcome is Outcome.SKIPPED for duel in self.every_duel())
        return sum(map(len, self.duels.values())) - skipped + sum(map(len, self.votes.values()))

    def every_duel(self) -> Iterable[Duel]:
        """The duels of all ballots."""
        return (duel for ballot in self.duels.values() for duel in ballot)

    def votes_by_entry(self) -> dict[int, int]:
        """How many votes each entry has, including those with none."""
        counts = dict.fromkeys(self.entries, 0)
        for ballot in self.votes.values():
            for entry in ballot:
                if entry in counts:
                    counts[entry] += 1
        return counts

    def encode(self) -> bytes:
        """The file. Written ballot by ballot, because `json` lets no other thread run before it's done."""
        if self.voting is Voting.DUELS:
            ballots = (
                _json({"ballot": ballot, "duels": [_encoded(duel) for duel in sorted(duels, key=_pair)]})
                for ballot, duels in sorted(self.duels.items())
            )
        else:
            ballots = (
                _json({"ballot": ballot, "votes": sorted(votes)}) for ballot, votes in sorted(self.votes.items())
            )
        rest = _json({"challenge": self.challenge_id, "voting": self.voting.value, "entries": list(self.entries)})
        return f'{{"ballots":[{",".join(ballots)}],{rest.removeprefix("{")}'.encode()

    @classmethod
    def decode(cls, file: bytes) -> Ballots:
        """Read a file. Raises `BallotsUnreadable`."""
        try:
            data: dict[str, Any] = json.loads(file)
            voting = Voting(data["voting"])
            is_duels = voting is Voting.DUELS
            ballots = {str(ballot["ballot"]): ballot["duels" if is_duels else "votes"] for ballot in data["ballots"]}
            return cls(
                challenge_id=str(data["challenge"]),
                voting=voting,
                entries=tuple(map(int, data["entries"])),
                duels={ballot: [_duel(one) for one in ones] for ballot, ones in ballots.items()} if is_duels else {},
                votes={} if is_duels else {ballot: list(map(int, ones)) for ballot, ones in ballots.items()},
            )
        except (ValueError, KeyError, TypeError) as error:
            raise BallotsUnreadable from error


def hash_of(file: bytes) -> str:
    """The hash that is published: the file's SHA-256 in hexadecimal, which `sha256sum` prints too."""
    return hashlib.sha256(file).hexdigest()


def _json(data: dict[str, object]) -> str:
    return json.dumps(data, sort_keys=True, separators=(",", ":"))


def _pair(duel: Duel) -> tuple[int, int]:
    return min(duel.left, duel.right), max(duel.left, duel.right)


def _encoded(duel: Duel) -> dict[str, object]:
    return {"left": duel.left, "right": duel.right, "outcome": duel.outcome}


def _duel(data: dict[str, Any]) -> Duel:
    return Duel(int(data["left"]), int(data["right"]), Outcome(data["outcome"]))
