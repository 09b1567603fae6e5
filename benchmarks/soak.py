"""Months in minutes: `python -m benchmarks.soak --help`.

2,000 small jobs of some members through the whole bot, as a process of its own, and a worker process with the real
painter in TensorFlow, whose network is tiny: what could pile up is traced, allocated and kept as with the large one.
Sizes and recipes change from job to job, and all of them come in the first 200. The memory of both processes at the
end is compared with that after these.
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

GROWS_AT_MOST = 0.1
SETTLED_AFTER_JOBS = 200
LOOKS_COMPARED = 20
"""A single look may meet a job half painted: the median of so many is taken."""
SHAPES = [*itertools.product(("draft", "painterly", "classic"), (64, 72, 80, 96))]
ANSWERED_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Memory:
    """What is resident of both processes."""

    bot_bytes: int
    worker_bytes: int

    @classmethod
    def of(cls, bot: BotProcess) -> Memory:
        return cls(bot.memory_bytes, sum(map(memory_bytes, bot.workers)))

    @classmethod
    def typical(cls, looks: list[Memory]) -> Memory:
        return cls(
            int(statistics.median(look.bot_bytes for look in looks)),
            int(statistics.median(look.worker_bytes for look in looks)),
        )


async def soak(*, jobs: int, members: int, painter: str, on_job: Callable[[], object]) -> list[Memory]:
    """Let members paint so many pictures, one after the other each; the memory after each of them."""
    looks: list[Memory] = []
    with tempfile.TemporaryDirectory() as folder:
        async with (
            DiscordServer() as discord,
            bot_process(discord, Path(folder), painter=painter, ATELIER_LOG__LEVEL="warning") as bot,
        ):
            await discord.gateway.until_ready(timeout_seconds=ANSWERED_SECONDS)
            numbers = iter(range(jobs))

            async def paint_again_and_again(user: User) -> None:
                for number in numbers:
                    await _paint(discord, user, number)
                    looks.append(Memory.of(bot))
                    on_job()

            async with asyncio.TaskGroup() as coming:
                for number in range(members):
                    coming.create_task(paint_again_and_again(discord.join(f"member-{number}")))
    return looks


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
    card = await command.answer(timeout_seconds=ANSWERED_SECONDS)
    await card.until_it_shows("painting.png", timeout_seconds=ANSWERED_SECONDS)
    discord.forget_message(card)  # its pictures would fill this process


@click.command()
@click.option("--jobs", type=click.IntRange(SETTLED_AFTER_JOBS + LOOKS_COMPARED), default=2000, show_default=True)
@click.option("--members", type=click.IntRange(1), default=4, show_default=True)
@click.option("--painter", type=click.Choice(PAINTERS), default="tiny", show_default=True)
def main(jobs: int, members: int, painter: str) -> None:
    """Measure what piles up in memory. Exit code 1 when it is more than it should be."""
    with ProgressBar(console=Console(stderr=True)) as bar:
        task = bar.add_task("jobs", total=jobs)
        looks = asyncio.run(soak(jobs=jobs, members=members, painter=painter, on_job=lambda: bar.advance(task)))
    early = Memory.typical(looks[SETTLED_AFTER_JOBS - LOOKS_COMPARED : SETTLED_AFTER_JOBS])
    late = Memory.typical(looks[-LOOKS_COMPARED:])
    grown = {
        "bot": (early.bot_bytes, late.bot_bytes),
        "worker": (early.worker_bytes, late.worker_bytes),
    }
    table = Table("", f"after {SETTLED_AFTER_JOBS} jobs", f"after {len(looks)} jobs", "change", title="memory")
    for name, (before, after) in grown.items():
        table.add_row(name, f"{before / 1e6:.1f} MB", f"{after / 1e6:.1f} MB", f"{after / before - 1:+.1%}")
    Console().print(table)
    sys.exit(0 if all(after <= before * (1 + GROWS_AT_MOST) for before, after in grown.values()) else 1)


if __name__ == "__main__":
    main()
