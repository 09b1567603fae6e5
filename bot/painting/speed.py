"""How long paintings take on this machine, and when waiting jobs are likely to start and to be done."""

from __future__ import annotations

import heapq
import math
from bisect import bisect_right, insort
from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from statistics import median

from bot.painting.estimates import Estimate
from bot.painting.job import Colors, Job, PaintingOptions, Variation
from stylizer.recipe import load_recipe, recipe_names

MAX_MEASUREMENTS = 9
"""Per recipe and size. Few, so that estimates soon follow when the machine gets faster or slower."""

ExpectedSeconds = Callable[[Job], float | None]
"""How long painting a job takes; None if unknown."""


class Speed:
    """The seconds that paintings took, by recipe and size. A board counts as its small paintings one after another."""

    def __init__(self, painted: Iterable[Job] = ()) -> None:
        """Start with the times of these jobs, oldest first."""
        self._seconds: defaultdict[Hashable, dict[int, deque[float]]] = defaultdict(dict)
        """By what is painted and from where, which decides about the steps; then by size."""
        for job in painted:
            if job.painting_seconds is not None:
                self.learn(job, job.painting_seconds)

    def learn(self, job: Job, seconds: float) -> None:
        """Record how long painting a job took."""
        options, count = _paintings_of(job)
        if options.style_strength == 0:  # leaving the photograph as it is takes no time
            return
        if options.recipe_name in recipe_names():  # the configuration may have changed since
            sizes = self._seconds[_kind_of(job, options)]
            sizes.setdefault(_size_px(options), deque(maxlen=MAX_MEASUREMENTS)).append(seconds / count)

    def expected_seconds(self, job: Job) -> float | None:
        """The median time of such paintings, or of those of the nearest size, scaled by the number of pixels."""
        options, count = _paintings_of(job)
        sizes = self._seconds.get(_kind_of(job, options))
        if not sizes:
            return None
        size_px = _size_px(options)
        nearest_px = size_px if size_px in sizes else min(sizes, key=lambda known: abs(math.log(known / size_px)))
        return count * median(sizes[nearest_px]) * (size_px / nearest_px) ** 2


def _paintings_of(job: Job) -> tuple[PaintingOptions, int]:
    """How each of a job's paintings is painted, and how many there are."""
    return (job.cells[0].options, len(job.cells)) if job.cells else (job.options, 1)


def _kind_of(job: Job, options: PaintingOptions) -> Hashable:
    """What decides about the steps of a painting: its recipe, and what it continues. Colors alone need none."""
    if options.colors is Colors.ONLY:
        return Colors.ONLY
    return options.recipe_name, job.start is not None, job.variation is Variation.MORE_STEPS


def _size_px(options: PaintingOptions) -> int:
    return options.size_px or _default_size_px(options.recipe_name)


@cache
def _default_size_px(recipe_name: str) -> int:
    return load_recipe(recipe_name).longest_side_px  # checks the whole recipe: too slow for hundreds of jobs


@dataclass(frozen=True, slots=True)
class Expected:
    """When a job is likely to be painted, in seconds from now; None if unknown."""

    starts_in_seconds: float | None
    done_in_seconds: float | None

    @property
    def starts(self) -> Estimate | None:
        """About when it starts."""
        return Estimate.in_seconds(self.starts_in_seconds)

    @property
    def done(self) -> Estimate | None:
        """About when it is done."""
        return Estimate.in_seconds(self.done_in_seconds)


@dataclass(slots=True)
class Forecast:
    """Simulates the slots: each job in turn gets one that is free when the job may be painted.

    Unknown times are infinite inside, and None in the result.
    """

    slots: int
    expected_seconds: ExpectedSeconds
    of_jobs: dict[str, Expected] = field(default_factory=dict)
    _free_at: list[float] = field(default_factory=list)
    """When each slot that was in use is free again, sorted."""
    _ends: defaultdict[Hashable, list[float]] = field(default_factory=lambda: defaultdict(list))
    """For each group with a limit: when the last jobs that fill it end, as a heap."""

    def add_painting(self, job: Job, *, seconds_ago: float, limits: Sequence[tuple[Hashable, int]] = ()) -> None:
        """Add a job that is being painted."""
        seconds = self.expected_seconds(job)
        self._paint(job, -seconds_ago, math.inf if seconds is None else max(seconds - seconds_ago, 0), limits)

    def add_waiting(self, job: Job, *, limits: Sequence[tuple[Hashable, int]] = ()) -> None:
        """Add the next waiting job.

        `limits` are the groups that it belongs to, and how many of each group can be painted at once.
        """
        while len(self._free_at) < self.slots:
            self._free_at.insert(0, 0.0)
        starts_at = self._free_at[0]
        for group, limit in limits:
            if len(self._ends[group]) >= limit:
                starts_at = max(starts_at, self._ends[group][0])
        # The slot that is idle for the shortest time: later jobs may use the others earlier.
        self._free_at.pop(bisect_right(self._free_at, starts_at) - 1)
        seconds = self.expected_seconds(job)
        self._paint(job, starts_at, math.inf if seconds is None else starts_at + seconds, limits)

    def _paint(self, job: Job, start: float, end: float, limits: Sequence[tuple[Hashable, int]]) -> None:
        insort(self._free_at, end)
        for group, limit in limits:
            heapq.heappush(self._ends[group], end)
            if len(self._ends[group]) > limit:
                heapq.heappop(self._ends[group])
        self.of_jobs[job.job_id] = Expected(_known(start), _known(end))


def _known(seconds: float) -> float | None:
    return None if math.isinf(seconds) else seconds
