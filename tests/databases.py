"""A migrated SQLite database, made once per process: migrating takes longer than most tests."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bot.storage.engine import open_database

FILENAME = "atelier.sqlite3"

_migrated = bytearray()


async def provide_database(data_dir: Path) -> None:
    """Add an empty, current database to a data directory without one."""
    if not _migrated:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, FILENAME)
            async with open_database(f"sqlite+aiosqlite:///{path}"):
                pass
            _keep(path)
    _write_unless_there(data_dir / FILENAME)


def _keep(path: Path) -> None:
    _migrated.extend(path.read_bytes())


def _write_unless_there(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        path.write_bytes(_migrated)
