"""Who is painted next: admission with limits, then round robin over members."""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
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
        self._waiting: OrderedDict[int, deque[Job]] = OrderedDict()
        self._closed = False

    def admit(self, owner_id: int, *, key: Hashable | None = None) -> Ticket:
        """Hold a place for this member, at once and for nothing else than memory.

        A key that the member holds a place for already is refused: two presses of one button are one wish.
        Raises `ShuttingDown`, `AlreadyAsked`, `TooManyJobs` or `QueueFull`.
        """
        if self._closed:
            raise ShuttingDown
        if key is not None and any(t.owner_id == owner_id and t.key == key for t in self._tickets):
            raise AlreadyAsked
        if self._held[owner_id] >= self._per_member_limit:
            raise TooManyJobs(self._per_member_limit)
        if len(self._tickets) >= self._limit:
            raise QueueFull(self._limit)
        ticket = Ticket(self, owner_id, key)
        self._tickets.add(ticket)
        self._held[owner_id] += 1
        return ticket

    def give_back(self, ticket: Ticket) -> None:
        """Free a ticket's place. Calling it twice is fine."""
        if ticket in self._tickets:
            self._tickets.remove(ticket)
            self._held[ticket.owner_id] -= 1
            if not self._held[ticket.owner_id]:
                del self._held[ticket.owner_id]

    def close(self) -> None:
        """Admit nobody any more."""
        self._closed = True

    def put(self, job: Job) -> None:
        """Let a job wait for its turn."""
        self._waiting.setdefault(job.owner_id, deque()).append(job)

    def take(self) -> Job | None:
        """The job whose turn it is; its member goes to the end of the round."""
        if not self._waiting:
            return None
        owner_id, jobs = self._waiting.popitem(last=False)
        job = jobs.popleft()
        if jobs:
            self._waiting[owner_id] = jobs
        return job

    def remove(self, job_id: str) -> bool:
        """Take a waiting job out; False when it is not waiting."""
        for owner_id, jobs in self._waiting.items():
            for job in jobs:
                if job.job_id == job_id:
                    jobs.remove(job)
                    if not jobs:
                        del self._waiting[owner_id]
                    return True
        return False

    def in_order(self) -> list[Job]:
        """Every waiting job, the next one first."""
        rounds = [deque(jobs) for jobs in self._waiting.values()]
        order = []
        while rounds:
            order += [jobs.popleft() for jobs in rounds]
            rounds = [jobs for jobs in rounds if jobs]
        return order
