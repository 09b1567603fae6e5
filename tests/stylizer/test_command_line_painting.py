"""What `python -m stylizer` paints and measures, in the test's own process and with a tiny network."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pytest
from PIL import Image

from stylizer.__main__ import run_command
from stylizer.cli import board, estimate, painting
from stylizer.cli.files import Saved, save_file
from tests.stylizer.conftest import photograph
from tests.stylizer.test_command_line import QUICKLY, pixels, with_pictures

if TYPE_CHECKING:
    from stylizer.painter import Painter

Run: TypeAlias = Callable[..., tuple[int, str, str]]

PAIR = ("photo.png", "stripes.png")


@pytest.fixture
def run(
    tmp_path: Path, tiny_painter: Painter, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Runs the command in a folder with pictures and an empty cache; returns exit code, output and errors.

    With the weights `gone.npz`, there is no painter.
    """

    def open_painter(*, weights: str, **_settings: object) -> Painter:
        assert weights != "gone.npz"
        return tiny_painter

    for module in (painting, estimate):
        monkeypatch.setattr(module, "open_painter", open_painter)
    monkeypatch.chdir(with_pictures(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def run_it(*arguments: str) -> tuple[int, str, str]:
        exit_code = run_command(arguments)
        return exit_code, *capsys.readouterr()

    return run_it


def test_a_mask_keeps_what_it_has_black(run: Run) -> None:
    mask = Image.new("L", (64, 43))
    mask.paste(255, (0, 0, 32, 43))
    mask.save("mask.png")
    Image.fromarray(photograph(64, 43).rgb).save("large.png")

    exit_code, _, problem = run("large.png", "stripes.png", "-o", "out.png", "--mask", "mask.png", *QUICKLY)

    assert (exit_code, problem) == (0, "")
    changes = np.abs(pixels(Path("out.png")).astype(int) - photograph(64, 43).rgb)
    assert changes[:, :24].mean() > 3
    assert changes[:, 32:].max() == 0


def test_a_finished_painting_gets_more_steps(run: Run) -> None:
    with Image.open("photo.png") as photo:
        photo.resize((64, 43)).save("first.png")

    exit_code, output, problem = run(*PAIR, "-o", "second.png", "--continue", "first.png", "--steps", "2", *QUICKLY)

    assert (exit_code, problem) == (0, "")
    assert output.startswith("second.png: 64 × 43 px, recipe draft, 2 steps in ")
    assert pixels(Path("second.png")).shape == (43, 64, 3)


def test_a_board_is_a_sheet_and_its_paintings(run: Run) -> None:
    styles = ("--style", "stripes.png", "--style", "photo.png")

    exit_code, output, problem = run("photo.png", *styles, "-o", "ideas.jpg", "--board", "4", "--size", "64")

    assert (exit_code, problem) == (0, "")
    first, *options = output.splitlines()
    assert first.startswith("ideas.jpg: 4 paintings of 64 × 43 px, recipe sketch, in ")
    assert options == [
        "  1: --style stripes.png",
        "  2: --style photo.png",
        "  3: --style stripes.png --seed 1",
        "  4: --style photo.png --seed 1",
    ]
    paintings = [pixels(Path(f"ideas-{number}.png")) for number in (1, 2, 3, 4)]
    assert {painting.shape for painting in paintings} == {(43, 64, 3)}
    assert len({painting.tobytes() for painting in paintings}) == 4
    with Image.open("ideas.jpg") as sheet:
        assert (sheet.format, sheet.size) == ("JPEG", (2 * 256 + 3 * 8, 2 * 172 + 3 * 8))


def test_the_sheet_of_a_board_is_not_a_painting_to_continue(run: Run) -> None:
    run(*PAIR, "-o", "ideas.jpg", "--board", "4", "--size", "64", "--colors", "only")

    exit_code, output, problem = run(*PAIR, "-o", "out.png", "--continue", "ideas.jpg", "--size", "1024")

    assert (exit_code, output) == (2, "")
    assert problem == "stylizer: ideas.jpg is a board's sheet; continue one of its paintings, such as ideas-4.png.\n"


def test_a_sheet_that_goes_elsewhere_leaves_no_unfinished_one_behind(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def disk_fills_up(path: Path, encoded: bytes) -> Saved:
        if path.name == "ideas.jpg" and Path("ideas-2.png").exists():
            Path("spare.jpg").write_bytes(encoded)
            return Saved(Path("spare.jpg"), "Can't write ideas.jpg. Saved to spare.jpg instead.")
        return save_file(path, encoded)

    monkeypatch.setattr(board, "save_file", disk_fills_up)
    exit_code, output, problem = run(*PAIR, "-o", "ideas.jpg", "--board", "4", "--size", "64", "--colors", "only")

    assert exit_code == 1
    assert output.startswith("spare.jpg: 4 paintings")
    assert problem == "stylizer: Can't write ideas.jpg. Saved to spare.jpg instead.\n"
    assert not Path("ideas.jpg").exists()


def test_names_that_are_not_unicode_are_written_like_any_other(run: Run) -> None:
    output = os.fsdecode(b"ma\xe9.png")

    exit_code, said, problem = run(*PAIR, "-o", output, "--size", "64", "--colors", "only")

    assert (exit_code, problem) == (0, "")
    assert said.startswith("ma\N{REPLACEMENT CHARACTER}.png: 64 × 43 px, in ")
    assert Path(output).exists()


def test_no_gif_is_made_or_counted_unless_one_is_wanted(run: Run) -> None:
    _, output, _ = run(*PAIR, "-o", "out.png", "--json", *QUICKLY)

    assert json.loads(output)["gif"] is None


def test_a_board_says_what_else_it_was_painted_with(run: Run) -> None:
    colors = ("--colors", "content", "--start", "noise")
    _, output, _ = run(*PAIR, "-o", "ideas.jpg", "--board", "4", "--size", "64", *colors)

    assert output.splitlines()[2] == "  2: --style stripes.png --colors content --start noise --seed 1"


def test_an_interrupted_board_says_how_to_paint_what_is_done(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt_at_the_third(path: Path, encoded: bytes) -> Saved:
        if path.name == "ideas-3.png":
            raise KeyboardInterrupt
        return save_file(path, encoded)

    monkeypatch.setattr(board, "save_file", interrupt_at_the_third)
    exit_code, output, problem = run(*PAIR, "-o", "ideas.jpg", "--board", "4", "--size", "64")

    assert (exit_code, problem) == (130, "stylizer: Stopped.\n")
    first, *options = output.splitlines()
    assert first.startswith("ideas.jpg: 2 of 4 paintings of 64 × 43 px")
    assert options == ["  1: --style stripes.png", "  2: --style stripes.png --seed 1"]
    assert sorted(path.name for path in Path().glob("ideas*")) == ["ideas-1.png", "ideas-2.png", "ideas.jpg"]


def test_the_first_estimate_measures_and_a_painting_measures_again(run: Run) -> None:
    exit_code, output, problem = run(*PAIR, "--estimate", "--precision", "float32")
    assert (exit_code, problem) == (0, "")
    sentence = r"About (\d+ s|\d+ min \d\d s) and \d\.\d GB for 512 × 341 px with painterly, as measured on this "
    assert re.fullmatch(sentence + r"machine \(CPU, \d+ threads?, float32\)\.\n", output)
    assert not [*Path().glob("out*")]

    before = json.loads(run(*PAIR, "--estimate", "--json", *QUICKLY, "--precision", "float32")[1])
    painted = json.loads(run(*PAIR, "-o", "out.png", "--json", *QUICKLY)[1])
    again = json.loads(run(*PAIR, "--estimate", "--json", *QUICKLY, "--weights", "gone.npz")[1])

    assert again["seconds"] != before["seconds"]
    assert 0 < again["seconds"] <= 1.01 * painted["seconds"]  # of which little is around the steps of large paintings


@pytest.mark.parametrize("name", ["x" * 251 + ".png", "ü" * 125 + "x.png"], ids=["ascii", "umlauts"])
def test_a_name_as_long_as_names_may_be_is_written(tmp_path: Path, name: str) -> None:
    saved = save_file(tmp_path / name, b"painting")

    assert saved.problem is None
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [(name, b"painting")]


def test_a_link_stays_one_and_its_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    link = tmp_path / "out.png"
    link.symlink_to("there/painting.png")

    save_file(link, b"painting")

    assert link.is_symlink()
    assert (tmp_path / "there/painting.png").read_bytes() == b"painting"
