"""Metrics: names, labels and values."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, ClassVar

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import BaseTestServer, TestServer

from bot.messages.address import Address
from bot.operation.metrics import Metrics, Snapshot, discord_trace
from bot.painting.job import Input, Job, JobState, PaintingOptions
from stylizer.recipe import recipe_names

JOB = Job(
    owner_id=1,
    address=Address(
        application_id=2,
        interaction_id=3,
        token="a-token",
        asked_at=datetime(2026, 1, 1, tzinfo=UTC),
        guild_id=4,
        channel_id=5,
        upload_limit_bytes=10 * 2**20,
    ),
    inputs=(Input("content"), Input("style")),
    options=PaintingOptions(recipe_name="draft"),
)
SNAPSHOT = Snapshot(
    jobs={JobState.WAITING: 7},
    workers=2,
    workers_ready=1,
    workers_replaced=3,
    gateway_connected=True,
    servers=5,
    data_free_bytes=2**30,
)


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


def test_a_job_is_counted_and_measured_by_its_recipe(metrics: Metrics) -> None:
    metrics.accepted(JOB)
    metrics.started(JOB, 4)
    metrics.ended(JOB, JobState.DELIVERED, 30)
    metrics.accepted(JOB)
    metrics.ended(JOB, JobState.CANCELED)

    assert value(metrics, "atelier_jobs_accepted_total", recipe="draft") == 2
    assert value(metrics, "atelier_jobs_ended_total", recipe="draft", outcome="delivered") == 1
    assert value(metrics, "atelier_jobs_ended_total", recipe="draft", outcome="canceled") == 1
    assert value(metrics, "atelier_job_wait_seconds_sum", recipe="draft") == 4
    assert value(metrics, "atelier_job_painting_seconds_bucket", recipe="draft", le="20.0") == 0
    assert value(metrics, "atelier_job_painting_seconds_bucket", recipe="draft", le="40.0") == 1
    assert value(metrics, "atelier_job_painting_seconds_count", recipe="draft") == 1


@pytest.mark.parametrize("recipe", recipe_names())
def test_every_recipes_counters_start_at_zero(metrics: Metrics, recipe: str) -> None:
    assert value(metrics, "atelier_jobs_accepted_total", recipe=recipe) == 0
    assert value(metrics, "atelier_job_wait_seconds_count", recipe=recipe) == 0
    assert value(metrics, "atelier_job_painting_seconds_count", recipe=recipe) == 0
    for outcome in ("delivered", "canceled", "failed"):
        assert value(metrics, "atelier_jobs_ended_total", recipe=recipe, outcome=outcome) == 0


def test_refusals_and_lost_workers_are_counted_by_their_reason(metrics: Metrics) -> None:
    metrics.refused("QueueFull")
    metrics.worker_lost("WorkerDied")

    assert value(metrics, "atelier_requests_refused_total", reason="QueueFull") == 1
    assert value(metrics, "atelier_workers_lost_total", reason="WorkerDied") == 1


def test_a_clock_that_was_set_back_causes_no_negative_wait(metrics: Metrics) -> None:
    metrics.started(JOB, 4)
    metrics.started(JOB, -3600)

    assert value(metrics, "atelier_job_wait_seconds_sum", recipe="draft") == 4
    assert value(metrics, "atelier_job_wait_seconds_count", recipe="draft") == 2


def test_each_failure_of_the_database_is_counted(metrics: Metrics) -> None:
    assert value(metrics, "atelier_database_errors_total") == 0

    metrics.database_failed()
    metrics.database_failed()

    assert value(metrics, "atelier_database_errors_total") == 2


def test_shorter_stalls_do_not_replace_the_longest_one(metrics: Metrics) -> None:
    for seconds in (0.1, 0.7, 0.2):
        metrics.stalled(seconds)

    assert value(metrics, "atelier_event_loop_longest_stall_seconds") == 0.7
    assert value(metrics, "atelier_event_loop_stall_seconds_count") == 3


def test_every_scrape_takes_a_new_snapshot(metrics: Metrics) -> None:
    moments = iter([SNAPSHOT, replace(SNAPSHOT, jobs={JobState.WAITING: 8}, gateway_connected=False)])
    latest = SNAPSHOT

    def take_snapshot() -> Snapshot:
        nonlocal latest
        latest = next(moments, latest)
        return latest

    metrics.add_snapshots(take_snapshot)

    assert value(metrics, "atelier_jobs_active", state="waiting") == 7
    assert value(metrics, "atelier_jobs_active", state="waiting") == 8
    assert value(metrics, "atelier_jobs_active", state="painted") == 0
    assert value(metrics, "atelier_gateway_connected") == 0
    assert value(metrics, "atelier_workers_replaced_total") == 3


def test_two_bots_in_one_process_count_separately(metrics: Metrics) -> None:
    Metrics().refused("QueueFull")

    assert value(metrics, "atelier_requests_refused_total", reason="QueueFull") is None


class TestDiscord:
    """Counting Discord's responses."""

    ANSWERS: ClassVar[dict[str, dict[str, Any]]] = {
        "/fine": {"status": 204},
        "/gone": {"status": 404, "text": '{"message": "Unknown Message", "code": 10008}'},
        "/limited": {"status": 429, "text": '{"retry_after": 0.3, "global": false}'},
        "/cloud": {"status": 502, "text": "<html>Bad gateway</html>"},
        "/odd": {"status": 400, "text": '["code"]'},
    }

    @pytest.fixture
    async def discord(self) -> AsyncIterator[BaseTestServer]:
        async def answer(request: web.Request) -> web.Response:
            return web.Response(**self.ANSWERS[request.path])

        app = web.Application()
        app.router.add_get("/{path:.*}", answer)
        async with TestServer(app) as server:
            yield server

    async def test_each_response_is_counted_by_status_and_error_code(
        self, metrics: Metrics, discord: BaseTestServer
    ) -> None:
        async with aiohttp.ClientSession(trace_configs=[discord_trace(metrics)]) as session:
            for path in self.ANSWERS:
                async with session.get(discord.make_url(path)) as response:
                    await response.read()

        for status, code in (("204", "0"), ("404", "10008"), ("429", "0"), ("502", "0"), ("400", "0")):
            assert value(metrics, "atelier_discord_responses_total", status=status, code=code) == 1

    async def test_a_request_without_a_response_is_counted_too(self, metrics: Metrics, discord: BaseTestServer) -> None:
        url = discord.make_url("/fine")
        await discord.close()

        async with aiohttp.ClientSession(trace_configs=[discord_trace(metrics)]) as session:
            with pytest.raises(aiohttp.ClientConnectorError):
                await session.get(url)

        assert value(metrics, "atelier_discord_request_errors_total", reason="ClientConnectorError") == 1

    async def test_a_request_that_the_bot_cancels_is_not_an_error(self, metrics: Metrics) -> None:
        asked = asyncio.Event()

        async def answer(_request: web.Request) -> web.Response:
            asked.set()
            await asyncio.Event().wait()
            raise AssertionError("nobody sets it")

        app = web.Application()
        app.router.add_get("/", answer)
        async with (
            TestServer(app) as server,
            aiohttp.ClientSession(trace_configs=[discord_trace(metrics)]) as session,
        ):
            asking = asyncio.ensure_future(session.get(server.make_url("/")))
            await asked.wait()
            asking.cancel()
            await asyncio.wait([asking])

        assert value(metrics, "atelier_discord_request_errors_total", reason="CancelledError") is None
