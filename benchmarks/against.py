"""Compares this code's times with those of a past commit.

The two take turns, so that other load on the machine slows down both. A ratio is the median of the turns' ratios, not
the ratio of the medians, because the two halves of a turn run within the same few minutes.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

from rich.console import Console
from rich.table import Table

from benchmarks.commits import ROOT, checked_out, commit_id
from benchmarks.machine import machine_name
from benchmarks.measurement import MAX_DRAFT_PREVIEW_SECONDS
from benchmarks.paintings import PaintingTimes
from benchmarks.pairs import Pair
from benchmarks.peers import Peer
from benchmarks.targets import Target
from stylizer.recipe import load_recipe

STEP_SIDES_PX = (128, 256, 512)
STEP_TURNS = 5
PAINTING_RECIPES = ("painterly", "draft", "hd")
PAINTING_TURNS = 3
REFERENCE_COMMIT = "244f500"
"""The commit that the limits refer to; comparisons with other commits have no limits."""
MAX_PAINTING_RATIO = {"painterly": 0.33, "draft": 0.4, "hd": 0.4}
"""Relative to that commit's recipe of the same name, at the recipe's own size."""
MAX_DRAFT_RATIO = 0.1
"""Draft relative to that commit's Painterly."""

Turn: TypeAlias = tuple[PaintingTimes, PaintingTimes]
"""The times of the commit's painting, then of this code's."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Seconds per turn, and at most one limit."""

    title: str
    turns: Sequence[tuple[float, float]]
    """The commit's, and this code's."""
    max_ratio: float | None = None
    max_seconds: float | None = None

    @property
    def ratio(self) -> float:
        """This code's seconds relative to the commit's."""
        return statistics.median(ours / theirs for theirs, ours in self.turns)

    @property
    def medians(self) -> tuple[float, float]:
        """The commit's seconds, and this code's."""
        theirs, ours = zip(*self.turns, strict=True)
        return statistics.median(theirs), statistics.median(ours)

    @property
    def target(self) -> Target | None:
        """The limit and the value that it applies to."""
        if self.max_ratio is not None:
            return Target(self.ratio, self.max_ratio)
        return None if self.max_seconds is None else Target(self.medians[1], self.max_seconds, " s")

    @property
    def cells(self) -> tuple[str, ...]:
        """The cells of its row."""
        medians = (f"{seconds:.2f}" for seconds in self.medians)
        return (self.title, *medians, f"{self.ratio:.3f}", "" if self.target is None else str(self.target))


def print_paintings(
    console: Console,
    commit: str,
    recipes: Sequence[str],
    pair: Pair,
    *,
    size: int | None,
    precision: str,
    turns: int,
) -> bool:
    """Paint a pair with a commit's code and with this code, and print a table; return whether every limit is met."""
    sides_px = {name: size or load_recipe(name).longest_side_px for name in recipes}
    painted: dict[str, list[Turn]] = {name: [] for name in recipes}
    with checked_out(commit) as tree, TemporaryDirectory() as folder, ExitStack() as stack:
        files = [Path(folder, name) for name in ("content", "style")]
        for file, encoded in zip(files, (pair.content, pair.style), strict=True):
            file.write_bytes(encoded)
        options = (*map(str, files), "--precision", precision)
        theirs, ours = (stack.enter_context(Peer.of_tree(side, "paintings.py", *options)) for side in (tree, ROOT))
        has_limits = size is None and commit_id(tree).startswith(REFERENCE_COMMIT)
        for turn in range(1, turns + 1):
            for name, side_px in sides_px.items():
                console.print(f"painting {name} at {side_px} px, turn {turn} of {turns} …")
                painted[name].append((_paint(theirs, name, side_px), _paint(ours, name, side_px)))
                console.print(" and ".join(f"{times.whole:.2f} s" for times in painted[name][-1]))
    title = f"{pair.name}, medians of {turns}: {machine_name()}"
    table = Table("", f"{commit}, s ({theirs.greeting})", f"now, s ({ours.greeting})", "ratio", "limit", title=title)
    rows = comparisons(painted, sides_px, commit=commit, has_limits=has_limits)
    for row in rows:
        table.add_row(*row.cells)
    console.print(table)
    return all(row.target is None or row.target.is_met for row in rows)


def comparisons(
    painted: Mapping[str, Sequence[Turn]], sides_px: Mapping[str, int], *, commit: str, has_limits: bool
) -> list[Comparison]:
    """The table's rows, from each recipe's turns."""
    rows = []
    for name, turns in painted.items():
        whole, processor, first_preview = (
            [(getattr(theirs, part), getattr(ours, part)) for theirs, ours in turns]
            for part in ("whole", "processor", "first_preview")
        )
        max_ratio = MAX_PAINTING_RATIO.get(name) if has_limits else None
        max_seconds = MAX_DRAFT_PREVIEW_SECONDS if has_limits and name == "draft" else None
        rows += [
            Comparison(f"{name}, {sides_px[name]} px", whole, max_ratio=max_ratio),
            Comparison("  processor time", processor),
            Comparison("  first preview", first_preview, max_seconds=max_seconds),
        ]
    if {"draft", "painterly"} <= painted.keys():
        pairs = zip(painted["painterly"], painted["draft"], strict=True)
        seconds = [(painterly[0].whole, draft[1].whole) for painterly, draft in pairs]
        max_ratio = MAX_DRAFT_RATIO if has_limits else None
        rows.append(Comparison(f"draft, to painterly of {commit}", seconds, max_ratio=max_ratio))
    return rows


def _paint(peer: Peer, recipe: str, side_px: int) -> PaintingTimes:
    return PaintingTimes(*map(float, peer.ask(f"{recipe} {side_px}").split()))


def print_steps(
    console: Console, commit: str, recipes: Sequence[str], *, size: int | None, precision: str, turns: int
) -> None:
    """Take steps with a commit's code and with this code, at one size or several; print a table per recipe."""
    sides_px = STEP_SIDES_PX if size is None else (size,)
    with checked_out(commit) as tree:
        for recipe in recipes:
            columns = ("px", f"step, s: {commit}", "now", "speedup", "CPU speedup", f"peak, MB: {commit}", "now")
            title = f"{recipe}, {precision}, medians of {turns}: {machine_name()}"
            table = Table(*columns, title=title)
            for side_px in sides_px:
                console.print(f"comparing {recipe} at {side_px} px …")
                options = (str(side_px), "--recipe", recipe, "--precision", precision)
                table.add_row(f"{side_px}", *_compare_steps(tree, options, turns=turns))
            console.print(table)


def _compare_steps(tree: Path, options: Sequence[str], *, turns: int) -> tuple[str, ...]:
    """Let both codes take a few steps `turns` times, and return the cells of a row."""
    with ExitStack() as stack:
        sides = [stack.enter_context(Peer.of_tree(side, "steps.py", *options)) for side in (tree, ROOT)]
        turn_by_turn = [[tuple(map(float, side.ask("step").split())) for side in sides] for _ in range(turns)]
        megabytes = (f"{int(side.ask('peak')) / 1e6:.0f}" for side in sides)
        medians = (statistics.median(turn[side][0] for turn in turn_by_turn) for side in (0, 1))
        ratios = (statistics.median(turn[0][clock] / turn[1][clock] for turn in turn_by_turn) for clock in (0, 1))
        return (*(f"{seconds:.3f}" for seconds in medians), *(f"{ratio:.2f}" for ratio in ratios), *megabytes)
