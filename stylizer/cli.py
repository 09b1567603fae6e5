"""The command line: `python -m stylizer CONTENT STYLE -o OUT` paints one picture in the style of another."""

from __future__ import annotations

import dataclasses
import json
import math
import shlex
import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, get_args

import click
from click.core import ParameterSource
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from stylizer.blend import shares_of
from stylizer.board import BOARD_RECIPE, BOARD_SIZES, MAX_STROKE_SIZE, MIN_STROKE_SIZE, Variation, Vary, vary
from stylizer.errors import MAX_STYLES, InvalidRecipe, PictureName
from stylizer.events import Event, Finished, PictureFormat, Started
from stylizer.events import Progress as StepDone
from stylizer.files import Saved, check_separate, check_writable, is_same_file, read_file, save_file
from stylizer.images import MIN_PAINTED_SIDE_PX, Picture, fit_size, open_picture
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
from stylizer.sheet import compose_sheet
from stylizer.start import check_start
from stylizer.style import open_style
from stylizer.weights import KERAS, Weights, load_weights

if TYPE_CHECKING:
    from stylizer.painter import Painter

_FORMATS: dict[str, PictureFormat] = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".webp": "webp"}
_OPTIONS = {
    "longest_side_px": "--size",
    "style_strength": "--style-strength",
    "keep_colors": "--keep-colors",
    "style_picture.scale": "--stroke-size",
}
"""The option for each field of a recipe that can be overridden."""
_DEFAULTS = {"--style-strength": 1.0, "--stroke-size": 1.0, "--seed": 0}
_BAR_COLUMNS = 16
"""With the longest numbers this fills 80 columns; a wider bar would shrink as they grow."""


class _Style(NamedTuple):
    """A style that was asked for."""

    path: Path
    weight: float = 1.0


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
  python -m stylizer photo.jpg --style painting.jpg:0.7 --style mosaic.jpg:0.3 -o out.png
  python -m stylizer photo.jpg painting.jpg -o ideas.jpg --board 9 --vary strength
  python -m stylizer photo.jpg painting.jpg -o out.png --continue ideas-3.png --style-strength 0.8
"""


@click.command(epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.argument("content", type=click.Path(path_type=Path))
@click.argument("style", type=click.Path(path_type=Path), required=False)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    help="Output file; its suffix (.png, .jpg, .webp) chooses the format.",
)
@click.option("--gif", type=click.Path(path_type=Path), help="Also write a timelapse GIF to this file.")
@click.option(
    "--style",
    "more_styles",
    multiple=True,
    metavar="FILE[:WEIGHT]",
    help=f"Instead of STYLE: blend up to {MAX_STYLES} styles by weight, or give a board one style each.",
)
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
@click.option(
    "--stroke-size",
    type=click.FloatRange(MIN_STROKE_SIZE, MAX_STROKE_SIZE),
    metavar="X",
    help=f"Size of the style's strokes, {MIN_STROKE_SIZE:g} to {MAX_STROKE_SIZE:g}.  [default: 1]",
)
@click.option("--keep-colors", is_flag=True, help="Paint with the style's strokes but the content's colors.")
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Each seed paints another variation; the same seed paints the same picture.",
)
@click.option(
    "--continue",
    "start",
    type=click.Path(path_type=Path),
    metavar="PICTURE",
    help="Go on from a smaller painting of the same pictures, such as one of a board.",
)
@click.option(
    "--board",
    type=click.Choice([str(count) for count in BOARD_SIZES]),
    help=f"Paint so many small ones (recipe {BOARD_RECIPE}) and a numbered sheet of them, a .jpg.",
)
@click.option(
    "--vary",
    "varied",
    type=click.Choice(get_args(Vary)),
    help="What differs on a board of one style or blend.  [default: seed]",
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
@click.pass_context
def main(  # noqa: PLR0913, PLR0917 - one parameter for each option of the command
    context: click.Context,
    content: Path,
    style: Path | None,
    output: Path,
    gif: Path | None,
    more_styles: tuple[str, ...],
    recipe_name: str,
    size: int | None,
    style_strength: float | None,
    stroke_size: float | None,
    keep_colors: bool,
    seed: int,
    start: Path | None,
    board: str | None,
    varied: Vary | None,
    precision: str,
    weights: str,
    as_json: bool,
) -> None:
    """Paint the picture CONTENT in the style of the picture STYLE, or of several with --style.

    All can be JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF or HEIC files. The painting keeps the shape of CONTENT. Without a
    GPU it takes seconds to minutes; a progress bar shows how far it is.
    """
    styles = _styles(style, more_styles)
    picture_format = _FORMATS.get(output.suffix.lower())
    if picture_format is None:
        raise click.UsageError(f"{output} must end in .png, .jpg or .webp, which chooses the format.")
    if gif is not None and gif.suffix.lower() != ".gif":
        raise click.UsageError(f"--gif must end in .gif, but is {gif}.")
    outputs = [path for path in (output, gif) if path is not None]
    if board is not None:
        _check_board(output, gif=gif, start=start)
        outputs += _cell_paths(output, int(board))
        if context.get_parameter_source("recipe_name") is ParameterSource.DEFAULT:
            recipe_name = BOARD_RECIPE
    elif varied is not None:
        raise click.UsageError("--vary needs --board, whose paintings it tells apart.")
    inputs = [("CONTENT", content), *(("STYLE", one.path) for one in styles)]
    if start is not None:
        inputs.append(("--continue", start))
    for path in outputs:
        check_writable(path)
        check_separate(path, inputs)
    if gif is not None and is_same_file(gif, output):
        raise click.UsageError(f"{gif} is the same file as {output}; choose another name for the GIF.")
    recipe = load_recipe(recipe_name)
    try:
        recipe = recipe.with_overrides(
            longest_side_px=size,
            style_strength=style_strength,
            keep_colors=keep_colors or None,
            style_picture=None if stroke_size is None else {"scale": stroke_size},
        )
    except InvalidRecipe as error:
        raise click.UsageError(f"{_OPTIONS[error.field]} {error.problem}.") from error
    if board is not None:
        cells = _cells(styles, recipe, count=int(board), seed=seed, varied=varied)
        _paint_board(content, cells, output=output, precision=precision, weights=weights, as_json=as_json)
        return
    painting = _paint(
        content,
        styles,
        start=start,
        recipe=recipe,
        seed=seed,
        precision=precision,
        weights=weights,
        picture_format=picture_format,
    )
    finished = _show_progress(painting, quiet=as_json)
    saved = [save_file(output, finished.painting)]
    if gif is not None:
        saved.append(save_file(gif, finished.gif))
    places = [str(file.place) for file in saved if file.place is not None]
    if as_json:
        click.echo(json.dumps(_numbers(finished)))
    elif places:
        steps = "1 step" if finished.steps == 1 else f"{finished.steps} steps"
        click.echo(
            f"{' and '.join(places)}: {finished.width_px} × {finished.height_px} px, recipe {finished.recipe}, "
            f"{steps} in {finished.seconds:.1f} s ({finished.device}, {finished.precision})"
        )
    _report(saved)


def _report(saved: Sequence[Saved]) -> None:
    """Fail if files aren't where they should be."""
    problems = [file.problem for file in saved if file.problem is not None]
    if problems:
        raise click.ClickException(" ".join(problems))


def _styles(style: Path | None, more: Sequence[str]) -> list[_Style]:
    """The styles that were asked for: STYLE, or those of --style."""
    if style is None and not more:
        raise click.UsageError("A style is missing: give a picture after CONTENT, or with --style.")
    if style is not None and more:
        raise click.UsageError(f"Give all styles with --style, or only {style}.")
    return [_weighted(text) for text in more] if style is None else [_Style(style)]


def _weighted(text: str) -> _Style:
    """A file and its weight, from `FILE:WEIGHT`. A file of that very name comes first: it may contain colons."""
    path, colon, weight = text.rpartition(":")
    if not colon or Path(text).exists():
        return _Style(Path(text))
    try:
        number = float(weight)
    except ValueError:
        return _Style(Path(text))
    if not (math.isfinite(number) and number > 0):
        raise click.UsageError(f"--style {text}: a weight is a number above 0, such as 0.5.")
    return _Style(Path(path), number)


def _paint(
    content: Path,
    styles: Sequence[_Style],
    *,
    start: Path | None,
    recipe: Recipe,
    seed: int,
    precision: str,
    weights: str,
    picture_format: PictureFormat,
) -> Generator[Event, None, None]:
    shares_of([style.weight for style in styles])
    photograph = _open_content(content, recipe)
    pictures = [_open_style(style.path, recipe) for style in styles]
    continued = None if start is None else _open_start(start, photograph, recipe)
    # What can be refused is, before TensorFlow is imported, which takes seconds.
    painter = _open_painter(precision=precision, weights=weights)
    yield from painter.paint(
        photograph,
        *pictures,
        weights=[style.weight for style in styles],
        start=continued,
        recipe=recipe,
        seed=seed,
        picture_format=picture_format,
    )


def _open_content(path: Path, recipe: Recipe) -> Picture:
    return open_picture(
        read_file(path),
        name=PictureName(filename=str(path)),
        longest_side_px=recipe.longest_side_px,
        shortest_side_px=MIN_PAINTED_SIDE_PX,
    )


def _open_style(path: Path, recipe: Recipe) -> Picture:
    return open_style(read_file(path), name=PictureName(filename=str(path)), recipe=recipe)


def _open_start(path: Path, content: Picture, recipe: Recipe) -> Picture:
    name = PictureName(filename=str(path))
    start = open_picture(read_file(path), name=name, longest_side_px=MAX_SIZE_PX)
    width_px, height_px = fit_size(content.width_px, content.height_px, longest_side_px=recipe.longest_side_px)
    check_start(start, width_px=width_px, height_px=height_px, name=name)
    return start


def _open_painter(*, precision: str, weights: str) -> Painter:
    check_precision(precision)
    check_painter_fits()
    values: str | Weights = weights if weights == KERAS else load_weights(weights)
    with quiet_native_code():
        from stylizer.painter import Painter  # noqa: PLC0415 - imports TensorFlow

        return Painter(weights=values, precision=precision)


def _show_progress(painting: Generator[Event, None, None], *, quiet: bool) -> Finished:
    """Paint to the end, showing a progress bar if standard error is a terminal."""
    with _bar(quiet=quiet) as bar:
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


def _bar(*, quiet: bool) -> Progress:
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(_BAR_COLUMNS),
        TextColumn("{task.fields[numbers]}"),
        console=console,
        disable=quiet or not console.is_terminal,
        transient=True,
    )


@dataclass(frozen=True, slots=True)
class _Cell:
    """One painting of a board."""

    styles: tuple[_Style, ...]
    variation: Variation

    @property
    def options(self) -> dict[str, object]:
        """What paints it large, by option."""
        recipe = self.variation.recipe
        return {
            "--style": [
                f"{style.path}:{style.weight:g}" if style.weight != 1 else str(style.path) for style in self.styles
            ],
            "--style-strength": recipe.style_strength,
            "--stroke-size": recipe.style_picture.scale,
            "--seed": self.variation.seed,
        }


def _check_board(output: Path, *, gif: Path | None, start: Path | None) -> None:
    if _FORMATS.get(output.suffix.lower()) != "jpeg":
        raise click.UsageError(
            f"{output} must end in .jpg: a board is a sheet of paintings, and each is a PNG by itself."
        )
    if gif is not None:
        raise click.UsageError("--board paints no GIF; leave out --gif.")
    if start is not None:
        raise click.UsageError("--board begins anew; leave out --continue.")


def _cell_paths(sheet: Path, count: int) -> list[Path]:
    """Where the small paintings go: `ideas-1.png` and so on, next to `ideas.jpg`."""
    return [sheet.with_name(f"{sheet.stem}-{number}.png") for number in range(1, count + 1)]


def _cells(styles: Sequence[_Style], recipe: Recipe, *, count: int, seed: int, varied: Vary | None) -> list[_Cell]:
    """One style each, with new seeds if there are fewer styles than paintings; or variations of one style or blend."""
    if varied is not None or len(styles) == 1:
        shares_of([style.weight for style in styles])
        return [_Cell(tuple(styles), one) for one in vary(recipe, varied or "seed", count=count, seed=seed)]
    if len(styles) > count:
        raise click.UsageError(f"--board {count} has room for {count} styles, not {len(styles)}.")
    if any(style.weight != 1 for style in styles):
        raise click.UsageError("A board paints each style by itself: leave out the weights, or blend with --vary.")
    return [
        _Cell((styles[number % len(styles)],), Variation(recipe, seed + number // len(styles)))
        for number in range(count)
    ]


def _paint_board(
    content: Path, cells: Sequence[_Cell], *, output: Path, precision: str, weights: str, as_json: bool
) -> None:
    """Paint one after another; each is saved, and added to the sheet, as soon as it is done."""
    paths = _cell_paths(output, len(cells))
    recipe = cells[0].variation.recipe
    photograph = _open_content(content, recipe)
    largest = max((cell.variation.recipe for cell in cells), key=lambda recipe: recipe.style_picture.scale)
    pictures = {style.path: _open_style(style.path, largest) for cell in cells for style in cell.styles}
    size_px = fit_size(photograph.width_px, photograph.height_px, longest_side_px=recipe.longest_side_px)
    began = time.perf_counter()
    painted: list[bytes | None] = [None] * len(cells)
    saved: list[Saved] = []
    with _bar(quiet=as_json) as bar:
        task = bar.add_task("Warming up", total=None, numbers="")
        painter = _open_painter(precision=precision, weights=weights)
        for number, cell in enumerate(cells):
            for event in painter.paint(
                photograph,
                *(pictures[style.path] for style in cell.styles),
                weights=[style.weight for style in cell.styles],
                recipe=cell.variation.recipe,
                seed=cell.variation.seed,
            ):
                match event:
                    case Started():
                        bar.update(task, total=len(cells), description="Painting", numbers=f"{number}/{len(cells)}")
                    case StepDone():
                        bar.update(task, completed=number + event.step / event.steps)
                    case Finished():
                        painted[number] = event.painting
                        saved.append(save_file(paths[number], event.painting))
            sheet = save_file(output, compose_sheet(painted, size_px=size_px))
    saved.insert(0, sheet)
    seconds = time.perf_counter() - began
    if as_json:
        numbers = {
            "seconds": round(seconds, 3),
            "sheet": None if sheet.place is None else str(sheet.place),
            "paintings": [
                {"file": None if file.place is None else str(file.place), "options": cell.options}
                for file, cell in zip(saved[1:], cells, strict=True)
            ],
        }
        click.echo(json.dumps(numbers))
    elif sheet.place is not None:
        click.echo(
            f"{sheet.place}: {len(cells)} paintings of {size_px[0]} × {size_px[1]} px, recipe {recipe.name}, "
            f"in {seconds:.1f} s"
        )
        for number, cell in enumerate(cells, start=1):
            click.echo(f"  {number}: {_written(cell.options)}")
    _report(saved)


def _written(options: Mapping[str, object]) -> str:
    """Options as they are typed, without those that are as by default."""
    parts = []
    for option, value in options.items():
        values = value if isinstance(value, list) else [value]
        parts += [f"{option} {shlex.quote(str(one))}" for one in values if one != _DEFAULTS.get(option)]
    return " ".join(parts)


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
