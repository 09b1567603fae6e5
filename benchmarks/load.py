"""Many members at once: `python -m benchmarks.load --help`.

300 members send `/stylize` within 2 s while the only worker paints: with the real painter in TensorFlow, whose network
is tiny, so that it computes without a pause and yet comes to an end with all of them. Discord's stand-in runs in this
process and the bot in another, so that neither spoils the other's figures. An acknowledgement is timed from the moment
when the stand-in hands the interaction to the gateway until it has taken in the callback. A stall is how much later
than asked for a timer of the bot's event loop comes, which includes what the operating system gives to others
meanwhile. Memory is what is resident: of pages that were used once, the allocator gives back only those that are
wholly free. So a third of the members come once before, and what stays after the wave is compared with what is there
then: whatever a job leaves behind comes on top of it.
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
from tests.wire.discord_server import DiscordServer
from tests.wire.pictures import picture
from tests.wire.world import Interaction, User

ACKNOWLEDGED_WITHIN_SECONDS = 1.0
STALLED_AT_MOST_SECONDS = 0.1
BYTES_A_JOB = 10**6
STAYS_AT_MOST = 0.1
"""Of the memory before the wave, when all of it is painted."""
PICTURE_BYTES = 10**6
PHOTOGRAPH = picture(width_px=1024, height_px=768)
STYLE = picture(width_px=512, height_px=512, seed=1)
SETTLED_SECONDS = 600
MEMORY_LOOK_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Load:
    """What was seen of one wave of members."""

    sent_within_seconds: float
    acknowledged_seconds: tuple[float, ...]
    """Of each that was acknowledged, the quickest first."""
    members: int
    longest_stall_seconds: float
    worker_processor_seconds: float
    """What the worker computed while they came."""
    memory_before_bytes: int
    memory_peak_bytes: int
    memory_after_bytes: int

    def quantile_seconds(self, share: float) -> float:
        return self.acknowledged_seconds[min(int(share * self.members), len(self.acknowledged_seconds) - 1)]

    @property
    def bytes_a_job(self) -> float:
        return (self.memory_peak_bytes - self.memory_before_bytes) / self.members

    @property
    def stays_at_most_bytes(self) -> float:
        return self.memory_before_bytes * (1 + STAYS_AT_MOST)

    @property
    def is_taken_well(self) -> bool:
        return (
            len(self.acknowledged_seconds) == self.members
            and self.quantile_seconds(0.99) <= ACKNOWLEDGED_WITHIN_SECONDS
            and self.longest_stall_seconds <= STALLED_AT_MOST_SECONDS
            and self.bytes_a_job <= BYTES_A_JOB
            and self.memory_after_bytes <= self.stays_at_most_bytes
        )


async def measure(*, members: int, within_seconds: float, painter: str, painting_seconds: float) -> Load:
    """Let a wave of members come, and wait until each has a painting."""
    with tempfile.TemporaryDirectory() as folder:
        async with DiscordServer() as discord:
            users = [discord.join(f"member-{number}") for number in range(members)]
            async with bot_process(
                discord, Path(folder), painter=painter, painting_seconds=painting_seconds, ATELIER_LOG__LEVEL="warning"
            ) as bot:
                await discord.gateway.until_ready(timeout_seconds=SETTLED_SECONDS)
                # What is loaded and reserved on first use is not the load's.
                first = users[: math.ceil(members / 3)]
                await _settled([await _stylize(discord, user, _photograph()) for user in first])
                return await _wave(discord, bot, users, within_seconds)


async def _wave(discord: DiscordServer, bot: BotProcess, users: list[User], within_seconds: float) -> Load:
    photographs = [_photograph() for _ in users]
    before_bytes = bot.memory_bytes
    await bot.longest_stall_seconds()
    peak = _Peak(bot)
    watching = asyncio.create_task(peak.look())
    loop = asyncio.get_running_loop()
    began = loop.time()
    [worker] = bot.workers
    worked_before_seconds = _processor_seconds(worker)
    sent = []
    for number, user in enumerate(users):
        await asyncio.sleep(began + within_seconds * number / len(users) - loop.time())
        sent.append(await _stylize(discord, user, photographs[number]))
    sent_within_seconds = loop.time() - began
    worked_seconds = _processor_seconds(worker) - worked_before_seconds
    await _settled(sent)
    stall_seconds = await bot.longest_stall_seconds()
    watching.cancel()
    return Load(
        sent_within_seconds=sent_within_seconds,
        acknowledged_seconds=tuple(
            sorted(s.acknowledged_after_seconds for s in sent if s.acknowledged_after_seconds is not None)
        ),
        members=len(users),
        longest_stall_seconds=stall_seconds,
        worker_processor_seconds=worked_seconds,
        memory_before_bytes=before_bytes,
        memory_peak_bytes=peak.memory_bytes,
        memory_after_bytes=bot.memory_bytes,
    )


class _Peak:
    """The most memory that a bot was seen with."""

    def __init__(self, bot: BotProcess) -> None:
        self._bot = bot
        self.memory_bytes = bot.memory_bytes

    async def look(self) -> None:
        while True:
            await asyncio.sleep(MEMORY_LOOK_SECONDS)
            self.memory_bytes = max(self.memory_bytes, self._bot.memory_bytes)


def _processor_seconds(pid: int) -> float:
    """The processor time that a process has had; proc_pid_stat(5), fields 14 and 15."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _photograph() -> bytes:
    """A picture as large as those of a telephone, and unlike any other: behind its end anything may follow."""
    return PHOTOGRAPH + os.urandom(PICTURE_BYTES)


async def _stylize(discord: DiscordServer, user: User, photograph: bytes) -> Interaction:
    return await discord.slash(
        user, discord.general, "stylize", content=("photo.jpg", photograph), style=("style.jpg", STYLE), size=64
    )


async def _settled(sent: list[Interaction]) -> None:
    for interaction in sent:
        card = await interaction.answer(timeout_seconds=SETTLED_SECONDS)
        await card.until_it_shows("painting.png", timeout_seconds=SETTLED_SECONDS)


@click.command()
@click.option("--members", type=click.IntRange(1), default=300, show_default=True)
@click.option("--within-seconds", type=click.FloatRange(0), default=2.0, show_default=True)
@click.option("--painter", type=click.Choice(PAINTERS), default="tiny", show_default=True)
@click.option("--painting-seconds", type=click.FloatRange(0), default=0.1, show_default=True, help="Of `quick`.")
def main(members: int, within_seconds: float, painter: str, painting_seconds: float) -> None:
    """Measure how the bot takes a wave of members. Exit code 1 when it takes it worse than it should."""
    load = asyncio.run(
        measure(members=members, within_seconds=within_seconds, painter=painter, painting_seconds=painting_seconds)
    )
    rows = [
        ("acknowledged", f"{len(load.acknowledged_seconds)} of {members}", str(members)),
        ("acknowledgement, median", f"{load.quantile_seconds(0.5):.3f} s", ""),
        ("acknowledgement, p99", f"{load.quantile_seconds(0.99):.3f} s", f"{ACKNOWLEDGED_WITHIN_SECONDS} s"),
        ("acknowledgement, longest", f"{load.acknowledged_seconds[-1]:.3f} s", ""),
        ("longest stall of the event loop", f"{load.longest_stall_seconds:.3f} s", f"{STALLED_AT_MOST_SECONDS} s"),
        ("worker's processor time meanwhile", f"{load.worker_processor_seconds:.1f} s", ""),
        ("bot's memory before", f"{load.memory_before_bytes / 1e6:.1f} MB", ""),
        ("bot's memory at its peak", f"{load.memory_peak_bytes / 1e6:.1f} MB", ""),
        ("  for each queued job", f"{load.bytes_a_job / 1e6:.3f} MB", f"{BYTES_A_JOB / 1e6} MB"),
        (
            "bot's memory after",
            f"{load.memory_after_bytes / 1e6:.1f} MB",
            f"{load.stays_at_most_bytes / 1e6:.1f} MB",
        ),
    ]
    table = Table("", "seen", "at most", title=f"{members} members within {load.sent_within_seconds:.1f} s")
    for row in rows:
        table.add_row(*row)
    Console().print(table)
    sys.exit(0 if load.is_taken_well else 1)


if __name__ == "__main__":
    main()
