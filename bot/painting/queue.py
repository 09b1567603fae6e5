"""Decides who is admitted and whose job is next: members and servers take turns."""

from __future__ import annotations

import math
import time
from collections import Counter, deque
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from operator import itemgetter
from types import TracebackType
from typing import Self

from bot.errors import AlreadyAsked, QueueFull, ServerBusy, ShuttingDown, TooManyJobs
from bot.painting.estimates import Estimate, rounded_seconds
from bot.painting.job import Job
from bot.painting.speed import Expected, ExpectedSeconds, Forecast
from config.settings import QueueSettings


@dataclass(frozen=True, slots=True, eq=False)
class Ticket:
    """A member's place in the queue, from the moment they ask until their painting is done.

    As a context manager, it gives the place back if the block fails; otherwise the scheduler does, when the job ends.
    """

    queue: FairQueue
    owner_id: int
    guild_id: int | None
    key: Hashable | None = None

    def give_back(self) -> None:
        """Free the place. Calling it twice is fine."""
        self.queue.give_back(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is not None:
            self.give_back()


class FairQueue:
    """Jobs that wait and jobs that are being painted, in memory.

    Turns go in rounds. Each waiting member has one turn a round, so nobody's second job comes before anybody's first;
    newcomers join the current round. Within a round the servers take turns, and within a server the member who has
    waited longest is next. So between two turns of a member who keeps waiting, nobody has more than two turns, and
    nobody in the same server more than one. A board counts as several turns, for its server and for its member, who
    sits out as many rounds.

    All direct messages count as one server for turns, or writing to the bot directly would be a way to jump the queue.
    They share no limits, since their senders don't know of each other.
    """

    def __init__(
        self,
        limits: QueueSettings,
        *,
        expected_seconds: ExpectedSeconds,
        slots: Callable[[], int],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start empty. `slots` says how many jobs can be painted at once; it is asked every time."""
        self._limits = limits
        self._expected_seconds = expected_seconds
        self._slots = slots
        self._clock = clock
        self._tickets: set[Ticket] = set()
        self._waiting: dict[str, Job] = {}
        self._painting: dict[str, tuple[Job, float]] = {}
        """Each with the time at which it was taken."""
        self._ends_at: dict[str, float] = {}
        """When those of them end whose painters have said so."""
        self._lent = 0
        """How many idle slots boards use besides their own."""
        self._waiting_since: dict[int, int] = {}
        """When each waiting member was last served or, if later, started to wait, in moments."""
        self._moment = 0
        self._sits_out: dict[int, int] = {}
        """For how many rounds, with this one, members who have had their turn wait for the next: the job's cost."""
        self._server_turns: Counter[int | None] = Counter()
        """How many turns each server has had in this round."""
        self._closed = False

    def admit(self, owner_id: int, guild_id: int | None, *, key: Hashable | None = None) -> Ticket:
        """Reserve a place for this member, in memory only.

        Refuses a key that the member already holds a place for: two presses of one button are one request.
        Raises `ShuttingDown`, `AlreadyAsked`, `TooManyJobs`, `ServerBusy` or `QueueFull`.
        """
        limits = self._limits
        if self._closed:
            raise ShuttingDown
        of_member = [ticket for ticket in self._tickets if ticket.owner_id == owner_id]
        if key is not None and any(ticket.key == key for ticket in of_member):
            raise AlreadyAsked
        if _is_reached(limits.member_jobs, len(of_member)):
            raise TooManyJobs(limits.member_jobs, self._first_done(lambda job: job.owner_id == owner_id))
        of_server = sum(ticket.guild_id == guild_id for ticket in self._tickets)
        if guild_id is not None and _is_reached(limits.server_jobs, of_server):
            raise ServerBusy(limits.server_jobs, self._first_done(lambda job: job.guild_id == guild_id))
        if _is_reached(limits.limit, len(self._tickets)):
            raise QueueFull(limits.limit, self._first_done(lambda _: True))
        return self._issue(Ticket(self, owner_id, guild_id, key))

    def readmit(self, job: Job) -> Ticket:
        """Reserve a place for a job that was admitted before, regardless of the limits."""
        return self._issue(Ticket(self, job.owner_id, job.guild_id))

    def give_back(self, ticket: Ticket) -> None:
        """Free a ticket's place. Calling it twice is fine."""
        self._tickets.discard(ticket)

    def close(self) -> None:
        """Stop admitting."""
        self._closed = True

    def put(self, job: Job) -> None:
        """Add a job that waits for its turn."""
        self._moment += 1
        self._waiting[job.job_id] = job
        self._waiting_since.setdefault(job.owner_id, self._moment)

    def take(self) -> Job | None:
        """Take the job whose turn it is; it uses a slot until `release_slot`.

        Skips members and servers that have as many jobs painted at once as they may; they keep their turn.
        """
        job = next(iter(self._in_order(self._paintable())), None)
        if job is None:
            return None
        if rounds := self._sits_out.get(job.owner_id):  # nobody is left who has a turn before that
            self._sits_out = {owner_id: left - rounds for owner_id, left in self._sits_out.items() if left > rounds}
            self._server_turns.clear()
        self._sits_out[job.owner_id] = job.cost
        self._server_turns[job.guild_id] += job.cost
        self._moment += 1
        self._waiting_since[job.owner_id] = self._moment
        self.remove(job.job_id)
        self._painting[job.job_id] = job, self._clock()
        return job

    @property
    def has_free_slot(self) -> bool:
        """Whether another job could be painted now."""
        return len(self._painting) + self._lent < self._slots()

    @property
    def is_lending_fair(self) -> bool:
        """Whether nobody waits for the slots that boards use besides their own."""
        return not self._paintable()

    def lend_slot(self) -> bool:
        """Lend an idle slot to a board until `take_slot_back`; False if there is none that nobody waits for."""
        if not self.has_free_slot or not self.is_lending_fair:
            return False
        self._lent += 1
        return True

    def take_slot_back(self) -> None:
        """Free a slot that was lent."""
        self._lent -= 1

    def release_slot(self, job: Job) -> None:
        """Free the slot of a job that was taken. Calling it twice is fine."""
        self._painting.pop(job.job_id, None)
        self._ends_at.pop(job.job_id, None)

    def note_time_left(self, job: Job, seconds_left: float) -> None:
        """Expect the end of a job that uses a slot when its painter says, no longer when its kind usually ends."""
        if job.job_id in self._painting:
            self._ends_at[job.job_id] = self._clock() + seconds_left

    def remove(self, job_id: str) -> None:
        """Remove a job if it waits. Its member's next job moves up."""
        job = self._waiting.pop(job_id, None)
        if job is not None and all(other.owner_id != job.owner_id for other in self._waiting.values()):
            del self._waiting_since[job.owner_id]

    def in_order(self) -> list[Job]:
        """Every waiting job, next first, as if each were done before the next is taken."""
        return self._in_order(self._waiting.values())

    def being_painted(self) -> list[Job]:
        """Every job that uses a slot, in the order in which they were taken."""
        return [job for job, _ in self._painting.values()]

    def takes_seconds(self, job: Job) -> int | None:
        """About how long painting a job takes once it starts, rounded for people; None if unknown."""
        seconds = self._expected_seconds(job)
        return None if seconds is None else rounded_seconds(seconds)

    def forecast(self) -> dict[str, Expected]:
        """When each job in the queue is likely to start and to be done, by job ID."""
        slots = max(1, self._slots())  # even while no worker is warm: one will be
        forecast = Forecast(slots, self._expected_seconds)
        now = self._clock()
        for job, taken_at in self._painting.values():
            ends_at = self._ends_at.get(job.job_id)
            forecast.add_painting(
                job,
                seconds_ago=now - taken_at,
                seconds_left=None if ends_at is None else max(ends_at - now, 0),
                limits=self._group_limits(job, below=slots),
            )
        for job in self.in_order():
            forecast.add_waiting(job, limits=self._group_limits(job, below=slots))
        return forecast.of_jobs

    def _first_done(self, includes: Callable[[Job], bool]) -> Estimate | None:
        """When the first of these jobs is likely to be done; None if unknown."""
        forecast = self.forecast()
        included = [job for job in (*self.being_painted(), *self._waiting.values()) if includes(job)]
        known = (seconds for job in included if (seconds := forecast[job.job_id].done_in_seconds) is not None)
        return Estimate.in_seconds(min(known, default=None))

    def _issue(self, ticket: Ticket) -> Ticket:
        self._tickets.add(ticket)
        return ticket

    def _group_limits(self, job: Job, *, below: float = math.inf) -> list[tuple[Hashable, int]]:
        """The job's groups that limit how many are painted at once to less than `below`, with those limits."""
        groups: list[tuple[Hashable, int]] = []
        if 0 < self._limits.member_jobs_at_once < below:
            groups.append((("member", job.owner_id), self._limits.member_jobs_at_once))
        if 0 < self._limits.server_jobs_at_once < below and job.guild_id is not None:
            groups.append((("server", job.guild_id), self._limits.server_jobs_at_once))
        return groups

    def _paintable(self) -> list[Job]:
        at_once = Counter(group for job in self.being_painted() for group, _ in self._group_limits(job))
        return [
            job
            for job in self._waiting.values()
            if all(at_once[group] < limit for group, limit in self._group_limits(job))
        ]

    def _in_order(self, jobs: Iterable[Job]) -> list[Job]:
        """Sort some of the waiting jobs, round by round."""
        of_members: dict[int, deque[Job]] = {}  # those who have waited longest first
        for job in sorted(jobs, key=lambda job: self._waiting_since[job.owner_id]):
            of_members.setdefault(job.owner_id, deque()).append(job)
        sits_out = {owner_id: self._sits_out.get(owner_id, 0) for owner_id in of_members}
        server_turns = self._server_turns.copy()
        order: list[Job] = []
        while of_members:
            if rounds := min(sits_out[owner_id] for owner_id in of_members):
                sits_out = {owner_id: left - rounds for owner_id, left in sits_out.items()}
                server_turns.clear()
            seats: list[tuple[int, int, Job]] = []
            for owner_id, (job, *_) in of_members.items():
                if sits_out[owner_id] == 0:
                    seats.append((server_turns[job.guild_id], len(seats), job))
                    server_turns[job.guild_id] += job.cost
            for *_, job in sorted(seats, key=itemgetter(0, 1)):
                order.append(job)
                sits_out[job.owner_id] = job.cost
                mine = of_members.pop(job.owner_id)
                mine.popleft()
                if mine:
                    of_members[job.owner_id] = mine
        return order


def _is_reached(limit: int, count: int) -> bool:
    """Whether a count has reached its limit; 0 means no limit."""
    return 0 < limit <= count
