"""The HTTP server: /healthz, /readyz and /metrics."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import discord
import pytest
from structlog.testing import capture_logs
from yarl import URL

from bot.errors import CannotListen
from bot.operation.health import Check, all_workers_check, database_check, gateway_check, worker_check
from bot.operation.http import serve_operation
from bot.operation.metrics import Metrics
from config.settings import HttpSettings
from stylizer.pool import FakeEngine
from tests.databases import open_current_database


def reporting(problem: str | None) -> Check:
    """Return a check that finds this problem, or none."""

    async def check() -> str | None:
        return problem

    return check


async def silent() -> str | None:
    """Never answer."""
    await asyncio.Event().wait()
    return None


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def ready(url: URL, session: aiohttp.ClientSession) -> tuple[int, dict[str, object]]:
    async with session.get(url / "readyz") as response:
        return response.status, await response.json()


async def test_healthz_confirms_that_the_process_is_alive(session: aiohttp.ClientSession) -> None:
    async with (
        serve_operation(HttpSettings(), registry=Metrics().registry, checks={}) as url,
        session.get(url / "healthz") as response,
    ):
        assert (response.status, await response.json()) == (200, {"alive": True})


async def test_it_listens_only_on_this_machine_and_logs_its_address() -> None:
    with capture_logs() as logs:
        async with serve_operation(HttpSettings(), registry=Metrics().registry, checks={}) as url:
            assert url.host == "127.0.0.1"
            assert url.port

    assert logs == [{"event": "http.listening", "url": str(url), "log_level": "info"}]


async def test_a_bot_whose_parts_all_work_is_ready(session: aiohttp.ClientSession) -> None:
    checks = {"gateway": reporting(None), "database": reporting(None), "worker": reporting(None)}
    async with serve_operation(HttpSettings(), registry=Metrics().registry, checks=checks) as url:
        assert await ready(url, session) == (200, {"ready": True, "problems": {}})


async def test_a_part_that_does_not_work_is_named(session: aiohttp.ClientSession) -> None:
    checks = {"gateway": reporting(None), "worker": reporting("0 of 1 workers are ready.")}
    async with serve_operation(HttpSettings(), registry=Metrics().registry, checks=checks) as url:
        status, answer = await ready(url, session)

    assert status == 503
    assert answer == {"ready": False, "problems": {"worker": "0 of 1 workers are ready."}}


async def test_a_check_that_fails_or_times_out_is_reported_along_with_the_others(
    session: aiohttp.ClientSession,
) -> None:
    async def fail() -> str | None:
        raise ZeroDivisionError

    checks = {"database": fail, "gateway": silent, "worker": reporting("cold")}
    async with serve_operation(
        HttpSettings(), registry=Metrics().registry, checks=checks, check_timeout_seconds=0.01
    ) as url:
        with capture_logs() as logs:
            status, answer = await ready(url, session)

    assert status == 503
    assert answer["problems"] == {
        "database": "The check failed; see the log.",
        "gateway": "No answer within 0.01 seconds.",
        "worker": "cold",
    }
    assert [(entry["event"], entry["reason"]) for entry in logs] == [("health.check_failed", "ZeroDivisionError")]


@pytest.mark.parametrize(
    ("accepted", "content_type"),
    [("text/plain", "text/plain"), ("application/openmetrics-text; version=1.0.0", "application/openmetrics-text")],
)
async def test_prometheus_gets_every_metric_in_the_format_it_accepts(
    session: aiohttp.ClientSession, accepted: str, content_type: str
) -> None:
    metrics = Metrics()
    metrics.refused("QueueFull")
    async with (
        serve_operation(HttpSettings(), registry=metrics.registry, checks={}) as url,
        session.get(url / "metrics", headers={"Accept": accepted}) as response,
    ):
        assert response.content_type == content_type
        assert 'atelier_requests_refused_total{reason="QueueFull"} 1.0' in await response.text()


async def test_a_taken_port_is_reported_in_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotListen, match=rf"at 127\.0\.0\.1, port {port}: .*ATELIER_HTTP__PORT"):
            async with serve_operation(HttpSettings(port=port), registry=Metrics().registry, checks={}):
                pass


async def test_the_database_check_passes_while_the_database_answers(tmp_path: Path) -> None:
    async with open_current_database(f"sqlite+aiosqlite:///{tmp_path / 'atelier.sqlite3'}") as sessions:
        assert await database_check(sessions)() is None


async def test_a_degraded_part_is_reported_but_the_bot_is_ready(session: aiohttp.ClientSession) -> None:
    checks, warnings = {"worker": reporting(None)}, {"worker": reporting("Only 1 of 2 workers is ready.")}
    async with serve_operation(HttpSettings(), registry=Metrics().registry, checks=checks, warnings=warnings) as url:
        status, answer = await ready(url, session)

    assert status == 200
    assert answer == {"ready": True, "problems": {}, "degraded": {"worker": "Only 1 of 2 workers is ready."}}


async def test_missing_workers_are_reported_while_others_are_ready() -> None:
    async with FakeEngine(workers=3, cold_workers=2) as engine:
        assert await worker_check(engine)() is None
        problem = await all_workers_check(engine)()
        assert problem == "Only 1 of 3 workers is ready."
        engine.warm_up()
        assert await all_workers_check(engine)() == "Only 2 of 3 workers are ready."
        engine.warm_up()
        assert await all_workers_check(engine)() is None

    assert await all_workers_check(engine)() is None


async def test_no_worker_is_ready_once_the_engine_is_closed() -> None:
    async with FakeEngine(workers=2) as engine:
        assert await worker_check(engine)() is None

    assert await worker_check(engine)() == "0 of 2 workers are ready."


async def test_a_client_that_never_connected_is_not_connected() -> None:
    client = discord.AutoShardedClient(intents=discord.Intents.none())
    assert await gateway_check(client)() == "Discord's gateway is not connected."
