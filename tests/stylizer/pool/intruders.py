"""Painters whose process a hostile picture has taken over, and a bot's process to test them with."""

from __future__ import annotations

import gc
import json
import os
import pickle
import socket
import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from stylizer.events import Event, Finished, Losses, Progress, Started
from stylizer.pool import LocalEngine, PaintingJob, forbid_inspection, may_change_user, worker_user
from stylizer.pool.protocol import HasFinished, HasProgressed, Idle, Ready, encode, send_frame
from tests.stylizer.pool.painters import StubPainter
from tests.stylizer.pool.studio import paint, stub_job

TOKEN = "MTk4.a-token-that-no-worker-may-see"
_LOSSES = Losses(1.0, 2.0, 3.0, 6.0)
PROGRESS = Progress(1, 3, 1, 1, _LOSSES, 1.0, None)
FINISHED = Finished(b"p", "png", b"g", 1, "draft", 1, 1, 1, 0, 1.0, _LOSSES, "none", "nothing", 1, b"c", (b"s",))


def to_the_engine() -> socket.socket:
    """Return this process's end of the pipe, found like native code would find it."""
    (pipe,) = [found for found in gc.get_objects() if isinstance(found, socket.socket)]
    return pipe


class RunsWhenUnpickled:
    """An object whose unpickling writes a file."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __reduce__(self) -> Any:
        return Path.write_text, (Path(self._path), "was run")


@dataclass(frozen=True)
class Sender:
    """Sends a forged message during its job, but only in the first such process."""

    trick: str
    notes: str

    def paint(self, job: PaintingJob, **_: object) -> Generator[Event, None, None]:
        """Send the message, and wait to be killed."""
        if Path(self.notes).exists():
            yield from StubPainter().paint(job)  # type: ignore[misc]  # it also reports what it reads
            return
        Path(self.notes).touch()
        TRICKS[self.trick](to_the_engine(), f"{self.notes}.run")
        threading.Event().wait()


def open_sender(trick: str, notes: str) -> Sender:
    return Sender(trick, notes)


def _send_pickle(pipe: socket.socket, path: str) -> None:
    send_frame(pipe, pickle.dumps(RunsWhenUnpickled(path)))


def _send_garbage(pipe: socket.socket, _path: str) -> None:
    pipe.sendall(bytes(range(256)) * 512)


def _send_a_huge_frame(pipe: socket.socket, _path: str) -> None:
    pipe.sendall(b"\xff\xff\xff\xff")


def _send_wrong_types(pipe: socket.socket, _path: str) -> None:
    event = {**msgspec.to_builtins(PROGRESS), "step": "one"}
    send_frame(pipe, msgspec.msgpack.encode({"type": "progress", "event": event}))


def _send_an_unknown_frame(pipe: socket.socket, _path: str) -> None:
    send_frame(pipe, msgspec.msgpack.encode({"type": "run", "command": "id"}))


def _send_a_large_log(pipe: socket.socket, _path: str) -> None:
    send_frame(pipe, msgspec.msgpack.encode({"type": "log", "level": 40, "logger": "x", "message": "y" * 2**22}))


def _finish_what_never_started(pipe: socket.socket, _path: str) -> None:
    send_frame(pipe, encode(HasFinished(FINISHED)))


def _be_idle_at_once(pipe: socket.socket, _path: str) -> None:
    send_frame(pipe, encode(Idle()))


def _close_the_pipe(pipe: socket.socket, _path: str) -> None:
    pipe.shutdown(socket.SHUT_RDWR)


TRICKS: dict[str, Callable[[socket.socket, str], None]] = {
    "a pickle": _send_pickle,
    "garbage": _send_garbage,
    "a huge frame": _send_a_huge_frame,
    "wrong types": _send_wrong_types,
    "an unknown frame": _send_an_unknown_frame,
    "a large log": _send_a_large_log,
    "an end without a beginning": _finish_what_never_started,
    "idleness at work": _be_idle_at_once,
    "nothing any more": _close_the_pipe,
}


def open_forger(notes: str) -> StubPainter:
    """Reports that it is warm, and then a painting before it gets a job, but only the first time."""
    if not Path(notes).exists():
        Path(notes).touch()
        pipe = to_the_engine()
        for frame in (Ready(), HasProgressed(PROGRESS)):
            send_frame(pipe, encode(frame))
        threading.Event().wait()
    return StubPainter()


class Spy:
    """Looks for the token wherever a process can look, and reports it as its device."""

    def paint(self, job: PaintingJob, **_: object) -> Generator[Event, None, None]:
        """Report what it saw, and finish."""
        parent = os.getppid()
        found = {
            "its environment": TOKEN in "".join(os.environ.values()),
            "its first environment": _holds_token(Path("/proc/self/environ")),
            "the bot's environment": _holds_token(Path(f"/proc/{parent}/environ")),
            "the bot's memory": _can_open(f"/proc/{parent}/mem"),
            "the bot's open files": _can_list(f"/proc/{parent}/fd"),
            "rights of its own": any(_has_rights(thread) for thread in Path("/proc/self/task").iterdir()),
        }
        report = json.dumps({"user": os.geteuid(), "found": sorted(name for name, seen in found.items() if seen)})
        yield Started(job.recipe.name, 1, 1, 1, ((1, 1),), job.seed, "none", report)
        yield FINISHED


def _has_rights(thread: Path) -> bool:
    """Return whether a thread has a capability, or could gain one."""
    status = dict(line.split(":\t") for line in (thread / "status").read_text().splitlines() if ":\t" in line)
    return int(status["CapPrm"], 16) > 0 or status["NoNewPrivs"] != "1"


def _holds_token(path: Path) -> bool:
    try:
        return TOKEN.encode() in path.read_bytes()
    except OSError:
        return False


def _can_open(path: str) -> bool:
    try:
        os.close(os.open(path, os.O_RDONLY))
    except OSError:
        return False
    return True


def _can_list(path: str) -> bool:
    try:
        return next(Path(path).iterdir()) is not None
    except OSError:
        return False


def open_spy() -> Spy:
    return Spy()


async def main() -> None:
    """Run a bot with a token, like `python -m bot run`, and print what its worker sees."""
    forbid_inspection()
    async with LocalEngine(open_painter=open_spy, user=worker_user(None, may_change=may_change_user())) as engine:
        started, *_ = await paint(engine, stub_job())
    assert isinstance(started, Started)
    print(started.device)  # noqa: T201 - how the test learns it
