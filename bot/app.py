"""The whole bot, built once from its settings. Every resource is opened and closed here."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import IO

import aiohttp
import discord
import structlog
from yarl import URL

from bot.cards.challenge.presenter import ChallengeCardPresenter
from bot.cards.presenter import CardPresenter
from bot.challenges.drawing import Drawing
from bot.challenges.entering import Entering
from bot.challenges.entry_pages import EntryPages
from bot.challenges.export.exports import Exports
from bot.challenges.life import ChallengeLife
from bot.challenges.notices import Notices
from bot.challenges.place_notices import PLACE_NOTICES, PlaceNotices
from bot.challenges.result_cards import ResultCards
from bot.challenges.results import DECIDE, Results
from bot.challenges.review_reminder import REMIND, ReviewReminder
from bot.challenges.setup import ChallengeSetup
from bot.challenges.ties import TieQuestions
from bot.challenges.upkeep import CARDS, ChallengeCards
from bot.challenges.voting import BlindVoting
from bot.challenges.winners import REWARD, Winners
from bot.check import checked_token, chosen_worker_user
from bot.client import FIRST_CONNECTION_TIMEOUT_SECONDS, AtelierClient, discord_at
from bot.clock.cautious import CautiousClock
from bot.clock.schedule import Schedule
from bot.clock.timing import CallLater, Timing
from bot.commands.compare import MAX_COMPARISONS
from bot.commands.studio import Studio
from bot.errors import (
    AlreadyRunning,
    DatabaseTaken,
    DatabaseUsedMeanwhile,
    DataDirUnusable,
    DiscordUnreachable,
    TokenRefused,
)
from bot.files.disk import Disk
from bot.files.download import DOWNLOAD_TIMEOUT_SECONDS, Download, HttpDownload
from bot.files.janitor import SWEEP_INTERVAL, Janitor, PictureOwner
from bot.files.pictures import MAX_DOWNLOADS, Pictures
from bot.files.store import PictureStore
from bot.gallery.builtin import load_built_in
from bot.gallery.files import GalleryFiles
from bot.gallery.gallery import Gallery
from bot.messages.direct import DirectMessages
from bot.messages.kept import KeptMessages
from bot.messages.pace import EditPace
from bot.operation.health import all_workers_check, database_check, gateway_check, is_connected, worker_check
from bot.operation.http import serve_operation
from bot.operation.metrics import Metrics, Snapshot
from bot.operation.stalls import stall_watch
from bot.painting.control import JobControl
from bot.painting.core import Core, Reporting
from bot.painting.notify import NotifyChoice
from bot.painting.presenter import Presenter
from bot.painting.scheduler import Scheduler
from bot.painting.speed import Speed
from bot.painting.usage import Usage
from bot.servers.log import ServerLog
from bot.servers.roles import MemberRoles
from bot.storage.ballots import BallotRecords
from bot.storage.challenge_members import ChallengeMembers
from bot.storage.challenges import ChallengeRecords
from bot.storage.commands import SyncedCommands
from bot.storage.due import DueRecords
from bot.storage.engine import LOCK_TIMEOUT_SECONDS, open_database
from bot.storage.entries import EntryRecords
from bot.storage.favorites import Favorites
from bot.storage.history import History
from bot.storage.jobs import JobRecords
from bot.storage.kept_messages import KeptMessageRecords
from bot.storage.leases import Leases
from bot.storage.lock import LOCK_FILE, LOCK_TIMES, DatabaseLock, LockTimes, lock_database, take_within, try_lock_file
from bot.storage.preferences import Preferences
from bot.storage.results import ResultRecords
from bot.storage.retention import JobRetention
from bot.storage.servers import Servers
from bot.storage.sessions import Sessions
from bot.storage.showcase import ShowcasePosts
from bot.storage.styles import StyleRecords
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
MEASURED_PAINTINGS = 200
"""How many past paintings the time estimates are based on."""


@dataclass(frozen=True, slots=True)
class Atelier:
    """The bot, ready to connect."""

    settings: Settings
    client: AtelierClient
    engine: Engine
    metrics: Metrics
    operation_url: URL
    """The address of its health checks and metrics."""
    server_log: ServerLog
    sessions: Sessions
    """Its database."""
    lock: DatabaseLock
    leases: Leases

    async def run(self) -> None:
        """Run until the task is canceled or another bot takes the database.

        Raises `StartError` if the bot can't connect, `DatabaseTaken` and `DatabaseUsedMeanwhile`.
        """
        serving = asyncio.create_task(self._serve())
        watching = asyncio.create_task(self.lock.until_taken(is_undisturbed=self.leases.are_undisturbed))
        try:
            done, _ = await asyncio.wait({serving, watching}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                await task
        except (DatabaseTaken, DatabaseUsedMeanwhile):
            self.client.studio.scheduler.leave_jobs()
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
            raise DiscordUnreachable(url, _reason(error)) from error


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long the bot waits for others, where no setting says so."""

    first_connection_seconds: float = FIRST_CONNECTION_TIMEOUT_SECONDS
    """For the gateway to accept the bot."""
    sqlite_lock_seconds: float = LOCK_TIMEOUT_SECONDS
    """For another program that has locked the SQLite file."""
    database_lock: LockTimes = LOCK_TIMES
    """For another bot on the same database."""
    download_seconds: float = DOWNLOAD_TIMEOUT_SECONDS
    """For a picture from Discord."""


TIMEOUTS = Timeouts()
TIMING = Timing()


def _allow_all(_url: str) -> bool:
    return True


@asynccontextmanager
async def open_app(
    settings: Settings,
    *,
    engine: Engine | None = None,
    download: Download | None = None,
    allows: Callable[[str], bool] = _allow_all,
    timing: Timing = TIMING,
    now: Callable[[], datetime] | None = None,
    pace: EditPace | None = None,
    timeouts: Timeouts = TIMEOUTS,
    presenter: Presenter | None = None,
    register: bool = False,
) -> AsyncIterator[Atelier]:
    """Open the bot with everything it needs, and close it all at the end of the block.

    Starts `engine`, by default a `LocalEngine` made from the settings. `download` replaces the download of attachments
    over HTTP, and `allows` says which URLs it would fetch from; `timing` and `pace` control how often cards are edited,
    and how long the bot waits before it tries again; `now` is the time by which pictures age and scheduled things are
    due, by default a `CautiousClock`; `presenter` says what members read, by default `CardPresenter`; `register`
    registers the commands even if they haven't changed.
    """
    async with AsyncExitStack() as stack:
        stack.enter_context(discord_at(settings.discord))
        wait_seconds, lock_times = settings.startup_wait_seconds, timeouts.database_lock
        await stack.enter_async_context(
            _lock_data_dir(settings.data_dir, wait_seconds=wait_seconds, retry_seconds=lock_times.retry_seconds)
        )
        lock = await stack.enter_async_context(
            lock_database(settings.database, wait_seconds=wait_seconds, times=lock_times)
        )
        metrics = Metrics()
        await stack.enter_async_context(stall_watch(metrics.stalled))
        database = open_database(
            settings.database, on_failure=metrics.database_failed, lock_timeout_seconds=timeouts.sqlite_lock_seconds
        )
        sessions = await stack.enter_async_context(database)
        leases = await stack.enter_async_context(Leases(sessions))
        records = JobRecords(sessions, leases)
        over_http: HttpDownload | None = None
        if download is None:
            stand_in = URL(str(settings.discord.api_url)) if settings.discord.is_stand_in else None
            over_http = HttpDownload(stand_in=stand_in, timeout_seconds=timeouts.download_seconds)
            download = await stack.enter_async_context(over_http)
        now = now or CautiousClock()
        voting = BlindVoting(
            challenges=ChallengeRecords(sessions),
            entries=EntryRecords(sessions),
            jobs=records,
            ballots=BallotRecords(sessions),
            now=now,
        )
        disk, store, janitor, schedule, gallery = await _files(
            settings, sessions, voting=voting, now=now, call_later=timing.call_later
        )
        servers, preferences, entries = Servers(sessions), Preferences(sessions), EntryRecords(sessions)
        usage = Usage(UsageRecords(sessions), settings.queue)
        for kept_in_memory in (servers, preferences, usage):
            await kept_in_memory.load()
        server_log = ServerLog(servers)
        if engine is None:
            engine = await asyncio.to_thread(local_engine, settings.engine)  # a GPU's driver may take seconds
        speed = Speed(await records.latest_painted(MEASURED_PAINTINGS), engine=engine)
        pictures = Pictures(
            store,
            download,
            settings.uploads.limit_bytes,
            asyncio.Semaphore(MAX_DOWNLOADS),
            allows=allows if over_http is None else over_http.allows,
            backoff=timing.backoff,
        )
        styles = GalleryFiles.of(gallery, pictures, disk=disk, data_dir=settings.data_dir, make=engine.make_thumbnail)
        pace = pace or EditPace()
        core = Core.of(
            settings,
            engine=engine,
            pictures=pictures,
            styles=styles,
            records=records,
            servers=servers,
            notify_of=NotifyChoice(preferences, servers),
            reporting=Reporting(presenter or CardPresenter(), metrics, server_log.log_ended, usage, speed),
            timing=timing,
            pace=pace,
        )
        engine.on_capacity_changed(core.scheduler.adapt_to_workers)
        kept, direct = KeptMessages(KeptMessageRecords(sessions), pace=pace), DirectMessages()
        challenges = await _challenge_services(
            sessions,
            schedule,
            jobs=records,
            servers=servers,
            kept=kept,
            direct=direct,
            store=store,
            exports_folder=settings.data_dir / "exports",
            engine=engine,
            now=now,
        )
        studio = Studio(
            settings=settings,
            engine=engine,
            intake=core.intake,
            control=JobControl(core.scheduler, records, entries),
            scheduler=core.scheduler,
            queue=core.queue,
            usage=usage,
            records=records,
            pictures=pictures,
            janitor=janitor,
            servers=servers,
            preferences=preferences,
            history=History(sessions),
            challenges=ChallengeRecords(sessions),
            entries=entries,
            entering=Entering(
                challenges=ChallengeRecords(sessions),
                entries=entries,
                records=records,
                store=store,
                now=now,
                refresh=challenges.life.cards.refresh_count,
                tell_moderators=server_log.log_waiting,
            ),
            life=challenges.life,
            results=challenges.results,
            standings=ResultRecords(sessions),
            exports=challenges.exports,
            voting=voting,
            setup=ChallengeSetup.of(
                sessions,
                schedule,
                life=challenges.life,
                styles=styles,
                notices=Notices(records, direct),
                presenter=ChallengeCardPresenter(),
                now=now,
            ),
            favorites=Favorites(sessions, limit=settings.retention.member_favorites),
            showcase=ShowcasePosts(sessions),
            styles=styles,
            kept=kept,
            direct=direct,
            comparing=asyncio.Semaphore(MAX_COMPARISONS),
        )
        client = AtelierClient(
            studio=studio,
            synced_commands=SyncedCommands(sessions),
            metrics=metrics,
            gateway_url=None if (chosen_url := settings.discord.chosen_gateway_url) is None else URL(chosen_url),
            first_connection_seconds=timeouts.first_connection_seconds,
            register=register,
        )
        if over_http is not None:
            over_http.refresh_link = client.refreshed_attachment
        metrics.add_snapshots(partial(_take_snapshot, settings.data_dir, core.scheduler, engine, client))
        # Before the engine, whose workers may take a minute to warm up: health checks are answered in the meantime.
        operation_url = await stack.enter_async_context(
            serve_operation(
                settings.http,
                registry=metrics.registry,
                checks={
                    "gateway": gateway_check(client),
                    "database": database_check(sessions),
                    "worker": worker_check(engine),
                },
                warnings={"worker": all_workers_check(engine)},
            )
        )
        await stack.enter_async_context(engine)
        await styles.check_folder(settings.gallery.dir)
        core.scheduler.adapt_to_workers()
        await stack.enter_async_context(client)
        for posting in (core.messages, kept, direct, challenges.roles, server_log):
            posting.attach(client)
        await stack.enter_async_context(aclosing(server_log))
        await stack.enter_async_context(aclosing(core.scheduler))
        await stack.enter_async_context(schedule)
        yield Atelier(settings, client, engine, metrics, operation_url, server_log, sessions, lock, leases)


async def _files(
    settings: Settings,
    sessions: Sessions,
    *,
    voting: BlindVoting,
    now: Callable[[], datetime],
    call_later: CallLater,
) -> tuple[Disk, PictureStore, Janitor, Schedule, Gallery]:
    """Open the store of pictures and the gallery, and schedule what deletes pictures when their time is over.

    Raises `GalleryUnusable`.
    """
    styles = StyleRecords(sessions)
    limit_bytes = settings.uploads.limit_bytes
    built_in = await asyncio.to_thread(load_built_in, settings.gallery.dir, limit_bytes=limit_bytes)
    gallery = Gallery(styles, built_in, settings.gallery)
    await gallery.load()
    disk = Disk(settings.data_dir, reserve_bytes=settings.retention.free_bytes)
    store = PictureStore(settings.data_dir / "pictures", disk=disk)
    job_retention = JobRetention(sessions, settings.retention, now=now)
    # Every repository with pictures in the store: a picture that none of them needs is deleted.
    picture_owners: list[PictureOwner] = [job_retention, styles, ChallengeRecords(sessions)]
    schedule = Schedule(DueRecords(sessions), now=now, call_later=call_later)

    async def refresh(challenge_id: str) -> None:
        voting.forget(challenge_id)
        await schedule.put(CARDS, challenge_id, now())

    janitor = Janitor(
        jobs=job_retention,
        styles=gallery,
        challenges=ChallengeMembers(sessions, on_changed=refresh),
        owners=picture_owners,
        store=store,
        disk=disk,
        data_dir=settings.data_dir,
        size_limit_bytes=settings.retention.size_limit_bytes,
    )
    schedule.every(SWEEP_INTERVAL, "retention", janitor.sweep)
    return disk, store, janitor, schedule, gallery


@dataclass(frozen=True, slots=True)
class _ChallengeServices:
    """What moves challenges on, ends them, and exports them."""

    life: ChallengeLife
    results: Results
    exports: Exports
    roles: MemberRoles


async def _challenge_services(
    sessions: Sessions,
    schedule: Schedule,
    *,
    jobs: JobRecords,
    servers: Servers,
    kept: KeptMessages,
    direct: DirectMessages,
    store: PictureStore,
    exports_folder: Path,
    engine: Engine,
    now: Callable[[], datetime],
) -> _ChallengeServices:
    """Build what challenges need, and schedule what the running ones need."""
    standings, roles = ResultRecords(sessions), MemberRoles()
    challenges, entries = ChallengeRecords(sessions), EntryRecords(sessions)
    presenter, notices = ChallengeCardPresenter(), Notices(jobs, direct)
    cards = ChallengeCards(
        challenges=challenges,
        entries=entries,
        kept=kept,
        notices=notices,
        store=store,
        presenter=presenter,
        schedule=schedule,
        now=now,
    )
    cards.show_too(EntryPages(entries, jobs, store, presenter, kept).show)
    drawing = Drawing(challenges, jobs, store, engine.make_thumbnail)
    cards.show_too(ResultCards(entries, drawing, presenter, kept).show)
    results = Results(
        sessions,
        challenges=challenges,
        ballots=BallotRecords(sessions),
        results=standings,
        store=store,
        cards=cards,
        schedule=schedule,
        now=now,
    )
    cards.show_too(lambda challenge, **_: results.share_if_untied(challenge))
    ties = TieQuestions(
        results, challenges=challenges, notices=notices, presenter=presenter, schedule=schedule, now=now
    )
    schedule.handle(DECIDE, ties.ask)
    winners = Winners(challenges=challenges, entries=entries, roles=roles, notices=notices, presenter=presenter)
    schedule.handle(REWARD, winners.reward)
    places = PlaceNotices(
        challenges=challenges,
        entries=entries,
        results=standings,
        notices=notices,
        presenter=presenter,
        schedule=schedule,
        now=now,
    )
    schedule.handle(PLACE_NOTICES, places.send_some)
    reminder = ReviewReminder(
        challenges=challenges,
        entries=entries,
        servers=servers,
        kept=kept,
        notices=notices,
        presenter=presenter,
        schedule=schedule,
        now=now,
    )
    schedule.handle(REMIND, reminder.remind)
    life = ChallengeLife(
        sessions, challenges=challenges, entries=entries, schedule=schedule, cards=cards, closing=results, now=now
    )
    await life.start()
    exports = Exports(entries, drawing, exports_folder)
    await exports.clear()
    return _ChallengeServices(life, results, exports, roles)


def _reason(error: Exception) -> str:
    """Return the operating system's own words if it is the cause; aiohttp adds addresses and more."""
    cause = getattr(error, "os_error", error)
    if isinstance(cause, OSError) and cause.errno is not None and not isinstance(cause, socket.gaierror):
        return os.strerror(cause.errno)
    return str(getattr(cause, "strerror", None) or error)


def _take_snapshot(data_dir: Path, scheduler: Scheduler, engine: Engine, client: AtelierClient) -> Snapshot:
    return Snapshot(
        jobs=scheduler.jobs_in_progress(),
        workers=engine.workers,
        workers_ready=engine.capacity,
        workers_replaced=engine.replaced_workers,
        gateway_connected=is_connected(client),
        servers=len(client.guilds),
        data_free_bytes=shutil.disk_usage(data_dir).free,
    )


@asynccontextmanager
async def _lock_data_dir(data_dir: Path, *, wait_seconds: float, retry_seconds: float) -> AsyncIterator[None]:
    """Lock the data directory while the block runs: two bots in it would delete each other's pictures.

    Creates the directory. The lock ends with the process, even if it crashes. Raises `DataDirUnusable`, and
    `AlreadyRunning` if another bot keeps the lock.
    """
    with _lock_file(data_dir) as file:

        async def try_lock() -> bool:
            return try_lock_file(file)

        if not await take_within(wait_seconds, try_lock, place=data_dir, retry_seconds=retry_seconds):
            raise AlreadyRunning(data_dir)
        yield


def _lock_file(data_dir: Path) -> IO[str]:
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)  # members' pictures are private
        return (data_dir / LOCK_FILE).open("a")
    except OSError as error:
        raise DataDirUnusable(data_dir, error.strerror or str(error)) from error


def local_engine(settings: EngineSettings) -> LocalEngine:
    """Make the engine for this machine, as configured. Raises `WorkerUserUnusable`."""
    # CUDA's own variable, not one of ours: if it is set, the GPUs are chosen already.
    devices = default_devices(os.environ.get("CUDA_VISIBLE_DEVICES"))
    workers = settings.workers or max(len(devices), 1)
    default_limit_bytes = default_memory_limit_bytes()
    user = chosen_worker_user(settings, has_gpu=bool(devices))
    if user is None and settings.user is None and os.geteuid() == 0:
        log.warning("workers.not_isolated")
    return LocalEngine(
        workers=workers,
        devices=devices,
        open_painter=partial(
            open_vgg16_painter,
            weights=settings.weights,
            precision=settings.precision,
            threads=settings.threads,
            deterministic=settings.deterministic,
        ),
        grace_seconds=settings.grace_seconds,
        job_timeout_seconds=settings.job_timeout_seconds,
        # A GPU's driver allocates unpredictable amounts of main memory, so with GPUs there is no default limit.
        memory_limit_bytes=settings.memory_limit_bytes
        or (None if devices else default_limit_bytes and default_limit_bytes // workers),
        user=user,
    )
