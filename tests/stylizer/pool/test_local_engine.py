"""Tests that need real worker processes."""

from __future__ import annotations

import asyncio
import logging
import os
import select
import signal
import subprocess
import sys
import tracemalloc
from contextlib import aclosing
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Self

import pytest

from stylizer.errors import CONTENT as CONTENT_NAME
from stylizer.errors import (
    EngineClosed,
    OutOfMemory,
    PaintingTooSlow,
    PictureTooHeavy,
    PictureTooSlow,
    UnreadableWeights,
    WorkerDied,
    WorkerFailed,
    WorkerNotReady,
)
from stylizer.events import Event, Finished, Progress, Started
from stylizer.pool import LocalEngine
from stylizer.pool.local import restart_delays
from stylizer.pool.worker import OpenPainter
from tests.stylizer.pictures import png_claiming
from tests.stylizer.pool import painters
from tests.stylizer.pool.studio import CONTENT, STYLE, NamedPipe, paint, process_of, stub_job

AS_GOOD_AS_FOREVER = 10**9
DEADLINE_SECONDS = 60.0
"""A test that waits so long has failed; on a busy machine processes start slowly."""


def open_engine(
    open_painter: OpenPainter = painters.open_stub,
    *,
    workers: int = 1,
    grace_seconds: float = DEADLINE_SECONDS,
    devices: tuple[str, ...] = (),
    memory_limit_bytes: int | None = None,
    late_start_timeout_seconds: float = DEADLINE_SECONDS,
    restart_timeout_seconds: float = DEADLINE_SECONDS,
    silence_timeout_seconds: float = DEADLINE_SECONDS,
    picture_timeout_seconds: float = DEADLINE_SECONDS,
    job_timeout_seconds: float = DEADLINE_SECONDS,
) -> LocalEngine:
    return LocalEngine(
        workers=workers,
        open_painter=open_painter,
        devices=devices,
        grace_seconds=grace_seconds,
        start_timeout_seconds=DEADLINE_SECONDS,
        late_start_timeout_seconds=late_start_timeout_seconds,
        restart_timeout_seconds=restart_timeout_seconds,
        silence_timeout_seconds=silence_timeout_seconds,
        picture_timeout_seconds=picture_timeout_seconds,
        job_timeout_seconds=job_timeout_seconds,
        restart_delay_seconds=0.01,
        memory_limit_bytes=memory_limit_bytes,
    )


async def test_all_workers_are_warm_before_the_first_job(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    async with open_engine(partial(painters.open_noted, str(notes)), workers=2) as engine:
        opened = {int(line) for line in notes.read_text().split()}
        assert len(opened) == 2
        assert process_of(await paint(engine, stub_job())) in opened


async def test_closing_the_engine_ends_thumbnails_being_made() -> None:
    engine = open_engine()
    async with engine:
        making = [
            asyncio.create_task(engine.make_thumbnail(CONTENT, name=CONTENT_NAME, longest_side_px=48)) for _ in range(3)
        ]
        await asyncio.sleep(0)  # let them begin
    outcomes = await asyncio.gather(*making, return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [EngineClosed] * 3


async def test_a_worker_paints_one_job_after_another() -> None:
    async with open_engine() as engine:
        assert process_of(await paint(engine, stub_job("a"))) == process_of(await paint(engine, stub_job("b")))


async def test_a_worker_leaves_a_canceled_job_between_two_steps_and_stays_warm() -> None:
    async with open_engine() as engine:
        async with aclosing(engine.run(stub_job(steps=AS_GOOD_AS_FOREVER))) as events:
            left = process_of([await anext(events)])
            assert isinstance(await anext(events), Progress)
        assert process_of(await paint(engine, stub_job())) == left


@pytest.mark.parametrize("mishap", ["hang", "hang in native code"])
async def test_a_worker_that_hangs_is_replaced_after_the_grace_period(mishap: str) -> None:
    async with open_engine(grace_seconds=0.1) as engine:
        async with aclosing(engine.run(stub_job(mishap=mishap))) as events:
            hung = process_of([await anext(events)])
            assert isinstance(await anext(events), Progress)
        assert not is_running(hung)
        assert process_of(await paint(engine, stub_job())) != hung


async def test_a_second_cancellation_does_not_reuse_a_hung_worker() -> None:
    async with open_engine(grace_seconds=0.1) as engine:
        events = engine.run(stub_job(mishap="hang"))
        hung = process_of([await anext(events)])
        assert isinstance(await anext(events), Progress)
        leaving = asyncio.create_task(events.aclose())
        await asyncio.sleep(0)
        leaving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaving
        assert process_of(await paint(engine, stub_job())) != hung
        assert not is_running(hung)


async def test_a_worker_that_sends_nothing_for_too_long_is_replaced() -> None:
    async with open_engine(silence_timeout_seconds=0.05) as engine:
        [hung] = engine.processes
        with pytest.raises(WorkerFailed, match=r"it sent nothing for 0\.05 seconds\. Try"):
            await paint(engine, stub_job(mishap="hang", mishap_at=1))
        assert not is_running(hung)
        await until_replaced(engine)


@pytest.mark.parametrize("mishap", ["hang", "hang in native code"])
async def test_a_picture_that_is_never_decoded_is_named(mishap: str) -> None:
    async with open_engine(picture_timeout_seconds=0.05) as engine:
        [hung] = engine.processes
        with pytest.raises(PictureTooSlow, match=r"^The content picture took longer than 0\.05 seconds to open\."):
            await paint(engine, stub_job(mishap=mishap, mishap_at=0))
        assert not is_running(hung)
        await until_replaced(engine)


async def test_a_job_that_takes_too_long_is_abandoned_by_its_worker() -> None:
    async with open_engine(job_timeout_seconds=0.3) as engine:
        worker = engine.processes
        for _ in range(2):
            with pytest.raises(
                PaintingTooSlow, match=r"^The painting took longer than 0\.005 minutes\. Choose a smaller"
            ):
                await paint(engine, stub_job(steps=AS_GOOD_AS_FOREVER))
        assert engine.processes == worker


async def test_a_worker_that_is_killed_while_it_reads_fails_only_its_own_job() -> None:
    async with open_engine() as engine:
        with pytest.raises(WorkerDied, match="exit code -9"):
            await paint(engine, stub_job(mishap="die", mishap_at=0))
        assert isinstance((await paint(engine, stub_job()))[-1], Finished)


async def test_masked_paintings_never_in_strips_must_be_smaller() -> None:
    async with open_engine(painters.open_strip_painter, memory_limit_bytes=512 * 512 * 250) as engine:
        assert engine.largest_side_px(64, 64) == 512
        assert engine.largest_side_px(64, 64, is_masked=True) == 256


async def test_exceeding_the_memory_limit_fails_only_its_own_job() -> None:
    async with open_engine(memory_limit_bytes=128 * 2**20) as engine:
        worker = process_of(await paint(engine, stub_job()))
        for mishap in ("take too much memory", "start a thread that takes too much memory"):
            with pytest.raises(OutOfMemory, match="isn't enough memory to paint 96 × 64 px"):
                await paint(engine, stub_job(mishap=mishap))
        with pytest.raises(
            PictureTooHeavy, match=r"^The content picture needs more memory to open than is available\. Use"
        ):
            await paint(engine, stub_job(content=png_claiming(6_000, 6_000)))
        assert process_of(await paint(engine, stub_job())) == worker


async def test_a_worker_whose_native_code_aborts_fails_only_its_own_job() -> None:
    async with open_engine() as engine:
        with pytest.raises(WorkerDied, match=r"exit code -6\), probably because memory ran out"):
            await paint(engine, stub_job(mishap="give up in native code"))
        assert isinstance((await paint(engine, stub_job()))[-1], Finished)


async def test_a_killed_worker_fails_its_job_with_its_exit_code() -> None:
    async with open_engine() as engine:
        with pytest.raises(WorkerDied, match="exit code -9") as raised:
            await paint(engine, stub_job(mishap="die"))
        assert raised.value.exit_code == -signal.SIGKILL
        assert "memory ran out" in str(raised.value)
        assert "a smaller size may help" in str(raised.value)


async def test_a_worker_killed_between_two_jobs_fails_no_job() -> None:
    async with open_engine() as engine:
        killed = process_of(await paint(engine, stub_job("a")))
        with watch(killed) as death:
            os.kill(killed, signal.SIGKILL)
            await death.wait()
        assert process_of(await paint(engine, stub_job("b"))) != killed


async def test_a_slot_retries_until_its_worker_starts_again(tmp_path: Path, pipe: NamedPipe) -> None:
    permit = tmp_path / "permit"
    permit.touch()
    async with open_engine(partial(painters.open_while_allowed, str(permit), str(pipe.path))) as engine:
        permit.unlink()
        with pytest.raises(WorkerDied):
            await paint(engine, stub_job(mishap="die"))
        for _ in range(2):
            await pipe.read()
        assert (engine.capacity, engine.replaced_workers) == (0, 0)
        permit.touch()
        assert isinstance((await paint(engine, stub_job()))[-1], Finished)
        assert (engine.capacity, engine.replaced_workers) == (1, 1)


async def test_a_job_does_not_wait_forever_for_a_worker_that_cannot_restart(tmp_path: Path, pipe: NamedPipe) -> None:
    permit = tmp_path / "permit"
    permit.touch()
    opener = partial(painters.open_while_allowed, str(permit), str(pipe.path))
    async with open_engine(opener, restart_timeout_seconds=0.05) as engine:
        permit.unlink()
        with pytest.raises(WorkerDied):
            await paint(engine, stub_job(mishap="die"))
        with pytest.raises(WorkerNotReady, match="no worker could be started again"):
            await paint(engine, stub_job())


async def test_a_process_that_the_system_cannot_start_is_said_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python"))
    with pytest.raises(WorkerNotReady, match=r"the system can't start a process \(No such file or directory\)\.$"):
        async with open_engine():
            pass


async def test_all_workers_start_at_once(pipe: NamedPipe) -> None:
    opener = partial(painters.open_after_the_other, str(pipe.path))
    async with open_engine(opener, workers=2, devices=("first", "second")) as engine:
        assert engine.capacity == 2


async def test_a_dead_device_does_not_affect_others_and_is_retried_until_it_is_back(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    permit = tmp_path / "permit"
    opener = partial(painters.open_on_sound_devices, str(permit))
    async with open_engine(opener, workers=3, devices=("good", "dead", "sound")) as engine:
        assert (engine.workers, engine.capacity) == (3, 2)
        problem = "Worker painter-1 can't start yet: The painter couldn't start: RuntimeError: CUDA_ERROR_ECC"
        assert any(message.startswith(problem) for message in caplog.messages)
        changed = asyncio.Event()
        engine.on_capacity_changed(changed.set)
        async with aclosing(engine.run(stub_job("a", steps=AS_GOOD_AS_FOREVER))) as a:
            assert isinstance(await anext(a), Started)
            assert isinstance((await paint(engine, stub_job("b")))[-1], Finished)
            permit.touch()
            async with asyncio.timeout(DEADLINE_SECONDS):
                await changed.wait()
            assert engine.capacity == 3


async def test_a_slow_device_does_not_delay_others(pipe: NamedPipe) -> None:
    opener = partial(painters.open_late_on_one, str(pipe.path))
    async with open_engine(opener, workers=2, devices=("good", "late"), late_start_timeout_seconds=0.05) as engine:
        assert engine.capacity == 1
        assert isinstance((await paint(engine, stub_job()))[-1], Finished)
        changed = asyncio.Event()
        engine.on_capacity_changed(changed.set)
        pipe.write()
        async with asyncio.timeout(DEADLINE_SECONDS):
            await changed.wait()
        assert (engine.capacity, engine.replaced_workers) == (2, 0)


async def test_the_end_of_a_worker_is_reported_at_once() -> None:
    async with open_engine(workers=2) as engine:
        warm: list[int] = []
        engine.on_capacity_changed(lambda: warm.append(engine.capacity))
        with pytest.raises(WorkerDied):
            await paint(engine, stub_job(mishap="die"))
        assert warm[0] == 1


async def test_replaced_workers_leave_no_open_files_behind() -> None:
    replaced = 3
    async with open_engine() as engine:
        before = open_files()
        for _ in range(replaced):
            with pytest.raises(WorkerDied):
                await paint(engine, stub_job(mishap="die"))
        await paint(engine, stub_job())
        # The last pipe is closed in the background.
        assert open_files() <= before + 1


def test_the_delay_between_restarts_grows_to_a_minute() -> None:
    assert list(islice(restart_delays(0.5), 10)) == [0.5, 1, 2, 4, 8, 16, 32, 60, 60, 60]


async def test_unsuitable_weights_are_reported_with_the_workers_own_error() -> None:
    with pytest.raises(WorkerNotReady, match=r"^The painter couldn't start: weights\.npz is damaged") as raised:
        await open_engine(painters.open_without_weights).__aenter__()
    assert isinstance(raised.value.__cause__, UnreadableWeights)


@pytest.mark.parametrize(
    ("open_painter", "sentence"),
    [
        (painters.open_with_a_mistake, r"couldn't start: ValueError: no such thing"),
        (painters.open_and_die, r"couldn't start: its process ended while it started \(exit code 3\)\.$"),
    ],
)
async def test_a_painter_that_cannot_be_opened_stops_startup(open_painter: OpenPainter, sentence: str) -> None:
    with pytest.raises(WorkerNotReady, match=sentence):
        await open_engine(open_painter, workers=2).__aenter__()


async def test_a_painter_that_never_warms_up_stops_startup() -> None:
    engine = LocalEngine(open_painter=painters.open_for_ever, start_timeout_seconds=0.05)
    with pytest.raises(WorkerNotReady, match=r"it wasn't ready within 0\.05 seconds\."):
        await engine.__aenter__()


async def test_an_unexpected_error_is_logged_but_not_shown(caplog: pytest.LogCaptureFixture) -> None:
    async with open_engine() as engine:
        with pytest.raises(
            WorkerFailed, match=r"^The painter failed: it raised an unexpected ValueError\. Try"
        ) as raised:
            await paint(engine, stub_job("unlucky", mishap="fail"))
        assert "secret" not in str(raised.value)
    (record,) = (record for record in caplog.records if record.name == "stylizer.pool.worker")
    assert record.levelno == logging.ERROR
    assert "Job unlucky failed" in record.message
    assert "ValueError: a secret of the house" in record.message


async def test_a_worker_with_an_unexpected_error_is_replaced() -> None:
    async with open_engine() as engine:
        shaken = process_of(await paint(engine, stub_job("a")))
        with watch(shaken) as death:
            with pytest.raises(WorkerFailed):
                await paint(engine, stub_job("unlucky", mishap="fail"))
            await death.wait()
        assert process_of(await paint(engine, stub_job("b"))) != shaken


async def test_worker_log_records_appear_in_the_parents_log(caplog: pytest.LogCaptureFixture) -> None:
    async with open_engine():
        assert "A stub is opened" in caplog.messages


async def test_too_little_memory_is_reported_with_the_size_that_did_not_fit() -> None:
    async with open_engine() as engine:
        worker = process_of(await paint(engine, stub_job("a")))
        with pytest.raises(OutOfMemory, match="isn't enough memory to paint 96 × 64 px"):
            await paint(engine, stub_job(mishap="run out of memory"))
        assert process_of(await paint(engine, stub_job("b"))) == worker


async def test_a_painter_that_stops_early_fails_its_job() -> None:
    async with open_engine() as engine:
        with pytest.raises(WorkerFailed, match="it stopped before the painting was finished"):
            await paint(engine, stub_job(mishap="stop"))


async def test_a_slow_reader_sees_the_latest_step_and_costs_little_memory(pipe: NamedPipe) -> None:
    steps, preview_bytes = 501, 100_000
    async with open_engine() as engine:
        job = stub_job(steps=steps, preview_bytes=preview_bytes, done=str(pipe.path))
        tracemalloc.start()
        try:
            async with aclosing(engine.run(job)) as events:
                output = [await anext(events)]
                await pipe.read()
                output += [event async for event in events]
            peak_bytes = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert isinstance(output[0], Started)
    assert isinstance(output[-1], Finished)
    steps_seen = [event.step for event in output if isinstance(event, Progress)]
    assert steps_seen[-1] == steps
    # Steps in the pipe's system buffer when the worker is done may still arrive one by one.
    assert len(steps_seen) < 20
    assert peak_bytes < steps * preview_bytes / 4


async def test_a_large_job_for_a_frozen_worker_does_not_delay_others() -> None:
    async with open_engine(grace_seconds=0.1) as engine:
        frozen = process_of(await paint(engine, stub_job("a")))
        os.kill(frozen, signal.SIGSTOP)
        waiting = asyncio.create_task(paint(engine, stub_job("large", style=bytes(32 * 2**20))))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert process_of(await paint(engine, stub_job("b"))) != frozen


async def test_a_large_job_arrives_complete() -> None:
    async with open_engine() as engine:
        events = await paint(engine, stub_job(style=STYLE + bytes(32 * 2**20)))
        assert isinstance(events[-1], Finished)


async def test_each_worker_has_its_own_device() -> None:
    async with (
        open_engine(workers=2, devices=("GPU-a", "GPU-b")) as engine,
        aclosing(engine.run(stub_job(steps=AS_GOOD_AS_FOREVER))) as a,
        aclosing(engine.run(stub_job(steps=AS_GOOD_AS_FOREVER))) as b,
    ):
        started: list[Event] = [await anext(a), await anext(b)]
        assert {event.precision for event in started if isinstance(event, Started)} == {"GPU-a", "GPU-b"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_signals_to_the_whole_group_do_not_end_a_painting(number: signal.Signals, pipe: NamedPipe) -> None:
    async with open_engine() as engine, aclosing(engine.run(stub_job(gate=str(pipe.path)))) as events:
        started = await anext(events)
        os.kill(process_of([started]), number)
        pipe.write(3)
        assert isinstance([event async for event in events][-1], Finished)


async def test_closing_shuts_down_every_worker_cleanly() -> None:
    async with open_engine(workers=2) as engine:
        idle = process_of(await paint(engine, stub_job()))
        events = [engine.run(stub_job(steps=AS_GOOD_AS_FOREVER)) for _ in range(2)]
        busy = {process_of([await anext(painting)]) for painting in events}
    assert idle in busy
    assert [worker and await worker.ended() for worker in engine._workers] == [0, 0]
    for painting in events:
        # Events from before the end are still delivered.
        with pytest.raises(EngineClosed):
            _ = [event async for event in painting]


async def test_closing_kills_a_worker_that_does_not_end() -> None:
    async with open_engine(grace_seconds=0.1) as engine:
        frozen = process_of(await paint(engine, stub_job()))
        os.kill(frozen, signal.SIGSTOP)
    assert not is_running(frozen)


async def test_a_canceled_startup_leaves_no_process_behind(pipe: NamedPipe) -> None:
    engine = open_engine(partial(painters.signal_and_hang, str(pipe.path)))
    starting = asyncio.create_task(engine.__aenter__())
    await pipe.read()
    [process] = engine.processes
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert not is_running(process)


@pytest.mark.parametrize("mishap", ["hang", "hang in native code", "paint on"])
def test_a_worker_exits_after_its_parent_is_killed(mishap: str) -> None:
    with parent_of_a_worker(mishap) as parent:
        assert parent.stdout is not None
        with watch(int(parent.stdout.readline())) as death:
            parent.kill()
            parent.wait()
            assert death.comes_within(DEADLINE_SECONDS)


def test_a_parent_that_forgets_to_close_its_engine_leaves_no_worker_behind() -> None:
    with parent_of_a_worker("hang") as parent:
        assert parent.stdout is not None
        assert parent.stdin is not None
        with watch(int(parent.stdout.readline())) as death:
            parent.stdin.close()
            assert parent.wait(DEADLINE_SECONDS) == 0
            assert death.comes_within(DEADLINE_SECONDS)


def test_only_workers_import_tensorflow() -> None:
    program = "import sys, stylizer.pool; sys.exit('tensorflow' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)


def test_an_engine_needs_a_worker() -> None:
    with pytest.raises(ValueError, match="workers must be at least 1, not 0"):
        LocalEngine(workers=0)


async def until_replaced(engine: LocalEngine) -> None:
    """Wait until a worker is ready in place of one that ended."""
    changed = asyncio.Event()
    engine.on_capacity_changed(changed.set)
    async with asyncio.timeout(DEADLINE_SECONDS):
        while (engine.capacity, engine.replaced_workers) != (1, 1):
            await changed.wait()
            changed.clear()


def parent_of_a_worker(mishap: str) -> subprocess.Popen[str]:
    """A process whose engine is running a job; it prints the worker's process ID, and ends with its input."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.stylizer.pool.parent", mishap],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def is_running(process: int | None) -> bool:
    assert process is not None
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


class watch:  # noqa: N801 - reads as a verb: with watch(process) as death
    """Watch for the end of any process, even one that isn't a child."""

    def __init__(self, process: int) -> None:
        self._descriptor = os.pidfd_open(process)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        os.close(self._descriptor)

    def comes_within(self, seconds: float) -> bool:
        return bool(select.select([self._descriptor], [], [], seconds)[0])

    async def wait(self) -> None:
        assert await asyncio.to_thread(self.comes_within, DEADLINE_SECONDS)
