"""`python -m stylizer` as users see it: a real process, its files, and one line per error."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
import tempfile
import termios
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from stylizer.__main__ import run_command
from stylizer.cli import files
from stylizer.cli.inputs import weighted_style
from stylizer.cli.painting import CommandPainter
from stylizer.events import Finished, Losses
from stylizer.recipe import load_recipe, recipe_names
from tests.stylizer.conftest import photograph, stripes, strokes

QUICKLY = ("--recipe", "draft", "--size", "64", "--precision", "float32")
BAR_COLUMNS = 16


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    return with_pictures(tmp_path)


@dataclass(frozen=True, slots=True)
class Watched:
    """What an 80-column terminal showed."""

    lines: list[str]
    painting: NDArray[np.uint8]


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Watched:
    """Paint on a terminal."""
    folder = with_pictures(tmp_path_factory.mktemp("watched"))
    command = ("-m", "stylizer", "photo.png", "stripes.png", "-o", "out.png", *QUICKLY)
    return Watched(on_a_terminal(folder, *command), pixels(folder / "out.png"))


def with_pictures(folder: Path) -> Path:
    Image.fromarray(photograph().rgb).save(folder / "photo.png")
    Image.fromarray(stripes().rgb).save(folder / "stripes.png")
    return folder


def stylize(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "stylizer", *arguments]
    return subprocess.run(command, cwd=folder, env=environment_of(folder), capture_output=True, text=True, check=False)


def environment_of(folder: Path) -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "HOME": str(folder), "PYTHONPATH": str(Path(__file__).parents[2])}


def on_a_terminal(folder: Path, *arguments: str) -> list[str]:
    """Yield each line that Python shows on an 80-column terminal."""
    terminal, standard_error = pty.openpty()
    termios.tcsetwinsize(standard_error, (24, 80))
    environment = {**environment_of(folder), "TERM": "xterm-256color"}
    with subprocess.Popen(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=standard_error,
    ):
        os.close(standard_error)
        shown = b"".join(iter(lambda: read_terminal(terminal), b""))
        os.close(terminal)
    without_codes = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode())
    return [line for line in re.split(r"[\r\n]+", without_codes) if line]


def read_terminal(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux reports this once nothing writes to it
        return b""


def pixels(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        return np.asarray(image)


def distance_of(painting: NDArray[np.uint8]) -> tuple[float, float]:
    """Return the mean distance from the photograph in luma and in chroma."""
    size = (painting.shape[1], painting.shape[0])
    original = Image.fromarray(photograph().rgb).resize(size, Image.Resampling.LANCZOS)
    difference = np.abs(
        np.asarray(Image.fromarray(painting).convert("YCbCr"), np.float32) - np.asarray(original.convert("YCbCr"))
    )
    return float(difference[:, :, 0].mean()), float(difference[:, :, 1:].mean())


@pytest.mark.weights
def test_the_command_writes_a_painting_and_a_gif_and_prints_its_numbers(pictures: Path, watched: Watched) -> None:
    files = ("photo.png", "stripes.png", "-o", "out.webp", "--gif", "out.gif")
    done = stylize(pictures, *files, "--seed", "5", "--colors", "content", "--json", *QUICKLY)
    assert done.returncode == 0
    assert done.stderr == ""
    numbers = json.loads(done.stdout)
    with Image.open(pictures / "out.webp") as painting:
        assert (painting.format, painting.size) == ("WEBP", (numbers["width"], numbers["height"]))
    with Image.open(pictures / "out.gif") as gif:
        assert getattr(gif, "n_frames", 1) == numbers["gif"]["frames"] > 10
    assert (pictures / "out.gif").stat().st_size == numbers["gif"]["bytes"]
    assert (numbers["width"], numbers["height"], numbers["recipe"], numbers["precision"]) == (
        64,
        43,
        "draft",
        "float32",
    )
    assert numbers["seed"] == 5
    luma, chroma = distance_of(pixels(pictures / "out.webp"))
    assert chroma < distance_of(watched.painting)[1] / 2
    assert luma > 2
    assert set(numbers["losses"]) == {"content", "style", "total_variation", "total"}
    assert numbers["seconds"] > 0
    assert numbers["steps"] > 0
    assert numbers["peak_memory_bytes"] > 10_000_000
    assert numbers["device"].startswith("CPU")
    assert (pictures / ".cache/atelier/measured.json").exists()


@pytest.mark.weights
def test_a_bar_of_constant_width_shows_progress(watched: Watched) -> None:
    steps = [line for line in watched.lines if "steps/s" in line]
    planned = load_recipe("draft").steps
    assert steps
    bar, rest = f"Painting [━╸╺]{{{BAR_COLUMNS}}}", r"\d+\.\d steps/s  loss [\d.e+-]+(  \d+( min \d\d)? s left)?"
    for line in steps:
        assert re.fullmatch(rf"{bar} \d+/{planned}  {rest}", line)
    assert steps[-1].startswith(f"Painting {'━' * BAR_COLUMNS} {planned}/{planned}")


def test_the_longest_numbers_do_not_change_the_bars_width(tmp_path: Path) -> None:
    script = """
from contextlib import suppress

from stylizer.cli.progress import show_progress
from stylizer.events import Losses, Progress, Started

def painting():
    yield Started("classic", 2048, 2048, 132, ((2048, 2048),), 0, "float32", "CPU")
    yield Progress(131, 132, 1, 1, Losses(0, 0, 0, 123456), elapsed_seconds=10.7, seconds_left=3598.1)

with suppress(AssertionError):
    show_progress(painting(), quiet=False)
"""
    lines = on_a_terminal(tmp_path, "-c", script)
    expected = f"Painting {'━' * (BAR_COLUMNS - 1)}╸ 131/132  12.2 steps/s  loss 1.23e+05  59 min 59 s left"
    assert lines[-1] == expected
    assert len(expected) == 80


@pytest.mark.weights
def test_zero_strength_returns_the_photograph(pictures: Path) -> None:
    done = stylize(pictures, "photo.png", "stripes.png", "-o", "out.jpg", "--style-strength", "0", *QUICKLY)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("out.jpg: 64 × 43 px, in ")
    with Image.open(pictures / "out.jpg") as painting:
        assert (painting.format, painting.size) == ("JPEG", (64, 43))
    assert sum(distance_of(pixels(pictures / "out.jpg"))) < 4


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("photo.png", "stripes.png"), "Say where to save the painting, with -o."),
        (("photo.png", "stripes.png", "-o", "."), ". is a folder; give a file name, such as painting.png."),
        (("photo.png", "stripes.png", "-o", ""), "--output is empty; give the name of a file or a folder."),
        (("", "stripes.png", "-o", "out.png"), "CONTENT is empty; give the name of a file or a folder."),
        (("photo.png", "stripes.png", "more.png", "-o", "out.png"), "Can't use more.png: a painting takes one CONTENT"),
        (
            ("-dash.png", "stripes.png", "-o", "out.png"),
            "-dash.png looks like an option, because it begins with a dash",
        ),
        (("photo.png", "stripes.png", "--frobnicate"), "No such option"),
        (("photo.png", "stripes.png", "-o", "out.bmp"), "out.bmp must end in .png, .jpg or .webp"),
        (("nowhere.png", "stripes.png", "-o", "out.png"), "Can't read nowhere.png: no such file"),
        (("photo.png", "note.txt", "-o", "out.png"), "note.txt is a text file, not an image."),
        (("photo.png", "stripes.png", "-o", "out.png", "--recipe", "oil"), "There's no recipe 'oil'"),
        (("photo.png", "stripes.png", "-o", "out.png", "--size", "63"), ": --size must be from 64 to 2048, not 63."),
        (
            ("photo.png", "stripes.png", "-o", "out.png", "--size", "4096"),
            "the largest painting is 2048 px. Memory and time grow with the area, so this one would take 4 times as",
        ),
        (
            ("photo.png", "stripes.png", "-o", "out.png", "--style-strength", "-1"),
            ": --style-strength must be a number from 0 to 2, such as 1.5, not -1.",
        ),
        (
            ("photo.png", "stripes.png", "-o", "out.png", "--size", "big"),
            "--size big isn't a size; give a number of pixels, or same.",
        ),
        (("photo.png", "stripes.png", "-o", "out.png", "--weights", "no.npz"), "Can't load the VGG16 weights no.npz"),
        (
            ("photo.png", "stripes.png", "-o", "out.png", "--weights", "."),
            "Can't load the VGG16 weights .: it is a folder",
        ),
        (("photo.png", "stripes.png", "-o", "out.png", "--precision", "int8"), "There's no precision 'int8'"),
        (("photo.png", "stripes.png", "-o", "nowhere/out.png"), "There's no folder"),
        (("photo.png", "stripes.png", "-o", "out.png", "--gif", "out.png"), "--gif must end in .gif"),
    ],
)
def test_a_mistake_is_one_line_on_standard_error(mishap: Mishap, arguments: tuple[str, ...], sentence: str) -> None:
    (mishap.folder / "note.txt").write_text("buy milk")
    (mishap.folder / "-dash.png").touch()
    exit_code, output, problem = mishap.run(*arguments)
    assert (exit_code, output) == (2, "")
    assert sentence in problem
    assert problem.count("\n") == 1
    assert not (mishap.folder / "out.png").exists()


def test_an_output_that_cannot_be_written_is_reported_before_painting(pictures: Path) -> None:
    (pictures / "folder.png").mkdir()
    done = stylize(pictures, "photo.png", "stripes.png", "-o", "folder.png")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "stylizer: folder.png is a folder; give a file name.\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("-o", "photo.png"), "photo.png is the picture CONTENT, which would be overwritten"),
        (("-o", "./stripes.png"), "stripes.png is the picture STYLE, which would be overwritten"),
        (("-o", "link.png"), "link.png is the picture CONTENT, which would be overwritten"),
        (("-o", "out.png", "--gif", "photo.gif"), "photo.gif is the picture CONTENT, which would be overwritten"),
        (("-o", "old.png", "--gif", "old.gif"), "old.gif is the same file as old.png"),
    ],
)
def test_no_input_picture_is_overwritten(mishap: Mishap, arguments: tuple[str, ...], sentence: str) -> None:
    (mishap.folder / "link.png").symlink_to("photo.png")
    (mishap.folder / "photo.gif").hardlink_to(mishap.folder / "photo.png")
    (mishap.folder / "old.png").write_bytes(b"an old painting")
    (mishap.folder / "old.gif").symlink_to("old.png")
    before = mishap.files()
    exit_code, output, problem = mishap.run("photo.png", "stripes.png", *arguments)
    assert (exit_code, output) == (2, "")
    assert sentence in problem
    assert problem.count("\n") == 1
    assert mishap.files() == before


def test_an_impossible_file_name_is_reported_in_one_line(mishap: Mishap) -> None:
    exit_code, _, problem = mishap.run("photo.png", "stripes.png", "-o", f"{'n' * 300}/out.png")
    assert exit_code == 2
    assert problem.count("\n") == 1
    assert "name too long" in problem


def test_an_endless_file_is_refused(mishap: Mishap) -> None:
    exit_code, _, problem = mishap.run("/dev/zero", "stripes.png", "-o", "out.png")
    assert exit_code == 2
    assert problem == "stylizer: /dev/zero is too large; the limit is 256 MiB.\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "A style is missing: give a picture after CONTENT, or with --style or --style-dir."),
        (("stripes.png", "--style", "stripes.png"), "Give all styles with --style, or only stripes.png."),
        (("--style", "stripes.png:0"), "--style stripes.png:0: a weight is a number above 0, such as 0.5."),
        (("--style", "stripes.png:-1"), "--style stripes.png:-1: a weight is a number above 0"),
        (("--style", "stripes.png:nan"), "--style stripes.png:nan: a weight is a number above 0"),
        (("--style", "stripes.png:inf"), "--style stripes.png:inf: a weight is a number above 0"),
        (("--style", "stripes.png:half"), "--style stripes.png:half: a weight is a number above 0"),
        (("--style", "gone:0.5"), "Can't read gone: no such file or directory."),
        (("--style", "gone:there"), "Can't read gone:there: no such file or directory."),
        (("--style", "stripes.png") * 6, "A painting takes 1 to 5 styles; you chose 6."),
        (("stripes.png", "--vary", "seed"), "--vary needs --board"),
        (
            ("stripes.png", "--style-strength", "0", "--seed", "0"),
            "--style-strength 0 keeps the photo as it is, so --seed makes no difference. Leave it out, or choose more",
        ),
        (
            ("stripes.png", "--style-strength", "0", "--colors", "content", "--continue", "small.png"),
            "--style-strength 0 keeps the photo as it is, so --colors and --continue make no difference. Leave them",
        ),
        (
            ("stripes.png", "--stroke-size", "1.5", "--recipe", "classic"),
            "--stroke-size 1.5 makes no difference with stripes.png, whose longest side is only 40 px: styles",
        ),
        (("stripes.png", "--board", "4"), "out.png must end in .jpg: a board is a sheet of paintings"),
        (
            ("stripes.png", "--stroke-size", "9"),
            "--stroke-size must be a number from 0.5 to 1.8, such as 1.5, not 9.",
        ),
        (
            ("stripes.png", "--stroke-size", "nan"),
            "--stroke-size must be a number from 0.5 to 1.8, such as 1.5, not nan.",
        ),
        (
            ("stripes.png", "--style-strength", "0,5"),
            "--style-strength must be a number from 0 to 2, such as 1.5, not 0,5.",
        ),
        (("stripes.png", "--seed", "-1"), "--seed must be a whole number of 0 or more, not -1."),
        (("stripes.png", "--seed", "1_000"), "--seed must be a whole number of 0 or more, not 1_000."),
        (
            ("stripes.png", "--continue", "photo.png", "--steps", "5.5"),
            "--steps must be a whole number from 1 to 1000, not",
        ),
        (("stripes.png", "--continue", "photo.png", "--size", "48"), "--size must be from 64 to 2048, not 48."),
        (
            ("stripes.png", "--continue", "large.png", "--size", "64"),
            "large.png is 96 × 64 px, so it can't be continued at 64 px. Choose a larger size.",
        ),
        (("stripes.png", "--steps", "9"), "--steps needs --continue: it sets how many more steps that painting gets."),
        (
            ("stripes.png", "--continue", "large.png", "--start", "noise"),
            "--continue starts from that painting; leave out --start.",
        ),
        (
            ("stripes.png", "--colors", "only", "--stroke-size", "1.4", "--continue", "large.png"),
            "--colors only paints no strokes; leave out --stroke-size and --continue.",
        ),
        (
            ("stripes.png", "--colors", "only", "--board", "4", "--vary", "strokes"),
            "--colors only paints no strokes; leave out --vary strokes.",
        ),
        (
            ("stripes.png", "--colors", "only", "--mask", "large.png", "--spare-faces"),
            "--colors only paints no strokes; leave out --mask and --spare-faces.",
        ),
        (
            ("stripes.png", "--style-strength", "0", "--spare-faces"),
            "--style-strength 0 keeps the photo as it is, so --spare-faces makes no difference. Leave it out,",
        ),
        (
            ("stripes.png", "--size", "same"),
            "photo.png is 48 px on its longest side, and the smallest painting is 64 px.",
        ),
        (
            ("stripes.png", "--continue", "square.png"),
            "square.png is 64 × 64 px; a painting of this content picture would be 64 × 43. Continue a painting",
        ),
        (("stripes.png", "--mask", "square.png"), "square.png doesn't have the shape of the content"),
        (("stripes.png", "--mask", "many.png"), "many.png has too many colors. Make what should be painted white,"),
        (("stripes.png", "--mask", "black.png"), "black.png is black everywhere, so there is nothing to paint."),
        (("stripes.png", "--mask", "note.txt"), "note.txt is a text file, not an image."),
        (("stripes.png", "--continue", "note.txt"), "note.txt is a text file, not an image."),
        (("stripes.png", "--continue", "gone.png"), "Can't read gone.png: no such file or directory."),
    ],
)
def test_a_mistake_about_styles_or_starts_is_one_line_on_standard_error(
    mishap: Mishap, arguments: tuple[str, ...], sentence: str
) -> None:
    (mishap.folder / "note.txt").write_text("buy milk")
    for name, size in (("large", (96, 64)), ("square", (64, 64))):
        Image.new("RGB", size, "navy").save(mishap.folder / f"{name}.png")
    Image.new("L", (48, 32)).save(mishap.folder / "black.png")
    Image.fromarray(strokes(48, 32).rgb).save(mishap.folder / "many.png")
    exit_code, output, problem = mishap.run("photo.png", *arguments, "-o", "out.png")
    assert (exit_code, output) == (2, "")
    assert problem.startswith(f"stylizer: {sentence}")
    assert problem.count("\n") == 1


def test_only_the_colors_as_large_as_the_photograph_need_no_network(mishap: Mishap) -> None:
    Image.fromarray(photograph(130, 90).rgb).convert("L").save(mishap.folder / "photo.png")
    command = (
        "photo.png",
        "stripes.png",
        "-o",
        "out.webp",
        "--size",
        "same",
        "--colors",
        "only",
        "--weights",
        "no.npz",
    )
    exit_code, output, problem = mishap.run(*command)
    assert (exit_code, problem) == (0, "")
    assert output.startswith("out.webp: 130 × 90 px, in ")
    painting = pixels(mishap.folder / "out.webp")
    assert painting.shape == (90, 130, 3)
    assert np.ptp(painting.astype(int), axis=2).mean() > 20


def test_a_photograph_that_is_too_large_to_be_painted_as_large_is_refused_with_the_reason(mishap: Mishap) -> None:
    Image.new("RGB", (4096, 600)).save(mishap.folder / "photo.png")
    exit_code, _, problem = mishap.run("photo.png", "stripes.png", "-o", "out.png", "--size", "same")
    assert exit_code == 2
    assert problem == (
        "stylizer: photo.png is 4096 px on its longest side, so --size same is too large: the largest painting is "
        "2048 px. Memory and time grow with the area, so this one would take 4 times as much. Choose --size 2048 or "
        "less.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--gif", "out.gif"), "--board paints no GIF; leave out --gif."),
        (("--continue", "photo.png"), "--board starts from the photograph; leave out --continue."),
        (("--mask", "photo.png"), "--board paints whole pictures; leave out --mask."),
        (("--style", "stripes.png") * 4, "--board 4 has room for 4 styles, not 5."),
        (
            ("--style", "stripes.png:2"),
            "A board paints each style by itself: leave out the weights, or blend with --vary.",
        ),
        (
            ("--vary", "strength", "--style-strength", "2"),
            "--vary strength chooses --style-strength for each painting; leave it out.",
        ),
        (
            ("--vary", "strokes", "--stroke-size", "1"),
            "--vary strokes chooses --stroke-size for each painting; leave it out.",
        ),
        (
            ("--style-strength", "0"),
            (
                "--style-strength 0 keeps the photo as it is, so --board makes no difference. Leave it out, or choose "
                "more than 0."
            ),
        ),
        (("--board", "5"), "Invalid value for '--board': '5' is not one of '4', '9'."),
    ],
)
def test_a_mistake_about_a_board_is_one_line_on_standard_error(
    mishap: Mishap, arguments: tuple[str, ...], sentence: str
) -> None:
    command = ("photo.png", "--style", "stripes.png", "-o", "ideas.jpg", "--board", "4", *arguments)
    exit_code, output, problem = mishap.run(*command)
    assert (exit_code, output, problem) == (2, "", f"stylizer: {sentence}\n")


def test_a_board_overwrites_none_of_its_inputs(mishap: Mishap) -> None:
    (mishap.folder / "photo.png").rename(mishap.folder / "ideas-2.png")
    exit_code, _, problem = mishap.run("ideas-2.png", "stripes.png", "-o", "ideas.jpg", "--board", "4")
    assert exit_code == 2
    assert "ideas-2.png is the picture CONTENT, which would be overwritten" in problem


@pytest.mark.parametrize(
    ("given", "style"),
    [
        ("a:b.png", ("a:b.png", 1)),
        ("a:0.5", ("a:0.5", 1)),
        ("a:0.5:0.5", ("a:0.5", 0.5)),
        ("b.png:2", ("b.png", 2)),
        ("b.png:1e-3", ("b.png", 0.001)),
        ("C:\\b.png", ("C:\\b.png", 1)),
        ("b.png", ("b.png", 1)),
    ],
)
def test_a_file_name_may_contain_colons(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str, style: tuple[str, float]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a:0.5").touch()
    path, weight = weighted_style(given)
    assert (str(path), weight) == style


@pytest.mark.parametrize(
    "arguments",
    [
        ("photo.png", "stripes.png", "-o", "out.png"),
        ("photo.png", "stripes.png", "-o", "ideas.jpg", "--board", "4"),
        ("photo.png", "--style-dir", ".", "-o", "out"),
    ],
)
def test_colors_alone_need_no_tensorflow(pictures: Path, arguments: tuple[str, ...]) -> None:
    program = (
        "import sys; from stylizer.__main__ import run_command; "
        f"print(run_command({(*arguments, '--colors', 'only')!r}), 'tensorflow' in sys.modules)"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(
        command, cwd=pictures, env=environment_of(pictures), capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "0 False"


FINISHED = Finished(
    painting=b"the painting",
    picture_format="png",
    gif=b"the GIF",
    gif_frames=3,
    recipe="draft",
    width_px=64,
    height_px=43,
    steps=40,
    seed=0,
    seconds=1.0,
    losses=Losses(content=0, style=0, total_variation=0, total=0),
    precision="float32",
    device="CPU",
    peak_memory_bytes=1,
    content_thumbnail=b"",
    style_thumbnails=(b"",),
)


@dataclass
class Mishap:
    """A painting in the test's own process that is interrupted by a disk fault."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def files(self) -> dict[Path, bytes]:
        """Return the contents of every file in the folder."""
        return {path: path.read_bytes() for path in self.folder.iterdir() if path.is_file()}

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Return exit code, standard output and standard error of the command."""
        exit_code = run_command(arguments)
        return exit_code, *self.capsys.readouterr()

    def stylize(self, happens: Callable[[], object], *arguments: str) -> tuple[int, str, str]:
        """Return exit code, standard output and standard error of a painting with a disk fault."""

        def painting(*_arguments: object, **_options: object) -> Iterator[Finished]:
            happens()
            yield FINISHED

        self.monkeypatch.setattr(CommandPainter, "paint", painting)
        return self.run("photo.png", "stripes.png", *arguments)


@pytest.fixture
def mishap(pictures: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Mishap:
    for name in ("home", "temp", "memory", "out"):
        (pictures / name).mkdir()
    monkeypatch.chdir(pictures)
    monkeypatch.setenv("HOME", str(pictures / "home"))
    monkeypatch.setattr(tempfile, "tempdir", str(pictures / "temp"))
    monkeypatch.setattr(files, "MEMORY_FOLDER", pictures / "memory")
    return Mishap(pictures, monkeypatch, capsys)


def test_a_painting_whose_folder_vanishes_is_saved_in_the_home_folder(mishap: Mishap) -> None:
    vanishes = (mishap.folder / "out").rmdir
    exit_code, outcome, problem = mishap.stylize(vanishes, "-o", "out/out.png", "--gif", "out/out.gif")
    kept = [mishap.folder / "home" / name for name in ("out.png", "out.gif")]
    assert [path.read_bytes() for path in kept] == [b"the painting", b"the GIF"]
    assert exit_code == 1
    assert problem == (
        f"stylizer: Can't write out/out.png: no such file or directory. Saved to {kept[0]} instead. "
        f"Can't write out/out.gif: no such file or directory. Saved to {kept[1]} instead.\n"
    )
    assert outcome.startswith(f"{kept[0]} and {kept[1]}: 64 × 43 px")


def test_a_painting_whose_disk_fills_up_is_saved_and_the_old_file_kept(mishap: Mishap) -> None:
    (mishap.folder / "out/out.png").write_bytes(b"an old painting")

    def fills_up() -> None:
        (mishap.folder / "out/.out.png.part").symlink_to("/dev/full")

    exit_code, outcome, problem = mishap.stylize(fills_up, "-o", "out/out.png", "--gif", "out/out.gif", "--json")
    assert exit_code == 1
    assert problem == (
        f"stylizer: Can't write out/out.png: no space left on device. Saved to {mishap.folder}/home/out.png instead.\n"
    )
    assert (mishap.folder / "home/out.png").read_bytes() == b"the painting"
    assert sorted(path.name for path in (mishap.folder / "out").iterdir()) == ["out.gif", "out.png"]
    assert (mishap.folder / "out/out.png").read_bytes() == b"an old painting"
    assert json.loads(outcome)["steps"] == 40


def test_existing_files_in_the_home_folder_are_not_overwritten(mishap: Mishap) -> None:
    for name in ("out.png", "out-2.png"):
        (mishap.folder / "home" / name).write_bytes(b"another painting")
    _, _, problem = mishap.stylize((mishap.folder / "out").rmdir, "-o", "out/out.png")
    assert f"Saved to {mishap.folder}/home/out-3.png instead." in problem
    assert (mishap.folder / "home/out-3.png").read_bytes() == b"the painting"
    assert (mishap.folder / "home/out-2.png").read_bytes() == b"another painting"


@pytest.mark.parametrize(
    ("gone", "kept"), [(["home"], "out.png"), (["home", "."], "temp"), (["home", ".", "temp"], "memory")]
)
def test_a_painting_is_saved_in_the_first_folder_with_space(mishap: Mishap, gone: list[str], kept: str) -> None:
    def vanishes() -> None:
        (mishap.folder / "out").rmdir()
        for name in gone:
            if name == ".":
                nowhere = mishap.folder / "nowhere"
                nowhere.mkdir()
                os.chdir(nowhere)
                nowhere.rmdir()
            else:
                (mishap.folder / name).rmdir()

    exit_code, _, problem = mishap.stylize(vanishes, "-o", str(mishap.folder / "out/out.png"))
    place = mishap.folder / kept if kept == "out.png" else mishap.folder / kept / "out.png"
    assert place.read_bytes() == b"the painting"
    assert f"Saved to {place} instead." in problem
    assert exit_code == 1


def test_a_painting_that_fits_in_no_folder_is_reported_as_lost(mishap: Mishap) -> None:
    def everything_is_full() -> None:
        for name in ("out", "home", "temp", "memory"):
            (mishap.folder / name).rmdir()
        nowhere = mishap.folder / "nowhere"
        nowhere.mkdir()
        os.chdir(nowhere)
        nowhere.rmdir()

    exit_code, outcome, problem = mishap.stylize(everything_is_full, "-o", str(mishap.folder / "out/out.png"))
    assert (exit_code, outcome) == (1, "")
    assert problem == (
        f"stylizer: Can't write {mishap.folder}/out/out.png: no such file or directory. "
        "Couldn't save it anywhere else.\n"
    )


def test_a_full_disk_behind_standard_output_is_reported_in_one_line(pictures: Path) -> None:
    command = [sys.executable, "-m", "stylizer", "--help"]
    root = Path(__file__).parents[2]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, cwd=root, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "stylizer: Can't print the result: no space left on device.\n"


def test_a_closed_standard_output_is_no_problem(pictures: Path) -> None:
    command = f"exec {sys.executable} -m stylizer photo.png stripes.png -o out.png --size 64 --colors only >&-"
    done = subprocess.run(
        ["/bin/sh", "-c", command], cwd=pictures, env=environment_of(pictures), stderr=subprocess.PIPE, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert (pictures / "out.png").exists()


def test_help_is_shown_whatever_else_is_written(mishap: Mishap) -> None:
    exit_code, output, problem = mishap.run("one.png", "two.png", "three.png", "--help")
    assert (exit_code, problem) == (0, "")
    assert output.startswith("Usage: ")


def test_the_version_is_the_packages(mishap: Mishap) -> None:
    assert mishap.run("--version") == (0, f"Atelier {metadata.version('atelier-bot')}\n", "")


def test_help_explains_every_recipe(pictures: Path) -> None:
    done = stylize(pictures, "--help")
    assert done.returncode == 0
    assert all(name in done.stdout for name in recipe_names())
    assert "--colors" in done.stdout
    unwrapped = " ".join(done.stdout.split())
    assert "Longest side in pixels, 64 to 2048" in unwrapped
    assert "How much style, 0 to 2" in unwrapped


def stylize_within(folder: Path, limits_bytes: dict[str, int], *arguments: str) -> list[tuple[int, str]]:
    """Run the command within one limit of memory after another, and return its exit codes and standard errors."""
    program = f"""
import json, resource
from contextlib import redirect_stderr
from io import StringIO
from stylizer.__main__ import run_command

for name, limit_bytes in {limits_bytes!r}.items():
    limit = getattr(resource, name)
    before = resource.getrlimit(limit)
    resource.setrlimit(limit, (limit_bytes, before[1]))
    with redirect_stderr(StringIO()) as said:
        exit_code = run_command({arguments!r})
    resource.setrlimit(limit, before)
    print(json.dumps((exit_code, said.getvalue())))
"""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=folder, env=environment_of(folder), capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return [tuple(json.loads(line)) for line in done.stdout.splitlines()]


@pytest.mark.weights
def test_a_painting_too_large_for_memory_is_refused_with_a_size_that_fits(pictures: Path) -> None:
    arguments = ("photo.png", "stripes.png", "-o", "out.png", "--size", "2048", "--precision", "float32")
    limits_bytes = {"RLIMIT_DATA": 2_600_000_000, "RLIMIT_AS": 4_096_000_000}
    for exit_code, problem in stylize_within(pictures, limits_bytes, *arguments):
        assert exit_code == 1
        sentence = r"stylizer: There isn't enough memory to paint 2048 × 1365 px\. Choose (\d+) px or less\.\n"
        fits = re.fullmatch(sentence, problem)
        assert fits is not None, problem
        assert 256 <= int(fits[1]) < 2048
    assert not (pictures / "out.png").exists()


@pytest.mark.weights
def test_a_masked_painting_is_refused_where_only_strips_would_fit_in_memory(pictures: Path) -> None:
    Image.new("L", (48, 32), 255).save(pictures / "mask.png")
    arguments = (
        "photo.png",
        "stripes.png",
        "-o",
        "out.png",
        "--size",
        "1024",
        "--precision",
        "float32",
        "--mask",
        "mask.png",
    )
    [(exit_code, problem)] = stylize_within(pictures, {"RLIMIT_DATA": 3_500_000_000}, *arguments)
    assert exit_code == 1
    assert problem.startswith("stylizer: There isn't enough memory to paint 1024 × 683 px. Choose ")


def test_a_process_without_memory_for_the_painter_itself_says_so(pictures: Path) -> None:
    limits_bytes = {"RLIMIT_DATA": 500_000_000, "RLIMIT_AS": 1_500_000_000}
    for exit_code, problem in stylize_within(pictures, limits_bytes, "photo.png", "stripes.png", "-o", "out.png"):
        assert exit_code == 1
        assert re.fullmatch(r"stylizer: There isn't enough memory for the painter itself, .* \(ulimit\).*\n", problem)
