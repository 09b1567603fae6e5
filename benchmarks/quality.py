"""Measure the quality of paintings: `python -m benchmarks.quality FOLDER --recipe painterly --against COMMIT`.

Every contender (recipes of this code; the same recipes at a commit; a plain Gatys run; folders of existing paintings)
paints the same rows: each photograph with each style, and the problem pictures of `problems.py`. `judge.py` explains
the figures. FOLDER gets

- CONTENDER-SIZE/ROW.png, with its seconds in ROW.json; existing ones aren't repainted, so a long run can be resumed;
- CONTENDER.jpg, a contact sheet, and comparison.jpg, which shows content, style and all contenders side by side;
- figures.json, with every figure.

With several contenders, the first is compared with each of the others, and each recipe with its rival from `--against`.
Problem pictures don't count in medians or comparisons; they have figures of their own, with limits.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import click
import numpy as np
from PIL import Image
from rich.console import Console
from rich.table import Table

from benchmarks.commits import checked_out
from benchmarks.contenders import Contender, of_gatys, of_recipe, painter_opener, rivals_of
from benchmarks.judge import FIGURES, TABLE_COLUMNS, Figure, Judge, Verdict, read_rgb, to_scale_of, verdict_table
from benchmarks.pairs import find_pairs
from benchmarks.problems import problem_rows
from benchmarks.rows import Row
from benchmarks.sheets import Cell, draw_sheet, in_rows
from stylizer.images import open_picture
from stylizer.recipe import DEFAULT_RECIPE, load_recipe, recipe_names

CONTACT_COLUMNS = 4
CONTACT_PX = 320
_OPENED_PX = 1024
"""Larger pictures are shrunk to this when decoded for sheets."""
JPEG_QUALITY = 90
SUFFIXES = (".png", ".jpg", ".webp")
MIN_SHARE = 0.75
"""The share of pairs that must be equal to or better than a commit's: nine of twelve."""
PROMISED = ("content_error", "gram_cosine", "patch_match")
"""The figures in which this code must be equal to or better than a commit."""


@dataclass(frozen=True, slots=True)
class Painting:
    """A judged painting in a folder."""

    row: Row
    path: Path
    seconds: float | None
    """None if it wasn't measured."""
    verdict: Verdict
    checks: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Sheet:
    """All paintings of one contender."""

    name: str
    paintings: Mapping[str, Painting]
    """By row."""

    @property
    def pairs(self) -> dict[str, Painting]:
        """The paintings that aren't of problem pictures."""
        return {name: painting for name, painting in self.paintings.items() if not painting.row.checks}


def paint(contender: Contender, rows: Sequence[Row], folder: Path, *, size_px: int, console: Console) -> None:
    """Paint the rows that have no painting yet."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = [row for row in rows if find_painting(folder, row) is None]
    for number, row in enumerate(missing, start=1):
        with console.status(f"{contender.name}: painting {row.name}, {number} of {len(missing)}"):
            painted = contender.paint(row, size_px=size_px)
        seconds = {"seconds": round(painted.seconds, 2)}
        (folder / f"{row.name}.json").write_text(json.dumps(seconds), encoding="utf-8")
        # The painting comes last and is written atomically, because an interrupted run resumes from what exists.
        unfinished = folder / f"{row.name}.unfinished"
        unfinished.write_bytes(painted.painting)
        unfinished.replace(folder / f"{row.name}.png")
        console.print(f"{contender.name}: {row.name} in {painted.seconds:.1f} s")


def find_painting(folder: Path, row: Row) -> Path | None:
    """The file of a row's painting in a folder, or None."""
    return next((path for suffix in SUFFIXES if (path := folder / f"{row.name}{suffix}").exists()), None)


def judge_folder(judge: Judge, name: str, rows: Sequence[Row], folder: Path) -> Sheet:
    """Judge every row that has a painting in a folder."""
    found = ((row, path) for row in rows if (path := find_painting(folder, row)) is not None)
    return Sheet(name, {row.name: judge_painting(judge, row, path) for row, path in found})


def judge_painting(judge: Judge, row: Row, path: Path) -> Painting:
    """Judge a row's painting."""
    painting = read_rgb(path)
    side_px = max(painting.shape[:2])
    content, style = (
        read_rgb(encoded, longest_side_px=side_px) for encoded in (row.pair.content, row.judged_style or row.pair.style)
    )
    content, style = to_scale_of(painting, content, style)
    measured = path.with_suffix(".json")
    return Painting(
        row,
        path,
        json.loads(measured.read_text(encoding="utf-8"))["seconds"] if measured.exists() else None,
        judge(painting, content, style),
        {check.title: check.measure(painting, content, style) for check in row.checks},
    )


def comparison_table(first: Sheet, other: Sheet) -> Table:
    """Medians of two contenders, and the number of pairs on which the first is equal or better."""
    names = [name for name in first.pairs if name in other.pairs]
    table = Table("median", first.name, other.name, "equal or better on", title=f"{first.name} against {other.name}")
    for figure in FIGURES:
        table.add_row(
            figure.title,
            *(f"{_median(sheet, names, figure):.3f}" for sheet in (first, other)),
            f"{_wins(first, other, names, figure)} of {len(names)}",
        )
    seconds = [(first.paintings[name].seconds, other.paintings[name].seconds) for name in names]
    known = [(ours, theirs) for ours, theirs in seconds if ours is not None and theirs is not None]
    if known:
        ours, theirs = (float(np.median(side)) for side in zip(*known, strict=True))
        table.add_row("seconds", f"{ours:.1f}", f"{theirs:.1f}", f"{ours / theirs:.2f} of the time")
    return table


def broken_promises(first: Sheet, other: Sheet) -> list[str]:
    """The figures of `PROMISED` in which the first is worse in the median, or on more than a quarter of the pairs."""
    names = [name for name in first.pairs if name in other.pairs]
    broken = []
    for figure in (figure for figure in FIGURES if figure.name in PROMISED):
        ours, theirs = (_median(sheet, names, figure) for sheet in (first, other))
        is_better = ours >= theirs if figure.is_higher_better else ours <= theirs
        if not is_better or _wins(first, other, names, figure) < MIN_SHARE * len(names):
            broken.append(figure.title)
    return broken


def _median(sheet: Sheet, names: Sequence[str], figure: Figure) -> float:
    return float(np.median([figure.of(sheet.paintings[name].verdict) for name in names]))


def _wins(first: Sheet, other: Sheet, names: Sequence[str], figure: Figure) -> int:
    return sum(
        figure.is_at_least_as_good(first.paintings[name].verdict, other.paintings[name].verdict) for name in names
    )


def problems_table(rows: Sequence[Row], sheets: Sequence[Sheet]) -> Table:
    """The figures of the problem pictures, with their limits; missed limits are marked."""
    table = Table("problem picture", "figure", "limit", *(sheet.name for sheet in sheets), title="Problem pictures")
    for row in rows:
        for check in row.checks:
            cells = []
            for sheet in sheets:
                painting = sheet.paintings.get(row.name)
                value = None if painting is None else painting.checks[check.title]
                missed = "" if value is None or check.is_met(value) else ", missed"
                cells.append("" if value is None else f"{value:.2f}{missed}")
            table.add_row(row.name, check.title, check.limit, *cells)
    return table


def contact_sheet(sheet: Sheet) -> Image.Image:
    """All paintings of a contender."""
    cells = [Cell(name, _open(painting.path)) for name, painting in sheet.paintings.items()]
    return draw_sheet(in_rows(cells, CONTACT_COLUMNS), cell_px=CONTACT_PX)


def comparison_sheet(rows: Sequence[Row], sheets: Sequence[Sheet]) -> Image.Image:
    """A row for each pair: content, style, and the painting of each contender."""
    return draw_sheet(
        [
            [
                Cell(row.name, _open(row.pair.content)),
                Cell("", _open(row.pair.style)),
                *(
                    Cell(sheet.name, _open(sheet.paintings[row.name].path) if row.name in sheet.paintings else None)
                    for sheet in sheets
                ),
            ]
            for row in rows
            if any(row.name in sheet.paintings for sheet in sheets)
        ]
    )


def _open(picture: Path | bytes) -> Image.Image:
    encoded = picture.read_bytes() if isinstance(picture, Path) else picture
    return Image.fromarray(open_picture(encoded, longest_side_px=_OPENED_PX).rgb)


def _file_name(sheet: Sheet) -> str:
    """A contender's name as a file name; the name may be a path."""
    return sheet.name.strip("/").replace("/", "-")


def _figures(sheet: Sheet) -> dict[str, object]:
    """A sheet's figures, for figures.json."""
    return {
        name: {**asdict(painting.verdict), "seconds": painting.seconds, **painting.checks}
        for name, painting in sheet.paintings.items()
    }


def chosen_rows(images: Path | None, names: Sequence[str]) -> list[Row]:
    """The pairs and the problem pictures, or only those with these names."""
    rows = [*(Row(pair) for pair in find_pairs(images)), *problem_rows()]
    known = [row.name for row in rows]
    for name in names:
        if name not in known:
            raise click.UsageError(f"There is no row {name}. Choose from: {', '.join(known)}.")
    return [row for row in rows if not names or row.name in names]


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--images", type=click.Path(path_type=Path, exists=True), help="A folder with content/ and style/.")
@click.option("--recipe", "recipes", multiple=True, type=click.Choice(recipe_names()), help="Can be given repeatedly.")
@click.option(
    "--against",
    metavar="COMMIT[:RECIPE]",
    help="Compare each recipe with this recipe of a commit (default: the recipe with the same name).",
)
@click.option("--gatys", is_flag=True, help="Compare with a plain run of Gatys et al.'s method; takes very long.")
@click.option(
    "--paintings",
    "folders",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Compare with existing paintings: a folder with ROW.png files. Can be given repeatedly.",
)
@click.option("--row", "names", multiple=True, metavar="ROW", help="Only this row. Can be given repeatedly.")
@click.option("--size", "size_px", type=int, help="Longest side in pixels (default: the first recipe's).")
@click.option("--precision", default="auto", show_default=True)
def main(
    folder: Path,
    images: Path | None,
    recipes: tuple[str, ...],
    against: str | None,
    gatys: bool,
    folders: tuple[Path, ...],
    names: tuple[str, ...],
    size_px: int | None,
    precision: str,
) -> None:
    """Paint pairs and problem pictures into FOLDER, judge the paintings, and draw them on sheets.

    Exit code 1 if a recipe is worse than the one of --against: in the median, or on more than a quarter of the pairs,
    in content error, Gram cosine or patch match.
    """
    console = Console(width=None if sys.stdout.isatty() else TABLE_COLUMNS)
    rows = chosen_rows(images, names)
    if not recipes and not gatys and not folders:
        recipes = (DEFAULT_RECIPE,)
    size_px = size_px or load_recipe(*recipes[:1]).longest_side_px
    places: dict[str, Path] = {}
    with open_contenders(recipes, against=against, gatys=gatys, precision=precision) as (contenders, rivals):
        for contender in contenders:
            places[contender.name] = folder / f"{contender.name}-{size_px}"
            paint(contender, rows, places[contender.name], size_px=size_px, console=console)
    places |= {str(path): path for path in folders}
    if not any(find_painting(place, row) for place in places.values() for row in rows):
        raise click.UsageError(f"There are no paintings named like a row: {', '.join(row.name for row in rows)}.")
    judge = Judge()
    sheets = {}
    for name, place in places.items():
        with console.status(f"judging {name}"):
            sheets[name] = judge_folder(judge, name, rows, place)
    report(folder, rows, list(sheets.values()), rivals=rivals, console=console)
    broken = [
        f"{name} is worse than {rival}: {figure}"
        for name, rival in rivals.items()
        for figure in broken_promises(sheets[name], sheets[rival])
    ]
    for sentence in broken:
        console.print(sentence)
    sys.exit(1 if broken else 0)


@contextmanager
def open_contenders(
    recipes: Sequence[str], *, against: str | None, gatys: bool, precision: str
) -> Iterator[tuple[list[Contender], dict[str, str]]]:
    """Yield all contenders, and the name of each recipe's rival from `--against`."""
    open_painter = painter_opener(precision)
    contenders: list[Contender] = [of_recipe(name, open_painter) for name in recipes]
    rivals: dict[str, str] = {}
    with ExitStack() as stack:
        if against is not None:
            commit, _, theirs = against.partition(":")
            tree = stack.enter_context(checked_out(commit))
            found = rivals_of(recipes, commit, theirs or None, tree=tree, precision=precision)
            rivals = {name: rival.name for name, rival in found.items()}
            contenders += dict.fromkeys(found.values())
        if gatys:
            contenders.append(of_gatys(open_painter))
        yield contenders, rivals


def report(
    folder: Path, rows: Sequence[Row], sheets: Sequence[Sheet], *, rivals: Mapping[str, str], console: Console
) -> None:
    """Print all tables, and save the sheets of pictures and the figures."""
    folder.mkdir(parents=True, exist_ok=True)
    by_name = {sheet.name: sheet for sheet in sheets}
    for sheet in sheets:
        verdicts = {name: painting.verdict for name, painting in sheet.paintings.items()}
        seconds = {name: painting.seconds for name, painting in sheet.paintings.items()}
        apart = [name for name in verdicts if name not in sheet.pairs]
        console.print(verdict_table(sheet.name, verdicts, apart=apart, seconds=seconds))
        if sheet.paintings:
            contact_sheet(sheet).save(folder / f"{_file_name(sheet)}.jpg", quality=JPEG_QUALITY)
    first, *others = by_name
    for one, other in dict.fromkeys([*((first, other) for other in others), *rivals.items()]):
        if by_name[one].pairs.keys() & by_name[other].pairs.keys():
            console.print(comparison_table(by_name[one], by_name[other]))
    console.print(problems_table(rows, sheets))
    comparison_sheet(rows, sheets).save(folder / "comparison.jpg", quality=JPEG_QUALITY)
    figures = {sheet.name: _figures(sheet) for sheet in sheets}
    (folder / "figures.json").write_text(json.dumps(figures, indent=1), encoding="utf-8")
    console.print(f"Sheets: {folder}")


if __name__ == "__main__":
    main()
