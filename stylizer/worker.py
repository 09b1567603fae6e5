"""The program of a worker process, as an engine starts it: `python -m stylizer.worker DESCRIPTOR [UID GID]`.

DESCRIPTOR is the worker's end of the pipe, and UID and GID are who it becomes before it reads the first picture. This
file imports next to nothing by itself: what belongs to each thread has to be given up before libraries start theirs.
"""

from __future__ import annotations

import os
import sys

from stylizer.isolation import WorkerUser, become, forbid_new_privileges


def main(descriptor: str, *ids: str) -> None:
    """Give up what can be given up already, then work."""
    forbid_new_privileges()
    user = WorkerUser(*map(int, ids)) if ids else None
    if user is not None and os.geteuid() != 0:
        become(user)
        user = None
    from stylizer.pool.worker import work  # noqa: PLC0415 - numpy, which it imports, starts threads

    work(int(descriptor), user)


if __name__ == "__main__":
    main(*sys.argv[1:])
