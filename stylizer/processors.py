"""The processor cores that this process may use."""

from __future__ import annotations

import os
import sys


def usable_processors() -> int:
    """How many there are."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
