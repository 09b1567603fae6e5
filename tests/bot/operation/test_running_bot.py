"""Health, metrics and logs of a running bot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from structlog.testing import LogCapture

from bot.app import Atelier, open_app
from bot.errors import TokenRefused
from config.settings import Settings
from stylizer.pool import FakeEngine, StepGate, WorkerDied
from tests.bot.conftest import OpenStudio, Studio, texts

pytestmark = pytest.mark.usefixtures("current_databases")


async def ready(app: Atelier) -> tuple[int, dict[str, Any]]:
    async with aiohttp.ClientSession() as session, session.get(app.operation_url / "readyz") as response:
        return response.status, await response.json()


def value(app: Atelier, name: str, **labels: str) -> float | None:
    return app.metrics.registry.get_sample_value(name, labels)


async def test_it_is_ready_while_it_is_connected_and_can_paint(studio: Studio) -> None:
    assert await ready(studio.app) == (200, {"ready": True, "problems": {}})


async def test_a_painting_waits_until_a_worker_is_ready(open_studio: OpenStudio) -> None:
    gate = StepGate()
    engine = FakeEngine(workers=2, cold_workers=1, gate=gate)
    studio: Studio = await open_studio(engine)
    await studio.stylize()
    waiting = await studio.stylize(studio.bob)
    assert value(studio.app, "atelier_jobs_active", state="painting") == 1
    assert value(studio.app, "atelier_workers_ready") == 1
    assert (await ready(studio.app))[1]["degraded"] == {"worker": "Only 1 of 2 workers is ready."}
    assert "next" in texts(waiting.response)

    engine.warm_up()

    await studio.wait_until(lambda: value(studio.app, "atelier_jobs_active", state="painting") == 2)
    assert value(studio.app, "atelier_workers_ready") == 2
    assert await ready(studio.app) == (200, {"ready": True, "problems": {}})
    gate.open()
    await studio.wait_until(lambda: value(studio.app, "atelier_jobs_active", state="painting") == 0)


async def test_it_is_alive_but_not_ready_before_it_is_connected(tmp_path: Path) -> None:
    async with open_app(Settings(data_dir=tmp_path), engine=FakeEngine()) as app:
        status, report = await ready(app)

    assert (status, list(report["problems"])) == (503, ["gateway"])


async def test_a_painting_is_counted_in_each_state(studio: Studio) -> None:
    await studio.stylize(recipe="draft")
    assert value(studio.app, "atelier_jobs_accepted_total", recipe="draft") == 1
    assert value(studio.app, "atelier_jobs_active", state="painting") == 1
    assert value(studio.app, "atelier_job_wait_seconds_count", recipe="draft") == 1

    await studio.finish()

    assert value(studio.app, "atelier_jobs_active", state="painting") == 0
    assert value(studio.app, "atelier_jobs_ended_total", recipe="draft", outcome="delivered") == 1
    assert value(studio.app, "atelier_job_painting_seconds_count", recipe="draft") == 1


async def test_every_line_about_a_painting_has_its_id(studio: Studio, logs: LogCapture) -> None:
    await studio.stylize()
    await studio.finish()

    lines = [entry for entry in logs.entries if entry["event"].startswith(("job.", "message."))]
    assert [line["event"] for line in lines] == ["job.accepted", "job.painting", "job.painted", "job.delivered"]
    assert len({line["job"] for line in lines}) == 1


async def test_a_painting_resumed_after_a_restart_is_not_counted_as_accepted_again(studio: Studio) -> None:
    await studio.stylize(recipe="draft")
    await studio.restart()
    await studio.finish()

    assert value(studio.app, "atelier_jobs_accepted_total", recipe="draft") == 0
    assert value(studio.app, "atelier_jobs_ended_total", recipe="draft", outcome="delivered") == 1


async def test_a_refusal_is_counted_by_its_reason(studio: Studio) -> None:
    await studio.stylize(content=("notes.txt", b"no picture"))

    assert value(studio.app, "atelier_requests_refused_total", reason="WrongFileType") == 1


async def test_a_lost_worker_is_counted_each_time_and_the_failure_once(
    open_studio: OpenStudio, logs: LogCapture
) -> None:
    studio: Studio = await open_studio(FakeEngine(fail_at=1, error=WorkerDied(-9)))
    await studio.stylize(recipe="draft")

    assert value(studio.app, "atelier_workers_lost_total", reason="WorkerDied") == 2
    assert value(studio.app, "atelier_jobs_ended_total", recipe="draft", outcome="failed") == 1
    logs.entries.clear()


async def test_responses_from_discord_are_counted(tmp_path: Path) -> None:
    async def refuse(_request: web.Request) -> web.Response:
        return web.json_response({"message": "401: Unauthorized", "code": 0}, status=401)

    discord = web.Application()
    discord.router.add_route("*", "/{path:.*}", refuse)
    async with TestServer(discord) as server:
        settings = {"data_dir": tmp_path, "discord": {"token": "t", "api_url": str(server.make_url("/api/v10"))}}
        async with open_app(Settings.model_validate(settings), engine=FakeEngine()) as app:
            with pytest.raises(TokenRefused):
                await app.run()
            assert value(app, "atelier_discord_responses_total", status="401", code="0") == 1
