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
from stylizer.recipe import (
    DEFAULT_RECIPE,
    MAX_SIZE_PX,
    MAX_STYLE_STRENGTH,
    MIN_SIZE_PX,
    Recipe,
    load_recipe,
    recipe_names,
)
from stylizer.style import open_style
from stylizer.weights import KERAS, Weights, load_weights

_FORMATS: dict[str, PictureFormat] = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".webp": "webp"}
_MAX_FILE_BYTES = 256 * 2**20
_MEMORY_FOLDER = Path("/dev/shm")  # noqa: S108 - the last resort; only creates new files, and reads none
_OPTIONS = {"longest_side_px": "--size", "style_strength": "--style-strength", "keep_colors": "--keep-colors"}
"""The option for each field of a recipe that can be overridden."""
_BAR_COLUMNS = 16
"""With the longest numbers this fills 80 columns; a wider bar would shrink as they grow."""


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
    help="Output file; its suffix (.png, .jpg, .webp) chooses the format.",
)
@click.option("--gif", type=click.Path(path_type=Path), help="Also write a timelapse GIF to this file.")
@click.option("--recipe", "recipe_name", default=DEFAULT_RECIPE, show_default=True, help="Painting recipe; see below.")
@click.option(
    "--size",
    type=int,
    metavar="PX",
    help=f"Longest side in pixels, {MIN_SIZE_PX} to {MAX_SIZE_PX}.  [default: the recipe's]",
)
@click.option(
    "--style-strength",
    type=float,
    metavar="X",
    help=f"How much style, 0 to {MAX_STYLE_STRENGTH:g}: 0 keeps the photo, 2 is the most.  [default: 1]",
)
@click.option("--keep-colors", is_flag=True, help="Paint with the style's strokes but the content's colors.")
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Each seed paints another variation; the same seed paints the same picture.",
)
@click.option("--precision", default="auto", show_default=True, help="auto, float32 or bfloat16.")
@click.option(
    "--weights",
    default="shipped",
    show_default=True,
    metavar="W",
    help="VGG16 weights: shipped, keras (downloads them), or a .npz, .h5 or .weights.h5 file.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the numbers as a JSON object on standard output.")
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

    Both can be JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF or HEIC files. The painting keeps the shape of CONTENT. Without a
    GPU it takes seconds to minutes; a progress bar shows how far it is.
    """
    picture_format = _FORMATS.get(output.suffix.lower())
    if picture_format is None:
        raise click.UsageError(f"{output} must end in .png, .jpg or .webp, which chooses the format.")
    if gif is not None and gif.suffix.lower() != ".gif":
        raise click.UsageError(f"--gif must end in .gif, but is {gif}.")
    for path in (output, gif):
        if path is not None:
            _check_writable(path)
            _check_separate(path, content=content, style=style)
    if gif is not None and _is_same_file(gif, output):
        raise click.UsageError(f"{gif} is the same file as {output}; choose another name for the GIF.")
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
    finished = _show_progress(painting, quiet=as_json)
    saved = [_save(output, finished.painting)]
    if gif is not None:
        saved.append(_save(gif, finished.gif))
    places = [str(file.place) for file in saved if file.place is not None]
    if as_json:
        click.echo(json.dumps(_numbers(finished)))
    elif places:
        steps = "1 step" if finished.steps == 1 else f"{finished.steps} steps"
        click.echo(
            f"{' and '.join(places)}: {finished.width_px} × {finished.height_px} px, recipe {finished.recipe}, "
            f"{steps} in {finished.seconds:.1f} s ({finished.device}, {finished.precision})"
        )
    problems = [file.problem for file in saved if file.problem is not None]
    if problems:
        raise click.ClickException(" ".join(problems))


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            encoded = file.read(_MAX_FILE_BYTES + 1)
    except OSError as error:
        raise click.UsageError(f"Can't read {path}: {_reason(error)}.") from error
    if len(encoded) > _MAX_FILE_BYTES:
        raise click.UsageError(f"{path} is too large; the limit is {_MAX_FILE_BYTES // 2**20} MiB.")
    return encoded


def _check_writable(path: Path) -> None:
    """Refuse a file that can't be written before painting, not after it."""
    folder = path.absolute().parent
    if not folder.is_dir():
        raise click.UsageError(f"There's no folder {folder} for {path.name}.")
    if path.is_dir():
        raise click.UsageError(f"{path} is a folder; give a file name.")
    if not os.access(folder, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise click.UsageError(f"Can't write {path}: permission denied.")


def _check_separate(path: Path, *, content: Path, style: Path) -> None:
    """Refuse to overwrite the pictures that the painting is made from."""
    for name, picture in (("CONTENT", content), ("STYLE", style)):
        if _is_same_file(path, picture):
            raise click.UsageError(f"{path} is the picture {name}, which would be overwritten; choose another name.")


def _is_same_file(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other)
    except OSError:  # one of them does not exist
        return False


@dataclass(frozen=True, slots=True)
class _Saved:
    """A file that was written, or wasn't."""

    place: Path | None
    """Where it is; None if it couldn't be written anywhere."""
    problem: str | None
    """Why it isn't where the user wanted it."""


def _save(path: Path, encoded: bytes) -> _Saved:
    """Write the file, or save it elsewhere if its folder vanished or its disk filled up during the painting."""
    try:
        _write(path, encoded)
    except OSError as error:
        problem = f"Can't write {path}: {_reason(error)}."
        for folder in _spare_folders():
            with contextlib.suppress(OSError):
                spare = _write_new(folder / path.name, encoded)
                return _Saved(spare, f"{problem} Saved to {spare} instead.")
        return _Saved(None, f"{problem} Couldn't save it anywhere else.")
    return _Saved(path, None)


def _write(path: Path, encoded: bytes) -> None:
    """Write the whole file, or nothing if the disk is full: an older file stays until the new one is complete."""
    unfinished = path.with_name(f".{path.name}.part")
    try:
        unfinished.write_bytes(encoded)
        unfinished.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            unfinished.unlink()
        raise


def _write_new(path: Path, encoded: bytes) -> Path:
    """Write a new file of that name, with a number if there is one already; return its path."""
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
    """Folders to save a painting in, best first; not all of them exist."""
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
    # Refuse what can be refused before TensorFlow is imported, which takes seconds.
    check_precision(precision)
    check_painter_fits()
    values: str | Weights = weights if weights == KERAS else load_weights(weights)
    with quiet_native_code():
        from stylizer.painter import Painter  # noqa: PLC0415 - imports TensorFlow

        painter = Painter(weights=values, precision=precision)
    yield from painter.paint(*pictures, recipe=recipe, seed=seed, picture_format=picture_format)


def _show_progress(painting: Generator[Event, None, None], *, quiet: bool) -> Finished:
    """Paint to the end, showing a progress bar if standard error is a terminal."""
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
    """Seconds for people: `14 s`, `2 min 05 s`, `1 h 05 min`."""
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
