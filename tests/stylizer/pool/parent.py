"""A process with an engine in the middle of a job, for tests that kill it."""

from __future__ import annotations

import asyncio
import sys

from stylizer.pool import LocalEngine
from tests.stylizer.pool.painters import open_stub
from tests.stylizer.pool.studio import process_of, stub_job


async def main(mishap: str) -> None:
    """Print the worker's process ID once its mishap has begun, and abandon the engine when standard input ends."""
    engine = await LocalEngine(open_painter=open_stub).__aenter__()
    job = stub_job(steps=10**9) if mishap == "paint on" else stub_job(mishap=mishap)
    events = engine.run(job)
    worker = process_of([await anext(events)])
    await anext(events)
    print(worker, flush=True)  # noqa: T201 - how the test learns it
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
