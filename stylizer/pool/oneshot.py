"""Thumbnails and comparisons, each made in a process of its own, which reads a stranger's file and ends.

So nobody who adds or compares a picture waits for a painting to end, and a file that crashes a decoder takes nothing
else with it. The process has the isolation of a worker, no TensorFlow, and starts in a fraction of a second.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TypeAlias

import msgspec
from msgspec import Struct

from stylizer.comparison import Comparison
from stylizer.comparison import make_comparison as compare
from stylizer.errors import PictureName, PictureRole, PictureTooSlow, StylizerError, WorkerDied, WorkerFailed
from stylizer.images import encode_preview, open_picture
from stylizer.isolation import WorkerUser, program_environment
from stylizer.pool.protocol import Problem, to_error, to_problem

CHUNK_BYTES = 2**20
MAX_THUMBNAIL_BYTES = 2**20
MAX_SHEET_BYTES = 16 * 2**20
"""Of the two pictures of a comparison, side by side."""
MEMORY_LIMIT_BYTES = 2**30
"""What decoding any accepted picture stays within."""
PROCESS_TIMEOUT_SECONDS = 60.0
"""For the process to start, decode its pictures and answer."""
PROGRAM = ("-m", "stylizer.oneshot")


class _ThumbnailOf(Struct, frozen=True, tag="thumbnail", forbid_unknown_fields=True):
    """Asks for a thumbnail."""

    picture: bytes
    role: PictureRole | None
    filename: str | None
    longest_side_px: int

    def make(self) -> list[bytes]:
        """The thumbnail."""
        name = PictureName(self.role, self.filename)
        return [thumbnail_of(self.picture, name=name, longest_side_px=self.longest_side_px)]


class _ComparisonOf(Struct, frozen=True, tag="comparison", forbid_unknown_fields=True):
    """Asks for a comparison."""

    content: bytes
    painting: bytes
    longest_side_px: int
    gif_limit_bytes: int

    def make(self) -> list[bytes]:
        """The sheet and the GIF."""
        made = comparison_of(
            self.content,
            self.painting,
            longest_side_px=self.longest_side_px,
            gif_limit_bytes=self.gif_limit_bytes,
        )
        return [made.side_by_side, made.wipe]


class _Made(Struct, frozen=True, tag="made", forbid_unknown_fields=True):
    """What was asked for."""

    pictures: list[bytes]


class _Refused(Struct, frozen=True, tag="refused", forbid_unknown_fields=True):
    """Why there is none."""

    problem: Problem


_Request: TypeAlias = _ThumbnailOf | _ComparisonOf
_Answer: TypeAlias = _Made | _Refused
_requests = msgspec.msgpack.Decoder(_Request)
_answers = msgspec.msgpack.Decoder(_Answer)


def thumbnail_of(picture: bytes, *, name: PictureName, longest_side_px: int) -> bytes:
    """Decode a picture in this process, and return it as a small JPEG. Raises `PictureError`."""
    decoded = open_picture(picture, name=name, longest_side_px=longest_side_px)
    return encode_preview(decoded.rgb, alpha=decoded.alpha, longest_side_px=longest_side_px)


def comparison_of(content: bytes, painting: bytes, *, longest_side_px: int, gif_limit_bytes: int) -> Comparison:
    """Decode a content picture and its painting in this process, and compare them. Raises `PictureError`."""
    before, after = (
        open_picture(picture, name=name, longest_side_px=longest_side_px)
        for picture, name in ((content, PictureName("content")), (painting, PictureName()))
    )
    return compare(before, after, longest_side_px=longest_side_px, gif_limit_bytes=gif_limit_bytes)


async def make_thumbnail(
    picture: bytes,
    *,
    name: PictureName,
    longest_side_px: int,
    user: WorkerUser | None = None,
    timeout_seconds: float = PROCESS_TIMEOUT_SECONDS,
    program: Sequence[str] = PROGRAM,
) -> bytes:
    """Decode a picture in another process, and return it as a small JPEG: upright, on white, without metadata.

    `name` is what errors call it. Raises `PictureError` for a picture that can't be used, `WorkerDied` or
    `WorkerFailed` when the process fails. Canceling kills the process.
    """
    request = _ThumbnailOf(picture, name.role, name.filename, longest_side_px)
    slow = PictureTooSlow(*name, timeout_seconds)
    [jpeg] = await _made(request, 1, user=user, limit_bytes=MAX_THUMBNAIL_BYTES, slow=slow, program=program)
    return jpeg


async def make_comparison(
    content: bytes,
    painting: bytes,
    *,
    longest_side_px: int,
    gif_limit_bytes: int,
    user: WorkerUser | None = None,
    timeout_seconds: float = PROCESS_TIMEOUT_SECONDS,
    program: Sequence[str] = PROGRAM,
) -> Comparison:
    """Decode a content picture and its painting in another process, and compare them. Raises as `make_thumbnail`."""
    request = _ComparisonOf(content, painting, longest_side_px, gif_limit_bytes)
    side_by_side, wipe = await _made(
        request,
        2,
        user=user,
        limit_bytes=MAX_SHEET_BYTES + gif_limit_bytes,
        slow=PictureTooSlow("content", None, timeout_seconds),
        program=program,
    )
    return Comparison(side_by_side, wipe)


async def _made(
    request: _Request,
    count: int,
    *,
    user: WorkerUser | None,
    limit_bytes: int,
    slow: PictureTooSlow,
    program: Sequence[str],
) -> list[bytes]:
    """Let another process make that many pictures. Raises `slow` if it takes too long."""
    ids = [] if user is None else [str(user.uid), str(user.gid)]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", *program, *ids),
        stdin=pipe,
        stdout=pipe,
        env=program_environment(),
        start_new_session=True,  # only the bot decides about it, not a Ctrl-C
    )
    try:
        async with asyncio.timeout(slow.limit_seconds):
            answer = await _ask(process, msgspec.msgpack.encode(request), limit_bytes=limit_bytes)
            exit_code = await process.wait()
    except TimeoutError as error:
        raise slow from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()  # empties the pipe: without that, `wait` alone may never return
    if exit_code != 0:
        raise WorkerDied(exit_code)
    try:
        match _answers.decode(answer):
            case _Made(pictures) if len(pictures) == count:
                return pictures
            case _Refused(problem):
                raise to_error(problem)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise WorkerFailed("it sent something that makes no sense") from error
    raise WorkerFailed("it sent another number of pictures")


async def _ask(process: asyncio.subprocess.Process, request: bytes, *, limit_bytes: int) -> bytes:
    """Send the request and read the whole answer. Raises `WorkerFailed` for one that is too long."""
    if process.stdin is None or process.stdout is None:
        raise AssertionError("both are pipes")
    sending = asyncio.create_task(_send(process.stdin, request))
    try:
        answer = bytearray()
        while chunk := await process.stdout.read(CHUNK_BYTES):
            answer += chunk
            if len(answer) > limit_bytes:
                raise WorkerFailed("its answer is too long")
        return bytes(answer)
    finally:
        sending.cancel()
        await asyncio.wait([sending])


async def _send(stdin: asyncio.StreamWriter, request: bytes) -> None:
    with suppress(OSError):  # it has ended; its exit code says how
        stdin.write(request)
        await stdin.drain()
        stdin.close()


def answer(request: bytes) -> bytes:
    """What the process sends back: what was asked for, or why there is none."""
    try:
        made = _requests.decode(request).make()
    except StylizerError as error:
        return msgspec.msgpack.encode(_Refused(to_problem(error)))
    return msgspec.msgpack.encode(_Made(made))
