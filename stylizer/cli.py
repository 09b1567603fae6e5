"""The command line: `python -m stylizer CONTENT STYLE -o OUT` paints one picture in the style of another."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import json
import math
import os
import tempfile
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from stylizer.errors import InvalidRecipe, PictureName
from stylizer.events import Event, Finished, PictureFormat, Started
from stylizer.events import Progress as StepDone
from stylizer.images import MIN_PAINTED_SIDE_PX, open_picture
from stylizer.memory import check_painter_fits
from stylizer.precision import check_precision
from stylizer.quiet import quiet_native_code
from stylizer.recipe import DEFAULT_RECIPE, LARGEST_SIZE_PX, SMALLEST_SIZE_PX, Recipe, load_recipe, recipe_names
from stylizer.style import open_style
from stylizer.weights import KERAS, Weights, load_weights

_FORMATS: dict[str, PictureFormat] = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".webp": "webp"}
_LARGEST_FILE_BYTES = 256 * 2**20
_MEMORY_FOLDER = Path("/dev/shm")  # noqa: S108 - the last resort: new names only, and nothing is read from there
_OPTIONS = {"longest_side_px": "--size", "style_strength": "--style-strength", "keep_colors": "--keep-colors"}
"""What overrides a recipe, by the field that it overrides."""
_BAR_COLUMNS = 16
"""With the longest numbers it fills a terminal of 80 columns; a wider one would shrink as they grow."""


def _recipe_help() -> str:
    lines = (f"{name}: {load_recipe(name).description}" for name in recipe_names())
    return "\b\nRecipes:\n" + "\n".join(f"  {line}" for line in lines)


_EPILOG = f"""
{_recipe_help()}

\b
Examples:
  python -m stylizer photo.jpg painting.jpg -o out.png
  python -m stylizer photo.jpg painting.jpg -o out.webp --gif out.gif --recipe draft
  python -m stylizer photo.jpg painting.jpg -o out.jpg --size 1024 --style-strength 2 --keep-colors
"""


@click.command(epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.argument("content", type=click.Path(path_type=Path))
@click.argument("style", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    help="Where the painting goes; its suffix (.png, .jpg, .webp) chooses the format.",
)
@click.option("--gif", type=click.Path(path_type=Path), help="Where to write a GIF of how the painting came to be.")
@click.option("--recipe", "recipe_name", default=DEFAULT_RECIPE, show_default=True, help="How to paint; see below.")
@click.option(
    "--size",
    type=int,
    metavar="PX",
    help=f"The painting's longest side, {SMALLEST_SIZE_PX} to {LARGEST_SIZE_PX}.  [default: the recipe's]",
)
@click.option(
    "--style-strength",
    type=float,
    metavar="X",
    help="How much style, from 0 to 100: 0 leaves the photograph, 10 little of it.  [default: 1]",
)
@click.option("--keep-colors", is_flag=True, help="Take the strokes of the style, but keep the content's colors.")
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Another seed, another variation; the same seed paints the same picture.",
)
@click.option("--precision", default="auto", show_default=True, help="auto, float32 or bfloat16.")
@click.option(
    "--weights",
    default="shipped",
    show_default=True,
    metavar="W",
    help="VGG16 weights: shipped, keras (downloads them), or a .npz, .h5 or .weights.h5 file.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the numbers as one JSON object on standard output.")
def main(  # noqa: PLR0913, PLR0917 - one parameter for each option of the command
    content: Path,
    style: Path,
    output: Path,
    gif: Path | None,
    recipe_name: str,
    size: int | None,
    style_strength: float | None,
    keep_colors: bool,
    seed: int,
    precision: str,
    weights: str,
    as_json: bool,
) -> None:
    """Paint the picture CONTENT in the style of the picture STYLE.

    Both may be JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF or HEIC files. The painting keeps the shape of CONTENT. The first
    painting on a computer without a GPU takes seconds to minutes: a bar shows how it goes.
    """
    picture_format = _FORMATS.get(output.suffix.lower())
    if picture_format is None:
        raise click.UsageError(f"{output} must end in .png, .jpg or .webp, to say which format you want.")
    if gif is not None and gif.suffix.lower() != ".gif":
        raise click.UsageError(f"--gif must end in .gif, not be {gif}.")
    for path in (output, gif):
        if path is not None:
            _check_writable(path)
            _check_separate(path, content=content, style=style)
    if gif is not None and _is_same_file(gif, output):
        raise click.UsageError(f"{gif} is the same file as {output}; give the GIF a name of its own.")
    recipe = load_recipe(recipe_name)
    try:
        recipe = recipe.with_overrides(
            longest_side_px=size, style_strength=style_strength, keep_colors=keep_colors or None
        )
    except InvalidRecipe as error:
        raise click.UsageError(f"{_OPTIONS[error.field]} {error.problem}.") from error
    content_bytes, style_bytes = _read(content), _read(style)
    painting = _paint(
        content_bytes,
        style_bytes,
        names=(PictureName(filename=str(content)), PictureName(filename=str(style))),
        recipe=recipe,
        seed=seed,
        precision=precision,
        weights=weights,
        picture_format=picture_format,
    )
    finished = _watch(painting, quiet=as_json)
    saved = [_save(output, finished.painting)]
    if gif is not None:
        saved.append(_save(gif, finished.gif))
    places = [str(file.place) for file in saved if file.place is not None]
    if as_json:
        click.echo(json.dumps(_numbers(finished)))
    elif places:
        steps = "1 step" if finished.steps == 1 else f"{finished.steps} steps"
        click.echo(
            f"{' and '.join(places)}: {finished.width_px} x {finished.height_px} px, recipe {finished.recipe}, "
            f"{steps} in {finished.seconds:.1f} s ({finished.device}, {finished.precision})"
        )
    problems = [file.problem for file in saved if file.problem is not None]
    if problems:
        raise click.ClickException(" ".join(problems))


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            encoded = file.read(_LARGEST_FILE_BYTES + 1)
    except OSError as error:
        raise click.UsageError(f"{path} cannot be read: {_reason(error)}.") from error
    if len(encoded) > _LARGEST_FILE_BYTES:
        raise click.UsageError(f"{path} is larger than {_LARGEST_FILE_BYTES // 2**20} MiB, too large for a picture.")
    return encoded


def _check_writable(path: Path) -> None:
    """Find out before the painting, not after it, that its file cannot be written."""
    folder = path.absolute().parent
    if not folder.is_dir():
        raise click.UsageError(f"There is no folder {folder} to write {path.name} into.")
    if path.is_dir():
        raise click.UsageError(f"{path} is a folder; give the name of a file.")
    if not os.access(folder, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise click.UsageError(f"{path} cannot be written: permission denied.")


def _check_separate(path: Path, *, content: Path, style: Path) -> None:
    """Keep the pictures that the painting is made from."""
    for name, picture in (("CONTENT", content), ("STYLE", style)):
        if _is_same_file(path, picture):
            raise click.UsageError(
                f"{path} is the picture {name}, which would be lost; write to a file of another name."
            )


def _is_same_file(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other)
    except OSError:  # one of them does not exist
        return False


@dataclass(frozen=True, slots=True)
class _Saved:
    """What became of a file."""

    place: Path | None
    """Where it is; None where no place could take it."""
    problem: str | None
    """Why it is not where it was asked for."""


def _save(path: Path, encoded: bytes) -> _Saved:
    """Write the file or, where its folder vanished or its disk filled up in the meantime, keep it elsewhere."""
    try:
        _write(path, encoded)
    except OSError as error:
        problem = f"{path} cannot be written: {_reason(error)}."
        for folder in _spare_folders():
            with contextlib.suppress(OSError):
                spare = _write_beside_others(folder / path.name, encoded)
                return _Saved(spare, f"{problem} Saved to {spare} instead.")
        return _Saved(None, f"{problem} Couldn't save it anywhere else.")
    return _Saved(path, None)


def _write(path: Path, encoded: bytes) -> None:
    """Write the file whole or, when the disk is full, not at all: what was there before stays until then."""
    unfinished = path.with_name(f".{path.name}.part")
    try:
        unfinished.write_bytes(encoded)
        unfinished.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            unfinished.unlink()
        raise


def _write_beside_others(path: Path, encoded: bytes) -> Path:
    """Write a new file of that name, or with a number where there is one already; its path."""
    for number in itertools.count(1):
        place = path if number == 1 else path.with_stem(f"{path.stem}-{number}")
        with contextlib.suppress(FileExistsError):
            with place.open("xb") as file:
                try:
                    file.write(encoded)
                    file.flush()
                except OSError:
                    place.unlink()
                    raise
            return place
    raise AssertionError("there is a next number")


def _spare_folders() -> Iterator[Path]:
    """Where a painting can be kept, the best place first; not each of them exists."""
    with contextlib.suppress(RuntimeError):
        yield Path.home()
    with contextlib.suppress(OSError):
        yield Path.cwd()
    with contextlib.suppress(OSError):
        yield Path(tempfile.gettempdir())
    yield _MEMORY_FOLDER


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()


def _paint(
    content: bytes,
    style: bytes,
    *,
    names: tuple[PictureName, PictureName],
    recipe: Recipe,
    seed: int,
    precision: str,
    weights: str,
    picture_format: PictureFormat,
) -> Generator[Event, None, None]:
    longest_side_px = recipe.longest_side_px
    pictures = (
        open_picture(content, name=names[0], longest_side_px=longest_side_px, shortest_side_px=MIN_PAINTED_SIDE_PX),
        open_style(style, name=names[1], recipe=recipe),
    )
    # Whatever can be refused is refused before TensorFlow is imported, which takes seconds.
    check_precision(precision)
    check_painter_fits()
    values: str | Weights = weights if weights == KERAS else load_weights(weights)
    with quiet_native_code():
        from stylizer.painter import Painter  # noqa: PLC0415 - imports TensorFlow

        painter = Painter(weights=values, precision=precision)
    yield from painter.paint(*pictures, recipe=recipe, seed=seed, picture_format=picture_format)


def _watch(painting: Generator[Event, None, None], *, quiet: bool) -> Finished:
    """Follow the painting to its end, with a progress bar on standard error where that is a terminal."""
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(_BAR_COLUMNS),
        TextColumn("{task.fields[numbers]}"),
        console=console,
        disable=quiet or not console.is_terminal,
        transient=True,
    )
    with bar:
        task = bar.add_task("Warming up", total=None, numbers="")
        for event in painting:
            match event:
                case Started():
                    bar.update(task, total=event.steps, description="Painting", numbers=f"0/{event.steps}")
                case StepDone():
                    bar.update(task, completed=event.step, numbers=_step_numbers(event))
                case Finished():
                    return event
    raise AssertionError("a painting ends with Finished")


def _step_numbers(done: StepDone) -> str:
    parts = [
        f"{done.step}/{done.steps}",
        f"{done.step / done.elapsed_seconds:.1f} steps/s",
        f"loss {done.losses.total:.3g}",
    ]
    if done.seconds_left is not None:
        parts.append(f"{_duration(done.seconds_left)} left")
    return "  ".join(parts)


def _duration(seconds: float) -> str:
    """Seconds as people say them: `14 s`, `2 min 05 s`, `1 h 05 min`."""
    minutes, rest_seconds = divmod(math.ceil(seconds), 60)
    if minutes >= 60:
        return f"{minutes // 60} h {minutes % 60:02d} min"
    return f"{minutes} min {rest_seconds:02d} s" if minutes else f"{rest_seconds} s"


def _numbers(finished: Finished) -> dict[str, object]:
    return {
        "seconds": round(finished.seconds, 3),
        "width": finished.width_px,
        "height": finished.height_px,
        "steps": finished.steps,
        "recipe": finished.recipe,
        "seed": finished.seed,
        "precision": finished.precision,
        "device": finished.device,
        "peak_memory_bytes": finished.peak_memory_bytes,
        "losses": dataclasses.asdict(finished.losses),
        "gif": {"frames": finished.gif_frames, "bytes": len(finished.gif)},
    }
