"""Opens and checks the command line's input files before TensorFlow is imported, which takes seconds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import click

from stylizer.board import BOARD_SIZES
from stylizer.cli.files import cell_paths, read_file
from stylizer.cli.sense import check_stroke_size
from stylizer.errors import PictureName
from stylizer.images import MIN_PAINTED_SIDE_PX, Picture, fit_size, open_picture
from stylizer.mask import Mask
from stylizer.recipe import MAX_SIZE_PX, Recipe
from stylizer.start import check_start
from stylizer.style import open_style


class StyleFile(NamedTuple):
    """A style picture, and how much it counts in a blend."""

    path: Path
    weight: float = 1.0

    @property
    def written(self) -> str:
        """As --style takes it."""
        return str(self.path) if self.weight == 1 else f"{self.path}:{self.weight:g}"


def chosen_content(content: Path | None) -> Path:
    """Return CONTENT. Raises `UsageError` if it is missing."""
    if content is None:
        raise click.UsageError("A photograph is missing: give CONTENT, or a folder with --content-dir.")
    return content


class Inputs(NamedTuple):
    """The pictures that a painting is made from."""

    content: Picture
    styles: tuple[Picture, ...]
    start: Picture | None = None
    """The painting that it continues."""
    mask: Picture | None = None
    """What says where to paint."""
    regions: int = 0
    """How many the mask has; 0 if there is none."""


def chosen_styles(style: Path | None, more: Sequence[str]) -> list[StyleFile]:
    """The requested styles: STYLE, or those of --style."""
    if style is None and not more:
        raise click.UsageError("A style is missing: give a picture after CONTENT, or with --style or --style-dir.")
    if style is not None and more:
        raise click.UsageError(f"Give all styles with --style, or only {style}.")
    return [weighted_style(text) for text in more] if style is None else [StyleFile(style)]


def weighted_style(text: str) -> StyleFile:
    """Parse `FILE:WEIGHT`. An existing file with the whole text as its name wins: names may contain colons."""
    path, colon, weight = text.rpartition(":")
    if not colon or Path(text).exists():
        return StyleFile(Path(text))
    try:
        number = float(weight)
    except ValueError:
        if not Path(path).is_file():
            return StyleFile(Path(text))
        number = math.nan
    if not (math.isfinite(number) and number > 0):
        raise click.UsageError(f"--style {text}: a weight is a number above 0, such as 0.5.")
    return StyleFile(Path(path), number)


def open_content(path: Path, recipe: Recipe) -> Picture:
    """Decode the content picture at the painting's size. Raises what `open_picture` raises, and `UsageError`."""
    return open_picture(
        read_file(path),
        name=PictureName(filename=str(path)),
        longest_side_px=recipe.longest_side_px,
        shortest_side_px=MIN_PAINTED_SIDE_PX,
    )


def open_style_file(path: Path, recipe: Recipe) -> Picture:
    """Decode a style picture. Raises as `open_content` does."""
    return open_style(read_file(path), name=PictureName(filename=str(path)), recipe=recipe)


def open_start(path: Path, content: Picture, recipe: Recipe) -> Picture:
    """Decode a painting to continue. Also raises `StartTooLarge` and `StartOfAnotherShape`."""
    cells = cell_paths(path, min(BOARD_SIZES))
    if all(cell.exists() for cell in cells):
        raise click.UsageError(f"{path} is a board's sheet; continue one of its paintings, such as {cells[-1]}.")
    name = PictureName(filename=str(path))
    start = open_picture(read_file(path), name=name, longest_side_px=MAX_SIZE_PX)
    width_px, height_px = fit_size(content.width_px, content.height_px, longest_side_px=recipe.longest_side_px)
    check_start(start, width_px=width_px, height_px=height_px, name=name)
    return start


def open_mask(path: Path, content: Picture, styles: Sequence[StyleFile], recipe: Recipe) -> tuple[Picture, int]:
    """Decode a mask, and count its regions. Also raises what `Mask.of` raises."""
    name = PictureName(filename=str(path))
    mask = open_picture(read_file(path), name=name, longest_side_px=recipe.longest_side_px)
    width_px, height_px = fit_size(content.width_px, content.height_px, longest_side_px=recipe.longest_side_px)
    shares = [style.weight for style in styles]
    regions = Mask.of(mask, width_px=width_px, height_px=height_px, shares=shares, name=name).regions
    return mask, regions.shape[2]


def open_inputs(
    content: Path, styles: Sequence[StyleFile], *, start: Path | None = None, mask: Path | None = None, recipe: Recipe
) -> Inputs:
    """Open all input pictures, and refuse those that make no sense together.

    Raises as `open_content`, `open_start` and `open_mask` do.
    """
    photograph = open_content(content, recipe)
    pictures = tuple(open_style_file(style.path, recipe) for style in styles)
    continued = None if start is None else open_start(start, photograph, recipe)
    masked, regions = (None, 0) if mask is None else open_mask(mask, photograph, styles, recipe)
    by_path = dict(zip((style.path for style in styles), pictures, strict=True))
    check_stroke_size(photograph, by_path, recipe, start=continued)
    return Inputs(photograph, pictures, continued, masked, regions)
