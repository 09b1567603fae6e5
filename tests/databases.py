"""A migrated SQLite database, made once per process: migrating takes longer than most tests."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import make_url

from bot.storage.engine import open_database
from bot.storage.sessions import Sessions

FILENAME = "atelier.sqlite3"

_migrated = bytearray()


async def provide_database(data_dir: Path) -> None:
    """Add an empty, current database to a data directory without one."""
    await _provide(data_dir / FILENAME)


@asynccontextmanager
async def open_current_database(url: str) -> AsyncIterator[Sessions]:
    """Open an empty database whose tables are current: on SQLite a copy, on PostgreSQL migrated there."""
    parts = make_url(url)
    if parts.get_backend_name() == "sqlite":
        await _provide(Path(parts.database or ""))
    async with open_database(url) as sessions:
        yield sessions


async def _provide(path: Path) -> None:
    if not _migrated:
        with tempfile.TemporaryDirectory() as folder:
            template = Path(folder, FILENAME)
            async with open_database(f"sqlite+aiosqlite:///{template}"):
                pass
            _keep(template)
    _write_unless_there(path)


def _keep(path: Path) -> None:
    _migrated.extend(path.read_bytes())


def _write_unless_there(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        path.write_bytes(_migrated)
