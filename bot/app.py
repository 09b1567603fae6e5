"""The whole bot, built once from its settings. Every resource is opened here, and closed in order."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import aiohttp
import discord
import structlog
from yarl import URL

from bot.check import checked_token, chosen_worker_user
from bot.client import FIRST_CONNECTION_SECONDS, AtelierClient, discord_at
from bot.commands.studio import Studio
from bot.errors import AlreadyRunning, DatabaseTaken, DatabaseUsedMeanwhile, DiscordUnreachable, TokenRefused
from bot.files.disk import Disk
from bot.files.janitor import Janitor
from bot.files.pictures import DOWNLOADS_AT_ONCE, Download, HttpDownload, Pictures, PictureStore
from bot.messages.pace import EditPace
from bot.messages.timing import CallLater, Clock, Timing, call_later
from bot.operation.health import all_workers_check, database_check, gateway_check, is_connected, worker_check
from bot.operation.http import serve_operation
from bot.operation.metrics import Metrics, Moment
from bot.operation.stalls import watching_for_stalls
from bot.painting.notify import NotifyChoice
from bot.painting.queue import FairQueue
from bot.painting.runner import Reporting, Runner
from bot.painting.speed import Speed
from bot.painting.usage import Usage
from bot.servers.log import ServerLog
from bot.storage.commands import SyncedCommands
from bot.storage.database import open_database
from bot.storage.jobs import JobRecords
from bot.storage.leases import Leases
from bot.storage.lock import DatabaseLock, is_taken_within, lock_database, try_lock_file
from bot.storage.preferences import Preferences
from bot.storage.retention import KeptJobs
from bot.storage.servers import Servers
from bot.storage.usage import UsageRecords
from config.settings import EngineSettings, Settings
from stylizer.pool import (
    Engine,
    LocalEngine,
    default_devices,
    default_memory_limit_bytes,
    open_vgg16_painter,
)

log = structlog.get_logger()

AUTHENTICATION_FAILED = 4004
MEASUREMENTS = 200
"""Of former paintings, that are looked at for how long the next ones will take."""


@dataclass(frozen=True, slots=True)
class Atelier:
    """The bot, ready to be connected."""

    settings: Settings
    client: AtelierClient
    engine: Engine
    metrics: Metrics
    operation_url: URL
    """Where it answers about its health and its metrics."""
    lock: DatabaseLock
    leases: Leases

    async def run(self) -> None:
        """Serve Discord until the task is cancelled, or another bot has the database.

        Raises `StartError` when that cannot begin, `DatabaseTaken` and `DatabaseUsedMeanwhile`.
        """
        serving = asyncio.create_task(self._serve())
        watching = asyncio.create_task(self.lock.until_taken(is_undisturbed=self.leases.are_undisturbed))
        try:
            done, _ = await asyncio.wait({serving, watching}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                await task
        except (DatabaseTaken, DatabaseUsedMeanwhile):
            self.client.studio.runner.leave_jobs()
            raise
        finally:
            serving.cancel()
            watching.cancel()
            await asyncio.gather(serving, watching, return_exceptions=True)

    async def _serve(self) -> None:
        token = checked_token(self.settings.discord)
        url = str(self.settings.discord.api_url)
        try:
            await self.client.start(token)
        except discord.LoginFailure as error:
            raise TokenRefused from error
        except discord.ConnectionClosed as error:
            if error.code == AUTHENTICATION_FAILED:
                raise TokenRefused from error
            raise DiscordUnreachable(url, f"the gateway closed the connection ({error.code})") from error
        except discord.HTTPException as error:
            raise DiscordUnreachable(url, f"it answers {error.status}") from error
        except (aiohttp.ClientError, discord.GatewayNotFound, OSError) as error:
            raise DiscordUnreachable(url, _in_short(error)) from error


@asynccontextmanager
async def open_app(
    settings: Settings,
    *,
    engine: Engine | None = None,
    download: Download | None = None,
    clock: Clock = time.monotonic,
    call_later: CallLater = call_later,
    pace: EditPace | None = None,
    first_connection_seconds: float = FIRST_CONNECTION_SECONDS,
    register: bool = False,
) -> AsyncIterator[Atelier]:
    """The bot with everything it needs; all of it is closed when the block is left.

    The engine is entered here, whoever made it; left out, it is a `LocalEngine` by the settings. `download` fetches
    attachments where they do not lie behind HTTP; `clock`, `call_later` and `pace` space the edits of cards; within
    `first_connection_seconds` the gateway has to take the bot; with `register` Discord is told the commands though they
    have not changed.
    """
    async with AsyncExitStack() as stack:
        stack.enter_context(discord_at(settings.discord))
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)  # members' pictures are nobody else's business
        patience = settings.startup_wait_seconds
        await stack.enter_async_context(_alone_in(settings.data_dir, wait_seconds=patience))
        lock = await stack.enter_async_context(lock_database(settings.database, wait_seconds=patience))
        metrics = Metrics()
        await stack.enter_async_context(watching_for_stalls(metrics.stalled))
        database = open_database(settings.database, on_failure=metrics.database_failed)
        sessions = await stack.enter_async_context(database)
        leases = await stack.enter_async_context(Leases(sessions))
        records = JobRecords(sessions, leases)
        over_http: HttpDownload | None = None
        if download is None:
            stand_in = URL(str(settings.discord.api_url)) if settings.discord.is_stand_in else None
            download = over_http = await stack.enter_async_context(HttpDownload(stand_in=stand_in))
        disk = Disk(settings.data_dir, reserve_bytes=settings.retention.free_bytes)
        store = PictureStore(settings.data_dir / "pictures", disk=disk)
        janitor = await stack.enter_async_context(
            Janitor(
                jobs=KeptJobs(sessions),
                store=store,
                disk=disk,
                data_dir=settings.data_dir,
                settings=settings.retention,
            )
        )
        servers = Servers(sessions)
        await servers.load()
        preferences = Preferences(sessions)
        server_log = ServerLog(servers)
        usage = Usage(UsageRecords(sessions), settings.queue)
        await usage.load()
        speed = Speed(await records.latest_painted(MEASUREMENTS))
        if engine is None:
            engine = await asyncio.to_thread(local_engine, settings.engine)  # a GPU's driver may take seconds
        queue = FairQueue(settings.queue, expected_seconds=speed.expected_seconds, easels=engine.workers, clock=clock)
        pictures = Pictures(store, download, settings.uploads.limit_bytes, asyncio.Semaphore(DOWNLOADS_AT_ONCE))
        if over_http is not None:
            pictures = replace(pictures, allows=over_http.allows)
        runner = Runner(
            engine=engine,
            queue=queue,
            pictures=pictures,
            records=records,
            reporting=Reporting(metrics, server_log, usage, speed),
            notify_of=NotifyChoice(preferences, servers),
            call_later=call_later,
            shutdown_grace_seconds=settings.shutdown_grace_seconds,
        )
        engine.on_capacity_changed(runner.adapt_to_workers)
        studio = Studio(
            settings=settings,
            engine=engine,
            pictures=pictures,
            queue=queue,
            usage=usage,
            runner=runner,
            records=records,
            servers=servers,
            preferences=preferences,
            disk=disk,
            janitor=janitor,
            timing=Timing(clock, call_later),
            pace=pace or EditPace(),
        )
        gateway_url = settings.discord.chosen_gateway_url
        client = AtelierClient(
            studio=studio,
            synced_commands=SyncedCommands(sessions),
            metrics=metrics,
            gateway_url=None if gateway_url is None else URL(gateway_url),
            first_connection_seconds=first_connection_seconds,
            register=register,
        )
        if over_http is not None:
            over_http.refreshed = client.refreshed_attachment
        metrics.watch(partial(_moment, settings.data_dir, runner, engine, client))
        checks = {
            "gateway": gateway_check(client),
            "database": database_check(sessions),
            "worker": worker_check(engine),
        }
        # Before the engine, whose workers may take a minute to be warm: whoever watches the start is answered.
        operation_url = await stack.enter_async_context(
            serve_operation(
                settings.http,
                registry=metrics.registry,
                checks=checks,
                warnings={"worker": all_workers_check(engine)},
            )
        )
        await stack.enter_async_context(engine)
        runner.adapt_to_workers()
        await stack.enter_async_context(client)
        server_log.attach(client)
        await stack.enter_async_context(aclosing(server_log))
        await stack.enter_async_context(aclosing(runner))
        yield Atelier(settings, client, engine, metrics, operation_url, lock, leases)


def _in_short(error: Exception) -> str:
    """What the system says, where it is the system that says it: aiohttp adds addresses and more."""
    cause = getattr(error, "os_error", error)
    if isinstance(cause, OSError) and cause.errno is not None and not isinstance(cause, socket.gaierror):
        return os.strerror(cause.errno)
    return str(getattr(cause, "strerror", None) or error)


def _moment(data_dir: Path, runner: Runner, engine: Engine, client: AtelierClient) -> Moment:
    return Moment(
        jobs=runner.jobs_under_way(),
        workers=engine.workers,
        workers_warm=engine.capacity,
        workers_replaced=engine.replaced_workers,
        gateway_connected=is_connected(client),
        servers=len(client.guilds),
        data_free_bytes=shutil.disk_usage(data_dir).free,
    )


@asynccontextmanager
async def _alone_in(data_dir: Path, *, wait_seconds: float) -> AsyncIterator[None]:
    """Hold the data directory while the block runs: each of two bots in it would delete the other's pictures.

    The lock ends with the process, however that ends. Raises `AlreadyRunning` when another bot stays.
    """
    with (data_dir / "atelier.lock").open("a") as file:

        async def try_take() -> bool:
            return try_lock_file(file)

        if not await is_taken_within(wait_seconds, try_take, place=data_dir):
            raise AlreadyRunning(data_dir)
        yield


def local_engine(settings: EngineSettings) -> LocalEngine:
    """The engine of this machine, as the settings have it. Raises `WorkerUserUnusable`."""
    # CUDA's own variable, not one of ours: whoever set it has chosen already.
    devices = default_devices(os.environ.get("CUDA_VISIBLE_DEVICES"))
    workers = settings.workers or max(len(devices), 1)
    most_bytes = default_memory_limit_bytes()
    user = chosen_worker_user(settings, has_gpu=bool(devices))
    if user is None and settings.user is None and os.geteuid() == 0:
        log.warning("workers.not_apart")
    return LocalEngine(
        workers=workers,
        devices=devices,
        open_painter=partial(
            open_vgg16_painter, weights=settings.weights, precision=settings.precision, threads=settings.threads
        ),
        grace_seconds=settings.grace_seconds,
        job_timeout_seconds=settings.job_timeout_seconds,
        # A GPU's driver takes memory of the processor as it likes: there, only who asks for a limit gets one.
        memory_limit_bytes=settings.memory_limit_bytes or (None if devices else most_bytes and most_bytes // workers),
        user=user,
    )
