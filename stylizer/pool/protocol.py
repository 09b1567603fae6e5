"""What an engine and its worker say to each other: frames of plain data, as msgpack.

A worker decodes files of strangers, so nothing that it sends is trusted: a frame is bounded in size, decoded into these
types and no others, and checked for its place in the conversation. What does not fit is a `MalformedFrame`, for which
the engine ends that worker. Errors travel by name and fields, log records as text. The other direction is trusted: the
first frame brings the function that opens the painter, pickled.
"""

from __future__ import annotations

import logging
import math
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache
from typing import Annotated, Any, TypeAlias, get_type_hints

import msgspec
from msgspec import Meta, Struct

from stylizer import errors
from stylizer.errors import PictureRole, StylizerError, WorkerFailed
from stylizer.events import Event, Finished, Progress, Started
from stylizer.frozen import field_names, field_values
from stylizer.memory import CanvasMemory
from stylizer.pool.engine import PaintingJob

MAX_FRAME_BYTES = 64 * 2**20
"""Of a worker's frame. The largest painting, 2048 x 2048 pixels of noise with transparency, takes 17 MB as PNG."""
MAX_SMALL_FRAME_BYTES = 2**20
"""Of one without a painting or a preview."""
MAX_MESSAGE_LENGTH = 32_000
"""Of a log record; the rest is cut off."""

_Name: TypeAlias = Annotated[str, Meta(max_length=256)]
_Text: TypeAlias = Annotated[str, Meta(max_length=4096)]
_LongText: TypeAlias = Annotated[str, Meta(max_length=MAX_MESSAGE_LENGTH)]
_Field: TypeAlias = int | float | _Text | tuple[_Text, ...] | None

_LENGTH = struct.Struct(">I")

_FROM_THE_ENGINE = (
    errors.EngineClosed,
    errors.PaintingTooSlow,
    errors.PictureTooSlow,
    errors.WorkerDied,
    errors.WorkerNotReady,
)
"""What only an engine can know; of a worker it would be made up."""


class MalformedFrame(Exception):
    """A worker sent what no sound worker sends."""


class _Frame(Struct, frozen=True, forbid_unknown_fields=True):
    """One message."""


class Opening(_Frame, tag="opening", frozen=True):
    """The first frame for a worker: how it opens its painter, and its bounds."""

    painter: bytes
    """Pickled: a function without arguments that returns a `JobPainter`."""
    memory_limit_bytes: int | None = None
    """How much a job may take beyond the warm painter."""


class Work(_Frame, tag="job", frozen=True):
    """Paint this."""

    job: PaintingJob


class Cancel(_Frame, tag="cancel", frozen=True):
    """Stop the job before its next step."""


class Goodbye(_Frame, tag="goodbye", frozen=True):
    """End the process, at once."""


class Ready(_Frame, tag="ready", frozen=True):
    """The painter is warm."""

    memory: CanvasMemory | None = None
    """What a canvas takes; None where that is not known."""


class Problem(Struct, frozen=True, forbid_unknown_fields=True):
    """An error of `stylizer.errors`, by its name."""

    name: _Name
    values: tuple[_Field, ...] = ()
    """Of its fields, in their order."""


class NotReady(_Frame, tag="not ready", frozen=True):
    """The painter cannot be opened; the process ends."""

    sentence: _Text
    problem: Problem | None = None


class Reading(_Frame, tag="reading", frozen=True):
    """A picture of the job is being decoded, until the next frame comes."""

    picture: PictureRole


class HasStarted(_Frame, tag="started", frozen=True):
    """The painter's own event."""

    event: Started


class HasProgressed(_Frame, tag="progress", frozen=True):
    """The painter's own event."""

    event: Progress


class HasFinished(_Frame, tag="finished", frozen=True):
    """The painter's own event."""

    event: Finished


class Failed(_Frame, tag="failed", frozen=True):
    """The job ended without a painting."""

    problem: Problem


class Idle(_Frame, tag="idle", frozen=True):
    """The job is over, however it ended, and nothing of it will follow."""


class LogLine(_Frame, tag="log", frozen=True):
    """A log record, as text."""

    level: Annotated[int, Meta(ge=0, le=100)]
    logger: _Name
    message: _LongText
    exception: _LongText | None = None
    """The formatted traceback."""


Command: TypeAlias = Opening | Work | Cancel | Goodbye
Report: TypeAlias = Ready | NotReady | Reading | HasStarted | HasProgressed | HasFinished | Failed | Idle | LogLine

_encoder = msgspec.msgpack.Encoder()
_commands = msgspec.msgpack.Decoder(Command)
_reports = msgspec.msgpack.Decoder(Report)


def send_frame(connection: socket.socket, frame: bytes) -> None:
    """Send a frame behind its length. Raises OSError when the other side is gone."""
    connection.sendall(_LENGTH.pack(len(frame)))
    connection.sendall(frame)


def receive_frame(connection: socket.socket, *, max_bytes: int = 2**32) -> bytearray:
    """The next frame, which is nothing but bytes yet.

    Raises EOFError or OSError when the other side is gone, and `MalformedFrame` for one that would be longer.
    """
    (length,) = _LENGTH.unpack(_receive(connection, _LENGTH.size))
    if length > max_bytes:
        raise MalformedFrame(f"it would have {length} bytes")
    return _receive(connection, length)


def _receive(connection: socket.socket, length: int) -> bytearray:
    received = bytearray(length)
    rest = memoryview(received)
    while rest:
        count = connection.recv_into(rest)
        if count == 0:
            raise EOFError
        rest = rest[count:]
    return received


def encode(frame: Command | Report) -> bytes:
    """The bytes of a frame."""
    return _encoder.encode(frame)


def decode_command(encoded: bytes | bytearray) -> Command:
    """The engine's frame. Raises `MalformedFrame` when the engine is of another version."""
    try:
        command: Command = _commands.decode(encoded)
    except (msgspec.MsgspecError, StylizerError) as error:
        raise MalformedFrame(str(error)) from error
    return command


def decode_report(encoded: bytes | bytearray) -> Report:
    """The worker's frame. Raises `MalformedFrame`, whatever it is that the worker sent."""
    try:
        report: Report = _reports.decode(encoded)
    except (msgspec.MsgspecError, UnicodeError, RecursionError, ValueError) as error:
        raise MalformedFrame(str(error)) from error
    if len(encoded) > MAX_SMALL_FRAME_BYTES and not isinstance(report, HasProgressed | HasFinished):
        raise MalformedFrame(f"{len(encoded)} bytes are too many for {type(report).__name__}")
    if isinstance(report, HasStarted | HasProgressed | HasFinished) and not _is_sound(report.event):
        raise MalformedFrame(f"numbers out of range in {type(report).__name__}")
    return report


def _is_sound(event: Event) -> bool:
    """Whether the numbers can be counted and shown; losses may be whatever a painting makes of them."""
    match event:
        case Started():
            counts: list[float] = [event.width_px, event.height_px, event.steps, len(event.scales)]
            seconds: list[float] = []
        case Progress():
            counts = [event.step, event.steps, event.scale, event.scales]
            seconds = [event.elapsed_seconds, event.seconds_left or 0]
        case Finished():
            counts = [event.width_px, event.height_px, event.steps, event.gif_frames, len(event.painting)]
            seconds = [event.seconds]
    return all(count >= 1 for count in counts) and all(math.isfinite(s) and s >= 0 for s in seconds)


def to_frame(event: Event | Reading) -> Report:
    """The frame that carries a painter's event. Raises TypeError for anything else."""
    match event:
        case Reading():
            return event
        case Started():
            return HasStarted(event)
        case Progress():
            return HasProgressed(event)
        case Finished():
            return HasFinished(event)
    raise TypeError(f"a painter yields events, not {type(event).__name__}")


def to_log_line(record: logging.LogRecord, formatter: logging.Formatter) -> LogLine:
    """The frame that carries a log record."""
    exception = formatter.formatException(record.exc_info) if record.exc_info else record.exc_text
    return LogLine(
        level=min(max(record.levelno, 0), 100),
        logger=record.name[:256],
        message=record.getMessage()[:MAX_MESSAGE_LENGTH],
        exception=exception and exception[-MAX_MESSAGE_LENGTH:],
    )


def to_log_record(line: LogLine) -> logging.LogRecord:
    """The record that a frame carries, with its traceback in its message."""
    message = line.message if line.exception is None else f"{line.message}\n{line.exception}"
    return logging.LogRecord(line.logger, line.level, "", 0, message, None, None)


def to_problem(error: StylizerError) -> Problem:
    """The frame's part that carries an error: its name, and its fields where it is one of `stylizer.errors`."""
    return Problem(type(error).__name__[:256], field_values(error) if type(error) in _known_errors().values() else ())


def to_error(problem: Problem) -> StylizerError:
    """The error that a worker names; `WorkerFailed` where it cannot be one of a worker's."""
    kind = _known_errors().get(problem.name)
    if kind is None or issubclass(kind, _FROM_THE_ENGINE):
        return WorkerFailed("it met an error that is not known here")
    try:
        error = kind(*msgspec.convert(problem.values, _fields_of(kind), strict=True))
        str(error)  # which may calculate with numbers that no picture has
    except (msgspec.ValidationError, ArithmeticError, ValueError):
        return WorkerFailed(f"it met a {kind.__name__} that makes no sense")
    return error


@cache
def _known_errors() -> dict[str, type[StylizerError]]:
    return {kind.__name__: kind for kind in _kinds_of(StylizerError) if kind.__module__ == errors.__name__}


def _kinds_of(kind: type[StylizerError]) -> Iterator[type[StylizerError]]:
    yield kind
    for narrower in kind.__subclasses__():
        yield from _kinds_of(narrower)


def _fields_of(kind: type[StylizerError]) -> Any:
    """The type of the tuple of an error's field values."""
    hints = get_type_hints(kind)
    return tuple[tuple(hints[name] for name in field_names(kind))]  # type: ignore[misc]  # made at run time


class _State(Enum):
    STARTING = auto()
    FREE = auto()
    AT_WORK = auto()
    PAINTING = auto()
    LEAVING = auto()


@dataclass(slots=True)
class Conversation:
    """Which frames a worker may send next."""

    _state: _State = _State.STARTING
    _read: tuple[str, ...] = ()
    _is_canceled: bool = False
    _attempt: int = 0

    def give_job(self, attempt: int) -> None:
        """Note that the worker, which is free, is sent a job, or another attempt of one."""
        self._state, self._read, self._is_canceled, self._attempt = _State.AT_WORK, (), False, attempt

    def cancel_job(self) -> None:
        """Note that the worker is asked to leave its job, if it has not left."""
        self._is_canceled = True

    def note(self, report: Report) -> None:
        """Take in the worker's next frame. Raises `MalformedFrame` when it makes no sense now."""
        match self._state, report:
            case _, LogLine():
                pass
            case _State.STARTING, Ready() | NotReady():
                self._state = _State.FREE
            case _State.AT_WORK, Reading(picture) if picture not in self._read:
                self._read = (*self._read, picture)
            case _State.AT_WORK, HasStarted():
                self._state = _State.PAINTING
            case _State.PAINTING, HasProgressed():
                pass
            case _State.PAINTING, HasFinished():
                self._state = _State.LEAVING
            case ((_State.AT_WORK | _State.PAINTING), Failed()):
                self._state = _State.LEAVING
            case _State.LEAVING, Idle():
                self._state = _State.FREE
            case ((_State.AT_WORK | _State.PAINTING), Idle()) if self._is_canceled:
                self._state = _State.FREE
            case state, _:
                raise MalformedFrame(f"{type(report).__name__} makes no sense while the worker is {state.name}")
        if isinstance(report, HasStarted | HasProgressed | HasFinished) and report.event.attempt != self._attempt:
            raise MalformedFrame(f"{type(report).__name__} is of attempt {report.event.attempt}, not {self._attempt}")
