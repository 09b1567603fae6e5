"""The program that does one small task and ends: `python -m stylizer.oneshot [UID GID]`.

It reads a request from standard input and writes its answer to standard output, for `stylizer.pool.oneshot`. UID and
GID name the user that it becomes before it reads.
"""

from __future__ import annotations

import codecs
import os
import signal
import sys

from stylizer.isolation import WorkerUser, become, die_with_parent, forbid_new_privileges


def main(*ids: str) -> None:
    """Drop all privileges, then read."""
    forbid_new_privileges()
    user = WorkerUser(*map(int, ids)) if ids else None
    if user is not None and os.geteuid() != 0:
        become(user)
        user = None
    import numpy.random  # noqa: PLC0415 - libraries start threads, before which privileges must be dropped
    from PIL import Image  # noqa: PLC0415 - as above

    from stylizer.memory import limit_memory  # noqa: PLC0415 - as above
    from stylizer.pool.oneshot import MEMORY_LIMIT_BYTES, answer  # noqa: PLC0415 - as above

    Image.init()  # another user may be unable to read the code of what is loaded later, as these are
    numpy.random.default_rng()
    for codec in ("ascii", "latin-1"):
        codecs.lookup(codec)
    limit_memory(MEMORY_LIMIT_BYTES)
    if user is not None:
        become(user)
    die_with_parent(signal.SIGKILL)  # which the system forgets when the user changes
    sys.stdout.buffer.write(answer(sys.stdin.buffer.read()))


if __name__ == "__main__":
    main(*sys.argv[1:])
