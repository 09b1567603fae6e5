"""The HTTP server for monitoring: /healthz, /readyz and /metrics."""

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
from bot.operation.health import CHECK_TIMEOUT_SECONDS, Check, find_problems
from config.settings import HttpSettings

log = structlog.get_logger()

SHUTDOWN_TIMEOUT_SECONDS = 1.0
"""For responses in flight when the bot shuts down."""


@asynccontextmanager
async def serve_operation(
    settings: HttpSettings,
    *,
    registry: CollectorRegistry,
    checks: Mapping[str, Check],
    warnings: Mapping[str, Check] | None = None,
    check_timeout_seconds: float = CHECK_TIMEOUT_SECONDS,
) -> AsyncIterator[URL]:
    """Serve health and metrics while the block runs; yields the server's URL. Raises `CannotListen`.

    Problems found by `checks` make the bot not ready; those found by `warnings` are only reported.
    """
    handlers = _Handlers(registry, checks, warnings or {}, check_timeout_seconds)
    app = web.Application()
    app.router.add_get("/healthz", handlers.healthz)
    app.router.add_get("/readyz", handlers.readyz)
    app.router.add_get("/metrics", handlers.metrics)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_TIMEOUT_SECONDS)
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
class _Handlers:
    registry: CollectorRegistry
    checks: Mapping[str, Check]
    warnings: Mapping[str, Check]
    check_timeout_seconds: float

    async def healthz(self, _request: web.Request) -> web.Response:
        """Confirm that the process is alive and its event loop responds."""
        return web.json_response({"alive": True})

    async def readyz(self, _request: web.Request) -> web.Response:
        """Report whether the bot is ready (200) or not (503), and why not."""
        problems, degraded = await asyncio.gather(
            find_problems(self.checks, timeout_seconds=self.check_timeout_seconds),
            find_problems(self.warnings, timeout_seconds=self.check_timeout_seconds),
        )
        answer = {"ready": not problems, "problems": problems} | ({"degraded": degraded} if degraded else {})
        return web.json_response(answer, status=503 if problems else 200)

    async def metrics(self, request: web.Request) -> web.Response:
        """Return all metrics in the format that Prometheus accepts."""
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return web.Response(body=encode(self.registry), headers={"Content-Type": content_type})
