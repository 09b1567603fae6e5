"""The first connection to the gateway: where it goes, and what becomes of a bot that never gets one."""

from __future__ import annotations

from pathlib import Path

import pytest

from stylizer.pool import FakeEngine
from tests.wire.conftest import connected, settings_for
from tests.wire.discord_server import DiscordServer

ELSEWHERE = "ws://127.0.0.1:9/gateway"


async def test_the_gateway_of_the_settings_wins_over_the_one_that_the_api_names(
    discord_server: DiscordServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_for(discord_server, tmp_path)
    monkeypatch.setattr(DiscordServer, "gateway_url", ELSEWHERE)
    discord_server.shards = 2

    async with connected(settings, FakeEngine()) as app:
        await discord_server.gateway.until_identified(2)
        assert app.client.shard_count == 2
