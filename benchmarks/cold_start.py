"""Measures how long a worker takes from process start until it is ready for its first job."""

from __future__ import annotations

import asyncio
import statistics
import time
from functools import partial

from stylizer.pool.local import LocalEngine
from stylizer.pool.worker import open_vgg16_painter

MAX_COLD_START_SECONDS = 6.0
STARTS = 3


def cold_start_seconds(*, precision: str) -> float:
    """Start `STARTS` workers one after the other, as the bot does; return the median."""

    async def start() -> float:
        began = time.perf_counter()
        async with LocalEngine(open_painter=partial(open_vgg16_painter, precision=precision)):
            return time.perf_counter() - began

    return statistics.median(asyncio.run(start()) for _ in range(STARTS))
