"""Two bots on the same data: neither takes the other's paintings."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from bot.__main__ import serve
from bot.app import Timeouts, open_app
from bot.client import discord_at
from bot.clock.timing import Timing
from bot.errors import DatabaseInUse, DatabaseTaken
from bot.painting.job import JobState
from bot.storage.engine import open_database
from bot.storage.jobs import JobRecords
from bot.storage.leases import Leases
from bot.storage.lock import LockTimes
from config.settings import Settings
from stylizer.pool import FakeEngine, StepGate
from tests.postgres import PostgresServer
from tests.wire.conftest import FRAMES, LogEvents, connected, settings_without_grace_for, stylize
from tests.wire.discord_server import DiscordServer
from tests.wire.faults import Hold
from tests.wire.rival import cut_connection, takeover
from tests.wire.world import User

pytestmark = pytest.mark.usefixtures("current_databases")

RESULT = ["painting.png", "progress.gif", "content.jpg", "style.jpg"]


PATIENT = Timeouts(database_lock=LockTimes(retry_seconds=0.01, relock_timeout_seconds=60))
"""Waits for the lock however slow the server is."""
IMPATIENT = Timeouts(database_lock=LockTimes(retry_seconds=0.01, relock_timeout_seconds=0))


@pytest.fixture(autouse=True)
def one_discord(discord_server: DiscordServer, tmp_path: Path) -> Iterator[None]:
    """Keep discord.py pointed to the stand-in, no matter which bot in this process ends first."""
    with discord_at(settings_without_grace_for(discord_server, tmp_path).discord):
        yield


def settings_of(discord: DiscordServer, data_dir: Path, database_url: str, *, wait_seconds: float = 0) -> Settings:
    """Return settings of one of several bots, each with its own data directory."""
    changes = {"database_url": database_url, "startup_wait_seconds": wait_seconds}
    return settings_without_grace_for(discord, data_dir).model_copy(update=changes)


@asynccontextmanager
async def running(
    settings: Settings, engine: FakeEngine, *, timeouts: Timeouts = PATIENT
) -> AsyncIterator[asyncio.Task[None]]:
    """Run a bot that ends by itself, or at the end of the block at the latest."""

    async def run() -> None:
        async with open_app(
            settings, engine=engine, timing=Timing(lambda: float(next(ticks))), timeouts=timeouts
        ) as app:
            await app.run()

    ticks = itertools.count(step=10)
    task = asyncio.create_task(run())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def paintings(discord: DiscordServer) -> list[list[str]]:
    """Return the files of every message in the channel."""
    return [message.filenames for message in discord.messages_in(discord.general)]


async def test_a_second_bot_is_refused_and_takes_nothing_from_the_first(
    discord_server: DiscordServer,
    tmp_path: Path,
    database_url: str,
    gate: StepGate,
    alice: User,
    capsys: pytest.CaptureFixture[str],
) -> None:
    first, second = FakeEngine(FRAMES, gate=gate), FakeEngine(FRAMES)
    async with connected(settings_of(discord_server, tmp_path / "first", database_url), first):
        card = await (await stylize(discord_server, alice)).response()
        await gate.held()

        exit_code = await serve(settings_of(discord_server, tmp_path / "second", database_url), engine=second)

        assert exit_code == 2
        sentence = capsys.readouterr().err.splitlines()[-1]
        assert sentence.startswith("Another bot is using the database ")
        assert sentence.endswith("Stop it first, or set ATELIER_DATABASE_URL to another database.")
        gate.open()
        await card.wait_for_files(*RESULT)
    assert paintings(discord_server) == [RESULT]
    assert (len(first.jobs), len(second.jobs)) == (1, 0)


async def test_a_second_bot_in_the_same_data_directory_is_refused(
    discord_server: DiscordServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = settings_without_grace_for(discord_server, tmp_path)
    second = settings_of(discord_server, tmp_path, f"sqlite+aiosqlite:///{tmp_path / 'other.sqlite3'}")
    async with connected(first, FakeEngine()):
        assert await serve(second, engine=FakeEngine()) == 2

    assert f"Another bot is using the data directory {tmp_path}." in capsys.readouterr().err


async def test_a_new_bot_waits_for_the_old_one_to_end_and_resumes_its_paintings(
    discord_server: DiscordServer, tmp_path: Path, database_url: str, log_events: LogEvents, gate: StepGate, alice: User
) -> None:
    old, new = FakeEngine(FRAMES, gate=gate), FakeEngine(FRAMES)
    async with AsyncExitStack() as stack:
        async with connected(settings_of(discord_server, tmp_path, database_url), old):
            card = await (await stylize(discord_server, alice)).response()
            await gate.held()
            settings = settings_of(discord_server, tmp_path, database_url, wait_seconds=60)
            await stack.enter_async_context(running(settings, new))
            await log_events.wait_until("bot.waiting")
        await card.wait_for_files(*RESULT)

    assert paintings(discord_server) == [RESULT]
    assert len(new.jobs) == 1


@pytest.mark.parametrize("late", [False, True], ids=["within 15 minutes", "after 15 minutes"])
async def test_only_one_of_two_bots_that_start_together_resumes_a_killed_bots_paintings(
    discord_server: DiscordServer, tmp_path: Path, database_url: str, alice: User, late: bool
) -> None:
    held = discord_server.inject("GET", "*attachments/*", Hold(), times=None)
    async with connected(settings_of(discord_server, tmp_path / "old", database_url), FakeEngine()):
        await stylize(discord_server, alice)
        await held.wait_until_hit()
    held.release()
    if late:
        discord_server.clock.advance(minutes=16)
    one, two = FakeEngine(2), FakeEngine(2)
    async with (
        running(settings_of(discord_server, tmp_path / "one", database_url), one) as first,
        running(settings_of(discord_server, tmp_path / "two", database_url), two) as second,
    ):
        [refused], [going_on] = await asyncio.wait({first, second}, return_when=asyncio.FIRST_COMPLETED)
        assert isinstance(refused.exception(), DatabaseInUse)
        await discord_server.watch.wait_until(lambda: RESULT in paintings(discord_server), what="the painting")
        assert not going_on.done()
    assert paintings(discord_server) == [RESULT]
    assert len(one.jobs) + len(two.jobs) == 1


@pytest.mark.postgres
class TestLostDatabase:
    """A bot whose connection broke, so that another one could take its place."""

    @pytest.fixture
    def url(self, postgres: PostgresServer) -> str:
        return postgres.empty_database()

    async def test_it_leaves_the_paintings_and_their_cards_to_the_other_bot(
        self, discord_server: DiscordServer, tmp_path: Path, url: str, gate: StepGate, alice: User
    ) -> None:
        patient = settings_of(discord_server, tmp_path, url).model_copy(update={"shutdown_grace_seconds": 60})
        async with running(patient, FakeEngine(FRAMES, gate=gate), timeouts=IMPATIENT) as bot:
            await discord_server.gateway.wait_until_ready()
            card = await (await stylize(discord_server, alice)).response()
            await gate.held()
            await card.wait_until(lambda message: "%" in message.text)
            shown = card.text
            async with takeover(url), open_database(url) as sessions:
                records = JobRecords(sessions)
                [job] = await records.lease_unsettled(even_leased=True)

                with pytest.raises(DatabaseTaken):
                    await bot

                assert await records.get(job.job_id) == job
        assert job.state is JobState.PAINTING
        assert card.text == shown
        assert not card.deleted

    async def test_it_ends_with_a_sentence_and_is_not_restarted(
        self, discord_server: DiscordServer, tmp_path: Path, url: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        settings = settings_of(discord_server, tmp_path, url)
        bot = asyncio.create_task(serve(settings, engine=FakeEngine(), timeouts=IMPATIENT))
        await discord_server.gateway.wait_until_ready()
        async with takeover(url):
            assert await bot == 2

        sentence = capsys.readouterr().err.splitlines()[-1]
        assert "another bot is using it now" in sentence
        assert sentence.endswith("leaves the paintings to the other: run only one bot per database.")

    async def test_it_is_restarted_if_the_other_bot_has_come_and_gone(
        self,
        discord_server: DiscordServer,
        tmp_path: Path,
        url: str,
        gate: StepGate,
        alice: User,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        settings = settings_of(discord_server, tmp_path, url)
        bot = asyncio.create_task(serve(settings, engine=FakeEngine(FRAMES, gate=gate), timeouts=PATIENT))
        await discord_server.gateway.wait_until_ready()
        card = await (await stylize(discord_server, alice)).response()
        await gate.held()
        async with open_database(url) as sessions, Leases(sessions) as leases, takeover(url):
            await JobRecords(sessions, leases).lease_unsettled(even_leased=True)

        assert await bot == 1
        assert "another bot worked on its paintings. Start this one again" in capsys.readouterr().err
        async with connected(settings, FakeEngine(FRAMES)):
            await card.wait_for_files(*RESULT)
        assert paintings(discord_server) == [RESULT]

    async def test_it_continues_if_no_other_bot_was_there(
        self,
        discord_server: DiscordServer,
        tmp_path: Path,
        url: str,
        log_events: LogEvents,
        gate: StepGate,
        alice: User,
    ) -> None:
        async with running(settings_of(discord_server, tmp_path, url), FakeEngine(FRAMES, gate=gate)):
            await discord_server.gateway.wait_until_ready()
            card = await (await stylize(discord_server, alice)).response()
            await gate.held()
            await cut_connection(url)
            await log_events.wait_until("database.lock_regained")
            gate.open()
            await card.wait_for_files(*RESULT)
        assert paintings(discord_server) == [RESULT]
