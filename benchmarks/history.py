"""Measure how long commands wait for a large database: `python -m benchmarks.history --help`.

Fills an empty database with a hundred thousand jobs of a thousand members, a tenth of them of a single one, and a tenth
of them boards, and times what commands and buttons read and write, with the bot's own repositories. Each query is for
another member and another place in their history. It is timed three times and the fastest counts, because it can't help
what else the machine is doing; what writes is timed once, because it can't be done again. Exits with 1 if anything
takes longer than 100 ms. SQLite is measured in a temporary folder, or another database with `--database`.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import logging
import random
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import click
import structlog
from rich.console import Console
from rich.progress import Progress as ProgressBar
from rich.table import Table
from sqlalchemy import func, insert, select

from benchmarks.targets import percentile
from bot.files.disk import Disk
from bot.files.janitor import Forgotten, Janitor
from bot.files.store import PictureStore
from bot.gallery.gallery import Gallery
from bot.messages.address import Address
from bot.painting.board import cells_of_styles
from bot.painting.intake import MAX_UNDECIDED
from bot.painting.job import Input, InputRole, Job, JobKind, JobState, PaintingOptions, Result, ResultKind
from bot.storage.challenge_members import ChallengeMembers
from bot.storage.engine import open_database
from bot.storage.favorites import Favorites
from bot.storage.history import Cursor, Direction, History, Selection
from bot.storage.jobs import JobRecords
from bot.storage.models import FavoriteRow, JobInputRow, JobResultRow, JobRow
from bot.storage.retention import JobRetention
from bot.storage.sessions import Sessions
from bot.storage.showcase import ShowcasePosts
from bot.storage.styles import StyleRecords
from bot.storage.usage import UsageRecords
from config.settings import GallerySettings, RetentionSettings
from stylizer.pool import BOARD_RECIPE

MAX_SECONDS = 0.1
"""For 99 of 100 times."""
BUSIEST_MEMBER = 1
BUSIEST_SHARE = 0.1
SERVERS = 50
PAGE_SIZE = 5
BOARDS = 10
"""Every tenth job is a board."""
CELLS = 9
FORGOTTEN = 100
"""How many members are forgotten, each with everything."""
SECONDS_APART = 0.02
FEW = 1000
"""The busiest member stars every hundredth painting."""
ROWS_AT_ONCE = 1000
FIRST_AT = datetime(2026, 1, 1, tzinfo=UTC)
LATER = datetime(2036, 1, 1, tzinfo=UTC)
SEED = 1
WARM_UP_QUERIES = 5
REPETITIONS = 3

Ask: TypeAlias = Callable[[], Awaitable[object]]
"""Asks the database something, and can do so again; or writes to it, once."""
Prepare: TypeAlias = Callable[[], Awaitable[Ask]]
"""Prepares a write, which isn't timed, and returns it."""


@dataclass(frozen=True, slots=True)
class Timings:
    """How long one kind of query took."""

    name: str
    seconds: tuple[float, ...]
    """Fastest first."""

    @property
    def is_within_limit(self) -> bool:
        return percentile(self.seconds, 0.99) <= MAX_SECONDS


@dataclass(frozen=True, slots=True)
class Archive:
    """A filled database, and what is in it."""

    sessions: Sessions
    members: int
    paintings: int

    async def fill(self, on_rows: Callable[[int], object]) -> None:
        """Insert the paintings of all members."""
        chance = random.Random(SEED)  # noqa: S311 - the same paintings every time
        for first in range(0, self.paintings, ROWS_AT_ONCE):
            numbers = range(first, min(first + ROWS_AT_ONCE, self.paintings))
            jobs = [_job(number, self.owner_of(number), chance) for number in numbers]
            async with self.sessions.begin() as session:
                connection = await session.connection()
                await connection.execute(insert(JobRow), jobs)
                await connection.execute(insert(JobInputRow), [row for job in jobs for row in _inputs(job)])
                await connection.execute(insert(JobResultRow), [row for job in jobs for row in _results(job)])
                starred = [job for job in jobs if _is_favorite(job)]
                await connection.execute(insert(FavoriteRow), [_favorite(job) for job in starred])
            on_rows(len(jobs))
        usage: dict[tuple[int, int | None], int] = {
            (member, chance.randrange(SERVERS)): chance.randrange(50) for member in range(1, self.members + 1)
        }
        await UsageRecords(self.sessions).write(date(2026, 3, 1), usage)

    def selections(self, **which: Any) -> Iterator[Selection]:
        """Every second time the busiest member, else another one."""
        chance = random.Random(SEED)  # noqa: S311 - the same members every time
        while True:
            yield Selection(BUSIEST_MEMBER, **which)
            yield Selection(chance.randint(2, self.members), **which)

    def cursor(self, chance: random.Random) -> Cursor:
        """Some place in any history."""
        return Cursor(FIRST_AT + timedelta(minutes=chance.randrange(self.paintings)), "8" * 32)

    def job_id(self, chance: random.Random) -> str:
        """The ID of some painting."""
        return _job_id(chance.randrange(self.paintings))

    def owner_of(self, number: int) -> int:
        """Who asked for it."""
        return BUSIEST_MEMBER if number % round(1 / BUSIEST_SHARE) == 0 else 2 + number % (self.members - 1)


CELL = {
    "recipe_name": BOARD_RECIPE,
    "size_px": None,
    "style_strength": 1.0,
    "stroke_size": 1.0,
    "colors": "style",
    "seed": 0,
}
"""How a painting of a board is painted, as its row says."""


def _job_id(number: int) -> str:
    """IDs in no order, like those of jobs."""
    return hashlib.md5(str(number).encode(), usedforsecurity=False).hexdigest()


def _job(number: int, owner_id: int, chance: random.Random) -> dict[str, Any]:
    at = FIRST_AT + timedelta(minutes=number)
    state = chance.choices((JobState.DELIVERED, JobState.FAILED, JobState.CANCELED, JobState.DELETED), (90, 4, 4, 2))[0]
    is_board = number % BOARDS == 1
    return {
        "job_id": _job_id(number),
        "kind": JobKind.BOARD if is_board else JobKind.PAINTING,
        "cells": [{"style_position": position, **CELL} for position in range(CELLS)] if is_board else [],
        "state": state,
        "settled": True,
        "owner_id": owner_id,
        "application_id": 2,
        "interaction_id": number,
        "interaction_token": "",
        "asked_at": at,
        "guild_id": chance.randrange(SERVERS) or None,
        "channel_id": 20,
        "upload_limit_bytes": 10 * 2**20,
        "recipe_name": "painterly",
        "size_px": 512,
        "style_strength": 1.0,
        "colors": "style",
        "seed": number,
        "starts": 1,
        "losses": 0,
        "painting_seconds": 14.0,
        "message_id": number,
        "owner_notified": False,
        "problem_is_private": False,
        "wants_timelapse": True,
        "is_private": False,
        "created_at": at,
        "ended_at": at,
    }


def _inputs(job: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "job_id": job["job_id"],
            "role": role,
            "position": position,
            "sha256": f"{job['seed']:061x}{role[:2]}{position}",
            "weight": 1.0,
            "size_bytes": 10**6,
            "is_spoiler": False,
        }
        for role, count in (("content", 1), ("style", len(job["cells"]) or 1))
        for position in range(count)
    ]


def _results(job: dict[str, Any]) -> list[dict[str, Any]]:
    is_board = job["kind"] == JobKind.BOARD
    results = result_files(job["seed"], is_board=is_board) if job["state"] != JobState.CANCELED else ()
    columns = ("kind", "media_type", "sha256", "position")
    return [{"job_id": job["job_id"], **{name: getattr(result, name) for name in columns}} for result in results]


def result_files(number: int, *, is_board: bool) -> tuple[Result, ...]:
    """What a painting or a board consists of, with names that no other job's files have."""
    kinds: dict[ResultKind, str] = {"timelapse": "image/gif", "thumbnail": "image/jpeg"}
    first: ResultKind = "sheet" if is_board else "painting"
    files = [(first, "image/jpeg" if is_board else "image/png", 0)]
    files += [("cell", "image/png", position) for position in range(1, CELLS + 1)] if is_board else []
    files += [] if is_board else [(kind, media_type, 0) for kind, media_type in kinds.items()]
    return tuple(
        Result(kind, media_type, f"{number:061x}{kind[:2]}{position}", position) for kind, media_type, position in files
    )


def _is_favorite(job: dict[str, Any]) -> bool:
    """A few of the busiest member's many paintings, and a third of everybody else's."""
    return bool(job["seed"] % (FEW if job["owner_id"] == BUSIEST_MEMBER else 3) == 0)


def _favorite(job: dict[str, Any]) -> dict[str, Any]:
    return {"member_id": job["owner_id"], "job_id": job["job_id"], "created_at": job["ended_at"]}


def questions(archive: Archive) -> dict[str, Callable[[], Ask]]:
    """What is measured, by name. Each call makes another query, which can be repeated."""
    history, records = History(archive.sessions), JobRecords(archive.sessions)
    retention = JobRetention(archive.sessions, RetentionSettings(), now=lambda: FIRST_AT)
    usage = UsageRecords(archive.sessions)
    chance = random.Random(SEED)  # noqa: S311 - the same places every time
    all_of, starred = archive.selections(), archive.selections(favorites_only=True)
    on_server = archive.selections(guild_id=7)

    def page(selections: Iterator[Selection], direction: Direction | None = None) -> Ask:
        cursor = None if direction is None else archive.cursor(chance)
        side = direction or Direction.OLDER
        return partial(history.page, next(selections), size=PAGE_SIZE, cursor=cursor, direction=side)

    return {
        "/history": partial(page, all_of),
        "/history, older": partial(page, all_of, Direction.OLDER),
        "/history, newer": partial(page, all_of, Direction.NEWER),
        "/history, favorites": partial(page, starred),
        "/history, favorites, older": partial(page, starred, Direction.OLDER),
        "/history of a member": partial(page, on_server),
        "/history of a member, older": partial(page, on_server, Direction.OLDER),
        "/history, one painting": lambda: partial(history.entry, next(all_of), archive.job_id(chance)),
        "/queue, what couldn't be posted": lambda: partial(records.undelivered, next(all_of).member_id, PAGE_SIZE),
        "/forget-me, what is known": lambda: partial(retention.knows, next(all_of).member_id),
        "daily limits, at the bot's start": lambda: usage.by_day,
    }


def new_job(owner_id: int, **fields: Any) -> Job:
    """A job that a member asks for now."""
    address = Address(2, 3, "token", asked_at=FIRST_AT, guild_id=7, channel_id=20, upload_limit_bytes=10 * 2**20)
    inputs = (_input("content"), _input("style"))
    return Job(owner_id, address, **{"inputs": inputs, "options": PaintingOptions(), **fields})


def new_board(owner_id: int, **fields: Any) -> Job:
    """A board that a member asks for now."""
    inputs = (_input("content"), *(_input("style", position) for position in range(CELLS)))
    cells = cells_of_styles(PaintingOptions(), CELLS)
    return new_job(owner_id, kind=JobKind.BOARD, inputs=inputs, cells=cells, **fields)


def _input(role: InputRole, position: int = 0) -> Input:
    return Input(role, position, sha256=uuid.uuid4().hex * 2)


def writes(archive: Archive) -> dict[str, Prepare]:
    """What is written, by name. Each call prepares another write."""
    records, favorites = JobRecords(archive.sessions), Favorites(archive.sessions, limit=0)
    chance = random.Random(SEED)  # noqa: S311 - the same places every time
    owners = (selection.member_id for selection in archive.selections())
    numbers = itertools.count(archive.paintings)

    async def added(job: Job) -> Job:
        await records.add(job)
        return job

    async def insert_painting() -> Ask:
        return partial(records.add, new_job(next(owners)))

    async def insert_board() -> Ask:
        return partial(records.add, new_board(next(owners)))

    async def start() -> Ask:
        return partial(records.save, (await added(new_job(next(owners), state=JobState.WAITING))).started())

    async def finish(new: Callable[..., Job]) -> Ask:
        job = await added(new(next(owners), state=JobState.PAINTING))
        results = result_files(next(numbers), is_board=job.kind is JobKind.BOARD)
        thumbnails = [uuid.uuid4().hex * 2 for _ in job.inputs]
        return partial(records.save, job.painted(results, thumbnail_sha256s=thumbnails, painting_seconds=14.0))

    async def paint_cell() -> Ask:
        files = [file for file in result_files(next(numbers), is_board=True) if file.kind == "cell"]
        job = await added(new_board(next(owners), state=JobState.PAINTING, results=tuple(files[:-1])))
        return partial(records.save, job.cell_painted(files[-1], thumbnail_sha256s=[None] * len(job.inputs)))

    async def star() -> Ask:
        number = chance.randrange(archive.paintings)
        return partial(favorites.add, archive.owner_of(number), _job_id(number))

    async def unstar() -> Ask:
        number = chance.randrange(archive.paintings)
        await favorites.add(archive.owner_of(number), _job_id(number))
        return partial(favorites.remove, archive.owner_of(number), _job_id(number))

    async def share() -> Ask:
        return partial(
            ShowcasePosts(archive.sessions).claim, archive.job_id(chance), shared_before=FIRST_AT, now=FIRST_AT
        )

    async def leave_undecided() -> Ask:
        owner_id = next(owners)
        for _ in range(MAX_UNDECIDED):
            await records.add(new_job(owner_id, inputs=(_input("content"),), state=JobState.CHOOSING, is_settled=True))
        return partial(records.forget_undecided, owner_id, keep_latest=MAX_UNDECIDED - 1)

    return {
        "/stylize, a new job": insert_painting,
        "/explore, a new board": insert_board,
        "/stylize, choices that were never made": leave_undecided,
        "a painting starts": start,
        "a painting is done": partial(finish, new_job),
        "a painting of a board is done": paint_cell,
        "a board is done": partial(finish, new_board),
        "Star": star,
        "Unstar": unstar,
        "Share": share,
    }


async def time_writes(name: str, prepare: Prepare, *, times: int) -> Timings:
    """Time writes, after a few that fill the caches."""
    seconds = []
    for number in range(WARM_UP_QUERIES + times):
        write = await prepare()
        began = time.perf_counter()
        await write()
        if number >= WARM_UP_QUERIES:
            seconds.append(time.perf_counter() - began)
    return Timings(name, tuple(sorted(seconds)))


async def time_forgetting(janitor: Janitor) -> Timings:
    """Time how long members wait for an answer who press Forget me; what follows isn't timed."""
    seconds = []
    for member_id in range(2, 2 + FORGOTTEN):
        began = time.perf_counter()

        async def answer(_forgotten: Forgotten, *, began: float = began) -> None:
            seconds.append(time.perf_counter() - began)

        await janitor.forget_member(member_id, in_progress=(), on_records_deleted=answer)
    return Timings("Forget me, until the answer", tuple(sorted(seconds)))


async def time_writes_meanwhile(archive: Archive, janitor: Janitor) -> Timings:
    """Time how long others wait for the database while the busiest member is forgotten."""
    records, seconds = JobRecords(archive.sessions), []
    forgetting = asyncio.create_task(janitor.forget_member(BUSIEST_MEMBER, in_progress=()))
    while not forgetting.done():
        began = time.perf_counter()
        await records.add(new_job(archive.members))
        seconds.append(time.perf_counter() - began)
        await asyncio.sleep(SECONDS_APART)
    await forgetting
    return Timings("a new job, while the busiest member is forgotten", tuple(sorted(seconds)))


async def measure(name: str, question: Callable[[], Ask], *, times: int) -> Timings:
    """Time queries, after a few that fill the caches."""
    for _ in range(WARM_UP_QUERIES):
        await question()()
    return Timings(name, tuple(sorted([await _fastest(question()) for _ in range(times)])))


async def _fastest(ask: Ask) -> float:
    seconds = []
    for _ in range(REPETITIONS):
        began = time.perf_counter()
        await ask()
        seconds.append(time.perf_counter() - began)
    return min(seconds)


@asynccontextmanager
async def open_empty(url: str | None) -> AsyncIterator[Sessions]:
    """Open a database without paintings: the one at the URL, or SQLite in a temporary folder."""
    with tempfile.TemporaryDirectory() as folder:
        async with open_database(url or f"sqlite+aiosqlite:///{Path(folder, 'atelier.sqlite3')}") as sessions:
            async with sessions() as session:
                if await session.scalar(select(func.count()).select_from(JobRow)):
                    raise click.UsageError("The database isn't empty. Name one that can be filled with paintings.")
            yield sessions


async def run(*, url: str | None, members: int, paintings: int, times: int) -> list[Timings]:
    """Fill a database and measure every query on it."""
    async with open_empty(url) as sessions:
        archive = Archive(sessions, members, paintings)
        with ProgressBar(transient=True) as bar:
            task = bar.add_task("Filling the database", total=paintings)
            await archive.fill(lambda rows: bar.advance(task, rows))
        timings = [await measure(name, question, times=times) for name, question in questions(archive).items()]
        timings += [await time_writes(name, prepare, times=times) for name, prepare in writes(archive).items()]
        with tempfile.TemporaryDirectory() as folder:
            janitor = _janitor(sessions, Path(folder))
            timings.append(await time_forgetting(janitor))
            timings.append(await time_writes_meanwhile(archive, janitor))
        return timings


def _janitor(sessions: Sessions, data_dir: Path) -> Janitor:
    """A janitor for a store without files, when the pictures of all jobs but favorites have expired.

    To find what is needed after the answer takes seconds otherwise, which isn't timed.
    """
    styles, disk = StyleRecords(sessions), Disk(data_dir, reserve_bytes=0)
    jobs = JobRetention(sessions, RetentionSettings(), now=lambda: LATER)
    return Janitor(
        jobs=jobs,
        styles=Gallery(styles, {}, GallerySettings()),
        challenges=ChallengeMembers(sessions),
        owners=(jobs, styles),
        store=PictureStore(data_dir, disk=disk),
        disk=disk,
        data_dir=data_dir,
        size_limit_bytes=0,
    )


@click.command()
@click.option("--database", "url", help="An empty database, as in ATELIER_DATABASE_URL; by default, temporary SQLite.")
@click.option("--paintings", default=100_000, show_default=True, type=click.IntRange(min=1000))
@click.option("--members", default=1000, show_default=True, type=click.IntRange(min=3))
@click.option("--times", default=200, show_default=True, type=click.IntRange(min=1), help="How often to time each.")
def main(url: str | None, paintings: int, members: int, times: int) -> None:
    """Time what commands and buttons read from a database with a long history, and write to it."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    timings = asyncio.run(run(url=url, members=members, paintings=paintings, times=times))
    table = Table(title=f"{paintings:,} paintings of {members:,} members")
    for column in ("query", "median", "99th percentile", f"at most {MAX_SECONDS * 1000:.0f} ms"):
        table.add_column(column, justify="left" if column == "query" else "right")
    for each in timings:
        verdict = "ok" if each.is_within_limit else "missed"
        table.add_row(
            each.name,
            f"{percentile(each.seconds, 0.5) * 1000:.1f} ms",
            f"{percentile(each.seconds, 0.99) * 1000:.1f} ms",
            verdict,
        )
    Console().print(table)
    sys.exit(not all(each.is_within_limit for each in timings))


if __name__ == "__main__":
    main()
