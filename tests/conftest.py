"""Fixtures shared by the tests of several packages."""

from __future__ import annotations

import asyncio
import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import discord
import pytest

from tests.postgres import MISSING, PostgresServer, postgres_programs

TESTS = Path(__file__).parent
MEMORY = Path("/dev/shm")  # noqa: S108 - pytest makes a folder there that only its user can read
MEMORY_BYTES = 4 * 2**30
"""What tests may need of it, with a margin."""
GARBAGE_ROUND_OBJECTS = 10_000
"""How many more objects there are at each of the garbage collector's rounds, which took a twentieth of the time."""

gc.disable()  # until all is loaded, which took 5 seconds, 1.4 of them for finding no garbage
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")  # several tests run at once
if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= MEMORY_BYTES:
    # Databases and the store of pictures sync what they write: tests waited for the disk for a fifth of their time.
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))

MARKS = {
    "browser": "browser",
    "wire": "socket",
    "bot/test_demo.py": "socket",
    "bot/operation/test_http.py": "socket",
    "bot/operation/test_running_bot.py": "socket",
    "stylizer/test_painter.py": "painter",
    "stylizer/test_optimizers.py": "painter",
    "stylizer/test_losses.py": "painter",
    "stylizer/test_layers.py": "painter",
    "stylizer/test_fastest.py": "painter",
    "stylizer/test_blend.py": "painter",
    "stylizer/test_continue.py": "painter",
    "stylizer/test_folders.py": "painter",
    "stylizer/test_masked_painting.py": "painter",
    "stylizer/test_strips.py": "painter",
    "stylizer/test_command_line_estimate.py": "painter",
    "stylizer/test_command_line_painting.py": "painter",
    "stylizer/test_strength.py": "painter",
    "benchmarks/test_judge.py": "painter",
    "benchmarks/test_xla.py": "painter",
    "benchmarks/test_quality.py": "painter",
    "stylizer/pool": "process",
    "stylizer/test_command_line.py": "process",
    "stylizer/test_hardware.py": "process",
    "stylizer/test_hostile_pictures.py": "process",
    "bot/test_storage_faults.py": "process",
    "bot/operation/test_docker_health.py": "process",
    "stylizer/test_encode.py": "process",
    "stylizer/test_isolation.py": "process",
    "stylizer/test_memory.py": "process",
}
"""What every test of a folder or a file needs; single tests have marks of their own. `make quick` leaves all out."""


IN_ONE_PROCESS = {
    "TensorFlow": (
        *(f"tests/{place}" for place, mark in MARKS.items() if mark == "painter"),
        "tests/stylizer/test_faces.py",
    ),
    "Chromium": ("tests/browser/",),
    "a worker": ("tests/stylizer/pool/test_vgg16_worker.py",),
    "hostile pictures": ("tests/stylizer/test_hostile_pictures.py",),
    "a terminal": ("tests/stylizer/test_command_line.py",),
    "PostgreSQL": ("[postgres", "::TestPostgres::"),
}
"""Parts of the names of tests that share what takes seconds to start, by what it is."""

SLOW_MARKS = ("weights", "painter", "browser", "process")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test with what it needs, by its folder, and begin with the slow ones: no process waits for the last."""
    for item in items:
        path = item.path.relative_to(TESTS)
        for place in (path, *path.parents):
            if mark := MARKS.get(place.as_posix()):
                item.add_marker(mark)
        if "open_studio" in getattr(item, "fixturenames", ()):
            item.add_marker("socket")  # a bot opens a port for its health checks
    items.sort(key=lambda item: not any(item.get_closest_marker(mark) for mark in SLOW_MARKS))


def pytest_collection_finish() -> None:
    """Spare the garbage collector what is loaded by now, which is never garbage, and most of its rounds."""
    gc.freeze()
    gc.set_threshold(GARBAGE_ROUND_OBJECTS, 10, 10)
    gc.enable()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server. If its programs are missing, the test is skipped; in CI, which installs them, it fails."""
    programs = postgres_programs()
    if programs is None:
        if os.environ.get("CI"):
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    server = PostgresServer(programs)
    server.start()
    yield server
    server.remove()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database. Tests that use it run once on SQLite and once on PostgreSQL."""
    if request.param == "postgres":
        server: PostgresServer = request.getfixturevalue("postgres")
        return server.empty_database()
    return f"sqlite+aiosqlite:///{tmp_path / 'atelier.sqlite3'}"


@pytest.hookimpl(optionalhook=True)  # the hook exists only with pytest-xdist
def pytest_xdist_auto_num_workers() -> int:
    """Use one more process than there are processors: some tests wait for a worker, a socket or a timer."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give each process one test at a time, or all that share something."""
    from xdist.scheduler import LoadScopeScheduling  # noqa: PLC0415 - the tests also run without pytest-xdist

    class Sharing(LoadScopeScheduling):  # type: ignore[misc]  # pytest-xdist has no types
        def _split_scope(self, nodeid: str) -> str:
            shared = (name for name, parts in IN_ONE_PROCESS.items() if any(part in nodeid for part in parts))
            return next(shared, nodeid)

    return Sharing(config, log)


class _FastAsyncio:
    """`asyncio` with sleeps a hundred times shorter."""

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / 100)


@pytest.fixture
def fast_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten every wait before a retry in discord.py."""
    for module in (discord.http, discord.webhook.async_, discord.shard):
        monkeypatch.setattr(module, "asyncio", _FastAsyncio())
