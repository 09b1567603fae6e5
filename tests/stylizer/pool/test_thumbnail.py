"""Thumbnails are made in a process of their own, which nothing survives that goes wrong in it."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from stylizer.errors import STYLE, PictureTooSlow, WorkerDied, WorkerFailed
from stylizer.images import recognize_picture
from stylizer.isolation import may_change_user, worker_user
from stylizer.pool.oneshot import MAX_THUMBNAIL_BYTES, make_thumbnail
from tests.stylizer.pool.studio import CONTENT, NamedPipe

HANG = "import sys; open(sys.argv[-1], 'wb').write(b'!'); import threading; threading.Event().wait()"


async def test_a_process_that_dies_is_reported() -> None:
    with pytest.raises(WorkerDied):
        await make_thumbnail(CONTENT, name=STYLE, longest_side_px=48, program=("-c", "import os; os.abort()"))


@pytest.mark.parametrize("answer", ["b'nonsense'", "b''", f"bytes({MAX_THUMBNAIL_BYTES} + 1)", "b'\\x82' * 9"])
async def test_an_answer_that_makes_no_sense_is_refused(answer: str) -> None:
    program = ("-c", f"import sys; sys.stdout.buffer.write({answer})")

    with pytest.raises(WorkerFailed):
        await make_thumbnail(CONTENT, name=STYLE, longest_side_px=48, program=program)


async def test_the_process_gets_none_of_the_bots_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATELIER_DISCORD__TOKEN", "secret")
    note = tmp_path / "environment"
    program = ("-c", f"import os, pathlib; pathlib.Path({str(note)!r}).write_text(repr(dict(os.environ)))")

    with pytest.raises(WorkerFailed):
        await make_thumbnail(CONTENT, name=STYLE, longest_side_px=48, program=program)

    assert "PYTHONPATH" in note.read_text()
    assert "secret" not in note.read_text()


@pytest.mark.skipif(
    worker_user(None, may_change=may_change_user()) is None, reason="only root may start processes as another user"
)
async def test_root_makes_thumbnails_as_another_user() -> None:
    thumbnail = await make_thumbnail(
        CONTENT, name=STYLE, longest_side_px=48, user=worker_user(None, may_change=may_change_user())
    )

    recognize_picture(thumbnail)


async def test_a_picture_that_takes_too_long_is_given_up(pipe: NamedPipe) -> None:
    program = ("-c", HANG.replace("sys.argv[-1]", repr(str(pipe.path))))

    with pytest.raises(PictureTooSlow):
        await make_thumbnail(CONTENT, name=STYLE, longest_side_px=48, program=program, timeout_seconds=0.1)


async def test_canceling_kills_the_process(pipe: NamedPipe, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    program = (
        "-c",
        f"import os; open({str(note)!r}, 'w').write(str(os.getpid()));"
        + HANG.replace("sys.argv[-1]", repr(str(pipe.path))),
    )
    making = asyncio.create_task(make_thumbnail(CONTENT, name=STYLE, longest_side_px=48, program=program))
    await pipe.read()

    making.cancel()
    with pytest.raises(asyncio.CancelledError):
        await making

    with pytest.raises(ProcessLookupError):
        os.kill(int(note.read_text()), 0)
