"""The program that makes one thumbnail: `python -m stylizer.thumbnail LONGEST_SIDE_PX ROLE FILENAME [UID GID]`.

It reads the picture from standard input and writes its answer to standard output, for `stylizer.pool.thumbnail`. UID
and GID name the user that it becomes before it reads. ROLE and FILENAME may be empty.
"""

from __future__ import annotations

import codecs
import os
import signal
import sys

from stylizer.isolation import WorkerUser, become, die_with_parent, forbid_new_privileges


def main(longest_side_px: str, role: str, filename: str, *ids: str) -> None:
    """Drop all privileges, then read."""
    forbid_new_privileges()
    user = WorkerUser(*map(int, ids)) if ids else None
    if user is not None and os.geteuid() != 0:
        become(user)
        user = None
    from PIL import Image  # noqa: PLC0415 - libraries start threads, before which privileges must be dropped

    from stylizer.errors import PictureName  # noqa: PLC0415 - as above
    from stylizer.memory import limit_memory  # noqa: PLC0415 - as above
    from stylizer.pool.thumbnail import MEMORY_LIMIT_BYTES, answer  # noqa: PLC0415 - as above

    Image.init()  # another user may be unable to read the code of what is loaded later, as these are
    for codec in ("ascii", "latin-1"):
        codecs.lookup(codec)
    limit_memory(MEMORY_LIMIT_BYTES)
    if user is not None:
        become(user)
    die_with_parent(signal.SIGKILL)  # which the system forgets when the user changes
    name = PictureName("style" if role == "style" else "content" if role == "content" else None, filename or None)
    sys.stdout.buffer.write(answer(sys.stdin.buffer.read(), name=name, longest_side_px=int(longest_side_px)))


if __name__ == "__main__":
    main(*sys.argv[1:])
