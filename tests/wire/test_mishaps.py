"""Problems on the bot's machine: every painting is delivered once, or its member reads why not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from benchmarks import chaos
from bot.app import Atelier
from stylizer.pool import LocalEngine
from tests.wire.conftest import connected, settings_for, stylize
from tests.wire.discord_server import DiscordServer
from tests.wire.painters import MEMORY_LIMIT_BYTES, open_unlucky_painter
from tests.wire.world import User

RESULT = ("painting.png", "progress.gif")
CARD_TIMEOUT_SECONDS = 90
"""Two processes are started, on a machine that may be busy."""


@asynccontextmanager
async def unlucky_bot(discord_server: DiscordServer, folder: Path, *, mishap: str) -> AsyncIterator[Atelier]:
    """Run the bot with one real worker process that has a mishap once."""
    engine = LocalEngine(
        open_painter=partial(open_unlucky_painter, mishap=mishap, notes=folder / "notes"),
        silence_timeout_seconds=3 if mishap == "hang" else 60,
        memory_limit_bytes=MEMORY_LIMIT_BYTES,
        restart_delay_seconds=0,
    )
    async with connected(settings_for(discord_server, folder / "data"), engine) as app:
        yield app


@pytest.mark.parametrize("mishap", ["die", "hang"])
async def test_a_lost_worker_is_replaced_without_its_member_noticing(
    discord_server: DiscordServer, tmp_path: Path, alice: User, mishap: str
) -> None:
    async with unlucky_bot(discord_server, tmp_path, mishap=mishap):
        command = await stylize(discord_server, alice)
        card = await (await command.response()).wait_for_files(*RESULT, timeout_seconds=CARD_TIMEOUT_SECONDS)
    assert (tmp_path / "notes").read_text() == f"{mishap}\n"
    assert discord_server.messages_in(discord_server.general) == [card]


async def test_a_painting_that_needs_too_much_memory_fails_with_a_sentence_and_the_next_is_painted(
    discord_server: DiscordServer, tmp_path: Path, alice: User
) -> None:
    async with unlucky_bot(discord_server, tmp_path, mishap="take too much memory"):
        card = await (await stylize(discord_server, alice)).response()
        await card.wait_until(lambda m: "memory" in m.text, what="memory", timeout_seconds=CARD_TIMEOUT_SECONDS)
        following = await stylize(discord_server, alice)
        await (await following.response()).wait_for_files(*RESULT, timeout_seconds=CARD_TIMEOUT_SECONDS)


async def test_each_accepted_job_is_delivered_or_fails_once_no_matter_what_is_killed() -> None:
    plan = chaos.Plan(
        jobs=4,
        members=4,
        kills=5,
        pause_seconds=0.5,
        painting_seconds=0.2,
        faults=False,
        seed=3,
        quiet_seconds=0.5,
    )
    outcome = await chaos.run_chaos(plan)
    assert outcome.bot_kills + outcome.worker_kills == plan.kills
    assert outcome.accepted >= plan.jobs
    assert outcome.delivered + outcome.failed.total() == outcome.accepted
    assert outcome.is_ok
