"""A temporary PostgreSQL server for tests: its data and its socket are in a temporary folder."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

MISSING = "PostgreSQL is missing. Install it to run the storage tests on it too (Debian: apt-get install postgresql)."
ROLE = "atelier"
DATABASE = "postgres"


def postgres_programs() -> Path | None:
    """Return the folder of PostgreSQL's server programs, or None if they aren't installed."""
    if found := shutil.which("pg_ctl"):
        return Path(found).resolve().parent
    debians = Path("/usr/lib/postgresql").glob("*/bin/pg_ctl")
    return max((path.parent for path in debians), key=lambda folder: int(folder.parent.name), default=None)


def dump_postgres(url: str) -> str:
    """Return the statements that create a database with the same tables and rows."""
    programs = postgres_programs()
    assert programs is not None
    command = [str(programs / "pg_dump"), "--inserts", "--no-owner", f"--dbname={url}"]
    lines = subprocess.run(command, capture_output=True, check=True, text=True).stdout.splitlines()
    return "\n".join(line for line in lines if not line.startswith("\\"))  # commands of psql


class PostgresServer:
    """A server that can be killed and started again with the same data."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        # In /tmp because a socket's path is limited to about a hundred characters, and the server's user needs access.
        self._folder = Path(tempfile.mkdtemp(prefix="atelier-postgres-", dir="/tmp"))
        self._user = _other_user()
        if self._user:
            shutil.chown(self._folder, self._user)
        self._run("initdb", "--no-sync", "--encoding=UTF8", "--locale=C", "--auth=trust", f"--username={ROLE}")

    def start(self) -> None:
        """Start the server and wait until it accepts connections."""
        # Crashes of the whole machine aren't tested here, so nothing has to reach the disk.
        options = f"-c listen_addresses='' -c unix_socket_directories='{self._folder}' -c fsync=off"
        self._run("pg_ctl", "start", "--wait", f"--log={self._folder / 'log'}", f"--options={options}")

    def kill(self) -> None:
        """Stop the server immediately, as in a crash, and cut all connections."""
        self._run("pg_ctl", "stop", "--wait", "--mode=immediate")

    def empty_database(self) -> str:
        """Empty the database and return its URL."""
        recreate = "DROP SCHEMA public CASCADE; CREATE SCHEMA public"  # many times faster than a new database
        self._run("psql", "--quiet", f"--host={self._folder}", f"--username={ROLE}", f"--command={recreate}", DATABASE)
        return self.url()

    def url(self, database: str = DATABASE, *, role: str = ROLE) -> str:
        """Return the URL of a database, which need not exist."""
        return f"postgresql+asyncpg://{role}@/{database}?host={self._folder}"

    def remove(self) -> None:
        """Stop the server and delete its data."""
        self.kill()
        shutil.rmtree(self._folder)

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(self._programs / program), *arguments],
            env={**os.environ, "PGDATA": str(self._folder / "data")},
            cwd=self._folder,
            user=self._user,
            stdout=subprocess.DEVNULL,
            check=True,
        )


def _other_user() -> str | None:
    """Return the user to run the server as if the tests run as root, which PostgreSQL refuses."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"
