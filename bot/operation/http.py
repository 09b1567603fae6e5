"""The small HTTP server for whoever runs the bot: /healthz, /readyz and /metrics."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from yarl import URL

from bot.errors import CannotListen
from bot.operation.health import Check, find_problems
from config.settings import HttpSettings

log = structlog.get_logger()

GOODBYE_SECONDS = 1.0
"""For an answer that is under way when the bot ends."""


@asynccontextmanager
async def serve_operation(
    settings: HttpSettings,
    *,
    registry: CollectorRegistry,
    checks: Mapping[str, Check],
    warnings: Mapping[str, Check] | None = None,
) -> AsyncIterator[URL]:
    """Answer about the bot's health and metrics while the block runs; the address. Raises `CannotListen`.

    What `checks` find keeps the bot from being ready; what `warnings` find is only mentioned.
    """
    answers = _Answers(registry, checks, warnings or {})
    app = web.Application()
    app.router.add_get("/healthz", answers.healthz)
    app.router.add_get("/readyz", answers.readyz)
    app.router.add_get("/metrics", answers.metrics)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=GOODBYE_SECONDS)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, settings.host, settings.port).start()
        except OSError as error:
            raise CannotListen(settings.host, settings.port, error.strerror or str(error)) from error
        host, port, *_ = runner.addresses[0]
        url = URL.build(scheme="http", host=host, port=port)
        log.info("http.listening", url=str(url))
        yield url
    finally:
        await runner.cleanup()


@dataclass(frozen=True, slots=True)
class _Answers:
    registry: CollectorRegistry
    checks: Mapping[str, Check]
    warnings: Mapping[str, Check]

    async def healthz(self, _request: web.Request) -> web.Response:
        """That the process lives and its event loop answers: nobody else would send this."""
        return web.json_response({"alive": True})

    async def readyz(self, _request: web.Request) -> web.Response:
        """Whether the bot can do its work, and what keeps it from that; 200 or 503."""
        problems, degraded = await asyncio.gather(find_problems(self.checks), find_problems(self.warnings))
        answer = {"ready": not problems, "problems": problems} | ({"degraded": degraded} if degraded else {})
        return web.json_response(answer, status=503 if problems else 200)

    async def metrics(self, request: web.Request) -> web.Response:
        """Every metric, in the form that Prometheus asks for."""
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return web.Response(body=encode(self.registry), headers={"Content-Type": content_type})
