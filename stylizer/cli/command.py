"""The command line: `python -m stylizer CONTENT STYLE -o OUT` paints one picture in the style of another."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any, get_args

import click
from click.core import ParameterSource

from stylizer.blend import shares_of
from stylizer.board import BOARD_RECIPE, BOARD_SIZES, MAX_STROKE_SIZE, MIN_STROKE_SIZE, Vary
from stylizer.cli.board import check_board, paint_board, plan_cells
from stylizer.cli.estimate import show_estimate
from stylizer.cli.files import cell_paths, check_separate, check_writable, is_same_file, report_unsaved, save_file
from stylizer.cli.folders import check_folders, paint_folders, refuse_options_of_one_painting
from stylizer.cli.inputs import chosen_content, chosen_styles, open_inputs
from stylizer.cli.painting import CommandPainter, describe_faces
from stylizer.cli.pairs import chosen_pictures, plan_pairs
from stylizer.cli.parameters import Command, FilePath, Number, WholeNumber
from stylizer.cli.progress import show_progress
from stylizer.cli.sense import check_options, warn_if_gray
from stylizer.cli.size import Size, chosen_size, sized
from stylizer.errors import MAX_BLENDED_STYLES, InvalidRecipe
from stylizer.events import PICTURE_SUFFIXES, Event, Finished, PictureFormat
from stylizer.recipe import (
    DEFAULT_RECIPE,
    MAX_MORE_STEPS,
    MAX_SIZE_PX,
    MAX_STYLE_STRENGTH,
    MIN_SIZE_PX,
    Recipe,
    Start,
    load_recipe,
    recipe_names,
)
from stylizer.timelapse import DEFAULT_GIF_LIMIT_BYTES
from stylizer.version import VERSION

_FORMATS: dict[str, PictureFormat] = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".webp": "webp"}
_OPTIONS = {
    "longest_side_px": "--size",
    "style_strength": "--style-strength",
    "colors": "--colors",
    "style_picture.scale": "--stroke-size",
}
"""The option for each field of a recipe that can be overridden."""


def _recipe_help() -> str:
    lines = (f"{name}: {load_recipe(name).description}" for name in recipe_names())
    return "\b\nRecipes:\n" + "\n".join(f"  {line}" for line in lines)


_EPILOG = f"""
{_recipe_help()}

\b
Examples:
  python -m stylizer photo.jpg painting.jpg -o out.png
  python -m stylizer photo.jpg painting.jpg --recipe hd --estimate
  python -m stylizer photo.jpg painting.jpg -o out.webp --gif out.gif --recipe draft
  python -m stylizer photo.jpg painting.jpg -o out.jpg --size 1024 --style-strength 2 --colors content
  python -m stylizer photo.jpg --style painting.jpg:0.7 --style mosaic.jpg:0.3 -o out.png
  python -m stylizer photo.jpg painting.jpg -o out.png --mask sky-white-rest-black.png
  python -m stylizer photo.jpg --style painting.jpg --style mosaic.jpg -o out.png --mask red-and-blue.png
  python -m stylizer portrait.jpg painting.jpg -o out.png --spare-faces
  python -m stylizer photo.jpg painting.jpg -o ideas.jpg --board 9 --vary strength
  python -m stylizer photo.jpg painting.jpg -o out.png --continue ideas-3.png --style-strength 0.8
  python -m stylizer --content-dir photos --style-dir styles -o paintings
  python -m stylizer --content-dir photos painting.jpg -o paintings --gif gifs --format jpg
"""


@click.command(
    cls=Command, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@click.argument("content", type=FilePath(), required=False)
@click.argument("style", type=FilePath(), required=False)
@click.option(
    "-o",
    "--output",
    type=FilePath(),
    help="Output file, replaced if it exists; its suffix (.png, .jpg, .webp) chooses the format. With folders, the "
    "folder for the paintings.",
)
@click.option(
    "--gif",
    type=FilePath(),
    help="Also write a timelapse GIF to this file; with folders, GIFs to this folder.",
)
@click.option(
    "--style",
    "more_styles",
    multiple=True,
    metavar="FILE[:WEIGHT]",
    help=f"Instead of STYLE: blend up to {MAX_BLENDED_STYLES} styles by weight, or give a board one style each.",
)
@click.option(
    "--content-dir",
    type=FilePath(),
    metavar="FOLDER",
    help="Instead of CONTENT: paint every picture in this folder. Existing paintings are skipped.",
)
@click.option(
    "--style-dir",
    type=FilePath(),
    metavar="FOLDER",
    help="Instead of STYLE: paint in every style in this folder.",
)
@click.option(
    "--format",
    "file_format",
    type=click.Choice([suffix.removeprefix(".") for suffix in PICTURE_SUFFIXES.values()]),
    help="File format of a folder's paintings.  [default: png]",
)
@click.option("--recipe", "recipe_name", default=DEFAULT_RECIPE, show_default=True, help="Painting recipe; see below.")
@click.option(
    "--size",
    type=chosen_size,
    metavar="PX",
    help=f"Longest side in pixels, {MIN_SIZE_PX} to {MAX_SIZE_PX}; or same, for CONTENT's own size.  "
    "[default: the recipe's]",
)
@click.option(
    "--style-strength",
    type=Number(0, MAX_STYLE_STRENGTH, example=1.5),
    metavar="X",
    help=f"How much style, 0 to {MAX_STYLE_STRENGTH:g}; 0 keeps the photo as it is.  [default: 1]",
)
@click.option(
    "--stroke-size",
    type=Number(MIN_STROKE_SIZE, MAX_STROKE_SIZE, example=1.5),
    metavar="X",
    help=f"Size of the style's strokes, {MIN_STROKE_SIZE:g} to {MAX_STROKE_SIZE:g}.  [default: 1]",
)
@click.option(
    "--colors",
    metavar="C",
    help="Which colors: style; content (only light and dark are painted); matched (the style's, shifted to the "
    "content's); or only (the style's colors without its strokes; takes a moment).  [default: style]",
)
@click.option(
    "--seed",
    type=WholeNumber(0),
    default=0,
    show_default=True,
    help="Each seed paints another variation; the same seed paints the same picture.",
)
@click.option(
    "--continue",
    "start",
    type=FilePath(),
    metavar="PICTURE",
    help="Continue a painting of the same pictures: a smaller one, such as one from a board, gets larger; one of this "
    "size gets more steps.",
)
@click.option(
    "--start",
    "start_picture",
    type=click.Choice(get_args(Start)),
    help="Start from the photo, or from noise in the style's colors.  [default: content]",
)
@click.option(
    "--steps",
    type=WholeNumber(1, MAX_MORE_STEPS),
    metavar="N",
    help="With --continue: steps on the finest canvas; it takes fewer if nothing moves anymore.  "
    "[default: the recipe's]",
)
@click.option(
    "--mask",
    type=FilePath(),
    metavar="PICTURE",
    help="Where to paint: white is painted, black stays as it is, gray is painted partly. Or one flat color for each "
    "--style: white, then in the order of the rainbow.",
)
@click.option("--spare-faces", is_flag=True, help="Keep faces recognizable.")
@click.option(
    "--board",
    type=click.Choice([str(count) for count in BOARD_SIZES]),
    help=f"Paint this many small paintings (recipe {BOARD_RECIPE}) and a numbered sheet of them, a .jpg.",
)
@click.option(
    "--vary",
    "varied",
    type=click.Choice(get_args(Vary)),
    help="What to vary on a board of one style or blend.  [default: seed]",
)
@click.option("--estimate", is_flag=True, help="Only print how much time and memory it will take; paint nothing.")
@click.option("--precision", default="auto", show_default=True, help="auto, float32, bfloat16 or float16.")
@click.option(
    "--nondeterministic",
    is_flag=True,
    help="Let a GPU use faster kernels; the same seed then paints nearly, but not exactly, the same picture.",
)
@click.option(
    "--weights",
    default="shipped",
    show_default=True,
    metavar="W",
    help="VGG16 weights: shipped, keras (downloads them), or a .npz, .h5 or .weights.h5 file.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the numbers as a JSON object on standard output.")
@click.version_option(VERSION, message="Atelier %(version)s")
@click.pass_context
def main(  # noqa: PLR0913, PLR0917 - one parameter for each option of the command
    context: click.Context,
    content: Path | None,
    style: Path | None,
    output: Path | None,
    gif: Path | None,
    more_styles: tuple[str, ...],
    content_dir: Path | None,
    style_dir: Path | None,
    file_format: str | None,
    recipe_name: str,
    size: Size | None,
    style_strength: float | None,
    stroke_size: float | None,
    colors: str | None,
    seed: int,
    start: Path | None,
    start_picture: Start | None,
    steps: int | None,
    mask: Path | None,
    spare_faces: bool,
    board: str | None,
    varied: Vary | None,
    estimate: bool,
    precision: str,
    nondeterministic: bool,
    weights: str,
    as_json: bool,
) -> None:
    """Paint the picture CONTENT in the style of the picture STYLE, or of several with --style; or whole folders.

    All can be JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF or HEIC files. The painting keeps the shape of CONTENT. Without a
    GPU it takes seconds to minutes; a progress bar shows its progress.
    """
    if board is not None and context.get_parameter_source("recipe_name") is ParameterSource.DEFAULT:
        recipe_name = BOARD_RECIPE
    recipe = _chosen_recipe(
        recipe_name,
        longest_side_px=size if isinstance(size, int) else None,
        style_strength=style_strength,
        colors=colors,
        style_picture=None if stroke_size is None else {"scale": stroke_size},
        start=None if start_picture is None else {"picture": start_picture},
    )
    if steps is not None:
        recipe = _with_steps(recipe, steps)
    painter = CommandPainter(
        precision=precision, deterministic=not nondeterministic, weights=weights, spare_faces=spare_faces
    )
    if content_dir is not None or style_dir is not None:
        refuse_options_of_one_painting(
            {
                "--board": board,
                "--vary": varied,
                "--continue": start,
                "--mask": mask,
                "--estimate": estimate or None,
            }
        )
        output = _required(output)
        check_folders(output, gif=gif, input_folders=(content_dir, style_dir))
        check_options(context, recipe)
        contents, blends = chosen_pictures(content, style, more_styles, content_dir=content_dir, style_dir=style_dir)
        suffix = f".{file_format or 'png'}"
        paint_folders(
            plan_pairs(contents, blends, output=output, suffix=suffix, gif_folder=gif),
            painter,
            recipe=recipe,
            as_content=size == "same",
            seed=seed,
            picture_format=_FORMATS[suffix],
            as_json=as_json,
        )
        return
    if file_format is not None:
        raise click.UsageError("--format is only for folders; leave it out: the suffix of -o sets the format.")
    content = chosen_content(content)
    styles = chosen_styles(style, more_styles)
    check_options(context, recipe)
    recipe = sized(recipe, content, as_content=size == "same")
    if board is None:
        shares_of([style.weight for style in styles])
    else:
        check_board(output, gif=gif, start=start, mask=mask, spare_faces=spare_faces)
    cells = [] if board is None else plan_cells(styles, recipe, count=int(board), seed=seed, varied=varied)
    if estimate:
        opened = open_inputs(content, styles, start=start, mask=mask, recipe=recipe)
        warn_if_gray(content, opened.content, recipe)
        recipes = [cell.variation.recipe for cell in cells] or [recipe]
        show_estimate(
            opened,
            recipes,
            styles=len(cells[0].styles if cells else styles),
            spare_faces=spare_faces,
            precision=precision,
            deterministic=not nondeterministic,
            weights=weights,
            as_json=as_json,
        )
        return
    output = _required(output)
    inputs = [("CONTENT", content), *(("STYLE", one.path) for one in styles)]
    if start is not None:
        inputs.append(("of --continue", start))
    if mask is not None:
        inputs.append(("of --mask", mask))
    picture_format = _checked_format(output, gif, others=cell_paths(output, len(cells)), inputs=inputs)
    if board is not None:
        paint_board(
            content,
            cells,
            painter,
            recipe=recipe,
            output=output,
            as_json=as_json,
        )
        return
    opened = open_inputs(content, styles, start=start, mask=mask, recipe=recipe)
    warn_if_gray(content, opened.content, recipe)
    painting = painter.paint(
        opened,
        styles,
        recipe=recipe,
        seed=seed,
        picture_format=picture_format,
        gif_limit_bytes=0 if gif is None else DEFAULT_GIF_LIMIT_BYTES,
    )
    _show_and_save(painting, recipe, output=output, gif=gif, as_json=as_json)


def _required(output: Path | None) -> Path:
    if output is None:
        raise click.UsageError("Say where to save the painting, with -o.")
    return output


def _chosen_recipe(name: str, **overrides: Any) -> Recipe:
    """The recipe with the fields that options change. Raises `UnknownRecipe`, and `UsageError` with the option."""
    recipe = load_recipe(name)
    try:
        return recipe.with_overrides(**overrides)
    except InvalidRecipe as error:
        raise click.UsageError(f"{_OPTIONS[error.field]} {error.problem}.") from error


def _with_steps(recipe: Recipe, steps: int) -> Recipe:
    """The recipe with this many steps on its finest canvas, also when it continues a painting of that size."""
    *coarser, finest = recipe.scales
    return recipe.with_overrides(scales=(*coarser, dataclasses.replace(finest, steps=steps)), more_steps=steps)


def _checked_format(
    output: Path, gif: Path | None, *, others: Sequence[Path], inputs: Sequence[tuple[str, Path]]
) -> PictureFormat:
    """The output's format. Refuses files, also `others`, that can't be written or would overwrite a picture."""
    picture_format = _FORMATS.get(output.suffix.lower())
    if picture_format is None and output.is_dir():
        raise click.UsageError(f"{output} is a folder; give a file name, such as {output / 'painting.png'}.")
    if picture_format is None:
        raise click.UsageError(f"{output} must end in .png, .jpg or .webp: the suffix sets the format.")
    if gif is not None and gif.suffix.lower() != ".gif":
        raise click.UsageError(f"--gif must end in .gif, but is {gif}.")
    for path in (output, *others, *([] if gif is None else [gif])):
        check_writable(path)
        check_separate(path, inputs)
    if gif is not None and is_same_file(gif, output):
        raise click.UsageError(f"{gif} is the same file as {output}; choose another name for the GIF.")
    return picture_format


def _show_and_save(
    painting: Generator[Event, None, None], recipe: Recipe, *, output: Path, gif: Path | None, as_json: bool
) -> None:
    finished = show_progress(painting, quiet=as_json)
    saved = [save_file(output, finished.painting)]
    if gif is not None:
        saved.append(save_file(gif, finished.gif))
    places = [click.format_filename(file.place) for file in saved if file.place is not None]
    if as_json:
        click.echo(json.dumps(_numbers(finished)))
    elif places:
        done = "1 step" if finished.steps == 1 else f"{finished.steps} steps"
        steps = f"recipe {finished.recipe}, {done} " if recipe.is_painted else ""
        faces = describe_faces(finished.faces)
        click.echo(
            f"{' and '.join(places)}: {finished.width_px} × {finished.height_px} px, {steps}"
            f"in {finished.seconds:.1f} s ({finished.device}, {finished.precision}){faces}"
        )
    report_unsaved(saved)


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
        "faces": finished.faces,
        "losses": dataclasses.asdict(finished.losses),
        "gif": {"frames": finished.gif_frames, "bytes": len(finished.gif)} if finished.gif else None,
    }
