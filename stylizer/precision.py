"""The names of the precisions; `fastest.py` chooses one."""

from __future__ import annotations

from stylizer.errors import UnknownPrecision

PRECISIONS = ("auto", "float32", "bfloat16", "float16")


def check_precision(precision: str) -> None:
    """Raise `UnknownPrecision` unless it is `auto`, `float32`, `bfloat16` or `float16`."""
    if precision not in PRECISIONS:
        raise UnknownPrecision(precision)
