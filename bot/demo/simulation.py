"""What the bot needs to live in simcord's Discord instead of the real one: for the demo and for behaviour tests.

simcord follows all work that the bot has begun, and an operation on it returns when that work has come to rest. Two
things lie outside of its world: the painter, which may be another process and takes its time, and the attachments,
which lie in simcord's memory and not behind HTTP. So:

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
from contextlib import asynccontextmanager
from typing import Any, Self, TypeVar

import discord
import simcord
from simcord.backend.cdn import CDN_BASE

from bot.client import AtelierClient
from bot.errors import AttachmentGone, FileTooLarge
from bot.sources.picture import CDN, MEDIA_HOST
from stylizer.events import Event
from stylizer.pool import Engine, PaintingJob

T = TypeVar("T")


class Simulation:
    """The outside of one simcord environment."""

    def __init__(self) -> None:
        self._env: simcord.Env | None = None

    @asynccontextmanager
    async def run(self, client: AtelierClient, **options: Any) -> AsyncIterator[simcord.Env]:
        """simcord around this client, as `simcord.run`; options are passed on."""
        async with simcord.run(client, shard_count=1, **options) as env:
            self.attach(env)
            yield env

    def attach(self, env: simcord.Env) -> None:
        """Use an environment that somebody else runs: a fixture, which cannot hold `simcord.run` open."""
        self._env = env

    def engine(self, engine: Engine) -> SimulatedWaits:
        """The same engine, its waits declared to simcord."""
        return SimulatedWaits(engine, self)

    async def download(self, name: str, url: str, *, limit_bytes: int) -> bytes:
        """Fetch an attachment, a sticker or an avatar from simcord's memory."""
        # discord.py makes the URLs of stickers and avatars by itself; simcord keeps all at one address.
        kept_at = re.sub(rf"^({re.escape(CDN)}|https://{re.escape(MEDIA_HOST)})", CDN_BASE, url).partition("?")[0]
        try:
            content = await self.env.bot.http.get_from_cdn(kept_at)
        except discord.HTTPException as error:
            raise AttachmentGone(name, error.status) from error
        if len(content) > limit_bytes:
            raise FileTooLarge(name, None, limit_bytes)
        return content

    @staticmethod
    def call_later(delay_seconds: float, callback: Callable[[], object]) -> asyncio.TimerHandle:
        """Call a function after so many real seconds; simcord's operations do not wait for that."""
        caller = contextvars.copy_context()  # by which simcord knows whose work it is
        loop = asyncio.get_running_loop()
        return contextvars.Context().run(loop.call_later, delay_seconds, lambda: caller.run(callback))

    @property
    def env(self) -> simcord.Env:
        """The environment that runs now."""
        if self._env is None:
            raise RuntimeError("enter Simulation.run() first")
        return self._env

    async def outside(self, work: Coroutine[Any, Any, T], *, reason: str) -> T:
        """Await work that simcord shall not wait for: it is done by a task that simcord does not know."""
        task = contextvars.Context().run(asyncio.create_task, work)
        try:
            return await self.env.external_wait(task, reason=reason)  # type: ignore[no-any-return]  # it says Any
        except asyncio.CancelledError:
            await asyncio.wait([task])
            raise


class AroundEngine:
    """An engine as it is; what stands around it changes a part."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @property
    def capacity(self) -> int:
        """As the engine's."""
        return self._engine.capacity

    @property
    def workers(self) -> int:
        """As the engine's."""
        return self._engine.workers

    @property
    def replaced_workers(self) -> int:
        """As the engine's."""
        return self._engine.replaced_workers

    def on_capacity_changed(self, notify: Callable[[], None]) -> None:
        """As the engine's."""
        self._engine.on_capacity_changed(notify)

    def largest_side_px(self, width: int, height: int) -> int | None:
        """As the engine's."""
        return self._engine.largest_side_px(width, height)

    def run(self, job: PaintingJob) -> AsyncGenerator[Event, None]:
        """As the engine's."""
        return self._engine.run(job)

    async def aclose(self) -> None:
        """As the engine's."""
        await self._engine.aclose()

    async def __aenter__(self) -> Self:
        await self._engine.__aenter__()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self._engine.__aexit__(*exc_info)


class SimulatedWaits(AroundEngine):
    """An engine whose every wait is declared to simcord, so that its operations do not wait for the painter."""

    def __init__(self, engine: Engine, simulation: Simulation) -> None:
        super().__init__(engine)
        self._simulation = simulation
        self._bots_context: contextvars.Context | None = None

    def on_capacity_changed(self, notify: Callable[[], None]) -> None:
        """As the engine's, but what `notify` begins belongs to the bot, as simcord sees it, and not to the engine."""
        self._engine.on_capacity_changed(lambda: self._in_the_bots_context(notify))

    def _in_the_bots_context(self, notify: Callable[[], None]) -> None:
        if self._bots_context is None:  # nothing was painted yet, so that nothing waits for a worker
            notify()
        else:
            self._bots_context.copy().run(notify)

    async def run(self, job: PaintingJob) -> AsyncGenerator[Event, None]:
        """As the engine's."""
        self._bots_context = contextvars.copy_context()
        events = self._engine.run(job)
        outside = self._simulation.outside
        try:
            while (event := await outside(_next(events), reason="the painter paints")) is not None:
                yield event
        finally:
            await outside(events.aclose(), reason="the painter stops")


async def _next(events: AsyncGenerator[Event, None]) -> Event | None:
    return await anext(events, None)
