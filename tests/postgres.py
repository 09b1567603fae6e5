"""A PostgreSQL of the tests' own: it lives in a temporary folder, answers on a socket there, and is thrown away."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

MISSING = "There is no PostgreSQL: install it (Debian: apt-get install postgresql) to run the storage tests on it too."
ROLE = "atelier"
DATABASE = "postgres"


def postgres_programs() -> Path | None:
    """The folder of PostgreSQL's server programs, or None where they are not installed."""
    if found := shutil.which("pg_ctl"):
        return Path(found).resolve().parent
    debians = Path("/usr/lib/postgresql").glob("*/bin/pg_ctl")
    return max((path.parent for path in debians), key=lambda folder: int(folder.parent.name), default=None)


class PostgresServer:
    """A server that can be killed and started again; what it holds stays."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        # Short, for a socket's path may have about a hundred characters; and open to the server's user.
        self._folder = Path(tempfile.mkdtemp(prefix="atelier-postgres-", dir="/tmp"))
        self._user = _other_user()
        if self._user:
            shutil.chown(self._folder, self._user)
        self._run("initdb", "--no-sync", "--encoding=UTF8", "--locale=C", "--auth=trust", f"--username={ROLE}")

    def start(self) -> None:
        """Start it and wait until it answers."""
        # What a crash of the whole machine would do is not tested here, so nothing has to reach the disk.
        options = f"-c listen_addresses='' -c unix_socket_directories='{self._folder}' -c fsync=off"
        self._run("pg_ctl", "start", "--wait", f"--log={self._folder / 'log'}", f"--options={options}")

    def kill(self) -> None:
        """End it at once, as a crash would; every connection is cut."""
        self._run("pg_ctl", "stop", "--wait", "--mode=immediate")

    def empty_database(self) -> str:
        """The URL of its database, in which there is nothing any more."""
        anew = "DROP SCHEMA public CASCADE; CREATE SCHEMA public"  # many times faster than another database
        self._run("psql", "--quiet", f"--host={self._folder}", f"--username={ROLE}", f"--command={anew}", DATABASE)
        return self.url()

    def url(self, database: str = DATABASE, *, role: str = ROLE) -> str:
        """The URL of a database, whether it is there or not."""
        return f"postgresql+asyncpg://{role}@/{database}?host={self._folder}"

    def throw_away(self) -> None:
        """End it and remove all that it wrote."""
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
    """Who the server runs as where the tests run as root: PostgreSQL refuses to."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"
