"""Processes that are killed while they migrate a database or write to it.

`python -m tests.bot.storage_crashes URL` kills one after another and prints what they had done. It forks, so it runs in
a separate process without threads.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import structlog
from sqlalchemy import Engine, event

from bot.storage.engine import describe_database, open_database
from bot.storage.jobs import JobRecords
from tests.bot.test_storage import example_job

KILLED_AFTER_STATEMENTS = (10, 20, 30, 40)
KILLED_AFTER_WRITES = (1, 2, 5, 12)
WRITERS = 3


def in_child(do: Callable[[], None]) -> int:
    """Run a function in a child process, and return its ID."""
    child = os.fork()
    if child == 0:
        do()
        os._exit(0)
    return child


def kill_while_writing(url: str, *, after: int) -> list[str]:
    """Kill a process while it writes, and return the jobs that it had confirmed as saved."""
    reading, writing = os.pipe()
    child = in_child(lambda: asyncio.run(write_jobs(url, writing)))
    os.close(writing)
    with os.fdopen(reading, encoding="ascii") as lines:
        written = [next(lines).strip() for _ in range(after)]
        os.kill(child, signal.SIGKILL)
        written += [line.strip() for line in lines]
    os.waitpid(child, 0)
    return written


async def write_jobs(url: str, report: int) -> None:
    """Save jobs, several at a time, and report each one once it is saved."""

    async def write(records: JobRecords) -> None:
        while True:
            job = example_job()
            await records.add(job)
            os.write(report, f"{job.job_id}\n".encode())

    async with open_database(url) as sessions:
        records = JobRecords(sessions)
        await asyncio.gather(*(write(records) for _ in range(WRITERS)))


def kill_while_migrating(url: str, *, after: int) -> bool:
    """Kill a process after so many statements of an upgrade; False if it finished first."""

    def migrate() -> None:
        statements = 0

        def count(*_: Any) -> None:
            nonlocal statements
            statements += 1
            if statements == after:
                os.kill(os.getpid(), signal.SIGKILL)

        event.listen(Engine, "after_cursor_execute", count)
        asyncio.run(upgrade(url))

    _, status = os.waitpid(in_child(migrate), 0)
    return os.WIFSIGNALED(status)


async def upgrade(url: str) -> None:
    """Upgrade the database like a bot that starts."""
    async with open_database(url):
        pass


def main(url: str) -> None:
    """Kill processes that migrate the database, and then processes that write to it."""
    before = asyncio.run(describe_database(url))
    killed = [kill_while_migrating(url, after=after) for after in KILLED_AFTER_STATEMENTS]
    unchanged = asyncio.run(describe_database(url)) == before
    asyncio.run(upgrade(url))
    written = [job_id for after in KILLED_AFTER_WRITES for job_id in kill_while_writing(url, after=after)]
    sys.stdout.write(json.dumps({"killed": killed, "unchanged": unchanged, "written": written}))


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    main(*sys.argv[1:])
