"""`--size`: a number of pixels, or `same` for the content picture's own."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeAlias

import click

from stylizer.cli.files import read_file
from stylizer.errors import PictureName
from stylizer.images import read_size
from stylizer.recipe import MAX_SIZE_PX, MIN_SIZE_PX, Recipe

Size: TypeAlias = int | Literal["same"]


def chosen_size(written: str) -> Size:
    """The size that was typed. Raises `UsageError`, with the reason if it is too large."""
    if written == "same":
        return "same"
    try:
        size_px = int(written)
    except ValueError as error:
        raise click.UsageError(f"--size {written} is neither a number of pixels nor same.") from error
    if size_px > MAX_SIZE_PX:
        raise click.UsageError(f"--size {size_px} is too large: {too_large(size_px)} Choose at most {MAX_SIZE_PX}.")
    return size_px


def sized(recipe: Recipe, content: Path, *, as_content: bool) -> Recipe:
    """The recipe as it is, or at the size of a content picture.

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
    """Why no painting has that size."""
    times = (size_px / MAX_SIZE_PX) ** 2
    return (
        f"the largest painting is {MAX_SIZE_PX} px. Memory and time grow with its area, so this one would take "
        f"{round(times, 1):g} times as much."
    )
