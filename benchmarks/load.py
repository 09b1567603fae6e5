"""Measure the bot under load from many members at once: `python -m benchmarks.load --help`.

300 members send `/stylize` within 2 s while the only worker paints. It runs the real TensorFlow painter with a tiny
network, so that it computes without a pause and still finishes all jobs. The stand-in for Discord runs in this process
and the bot in another, so that neither distorts the other's figures. Acknowledgments are timed from when the stand-in
sends the interaction over the gateway until it has received the callback. A stall is the delay of a timer in the bot's
event loop, which includes time that the operating system gives to other processes. Memory is resident memory: the
allocator only returns pages that are entirely free. So a third of the members send a job beforehand, and the memory
after the wave is compared with the memory after those jobs: a leak would come on top.
"""

from __future__ import annotations

import asyncio
import math
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from benchmarks.bot_process import PAINTERS, BotProcess, bot_process
from benchmarks.targets import percentile
from tests.wire.discord_server import DiscordServer
from tests.wire.pictures import picture
from tests.wire.world import Interaction, User

MAX_ACKNOWLEDGMENT_SECONDS = 1.0
MAX_STALL_SECONDS = 0.1
MAX_BYTES_PER_JOB = 10**6
MAX_GROWTH = 0.1
"""Of the memory before the wave, after all of it is painted."""
PICTURE_BYTES = 10**6
PHOTOGRAPH = picture(width_px=1024, height_px=768)
STYLE = picture(width_px=512, height_px=512, seed=1)
LOAD_TIMEOUT_SECONDS = 600
"""For each answer and painting of a wave."""
MEMORY_SAMPLE_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Load:
    """The measurements of one wave of members."""

    sent_within_seconds: float
    acknowledgment_seconds: tuple[float, ...]
    """Of all acknowledged interactions, fastest first."""
    members: int
    longest_stall_seconds: float
    worker_cpu_seconds: float
    """The worker's CPU time while the wave arrived."""
    memory_before_bytes: int
    memory_peak_bytes: int
    memory_after_bytes: int

    def quantile_seconds(self, share: float) -> float:
        """`share` of the members had their answer after this time; infinite if they had none."""
        unanswered = [math.inf] * (self.members - len(self.acknowledgment_seconds))
        return percentile([*self.acknowledgment_seconds, *unanswered], share)

    @property
    def bytes_per_job(self) -> float:
        return (self.memory_peak_bytes - self.memory_before_bytes) / self.members

    @property
    def max_memory_after_bytes(self) -> float:
        return self.memory_before_bytes * (1 + MAX_GROWTH)

    @property
    def is_within_limits(self) -> bool:
        return (
            len(self.acknowledgment_seconds) == self.members
            and self.quantile_seconds(0.99) <= MAX_ACKNOWLEDGMENT_SECONDS
            and self.longest_stall_seconds <= MAX_STALL_SECONDS
            and self.bytes_per_job <= MAX_BYTES_PER_JOB
            and self.memory_after_bytes <= self.max_memory_after_bytes
        )


async def measure(*, members: int, within_seconds: float, painter: str, painting_seconds: float) -> Load:
    """Send a wave of members, and wait until each of them has a painting."""
    with tempfile.TemporaryDirectory() as folder:
        async with DiscordServer() as discord:
            users = [discord.join(f"member-{number}") for number in range(members)]
            async with bot_process(
                discord, Path(folder), painter=painter, painting_seconds=painting_seconds, ATELIER_LOG__LEVEL="warning"
            ) as bot:
                await discord.gateway.wait_until_ready(timeout_seconds=LOAD_TIMEOUT_SECONDS)
                # Whatever is loaded and allocated on first use doesn't count.
                first = users[: math.ceil(members / 3)]
                await _wait_for_paintings([await _stylize(discord, user, _photograph()) for user in first])
                return await _wave(discord, bot, users, within_seconds)


async def _wave(discord: DiscordServer, bot: BotProcess, users: list[User], within_seconds: float) -> Load:
    photographs = [_photograph() for _ in users]
    before_bytes = bot.memory_bytes
    await bot.longest_stall_seconds()
    peak = _Peak(bot)
    watching = asyncio.create_task(peak.watch())
    loop = asyncio.get_running_loop()
    began = loop.time()
    [worker] = bot.workers
    cpu_before_seconds = _cpu_seconds(worker)
    sent = []
    for number, user in enumerate(users):
        await asyncio.sleep(began + within_seconds * number / len(users) - loop.time())
        sent.append(await _stylize(discord, user, photographs[number]))
    sent_within_seconds = loop.time() - began
    cpu_seconds = _cpu_seconds(worker) - cpu_before_seconds
    await _wait_for_paintings(sent)
    stall_seconds = await bot.longest_stall_seconds()
    watching.cancel()
    return Load(
        sent_within_seconds=sent_within_seconds,
        acknowledgment_seconds=tuple(
            sorted(s.acknowledged_after_seconds for s in sent if s.acknowledged_after_seconds is not None)
        ),
        members=len(users),
        longest_stall_seconds=stall_seconds,
        worker_cpu_seconds=cpu_seconds,
        memory_before_bytes=before_bytes,
        memory_peak_bytes=peak.memory_bytes,
        memory_after_bytes=bot.memory_bytes,
    )


class _Peak:
    """The bot's peak memory, sampled."""

    def __init__(self, bot: BotProcess) -> None:
        self._bot = bot
        self.memory_bytes = bot.memory_bytes

    async def watch(self) -> None:
        while True:
            await asyncio.sleep(MEMORY_SAMPLE_SECONDS)
            self.memory_bytes = max(self.memory_bytes, self._bot.memory_bytes)


def _cpu_seconds(pid: int) -> float:
    """Return a process's CPU time; see proc_pid_stat(5), fields 14 and 15."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _photograph() -> bytes:
    """Return a unique picture as large as a phone's: decoders ignore random bytes after the end."""
    return PHOTOGRAPH + os.urandom(PICTURE_BYTES)


async def _stylize(discord: DiscordServer, user: User, photograph: bytes) -> Interaction:
    return await discord.slash(
        user, discord.general, "stylize", content=("photo.jpg", photograph), style=("style.jpg", STYLE), size=64
    )


async def _wait_for_paintings(sent: list[Interaction]) -> None:
    for interaction in sent:
        card = await interaction.response(timeout_seconds=LOAD_TIMEOUT_SECONDS)
        await card.wait_for_files("painting.png", timeout_seconds=LOAD_TIMEOUT_SECONDS)


@click.command()
@click.option("--members", type=click.IntRange(1), default=300, show_default=True)
@click.option("--within-seconds", type=click.FloatRange(0), default=2.0, show_default=True)
@click.option("--painter", type=click.Choice(PAINTERS), default="tiny", show_default=True)
@click.option("--painting-seconds", type=click.FloatRange(0), default=0.1, show_default=True, help="For `quick`.")
def main(members: int, within_seconds: float, painter: str, painting_seconds: float) -> None:
    """Measure how the bot handles a wave of members. Exit code 1 if it misses a limit."""
    load = asyncio.run(
        measure(members=members, within_seconds=within_seconds, painter=painter, painting_seconds=painting_seconds)
    )
    rows = [
        ("acknowledged", f"{len(load.acknowledgment_seconds)} of {members}", str(members)),
        ("acknowledgment, median", f"{load.quantile_seconds(0.5):.3f} s", ""),
        ("acknowledgment, p99", f"{load.quantile_seconds(0.99):.3f} s", f"{MAX_ACKNOWLEDGMENT_SECONDS} s"),
        ("acknowledgment, slowest", f"{load.quantile_seconds(1.0):.3f} s", ""),
        ("longest event loop stall", f"{load.longest_stall_seconds:.3f} s", f"{MAX_STALL_SECONDS} s"),
        ("worker's CPU time in the meantime", f"{load.worker_cpu_seconds:.1f} s", ""),
        ("bot's memory before", f"{load.memory_before_bytes / 1e6:.1f} MB", ""),
        ("bot's peak memory", f"{load.memory_peak_bytes / 1e6:.1f} MB", ""),
        ("  per queued job", f"{load.bytes_per_job / 1e6:.3f} MB", f"{MAX_BYTES_PER_JOB / 1e6} MB"),
        (
            "bot's memory after",
            f"{load.memory_after_bytes / 1e6:.1f} MB",
            f"{load.max_memory_after_bytes / 1e6:.1f} MB",
        ),
    ]
    table = Table("", "measured", "limit", title=f"{members} members within {load.sent_within_seconds:.1f} s")
    for row in rows:
        table.add_row(*row)
    Console().print(table)
    sys.exit(0 if load.is_within_limits else 1)


if __name__ == "__main__":
    main()
