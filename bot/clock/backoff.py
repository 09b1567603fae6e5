"""How long to wait before what failed is tried again."""

from __future__ import annotations

from collections.abc import Iterator

LONGEST_WAIT_SECONDS = 60.0


def growing_waits() -> Iterator[float]:
    """Seconds to wait before each attempt after the first: none, one, then they double, up to a minute."""
    wait_seconds = 0.0
    while True:
        yield wait_seconds
        wait_seconds = min(max(1.0, wait_seconds * 2), LONGEST_WAIT_SECONDS)
