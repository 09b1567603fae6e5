"""`docker/health.py`, run like Docker's health check."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from bot.operation.http import serve_operation
from bot.operation.metrics import Metrics
from config.settings import HttpSettings
from tests.bot.operation.test_http import reporting

PROGRAM = Path(__file__).parents[3] / "docker" / "health.py"


async def health(*, host: str = "127.0.0.1", port: int) -> tuple[int | None, str]:
    """Run the health check, and return its exit code and its output."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(PROGRAM),
        env={**os.environ, "ATELIER_HTTP__HOST": host, "ATELIER_HTTP__PORT": str(port)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    assert not errors
    return process.returncode, output.decode().strip()


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])  # noqa: S104 - what a container in a network is set to
async def test_a_ready_bot_is_healthy_at_any_address(host: str) -> None:
    checks = {"gateway": reporting(None), "worker": reporting(None)}
    async with serve_operation(HttpSettings(host=host), registry=Metrics().registry, checks=checks) as url:
        assert await health(host=host, port=url.port or 0) == (0, "The bot is ready.")


async def test_a_bot_that_is_not_ready_is_unhealthy_and_says_why() -> None:
    checks = {
        "gateway": reporting("Discord's gateway is not connected."),
        "worker": reporting("0 of 1 workers are ready."),
    }
    async with serve_operation(HttpSettings(), registry=Metrics().registry, checks=checks) as url:
        exit_code, output = await health(port=url.port or 0)

    assert (exit_code, output) == (1, "Discord's gateway is not connected. 0 of 1 workers are ready.")


async def test_a_bot_that_does_not_answer_is_unhealthy() -> None:
    async with serve_operation(HttpSettings(), registry=Metrics().registry, checks={}) as url:
        port = url.port or 0

    exit_code, output = await health(port=port)

    assert exit_code == 1
    assert output.startswith("The bot doesn't answer")
