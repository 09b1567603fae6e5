"""How long a painting takes here, as measured, and when those that wait are likely to begin and to be done."""

from __future__ import annotations

import heapq
import math
from bisect import bisect_right, insort
from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from statistics import median

from bot.jobs.job import Job, Order
from stylizer.recipe import load_recipe, recipe_names

MEASUREMENTS = 9
"""Of each recipe and size: the latest ones, and few, so that another machine is soon noticed."""

ExpectedSeconds = Callable[[Order], float | None]
"""How long an order takes to paint; None where nothing is known."""


class Speed:
    """Seconds that paintings took, by recipe and size."""

    def __init__(self) -> None:
        self._seconds: defaultdict[str, dict[int, deque[float]]] = defaultdict(dict)

    def learn(self, job: Job, seconds: float) -> None:
        """Take in how long a job was painted."""
        if job.order.recipe_name in recipe_names():  # the configuration may have changed since
            sizes = self._seconds[job.order.recipe_name]
            sizes.setdefault(_size_px(job.order), deque(maxlen=MEASUREMENTS)).append(seconds)

    def expected_seconds(self, order: Order) -> float | None:
        """The median of what such paintings took, or of those of the nearest size, scaled by the number of pixels."""
        sizes = self._seconds.get(order.recipe_name)
        if not sizes:
            return None
        size_px = _size_px(order)
        nearest_px = min(sizes, key=lambda known_px: abs(math.log(known_px / size_px)))
        return median(sizes[nearest_px]) * (size_px / nearest_px) ** 2


def _size_px(order: Order) -> int:
    return order.size_px or load_recipe(order.recipe_name).longest_side_px


@dataclass(frozen=True, slots=True)
class Expected:
    """When a job is likely to be painted, in seconds from now; None where that cannot be said."""

    starts_in_seconds: float | None
    done_in_seconds: float | None


@dataclass(slots=True)
class Forecast:
    """A look into the future of so many easels: each job in turn goes to one that is free when the job may be painted.

    Times that are not known are infinite until they are told.
    """

    easels: int
    expected_seconds: ExpectedSeconds
    of_jobs: dict[str, Expected] = field(default_factory=dict)
    _free_at: list[float] = field(default_factory=list)
    """When each easel that was in use is free again, sorted."""
    _ends: defaultdict[Hashable, list[float]] = field(default_factory=lambda: defaultdict(list))
    """Of each group with a limit: the ends of the last ones that fill it, as a heap."""

    def begun(self, job: Job, *, seconds_ago: float, limits: Iterable[tuple[Hashable, int]] = ()) -> None:
        """Reckon with a job that is being painted."""
        seconds = self.expected_seconds(job.order)
        self._paint(job, -seconds_ago, math.inf if seconds is None else max(seconds - seconds_ago, 0), limits)

    def next(self, job: Job, *, limits: Iterable[tuple[Hashable, int]] = ()) -> None:
        """Reckon with a job that waits, after all those before it.

        Of each group that it belongs to only so many as the limit are painted at once.
        """
        limits = tuple(limits)
        may_start_at = max((self._ends[group][0] for group, limit in limits if self._is_full(group, limit)), default=0)
        self._free_at += [0.0] * (self.easels - len(self._free_at))
        self._free_at.sort()
        starts_at = max(may_start_at, self._free_at[0])
        # The one that stands idle for the shortest time: whoever comes later may use the others before.
        self._free_at.pop(bisect_right(self._free_at, starts_at) - 1)
        seconds = self.expected_seconds(job.order)
        self._paint(job, starts_at, math.inf if seconds is None else starts_at + seconds, limits)

    def _is_full(self, group: Hashable, limit: int) -> bool:
        return len(self._ends[group]) >= limit

    def _paint(self, job: Job, start: float, end: float, limits: Iterable[tuple[Hashable, int]]) -> None:
        insort(self._free_at, end)
        for group, limit in limits:
            heapq.heappush(self._ends[group], end)
            if len(self._ends[group]) > limit:
                heapq.heappop(self._ends[group])
        self.of_jobs[job.job_id] = Expected(_known(start), _known(end))


def _known(seconds: float) -> float | None:
    return None if math.isinf(seconds) else seconds
