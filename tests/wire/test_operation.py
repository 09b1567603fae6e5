"""The bot's health checks and metrics over real sockets."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest

from bot.app import Atelier
from stylizer.pool import StepGate
from tests.wire.conftest import stylize
from tests.wire.discord_server import DiscordServer
from tests.wire.faults import refused
from tests.wire.refusals import Refusal
from tests.wire.world import User


async def ready(app: Atelier) -> dict[str, Any]:
    async with aiohttp.ClientSession() as session, session.get(app.operation_url / "readyz") as response:
        report: dict[str, Any] = await response.json()
        assert response.status == (200 if report["ready"] else 503)
        return report


@pytest.mark.usefixtures("fast_retries")
async def test_it_is_not_ready_while_the_gateway_is_disconnected(
    atelier: Atelier, discord_server: DiscordServer
) -> None:
    client, gateway = atelier.client, discord_server.gateway
    await client.wait_until_ready()
    assert await ready(atelier) == {"ready": True, "problems": {}}

    away = asyncio.create_task(client.wait_for("shard_disconnect"))
    back = asyncio.create_task(client.wait_for("shard_connect"))
    await asyncio.sleep(0)
    gateway.unreachable = True
    gateway.cut_connections()
    await away
    assert await ready(atelier) == {"ready": False, "problems": {"gateway": "Discord's gateway is not connected."}}

    gateway.unreachable = False
    await back
    assert await ready(atelier) == {"ready": True, "problems": {}}


async def test_a_refusal_by_discord_is_counted_with_its_code(
    atelier: Atelier, discord_server: DiscordServer, gate: StepGate, alice: User
) -> None:
    fault = discord_server.inject("PATCH", "/webhooks/*/@original", refused(Refusal.INVALID_FORM))
    command = await stylize(discord_server, alice)
    await fault.wait_until_hit()
    gate.open()
    await (await command.response()).wait_for_files("painting.png")

    labels = {"status": "400", "code": "50035"}
    assert atelier.metrics.registry.get_sample_value("atelier_discord_responses_total", labels) == 1
