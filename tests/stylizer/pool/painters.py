"""Painters for real worker processes: quick to start, and steered by data that tests append to the style picture."""

from __future__ import annotations

import ctypes
import json
import logging
import os
import signal
import threading
from collections.abc import Generator
from dataclasses import asdict, dataclass
from pathlib import Path

from stylizer.errors import CONTENT, UnreadableWeights
from stylizer.events import Event, Finished, Losses, Progress, Started
from stylizer.images import open_picture
from stylizer.memory import CanvasMemory, OwnMemory
from stylizer.pool.engine import PaintingJob
from stylizer.pool.protocol import Reading

_SEPARATOR = b"\0steering\0"
_LOSSES = Losses(1.0, 2.0, 3.0, 6.0)


@dataclass(frozen=True, slots=True)
class Steering:
    """What a stub does instead of painting."""

    steps: int = 3
    gate: str | None = None
    """A named pipe; one byte of it is taken before each step."""
    mishap: str | None = None
    mishap_at: int = 2
    """The step that it comes before; 0 is the reading of the pictures."""
    preview_bytes: int = 16
    done: str | None = None
    """A named pipe to write to when every event is sent."""

    def behind(self, style: bytes) -> bytes:
        return style + _SEPARATOR + json.dumps(asdict(self)).encode()


class StubPainter:
    def paint(self, job: PaintingJob, **_: object) -> Generator[Event | Reading, None, None]:
        steering = Steering(**json.loads(job.styles[0].picture.rpartition(_SEPARATOR)[2]))
        yield Reading("content")
        if steering.mishap is not None and steering.mishap_at == 0:
            _MISHAPS[steering.mishap]()
        width_px, height_px = _size(job)
        yield Started(
            recipe=job.recipe.name,
            width_px=width_px,
            height_px=height_px,
            steps=steering.steps,
            scales=((width_px, height_px),),
            seed=job.seed,
            precision=os.environ.get("CUDA_VISIBLE_DEVICES", "unset"),
            device=str(os.getpid()),
        )
        gate = None if steering.gate is None else Path(steering.gate).open("rb", buffering=0)  # noqa: SIM115 - below
        try:
            for step in range(1, steering.steps + 1):
                if gate is not None:
                    gate.read(1)
                if steering.mishap is not None and step == steering.mishap_at:
                    if steering.mishap == "stop":
                        return
                    _MISHAPS[steering.mishap]()
                yield Progress(
                    step=step,
                    steps=steering.steps,
                    scale=1,
                    scales=1,
                    losses=_LOSSES,
                    elapsed_seconds=1.0,
                    seconds_left=None,
                    preview=bytes(steering.preview_bytes) if step % 2 else None,
                )
        finally:
            if gate is not None:
                gate.close()
        if steering.done is not None:
            Path(steering.done).write_bytes(b"!")
        yield Finished(
            painting=b"painting",
            picture_format=job.picture_format,
            gif=b"gif",
            gif_frames=steering.steps,
            recipe=job.recipe.name,
            width_px=width_px,
            height_px=height_px,
            steps=steering.steps,
            seed=job.seed,
            seconds=1.0,
            losses=_LOSSES,
            precision="none",
            device=str(os.getpid()),
            peak_memory_bytes=1,
            content_thumbnail=b"content",
            style_thumbnails=(b"style",),
        )


def _size(job: PaintingJob) -> tuple[int, int]:
    content = open_picture(job.content, name=CONTENT, longest_side_px=job.recipe.longest_side_px)
    return content.width_px, content.height_px


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _hang() -> None:
    threading.Event().wait()


def _hang_in_native_code() -> None:
    ctypes.PyDLL(None).pause()  # unlike CDLL, PyDLL keeps the interpreter's lock


def _fail() -> None:
    raise ValueError("a secret of the house")


def _run_out_of_memory() -> None:
    raise MemoryError


def _take_too_much_memory() -> None:
    bytearray(2**40)


def _start_a_thread_that_takes_too_much_memory() -> None:
    usual_bytes = threading.stack_size(2**30)
    try:
        threading.Thread(target=_hang, daemon=True).start()
    finally:
        threading.stack_size(usual_bytes)


_MISHAPS = {
    "die": _die,
    "hang": _hang,
    "hang in native code": _hang_in_native_code,
    "fail": _fail,
    "run out of memory": _run_out_of_memory,
    "take too much memory": _take_too_much_memory,
    "start a thread that takes too much memory": _start_a_thread_that_takes_too_much_memory,
    "give up in native code": os.abort,
}


class StripPainter(StubPainter):
    """Sees canvases of more than 256 × 256 px in strips, which take a quarter of the memory."""

    canvas_memory = CanvasMemory(OwnMemory.now(), 0, 1, 1000, 256 * 256, 1, 250)


def open_strip_painter() -> StripPainter:
    return StripPainter()


def open_stub() -> StubPainter:
    logging.getLogger("tests.painters").warning("A stub is opened")
    return StubPainter()


def open_noted(notes: str) -> StubPainter:
    """Record which process opened the stub."""
    with Path(notes).open("a") as book:
        book.write(f"{os.getpid()}\n")
    return StubPainter()


def open_while_allowed(permit: str, attempts: str) -> StubPainter:
    """Open only if the permit exists; otherwise report the attempt, and fail."""
    if not Path(permit).exists():
        Path(attempts).write_bytes(b"!")
        raise UnreadableWeights("weights.npz")
    return StubPainter()


def open_on_sound_devices(permit: str) -> StubPainter:
    """Open unless this is the dead GPU, which a permit revives."""
    if os.environ["CUDA_VISIBLE_DEVICES"] == "dead" and not Path(permit).exists():
        raise RuntimeError("CUDA_ERROR_ECC_UNCORRECTABLE")
    return StubPainter()


def open_after_the_other(pipe: str) -> StubPainter:
    """Open on the first GPU once the second one's worker is starting too."""
    if os.environ["CUDA_VISIBLE_DEVICES"] == "first":
        with Path(pipe).open("rb", buffering=0) as other:
            other.read(1)
    else:
        Path(pipe).write_bytes(b"!")
    return StubPainter()


def open_late_on_one(pipe: str) -> StubPainter:
    """Open on the late GPU only once a byte arrives."""
    if os.environ["CUDA_VISIBLE_DEVICES"] == "late":
        with Path(pipe).open("rb", buffering=0) as permit:
            permit.read(1)
    return StubPainter()


def open_without_weights() -> StubPainter:
    raise UnreadableWeights("weights.npz")


def open_with_a_mistake() -> StubPainter:
    raise ValueError("no such thing")


def open_and_die() -> StubPainter:
    os._exit(3)


def open_for_ever() -> StubPainter:
    _hang()
    raise AssertionError


def signal_and_hang(pipe: str) -> StubPainter:
    Path(pipe).write_bytes(b"!")
    return open_for_ever()
