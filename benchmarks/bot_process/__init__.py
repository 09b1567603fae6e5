"""Run the bot in its own process for a benchmark, and measure that process.

`python -m benchmarks.bot_process` is `python -m bot run` with another painter, and measures its own event loop.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from tests.wire.discord_server import DiscordServer

PAINTERS = ("quick", "tiny", "vgg16")
UNLIMITED = {
    f"ATELIER_QUEUE__{name}": "0"
    for name in (
        "LIMIT",
        "MEMBER_JOBS",
        "MEMBER_JOBS_AT_ONCE",
        "MEMBER_JOBS_A_DAY",
        "SERVER_JOBS",
        "SERVER_JOBS_AT_ONCE",
        "SERVER_JOBS_A_DAY",
    )
}


@dataclass(frozen=True, slots=True)
class BotProcess:
    """A running bot, seen from the outside."""

    pid: int
    output: asyncio.StreamReader

    @property
    def memory_bytes(self) -> int:
        """Resident memory of the bot without its workers."""
        return memory_bytes(self.pid)

    @property
    def workers(self) -> list[int]:
        """Process IDs of the workers."""
        with suppress(OSError):
            children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text(encoding="ascii")
            return [int(pid) for pid in children.split() if b"stylizer.worker" in _command_line(int(pid))]
        return []

    async def longest_stall_seconds(self) -> float:
        """Return the longest delay of a timer in the bot's event loop since the last call."""
        os.kill(self.pid, signal.SIGUSR1)
        report: dict[str, float] = json.loads(await self.output.readline())
        return report["longest_stall_seconds"]

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    async def ended(self) -> None:
        """Wait until the process ends, even if another process started it."""
        with suppress(ProcessLookupError):
            descriptor = os.pidfd_open(self.pid)
            ended, loop = asyncio.Event(), asyncio.get_running_loop()
            loop.add_reader(descriptor, ended.set)
            try:
                await ended.wait()
            finally:
                loop.remove_reader(descriptor)
                os.close(descriptor)


@dataclass(frozen=True, slots=True)
class BotForkServer:
    """A process that has loaded the bot and forks a running one on demand, which saves seconds of loading each time."""

    process: asyncio.subprocess.Process

    async def start(self) -> BotProcess:
        stdin, stdout = _pipes_of(self.process)
        stdin.write(b"\n")
        await stdin.drain()
        return BotProcess(json.loads(await stdout.readline())["pid"], stdout)


def memory_bytes(pid: int) -> int:
    """Return a process's resident memory."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


@asynccontextmanager
async def bot_process(
    discord: DiscordServer, data_dir: Path, *, painter: str, **more: Any
) -> AsyncIterator[BotProcess]:
    """Run the bot on the stand-in, with an unlimited queue, while the block runs.

    `more` takes `workers`, `painting_seconds`, `log`, and settings by their environment variables.
    """
    async with _process(discord, data_dir, painter=painter, **more) as process:
        yield BotProcess(process.pid, _pipes_of(process)[1])


@asynccontextmanager
async def bot_fork_server(
    discord: DiscordServer, data_dir: Path, *, painter: str, **more: Any
) -> AsyncIterator[BotForkServer]:
    """Like `bot_process`, for a bot that is killed and restarted many times."""
    async with _process(discord, data_dir, "--fork-server", painter=painter, **more) as process:
        yield BotForkServer(process)


@asynccontextmanager
async def _process(
    discord: DiscordServer,
    data_dir: Path,
    *words: str,
    painter: str,
    workers: int = 1,
    painting_seconds: float = 0.5,
    log: BinaryIO | None = None,
    **settings: str,
) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-W", "ignore", "-m", __name__, *words),
        *("--painter", painter, "--workers", str(workers), "--painting-seconds", str(painting_seconds)),
        env=discord.bot_environment(data_dir, **{**UNLIMITED, **settings}),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=log if log is not None else asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        # Its bots and their workers belong to its session.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def _pipes_of(process: asyncio.subprocess.Process) -> tuple[asyncio.StreamWriter, asyncio.StreamReader]:
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("this process has no pipes")
    return process.stdin, process.stdout
