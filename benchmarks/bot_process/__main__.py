"""The bot with a painter for benchmarks. On SIGUSR1 it reports its longest event loop stall on standard output."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import sys
import time
from functools import partial

import click

from benchmarks.bot_process import PAINTERS
from benchmarks.painters import open_quick_painter, open_tiny_painter
from bot.__main__ import serve
from bot.app import local_engine
from bot.operation.logs import configure_logging
from config.settings import Settings, load_settings
from stylizer.pool import LocalEngine

PROBE_INTERVAL_SECONDS = 0.005


class LoopWatch:
    """Measures how much the event loop delays a timer."""

    def __init__(self) -> None:
        self._longest_seconds = 0.0

    async def watch(self) -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(PROBE_INTERVAL_SECONDS)
            self._longest_seconds = max(self._longest_seconds, time.perf_counter() - began - PROBE_INTERVAL_SECONDS)

    def report(self) -> None:
        print(json.dumps({"longest_stall_seconds": self._longest_seconds}), flush=True)
        self._longest_seconds = 0.0


@click.command()
@click.option("--fork-server", is_flag=True, help="Fork a bot for every line on standard input, and print its PID.")
@click.option("--painter", type=click.Choice(PAINTERS), required=True)
@click.option("--workers", type=click.IntRange(1), default=1)
@click.option("--painting-seconds", type=click.FloatRange(0), default=0.5, help="For `quick`.")
def main(fork_server: bool, painter: str, workers: int, painting_seconds: float) -> None:
    """Run the bot as configured."""
    settings = load_settings()
    token = settings.discord.token
    configure_logging(settings.log, secrets=[token.get_secret_value()] if token else [])
    gc.freeze()  # as `python -m bot run` does
    if fork_server:
        _fork_for_each_line()
    sys.exit(asyncio.run(_run(settings, painter, workers, painting_seconds)))


def _fork_for_each_line() -> None:
    """Fork for each line on standard input; return in each child, but never in the parent."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # children needn't be waited for
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            return
        print(json.dumps({"pid": pid}), flush=True)
    sys.exit()


async def _run(settings: Settings, painter: str, workers: int, painting_seconds: float) -> int:
    match painter:
        case "quick":
            opener = partial(open_quick_painter, seconds=painting_seconds)
            engine = LocalEngine(workers=workers, open_painter=opener)
        case "tiny":
            engine = LocalEngine(workers=workers, open_painter=open_tiny_painter)
        case _:
            engine = local_engine(settings.engine)
    watch = LoopWatch()
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, watch.report)
    watching = asyncio.create_task(watch.watch())
    try:
        return await serve(settings, engine=engine)
    finally:
        watching.cancel()


if __name__ == "__main__":
    main()
