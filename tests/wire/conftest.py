"""Fixtures: the stand-in, and the real bot connected to it with a painter that needs no TensorFlow."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import structlog

from bot.app import TIMEOUTS, Atelier, Timeouts, open_app
from bot.client import AtelierClient
from bot.clock.timing import Timing
from bot.messages.pace import EditPace
from config.settings import DiscordSettings, Settings
from stylizer.pool import Engine, FakeEngine, StepGate
from tests.databases import new_databases_are_current, provide_database
from tests.wire.discord_server import DiscordServer
from tests.wire.pictures import picture
from tests.wire.world import Channel, Interaction, User, Watch

FRAMES = 4


def settings_for(discord: DiscordServer, data_dir: Path, *, token: str | None = None) -> Settings:
    """Return settings that point the bot to the stand-in."""
    chosen = {"token": token or discord.token, "api_url": discord.api_url, "gateway_url": discord.gateway_url}
    return Settings(data_dir=data_dir, discord=DiscordSettings.model_validate(chosen))


def settings_without_grace_for(discord: DiscordServer, data_dir: Path) -> Settings:
    """Return the same settings, but without a grace period at shutdown, almost as if the bot were killed."""
    return settings_for(discord, data_dir).model_copy(update={"shutdown_grace_seconds": 0.0})


def short_delays() -> Iterator[float]:
    """Make the bot wait hardly at all before it retries."""
    return itertools.chain([0.0], itertools.repeat(0.01))


@asynccontextmanager
async def connected(
    settings: Settings, engine: Engine, *, edit_interval_seconds: float = 0.0, timeouts: Timeouts = TIMEOUTS
) -> AsyncIterator[Atelier]:
    """Run the real bot while the block runs. It may edit cards as fast as a painting progresses.

    Old cards of one channel are edited `edit_interval_seconds` apart.
    """
    ticks = itertools.count(step=10)
    await provide_database(settings.data_dir)
    pace = EditPace(interval_seconds=edit_interval_seconds)
    async with open_app(
        settings,
        engine=engine,
        timing=Timing(lambda: float(next(ticks)), backoff=short_delays),
        pace=pace,
        timeouts=timeouts,
    ) as app:
        serving = asyncio.create_task(app.run())
        try:
            yield app
        finally:
            serving.cancel()
            with suppress(asyncio.CancelledError):
                await serving


@pytest.fixture(autouse=True)
def identify_immediately(monkeypatch: pytest.MonkeyPatch) -> None:
    """Skip discord.py's pause of 5 s between two identifies: Discord requires it, but the stand-in doesn't."""

    async def at_once(client: AtelierClient, shard_id: int | None, *, initial: bool = False) -> None:
        pass

    monkeypatch.setattr(AtelierClient, "before_identify_hook", at_once)


@pytest.fixture
async def current_databases() -> AsyncIterator[None]:
    """New databases need no migrating, which takes longer than most tests."""
    async with new_databases_are_current():
        yield


class LogEvents:
    """Collects the bot's log events, so that tests can wait for one."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self._watch = Watch()

    def __call__(self, _logger: object, _method: str, entry: structlog.typing.EventDict) -> str:
        self.events.append(entry["event"])
        self._watch.changed()
        raise structlog.DropEvent

    async def wait_until(self, event: str) -> None:
        """Wait until an event is logged."""
        await self._watch.wait_until(lambda: event in self.events, what=f"{event} in {self.events}")


@pytest.fixture
def log_events() -> Iterator[LogEvents]:
    log_events = LogEvents()
    structlog.configure(processors=[log_events])
    yield log_events
    structlog.reset_defaults()


@pytest.fixture
async def discord_server() -> AsyncIterator[DiscordServer]:
    """The stand-in. It sets no rate limits unless a test turns them on: here the bot edits without its usual pauses."""
    async with DiscordServer() as server:
        server.enforces_rate_limits = False
        yield server


@pytest.fixture
def gate() -> StepGate:
    """A gate that holds paintings before each step until it is opened."""
    return StepGate()


@pytest.fixture
def engine(gate: StepGate) -> FakeEngine:
    return FakeEngine(FRAMES, gate=gate)


@pytest.fixture
async def atelier(discord_server: DiscordServer, engine: FakeEngine, tmp_path: Path) -> AsyncIterator[Atelier]:
    """The connected bot, painting with `engine`."""
    async with connected(settings_for(discord_server, tmp_path), engine) as app:
        await discord_server.gateway.wait_until_ready()
        yield app


@pytest.fixture
def alice(discord_server: DiscordServer) -> User:
    return discord_server.join("alice")


async def stylize(server: DiscordServer, user: User, channel: Channel | None = None, **options: Any) -> Interaction:
    """Send `/stylize` with two small pictures as a member; None omits an option."""
    defaults = {"content": ("photo.jpg", picture(seed=1)), "style": ("style.jpg", picture(seed=2)), "size": 64}
    options = {name: value for name, value in {**defaults, **options}.items() if value is not None}
    return await server.slash(user, channel or server.general, "stylize", **options)
