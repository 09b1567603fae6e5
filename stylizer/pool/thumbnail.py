"""Makes a thumbnail in a process of its own, which reads one stranger's file and ends.

So nobody who adds a picture waits for a painting to end, and a file that crashes a decoder takes nothing else with it.
The process has the isolation of a worker, no TensorFlow, and starts in a fraction of a second.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TypeAlias

import msgspec
from msgspec import Struct

from stylizer.errors import PictureName, PictureTooSlow, StylizerError, WorkerDied, WorkerFailed
from stylizer.images import encode_preview, open_picture
from stylizer.isolation import WorkerUser, program_environment
from stylizer.pool.protocol import Problem, to_error, to_problem

MAX_ANSWER_BYTES = 2**20
MEMORY_LIMIT_BYTES = 2**30
"""What decoding any accepted picture stays within."""
TIMEOUT_SECONDS = 60.0
PROGRAM = ("-m", "stylizer.thumbnail")


class _Made(Struct, frozen=True, tag="made", forbid_unknown_fields=True):
    """The thumbnail."""

    jpeg: bytes


class _Refused(Struct, frozen=True, tag="refused", forbid_unknown_fields=True):
    """Why there is none."""

    problem: Problem


_Answer: TypeAlias = _Made | _Refused
_answers = msgspec.msgpack.Decoder(_Answer)


async def make_thumbnail(
    picture: bytes,
    *,
    name: PictureName,
    longest_side_px: int,
    user: WorkerUser | None = None,
    timeout_seconds: float = TIMEOUT_SECONDS,
    program: Sequence[str] = PROGRAM,
) -> bytes:
    """Decode a picture in another process, and return it as a small JPEG: upright, on white, without metadata.

    `name` is what errors call it. Raises `PictureError` for a picture that can't be used, `WorkerDied` or
    `WorkerFailed` when the process fails. Canceling kills the process.
    """
    ids = [] if user is None else [str(user.uid), str(user.gid)]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *(
            sys.executable,
            "-P",
            *program,
            str(longest_side_px),
            name.role or "",
            name.filename or "",
            *ids,
        ),
        stdin=pipe,
        stdout=pipe,
        env=program_environment(),
        start_new_session=True,  # only the bot decides about it, not a Ctrl-C
    )
    try:
        async with asyncio.timeout(timeout_seconds):
            answer = await _ask(process, picture)
            exit_code = await process.wait()
    except TimeoutError as error:
        raise PictureTooSlow(*name, timeout_seconds) from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if exit_code != 0:
        raise WorkerDied(exit_code)
    try:
        match _answers.decode(answer):
            case _Made(jpeg):
                return jpeg
            case _Refused(problem):
                raise to_error(problem)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise WorkerFailed("it sent something that makes no sense") from error
    raise AssertionError("these are all the answers")


async def _ask(process: asyncio.subprocess.Process, picture: bytes) -> bytes:
    """Send the picture and read the whole answer. Raises `WorkerFailed` for one that is too long."""
    if process.stdin is None or process.stdout is None:
        raise AssertionError("both are pipes")
    sending = asyncio.create_task(_send(process.stdin, picture))
    try:
        answer = bytearray()
        while chunk := await process.stdout.read(MAX_ANSWER_BYTES):
            answer += chunk
            if len(answer) > MAX_ANSWER_BYTES:
                raise WorkerFailed("its answer is too long")
        return bytes(answer)
    finally:
        sending.cancel()
        await asyncio.wait([sending])


async def _send(stdin: asyncio.StreamWriter, picture: bytes) -> None:
    with suppress(OSError):  # it has ended; its exit code says how
        stdin.write(picture)
        await stdin.drain()
        stdin.close()


def answer(picture: bytes, *, name: PictureName, longest_side_px: int) -> bytes:
    """What the process sends back: the thumbnail, or why there is none."""
    try:
        decoded = open_picture(picture, name=name, longest_side_px=longest_side_px)
        made = encode_preview(decoded.rgb, alpha=decoded.alpha, longest_side_px=longest_side_px)
    except StylizerError as error:
        return msgspec.msgpack.encode(_Refused(to_problem(error)))
    return msgspec.msgpack.encode(_Made(made))
