"""A compromised worker can only fail its own job."""

from __future__ import annotations

import asyncio
import json
import os
import pwd
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import pytest

from stylizer.errors import WorkerDied, WorkerFailed
from stylizer.events import Finished
from stylizer.pool import LocalEngine
from tests.stylizer.pool import intruders
from tests.stylizer.pool.studio import paint, stub_job


@pytest.mark.parametrize("trick", intruders.TRICKS)
async def test_any_bad_message_from_a_worker_fails_only_its_own_job(trick: str, tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    opener = partial(intruders.open_sender, trick, str(notes))
    async with LocalEngine(open_painter=opener, restart_delay_seconds=0.01) as engine:
        with pytest.raises((WorkerFailed, WorkerDied)) as raised:
            await paint(engine, stub_job("taken over"))
        assert isinstance((await paint(engine, stub_job("next")))[-1], Finished)
    assert "makes no sense" in str(raised.value) or trick == "nothing any more"
    written = await asyncio.to_thread(lambda: [path.name for path in tmp_path.iterdir()])
    assert written == ["notes"], "nothing of a worker is unpickled"


async def test_a_worker_that_reports_a_painting_without_a_job_is_replaced(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    opener = partial(intruders.open_forger, str(tmp_path / "notes"))
    engine = LocalEngine(open_painter=opener, restart_delay_seconds=0.01)
    changed = asyncio.Event()
    engine.on_capacity_changed(changed.set)  # the forger may be gone before the engine is open
    async with engine:
        while not engine.replaced_workers:
            await changed.wait()
            changed.clear()
        assert isinstance((await paint(engine, stub_job()))[-1], Finished)
    assert "Worker painter-0 sent a malformed frame; killed" in caplog.messages


async def test_a_worker_that_is_gone_as_soon_as_it_is_ready_is_replaced_while_the_engine_opens(tmp_path: Path) -> None:
    engine = LocalEngine(
        open_painter=partial(intruders.open_forger, str(tmp_path / "notes")), restart_delay_seconds=0.01
    )
    opening = asyncio.create_task(engine.__aenter__())
    while not engine.processes:  # noqa: ASYNC110 - the process is started at the next turn of the event loop
        await asyncio.sleep(0)
    for thread in threading.enumerate():
        if thread.name == "painter-0-pump":
            thread.join()  # so that the event loop hears at once that the worker was ready, and that it has ended
    try:
        await opening
        assert engine.replaced_workers == 1
    finally:
        await engine.aclose()


def test_a_worker_cannot_see_the_bots_token() -> None:
    environment = {**os.environ, "ATELIER_DISCORD__TOKEN": intruders.TOKEN}
    program = "import asyncio; from tests.stylizer.pool.intruders import main; asyncio.run(main())"
    bot = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=True)
    seen = json.loads(bot.stdout)
    assert seen["found"] == []
    assert (seen["user"] == pwd.getpwnam("nobody").pw_uid) is (os.geteuid() == 0)


async def test_a_workers_startup_data_contains_neither_token_nor_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATELIER_DISCORD__TOKEN", intruders.TOKEN)
    monkeypatch.setenv("ATELIER_DATABASE_URL", "postgresql+asyncpg://atelier:password@db/atelier")
    async with LocalEngine(open_painter=intruders.open_spy) as engine:
        [process] = engine.processes
        environment = await asyncio.to_thread(Path(f"/proc/{process}/environ").read_bytes)
    assert b"PYTHONPATH=" in environment
    assert b"ATELIER" not in environment
