"""How long paintings take on this machine, and when waiting jobs are likely to start and to be done."""

from __future__ import annotations

import heapq
import math
from bisect import bisect_right, insort
from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from statistics import median

from bot.painting.estimates import Estimate
from bot.painting.job import Cell, Job, PaintingOptions
from bot.painting.request import SQUARE, Shape
from stylizer.pool import (
    TYPICAL_OVERHEAD_PX,
    CanvasScale,
    Engine,
    RecipeError,
    StepCost,
    fit_size,
    plan_scales,
)
from stylizer.recipe import load_recipe

MAX_MEASUREMENTS = 9
"""Per recipe and size. Few, so that estimates soon follow when the machine gets faster or slower."""
MAX_EXPECTED_SECONDS = 24 * 60 * 60.0
"""No painting takes longer, whatever a worker has measured."""

ExpectedSeconds = Callable[[Job], float | None]
"""How long painting a job takes; None if unknown."""


@dataclass(frozen=True, slots=True)
class Taken:
    """How long a job took."""

    scales: tuple[CanvasScale, ...]
    """All that was painted."""
    seconds: float


class Speed:
    """How long paintings take: by their recipe, size and shape, and by the time that others took.

    A board counts as its small paintings one after another. Its own time says little: they may have been painted side
    by side, or before a restart.
    """

    def __init__(self, painted: Iterable[Job] = (), *, engine: Engine | None = None) -> None:
        """Start with the times of these jobs, oldest first; until there are any, the engine's measurement is used."""
        self._engine = engine
        self._taken: defaultdict[str, dict[int, deque[Taken]]] = defaultdict(dict)
        """By recipe, then by size."""
        self._latest: deque[Taken] = deque(maxlen=MAX_MEASUREMENTS)
        """Of any recipe."""
        for job in painted:
            if job.painting_seconds is not None and not job.cells:
                self.learn(job, job.painting_seconds)

    def learn(self, job: Job, seconds: float, *, cell: int | None = None) -> None:
        """Record how long a painting took, or the cell of a board with this number, from 1."""
        scales = _scales(job, [] if cell is None else [job.cells[cell - 1]])
        if not scales:
            return
        taken = Taken(scales, seconds)
        of_size = self._taken[_options(job).recipe_name].setdefault(_size(scales), deque(maxlen=MAX_MEASUREMENTS))
        of_size.append(taken)
        self._latest.append(taken)

    def expected_seconds(self, job: Job) -> float | None:
        """Estimate from the median cost of a step, in paintings with this recipe and the closest size.

        If there are none, those of any recipe count. What an earlier process has painted of a board doesn't.
        """
        painted = {result.position for result in job.results if result.kind == "cell"}
        scales = _scales(job, [cell for number, cell in enumerate(job.cells, start=1) if number not in painted])
        if scales is None:
            return None
        if not scales:
            return 0.0
        measured = None if self._engine is None else self._engine.step_cost
        sizes, size = self._taken.get(_options(job).recipe_name), _size(scales)
        taken = sizes[min(sizes, key=lambda known: abs(known - size))] if sizes else self._latest
        if taken:
            overhead_px = TYPICAL_OVERHEAD_PX if measured is None else measured.overhead_px
            costs = (StepCost.of_painting(each.scales, each.seconds, overhead_px=overhead_px) for each in taken)
            measured = StepCost(median(cost.seconds_per_pixel for cost in costs), overhead_px)
        return None if measured is None else min(measured.seconds(scales), MAX_EXPECTED_SECONDS)


def _options(job: Job) -> PaintingOptions:
    """How a job's paintings are painted; those of a board have the same recipe and size."""
    return job.cells[0].options if job.cells else job.options


def _scales(job: Job, cells: Iterable[Cell]) -> tuple[CanvasScale, ...] | None:
    """Every scale that a job paints, or these cells of a board; None if the configuration no longer has the recipe.

    Leaving the photograph as it is, or changing only its colors, paints none.
    """
    start = job.start
    start_px = 0 if start is None else max(start.width_px or 0, start.height_px or 0)
    options = [cell.options for cell in cells] if job.cells else [job.options]
    styles = 1 if job.cells else max(1, len(job.styles))
    try:
        return tuple(
            scale
            for one in options
            if one.is_painted
            for scale in _planned(one.recipe_name, one.size_px, _shape(job), start_px, styles, _regions(job))
        )
    except RecipeError:
        return None


@lru_cache(maxsize=1024)
def _planned(
    recipe_name: str, size_px: int | None, shape: Shape, start_px: int, styles: int, regions: int
) -> tuple[CanvasScale, ...]:
    """The scales of a painting. Loading a recipe checks all of it: too slow for hundreds of jobs."""
    recipe = load_recipe(recipe_name, longest_side_px=size_px)
    width_px, height_px = fit_size(*shape, longest_side_px=recipe.longest_side_px)
    return plan_scales(
        recipe, width_px=width_px, height_px=height_px, start_px=start_px, styles=styles, regions=regions
    )


def _regions(job: Job) -> int:
    """How many regions a job's mask probably has; 0 without one.

    Nobody has looked at the mask: styles of equal weights may have a color each. Faces to spare make it one region.
    """
    if job.mask is not None:
        return len(job.styles) if len({style.weight for style in job.styles}) == 1 else 1
    return int(job.options.spare_faces and job.spared_faces != 0)


def _shape(job: Job) -> Shape:
    """Of what a job paints, or has painted."""
    painted = next((result for result in job.results if result.kind in {"painting", "cell"}), None)
    for picture in (painted, job.input("content")):
        if picture is not None and picture.width_px and picture.height_px:
            return picture.width_px, picture.height_px
    return SQUARE


def _size(scales: tuple[CanvasScale, ...]) -> int:
    """A class of sizes: each has at most 1.4 times more or fewer pixels than its center."""
    return round(math.log2(scales[-1].pixels))


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

    def add_painting(
        self,
        job: Job,
        *,
        seconds_ago: float,
        seconds_left: float | None = None,
        limits: Sequence[tuple[Hashable, int]] = (),
    ) -> None:
        """Add a job that is being painted; without `seconds_left`, it is expected to take as long as others like it."""
        if seconds_left is None:
            usual = self.expected_seconds(job)
            seconds_left = math.inf if usual is None else max(usual - seconds_ago, 0)
        self._paint(job, -seconds_ago, seconds_left, limits)

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
