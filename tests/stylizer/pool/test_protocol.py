"""The frames between an engine and its workers."""

from __future__ import annotations

import logging
import math
import socket
import sys
from dataclasses import replace
from typing import get_type_hints

import msgspec
import pytest

from stylizer import errors
from stylizer.errors import (
    EngineClosed,
    FileKind,
    OutOfMemory,
    PictureRole,
    StylizerError,
    WorkerFailed,
    WorkerNotReady,
)
from stylizer.events import Event, Started
from stylizer.frozen import field_names
from stylizer.pool.engine import PaintingJob, StyleInput
from stylizer.pool.protocol import (
    MAX_MESSAGE_LENGTH,
    MAX_SMALL_FRAME_BYTES,
    Conversation,
    Failed,
    HasFinished,
    HasProgressed,
    HasStarted,
    Idle,
    LogLine,
    MalformedFrame,
    NotReady,
    Paint,
    Problem,
    Reading,
    Ready,
    Report,
    decode_command,
    decode_report,
    encode,
    receive_frame,
    send_frame,
    to_error,
    to_frame,
    to_log_line,
    to_log_record,
    to_problem,
)
from stylizer.recipe import load_recipe, recipe_names
from stylizer.step_cost import StepCost
from tests.stylizer.pool.intruders import FINISHED, PROGRESS

STARTED = Started("draft", 64, 48, 3, ((32, 24), (64, 48)), 0, "float32", "CPU, 2 threads")
SAMPLES: dict[object, object] = {
    str: "a word",
    str | None: "photo.jpg",
    int: 640,
    int | None: 640,
    float: 2.5,
    tuple[str, ...]: ("draft", "hd"),
    PictureRole | None: "content",
    FileKind: "pdf",
}


def kinds(kind: type[StylizerError] = StylizerError) -> list[type[StylizerError]]:
    return [kind, *(deeper for narrower in kind.__subclasses__() for deeper in kinds(narrower))]


def sample(kind: type[StylizerError]) -> StylizerError:
    """Make an error of this kind from values of its fields' types."""
    hints = get_type_hints(kind)
    return kind(*(SAMPLES[hints[name]] for name in field_names(kind)))


@pytest.mark.parametrize("name", recipe_names())
def test_a_job_arrives_unchanged(name: str) -> None:
    job = PaintingJob(
        "job",
        b"content",
        (StyleInput(b"a", 0.7), StyleInput(b"b", 0.3)),
        load_recipe(name, style_strength=2),
        seed=3,
        picture_format="webp",
        start=b"painting",
    )
    command = decode_command(encode(Paint(job)))
    assert command == Paint(job)


@pytest.mark.parametrize(
    "event",
    [
        STARTED,
        PROGRESS,
        replace(PROGRESS, preview=b"jpeg"),
        FINISHED,
        replace(FINISHED, step_cost=StepCost(6e-6, 7000.0)),
        Reading("style"),
    ],
)
def test_painter_events_arrive_unchanged(event: Event | Reading) -> None:
    frame = decode_report(encode(to_frame(event)))
    assert (frame if isinstance(frame, Reading) else getattr(frame, "event", None)) == event


def test_a_painter_that_yields_something_else_is_refused() -> None:
    with pytest.raises(TypeError, match="a painter yields events, not dict"):
        to_frame({})  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [kind for kind in kinds() if kind.__module__ == errors.__name__])
def test_a_worker_error_arrives_unchanged_unless_only_the_engine_can_raise_it(kind: type[StylizerError]) -> None:
    error = sample(kind)
    frame = decode_report(encode(Failed(to_problem(error))))
    assert isinstance(frame, Failed)
    arrived = to_error(frame.problem)
    if kind.__name__ in {"EngineClosed", "PaintingTooSlow", "PictureTooSlow", "WorkerDied", "WorkerNotReady"}:
        assert isinstance(arrived, WorkerFailed)
    else:
        assert (arrived, str(arrived)) == (error, str(error))


@pytest.mark.parametrize(
    "problem",
    [
        Problem("SystemExit"),
        Problem("Path", ("/etc/passwd",)),
        Problem("OutOfMemory", ("wide", "high", None)),
        Problem("OutOfMemory", (1,)),
        Problem("PictureTooLarge", ("content", None, 1, 1, 10**400 % 7, 5)),
        Problem("PictureTooLarge", ("@everyone", None, 1, 1, 5)),
        Problem("NotAPicture", ("content", None, "@everyone")),
        to_problem(EngineClosed()),
        to_problem(WorkerNotReady("never")),
    ],
)
def test_an_error_that_workers_cannot_raise_is_a_worker_failure(problem: Problem) -> None:
    assert type(to_error(problem)) is WorkerFailed


def test_a_painters_custom_error_is_a_worker_failure() -> None:
    class Unheard(StylizerError):
        secret: object

    assert type(to_error(to_problem(Unheard(object())))) is WorkerFailed


@pytest.mark.parametrize(
    "sent",
    [
        {"type": "progress"},
        {"type": "progress", "event": {}},
        {"type": "progress", "event": {**msgspec.to_builtins(PROGRESS), "preview": "not bytes"}},
        {"type": "progress", "event": {**msgspec.to_builtins(PROGRESS), "seconds_left": "soon"}},
        {"type": "finished", "event": {**msgspec.to_builtins(FINISHED), "picture_format": "exe"}},
        {"type": "ready", "step_cost": {"seconds_per_pixel": -1.0, "overhead_px": 7000.0}},
        {"type": "ready", "step_cost": {"seconds_per_pixel": math.inf, "overhead_px": 7000.0}},
        {"type": "finished", "event": {**msgspec.to_builtins(FINISHED), "step_cost": {"seconds_per_pixel": "fast"}}},
        {"type": "reading", "picture": "@everyone"},
        {"type": "idle", "more": 1},
        {"type": "opening", "painter": b""},
        {"type": "log", "level": -1, "logger": "a", "message": "b"},
        {"type": "log", "level": 30, "logger": "a", "message": "b" * (MAX_MESSAGE_LENGTH + 1)},
        {"type": "failed", "problem": {"name": "n" * 300}},
        {"type": "failed", "problem": {"name": "n", "arguments": [{}]}},
        {"type": "not ready", "sentence": "n" * 5000},
        {"type": "started", "event": {**msgspec.to_builtins(STARTED), "scales": [[1, 1]] * MAX_SMALL_FRAME_BYTES}},
        {"type": "nothing"},
        ["progress"],
        None,
        10**9,
    ],
)
def test_an_invalid_worker_frame_is_refused(sent: object) -> None:
    with pytest.raises(MalformedFrame):
        decode_report(msgspec.msgpack.encode(sent))


@pytest.mark.parametrize("encoded", [b"", b"\xc1", b"\x91" * 100_000, b"\xdb\xff\xff\xff\xff", b"\xa2\xff\xff"])
def test_a_frame_that_is_not_msgpack_is_refused(encoded: bytes) -> None:
    with pytest.raises(MalformedFrame):
        decode_report(encoded)


@pytest.mark.parametrize(
    "event",
    [
        replace(PROGRESS, seconds_left=math.nan),
        replace(PROGRESS, elapsed_seconds=-1.0),
        replace(PROGRESS, steps=0),
        replace(FINISHED, seconds=math.inf),
        replace(FINISHED, width_px=-5),
        replace(FINISHED, faces=-1),
        replace(FINISHED, faces=2**40),
        replace(FINISHED, steps=2**31),
        replace(FINISHED, painting=b""),
        replace(STARTED, scales=()),
    ],
)
def test_impossible_numbers_are_refused(event: Event) -> None:
    with pytest.raises(MalformedFrame, match="numbers out of range"):
        decode_report(encode(to_frame(event)))


def test_losses_can_be_any_number() -> None:
    event = replace(PROGRESS, losses=replace(PROGRESS.losses, total=math.inf))
    assert decode_report(encode(to_frame(event))) == HasProgressed(event)


def test_a_log_record_arrives_as_text_with_its_traceback() -> None:
    try:
        int("a secret of the house")
    except ValueError:
        record = logging.LogRecord("painter", 40, "file.py", 1, "Job %s failed", ("j",), sys.exc_info())
    line = decode_report(encode(to_log_line(record, logging.Formatter())))
    assert isinstance(line, LogLine)
    arrived = to_log_record(line)
    assert (arrived.name, arrived.levelno) == ("painter", 40)
    assert arrived.getMessage().startswith("Job j failed\nTraceback")
    assert arrived.getMessage().endswith("'a secret of the house'")


def test_a_long_log_record_is_truncated() -> None:
    record = logging.LogRecord("n" * 999, 30, "file.py", 1, "m" * 10**6, None, None)
    line = decode_report(encode(to_log_line(record, logging.Formatter())))
    assert isinstance(line, LogLine)
    assert (len(line.logger), len(line.message)) == (256, MAX_MESSAGE_LENGTH)


def test_a_log_record_with_a_percent_sign_is_not_formatted_again() -> None:
    assert to_log_record(LogLine(30, "painter", "100 %s")).getMessage() == "100 %s"


def test_an_oversized_frame_is_not_read() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        send_frame(theirs, b"four")
        assert receive_frame(ours, max_bytes=4) == b"four"
        send_frame(theirs, b"fives")
        with pytest.raises(MalformedFrame, match="5 bytes"):
            receive_frame(ours, max_bytes=4)


def test_a_truncated_frame_ends_the_stream() -> None:
    ours, theirs = socket.socketpair()
    with ours:
        theirs.sendall(b"\0\0\0\x08half")
        theirs.close()
        with pytest.raises(EOFError):
            receive_frame(ours)


WHOLE_JOB = (Reading("content"), Reading("style"), HasStarted(STARTED), HasProgressed(PROGRESS), HasFinished(FINISHED))
OUT_OF_MEMORY = Failed(to_problem(OutOfMemory(1, 1)))


def conversation(*reports: Report, has_job: bool = True, is_canceled: bool = False) -> None:
    """Process these frames from a warm worker."""
    talk = Conversation()
    talk.note(Ready())
    if has_job:
        talk.give_job(1)
    if is_canceled:
        talk.cancel_job()
    for report in reports:
        talk.note(report)


@pytest.mark.parametrize("reports", [(*WHOLE_JOB, Idle()), (OUT_OF_MEMORY, Idle()), (*WHOLE_JOB[:4], OUT_OF_MEMORY)])
def test_a_job_passes_through_its_states(reports: tuple[Report, ...]) -> None:
    conversation(*reports)


@pytest.mark.parametrize("event", [STARTED, PROGRESS, FINISHED])
def test_an_event_of_another_attempt_is_never_mixed_in(event: Event) -> None:
    before = WHOLE_JOB[: WHOLE_JOB.index(to_frame(event))]
    conversation(*before, to_frame(event))
    with pytest.raises(MalformedFrame, match="is of attempt 2, not 1"):
        conversation(*before, to_frame(replace(event, attempt=2)))


@pytest.mark.parametrize("thumbnails", [(), (b"s", b"s")])
def test_a_painting_needs_a_thumbnail_of_each_style(thumbnails: tuple[bytes, ...]) -> None:
    with pytest.raises(MalformedFrame, match=f"{len(thumbnails)} thumbnails of 1 styles"):
        conversation(*WHOLE_JOB[:4], HasFinished(replace(FINISHED, style_thumbnails=thumbnails)))


@pytest.mark.parametrize("steps", range(len(WHOLE_JOB)))
def test_a_worker_can_stop_a_job_at_any_point_when_asked(steps: int) -> None:
    conversation(*WHOLE_JOB[:steps], Idle(), is_canceled=True)
    if steps < len(WHOLE_JOB):
        with pytest.raises(MalformedFrame, match="Idle makes no sense"):
            conversation(*WHOLE_JOB[:steps], Idle())


@pytest.mark.parametrize(
    ("reports", "has_job"),
    [
        ((WHOLE_JOB[0],), False),
        ((WHOLE_JOB[2],), False),
        ((HasFinished(FINISHED),), False),
        ((Idle(),), False),
        ((OUT_OF_MEMORY,), False),
        ((Ready(),), False),
        ((NotReady("no"),), True),
        ((Reading("content"), Reading("content")), True),
        ((HasProgressed(PROGRESS),), True),
        ((HasFinished(FINISHED),), True),
        ((HasStarted(STARTED), HasStarted(STARTED)), True),
        ((HasStarted(STARTED), Reading("content")), True),
        ((*WHOLE_JOB, HasProgressed(PROGRESS)), True),
        ((*WHOLE_JOB, HasFinished(FINISHED)), True),
        ((*WHOLE_JOB, Idle(), Idle()), True),
    ],
)
def test_an_out_of_order_frame_is_refused(reports: tuple[Report, ...], has_job: bool) -> None:
    with pytest.raises(MalformedFrame, match="makes no sense while the worker is"):
        conversation(*reports, has_job=has_job)
