"""The sheets of `benchmarks.quality`: what is painted, resumed, compared and drawn."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from click import ClickException
from click.testing import CliRunner
from PIL import Image
from rich.console import Console

from benchmarks.contenders import OfCommit, Painted, gatys_recipe, of_recipe, rivals_of
from benchmarks.judge import FIGURES, Judge, Verdict
from benchmarks.pairs import Pair
from benchmarks.problems import problem_rows
from benchmarks.quality import (
    Painting,
    Sheet,
    broken_promises,
    chosen_rows,
    comparison_table,
    judge_folder,
    main,
    paint,
    report,
)
from benchmarks.rows import Check, Row
from benchmarks.sheets import Cell, draw_sheet, in_rows
from benchmarks.surface import Rgb
from stylizer.painter import Painter
from stylizer.recipe import load_recipe
from stylizer.weights import random_weights
from tests.benchmarks.pictures import content, encoded, style
from tests.stylizer.conftest import TINY_CHANNELS

CONTENT, STYLE = encoded(content()), encoded(style())
QUIET = Console(quiet=True)


def rows(*names: str) -> list[Row]:
    return [Row(Pair(name, CONTENT, STYLE)) for name in names]


@dataclass
class Copyist:
    """Paints the content as it is; fails at one row."""

    name: str = "copyist"
    fails_at: str | None = None
    painted: list[tuple[str, int]] = field(default_factory=list)

    def paint(self, row: Row, *, size_px: int) -> Painted:
        if row.name == self.fails_at:
            raise KeyboardInterrupt
        self.painted.append((row.name, row.longest_side_px(size_px)))
        return Painted(row.pair.content, 1.25)


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge(random_weights(TINY_CHANNELS))


def a_verdict(**figures: float) -> Verdict:
    return Verdict(**{figure.name: 0.5 for figure in FIGURES} | figures)


def a_sheet(name: str, verdicts: list[Verdict], *, seconds: float | None = None) -> Sheet:
    paintings = {
        f"pair {number}": Painting(row, Path(), seconds, verdict, {})
        for number, (row, verdict) in enumerate(zip(rows(*map(str, range(len(verdicts)))), verdicts, strict=True))
    }
    return Sheet(name, paintings)


def test_an_interrupted_run_is_resumed_and_paints_nothing_twice(tmp_path: Path) -> None:
    interrupted, resumed = Copyist(fails_at="c"), Copyist()

    with pytest.raises(KeyboardInterrupt):
        paint(interrupted, rows("a", "b", "c", "d"), tmp_path, size_px=64, console=QUIET)
    paint(resumed, rows("a", "b", "c", "d"), tmp_path, size_px=64, console=QUIET)

    assert interrupted.painted == [("a", 64), ("b", 64)]
    assert resumed.painted == [("c", 64), ("d", 64)]
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8")) == {"seconds": 1.25}


def test_a_small_row_stays_small_and_follows_a_smaller_sheet(tmp_path: Path) -> None:
    small = Row(Pair("small", CONTENT, STYLE), max_side_px=256)
    copyist = Copyist()

    paint(copyist, [small], tmp_path / "large", size_px=1024, console=QUIET)
    paint(copyist, [small], tmp_path / "tiny", size_px=64, console=QUIET)

    assert copyist.painted == [("small", 256), ("small", 64)]


def test_a_sheet_has_the_figures_of_the_paintings_that_are_there(tmp_path: Path, judge: Judge) -> None:
    (tmp_path / "a.png").write_bytes(CONTENT)
    (tmp_path / "a.json").write_text('{"seconds": 2.5}', encoding="utf-8")
    (tmp_path / "b.png").write_bytes(STYLE)

    sheet = judge_folder(judge, "mine", rows("a", "b", "c"), tmp_path)

    assert list(sheet.paintings) == ["a", "b"]
    assert [painting.seconds for painting in sheet.paintings.values()] == [2.5, None]
    assert sheet.paintings["a"].verdict.content_error == 0
    assert sheet.paintings["b"].verdict.gram_cosine == pytest.approx(1)


def test_a_report_has_tables_sheets_and_figures(tmp_path: Path, judge: Judge) -> None:
    problem = Row(
        Pair("problem", CONTENT, STYLE), (Check("brightness", lambda rgb, *_: float(rgb.mean()), at_least=1),)
    )
    all_rows = [*rows("a", "b"), problem]
    sheets = []
    for name, painting in (("ours", STYLE), ("theirs", CONTENT)):
        (tmp_path / name).mkdir()
        for row in all_rows:
            (tmp_path / name / f"{row.name}.png").write_bytes(painting)
        sheets.append(judge_folder(judge, name, all_rows, tmp_path / name))
    console = Console(width=200)

    with console.capture() as captured:
        report(tmp_path / "report", all_rows, sheets, rivals={}, console=console)

    printed = captured.get()
    assert "median of 2" in printed
    assert "ours against theirs" in printed
    assert "at least 1" in printed
    assert ", missed" in printed
    figures = json.loads((tmp_path / "report" / "figures.json").read_text(encoding="utf-8"))
    assert figures["theirs"]["a"]["content_error"] == 0
    assert 0 < figures["ours"]["problem"]["brightness"] < 1
    for name in ("ours", "theirs", "comparison"):
        with Image.open(tmp_path / "report" / f"{name}.jpg") as sheet:
            assert min(sheet.size) > 200


def test_a_recipe_that_is_worse_on_a_quarter_of_the_pairs_keeps_its_promises() -> None:
    ours = a_sheet("ours", [a_verdict(patch_match=0.6)] * 9 + [a_verdict(patch_match=0.4)] * 3)

    assert broken_promises(ours, a_sheet("theirs", [a_verdict()] * 12)) == []


def test_a_recipe_that_is_worse_on_more_or_in_the_median_breaks_them() -> None:
    theirs = a_sheet("theirs", [a_verdict()] * 12)
    on_four = [a_verdict(content_error=0.4)] * 8 + [a_verdict(content_error=0.6)] * 4
    everywhere = [a_verdict(gram_cosine=0.49)] * 12

    assert broken_promises(a_sheet("ours", on_four), theirs) == ["content error"]
    assert broken_promises(a_sheet("ours", everywhere), theirs) == ["Gram cosine"]


def test_a_comparison_counts_pairs_and_compares_times() -> None:
    table = comparison_table(
        a_sheet("ours", [a_verdict(held_out=0.1), a_verdict(held_out=0.9)], seconds=10.0),
        a_sheet("theirs", [a_verdict(), a_verdict()], seconds=40.0),
    )
    console = Console(width=120)
    with console.capture() as captured:
        console.print(table)

    lines = captured.get().splitlines()
    assert next(line for line in lines if "held out" in line).split("│")[4].strip() == "1 of 2"
    assert next(line for line in lines if "seconds" in line).split("│")[4].strip() == "0.25 of the time"


@pytest.mark.weights
def test_two_folders_of_paintings_are_compared_without_painting(tmp_path: Path) -> None:
    for kind, picture in (("content", CONTENT), ("style", STYLE)):
        (tmp_path / "images" / kind).mkdir(parents=True)
        (tmp_path / "images" / kind / f"{kind}.png").write_bytes(picture)
    for name, painting in (("one", STYLE), ("other", CONTENT)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "content-style.png").write_bytes(painting)
    folders = [f"--paintings={tmp_path / name}" for name in ("one", "other")]

    result = CliRunner().invoke(main, [str(tmp_path / "out"), f"--images={tmp_path / 'images'}", *folders])

    assert result.exit_code == 0, result.output
    assert "equal or better on" in result.output
    assert (tmp_path / "out" / "comparison.jpg").exists()


def test_an_unknown_row_is_refused_with_those_that_exist() -> None:
    result = CliRunner().invoke(main, ["anywhere", "--row", "nothing"])

    assert result.exit_code == 2
    assert "There is no row nothing" in result.output
    assert "draft_256" in result.output


def test_paintings_with_other_names_are_refused(tmp_path: Path) -> None:
    (tmp_path / "holiday.png").write_bytes(CONTENT)

    result = CliRunner().invoke(main, [str(tmp_path / "out"), "--paintings", str(tmp_path), "--row", "face"])

    assert result.exit_code == 2
    assert "no paintings named like a row: face" in result.output


def test_the_samples_make_twelve_pairs_and_every_problem_is_a_row() -> None:
    names = [row.name for row in chosen_rows(None, ())]

    assert sum("-" in name for name in names) == 12
    assert {"face", "plain_gray", "plain_beige", "fog", "flat_sky", "letters", "banner", "framed_style"} <= set(names)
    assert {"gray_pair", "draft_256", "draft_fog"} <= set(names)


def test_every_problem_has_figures_that_show_it() -> None:
    by_name = {row.name: row for row in problem_rows()}
    flat, framed = np.full((96, 128, 3), 0.5, np.float32), style(128, 96)
    framed[:6] = 1

    assert all(row.checks for row in by_name.values())
    assert missed(by_name["plain_gray"], flat) == ["strokes"]
    assert "white borders" in missed(by_name["framed_style"], framed)
    assert "chroma" in missed(by_name["gray_pair"], style(128, 96))
    assert "edges kept" in missed(by_name["letters"], flat)


def missed(row: Row, painting: Rgb) -> list[str]:
    """The limits that a painting misses; its content is plain gray."""
    plain = np.full_like(painting, 0.5)
    return [check.title for check in row.checks if not check.is_met(check.measure(painting, plain, style(128, 96)))]


def test_a_recipe_of_this_code_paints_a_row_with_its_own_recipe_if_it_has_one() -> None:
    painter = Painter(weights=random_weights(TINY_CHANNELS), precision="float32")
    contender = of_recipe("painterly", lambda: painter)
    own, drafted = Row(Pair("own", CONTENT, STYLE)), Row(Pair("drafted", CONTENT, STYLE), recipe="draft")

    assert contender.recipe_for(own).name == "painterly"
    assert contender.recipe_for(drafted).name == "draft"
    painted = contender.paint(drafted, size_px=64)
    with Image.open(BytesIO(painted.painting)) as painting:
        assert max(painting.size) == 64
    assert painted.seconds > 0


@pytest.mark.process
def test_a_commit_paints_by_its_own_command_line(tmp_path: Path) -> None:
    (tmp_path / "stylizer").mkdir()
    (tmp_path / "stylizer" / "__init__.py").touch()
    (tmp_path / "stylizer" / "__main__.py").write_text(
        "import json, shutil, sys\n"
        "content, style, *options = sys.argv[1:]\n"
        "named = dict(zip(options[:-1:2], options[1::2]))\n"
        "assert options[-1] == '--json' and named['--recipe'] == 'hd' and named['--size'] == '96', options\n"
        "shutil.copy(style, named['--output'])\n"
        "print(json.dumps({'seconds': 3.5}))\n",
        encoding="utf-8",
    )
    contender = OfCommit("0123abc", tmp_path, "hd")

    assert contender.name == "hd-0123abc"
    assert contender.paint(rows("a")[0], size_px=96) == Painted(STYLE, 3.5)


@pytest.mark.process
def test_a_commit_that_cannot_paint_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "stylizer.py").write_text("raise SystemExit('stylizer: There is no recipe hd.')", encoding="utf-8")
    contender = OfCommit("0123abc", tmp_path, "hd")

    with pytest.raises(ClickException, match=r"0123abc can't paint a: stylizer: There is no recipe hd\."):
        contender.paint(rows("a")[0], size_px=96)


def test_a_recipe_is_compared_with_the_one_of_its_name_or_with_a_given_one() -> None:
    of_same_name = rivals_of(("painterly", "hd"), "0123abc", None, tree=Path(), precision="auto")
    of_painterly = rivals_of(("draft", "hd"), "0123abc", "painterly", tree=Path(), precision="auto")

    assert [rival.name for rival in of_same_name.values()] == ["painterly-0123abc", "hd-0123abc"]
    assert [rival.name for rival in dict.fromkeys(of_painterly.values())] == ["painterly-0123abc"]


def test_the_gatys_run_is_plain() -> None:
    recipe = gatys_recipe()

    assert [(scale.fraction, scale.steps) for scale in recipe.scales] == [(1.0, 500)]
    assert recipe.adam is None
    assert recipe.total_variation_weight == 0
    assert set(recipe.style_layers) == {f"block{block}_conv1" for block in range(1, 6)}
    assert recipe.with_overrides(longest_side_px=256).longest_side_px == 256
    assert load_recipe("classic").adam is not None


def test_a_sheet_shows_each_picture_in_its_place_and_leaves_out_what_is_missing() -> None:
    red, blue = (Image.new("RGB", (40, 30), color) for color in ("red", "blue"))
    cells = [Cell("red", red), Cell("none", None), Cell("blue", blue)]

    sheet = draw_sheet(in_rows(cells, 2), cell_px=100)

    colors = sheet.resize((2, 2), Image.Resampling.NEAREST, box=(0, 40, sheet.width, sheet.height))
    assert colors.getpixel((0, 0)) == (255, 0, 0)
    assert colors.getpixel((1, 0)) == (255, 255, 255)
    assert colors.getpixel((0, 1)) == (0, 0, 255)
