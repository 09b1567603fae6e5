"""The engine of one machine: warm worker processes, each of which paints one job at a time.

Each slot has one worker process with its own pipe: a queue shared by all could be corrupted by a worker that is killed
in the middle of a write. A worker that dies or hangs fails only its own job, and its slot starts a new one.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import pickle
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any, Self, TypeVar

from stylizer.comparison import Comparison
from stylizer.errors import (
    EngineClosed,
    PaintingTooSlow,
    PictureName,
    PictureTooSlow,
    WorkerDied,
    WorkerFailed,
    WorkerNotReady,
)
from stylizer.events import Event, Finished
from stylizer.isolation import WorkerUser, program_environment
from stylizer.memory import CanvasMemory, longest_side_px
from stylizer.pool.engine import PaintingJob
from stylizer.pool.mailbox import Mailbox
from stylizer.pool.oneshot import make_comparison, make_thumbnail
from stylizer.pool.protocol import (
    MAX_FRAME_BYTES,
    Cancel,
    Command,
    Conversation,
    Failed,
    Goodbye,
    HasFinished,
    HasProgressed,
    HasStarted,
    Idle,
    LogLine,
    NotReady,
    Opening,
    Paint,
    Reading,
    Ready,
    Report,
    decode_report,
    encode,
    receive_frame,
    send_frame,
    to_error,
    to_log_record,
)
from stylizer.pool.turns import Turns
from stylizer.pool.worker import SIGNALS_LEFT_TO_THE_PARENT, OpenPainter, open_vgg16_painter
from stylizer.step_cost import StepCost

log = logging.getLogger(__name__)

Made = TypeVar("Made")

MAX_ONESHOTS_AT_ONCE = 2
"""Each takes up to a gigabyte, for a moment."""
MAX_RESTART_DELAY_SECONDS = 60.0


class LocalEngine:
    """Paints in `workers` processes of this machine; an `Engine`.

    `devices`, as CUDA_VISIBLE_DEVICES names them, are assigned to the workers in turn; if empty, TensorFlow chooses. A
    worker has `start_timeout_seconds` to become ready and `grace_seconds` to leave a canceled job before it is killed.
    Once one is ready, the engine opens after another `late_start_timeout_seconds`, and the others continue to start.
    While none is ready, a job waits `restart_timeout_seconds` for one. A worker counts as hung when it sends nothing
    for `silence_timeout_seconds` during a job, or decodes one picture for `picture_timeout_seconds`. A job ends after
    `job_timeout_seconds` in any case. A worker that ended, or couldn't start, is replaced after
    `restart_delay_seconds`; the delay doubles, up to a minute, until a worker serves a job.

    Workers have an environment of their own, without settings and secrets, and run as `user` before they read their
    first job; None means this process's user.

    On Linux, `memory_limit_bytes` limits what a job may take beyond the warm worker. A job that wants more ends with
    `OutOfMemory` or `PictureTooHeavy`; native code that can't continue without it ends its process. Untested on a GPU,
    whose driver takes unpredictable amounts of host memory.
    """

    def __init__(  # noqa: PLR0913 - each of these is a setting of its own
        self,
        *,
        workers: int = 1,
        open_painter: OpenPainter = open_vgg16_painter,
        devices: Sequence[str] | None = None,
        grace_seconds: float = 2.0,
        start_timeout_seconds: float = 300.0,
        late_start_timeout_seconds: float = 30.0,
        restart_timeout_seconds: float = 300.0,
        silence_timeout_seconds: float = 600.0,
        picture_timeout_seconds: float = 60.0,
        job_timeout_seconds: float = 6 * 3600.0,
        memory_limit_bytes: int | None = None,
        restart_delay_seconds: float = 0.5,
        user: WorkerUser | None = None,
    ) -> None:
        if workers < 1:
            raise ValueError(f"workers must be at least 1, not {workers}")
        self._devices = [devices[slot % len(devices)] if devices else None for slot in range(workers)]
        self._grace_seconds = grace_seconds
        self._start_timeout_seconds = start_timeout_seconds
        self._late_start_timeout_seconds = late_start_timeout_seconds
        self._restart_timeout_seconds = restart_timeout_seconds
        self._silence_timeout_seconds = silence_timeout_seconds
        self._picture_timeout_seconds = picture_timeout_seconds
        self._job_timeout_seconds = job_timeout_seconds
        self.memory_limit_bytes = memory_limit_bytes
        self._restart_delay_seconds = restart_delay_seconds
        self._user = user
        self._opening = Opening(pickle.dumps(open_painter), memory_limit_bytes)
        self._workers: list[_Worker | None] = [None] * workers
        self._problems: list[WorkerNotReady | None] = [None] * workers
        """Why a slot's latest worker didn't become ready."""
        self._replaced = 0
        self._slot_tasks: list[asyncio.Task[None]] = []
        self._turns: Turns[_Worker] = Turns()
        self._watchers: list[Callable[[], None]] = []
        self._changed = asyncio.Event()
        self._is_open = False
        self._releases: set[asyncio.Task[None]] = set()
        self._closing: asyncio.Task[None] | None = None
        self._oneshots = asyncio.Semaphore(MAX_ONESHOTS_AT_ONCE)
        self._making: set[asyncio.Task[Any]] = set()

    @property
    def workers(self) -> int:
        """How many workers it was given."""
        return len(self._devices)

    @property
    def capacity(self) -> int:
        """How many workers are ready or painting. Fewer than `workers` while some are being replaced."""
        return sum(worker is not None and worker.is_warm() for worker in self._workers)

    @property
    def processes(self) -> tuple[int, ...]:
        """The process IDs of the workers that run, those that are still starting included."""
        return tuple(worker.process for worker in self._workers if worker is not None and worker.is_alive())

    @property
    def replaced_workers(self) -> int:
        """How many workers were started in place of one that ended, since the engine was opened."""
        return self._replaced

    def on_capacity_changed(self, notify: Callable[[], None]) -> None:
        """Call `notify` on the event loop whenever a worker has become ready, or has ended."""
        self._watchers.append(notify)

    def largest_side_px(self, width: int, height: int, *, is_masked: bool = False) -> int | None:
        """The longest side of the largest painting that every ready worker has memory for; None if none knows."""
        known = [worker.largest_pixels(is_masked=is_masked) for worker in self._workers if worker]
        sizes = [size for size in known if size is not None]
        return longest_side_px(min(sizes), width=width, height=height) if sizes else None

    @property
    def step_cost(self) -> StepCost | None:
        """What a ready worker has measured last; None if none has."""
        costs = (worker.step_cost for worker in self._workers if worker is not None and worker.is_warm())
        return next((cost for cost in costs if cost is not None), None)

    async def make_thumbnail(self, picture: bytes, *, name: PictureName, longest_side_px: int) -> bytes:
        """Make it in a process of its own, as `Engine.make_thumbnail` says; a few at once."""
        make = partial(make_thumbnail, picture, name=name, longest_side_px=longest_side_px, user=self._user)
        return await self._outside_workers(make)

    async def make_comparison(
        self, content: bytes, painting: bytes, *, longest_side_px: int, gif_limit_bytes: int
    ) -> Comparison:
        """Make it in a process of its own, as `Engine.make_comparison` says; a few at once."""
        make = partial(
            make_comparison,
            content,
            painting,
            longest_side_px=longest_side_px,
            gif_limit_bytes=gif_limit_bytes,
            user=self._user,
        )
        return await self._outside_workers(make)

    async def _outside_workers(self, make: Callable[[], Coroutine[Any, Any, Made]]) -> Made:
        """Let a process of its own make something. Raises `EngineClosed` if the engine is closed first."""
        async with self._oneshots:
            if self._turns.is_closed:
                raise EngineClosed
            making = asyncio.create_task(make())
            self._making.add(making)
            try:
                await asyncio.wait([making])
            finally:
                making.cancel()  # which kills the process
                await asyncio.wait([making])
                self._making.discard(making)
            if making.cancelled():
                raise EngineClosed
            return making.result()

    async def __aenter__(self) -> Self:
        """Start all workers at once, and wait until they are ready.

        Once one is, the others get `late_start_timeout_seconds`.

        Raises `WorkerNotReady` when none can start.
        """
        try:
            self._slot_tasks = [asyncio.create_task(self._keep_running(slot)) for slot in range(self.workers)]
            await self._until_warm()
            self._is_open = True
            for slot, problem in enumerate(self._problems):
                if problem is not None:
                    self._log_problem(slot, problem)
        except BaseException:
            await self.aclose()
            raise
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Shut down all workers; running and waiting jobs end with `EngineClosed`. Calling it twice is fine."""
        if self._closing is None:
            self._closing = asyncio.create_task(self._close())
        # Even if the caller is canceled, the workers shut down.
        await asyncio.shield(self._closing)

    async def run(self, job: PaintingJob) -> AsyncGenerator[Event, None]:
        """Yield events as `Engine.run` says; also raises `WorkerNotReady` when no worker can be started again."""
        worker = await self._free_worker()
        try:
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
            # The event loop only holds tasks weakly. A second cancellation ends the wait, not the release.
            self._releases.add(release)
            release.add_done_callback(self._releases.discard)
            await asyncio.shield(release)

    async def _until_warm(self) -> None:
        while not self.capacity:
            if all(self._problems):
                raise next(problem for problem in self._problems if problem is not None)
            await self._until_changed()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._late_start_timeout_seconds):
                while self._is_any_starting():
                    await self._until_changed()

    def _is_any_starting(self) -> bool:
        """Whether a worker is still starting."""
        return any(
            problem is None and not (worker is not None and worker.is_warm())
            for worker, problem in zip(self._workers, self._problems, strict=True)
        )

    async def _until_changed(self) -> None:
        self._changed.clear()
        await self._changed.wait()

    def _note_change(self) -> None:
        self._changed.set()
        for notify in self._watchers:
            # Not directly, because their errors must not end a slot.
            asyncio.get_running_loop().call_soon(notify)

    async def _free_worker(self) -> _Worker:
        try:
            while True:
                worker = await self._turns.take(
                    timeout_seconds=self._restart_timeout_seconds, may_give_up=lambda: not self.capacity
                )
                if self._turns.is_closed:
                    raise EngineClosed
                if worker.is_alive():
                    return worker
        except TimeoutError as error:
            raise WorkerNotReady("no worker could be started again; the log says why.") from error

    async def _next_event(
        self, worker: _Worker, events: Mailbox, *, reading: Reading | None, deadline: float
    ) -> Event | Reading:
        """Wait for the worker's next event as long as it may take, then kill the worker: it hangs."""
        timeout_seconds = self._picture_timeout_seconds if reading else self._silence_timeout_seconds
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout_at(min(loop.time() + timeout_seconds, deadline)):
                return await events.get()
        except TimeoutError as error:
            if loop.time() >= deadline:
                raise PaintingTooSlow(self._job_timeout_seconds / 60) from error
            log.warning("Worker %s sent nothing for %g s; killed", worker.name, timeout_seconds)
            worker.kill()
            if reading:
                raise PictureTooSlow(*PictureName(reading.picture), timeout_seconds) from error
            raise WorkerFailed(f"it sent nothing for {timeout_seconds:g} seconds") from error

    async def _release(self, worker: _Worker) -> None:
        """Return the worker to the pool once it has left the job, unless it is dead."""
        if await worker.leave_job(grace_seconds=self._grace_seconds):
            self._turns.hand_in(worker)

    async def _keep_running(self, slot: int) -> None:
        """Start a worker in the slot, and a new one whenever it ends."""
        delays = restart_delays(self._restart_delay_seconds)
        is_first = True
        while True:
            try:
                worker = await self._start(slot)
            except WorkerNotReady as error:
                self._problems[slot] = error
                if self._is_open:
                    self._log_problem(slot, error)
                self._changed.set()
            else:
                self._problems[slot] = None
                self._replaced += not is_first
                self._turns.hand_in(worker)
                self._note_change()
                exit_code = await worker.ended()
                self._note_change()
                if worker.has_served:
                    delays = restart_delays(self._restart_delay_seconds)
                log.warning("Worker %s ended (exit code %s); a new one starts", worker.name, exit_code)
            is_first = False
            await asyncio.sleep(next(delays))

    async def _start(self, slot: int) -> _Worker:
        device = self._devices[slot]
        name = f"painter-{slot}" if device is None else f"painter-{slot} on {device}"
        try:
            worker = self._workers[slot] = _Worker(name, self._opening, device, self._user)
        except (OSError, RuntimeError) as error:  # there is no room for a process, or for the threads that serve it
            reason = (error.strerror if isinstance(error, OSError) else None) or error
            raise WorkerNotReady(f"the system can't start a process ({reason}).") from error
        await worker.become_warm(timeout_seconds=self._start_timeout_seconds)
        return worker

    def _log_problem(self, slot: int, problem: WorkerNotReady) -> None:
        log.warning("Worker painter-%d can't start yet: %s", slot, problem)

    async def _close(self) -> None:
        self._turns.close()
        for task in (*self._slot_tasks, *self._making):
            task.cancel()
        await asyncio.gather(*self._slot_tasks, *self._making, return_exceptions=True)
        workers = [worker for worker in self._workers if worker is not None]
        await asyncio.gather(*(worker.close(grace_seconds=self._grace_seconds) for worker in workers))
        await asyncio.gather(*self._releases)


def restart_delays(first_seconds: float) -> Iterator[float]:
    """Yield the seconds to wait before each restart: doubling, up to a minute."""
    delay_seconds = first_seconds
    while True:
        yield delay_seconds
        delay_seconds = min(delay_seconds * 2, MAX_RESTART_DELAY_SECONDS)


class _Worker:
    """One worker process, from start to end.

    One thread reads the pipe as fast as the worker writes, and waits for the process; another writes to the pipe.
    """

    def __init__(self, name: str, opening: Opening, device: str | None, user: WorkerUser | None) -> None:
        """Start the process, and threads that serve it. Raises OSError or RuntimeError when the system can't."""
        self.name = name
        self.has_served = False
        """Whether it has become idle again after a job, however that ended."""
        self.step_cost: StepCost | None = None
        """How long a step takes, as its painter measured last; None if unknown."""
        self._limit_bytes = opening.memory_limit_bytes
        self._loop = asyncio.get_running_loop()
        self._events = Mailbox(self._loop)
        self._conversation = Conversation()
        self._answered = asyncio.Event()
        self._problem: WorkerNotReady | None = None
        self._memory: CanvasMemory | None = None
        self._free = asyncio.Event()
        self._is_ending = False
        self._ended: asyncio.Future[int] = self._loop.create_future()
        self._connection, theirs = socket.socketpair()
        descriptor = theirs.fileno()
        ids = [] if user is None else [str(user.uid), str(user.gid)]
        # The child inherits blocked signals, so that a Ctrl-C can't end it before it ignores them.
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS_LEFT_TO_THE_PARENT)
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                # -P leaves out the current folder; PYTHONPATH has everything.
                [sys.executable, "-P", "-m", "stylizer.worker", str(descriptor), *ids],
                env=_environment(device),
                stdin=subprocess.DEVNULL,
                pass_fds=[descriptor],
            )
        except BaseException:
            self._connection.close()
            raise
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
            # A copy of the worker's end here would keep its death from showing as end of file.
            theirs.close()
        # Else a program that exits without closing the engine would leave it behind: workers ignore SIGTERM.
        atexit.register(self._process.kill)
        self._sender = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"{self.name}-sender")
        self._send(opening)
        threading.Thread(target=self._pump, name=f"{self.name}-pump", daemon=True).start()

    async def become_warm(self, *, timeout_seconds: float) -> None:
        """Wait until the painter is open. If it can't be, waits for the process to end and raises `WorkerNotReady`."""
        try:
            async with asyncio.timeout(timeout_seconds):
                await self._answered.wait()
        except TimeoutError:
            self._problem = WorkerNotReady(f"it wasn't ready within {timeout_seconds:g} seconds.")
        if self._problem is not None:
            self.kill()
            await self.ended()
            raise self._problem

    @property
    def process(self) -> int:
        """The ID of its process."""
        return self._process.pid

    def is_alive(self) -> bool:
        """Whether the process runs; known at once, and not only after its pipe has closed."""
        # `poll` can't find out while the pump waits for the process.
        return not self._is_ending and self._process.poll() is None

    def is_warm(self) -> bool:
        """Whether its painter is open and the process runs."""
        return self._answered.is_set() and self._problem is None and self.is_alive()

    def largest_pixels(self, *, is_masked: bool) -> int | None:
        """The largest canvas that it has memory for now, in pixels; None if unknown."""
        if self._memory is None or not self.is_warm():
            return None
        memory = self._memory.masked() if is_masked else self._memory
        return memory.largest_pixels(process=self.process, limit_bytes=self._limit_bytes)

    def begin(self, job: PaintingJob) -> Mailbox:
        """Send the job and return the mailbox of its events."""
        self._free.clear()
        self._events = Mailbox(self._loop)
        self._conversation.give_job(job.attempt, styles=len(job.styles))
        self._send(Paint(job))
        return self._events

    async def leave_job(self, *, grace_seconds: float) -> bool:
        """Wait until the worker has left its job; after the grace period, kill it.

        True if it is free, False if it has ended.
        """
        if not self._free.is_set():
            self._conversation.cancel_job()
            self._send(Cancel())
        try:
            async with asyncio.timeout(grace_seconds):
                await self._free.wait()
        except TimeoutError:
            log.warning("Worker %s didn't leave its job within %g s; killed", self.name, grace_seconds)
            self.kill()
            await self.ended()
        return not self._ended.done()

    async def close(self, *, grace_seconds: float) -> None:
        """Shut down the process and its job; after the grace period, kill it."""
        self._events.put(EngineClosed())
        self._send(Goodbye())
        try:
            async with asyncio.timeout(grace_seconds):
                await self.ended()
        except TimeoutError:
            log.warning("Worker %s didn't exit within %g s; killed", self.name, grace_seconds)
            self.kill()
            await self.ended()

    def kill(self) -> None:
        """Kill the process, if it hasn't ended."""
        if not self._is_ending:
            self._process.kill()

    async def ended(self) -> int:
        """Wait for the end of the process and return its exit code."""
        return await asyncio.shield(self._ended)

    def _send(self, command: Command) -> None:
        """Send in the background: a job of many megabytes fills the pipe, and would wait for a worker that hangs."""
        if not self._ended.done():
            self._sender.submit(self._deliver, command)

    def _deliver(self, command: Command) -> None:
        try:
            send_frame(self._connection, encode(command))
        except OSError:
            pass  # the worker has ended; the pump will report it
        except Exception:
            log.exception("Can't send to worker %s", self.name)
            self._events.put(WorkerFailed("the job couldn't be sent to it"))

    def _pump(self) -> None:
        """Pass on what the worker sends until it ends. A worker that can't be understood is killed."""
        try:
            while True:
                self._handle(decode_report(receive_frame(self._connection, max_bytes=MAX_FRAME_BYTES)))
        except (EOFError, OSError):
            pass
        except Exception:
            log.exception("Worker %s sent a malformed frame; killed", self.name)
            with suppress(RuntimeError):
                self._events.put(WorkerFailed("it sent something that makes no sense"))
        self._is_ending = True
        self._process.kill()
        self._process.wait()
        with suppress(RuntimeError):  # the loop was closed before its engine: nobody is left to notify
            self._loop.call_soon_threadsafe(self._reap)

    def _handle(self, report: Report) -> None:
        self._conversation.note(report)
        match report:
            case LogLine():
                record = to_log_record(report)
                # Loggers are never freed, so a worker must not create new ones here.
                known = record.name in logging.root.manager.loggerDict
                logger = logging.getLogger(record.name) if known else log
                if logger.isEnabledFor(record.levelno):
                    logger.handle(record)
            case Reading():
                self._events.put(report)
            case HasStarted(event) | HasProgressed(event) | HasFinished(event):
                if isinstance(event, Finished) and event.step_cost is not None:
                    self.step_cost = event.step_cost
                self._events.put(event)
            case Failed(problem):
                self._events.put(to_error(problem))
            case Ready() | NotReady() | Idle():
                self._loop.call_soon_threadsafe(self._update_state, report)

    def _update_state(self, report: Ready | NotReady | Idle) -> None:
        match report:
            case Ready(memory, step_cost):
                self._memory, self.step_cost = memory, step_cost
                self._answered.set()
            case NotReady(sentence, problem):
                self._problem = WorkerNotReady(sentence)
                self._problem.__cause__ = None if problem is None else to_error(problem)
                self._answered.set()
            case Idle():
                self.has_served = True
                self._free.set()

    def _reap(self) -> None:
        atexit.unregister(self._process.kill)
        # The sender closes its own pipe, so that nothing is written to a closed file, or to another file with its
        # number.
        self._sender.submit(self._connection.close)
        self._sender.shutdown(wait=False)
        exit_code = self._process.returncode
        self._events.put(WorkerDied(exit_code))
        if self._problem is None and not self._answered.is_set():  # one that was ready is only replaced
            self._problem = WorkerNotReady(f"its process ended while it started (exit code {exit_code}).")
        self._ended.set_result(exit_code)
        self._answered.set()
        self._free.set()


def _environment(device: str | None) -> dict[str, str]:
    """The environment of a worker's process, which finds the code where this process does."""
    environment = program_environment()
    if device is not None:
        environment["CUDA_VISIBLE_DEVICES"] = device
    return environment
