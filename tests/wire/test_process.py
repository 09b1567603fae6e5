"""`python -m bot run` as a separate process with the real painter: from the command to the result, and its exits."""

from __future__ import annotations

import asyncio
import json
import os
import pwd
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from tests.wire.conftest import stylize
from tests.wire.discord_server import DiscordServer
from tests.wire.pictures import opened
from tests.wire.world import User

pytestmark = [pytest.mark.weights, pytest.mark.timeout(300)]

WARM_SECONDS = 150
"""TensorFlow's import and the first convolutions, on a machine that is busy with other tests."""


@asynccontextmanager
async def bot_process(
    discord: DiscordServer, data_dir: Path, **settings: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the bot as its host would, and kill it at the end of the block if it still runs."""
    environment = discord.bot_environment(
        data_dir, ATELIER_ENGINE__PRECISION="float32", CUDA_VISIBLE_DEVICES="-1", **settings
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-W", "ignore", "-m", "bot", "run", env=environment, stderr=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


def descendants(pid: int) -> set[int]:
    """Return all descendants of a process."""
    found: set[int] = set()
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, children.read_text().split()):
            found |= {child} | descendants(child)
    return found


def seen_of(pid: int) -> tuple[str, int]:
    """Return a process's environment, if it is readable, and its user."""
    (user,) = re.findall(r"^Uid:\t(\d+)", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    return Path(f"/proc/{pid}/environ").read_text(errors="replace"), int(user)


async def until_ended(pid: int) -> None:
    """Wait until a process ends, even if another process started it."""
    with suppress(ProcessLookupError):
        descriptor = os.pidfd_open(pid)
        ended, loop = asyncio.Event(), asyncio.get_running_loop()
        loop.add_reader(descriptor, ended.set)
        try:
            await asyncio.wait_for(ended.wait(), 30)
        finally:
            loop.remove_reader(descriptor)
            os.close(descriptor)


async def test_the_real_painter_paints_and_sigterm_during_a_painting_leaves_no_process(
    discord_server: DiscordServer, tmp_path: Path, alice: User
) -> None:
    async with bot_process(discord_server, tmp_path, ATELIER_SHUTDOWN_GRACE_SECONDS="0") as bot:
        await discord_server.gateway.wait_until_ready(timeout_seconds=WARM_SECONDS)
        command = await stylize(discord_server, alice, recipe="draft")
        card = await (await command.response()).wait_for_files("painting.png", "progress.gif", timeout_seconds=90)
        assert opened(card.file("painting.png")).size == (64, 48)
        assert opened(card.file("progress.gif")).format == "GIF"

        long_one = await stylize(discord_server, alice, recipe="classic", size=128)
        card = await long_one.response()
        await card.wait_until(
            lambda m: any("preview" in name for name in m.filenames), what="progress", timeout_seconds=90
        )
        workers = descendants(bot.pid)
        assert workers
        for worker in workers:
            environment, user = await asyncio.to_thread(seen_of, worker)
            assert discord_server.token not in environment
            assert user == (pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else os.geteuid())
        # Root owns the files of a process that nobody else may look into.
        assert (await asyncio.to_thread(os.stat, f"/proc/{bot.pid}/environ")).st_uid == 0
        bot.send_signal(signal.SIGTERM)
        _, log = await asyncio.wait_for(bot.communicate(), 60)
    assert bot.returncode == 0
    assert "resumes automatically" in card.text
    for worker in workers:
        await until_ended(worker)
    lines = [json.loads(line) for line in log.decode().splitlines()]
    assert [line["event"] for line in lines if line["event"].startswith("bot.")] == ["bot.stopping", "bot.stopped"]
    assert discord_server.token not in log.decode()
    assert not any("exception" in line for line in lines)


async def test_missing_weights_end_the_bot_with_a_sentence(discord_server: DiscordServer, tmp_path: Path) -> None:
    missing = str(tmp_path / "missing.npz")
    async with bot_process(discord_server, tmp_path, ATELIER_ENGINE__WEIGHTS=missing) as bot:
        _, log = await asyncio.wait_for(bot.communicate(), WARM_SECONDS)
    assert bot.returncode == 2
    *told_before, sentence = log.decode().splitlines()
    assert missing in sentence
    assert all(line.startswith("{") for line in told_before)
    assert not discord_server.requests
