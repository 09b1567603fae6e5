"""How long to wait before a retry."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import TypeAlias

MAX_DELAY_SECONDS = 60.0

Backoff: TypeAlias = Callable[[], Iterator[float]]
"""Makes the seconds to wait before each retry; they never end."""


def backoff_delays() -> Iterator[float]:
    """Yield the seconds to wait before each retry: 0, 1, then doubling, up to a minute."""
    return (backoff_delay(failures) for failures in count(1))


def backoff_delay(failures: int, *, max_seconds: float | None = None) -> float:
    """Seconds to wait after this many failures in a row; `max_seconds` is a minute by default."""
    longest_seconds = MAX_DELAY_SECONDS if max_seconds is None else max_seconds
    doublings = min(failures - 2, 20)  # a million seconds are longer than anybody waits
    return min(2.0**doublings, longest_seconds) if failures > 1 else 0.0
