"""What the command line's arguments and options may be; everything else is refused in a sentence."""

from __future__ import annotations

import math
import os
import re
from pathlib import Path

import click

_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,4000}")  # Python parses no more digits


class Command(click.Command):
    """A command that says in its own words what is wrong with its arguments."""

    allow_extra_args = True
    """They are refused here, once everything else is read."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Raise `UsageError` for too many arguments, and for a file's name that looks like an option."""
        written_args = tuple(args)  # click takes from the list
        try:
            super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            files = [written for written in written_args if written.startswith("-") and Path(written).exists()]
            if not files:
                raise
            sentence = f"{files[0]} looks like an option, because it begins with a dash; write ./{files[0]}."
            raise click.UsageError(sentence) from error
        if ctx.args:
            raise click.UsageError(
                f"Can't use {' '.join(ctx.args)}: a painting takes one CONTENT and one STYLE. "
                "For more styles, use --style."
            )
        return ctx.args


class FilePath(click.Path):
    """A file or a folder, which is opened later: only an empty name is refused now."""

    def __init__(self) -> None:
        super().__init__(path_type=Path, readable=False)

    def convert(
        self, value: str | os.PathLike[str], param: click.Parameter | None, ctx: click.Context | None
    ) -> str | bytes | os.PathLike[str]:
        """The path. Raises `UsageError`."""
        if value == "":
            raise click.UsageError(f"{_name(param)} is empty; give the name of a file or a folder.")
        return super().convert(value, param, ctx)


class Number(click.ParamType[float]):
    """A number within a range, with an example for who reads that theirs isn't."""

    name = "number"

    def __init__(self, lowest: float, highest: float, *, example: float) -> None:
        self._lowest = lowest
        self._highest = highest
        self._example = example

    def convert(self, value: object, param: click.Parameter | None, _ctx: click.Context | None) -> float:
        """The number. Raises `UsageError`."""
        try:
            number = float(str(value))
        except ValueError:
            number = math.nan
        if not self._lowest <= number <= self._highest:
            limits = f"from {self._lowest:g} to {self._highest:g}"
            raise click.UsageError(f"{_name(param)} must be a number {limits}, such as {self._example}, not {value}.")
        return number


class WholeNumber(click.ParamType[int]):
    """A whole number within a range."""

    name = "whole number"

    def __init__(self, lowest: int, highest: int | None = None) -> None:
        self._lowest = lowest
        self._highest = highest

    def convert(self, value: object, param: click.Parameter | None, _ctx: click.Context | None) -> int:
        """The number. Raises `UsageError`."""
        written = str(value)
        if _WHOLE_NUMBER.fullmatch(written):
            number = int(written)
            if self._lowest <= number and (self._highest is None or number <= self._highest):
                return number
        limits = f"of {self._lowest} or more" if self._highest is None else f"from {self._lowest} to {self._highest}"
        raise click.UsageError(f"{_name(param)} must be a whole number {limits}, not {written}.")


def _name(param: click.Parameter | None) -> str:
    """What the user calls a parameter: `CONTENT`, or `--size`."""
    if isinstance(param, click.Option):
        return param.opts[-1]
    return "An argument" if param is None else param.human_readable_name
