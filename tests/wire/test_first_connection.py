"""The first connection to the gateway: its address, and what happens if it fails."""

from __future__ import annotations

import asyncio
from pathlib import Path

import discord
import pytest

from bot import __main__ as command_line
from bot.app import Timeouts, open_app
from bot.client import AtelierClient
from stylizer.pool import FakeEngine
from tests.wire.conftest import connected, settings_for
from tests.wire.discord_server import DiscordServer

pytestmark = pytest.mark.usefixtures("current_databases")

ELSEWHERE = "ws://127.0.0.1:9/gateway"


async def test_the_configured_gateway_wins_over_the_one_from_the_api(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    settings = settings_for(discord_server, tmp_path)
    discord_server.announced_gateway_url = ELSEWHERE
    discord_server.shards = 2

    async with connected(settings, FakeEngine()) as app:
        await discord_server.gateway.wait_until_identified(2)
        assert app.client.shard_count == 2


async def test_an_unresponsive_gateway_ends_the_bot_with_a_sentence(
    discord_server: DiscordServer,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    discord_server.gateway.unreachable = True
    settings = settings_for(discord_server, tmp_path)
    timeouts = Timeouts(first_connection_seconds=0.1)

    assert await command_line.serve(settings, engine=FakeEngine(), timeouts=timeouts) == 1

    url = discord_server.gateway_url
    assert f"Can't reach Discord at {url}: its gateway doesn't answer." in capsys.readouterr().err


async def test_after_the_first_connection_an_outage_may_be_long(
    discord_server: DiscordServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def connected_once(client: discord.AutoShardedClient, *, reconnect: bool) -> None:
        assert isinstance(client, AtelierClient)
        assert reconnect
        await client.on_shard_connect(0)
        await asyncio.Event().wait()

    monkeypatch.setattr(discord.AutoShardedClient, "connect", connected_once)
    settings = settings_for(discord_server, tmp_path)

    async with open_app(settings, engine=FakeEngine(), timeouts=Timeouts(first_connection_seconds=0)) as app:
        serving = asyncio.create_task(app.client.connect())
        ended, _ = await asyncio.wait([serving], timeout=0.1)
        serving.cancel()

    assert not ended
