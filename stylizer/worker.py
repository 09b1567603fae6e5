"""The program of a worker process, as an engine starts it: `python -m stylizer.worker DESCRIPTOR [UID GID]`.

DESCRIPTOR is the worker's end of the pipe; UID and GID name the user that it becomes before it reads the first picture.
This file imports almost nothing by itself: per-thread privileges must be dropped before libraries start threads.
"""

from __future__ import annotations

import os
import sys

from stylizer.isolation import WorkerUser, become, forbid_new_privileges


def main(descriptor: str, *ids: str) -> None:
    """Drop the privileges that can be dropped now, then work."""
    forbid_new_privileges()
    user = WorkerUser(*map(int, ids)) if ids else None
    if user is not None and os.geteuid() != 0:
        become(user)
        user = None
    from stylizer.pool.worker import work  # noqa: PLC0415 - numpy, which it imports, starts threads

    work(int(descriptor), user)


if __name__ == "__main__":
    main(*sys.argv[1:])
