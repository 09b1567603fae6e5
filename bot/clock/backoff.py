"""How long to wait before what failed is tried again."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

MAX_DELAY_SECONDS = 60.0


def backoff_delays() -> Iterator[float]:
    """Seconds to wait before each attempt after the first: none, one, then they double, up to a minute."""
    return (backoff_delay(failures) for failures in count(1))


def backoff_delay(failures: int, *, max_seconds: float | None = None) -> float:
    """Seconds to wait after so many failures in a row; `max_seconds` is a minute if left out."""
    longest_seconds = MAX_DELAY_SECONDS if max_seconds is None else max_seconds
    doublings = min(failures - 2, 20)  # a million seconds are longer than anybody waits
    return min(2.0**doublings, longest_seconds) if failures > 1 else 0.0
