"""The worker's side of the pool: a process that keeps one painter warm and paints what comes down its pipe.

The engine sends a `PaintingJob`, `Cancel` or `Goodbye`; the worker answers with `Ready` or `NotReady` once, then for
each job with the painter's events, `Failed` if it failed, and `Idle` when it is ready for the next one; after an
error that nobody expected the process ends instead. What it logs
travels the same way, so that the parent's configuration decides what becomes of it.
"""

from __future__ import annotations

import ctypes
import logging
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from logging.handlers import QueueHandler
from multiprocessing.connection import Connection
from typing import Any, Protocol, TypeAlias

from stylizer.errors import OutOfMemory, StylizerError, WorkerFailed
from stylizer.events import Event, Finished, Started
from stylizer.images import open_picture
from stylizer.memory import limit_memory
from stylizer.pool.engine import PaintingJob
from stylizer.quiet import quiet_native_code
from stylizer.style import open_style

SIGNALS_LEFT_TO_THE_PARENT = (signal.SIGINT, signal.SIGTERM)
"""Ctrl-C and a service manager's stop reach the whole group; the parent alone decides what becomes of a painting."""

log = logging.getLogger(__name__)

EXIT_CODE_OF_THE_UNEXPECTED = 70
"""EX_SOFTWARE of sysexits.h."""

_NICENESS = 5

CONTENT, STYLE = "The content picture", "The style picture"
"""What a job's pictures are called in errors."""


@dataclass(frozen=True, slots=True)
class Cancel:
    """Stop the job before its next step."""


@dataclass(frozen=True, slots=True)
class Goodbye:
    """End the process, at once."""


@dataclass(frozen=True, slots=True)
class Ready:
    """The painter is warm."""


@dataclass(frozen=True, slots=True)
class NotReady:
    """The painter cannot be opened; the process ends."""

    problem: str
    error: StylizerError | None


@dataclass(frozen=True, slots=True)
class Reading:
    """A picture of the job is being decoded, until the next event comes. Stays in the pool."""

    picture: str
    """What it is called in errors: `The content picture`."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The job ended without a painting."""

    error: StylizerError


@dataclass(frozen=True, slots=True)
class Idle:
    """The job is over, however it ended, and nothing of it will follow."""


Order: TypeAlias = PaintingJob | Cancel | Goodbye
Report: TypeAlias = Event | Reading | Ready | NotReady | Failed | Idle | logging.LogRecord


class JobPainter(Protocol):
    """Whatever can paint a job."""

    def paint(self, job: PaintingJob) -> Generator[Event | Reading, None, None]:
        """Yield `Reading` before each picture, `Started`, `Progress` after every step, then `Finished`.

        Closing the generator stops the painting.
        """
        ...


OpenPainter: TypeAlias = Callable[[], JobPainter]
"""Opens a warm painter. It is pickled to the worker, where only calling it may import TensorFlow."""


def open_vgg16_painter(*, weights: str = "shipped", precision: str = "auto", threads: int | None = None) -> JobPainter:
    """The real painter, warm. Raises `WeightsError` and `PrecisionUnknown`."""
    return _Vgg16Painter(weights=weights, precision=precision, threads=threads)


class _Vgg16Painter:
    """Decodes a job's pictures, no larger than they are needed, and paints them with `stylizer.painter`."""

    def __init__(self, *, weights: str, precision: str, threads: int | None) -> None:
        with quiet_native_code():
            # TensorFlow must not be imported before the worker's device is chosen, and never in the parent.
            from stylizer.painter import Painter  # noqa: PLC0415 - imports TensorFlow, which only a worker may

            self._painter = Painter(weights=weights, precision=precision, threads=threads)

    def paint(self, job: PaintingJob) -> Generator[Event | Reading, None, None]:
        yield Reading(CONTENT)
        content = open_picture(job.content, name=CONTENT, longest_side_px=job.recipe.longest_side_px)
        yield Reading(STYLE)
        style = open_style(job.style, name=STYLE, recipe=job.recipe)
        yield from self._painter.paint(
            content,
            style,
            recipe=job.recipe,
            seed=job.seed,
            picture_format=job.picture_format,
            gif_limit_bytes=job.gif_limit_bytes,
        )


def serve(
    connection: Connection[Any, Any], open_painter: OpenPainter, device: str | None, memory_limit_bytes: int | None
) -> None:
    """Paint job after job until the parent says goodbye or is gone.

    `device` is the GPU to use, as CUDA_VISIBLE_DEVICES names it; None leaves the choice as it is. With
    `memory_limit_bytes` the process may take so much memory beyond that of the warm painter.
    """
    _outlive_signals_but_not_the_parent()
    # On a machine that paints with all its cores, whoever talks to people comes first.
    os.nice(_NICENESS)
    if device is not None:
        os.environ["CUDA_VISIBLE_DEVICES"] = device
    wire = _Wire(connection)
    logging.getLogger().addHandler(_WireHandler(wire))
    logging.captureWarnings(True)
    orders: queue.SimpleQueue[tuple[PaintingJob, threading.Event]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(connection, orders), name="listener", daemon=True).start()
    try:
        painter = open_painter()
    except Exception as error:
        told = error if isinstance(error, StylizerError) else None
        if told is None:
            log.exception("The painter cannot be opened")
        wire.send(NotReady(str(told) if told else f"{type(error).__name__}: {error}", told))
        return
    if memory_limit_bytes is not None:
        limit_memory(memory_limit_bytes)
    wire.send(Ready())
    while True:
        job, cancelled = orders.get()
        _paint(painter, job, cancelled, wire)
        # Pictures of several megabytes are not kept until the next job comes.
        del job
        wire.send(Idle())


def _paint(painter: JobPainter, job: PaintingJob, cancelled: threading.Event, wire: _Wire) -> None:
    """Send the job's events, until it is finished, cancelled or failed. An unexpected error ends the process."""
    size = (job.recipe.longest_side_px, job.recipe.longest_side_px)
    try:
        with closing(painter.paint(job)) as events:
            for event in events:
                if cancelled.is_set():
                    return
                wire.send(event)
                if isinstance(event, Started):
                    size = (event.width_px, event.height_px)
                if isinstance(event, Finished):
                    return
        wire.send(Failed(WorkerFailed("it stopped before the painting was finished")))
    except StylizerError as error:
        wire.send(Failed(error))
    except MemoryError:
        wire.send(Failed(OutOfMemory(*size)))
    except Exception as error:
        # The log has the traceback; a member has no use for it.
        log.exception("Job %s failed", job.job_id)
        wire.send(Failed(WorkerFailed(f"it met an unexpected {type(error).__name__}")))
        # What CUDA raises may stay with the process and fail every later job: the parent starts a sound one. At once,
        # because TensorFlow's orderly end may hang or crash.
        os._exit(EXIT_CODE_OF_THE_UNEXPECTED)


def _listen(connection: Connection[Any, Any], orders: queue.SimpleQueue[tuple[PaintingJob, threading.Event]]) -> None:
    """Pass orders on; end the process in the middle of anything when the parent says so or is gone.

    The pipe's other end is open in the parent alone: an end of file means that it died, whatever killed it.
    """
    cancelled = threading.Event()
    try:
        while True:
            match connection.recv():
                case PaintingJob() as job:
                    cancelled = threading.Event()
                    orders.put((job, cancelled))
                case Cancel():
                    cancelled.set()
                case Goodbye():
                    break
    except (EOFError, OSError):
        pass
    except Exception:
        log.exception("The worker cannot understand the engine")
    finally:
        # Nothing here needs an orderly end, and TensorFlow's own may hang or crash. A deaf worker must not live on.
        os._exit(0)


def _outlive_signals_but_not_the_parent() -> None:
    for number in SIGNALS_LEFT_TO_THE_PARENT:
        signal.signal(number, signal.SIG_IGN)
    # The engine starts workers with these blocked, so that none can strike before this line.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS_LEFT_TO_THE_PARENT)
    if sys.platform == "linux":
        # For native code that hangs with the interpreter's lock, under which the listener cannot run. Not enough alone:
        # it strikes when the parent's starting *thread* ends, and not at all if that happened before this line.
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


class _Wire:
    """The sending side of the pipe, for any thread."""

    def __init__(self, connection: Connection[Any, Any]) -> None:
        self._connection = connection
        self._lock = threading.Lock()

    def send(self, report: Report) -> None:
        with self._lock:
            try:
                self._connection.send(report)
            except OSError:
                # Nobody reads any more: the parent is gone, and the listener may not have noticed yet.
                os._exit(0)


class _WireHandler(QueueHandler):
    """Hands log records to the parent."""

    def __init__(self, wire: _Wire) -> None:
        super().__init__(queue.SimpleQueue())
        self._wire = wire

    def enqueue(self, record: logging.LogRecord) -> None:
        self._wire.send(record)
