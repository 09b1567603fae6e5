"""Measure the speed of a warm painter: `python -m benchmarks.speed --help`.

Without options, it paints with every recipe, each in its own process so that each has its own peak memory, and times
cold starts of workers. Seconds depend on the machine, which is named. Their multiples of the network's forward
convolutions, at the same size and in the same process, hardly do.

- `--against COMMIT` paints the same pair with a commit's code and with this code, in turns.
- `--steps` compares a step with its convolutions alone, and with `--torch` also with the same step in PyTorch.
- `--steps --against COMMIT` compares steps with a commit's, in turns.
"""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from benchmarks import against, step_times
from benchmarks.cold_start import MAX_COLD_START_SECONDS, STARTS, cold_start_seconds
from benchmarks.machine import machine_name
from benchmarks.measurement import Figure, Measurement, measure
from benchmarks.pairs import Pair, find_pairs
from benchmarks.targets import Target
from stylizer.recipe import DEFAULT_RECIPE, load_recipe, recipe_names

TABLE_COLUMNS = 120
"""The table width when the output isn't a terminal."""


def print_recipes(
    console: Console, recipes: Sequence[str], pairs: list[Pair], *, size: int | None, precision: str
) -> bool:
    """Paint with each recipe, and print a table; return whether every target is met."""
    measurements = []
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as processes:
        for name in recipes:
            recipe = load_recipe(name, longest_side_px=size)
            console.print(f"painting {name} at {recipe.longest_side_px} px …")
            measurements.append(processes.apply(measure, (recipe, pairs, precision)))
    console.print("starting workers …")
    seconds = cold_start_seconds(precision=precision)
    target = Target(seconds, MAX_COLD_START_SECONDS)
    cold_start = Figure(f"cold start (median of {STARTS})", f"{seconds:.2f}", seconds, target)
    sections = [([cold_start], measurements[0])]
    sections += [(list(row.figures()), row) for row in measurements]
    console.print(_table(sections, title=", ".join(pair.name for pair in pairs)))
    targets = (figure.target for figures, _ in sections for figure in figures)
    return all(target is None or target.is_met for target in targets)


def _table(sections: Sequence[tuple[Sequence[Figure], Measurement]], *, title: str) -> Table:
    """A table of sections of figures, each with the measurement whose convolutions are the unit."""
    first = sections[0][1]
    names = (machine_name(), *(() if first.device.startswith("CPU") else (first.device,)), first.precision)
    table = Table("", "s", "× convolutions", "limit", title=f"{title}: {', '.join(names)}")
    for figures, unit in sections:
        table.add_section()
        for figure in figures:
            multiple = "" if figure.seconds is None else f"{figure.seconds / unit.convolutions_seconds:.3g}"
            table.add_row(figure.title, figure.measured, multiple, str(figure.target or ""))
    return table


@click.command()
@click.option("--images", type=click.Path(path_type=Path, exists=True), help="A folder with content/ and style/.")
@click.option("--recipe", "recipes", multiple=True, type=click.Choice(recipe_names()), help="Can be given repeatedly.")
@click.option("--size", type=int, help="Longest side in pixels (default: the recipe's, or several for steps).")
@click.option("--pairs", "max_pairs", type=click.IntRange(min=1), default=1, show_default=True)
@click.option("--precision", default="auto", show_default=True)
@click.option("--against", "commit", metavar="COMMIT", help="Take turns with the code of a commit.")
@click.option("--steps", "only_steps", is_flag=True, help="Measure steps instead of whole paintings.")
@click.option(
    "--torch",
    metavar="PYTHON",
    is_flag=False,
    flag_value=sys.executable,
    help="With --steps: compare with PyTorch, as installed in PYTHON (default: this Python).",
)
@click.option("--turns", type=click.IntRange(min=1), help="Number of measurements each (default: as the table says).")
def main(
    images: Path | None,
    recipes: tuple[str, ...],
    size: int | None,
    max_pairs: int,
    precision: str,
    commit: str | None,
    only_steps: bool,
    torch: str | None,
    turns: int | None,
) -> None:
    """Measure recipes on pairs of pictures with a warm painter. Exit code 1 if a target is missed."""
    if torch is not None and (commit is not None or not only_steps):
        raise click.UsageError("--torch compares steps with PyTorch: use it with --steps, and without --against.")
    console = Console(width=None if sys.stdout.isatty() else TABLE_COLUMNS)
    pairs = find_pairs(images)[:max_pairs]
    is_met = True
    if only_steps and commit is not None:
        against.print_steps(
            console,
            commit,
            recipes or (DEFAULT_RECIPE,),
            size=size,
            precision=precision,
            turns=turns or against.STEP_TURNS,
        )
    elif only_steps:
        for recipe in recipes or (DEFAULT_RECIPE,):
            is_met &= step_times.print_steps(
                console, recipe, size=size, precision=precision, turns=turns or step_times.TURNS, torch=torch
            )
    elif commit is not None:
        for pair in pairs:
            is_met &= against.print_paintings(
                console,
                commit,
                recipes or against.PAINTING_RECIPES,
                pair,
                size=size,
                precision=precision,
                turns=turns or against.PAINTING_TURNS,
            )
    else:
        is_met = print_recipes(console, recipes or recipe_names(), pairs, size=size, precision=precision)
    sys.exit(0 if is_met else 1)


if __name__ == "__main__":
    main()
