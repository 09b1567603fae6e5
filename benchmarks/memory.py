"""Measure the memory and time of optimizer steps, from small to large: `python -m benchmarks.memory --help`.

Each size runs in its own process, so that it has its own peak memory. The time per pixel is compared with that of the
smallest size: this ratio hardly depends on the machine, and for CPU seconds hardly on other load, either.
"""

from __future__ import annotations

import statistics
import sys
from dataclasses import dataclass

import click
from rich.console import Console
from rich.table import Table

from benchmarks.commits import ROOT
from benchmarks.peers import Peer
from stylizer.precision import PRECISIONS
from stylizer.recipe import DEFAULT_RECIPE, recipe_names

SIDES_PX = (256, 512, 1024, 2048)
MAX_PEAK_BYTES = {1024: 3e9, 2048: 5e9}
MAX_RATIO = 1.3
"""Time per pixel and step, relative to the smallest size."""
STEPS = 3


@dataclass(frozen=True, slots=True)
class Measurement:
    """The figures of one size."""

    side_px: int
    seconds: float
    cpu_seconds: float
    """The median of the steps, like `seconds`."""
    peak_bytes: int

    @classmethod
    def of(cls, side_px: int, *, recipe: str, precision: str, steps: int) -> Measurement:
        """Paint a square canvas in a process of its own."""
        options = (str(side_px), "--recipe", recipe, "--precision", precision)
        with Peer.of_tree(ROOT, "steps.py", *options) as painting:
            taken = [map(float, painting.ask("step").split()) for _ in range(steps)]
            seconds, cpu_seconds = (statistics.median(clock) for clock in zip(*taken, strict=True))
            return cls(side_px, seconds, cpu_seconds, int(painting.ask("peak")))

    def misses(self, smallest: Measurement) -> list[str]:
        """What exceeds its limit."""
        limit_bytes = MAX_PEAK_BYTES.get(self.side_px)
        is_slow = self.ratios(smallest)[1] > MAX_RATIO
        is_large = limit_bytes is not None and self.peak_bytes > limit_bytes
        return [*(["time"] if is_slow else []), *(["memory"] if is_large else [])]

    def ratios(self, smallest: Measurement) -> tuple[float, float]:
        """Seconds and CPU seconds per pixel, relative to the smallest size's."""
        pixels = (self.side_px / smallest.side_px) ** 2
        return self.seconds / smallest.seconds / pixels, self.cpu_seconds / smallest.cpu_seconds / pixels


@click.command()
@click.option("--size", "sides_px", multiple=True, type=int, default=SIDES_PX, help="A multiple of 32; repeatable.")
@click.option("--recipe", type=click.Choice(recipe_names()), default=DEFAULT_RECIPE, show_default=True)
@click.option("--precision", type=click.Choice(PRECISIONS), default="float32", show_default=True)
@click.option("--steps", type=click.IntRange(min=1), default=STEPS, show_default=True, help="Steps to time.")
def main(sides_px: tuple[int, ...], recipe: str, precision: str, steps: int) -> None:
    """Measure steps at several sizes. Exit code 1 if one takes too much memory, or too much time per pixel."""
    console = Console()
    measured = []
    for side_px in sorted(sides_px):
        console.print(f"painting {side_px} × {side_px} px …")
        measured.append(Measurement.of(side_px, recipe=recipe, precision=precision, steps=steps))
    table = Table(
        *("px", "step, s", "CPU, s", "µs per pixel", "ratio", "CPU ratio", "peak, MB", "limit, MB", "missed"),
        title=f"{recipe}, {precision}: medians of {steps} steps; ratios are limited to {MAX_RATIO:g}",
    )
    missed = False
    for row in measured:
        limit_bytes = MAX_PEAK_BYTES.get(row.side_px)
        misses = row.misses(measured[0])
        missed = missed or bool(misses)
        table.add_row(
            f"{row.side_px}",
            f"{row.seconds:.2f}",
            f"{row.cpu_seconds:.2f}",
            f"{row.seconds / row.side_px**2 * 1e6:.2f}",
            *(f"{ratio:.2f}" for ratio in row.ratios(measured[0])),
            f"{row.peak_bytes / 1e6:.0f}",
            "" if limit_bytes is None else f"{limit_bytes / 1e6:.0f}",
            ", ".join(misses),
        )
    console.print(table)
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
