"""Sizes and durations in settings: `25 MiB`, `7 days`, or a number in the unit that the setting's name ends in."""

from __future__ import annotations

import re
from functools import partial
from typing import Annotated

from pydantic import BeforeValidator, ByteSize, TypeAdapter

_HOUR_SECONDS = 3600
_UNIT_SECONDS = {
    **dict.fromkeys(("s", "sec", "second", "seconds"), 1),
    **dict.fromkeys(("min", "minute", "minutes"), 60),
    **dict.fromkeys(("h", "hour", "hours"), _HOUR_SECONDS),
    **dict.fromkeys(("d", "day", "days"), 24 * _HOUR_SECONDS),
    **dict.fromkeys(("week", "weeks"), 7 * 24 * _HOUR_SECONDS),
}
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([a-z]+)")


def _in_bytes(value: object) -> object:
    """A size with a unit in bytes; everything else unchanged, for pydantic to judge."""
    if not isinstance(value, str):
        return value
    try:
        return int(TypeAdapter(ByteSize).validate_python(value))
    except OverflowError as error:  # more digits than a float has
        raise ValueError("too large") from error


def _in(unit_seconds: int, value: object) -> object:
    """A duration with a unit, in units of `unit_seconds`; everything else unchanged."""
    found = _DURATION.fullmatch(value.strip().lower()) if isinstance(value, str) else None
    if found is None or found[2] not in _UNIT_SECONDS:
        return value
    return float(found[1]) * _UNIT_SECONDS[found[2]] / unit_seconds


Bytes = Annotated[int, BeforeValidator(_in_bytes)]
"""A number of bytes, or a size such as `25 MiB` or `2 GB`."""
Seconds = Annotated[float, BeforeValidator(partial(_in, 1))]
"""A number of seconds, or a duration such as `30 s` or `6 hours`."""
Hours = Annotated[int, BeforeValidator(partial(_in, _HOUR_SECONDS))]
"""A whole number of hours, or a duration such as `24 hours` or `7 days`."""
