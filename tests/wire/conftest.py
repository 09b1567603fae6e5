"""The stand-in, and the real bot connected to it with a painter that needs no TensorFlow."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from bot.app import Atelier, open_app
from bot.client import AtelierClient
from config.settings import DiscordSettings, Settings
from stylizer.pool import FakeEngine, StepGate
from tests.wire.discord_server import DiscordServer
from tests.wire.pictures import picture
from tests.wire.world import Channel, Interaction, User

FRAMES = 4


def settings_for(discord: DiscordServer, data_dir: Path, *, token: str | None = None) -> Settings:
    """Settings that point the bot at the stand-in."""
    chosen = {"token": token or discord.token, "api_url": discord.api_url, "gateway_url": discord.gateway_url}
    return Settings(data_dir=data_dir, discord=DiscordSettings.model_validate(chosen))


@asynccontextmanager
async def connected(settings: Settings, engine: FakeEngine) -> AsyncIterator[Atelier]:
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
    """A member's `/stylize` with two small pictures."""
    defaults = {"content": ("photo.jpg", picture(seed=1)), "style": ("style.jpg", picture(seed=2)), "size": 64}
    return await server.slash(user, channel or server.general, "stylize", **{**defaults, **options})
