"""Look for memory leaks, months of work in minutes: `python -m benchmarks.soak --help`.

Sends 2,000 small jobs through the whole bot in its own process, and a worker process with the real TensorFlow painter.
Its network is tiny, but what could leak is traced, allocated and kept just like with the full network. Sizes and
recipes vary from job to job, and all of them occur in the first 200. The memory of both processes at the end is
compared with that after the first 200 jobs.
"""

from __future__ import annotations

import asyncio
import itertools
import statistics
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress as ProgressBar
from rich.table import Table

from benchmarks.bot_process import PAINTERS, BotProcess, bot_process, memory_bytes
from tests.wire.discord_server import DiscordServer
from tests.wire.pictures import picture
from tests.wire.world import User

MAX_GROWTH = 0.1
WARM_UP_JOBS = 200
COMPARED_SAMPLES = 20
"""A single sample may catch a job half painted, so the median of several is compared."""
SHAPES = [*itertools.product(("draft", "painterly", "classic"), (64, 72, 80, 96))]
RESPONSE_TIMEOUT_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident memory of both processes."""

    bot_bytes: int
    worker_bytes: int

    @classmethod
    def of(cls, bot: BotProcess) -> Memory:
        return cls(bot.memory_bytes, sum(map(memory_bytes, bot.workers)))

    @classmethod
    def median(cls, samples: list[Memory]) -> Memory:
        return cls(
            int(statistics.median(sample.bot_bytes for sample in samples)),
            int(statistics.median(sample.worker_bytes for sample in samples)),
        )


async def soak(*, jobs: int, members: int, painter: str, on_job: Callable[[], object]) -> list[Memory]:
    """Have members paint `jobs` pictures, each one at a time, and return the memory after every job."""
    samples: list[Memory] = []
    with tempfile.TemporaryDirectory() as folder:
        async with (
            DiscordServer() as discord,
            bot_process(discord, Path(folder), painter=painter, ATELIER_LOG__LEVEL="warning") as bot,
        ):
            await discord.gateway.wait_until_ready(timeout_seconds=RESPONSE_TIMEOUT_SECONDS)
            numbers = iter(range(jobs))

            async def keep_painting(user: User) -> None:
                for number in numbers:
                    await _paint(discord, user, number)
                    samples.append(Memory.of(bot))
                    on_job()

            async with asyncio.TaskGroup() as group:
                for number in range(members):
                    group.create_task(keep_painting(discord.join(f"member-{number}")))
    return samples


async def _paint(discord: DiscordServer, user: User, number: int) -> None:
    recipe, size_px = SHAPES[number % len(SHAPES)]
    command = await discord.slash(
        user,
        discord.general,
        "stylize",
        content=("photo.jpg", picture(seed=number)),
        style=("style.jpg", picture(seed=number + 1)),
        recipe=recipe,
        size=size_px,
    )
    card = await command.response(timeout_seconds=RESPONSE_TIMEOUT_SECONDS)
    await card.wait_for_files("painting.png", timeout_seconds=RESPONSE_TIMEOUT_SECONDS)
    discord.remove_message(card)  # its pictures would fill up this process


@click.command()
@click.option("--jobs", type=click.IntRange(WARM_UP_JOBS + COMPARED_SAMPLES), default=2000, show_default=True)
@click.option("--members", type=click.IntRange(1), default=4, show_default=True)
@click.option("--painter", type=click.Choice(PAINTERS), default="tiny", show_default=True)
def main(jobs: int, members: int, painter: str) -> None:
    """Measure memory growth. Exit code 1 if it exceeds the limit."""
    with ProgressBar(console=Console(stderr=True)) as bar:
        task = bar.add_task("jobs", total=jobs)
        samples = asyncio.run(soak(jobs=jobs, members=members, painter=painter, on_job=lambda: bar.advance(task)))
    early = Memory.median(samples[WARM_UP_JOBS - COMPARED_SAMPLES : WARM_UP_JOBS])
    late = Memory.median(samples[-COMPARED_SAMPLES:])
    growth = {
        "bot": (early.bot_bytes, late.bot_bytes),
        "worker": (early.worker_bytes, late.worker_bytes),
    }
    table = Table("", f"after {WARM_UP_JOBS} jobs", f"after {len(samples)} jobs", "change", title="memory")
    for name, (before, after) in growth.items():
        table.add_row(name, f"{before / 1e6:.1f} MB", f"{after / 1e6:.1f} MB", f"{after / before - 1:+.1%}")
    Console().print(table)
    sys.exit(0 if all(after <= before * (1 + MAX_GROWTH) for before, after in growth.values()) else 1)


if __name__ == "__main__":
    main()
