"""The bot as a process of its own beside a benchmark, and what that process costs.

`python -m benchmarks.bot_process` is `python -m bot run` with another painter, and with a look at its own event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import click

from benchmarks.painters import open_quick_painter, open_tiny_painter
from bot.__main__ import serve
from bot.app import local_engine
from bot.logs import configure_logging
from config.settings import load_settings
from stylizer.pool import LocalEngine
from tests.wire.discord_server import DiscordServer

PAINTERS = ("quick", "tiny", "vgg16")
STALL_LOOK_SECONDS = 0.005
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


@dataclass(slots=True, eq=False)
class BotProcess:
    """A running bot, seen from outside."""

    process: asyncio.subprocess.Process

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def is_alive(self) -> bool:
        return self.process.returncode is None

    @property
    def memory_bytes(self) -> int:
        """What is resident of the bot alone."""
        return memory_bytes(self.pid)

    @property
    def workers(self) -> list[int]:
        """The processes that paint."""
        with contextlib.suppress(OSError):
            children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text(encoding="ascii")
            return [int(pid) for pid in children.split() if b"spawn_main" in _command_line(int(pid))]
        return []

    async def longest_stall_seconds(self) -> float:
        """For how long its event loop let a timer wait at most, since this was asked last."""
        if self.process.stdout is None:
            raise RuntimeError("nobody listens to this bot")
        self.process.send_signal(signal.SIGUSR1)
        told: dict[str, float] = json.loads(await self.process.stdout.readline())
        return told["longest_stall_seconds"]

    def kill(self) -> None:
        if self.is_alive:
            self.process.kill()

    async def stop(self) -> int:
        """End it as a service manager does; its exit code."""
        if self.is_alive:
            self.process.terminate()
        return await self.process.wait()


def memory_bytes(pid: int) -> int:
    """The resident memory of a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


@asynccontextmanager
async def bot_process(
    discord: DiscordServer,
    data_dir: Path,
    *,
    painter: str = "quick",
    workers: int = 1,
    painting_seconds: float = 0.5,
    log: BinaryIO | None = None,
    **settings: str,
) -> AsyncIterator[BotProcess]:
    """The bot on the stand-in, without limits to its queue; killed when the block is left and it still runs."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ATELIER_")}
    environment |= {
        "ATELIER_DISCORD__TOKEN": discord.token,
        "ATELIER_DISCORD__API_URL": discord.api_url,
        "ATELIER_DISCORD__GATEWAY_URL": discord.gateway_url,
        "ATELIER_DATA_DIR": str(data_dir),
        **UNLIMITED,
        **settings,
    }
    words = ["--painter", painter, "--workers", str(workers), "--painting-seconds", str(painting_seconds)]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-W", "ignore", "-m", __spec__.name, *words),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=log if log is not None else asyncio.subprocess.DEVNULL,
    )
    bot = BotProcess(process)
    try:
        yield bot
    finally:
        bot.kill()
        await process.communicate()


class _LoopWatch:
    """Sees for how long the event loop lets a timer wait."""

    def __init__(self) -> None:
        self._longest_seconds = 0.0

    async def look(self) -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(STALL_LOOK_SECONDS)
            self._longest_seconds = max(self._longest_seconds, time.perf_counter() - began - STALL_LOOK_SECONDS)

    def tell(self) -> None:
        print(json.dumps({"longest_stall_seconds": self._longest_seconds}), flush=True)
        self._longest_seconds = 0.0


@click.command()
@click.option("--painter", type=click.Choice(PAINTERS), default="quick", show_default=True)
@click.option("--workers", type=click.IntRange(1), default=1, show_default=True)
@click.option("--painting-seconds", type=click.FloatRange(0), default=0.5, show_default=True, help="Of `quick`.")
def main(painter: str, workers: int, painting_seconds: float) -> None:
    """Run the bot with a painter for benchmarks; on SIGUSR1 it tells of its event loop on standard output."""
    sys.exit(asyncio.run(_run(painter, workers, painting_seconds)))


async def _run(painter: str, workers: int, painting_seconds: float) -> int:
    settings = load_settings()
    token = settings.discord.token
    configure_logging(settings.log, secrets=[token.get_secret_value()] if token else [])
    opened: Any = {
        "quick": partial(open_quick_painter, seconds=painting_seconds),
        "tiny": open_tiny_painter,
    }
    engine = (
        local_engine(settings.engine)
        if painter == "vgg16"
        else LocalEngine(workers=workers, open_painter=opened[painter])
    )
    watch = _LoopWatch()
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, watch.tell)
    looking = asyncio.create_task(watch.look())
    try:
        return await serve(settings, engine=engine)
    finally:
        looking.cancel()


if __name__ == "__main__":
    main()
