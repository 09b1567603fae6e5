"""The stand-in, and the real bot connected to it with a painter that needs no TensorFlow."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import discord
import pytest
import structlog

from bot.app import Atelier, open_app
from bot.client import AtelierClient
from config.settings import DiscordSettings, Settings
from stylizer.pool import Engine, FakeEngine, StepGate
from tests.wire.discord_server import DiscordServer
from tests.wire.pictures import picture
from tests.wire.world import Channel, Interaction, User, Watch

FRAMES = 4


def settings_for(discord: DiscordServer, data_dir: Path, *, token: str | None = None) -> Settings:
    """Settings that point the bot at the stand-in."""
    chosen = {"token": token or discord.token, "api_url": discord.api_url, "gateway_url": discord.gateway_url}
    return Settings(data_dir=data_dir, discord=DiscordSettings.model_validate(chosen))


def hasty_settings_for(discord: DiscordServer, data_dir: Path) -> Settings:
    """The same for a bot that waits for nothing when it ends, as if it were killed."""
    return settings_for(discord, data_dir).model_copy(update={"shutdown_grace_seconds": 0.0})


@asynccontextmanager
async def connected(settings: Settings, engine: Engine) -> AsyncIterator[Atelier]:
    """The real bot, serving as long as the block runs. Its cards may be edited as fast as a painting goes on."""
    ticks = itertools.count(step=10)
    async with open_app(settings, engine=engine, clock=lambda: float(next(ticks))) as app:
        serving = asyncio.create_task(app.run())
        try:
            yield app
        finally:
            serving.cancel()
            with suppress(asyncio.CancelledError):
                await serving


@pytest.fixture(autouse=True)
def identify_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out discord.py's 5 s between two identifies, which are Discord's wish and not the stand-in's."""

    async def at_once(client: AtelierClient, shard_id: int | None, *, initial: bool = False) -> None:
        pass

    monkeypatch.setattr(AtelierClient, "before_identify_hook", at_once)


class _HurriedAsyncio:
    """`asyncio`, but for sleep, of which a hundredth is enough."""

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / 100)


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten every wait before another try, of discord.py and of the bot itself."""
    for module in (discord.http, discord.webhook.async_, discord.shard):
        monkeypatch.setattr(module, "asyncio", _HurriedAsyncio())
    monkeypatch.setattr("bot.clock.backoff.MAX_DELAY_SECONDS", 0.01)


class Journal:
    """What the bot logs; tests wait for an event of it."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self._watch = Watch()

    def __call__(self, _logger: object, _method: str, entry: structlog.typing.EventDict) -> str:
        self.events.append(entry["event"])
        self._watch.changed()
        raise structlog.DropEvent

    async def until(self, event: str) -> None:
        """Wait until it has been logged."""
        await self._watch.until(lambda: event in self.events, what=f"{event} in {self.events}")


@pytest.fixture
def journal() -> Iterator[Journal]:
    journal = Journal()
    structlog.configure(processors=[journal])
    yield journal
    structlog.reset_defaults()


@pytest.fixture
async def discord_server() -> AsyncIterator[DiscordServer]:
    async with DiscordServer() as server:
        yield server


@pytest.fixture
def gate() -> StepGate:
    """Holds every painting before each step, until it is opened."""
    return StepGate()


@pytest.fixture
def engine(gate: StepGate) -> FakeEngine:
    return FakeEngine(FRAMES, gate=gate)


@pytest.fixture
async def atelier(discord_server: DiscordServer, engine: FakeEngine, tmp_path: Path) -> AsyncIterator[Atelier]:
    """The bot, connected, with `engine` as its painter."""
    async with connected(settings_for(discord_server, tmp_path), engine) as app:
        await discord_server.gateway.until_ready()
        yield app


@pytest.fixture
def alice(discord_server: DiscordServer) -> User:
    return discord_server.join("alice")


async def stylize(server: DiscordServer, user: User, channel: Channel | None = None, **options: Any) -> Interaction:
    """A member's `/stylize` with two small pictures; None leaves an option out."""
    defaults = {"content": ("photo.jpg", picture(seed=1)), "style": ("style.jpg", picture(seed=2)), "size": 64}
    options = {name: value for name, value in {**defaults, **options}.items() if value is not None}
    return await server.slash(user, channel or server.general, "stylize", **options)
