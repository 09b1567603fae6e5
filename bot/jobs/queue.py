"""Who is painted next: admission with limits, then whoever was painted for the longest ago."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from bot.errors import AlreadyAsked, QueueFull, ShuttingDown, TooManyJobs
from bot.jobs.job import Job


@dataclass(frozen=True, slots=True, eq=False)
class Ticket:
    """A place that one member holds from the moment they ask until their painting is done.

    As a context manager it gives the place back when the block fails; otherwise whoever took the ticket over does.
    """

    queue: FairQueue
    owner_id: int
    key: Hashable | None

    def give_back(self) -> None:
        """Free the place. Calling it twice is fine."""
        self.queue.give_back(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is not None:
            self.give_back()


class FairQueue:
    """Jobs that wait, in memory. One member's ten jobs never stand in front of another member's first."""

    def __init__(self, *, limit: int, per_member_limit: int) -> None:
        self._limit = limit
        self._per_member_limit = per_member_limit
        self._tickets: set[Ticket] = set()
        self._held: Counter[int] = Counter()
        self._waiting: list[Job] = []
        self._turns = 0
        self._last_turn: dict[int, float] = {}
        """Of each member who holds a place, when they were served last."""
        self._closed = False

    def admit(self, owner_id: int, guild_id: int | None = None, *, key: Hashable | None = None) -> Ticket:
        """Hold a place for this member, at once and for nothing else than memory.

        A key that the member holds a place for already is refused: two presses of one button are one wish.
        Raises `ShuttingDown`, `AlreadyAsked`, `TooManyJobs` or `QueueFull`.
        """
        del guild_id
        if self._closed:
            raise ShuttingDown
        if key is not None and any(t.owner_id == owner_id and t.key == key for t in self._tickets):
            raise AlreadyAsked
        if self._held[owner_id] >= self._per_member_limit:
            raise TooManyJobs(self._per_member_limit)
        if len(self._tickets) >= self._limit:
            raise QueueFull(self._limit)
        return self._ticket(owner_id, key)

    def readmit(self, job: Job) -> Ticket:
        """Hold a place for a job that a former process accepted, whatever the limits say."""
        return self._ticket(job.owner_id, None)

    def leave_easel(self, job: Job) -> None:
        """Note that a job which was taken is not being painted any more."""

    def _ticket(self, owner_id: int, key: Hashable | None) -> Ticket:
        ticket = Ticket(self, owner_id, key)
        self._tickets.add(ticket)
        self._held[owner_id] += 1
        # Who comes, or comes again, stands behind all who wait and before whoever was served last: members who keep
        # returning would starve them otherwise.
        self._last_turn.setdefault(owner_id, self._turns - 0.5)
        return ticket

    def give_back(self, ticket: Ticket) -> None:
        """Free a ticket's place. Calling it twice is fine."""
        if ticket in self._tickets:
            self._tickets.remove(ticket)
            self._held[ticket.owner_id] -= 1
            if not self._held[ticket.owner_id]:
                del self._held[ticket.owner_id]
                self._last_turn.pop(ticket.owner_id, None)

    def close(self) -> None:
        """Admit nobody any more."""
        self._closed = True

    def put(self, job: Job) -> None:
        """Let a job wait for its turn."""
        self._waiting.append(job)

    def take(self) -> Job | None:
        """The job whose turn it is: the first one of the member who was served the longest ago, or never."""
        if not self._waiting:
            return None
        job = min(self._waiting, key=lambda waiting: self._last_turn.get(waiting.owner_id, 0))
        self._waiting.remove(job)
        self._turns += 1
        self._last_turn[job.owner_id] = self._turns
        return job

    def remove(self, job_id: str) -> None:
        """Take a job out, if it waits."""
        self._waiting = [job for job in self._waiting if job.job_id != job_id]

    def in_order(self) -> list[Job]:
        """Every waiting job, the next one first."""
        rounds: Counter[int] = Counter()
        came: dict[int, int] = {}
        turns: list[tuple[int, float, int, Job]] = []
        for job in self._waiting:
            owner_id = job.owner_id
            turns.append(
                (rounds[owner_id], self._last_turn.get(owner_id, 0), came.setdefault(owner_id, len(came)), job)
            )
            rounds[owner_id] += 1
        return [job for *_, job in sorted(turns, key=lambda turn: turn[:3])]
