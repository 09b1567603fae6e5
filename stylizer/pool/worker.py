"""The worker's side of the pool: a process that keeps one painter warm and paints the jobs that it is sent.

The engine sends an `Opening`, then one job after another. The worker answers `Ready` or `NotReady` once, and for each
job the painter's events, `Failed` if it failed, and `Idle` when it is ready for the next one. After an unexpected error
the process exits instead. Log records are sent the same way, so that the parent's configuration applies to them.
"""

from __future__ import annotations

import logging
import os
import pickle
import queue
import signal
import socket
import threading
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import replace
from typing import Protocol, TypeAlias, runtime_checkable

from PIL import Image

from stylizer.blend import shares_of
from stylizer.errors import CONTENT, MASK, START, OutOfMemory, StylizerError, WorkerFailed, style_names
from stylizer.events import Event, Finished, Started
from stylizer.images import MIN_PAINTED_SIDE_PX, open_picture
from stylizer.isolation import WorkerUser, become, die_with_parent
from stylizer.memory import CanvasMemory, is_refused_memory, limit_memory
from stylizer.open_painter import open_painter
from stylizer.pool.engine import PaintingJob
from stylizer.pool.protocol import (
    Cancel,
    Failed,
    Goodbye,
    Idle,
    NotReady,
    Opening,
    Paint,
    Reading,
    Ready,
    Report,
    decode_command,
    encode,
    receive_frame,
    send_frame,
    to_frame,
    to_log_line,
    to_problem,
)
from stylizer.recipe import MAX_SIZE_PX
from stylizer.step_cost import StepCost
from stylizer.style import open_style

SIGNALS_LEFT_TO_THE_PARENT = (signal.SIGINT, signal.SIGTERM)
"""Ctrl-C and a service manager's stop reach the whole process group; only the parent decides about paintings."""

log = logging.getLogger(__name__)

UNEXPECTED_ERROR_EXIT_CODE = 70
"""EX_SOFTWARE of sysexits.h."""

_NICENESS = 5


class JobPainter(Protocol):
    """Paints jobs."""

    def paint(self, job: PaintingJob, *, is_canceled: Callable[[], bool]) -> Generator[Event | Reading, None, None]:
        """Yield `Reading` before each picture, `Started`, `Progress` after every step, then `Finished`.

        Closing the generator stops the painting, which happens at the next event once it `is_canceled()`.
        """
        ...


@runtime_checkable
class KnowsItsMemory(Protocol):
    """A painter that can say what a canvas takes."""

    @property
    def canvas_memory(self) -> CanvasMemory | None:
        """What a canvas takes beyond the warm painter; None if that isn't this process's memory."""
        ...


@runtime_checkable
class KnowsItsStepCost(Protocol):
    """A painter that has measured how long its steps take."""

    @property
    def step_cost(self) -> StepCost:
        """How long a step takes."""
        ...


OpenPainter: TypeAlias = Callable[[], JobPainter]
"""Opens a warm painter. It is pickled, so the worker must find it in a module other than `__main__`; TensorFlow may
only be imported when it is called."""


def open_vgg16_painter(
    *, weights: str = "shipped", precision: str = "auto", threads: int | None = None, deterministic: bool = True
) -> JobPainter:
    """Open the real painter. Raises `WeightsError`, `UnknownPrecision` and `NoRoomForPainter`."""
    return _Vgg16Painter(weights=weights, precision=precision, threads=threads, deterministic=deterministic)


class _Vgg16Painter:
    """Decodes a job's pictures, no larger than needed, and paints them with `stylizer.painter`."""

    def __init__(self, *, weights: str, precision: str, threads: int | None, deterministic: bool) -> None:
        # With faces, because the detector's file may be readable only now, like the weights.
        self._painter = open_painter(
            weights=weights, precision=precision, threads=threads, deterministic=deterministic, with_faces=True
        )
        _import_lazy_modules()

    @property
    def canvas_memory(self) -> CanvasMemory | None:
        return self._painter.canvas_memory

    @property
    def step_cost(self) -> StepCost:
        return self._painter.step_cost

    def paint(self, job: PaintingJob, *, is_canceled: Callable[[], bool]) -> Generator[Event | Reading, None, None]:
        weights = [style.weight for style in job.styles]
        shares_of(weights)  # refuses impossible ones before anything is decoded
        yield Reading("content")
        longest_side_px = job.recipe.longest_side_px
        content = open_picture(
            job.content, name=CONTENT, longest_side_px=longest_side_px, shortest_side_px=MIN_PAINTED_SIDE_PX
        )
        styles = []
        for name, style in zip(style_names(len(job.styles)), job.styles, strict=True):
            yield Reading(name.role or "style")
            styles.append(open_style(style.picture, name=name, recipe=job.recipe))
        start = None
        if job.start is not None:
            yield Reading("start")
            start = open_picture(job.start, name=START, longest_side_px=MAX_SIZE_PX)
        mask = None
        if job.mask is not None:
            yield Reading("mask")
            mask = open_picture(job.mask, name=MASK, longest_side_px=longest_side_px)
        yield from self._painter.paint(
            content,
            *styles,
            weights=weights,
            start=start,
            mask=mask,
            spare_faces=job.spare_faces,
            recipe=job.recipe,
            seed=job.seed,
            picture_format=job.picture_format,
            painting_limit_bytes=job.painting_limit_bytes,
            gif_limit_bytes=job.gif_limit_bytes,
            is_canceled=is_canceled,
        )


def _import_lazy_modules() -> None:
    """Import what a painting would import later, when the worker may be a user that can't read the code."""
    import linecache  # noqa: F401, PLC0415
    import tokenize  # noqa: F401, PLC0415

    import numpy.random  # noqa: F401, PLC0415

    Image.init()


def work(descriptor: int, user: WorkerUser | None = None) -> None:
    """Paint jobs until the parent says goodbye or is gone; `descriptor` is this end of the pipe.

    As root, the process becomes `user` once its painter is open: code and weights may be readable by root only, and
    no stranger's file has been read by then.
    """
    _leave_signals_to_parent()
    # The bot's own process has priority on a machine that paints with all its cores.
    os.nice(_NICENESS)
    connection = socket.socket(fileno=descriptor)
    opening = decode_command(receive_frame(connection))
    if not isinstance(opening, Opening):
        raise TypeError("the first frame opens the painter")
    wire = _Wire(connection)
    logging.getLogger().addHandler(_WireHandler(wire))
    logging.captureWarnings(True)
    commands: queue.SimpleQueue[tuple[PaintingJob, threading.Event]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(connection, commands), name="listener", daemon=True).start()
    try:
        opener: OpenPainter = pickle.loads(opening.painter)  # noqa: S301 - from the engine, which is trusted
        painter = opener()
        if user is not None:
            become(user)
            die_with_parent(signal.SIGKILL)  # which the system forgets when the user changes
    except Exception as error:
        expected = error if isinstance(error, StylizerError) else None
        if expected is None:
            log.exception("The painter can't be opened")
        sentence = str(expected) if expected else f"{type(error).__name__}: {error}"
        wire.send(NotReady(sentence[:4096], to_problem(expected) if expected else None))
        return
    if opening.memory_limit_bytes is not None:
        limit_memory(opening.memory_limit_bytes)
    memory = painter.canvas_memory if isinstance(painter, KnowsItsMemory) else None
    wire.send(Ready(memory, painter.step_cost if isinstance(painter, KnowsItsStepCost) else None))
    while True:
        job, canceled = commands.get()
        _paint(painter, job, canceled, wire)
        # Don't keep megabytes of pictures until the next job.
        del job
        wire.send(Idle())


def _paint(painter: JobPainter, job: PaintingJob, canceled: threading.Event, wire: _Wire) -> None:
    """Send the job's events until it is finished, canceled or failed. An unexpected error ends the process."""
    size = (job.recipe.longest_side_px, job.recipe.longest_side_px)
    try:
        with closing(painter.paint(job, is_canceled=canceled.is_set)) as events:
            for event in events:
                if canceled.is_set():
                    return
                wire.send(to_frame(event if isinstance(event, Reading) else replace(event, attempt=job.attempt)))
                if isinstance(event, Started):
                    size = (event.width_px, event.height_px)
                if isinstance(event, Finished):
                    return
        wire.send(Failed(to_problem(WorkerFailed("it stopped before the painting was finished"))))
    except StylizerError as error:
        wire.send(Failed(to_problem(error)))
    except Exception as error:
        if is_refused_memory(error):
            wire.send(Failed(to_problem(OutOfMemory(*size))))
            return
        # The traceback goes to the log; it is of no use to a member.
        log.exception("Job %s failed", job.job_id)
        wire.send(Failed(to_problem(WorkerFailed(f"it raised an unexpected {type(error).__name__}"))))
        # A CUDA error may stick to the process and fail every later job, so the parent starts a new one. Exit at once:
        # TensorFlow's own shutdown may hang or crash.
        os._exit(UNEXPECTED_ERROR_EXIT_CODE)


def _listen(connection: socket.socket, commands: queue.SimpleQueue[tuple[PaintingJob, threading.Event]]) -> None:
    """Pass commands on; exit in the middle of anything when the parent says so or is gone.

    Only the parent has the other end of the pipe, so end of file means that it is dead.
    """
    canceled = threading.Event()
    try:
        while True:
            match decode_command(receive_frame(connection)):
                case Paint(job):
                    canceled = threading.Event()
                    commands.put((job, canceled))
                case Cancel():
                    canceled.set()
                case Goodbye():
                    break
    except (EOFError, OSError):
        pass
    except Exception:
        log.exception("The worker can't understand the engine")
    finally:
        # Nothing here needs a clean shutdown, and TensorFlow's own may hang or crash. A deaf worker must not live on.
        os._exit(0)


def _leave_signals_to_parent() -> None:
    for number in SIGNALS_LEFT_TO_THE_PARENT:
        signal.signal(number, signal.SIG_IGN)
    # The engine starts workers with these signals blocked, so that none arrives before this line.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS_LEFT_TO_THE_PARENT)
    # For native code that hangs while it holds the interpreter's lock, so that the listener can't run. Not enough
    # alone: it fires when the *thread* that started this process ends, and not at all if that happened before this
    # line.
    die_with_parent(signal.SIGKILL)


class _Wire:
    """The sending side of the pipe; thread-safe."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._lock = threading.Lock()

    def send(self, report: Report) -> None:
        frame = encode(report)
        with self._lock:
            try:
                send_frame(self._connection, frame)
            except OSError:
                # The parent is gone, and the listener may not have noticed yet.
                os._exit(0)


class _WireHandler(logging.Handler):
    """Sends log records to the parent."""

    def __init__(self, wire: _Wire) -> None:
        super().__init__()
        self._wire = wire
        self._formatter = logging.Formatter()

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = to_log_line(record, self._formatter)
        except Exception:  # noqa: BLE001 - as in every handler: a record that can't be formatted breaks nothing
            self.handleError(record)
        else:
            self._wire.send(line)
