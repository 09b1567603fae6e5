"""`python -m stylizer --estimate`: what a painting takes, by what this machine has measured, without painting."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pytest
from PIL import Image

from stylizer.__main__ import run_command
from stylizer.cli import estimate
from stylizer.cli.measured import measured_machine, remember
from tests.stylizer.conftest import photograph, stripes
from tests.stylizer.test_command_line import with_pictures

if TYPE_CHECKING:
    from stylizer.painter import Painter

Run: TypeAlias = Callable[..., tuple[int, str, str]]

PICTURES = ("photo.png", "stripes.png", "--estimate")
NO_PAINTER = ("--weights", "gone.npz")
"""With this, opening a painter fails."""
FILE = Path("cache/atelier/measured.json")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command in a folder with pictures and an empty cache; returns exit code, output and errors."""
    monkeypatch.chdir(with_pictures(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def run_it(*arguments: str) -> tuple[int, str, str]:
        exit_code = run_command(arguments)
        return exit_code, *capsys.readouterr()

    return run_it


@pytest.mark.parametrize(("options", "deterministic"), [((), True), (("--nondeterministic",), False)])
def test_a_painter_is_deterministic_unless_the_command_says_otherwise(
    run: Run,
    tiny_painter: Painter,
    monkeypatch: pytest.MonkeyPatch,
    options: tuple[str, ...],
    deterministic: bool,
) -> None:
    asked: dict[str, object] = {}

    def open_painter(**settings: object) -> Painter:
        asked.update(settings)
        return tiny_painter

    monkeypatch.setattr(estimate, "open_painter", open_painter)
    assert run(*PICTURES, *options)[0] == 0
    assert asked["deterministic"] is deterministic


def test_an_estimate_by_an_earlier_painting_opens_no_painter(run: Run, tiny_painter: Painter) -> None:
    remember(tiny_painter, precision="auto")

    exit_code, sentence, problem = run(*PICTURES, *NO_PAINTER, "--size", "64")

    assert (exit_code, problem) == (0, "")
    assert re.fullmatch(
        r"About \d+ s and \d\.\d GB for 64 × 43 px with painterly, as measured on this machine .*float32\)\.\n",
        sentence,
    )
    assert run(*PICTURES, *NO_PAINTER, "--precision", "bfloat16")[0] == 2  # not measured at that precision


@pytest.mark.parametrize("options", [("--colors", "only"), ("--style-strength", "0")])
def test_what_paints_no_strokes_needs_no_painter_and_no_memory(run: Run, options: tuple[str, ...]) -> None:
    exit_code, sentence, problem = run(*PICTURES, *options, "--size", "2048")

    assert (exit_code, problem) == (0, "")
    assert sentence == "A few seconds for 2048 × 1365 px: no strokes are painted.\n"
    assert json.loads(run(*PICTURES, *options, "--json")[1])["memory_bytes"] is None


def test_what_was_measured_with_faster_kernels_is_no_estimate_for_the_deterministic_ones(
    run: Run, tiny_painter: Painter
) -> None:
    remember(tiny_painter, precision="auto", deterministic=False)

    assert run(*PICTURES, *NO_PAINTER)[0] == 2
    assert run(*PICTURES, *NO_PAINTER, "--nondeterministic")[0] == 0


def test_a_board_takes_as_long_as_its_paintings(run: Run, tiny_painter: Painter) -> None:
    remember(tiny_painter, precision="auto")
    one = json.loads(run(*PICTURES, "--recipe", "sketch", "--json")[1])

    board = json.loads(run(*PICTURES, "--board", "9", "--json")[1])

    assert (board["paintings"], board["recipe"], board["width"], board["height"]) == (9, "sketch", 192, 128)
    assert board["seconds"] == pytest.approx(9 * one["seconds"], rel=0.01)
    assert board["memory_bytes"] == one["memory_bytes"]
    assert "for 9 paintings of 192 × 128 px with sketch" in run(*PICTURES, "--board", "9")[1]


def test_continuing_a_painting_takes_less(run: Run, tiny_painter: Painter) -> None:
    remember(tiny_painter, precision="auto")
    Image.fromarray(photograph(192, 128).rgb).save("small.png")

    whole, rest = (json.loads(run(*PICTURES, "--json", *more)[1]) for more in ((), ("--continue", "small.png")))

    assert 0 < rest["seconds"] < whole["seconds"]


def test_styles_regions_and_spared_faces_take_longer(run: Run, tiny_painter: Painter) -> None:
    remember(tiny_painter, precision="auto")
    regions = Image.new("RGB", (48, 32), "red")
    regions.paste("blue", (0, 0, 24, 32))
    regions.save("regions.png")
    Image.new("L", (48, 32), 255).save("white.png")
    blend = ("photo.png", "--style", "stripes.png", "--style", "photo.png", "--estimate", "--json")

    def seconds(*arguments: str) -> float:
        return float(json.loads(run(*arguments)[1])["seconds"])

    one, two = seconds(*PICTURES, "--json"), seconds(*blend)
    white, colored = (seconds(*blend, "--mask", name) for name in ("white.png", "regions.png"))

    assert one < two < white < colored
    assert seconds(*PICTURES, "--json", "--spare-faces") == seconds(*PICTURES, "--json", "--mask", "white.png") > one


def test_a_size_beyond_memory_is_refused_with_the_size_that_fits(run: Run, tiny_painter: Painter) -> None:
    remember(tiny_painter, precision="auto")
    FILE.write_text(re.sub(r'("resident_bytes_per_pixel"):\d+', r"\1:2000000", FILE.read_text(encoding="utf-8")))

    exit_code, output, problem = run(*PICTURES, "--size", "2048", *NO_PAINTER)

    assert (exit_code, output) == (1, "")
    assert re.fullmatch(
        r"stylizer: There isn't enough memory to paint 2048 × 1365 px\. (Choose \d+ px or less|No size fits: .*)\.\n",
        problem,
    )


@pytest.mark.parametrize(
    "contents",
    [
        "",
        "not JSON",
        '{"version": "0", "machines": {}}',
        '{"machines": []}',
        '{"version": "0.1.0", "machines": {"all": {"device": 1}}}',
    ],
)
def test_a_damaged_or_outdated_file_counts_as_nothing_measured(run: Run, tiny_painter: Painter, contents: str) -> None:
    FILE.parent.mkdir(parents=True)
    FILE.write_text(contents, encoding="utf-8")

    assert measured_machine("auto") is None

    remember(tiny_painter, precision="auto")
    assert run(*PICTURES, *NO_PAINTER)[0] == 0


def test_a_measurement_that_cannot_be_kept_is_used_once(run: Run, tiny_painter: Painter) -> None:
    Path("cache").touch()  # where its folder should be

    machine = remember(tiny_painter, "draft", precision="auto")

    assert machine.step_costs == {"draft": tiny_painter.step_cost}
    assert measured_machine("auto") is None


def test_an_estimate_refuses_what_painting_would(run: Run) -> None:
    assert run("photo.png", "gone.png", "--estimate") == (
        2,
        "",
        "stylizer: Can't read gone.png: no such file or directory.\n",
    )
    assert run(*PICTURES, "--board", "9", "--continue", "photo.png")[0] == 2


def test_a_gray_photograph_whose_colors_are_kept_is_said_to_stay_gray(run: Run, tiny_painter: Painter) -> None:
    remember(tiny_painter, precision="auto")
    Image.fromarray(stripes().rgb).convert("L").save("gray.png")

    exit_code, _, said = run("gray.png", "stripes.png", "--estimate", "--colors", "matched")

    assert (exit_code, said) == (0, "stylizer: gray.png is gray, so with --colors matched the painting is gray, too.\n")
    assert run(*PICTURES, "--colors", "matched")[2] == ""
