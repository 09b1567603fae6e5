"""Is the bot in this container well? Exit 0 when it holds a connection to Discord and has a process that paints.

Reads /proc and nothing else: it runs every half minute, beside a painting, and must cost nothing.
"""

from __future__ import annotations

import sys
from pathlib import Path

PROC = Path("/proc")
ESTABLISHED = "01"
"""The state of an open connection in /proc/net/tcp."""


def main() -> int:
    """Look after the process whose number is given, or after the container's first."""
    pid = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    problem = find_problem(pid)
    print(problem or "The bot is connected and can paint.")
    return 1 if problem else 0


def find_problem(pid: int) -> str | None:
    """What is wrong with the bot that runs as this process; None when all is well."""
    process = PROC / str(pid)
    if not process.is_dir():
        return "The bot does not run."
    if not has_connection(process):
        return "The bot has no connection to Discord."
    if not any(is_painter(other, parent=pid) for other in PROC.iterdir() if other.name.isdigit()):
        return "The bot has no process that paints."
    return None


def has_connection(process: Path) -> bool:
    """Whether the process holds an open TCP connection."""
    sockets = {target(descriptor) for descriptor in (process / "fd").iterdir()}
    for table in ("tcp", "tcp6"):
        for row in (process / "net" / table).read_text().splitlines()[1:]:
            _, _, _, state, _, _, _, _, _, inode, *_ = row.split()
            if state == ESTABLISHED and f"socket:[{inode}]" in sockets:
                return True
    return False


def target(descriptor: Path) -> str | None:
    """What an open file is; None when it was closed just now."""
    try:
        return str(descriptor.readlink())
    except OSError:
        return None


def is_painter(process: Path, *, parent: int) -> bool:
    """Whether this is a worker that multiprocessing has spawned for the parent; False when it has just ended."""
    try:
        parent_of_process = int((process / "stat").read_text().rpartition(")")[2].split()[1])
        return parent_of_process == parent and b"--multiprocessing-fork" in (process / "cmdline").read_bytes()
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main())
