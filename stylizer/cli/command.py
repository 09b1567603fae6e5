"""The command line: `python -m stylizer CONTENT STYLE -o OUT` paints one picture in the style of another."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import get_args

import click
from click.core import ParameterSource

from stylizer.blend import shares_of
from stylizer.board import BOARD_RECIPE, BOARD_SIZES, MAX_STROKE_SIZE, MIN_STROKE_SIZE, Vary
from stylizer.cli.board import cell_paths, check_board, paint_board, plan_cells
from stylizer.cli.files import check_separate, check_writable, is_same_file, report_unsaved, save_file
from stylizer.cli.inputs import (
    StyleFile,
    chosen_styles,
    open_content,
    open_mask,
    open_painter,
    open_start,
    open_style_file,
)
from stylizer.cli.progress import show_progress
from stylizer.errors import MAX_BLENDED_STYLES, InvalidRecipe
from stylizer.events import Event, Finished, PictureFormat
from stylizer.recipe import (
    DEFAULT_RECIPE,
    MAX_SIZE_PX,
    MAX_STYLE_STRENGTH,
    MIN_SIZE_PX,
    Recipe,
    load_recipe,
    recipe_names,
)

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
  python -m stylizer photo.jpg painting.jpg -o out.webp --gif out.gif --recipe draft
  python -m stylizer photo.jpg painting.jpg -o out.jpg --size 1024 --style-strength 2 --colors content
  python -m stylizer photo.jpg --style painting.jpg:0.7 --style mosaic.jpg:0.3 -o out.png
  python -m stylizer photo.jpg painting.jpg -o out.png --mask sky-white-rest-black.png
  python -m stylizer photo.jpg --style painting.jpg --style mosaic.jpg -o out.png --mask red-and-blue.png
  python -m stylizer portrait.jpg painting.jpg -o out.png --spare-faces
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
    help=f"Instead of STYLE: blend up to {MAX_BLENDED_STYLES} styles by weight, or give a board one style each.",
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
@click.option(
    "--colors",
    metavar="C",
    help="Whose colors: style, content (only light and dark are painted) or matched (the style's, moved to the "
    "content's).  [default: style]",
)
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
    "--mask",
    type=click.Path(path_type=Path),
    metavar="PICTURE",
    help="Where to paint: white is painted, black stays as it is, gray is between. Or one flat color for each --style: "
    "white, then in the order of the rainbow.",
)
@click.option("--spare-faces", is_flag=True, help="Keep faces recognizable.")
@click.option(
    "--board",
    type=click.Choice([str(count) for count in BOARD_SIZES]),
    help=f"Paint this many small ones (recipe {BOARD_RECIPE}) and a numbered sheet of them, a .jpg.",
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
    colors: str | None,
    seed: int,
    start: Path | None,
    mask: Path | None,
    spare_faces: bool,
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
    styles = chosen_styles(style, more_styles)
    picture_format = _FORMATS.get(output.suffix.lower())
    if picture_format is None:
        raise click.UsageError(f"{output} must end in .png, .jpg or .webp, which chooses the format.")
    if gif is not None and gif.suffix.lower() != ".gif":
        raise click.UsageError(f"--gif must end in .gif, but is {gif}.")
    outputs = [path for path in (output, gif) if path is not None]
    if board is not None:
        check_board(output, gif=gif, start=start, mask=mask, spare_faces=spare_faces)
        outputs += cell_paths(output, int(board))
        if context.get_parameter_source("recipe_name") is ParameterSource.DEFAULT:
            recipe_name = BOARD_RECIPE
    elif varied is not None:
        raise click.UsageError("--vary needs --board: it says what differs between its paintings.")
    inputs = [("CONTENT", content), *(("STYLE", one.path) for one in styles)]
    if start is not None:
        inputs.append(("of --continue", start))
    if mask is not None:
        inputs.append(("of --mask", mask))
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
            colors=colors,
            style_picture=None if stroke_size is None else {"scale": stroke_size},
        )
    except InvalidRecipe as error:
        raise click.UsageError(f"{_OPTIONS[error.field]} {error.problem}.") from error
    if board is not None:
        cells = plan_cells(styles, recipe, count=int(board), seed=seed, varied=varied)
        paint_board(content, cells, output=output, precision=precision, weights=weights, as_json=as_json)
        return
    painting = _paint(
        content,
        styles,
        start=start,
        mask=mask,
        spare_faces=spare_faces,
        recipe=recipe,
        seed=seed,
        precision=precision,
        weights=weights,
        picture_format=picture_format,
    )
    finished = show_progress(painting, quiet=as_json)
    saved = [save_file(output, finished.painting)]
    if gif is not None:
        saved.append(save_file(gif, finished.gif))
    places = [str(file.place) for file in saved if file.place is not None]
    if as_json:
        click.echo(json.dumps(_numbers(finished)))
    elif places:
        steps = "1 step" if finished.steps == 1 else f"{finished.steps} steps"
        faces = {None: "", 0: ", no face found", 1: ", 1 face spared"}.get(
            finished.faces, f", {finished.faces} faces spared"
        )
        click.echo(
            f"{' and '.join(places)}: {finished.width_px} × {finished.height_px} px, recipe {finished.recipe}, "
            f"{steps} in {finished.seconds:.1f} s ({finished.device}, {finished.precision}){faces}"
        )
    report_unsaved(saved)


def _paint(
    content: Path,
    styles: Sequence[StyleFile],
    *,
    start: Path | None,
    mask: Path | None,
    spare_faces: bool,
    recipe: Recipe,
    seed: int,
    precision: str,
    weights: str,
    picture_format: PictureFormat,
) -> Generator[Event, None, None]:
    shares_of([style.weight for style in styles])
    photograph = open_content(content, recipe)
    pictures = [open_style_file(style.path, recipe) for style in styles]
    continued = None if start is None else open_start(start, photograph, recipe)
    masked = None if mask is None else open_mask(mask, photograph, styles, recipe)
    # Refuse what can be refused before TensorFlow is imported, which takes seconds.
    painter = open_painter(precision=precision, weights=weights, spare_faces=spare_faces)
    yield from painter.paint(
        photograph,
        *pictures,
        weights=[style.weight for style in styles],
        start=continued,
        mask=masked,
        spare_faces=spare_faces,
        recipe=recipe,
        seed=seed,
        picture_format=picture_format,
    )


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
        "gif": {"frames": finished.gif_frames, "bytes": len(finished.gif)},
    }
