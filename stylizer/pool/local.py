"""The engine of one machine: warm worker processes, one job at a time each.

Every slot has one worker process and one pipe to it; a queue shared by all would be left corrupt by a worker that is
killed in the middle of a write. A worker that dies or hangs fails only its own job, and its slot starts a new one.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import multiprocessing
import signal
import threading
from collections.abc import AsyncGenerator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from multiprocessing import resource_tracker
from multiprocessing.connection import wait
from typing import Self

from stylizer.errors import EngineClosed, PaintingTooSlow, PictureTooSlow, WorkerDied, WorkerFailed, WorkerNotReady
from stylizer.events import Event, Finished, Progress, Started
from stylizer.pool.engine import PaintingJob
from stylizer.pool.mailbox import Mailbox
from stylizer.pool.turns import Turns
from stylizer.pool.worker import (
    SIGNALS_LEFT_TO_THE_PARENT,
    Cancel,
    Failed,
    Goodbye,
    Idle,
    NotReady,
    OpenPainter,
    Order,
    Reading,
    Ready,
    open_vgg16_painter,
    serve,
)

log = logging.getLogger(__name__)

LONGEST_RESTART_DELAY_SECONDS = 60.0


class LocalEngine:
    """Paints in `workers` processes of this machine; an `Engine`.

    `devices` are shared out to the workers in turn, as CUDA_VISIBLE_DEVICES names them; empty leaves the choice to
    TensorFlow. A worker has `grace_seconds` to leave a cancelled job before it is killed, `start_timeout_seconds` to
    become warm, and is taken for hung when a job makes it say nothing for `silence_timeout_seconds`, or when a picture
    keeps it for `picture_timeout_seconds`. A job ends after `job_timeout_seconds`, whatever it tells. A worker that
    ended is replaced after `restart_delay_seconds`; the delay doubles, up to a minute, until a worker serves a job.

    With `memory_limit_bytes` a job may take so much memory beyond that of the warm worker, on Linux. What it wants
    beyond ends it with `OutOfMemory` or `PictureTooHeavy`; native code that cannot do without ends its process. Not
    tried on a GPU, whose driver takes memory of the processor as it likes.
    """

    def __init__(
        self,
        *,
        workers: int = 1,
        open_painter: OpenPainter = open_vgg16_painter,
        devices: Sequence[str] | None = None,
        grace_seconds: float = 2.0,
        start_timeout_seconds: float = 300.0,
        silence_timeout_seconds: float = 600.0,
        picture_timeout_seconds: float = 60.0,
        job_timeout_seconds: float = 6 * 3600.0,
        memory_limit_bytes: int | None = None,
        restart_delay_seconds: float = 0.5,
    ) -> None:
        if workers < 1:
            raise ValueError(f"workers must be at least 1, not {workers}")
        self._devices = [devices[slot % len(devices)] if devices else None for slot in range(workers)]
        self._open_painter = open_painter
        self._grace_seconds = grace_seconds
        self._start_timeout_seconds = start_timeout_seconds
        self._silence_timeout_seconds = silence_timeout_seconds
        self._picture_timeout_seconds = picture_timeout_seconds
        self._job_timeout_seconds = job_timeout_seconds
        self._memory_limit_bytes = memory_limit_bytes
        self._restart_delay_seconds = restart_delay_seconds
        self._workers: list[_Worker] = []
        self._replaced = 0
        self._keepers: list[asyncio.Task[None]] = []
        self._turns = Turns(workers)
        # None stands in the queue once the engine is closed.
        self._warm: asyncio.Queue[_Worker | None] = asyncio.Queue()
        self._releases: set[asyncio.Task[None]] = set()
        self._closing: asyncio.Task[None] | None = None

    @property
    def capacity(self) -> int:
        """How many jobs it paints at the same time."""
        return len(self._devices)

    @property
    def warm_workers(self) -> int:
        """How many workers paint, or could at once. Fewer than `capacity` while some are being replaced."""
        return sum(worker.is_warm() for worker in self._workers)

    @property
    def replaced_workers(self) -> int:
        """How many workers were started in place of one that ended, since the engine was opened."""
        return self._replaced

    async def __aenter__(self) -> Self:
        """Start all workers and wait until they are warm. Raises `WorkerNotReady` when one cannot start."""
        try:
            for slot in range(self.capacity):
                self._workers.append(self._start_worker(slot))
            for worker in self._workers:
                await worker.become_warm(timeout_seconds=self._start_timeout_seconds)
                self._warm.put_nowait(worker)
        except BaseException:
            await self.aclose()
            raise
        self._keepers = [asyncio.create_task(self._keep(slot)) for slot in range(self.capacity)]
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """End all workers in order; running and waiting jobs end with `EngineClosed`. Calling it twice is fine."""
        if self._closing is None:
            self._closing = asyncio.create_task(self._close())
        # Whoever closes may be cancelled; the workers end all the same.
        await asyncio.shield(self._closing)

    async def run(self, job: PaintingJob) -> AsyncGenerator[Event, None]:
        """Yield events as `Engine.run` says; raises `WorkerNotReady` as well, when no worker can be started again."""
        await self._turns.take()
        worker: _Worker | None = None
        try:
            worker = await self._warm_worker()
            events = worker.begin(job)
            deadline = asyncio.get_running_loop().time() + self._job_timeout_seconds
            reading: Reading | None = None
            while True:
                event = await self._next_event(worker, events, reading=reading, deadline=deadline)
                if isinstance(event, Reading):
                    reading = event
                    continue
                reading = None
                yield event
                if isinstance(event, Finished):
                    return
        finally:
            release = asyncio.create_task(self._release(worker))
            # The loop itself holds tasks weakly. A second cancellation ends the wait, not the release.
            self._releases.add(release)
            release.add_done_callback(self._releases.discard)
            await asyncio.shield(release)

    def _start_worker(self, slot: int) -> _Worker:
        return _Worker(slot, self._open_painter, self._devices[slot], self._memory_limit_bytes)

    async def _warm_worker(self) -> _Worker:
        try:
            async with asyncio.timeout(self._start_timeout_seconds):
                while True:
                    worker = await self._warm.get()
                    if worker is None or self._turns.are_over:
                        self._warm.put_nowait(None)
                        raise EngineClosed
                    if worker.is_alive():
                        return worker
        except TimeoutError as error:
            raise WorkerNotReady("no worker could be started again; the log says why.") from error

    async def _next_event(
        self, worker: _Worker, events: Mailbox, *, reading: Reading | None, deadline: float
    ) -> Event | Reading:
        """Wait for the worker's next word, as long as what it does may take; a worker that is hung is killed."""
        patience_seconds = self._picture_timeout_seconds if reading else self._silence_timeout_seconds
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout_at(min(loop.time() + patience_seconds, deadline)):
                return await events.get()
        except TimeoutError as error:
            if loop.time() >= deadline:
                raise PaintingTooSlow(self._job_timeout_seconds) from error
            log.warning("Worker %s said nothing for %g s: killed", worker.name, patience_seconds)
            worker.kill()
            if reading:
                raise PictureTooSlow(reading.picture, patience_seconds) from error
            raise WorkerFailed(f"it said nothing for {patience_seconds:g} seconds") from error

    async def _release(self, worker: _Worker | None) -> None:
        """Hand the turn on, once the worker has left the job or is dead."""
        try:
            if worker is not None and await worker.leave_job(grace_seconds=self._grace_seconds):
                self._warm.put_nowait(worker)
        finally:
            self._turns.hand_on()

    async def _keep(self, slot: int) -> None:
        """Replace the slot's worker whenever it ends."""
        delays = restart_delays(self._restart_delay_seconds)
        while True:
            worker = self._workers[slot]
            exit_code = await worker.ended()
            if worker.has_served:
                delays = restart_delays(self._restart_delay_seconds)
            log.warning("Worker %s ended (exit code %s); a new one starts", worker.name, exit_code)
            replaced = False
            while not replaced:
                await asyncio.sleep(next(delays))
                replaced = await self._replace(slot)

    async def _replace(self, slot: int) -> bool:
        try:
            worker = self._workers[slot] = self._start_worker(slot)
            await worker.become_warm(timeout_seconds=self._start_timeout_seconds)
        except Exception:  # beside WorkerNotReady: the system may have no process, thread or file to give just now
            log.exception("A worker cannot be started again yet")
            return False
        self._warm.put_nowait(worker)
        self._replaced += 1
        return True

    async def _close(self) -> None:
        self._turns.close()
        self._warm.put_nowait(None)
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        await asyncio.gather(*(worker.close(grace_seconds=self._grace_seconds) for worker in self._workers))
        await asyncio.gather(*self._releases)


def restart_delays(first_seconds: float) -> Iterator[float]:
    """Seconds to wait before each new start in a row: they double, up to a minute."""
    delay_seconds = first_seconds
    while True:
        yield delay_seconds
        delay_seconds = min(delay_seconds * 2, LONGEST_RESTART_DELAY_SECONDS)


class _Worker:
    """One worker process, from its start to its end.

    The process is started and reaped on the loop's thread alone: in `multiprocessing`, two threads that wait for one
    process race for its exit code. One thread reads the pipe as fast as the worker writes, another writes to it.
    """

    def __init__(
        self, slot: int, open_painter: OpenPainter, device: str | None, memory_limit_bytes: int | None
    ) -> None:
        """Start the process. Raises OSError when the system has none to give."""
        self.name = f"painter-{slot}"
        self.has_served = False
        """Whether it came to the end of a job."""
        self._loop = asyncio.get_running_loop()
        self._events = Mailbox(self._loop)
        self._answered = asyncio.Event()
        self._problem: WorkerNotReady | None = None
        self._free = asyncio.Event()
        self._ended: asyncio.Future[int | None] = self._loop.create_future()
        spawn = multiprocessing.get_context("spawn")
        self._connection, theirs = spawn.Pipe()
        self._process = spawn.Process(
            target=serve, args=(theirs, open_painter, device, memory_limit_bytes), name=self.name, daemon=True
        )
        # `start` would start it otherwise, and unblock the signals on the way.
        resource_tracker.ensure_running()
        # The child inherits what is blocked, and a Ctrl-C cannot end it before it ignores them.
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS_LEFT_TO_THE_PARENT)
        try:
            self._process.start()
        except BaseException:
            self._connection.close()
            raise
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
            # With a copy of the worker's end here, its death would not end the file.
            theirs.close()
        # An exit that forgets to close the engine would wait for ever: workers ignore SIGTERM.
        atexit.register(self._process.kill)
        self._sender = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"{self.name}-sender")
        threading.Thread(target=self._pump, name=f"{self.name}-pump", daemon=True).start()

    async def become_warm(self, *, timeout_seconds: float) -> None:
        """Wait for the painter. Raises `WorkerNotReady`, once the process is gone, when it cannot be opened."""
        try:
            async with asyncio.timeout(timeout_seconds):
                await self._answered.wait()
        except TimeoutError:
            self._problem = WorkerNotReady(f"it was not ready within {timeout_seconds:g} seconds.")
        if self._problem is not None:
            self.kill()
            await self.ended()
            raise self._problem

    def is_alive(self) -> bool:
        """Whether the process runs, known at once and not only when its pipe has told."""
        return not self._ended.done() and self._process.is_alive()

    def is_warm(self) -> bool:
        """Whether its painter is open and the process runs."""
        return self._answered.is_set() and self._problem is None and self.is_alive()

    def begin(self, job: PaintingJob) -> Mailbox:
        """Send the job and return where its events arrive."""
        self._free.clear()
        self._events = Mailbox(self._loop)
        self._send(job)
        return self._events

    async def leave_job(self, *, grace_seconds: float) -> bool:
        """Wait until the worker has left its job, at the latest after the grace period by killing it.

        True when it is warm and free, False when it has ended.
        """
        if not self._free.is_set():
            self._send(Cancel())
        try:
            async with asyncio.timeout(grace_seconds):
                await self._free.wait()
        except TimeoutError:
            log.warning("Worker %s did not leave its job within %g s: killed", self.name, grace_seconds)
            self.kill()
            await self.ended()
        return not self._ended.done()

    async def close(self, *, grace_seconds: float) -> None:
        """End the process and its job, at the latest after the grace period by killing it."""
        self._events.put(EngineClosed())
        self._send(Goodbye())
        try:
            async with asyncio.timeout(grace_seconds):
                await self.ended()
        except TimeoutError:
            log.warning("Worker %s did not end within %g s: killed", self.name, grace_seconds)
            self.kill()
            await self.ended()

    def kill(self) -> None:
        """End the process at once, if it has not ended."""
        if not self._ended.done():
            self._process.kill()

    async def ended(self) -> int | None:
        """Wait for the end of the process and return its exit code."""
        return await asyncio.shield(self._ended)

    def _send(self, order: Order) -> None:
        """Send in the background: a job of many megabytes fills the pipe, and waits for a worker that may be hung."""
        if not self._ended.done():
            self._sender.submit(self._deliver, order)

    def _deliver(self, order: Order) -> None:
        try:
            self._connection.send(order)
        except OSError:
            pass  # the worker has ended, as the pump will tell
        except Exception:
            log.exception("Worker %s cannot be told", self.name)
            self._events.put(WorkerFailed("the job could not be sent to it"))

    def _pump(self) -> None:
        """Pass on what the worker tells, until it ends."""
        try:
            self._pass_on()
        except (EOFError, OSError):
            pass
        except Exception:
            log.exception("Worker %s cannot be understood: killed", self.name)
            self.kill()
        wait([self._process.sentinel])
        with suppress(RuntimeError):  # of a loop that was closed before its engine: nobody is left to tell
            self._loop.call_soon_threadsafe(self._reap)

    def _pass_on(self) -> None:
        while True:
            match self._connection.recv():
                case Reading() | Started() | Progress() | Finished() as event:
                    self._events.put(event)
                case Failed(error):
                    self._events.put(error)
                case logging.LogRecord() as record:
                    logger = logging.getLogger(record.name)
                    if logger.isEnabledFor(record.levelno):
                        logger.handle(record)
                case report:
                    self._loop.call_soon_threadsafe(self._note, report)

    def _note(self, report: Ready | NotReady | Idle) -> None:
        match report:
            case Ready():
                self._answered.set()
            case NotReady(problem, error):
                self._problem = WorkerNotReady(problem)
                self._problem.__cause__ = error
                self._answered.set()
            case Idle():
                self.has_served = True
                self._free.set()

    def _reap(self) -> None:
        self._process.join()
        atexit.unregister(self._process.kill)
        # The sender closes what it writes to, so that nothing is ever written to a closed file, or to its successor.
        self._sender.submit(self._connection.close)
        self._sender.shutdown(wait=False)
        exit_code = self._process.exitcode
        self._process.close()
        self._events.put(WorkerDied(exit_code))
        self._problem = self._problem or WorkerNotReady(f"its process ended while it started (exit code {exit_code}).")
        self._ended.set_result(exit_code)
        self._answered.set()
        self._free.set()
