"""Adapters that let the bot run on simcord's simulated Discord, for the demo and for behavior tests.

simcord tracks all work that the bot starts, and an operation on it returns when that work is done. Two things are
outside its control: the painter, which may be another process and takes its time, and attachments, which simcord keeps
in memory instead of serving them over HTTP. So:

    simulation = Simulation()
    async with (
        open_app(settings, engine=simulation.engine(LocalEngine()), download=simulation.download) as app,
        simulation.run(app.client) as env,
    ):
        ...
"""

from __future__ import annotations

import asyncio
import contextvars
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any, Self, TypeVar

import discord
import simcord
from simcord.backend.cdn import CDN_BASE

from bot.client import AtelierClient
from bot.errors import AttachmentGone, FileTooLarge
from bot.files.store import Write
from bot.sources.picture import CDN, MEDIA_HOST
from stylizer.events import Event
from stylizer.pool import Comparison, Engine, PaintingJob, PictureName, PictureRole, StepCost

T = TypeVar("T")

READY_TURNS = 5
"""Turns of the event loop within which an engine that waits for nothing has its next event."""


class Simulation:
    """Connects one simcord environment to the painter and to attachments."""

    def __init__(self) -> None:
        self._env: simcord.Env | None = None

    @asynccontextmanager
    async def run(self, client: AtelierClient, **options: Any) -> AsyncIterator[simcord.Env]:
        """Run simcord around this client, like `simcord.run`, which gets the options."""
        async with simcord.run(client, shard_count=1, **options) as env:
            self.attach(env)
            yield env

    def attach(self, env: simcord.Env) -> None:
        """Use an environment that someone else runs, such as a fixture, which can't keep `simcord.run` open."""
        self._env = env

    def engine(self, engine: Engine) -> SimulatedEngine:
        """Wrap an engine so that simcord doesn't wait for it."""
        return SimulatedEngine(engine, self)

    async def download(self, role: PictureRole, url: str, *, write: Write, limit_bytes: int) -> None:
        """Fetch an attachment, a sticker or an avatar from simcord's memory."""
        # discord.py builds the URLs of stickers and avatars itself, but simcord stores all files under its own address.
        stored_at = re.sub(rf"^({re.escape(CDN)}|https://{re.escape(MEDIA_HOST)})", CDN_BASE, url).partition("?")[0]
        try:
            content = await self.env.bot.http.get_from_cdn(stored_at)
        except discord.HTTPException as error:
            raise AttachmentGone(role, error.status) from error
        if len(content) > limit_bytes:
            raise FileTooLarge(role, None, limit_bytes)
        await write(content)

    @staticmethod
    def call_later(delay_seconds: float, callback: Callable[[], object]) -> asyncio.TimerHandle:
        """Call a function after a delay in real time; simcord's operations don't wait for it."""
        caller = contextvars.copy_context()  # simcord recognizes the bot's work by it
        loop = asyncio.get_running_loop()
        return contextvars.Context().run(loop.call_later, delay_seconds, lambda: caller.run(callback))

    @property
    def env(self) -> simcord.Env:
        """The running environment."""
        if self._env is None:
            raise RuntimeError("enter Simulation.run() first")
        return self._env

    async def run_outside(self, work: Coroutine[Any, Any, T], *, reason: str) -> T:
        """Await work that simcord must not wait for, in a task that it doesn't track."""
        if self._env is None:  # the bot is still being opened
            return await work
        task = contextvars.Context().run(asyncio.create_task, work)
        try:
            # What is ready needs no wait. As one, simcord's operations might return just before it.
            for _ in range(READY_TURNS):
                if task.done():
                    return task.result()
                await asyncio.sleep(0)
            with suppress(simcord.SetupError):  # simcord doesn't wait for the caller either, such as the schedule
                await self.env.external_wait(task, reason=reason)
            return await task
        except asyncio.CancelledError:
            if not task.cancelling():
                task.cancel()
            await asyncio.wait([task])
            raise


class EngineWrapper:
    """Passes everything on to another engine; subclasses change a part of it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @property
    def capacity(self) -> int:
        """See `Engine`."""
        return self._engine.capacity

    @property
    def workers(self) -> int:
        """See `Engine`."""
        return self._engine.workers

    @property
    def replaced_workers(self) -> int:
        """See `Engine`."""
        return self._engine.replaced_workers

    @property
    def step_cost(self) -> StepCost | None:
        """See `Engine`."""
        return self._engine.step_cost

    def on_capacity_changed(self, notify: Callable[[], None]) -> None:
        """See `Engine`."""
        self._engine.on_capacity_changed(notify)

    def largest_side_px(self, width: int, height: int, *, is_masked: bool = False) -> int | None:
        """See `Engine`."""
        return self._engine.largest_side_px(width, height, is_masked=is_masked)

    async def make_thumbnail(self, picture: bytes, *, name: PictureName, longest_side_px: int) -> bytes:
        """See `Engine`."""
        return await self._engine.make_thumbnail(picture, name=name, longest_side_px=longest_side_px)

    async def make_comparison(
        self, content: bytes, painting: bytes, *, longest_side_px: int, gif_limit_bytes: int
    ) -> Comparison:
        """See `Engine`."""
        return await self._engine.make_comparison(
            content, painting, longest_side_px=longest_side_px, gif_limit_bytes=gif_limit_bytes
        )

    def run(self, job: PaintingJob) -> AsyncGenerator[Event, None]:
        """See `Engine`."""
        return self._engine.run(job)

    async def aclose(self) -> None:
        """See `Engine`."""
        await self._engine.aclose()

    async def __aenter__(self) -> Self:
        await self._engine.__aenter__()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self._engine.__aexit__(*exc_info)


class SimulatedEngine(EngineWrapper):
    """Declares each of the engine's waits to simcord, so that simcord's operations don't wait for the painter."""

    def __init__(self, engine: Engine, simulation: Simulation) -> None:
        super().__init__(engine)
        self._simulation = simulation
        self._bot_context: contextvars.Context | None = None

    def on_capacity_changed(self, notify: Callable[[], None]) -> None:
        """See `Engine`. To simcord, what `notify` starts is the bot's work, not the engine's."""
        self._engine.on_capacity_changed(lambda: self._run_in_bot_context(notify))

    def _run_in_bot_context(self, notify: Callable[[], None]) -> None:
        if self._bot_context is None:  # nothing has been painted yet, so nothing is waiting for a worker
            notify()
        else:
            self._bot_context.copy().run(notify)

    async def make_thumbnail(self, picture: bytes, *, name: PictureName, longest_side_px: int) -> bytes:
        """See `Engine`."""
        making = self._engine.make_thumbnail(picture, name=name, longest_side_px=longest_side_px)
        return await self._simulation.run_outside(making, reason="making a thumbnail")

    async def make_comparison(
        self, content: bytes, painting: bytes, *, longest_side_px: int, gif_limit_bytes: int
    ) -> Comparison:
        """See `Engine`."""
        making = self._engine.make_comparison(
            content, painting, longest_side_px=longest_side_px, gif_limit_bytes=gif_limit_bytes
        )
        return await self._simulation.run_outside(making, reason="comparing")

    async def run(self, job: PaintingJob) -> AsyncGenerator[Event, None]:
        """See `Engine`."""
        self._bot_context = contextvars.copy_context()
        events = self._engine.run(job)
        run_outside = self._simulation.run_outside
        try:
            while (event := await run_outside(_next(events), reason="painting")) is not None:
                yield event
        finally:
            await run_outside(events.aclose(), reason="stopping the painter")


async def _next(events: AsyncGenerator[Event, None]) -> Event | None:
    return await anext(events, None)
