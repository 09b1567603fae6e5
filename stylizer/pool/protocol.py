"""The wire protocol between an engine and its workers: frames of plain data, as msgpack.

A worker decodes strangers' files, so nothing that it sends is trusted: a frame is limited in size, decoded only into
these types, and checked for its place in the conversation. Anything else is a `MalformedFrame`, and the engine kills
that worker. Errors travel by name and fields, log records as text. The other direction is trusted: the first
frame brings the function that opens the painter, pickled.
"""

from __future__ import annotations

import logging
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
from stylizer.step_cost import StepCost

MAX_FRAME_BYTES = 64 * 2**20
"""Largest frame of a worker. The largest painting, 2048 × 2048 px of noise with transparency, is 17 MB as PNG."""
MAX_SMALL_FRAME_BYTES = 2**20
"""Largest frame without a painting or a preview."""
MAX_MESSAGE_LENGTH = 32_000
"""Longest log record, in characters; the rest is cut off."""

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
"""Errors that only an engine can know about; a worker would have made them up."""


class MalformedFrame(Exception):
    """A worker sent something that no healthy worker sends."""


class _Frame(Struct, frozen=True, forbid_unknown_fields=True):
    """One message."""


class Opening(_Frame, tag="opening", frozen=True):
    """The first frame to a worker: how to open its painter, and its limits."""

    painter: bytes
    """Pickled: a function without arguments that returns a `JobPainter`."""
    memory_limit_bytes: int | None = None
    """How much memory a job may take beyond the warm painter."""


class Paint(_Frame, tag="paint", frozen=True):
    """Paint this job."""

    job: PaintingJob


class Cancel(_Frame, tag="cancel", frozen=True):
    """Cancel the job before its next step."""


class Goodbye(_Frame, tag="goodbye", frozen=True):
    """Exit at once."""


class Ready(_Frame, tag="ready", frozen=True):
    """The painter is warm and waits for jobs."""

    memory: CanvasMemory | None = None
    """What a canvas takes; None if unknown."""
    step_cost: StepCost | None = None
    """How long a step takes; None if unknown."""


class Problem(Struct, frozen=True, forbid_unknown_fields=True):
    """An error of `stylizer.errors`."""

    name: _Name
    values: tuple[_Field, ...] = ()
    """Of the error's fields, in order."""


class NotReady(_Frame, tag="not ready", frozen=True):
    """The painter can't be opened; the process exits."""

    sentence: _Text
    problem: Problem | None = None


class Reading(_Frame, tag="reading", frozen=True):
    """One of the job's pictures is being decoded, until the next frame."""

    picture: PictureRole


class HasStarted(_Frame, tag="started", frozen=True):
    """Carries the painter's event."""

    event: Started


class HasProgressed(_Frame, tag="progress", frozen=True):
    """Carries the painter's event."""

    event: Progress


class HasFinished(_Frame, tag="finished", frozen=True):
    """Carries the painter's event."""

    event: Finished


class Failed(_Frame, tag="failed", frozen=True):
    """The job failed."""

    problem: Problem


class Idle(_Frame, tag="idle", frozen=True):
    """The job is over, no matter how it ended; no more frames about it follow."""


class LogLine(_Frame, tag="log", frozen=True):
    """A log record, as text."""

    level: Annotated[int, Meta(ge=0, le=100)]
    logger: _Name
    message: _LongText
    exception: _LongText | None = None
    """The formatted traceback."""


Command: TypeAlias = Opening | Paint | Cancel | Goodbye
Report: TypeAlias = Ready | NotReady | Reading | HasStarted | HasProgressed | HasFinished | Failed | Idle | LogLine

_encoder = msgspec.msgpack.Encoder()
_commands = msgspec.msgpack.Decoder(Command)
_reports = msgspec.msgpack.Decoder(Report)


def send_frame(connection: socket.socket, frame: bytes) -> None:
    """Send a frame, its length first. Raises OSError when the other side is gone."""
    connection.sendall(_LENGTH.pack(len(frame)))
    connection.sendall(frame)


def receive_frame(connection: socket.socket, *, max_bytes: int = 2**32) -> bytearray:
    """Receive the next frame, still encoded.

    Raises EOFError or OSError when the other side is gone, and `MalformedFrame` when it would be too long.
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
    """Encode a frame as msgpack."""
    return _encoder.encode(frame)


def decode_command(encoded: bytes | bytearray) -> Command:
    """Decode a frame from the engine. Raises `MalformedFrame` if the engine has another version."""
    try:
        command: Command = _commands.decode(encoded)
    except (msgspec.MsgspecError, StylizerError) as error:
        raise MalformedFrame(str(error)) from error
    return command


def decode_report(encoded: bytes | bytearray) -> Report:
    """Decode a frame from a worker. Raises `MalformedFrame`, and nothing else, for any bytes."""
    try:
        report: Report = _reports.decode(encoded)
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise MalformedFrame(str(error)) from error
    if len(encoded) > MAX_SMALL_FRAME_BYTES and not isinstance(report, HasProgressed | HasFinished):
        raise MalformedFrame(f"{len(encoded)} bytes are too many for {type(report).__name__}")
    if isinstance(report, HasStarted | HasProgressed | HasFinished) and not _is_sound(report.event):
        raise MalformedFrame(f"numbers out of range in {type(report).__name__}")
    return report


_MAX_NUMBER = 2**31
"""Less than this fits every column that an event's number is stored in."""


def _is_sound(event: Event) -> bool:
    """Whether an event's numbers are in a sensible range; losses may be anything."""
    match event:
        case Started():
            counts: list[float] = [event.width_px, event.height_px, event.steps, len(event.scales)]
            seconds: list[float] = []
        case Progress():
            counts = [event.step, event.steps, event.scale, event.scales]
            seconds = [event.elapsed_seconds, event.seconds_left or 0]
        case Finished():
            counts = [event.width_px, event.height_px, event.steps, len(event.painting)]
            seconds = [event.seconds, event.gif_frames, event.faces or 0]
    return all(1 <= count < _MAX_NUMBER for count in counts) and all(0 <= s < _MAX_NUMBER for s in seconds)


def to_frame(event: Event | Reading) -> Report:
    """Wrap a painter's event in its frame. Raises TypeError for anything else."""
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
    """Wrap a log record in its frame."""
    exception = formatter.formatException(record.exc_info) if record.exc_info else record.exc_text
    return LogLine(
        level=min(max(record.levelno, 0), 100),
        logger=record.name[:256],
        message=record.getMessage()[:MAX_MESSAGE_LENGTH],
        exception=exception and exception[-MAX_MESSAGE_LENGTH:],
    )


def to_log_record(line: LogLine) -> logging.LogRecord:
    """Unwrap a log record; its traceback becomes part of its message."""
    message = line.message if line.exception is None else f"{line.message}\n{line.exception}"
    return logging.LogRecord(line.logger, line.level, "", 0, message, None, None)


def to_problem(error: StylizerError) -> Problem:
    """Describe an error by its name, and by its fields if it is one of `stylizer.errors`."""
    return Problem(type(error).__name__[:256], field_values(error) if type(error) in _known_errors().values() else ())


def to_error(problem: Problem) -> StylizerError:
    """Rebuild a worker's error; `WorkerFailed` if no worker can have raised it."""
    kind = _known_errors().get(problem.name)
    if kind is None or issubclass(kind, _FROM_THE_ENGINE):
        return WorkerFailed("it raised an error that is unknown here")
    try:
        error = kind(*msgspec.convert(problem.values, _fields_of(kind), strict=True))
        str(error)  # may fail for numbers that no picture has
    except (msgspec.ValidationError, ArithmeticError, ValueError):
        return WorkerFailed(f"it raised a {kind.__name__} that makes no sense")
    return error


@cache
def _known_errors() -> dict[str, type[StylizerError]]:
    return {kind.__name__: kind for kind in _kinds_of(StylizerError) if kind.__module__ == errors.__name__}


def _kinds_of(kind: type[StylizerError]) -> Iterator[type[StylizerError]]:
    yield kind
    for narrower in kind.__subclasses__():
        yield from _kinds_of(narrower)


def _fields_of(kind: type[StylizerError]) -> Any:
    """The tuple type of an error's fields."""
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
    _styles: int = 1

    def give_job(self, attempt: int, *, styles: int = 1) -> None:
        """Note that a free worker is sent a job with that many styles, or another attempt at one."""
        self._state, self._read, self._is_canceled = _State.AT_WORK, (), False
        self._attempt, self._styles = attempt, styles

    def cancel_job(self) -> None:
        """Note that the worker is asked to leave its job."""
        self._is_canceled = True

    def note(self, report: Report) -> None:
        """Check the worker's next frame. Raises `MalformedFrame` when it makes no sense now."""
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
        if isinstance(report, HasFinished) and len(report.event.style_thumbnails) != self._styles:
            raise MalformedFrame(f"{len(report.event.style_thumbnails)} thumbnails of {self._styles} styles")
