"""`python -m stylizer` with folders: what is painted, what is skipped, and what an interruption leaves."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from stylizer.__main__ import run_command
from stylizer.cli import painting
from stylizer.cli.inputs import StyleFile
from stylizer.cli.measured import measured_machine
from stylizer.cli.pairs import MAX_NAME_BYTES, plan_pairs
from stylizer.errors import OutOfMemory
from stylizer.events import Event, Finished, Losses, Progress
from stylizer.recipe import Recipe
from stylizer.step_cost import StepCost
from tests.stylizer.conftest import photograph, plain, shortened, stripes, strokes

if TYPE_CHECKING:
    from stylizer.painter import Painter

ALL = ("--content-dir", "photos", "--style-dir", "styles", "-o", "out")
QUICKLY = ("--recipe", "draft", "--size", "64")
AT_ONCE = (*QUICKLY, "--style-strength", "0")
"""Without a painter: the result is the photograph."""
NOTHING_LOST = Losses(content=0, style=0, total_variation=0, total=0)


class Guarded:
    """A painter that takes two steps a scale, counts its paintings, and lets something happen during one of them."""

    def __init__(self, painter: Painter) -> None:
        self.painter = painter
        self.opened = 0
        self.paintings = 0
        self.happens: Callable[[int, Event], object] = lambda _number, _event: None

    def open(self, **_options: str) -> Guarded:
        self.opened += 1
        return self

    def __getattr__(self, name: str) -> Any:
        return getattr(self.painter, name)

    def paint(self, *pictures: Any, recipe: Recipe, **options: Any) -> Iterator[Event]:
        self.paintings += 1
        for event in self.painter.paint(*pictures, recipe=shortened(recipe, steps=2), **options):
            self.happens(self.paintings, event)
            yield event


@dataclass
class Album:
    """Two photographs and two styles in the current folder, and a painter."""

    folder: Path
    painter: Guarded
    capsys: pytest.CaptureFixture[str]

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Return exit code, standard output and standard error of the command."""
        exit_code = run_command(arguments)
        return exit_code, *self.capsys.readouterr()

    def files(self, folder: str = "out") -> list[str]:
        """The names of all files, also hidden ones."""
        return sorted(path.name for path in (self.folder / folder).iterdir())

    def remembered(self, folder: str = "out") -> dict[str, tuple[bytes, int]]:
        """What is in each file, and when it was written."""
        return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in (self.folder / folder).iterdir()}


@pytest.fixture
def album(
    tmp_path: Path, tiny_painter: Painter, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Album:
    for folder in ("photos", "styles"):
        (tmp_path / folder).mkdir()
    Image.fromarray(photograph().rgb).save(tmp_path / "photos/disc.png")
    Image.fromarray(strokes(48, 64).rgb).save(tmp_path / "photos/wall.jpg")
    Image.fromarray(stripes().rgb).save(tmp_path / "styles/stripes.png")
    Image.fromarray(strokes().rgb).save(tmp_path / "styles/strokes.webp")
    painter = Guarded(tiny_painter)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(painting, "open_painter", painter.open)
    return Album(tmp_path, painter, capsys)


NAMES = ["disc-stripes", "disc-strokes", "wall-stripes", "wall-strokes"]
PAINTINGS = [f"{name}.png" for name in NAMES]


def test_every_photograph_is_painted_in_every_style_by_one_painter(album: Album) -> None:
    exit_code, output, problem = album.run(*ALL, "--gif", "gifs", *QUICKLY)
    assert (exit_code, problem) == (0, "")
    assert re.fullmatch(r"out: 4 painted, in \d+ s\n", output)
    assert album.files() == PAINTINGS
    assert album.files("gifs") == [f"{name}.gif" for name in NAMES]
    assert album.painter.opened == 1
    sizes = set()
    for name in PAINTINGS:
        with Image.open(album.folder / "out" / name) as painting:
            sizes.add((name.partition("-")[0], painting.format, painting.size))
    assert sizes == {("disc", "PNG", (64, 43)), ("wall", "PNG", (48, 64))}
    assert len({path.read_bytes() for path in (album.folder / "out").iterdir()}) == 4


def test_what_is_there_is_skipped_also_with_other_options(album: Album) -> None:
    album.run(*ALL, *QUICKLY)
    (album.folder / "out/wall-stripes.png").unlink()
    before = album.remembered()
    exit_code, output, _ = album.run(*ALL, *QUICKLY, "--seed", "3", "--colors", "content")
    assert exit_code == 0
    assert output.startswith("out: 1 painted, 3 skipped (already there), in ")
    after = album.remembered()
    assert sorted(after) == PAINTINGS
    assert {name: after[name] for name in before} == before
    assert album.painter.paintings == 5


def test_a_run_with_nothing_to_paint_opens_no_painter(album: Album) -> None:
    album.run(*ALL, *QUICKLY)
    exit_code, output, problem = album.run(*ALL, *QUICKLY)
    assert (exit_code, problem) == (0, "")
    assert output.startswith("out: 0 painted, 4 skipped (already there), in ")
    assert album.painter.opened == 1


@pytest.mark.parametrize("options", [("--style-strength", "0"), ("--colors", "only")])
def test_what_needs_no_canvas_needs_no_painter(album: Album, options: tuple[str, ...]) -> None:
    exit_code, output, problem = album.run(*ALL, *QUICKLY, *options)
    assert (exit_code, problem) == (0, "")
    assert output.startswith("out: 4 painted, in ")
    assert album.painter.opened == 0


def test_a_run_measures_what_estimates_need(album: Album) -> None:
    album.run(*ALL, *QUICKLY)
    machine = measured_machine("auto")
    assert machine is not None
    assert machine.step_costs == {"draft": album.painter.step_cost}


def test_a_gray_photograph_is_named_once(album: Album) -> None:
    Image.new("L", (48, 32), 128).save(album.folder / "photos/disc.png")
    exit_code, _, problem = album.run(*ALL, *QUICKLY, "--colors", "matched")
    assert exit_code == 0
    assert problem == "stylizer: photos/disc.png is gray, so with --colors matched the painting is gray, too.\n"


def test_a_style_too_small_for_the_stroke_size_fails_and_the_others_are_painted(album: Album) -> None:
    Image.fromarray(strokes(256).rgb).save(album.folder / "styles/strokes.webp")
    exit_code, output, problem = album.run(*ALL, *QUICKLY, "--stroke-size", "1.5")
    assert exit_code == 2
    assert output.startswith("out: 2 painted, 2 failed, in ")
    assert problem.startswith("stylizer: --stroke-size 1.5 makes no difference with styles/stripes.png, whose longest ")
    assert problem.count("\n") == 1


def test_a_run_says_how_many_faces_were_spared(album: Album) -> None:
    _, output, _ = album.run(*ALL, *QUICKLY, "--spare-faces")
    assert re.fullmatch(r"out: 4 painted, in \d+ s, no face found\n", output)


@pytest.mark.parametrize(
    ("faces", "sentence"),
    [
        ([1, 0], "1 face spared (none in 1 of 2 paintings)"),
        ([2, 3], "5 faces spared"),
        ([0, 0], "no face found"),
    ],
)
def test_faces_of_all_paintings_are_counted(
    album: Album, monkeypatch: pytest.MonkeyPatch, faces: list[int], sentence: str
) -> None:
    scripted = Scripted(faces=faces)
    monkeypatch.setattr(painting, "open_painter", scripted.open)
    arguments = ("photos/disc.png", "--style-dir", "styles", "-o", "out", *QUICKLY, "--spare-faces")
    _, output, _ = album.run(*arguments)
    assert re.fullmatch(rf"out: 2 painted, in \d+ s, {re.escape(sentence)}\n", output)

    shutil.rmtree("out")
    scripted.paintings = 0
    _, output, _ = album.run(*arguments, "--json")
    assert [painted["faces"] for painted in json.loads(output)["paintings"]] == faces


def test_new_pictures_are_added_to_the_paintings(album: Album) -> None:
    album.run(*ALL, *AT_ONCE)
    Image.fromarray(plain().rgb).save(album.folder / "photos/card.bmp")
    _, output, _ = album.run(*ALL, *AT_ONCE)
    assert output.startswith("out: 2 painted, 4 skipped")
    assert album.files() == sorted([*PAINTINGS, "card-stripes.png", "card-strokes.png"])


def test_an_interrupted_run_says_what_is_left_and_goes_on_to_the_same_paintings(album: Album) -> None:
    def interrupt(number: int, event: Event) -> None:
        if number == 2 and isinstance(event, Progress) and event.step == 2:
            raise KeyboardInterrupt

    album.painter.happens = interrupt
    exit_code, output, problem = album.run(*ALL, *QUICKLY)
    assert (exit_code, problem) == (130, "stylizer: Stopped.\n")
    assert re.fullmatch(r"out: 1 painted, 3 left, in \d+ s\. Run the same command again to resume\.\n", output)
    assert album.files() == PAINTINGS[:1]
    before = album.remembered()
    album.painter.happens = lambda _number, _event: None
    exit_code, output, _ = album.run(*ALL, *QUICKLY)
    assert exit_code == 0
    assert output.startswith("out: 3 painted, 1 skipped (already there), in ")
    assert album.remembered().items() >= before.items()
    album.run(*ALL[:-1], "at-once", *QUICKLY)
    for name in PAINTINGS:
        assert (album.folder / "out" / name).read_bytes() == (album.folder / "at-once" / name).read_bytes()


def test_half_a_file_of_a_killed_run_is_no_painting(album: Album) -> None:
    (album.folder / "out").mkdir()
    (album.folder / "out/.disc-stripes.png.part").write_bytes(b"\x89PNG\r\n")
    exit_code, output, _ = album.run(*ALL, *AT_ONCE)
    assert exit_code == 0
    assert output.startswith("out: 4 painted, in ")
    assert album.files() == PAINTINGS


def test_an_interruption_while_a_painting_is_saved_leaves_no_half_file(
    album: Album, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_file: Path, _target: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupt)
    exit_code, _, problem = album.run(*ALL, *AT_ONCE)
    assert (exit_code, problem) == (130, "stylizer: Stopped.\n")
    assert album.files() == []


def test_pictures_that_cannot_be_read_are_named_once_at_the_end_and_the_others_painted(album: Album) -> None:
    (album.folder / "photos/a note.jpg").write_text("buy milk")
    (album.folder / "styles/empty.png").touch()
    exit_code, output, problem = album.run(*ALL, *AT_ONCE)
    assert exit_code == 2
    assert output.startswith("out: 4 painted, 5 failed, in ")
    first, second = problem.splitlines()
    assert first.startswith("stylizer: photos/a note.jpg is a text file, not an image.")
    assert second.startswith("stylizer: styles/empty.png is empty (0 bytes).")
    assert album.files() == PAINTINGS


def test_a_link_to_a_picture_that_is_gone_is_named(album: Album) -> None:
    (album.folder / "photos/link.png").symlink_to("gone.png")
    exit_code, output, problem = album.run(*ALL, *AT_ONCE)
    assert exit_code == 2
    assert output.startswith("out: 4 painted, 2 failed, in ")
    assert problem == "stylizer: Can't read photos/link.png: no such file or directory.\n"
    assert album.files() == PAINTINGS


def test_a_painting_that_the_machine_cannot_paint_does_not_stop_the_run(album: Album) -> None:
    def run_out_of_memory(number: int, _event: Event) -> None:
        if number == 1:
            raise OutOfMemory(64, 43, 32)

    album.painter.happens = run_out_of_memory
    exit_code, output, problem = album.run(*ALL, *QUICKLY)
    assert exit_code == 1
    assert output.startswith("out: 3 painted, 1 failed, in ")
    assert problem == (
        "stylizer: photos/disc.png: There isn't enough memory to paint 64 × 43 px. Choose 32 px or less.\n"
    )
    assert album.files() == PAINTINGS[1:]


def test_a_vanished_folder_stops_the_run_and_its_painting_is_saved_elsewhere(
    album: Album, monkeypatch: pytest.MonkeyPatch
) -> None:
    def vanish(number: int, event: Event) -> None:
        if number == 2 and isinstance(event, Finished):
            shutil.rmtree("out")

    (album.folder / "home").mkdir()
    monkeypatch.setenv("HOME", str(album.folder / "home"))
    album.painter.happens = vanish
    exit_code, output, problem = album.run(*ALL, *QUICKLY)
    assert exit_code == 1
    assert output.startswith("out: 1 painted, 1 failed, 2 left, in ")
    assert problem == (
        "stylizer: Can't write out/disc-strokes.png: no such file or directory. "
        f"Saved to {album.folder}/home/disc-strokes.png instead.\n"
    )
    assert album.files("home") == ["disc-strokes.png"]


def test_the_numbers_of_a_run_are_one_json_object(album: Album) -> None:
    (album.folder / "photos/note.jpg").write_text("buy milk")
    (album.folder / "out").mkdir()
    (album.folder / "out/disc-stripes.jpg").write_bytes(b"an old painting")
    exit_code, output, problem = album.run(
        "--content-dir", "photos", "styles/stripes.png", "-o", "out", "--format", "jpg", "--json", *AT_ONCE
    )
    numbers = json.loads(output)
    assert exit_code == 2
    assert problem.startswith("stylizer: photos/note.jpg is a text file")
    assert {key: numbers[key] for key in ("painted", "skipped", "failed", "left")} == {
        "painted": 1,
        "skipped": 1,
        "failed": 1,
        "left": 0,
    }
    skipped, failed, painted = numbers["paintings"]
    assert skipped == {
        "file": "out/disc-stripes.jpg",
        "gif": None,
        "content": "photos/disc.png",
        "styles": ["styles/stripes.png"],
        "status": "skipped",
        "seconds": None,
        "faces": None,
        "problem": None,
    }
    assert failed["status"] == "failed"
    assert failed["problem"].startswith("photos/note.jpg is a text file")
    assert painted["status"] == "painted"
    assert numbers["seconds"] >= painted["seconds"] > 0
    with Image.open(album.folder / "out/wall-stripes.jpg") as painting:
        assert painting.format == "JPEG"


def test_gifs_that_are_asked_for_later_are_added_and_the_paintings_stay(album: Album) -> None:
    album.run("photos/disc.png", "--style-dir", "styles", "-o", "out", *AT_ONCE)
    before = album.remembered()
    _, output, _ = album.run("photos/disc.png", "--style-dir", "styles", "-o", "out", "--gif", "out", *AT_ONCE)
    assert output.startswith("out: 2 painted, in ")
    after = album.remembered()
    assert sorted(after) == ["disc-stripes.gif", "disc-stripes.png", "disc-strokes.gif", "disc-strokes.png"]
    assert after.items() >= before.items()


def test_a_blend_counts_as_one_style(album: Album) -> None:
    blend = ("--style", "styles/stripes.png:0.7", "--style", "styles/strokes.webp:0.3")
    exit_code, output, _ = album.run("--content-dir", "photos", *blend, "-o", "new/out", "--json", *QUICKLY)
    assert exit_code == 0
    assert album.files("new/out") == ["disc-stripes+strokes.png", "wall-stripes+strokes.png"]
    assert json.loads(output)["paintings"][0]["styles"] == ["styles/stripes.png:0.7", "styles/strokes.webp:0.3"]
    album.run("--content-dir", "photos", "styles/stripes.png", "-o", "plain", *QUICKLY)
    blended = (album.folder / "new/out/disc-stripes+strokes.png").read_bytes()
    assert blended != (album.folder / "plain/disc-stripes.png").read_bytes()


def test_what_is_no_picture_is_ignored(album: Album) -> None:
    photos = album.folder / "photos"
    for name in ("notes.txt", "raw.cr2", ".disc.png", "Thumbs.db"):
        shutil.copy(photos / "disc.png", photos / name)
    for name in ("more", "folder.png"):
        shutil.copytree(album.folder / "styles", photos / name)
    exit_code, output, problem = album.run(*ALL, *AT_ONCE)
    assert (exit_code, problem) == (0, "")
    assert output.startswith("out: 4 painted, in ")
    assert album.files() == PAINTINGS


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ("--content-dir", "photos", "-o", "out"),
            "A style is missing: give a picture after CONTENT, or with --style or --style-dir.",
        ),
        (("--style-dir", "styles", "-o", "out"), "A photograph is missing: give CONTENT, or a folder with"),
        (("--content-dir", "photos", "a.png", "b.png", "-o", "out"), "Give CONTENT or --content-dir, not both."),
        ((*ALL, "a.png"), "Give all styles with --style-dir, or only a.png."),
        ((*ALL, "--style", "a.png"), "Give all styles with --style-dir, or only those of --style."),
        (("--content-dir", "photos", *("--style", "a.png") * 6, "-o", "out"), "A painting takes 1 to 5 styles"),
        ((*ALL, "--content-dir", "gone"), "Can't read the folder gone of --content-dir: no such file or directory."),
        ((*ALL, "--style-dir", "note.txt"), "Can't read the folder note.txt of --style-dir: not a directory."),
        ((*ALL, "--style-dir", "none"), "The folder none of --style-dir has no pictures. Put JPEG, PNG, "),
        ((*ALL, "-o", "out.png"), "-o out.png must be a folder: --content-dir and --style-dir paint more than one"),
        ((*ALL, "-o", "note.txt"), "-o note.txt must be a folder"),
        ((*ALL, "-o", "note.txt/out"), "Can't make the folder note.txt/out: not a directory."),
        ((*ALL, "--gif", "out.gif"), "--gif out.gif must be a folder"),
        ((*ALL, "-o", "photos"), "-o photos is also an input folder, so the next run would use these"),
        ((*ALL, "--gif", "photos/../styles"), "--gif photos/../styles is also an input folder"),
        ((*ALL, "--board", "4"), "--board doesn't work with folders; leave it out, or give CONTENT and STYLE instead"),
        ((*ALL, "--vary", "seed"), "--vary doesn't work with folders"),
        ((*ALL, "--continue", "photos/disc.png"), "--continue doesn't work with folders"),
        ((*ALL, "--mask", "photos/disc.png"), "--mask doesn't work with folders"),
        (("--content-dir", "photos", "--style-dir", "styles", "--estimate"), "--estimate doesn't work with folders"),
        (
            (*ALL, "--style-strength", "0", "--seed", "3"),
            "--style-strength 0 keeps the photo as it is, so --seed makes",
        ),
        ((*ALL, "--format", "bmp"), "Invalid value for '--format': 'bmp' is not one of 'png', 'jpg', 'webp'."),
        ((*ALL, "--size", "9"), "--size must be from 64 to 2048, not 9."),
        (("--content-dir", "photos", "note.txt", "-o", "out"), "note.txt is a text file, not an image."),
        (("gone.png", "--style-dir", "styles", "-o", "out"), "Can't read gone.png: no such file or directory."),
        (
            ("photos", "styles", "-o", "out.png"),
            "photos is a folder; paint folders with --content-dir and --style-dir.",
        ),
        (
            ("a.png", "b.png", "-o", "out.png", "--format", "png"),
            "--format is only for folders; leave it out: the suffix of -o",
        ),
        (("-o", "out.png"), "A photograph is missing: give CONTENT, or a folder with --content-dir."),
    ],
)
def test_a_mistake_about_folders_is_one_line_on_standard_error(
    album: Album, arguments: tuple[str, ...], sentence: str
) -> None:
    (album.folder / "note.txt").write_text("buy milk")
    (album.folder / "none").mkdir()
    before = sorted(album.folder.rglob("*"))
    exit_code, output, problem = album.run(*arguments)
    assert (exit_code, output) == (2, "")
    assert problem.startswith(f"stylizer: {sentence}")
    assert problem.count("\n") == 1
    assert sorted(album.folder.rglob("*")) == before
    assert album.painter.opened == 0


def named(contents: Sequence[str], styles: Sequence[str]) -> list[str]:
    pairs = plan_pairs(
        [Path("photos", name) for name in contents],
        [tuple(StyleFile(Path("styles", one)) for one in name.split("&")) for name in styles],
        output=Path("out"),
        suffix=".png",
        gif_folder=None,
    )
    return [pair.painting.name for pair in pairs]


@pytest.mark.parametrize(
    ("contents", "styles", "names"),
    [
        (["a.jpg", "b.heic"], ["s.png"], ["a-s.png", "b-s.png"]),
        (["a.jpg"], ["s.png", "t.png"], ["a-s.png", "a-t.png"]),
        (["a.jpg", "a.png", "b.jpg"], ["s.png"], ["a.jpg-s.png", "a.png-s.png", "b-s.png"]),
        (["A.jpg", "a.png"], ["s.png"], ["A.jpg-s.png", "a.png-s.png"]),
        (["a.jpg"], ["s.png", "s.webp"], ["a-s.png.png", "a-s.webp.png"]),
        (["a.jpg"], ["s.png&t.png"], ["a-s+t.png"]),
        (["a.jpg"], ["s.png&s.webp"], ["a-s+s.png"]),
    ],
)
def test_a_painting_is_named_after_its_pictures(contents: list[str], styles: list[str], names: list[str]) -> None:
    assert named(contents, styles) == names


@pytest.mark.parametrize(
    ("contents", "styles"),
    [
        (["a.jpg", "a-b.jpg"], ["b-c.png", "c.png"]),
        (["A.JPG", "a.jpg"], ["s.png"]),
        (["caf\u00e9.jpg", "cafe\u0301.jpg"], ["s.png"]),
        (["a.jpg", "a.png", "a.png.jpg"], ["s.png"]),
        ([f"{'n' * 250}{number}.png" for number in range(3)], [f"{'s' * 250}.png"]),
        (["ü" * 120 + ".jpg", "ü" * 120 + ".png"], ["s.png"]),
    ],
)
def test_no_two_paintings_have_the_same_name_or_one_that_is_too_long(contents: list[str], styles: list[str]) -> None:
    names = named(contents, styles)
    assert len({name.casefold() for name in names}) == len(contents) * len(styles)
    assert all(len(name.encode()) <= MAX_NAME_BYTES + len(".png") for name in names)
    assert named(contents, styles) == names
    more = named([*contents, "other.jpg"], styles)
    assert more[: len(names)] == names


@dataclass
class Scripted:
    """A painter that takes as many seconds as it says, without painting."""

    finished: Finished = field(
        default_factory=lambda: Finished(
            painting=b"the painting",
            picture_format="png",
            gif=b"",
            gif_frames=0,
            recipe="draft",
            width_px=64,
            height_px=43,
            steps=2,
            seed=0,
            seconds=10.0,
            losses=NOTHING_LOST,
            precision="float32",
            device="CPU",
            peak_memory_bytes=1,
            content_thumbnail=b"",
            style_thumbnails=(b"",),
        )
    )
    faces: list[int] = field(default_factory=list)
    """How many it spares in each painting."""
    paintings: int = 0
    interrupted_at: int | None = None
    device: str = "CPU"
    precision: str = "float32"
    step_cost: StepCost = field(default_factory=lambda: StepCost(1e-6))
    canvas_memory: None = None

    def open(self, **_options: str) -> Scripted:
        return self

    def paint(self, *_pictures: Any, **_options: Any) -> Iterator[Event]:
        self.paintings += 1
        yield Progress(1, 2, 1, 1, NOTHING_LOST, elapsed_seconds=5.0, seconds_left=5.0 * self.paintings)
        if self.paintings == self.interrupted_at:
            raise KeyboardInterrupt
        yield replace(self.finished, faces=self.faces[self.paintings - 1]) if self.faces else self.finished


def test_one_bar_shows_the_time_left_for_the_whole_run(album: Album, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(painting, "open_painter", Scripted(interrupted_at=2).open)
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    exit_code, _, shown = album.run(*ALL, *QUICKLY)
    assert exit_code == 130
    lines = re.split(r"[\r\n]+", re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown))
    bars = [line.rstrip() for line in lines if "left" in line]
    # 10 s of this painting, and two more, each as long as the mean of 10 s and 15 s
    assert re.fullmatch(r"Painting [━╸╺]{16} 1/4  35 s left", bars[-1])
