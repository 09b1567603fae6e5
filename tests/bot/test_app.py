"""The bot as a whole: it starts, or explains in one sentence why it can't."""

from __future__ import annotations

import os
import pickle
import socket
from pathlib import Path
from typing import Any, Self

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from structlog.testing import capture_logs

from bot.app import local_engine, open_app
from bot.errors import DiscordUnreachable, TokenMissing, TokenRefused, WorkerUserUnusable
from config.settings import EngineSettings, Settings
from stylizer.pool import FakeEngine, WorkerUser, default_memory_limit_bytes

pytestmark = pytest.mark.usefixtures("current_databases")

TOKEN = "MTIz.abc.a-secret-that-nobody-may-read"


def settings(folder: Path, **discord: Any) -> Settings:
    """Return settings with this data directory."""
    return Settings.model_validate({"data_dir": folder / "data", "discord": discord})


class WatchedEngine(FakeEngine):
    """Records whether it is open."""

    is_open = False

    async def __aenter__(self) -> Self:
        self.is_open = True
        return self

    async def aclose(self) -> None:
        self.is_open = False
        await super().aclose()


async def test_closing_the_bot_closes_everything(tmp_path: Path) -> None:
    engine = WatchedEngine()

    async with open_app(settings(tmp_path), engine=engine) as app:
        assert engine.is_open

    assert not engine.is_open
    assert app.client.is_closed()


async def test_a_start_without_a_token_says_where_to_get_one(tmp_path: Path) -> None:
    async with open_app(settings(tmp_path), engine=FakeEngine()) as app:
        with pytest.raises(TokenMissing, match="ATELIER_DISCORD__TOKEN"):
            await app.run()


@pytest.mark.socket
async def test_an_unreachable_discord_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/api/v10"
        async with open_app(settings(tmp_path, token=TOKEN, api_url=url), engine=FakeEngine()) as app:
            with pytest.raises(DiscordUnreachable) as raised:
                await app.run()

    assert url in str(raised.value)
    assert TOKEN not in str(raised.value)


@pytest.mark.socket
async def test_a_refused_token_is_reported_without_the_token(tmp_path: Path) -> None:
    async def refuse(_request: web.Request) -> web.Response:
        return web.json_response({"message": "401: Unauthorized", "code": 0}, status=401)

    discord = web.Application()
    discord.router.add_route("*", "/{path:.*}", refuse)
    async with TestServer(discord) as server:
        url = str(server.make_url("/api/v10"))
        async with open_app(settings(tmp_path, token=TOKEN, api_url=url), engine=FakeEngine()) as app:
            with pytest.raises(TokenRefused) as raised:
                await app.run()

    assert TOKEN not in str(raised.value)


@pytest.mark.parametrize(
    ("visible", "asked_for", "workers"), [("0,1", None, 2), ("0,1", 3, 3), ("-1", None, 1), ("", 2, 2)]
)
def test_there_is_a_worker_for_each_gpu_unless_the_settings_say_otherwise(
    monkeypatch: pytest.MonkeyPatch, visible: str, asked_for: int | None, workers: int
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)

    assert local_engine(EngineSettings(workers=asked_for)).workers == workers


@pytest.mark.parametrize(
    ("visible", "asked_for", "limited_to"),
    [("-1", None, default_memory_limit_bytes()), ("-1", 2**31, 2**31), ("0", None, None), ("0", 2**31, 2**31)],
)
def test_a_painting_has_a_memory_limit_by_default_unless_there_is_a_gpu(
    monkeypatch: pytest.MonkeyPatch, visible: str, asked_for: int | None, limited_to: int | None
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)

    assert local_engine(EngineSettings(memory_limit_bytes=asked_for)).memory_limit_bytes == limited_to


def test_each_gpu_that_the_driver_lists_has_a_worker_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = tmp_path / "nvidia-smi"
    driver.write_text("#!/bin/sh\necho 'GPU 0: T4 (UUID: GPU-a1)'; echo 'GPU 1: T4 (UUID: GPU-b2)'\n")
    driver.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)

    assert local_engine(EngineSettings())._devices == ["GPU-a1", "GPU-b2"]


@pytest.mark.parametrize("deterministic", [True, False])
def test_workers_get_the_settings_of_their_painter(deterministic: bool) -> None:
    settings = EngineSettings(precision="float16", threads=3, deterministic=deterministic)

    painter = pickle.loads(local_engine(settings)._opening.painter)  # noqa: S301 - ours

    assert painter.keywords == {
        "weights": "shipped",
        "precision": "float16",
        "threads": 3,
        "deterministic": deterministic,
    }


def test_the_token_is_in_no_repr(tmp_path: Path) -> None:
    assert TOKEN not in repr(settings(tmp_path, token=TOKEN))


def test_an_unusable_worker_user_is_reported_with_the_name_of_the_setting() -> None:
    with pytest.raises(WorkerUserUnusable, match=r"run as no-such-user: .*ATELIER_ENGINE__USER"):
        local_engine(EngineSettings(user="no-such-user"))


@pytest.mark.parametrize(
    ("visible", "named", "can_read", "is_apart"),
    [
        ("-1", None, False, True),  # everything is loaded before the user changes
        ("0", None, True, True),
        ("0", None, False, False),
        ("0", "daemon", False, True),  # a named user is the host's responsibility
    ],
)
def test_workers_on_a_gpu_run_as_another_user_if_that_user_can_read_the_code(
    monkeypatch: pytest.MonkeyPatch, visible: str, named: str | None, can_read: bool, is_apart: bool
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    monkeypatch.setattr("bot.check.worker_user", lambda _name, **_: WorkerUser(1, 1))
    monkeypatch.setattr("bot.check.can_read_code", lambda _user: can_read)
    monkeypatch.setattr(os, "geteuid", lambda: 0)

    with capture_logs() as logs:
        local_engine(EngineSettings(user=named))

    assert [entry["event"] for entry in logs] == ([] if is_apart else ["workers.not_isolated"])
