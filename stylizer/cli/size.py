"""`--size`: a number of pixels, or `same` for the content picture's size."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeAlias

import click

from stylizer.cli.files import read_file
from stylizer.errors import PictureName
from stylizer.images import read_size
from stylizer.recipe import MAX_SIZE_PX, MIN_SIZE_PX, Recipe

_HARDLY_MORE, _MANY_TIMES = 1.1, 1000
"""How many times the largest area a size has to be for a sentence to say how much more that is, or only that it is
more."""

Size: TypeAlias = int | Literal["same"]


def chosen_size(written: str) -> Size:
    """Parse the size. Raises `UsageError`; if the size is too large, with the reason."""
    if written == "same":
        return "same"
    try:
        size_px = int(written)
    except ValueError as error:
        raise click.UsageError(f"--size {written} isn't a size; give a number of pixels, or same.") from error
    if size_px > MAX_SIZE_PX:
        raise click.UsageError(f"--size {size_px} is too large: {too_large(size_px)} Choose at most {MAX_SIZE_PX}.")
    return size_px


def sized(recipe: Recipe, content: Path, *, as_content: bool) -> Recipe:
    """The recipe, unchanged or, with `as_content`, at the content picture's size.

    Raises `UsageError` if no painting has that size, and what `open_picture` raises.
    """
    if not as_content:
        return recipe
    size_px = max(read_size(read_file(content), name=PictureName(filename=str(content))))
    if size_px > MAX_SIZE_PX:
        raise click.UsageError(
            f"{content} is {size_px} px on its longest side, so --size same is too large: {too_large(size_px)} "
            f"Choose --size {MAX_SIZE_PX} or less."
        )
    if size_px < MIN_SIZE_PX:
        raise click.UsageError(
            f"{content} is {size_px} px on its longest side, and the smallest painting is {MIN_SIZE_PX} px. "
            f"Choose --size {MIN_SIZE_PX} or more."
        )
    return recipe.with_overrides(longest_side_px=size_px)


def too_large(size_px: int) -> str:
    """Why a painting can't have that size."""
    times = (size_px / MAX_SIZE_PX) ** 2
    so_many = f"{times:.1f}".removesuffix(".0") if times < _MANY_TIMES else f"more than {_MANY_TIMES}"
    consequence = "" if times < _HARDLY_MORE else f", so this one would take {so_many} times as much"
    return f"the largest painting is {MAX_SIZE_PX} px. Memory and time grow with the area{consequence}."
