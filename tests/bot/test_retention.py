"""What is deleted, when, and what is not: pictures on a real disk, rows in both databases, a clock that tests move."""

from __future__ import annotations

import asyncio
import errno
import hashlib
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.check import check_data_dir
from bot.clock.backoff import LONGEST_WAIT_SECONDS
from bot.errors import DiskFull
from bot.files.disk import PAUSE_SECONDS, Disk
from bot.files.janitor import Forgotten, Janitor
from bot.files.pictures import KeptFile, PictureStore
from bot.painting.job import Job, JobState, Painted, Source
from bot.storage.database import Sessions, open_database
from bot.storage.jobs import JobRecords
from bot.storage.retention import KeptJobs
from config.settings import RetentionSettings
from tests.bot.conftest import OpenStudio, Studio, ephemeral_text, files, texts
from tests.bot.jobs import make_job

ALICE, BOB = 1, 2
SETTINGS = RetentionSettings(input_hours=24, result_hours=720, size_limit_bytes=0, free_bytes=0)


def sha256(picture: bytes) -> str:
    return hashlib.sha256(picture).hexdigest()


def files_below(folder: Path) -> set[str]:
    """The names of all files there, however deep."""
    return {path.name for path in folder.rglob("*") if path.is_file()}


class House:
    """A data directory, a database, and a janitor who goes round when a test says so."""

    def __init__(self, data_dir: Path, sessions: Sessions, settings: RetentionSettings = SETTINGS) -> None:
        self.data_dir = data_dir
        self.free_bytes = 2**40
        self.records = JobRecords(sessions)
        self.jobs = KeptJobs(sessions)
        self.disk = Disk(data_dir, reserve_bytes=settings.free_bytes, measure=lambda _: self.free_bytes)
        self.store = PictureStore(data_dir / "pictures", disk=self.disk)
        self.now = datetime.now().astimezone()
        self.hold(settings)

    def hold(self, settings: RetentionSettings) -> None:
        """Let these settings hold."""
        self.disk._reserve_bytes = settings.free_bytes
        self.janitor = Janitor(
            jobs=self.jobs,
            store=self.store,
            disk=self.disk,
            data_dir=self.data_dir,
            settings=settings,
            now=lambda: self.now,
        )

    def later(self, **time: float) -> None:
        """Let so much time pass."""
        self.now += timedelta(**time)

    async def job(self, content: bytes, style: bytes = b"style", *, owner_id: int = ALICE) -> Job:
        """A job that waits, its pictures kept."""
        job = make_job(
            owner_id,
            content=Source(sha256=await self.store.keep(content)),
            style=Source(sha256=await self.store.keep(style)),
            state=JobState.WAITING,
        )
        await self.records.add(job)
        return job

    async def painted(self, job: Job, painting: bytes, gif: bytes = b"gif", *, thumbnail: str | None = None) -> Job:
        """The job once its painting is kept."""
        painted = Painted(await self.store.keep(painting), "png", await self.store.keep(gif), 8, 8, 1.0)
        await self.records.painted(
            job.job_id,
            painted,
            content_thumbnail_sha256=thumbnail or job.content.sha256 or "",
            style_thumbnail_sha256=job.style.sha256 or "",
        )
        return replace(job, painted=painted)

    async def delivered(self, content: bytes, painting: bytes, *, owner_id: int = ALICE) -> Job:
        """A job that came to its end, with pictures of its own."""
        style, gif = b"style of " + content, b"gif of " + painting
        job = await self.painted(await self.job(content, style, owner_id=owner_id), painting, gif)
        await self.records.delivered(job.job_id, message_id=5)
        return job

    def kept(self) -> set[str]:
        """The names of all files in the store."""
        return files_below(self.data_dir / "pictures")


@pytest.fixture
async def house(tmp_path: Path, database_url: str) -> AsyncIterator[House]:
    """A house that keeps inputs for a day and results for thirty."""
    async with open_database(database_url) as sessions:
        yield House(tmp_path, sessions)


async def test_inputs_go_after_their_hours_then_results_and_the_row_with_them(house: House) -> None:
    job = await house.delivered(b"photo", b"painting")
    results = {sha256(b"painting"), sha256(b"gif of painting")}
    inputs = {sha256(b"photo"), sha256(b"style of photo")}

    house.later(hours=23.9)
    assert await house.janitor.clean() == Forgotten(0, 0)
    assert house.kept() == inputs | results

    house.later(hours=0.2)
    assert await house.janitor.clean() == Forgotten(0, 2)
    assert house.kept() == results

    house.later(days=30)
    assert await house.janitor.clean() == Forgotten(1, 2)
    assert house.kept() == set()
    assert await house.records.get(job.job_id) is None


async def test_however_many_rows_are_old_all_of_them_go_in_one_round(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.storage.retention.NAMES_AT_ONCE", 2)
    jobs = [await house.delivered(b"photo %d" % number, b"painting %d" % number) for number in range(5)]
    house.later(days=31)

    assert (await house.janitor.clean()).jobs == 5
    assert [await house.records.get(job.job_id) for job in jobs] == [None] * 5


async def test_pictures_that_another_job_needs_stay_until_that_is_settled(house: House) -> None:
    old = await house.delivered(b"photo", b"painting")
    waiting = await house.painted(await house.job(b"photo", b"other style"), b"painting")
    house.later(days=365)

    await house.janitor.clean()
    needed = {sha256(picture) for picture in (b"photo", b"other style", b"painting", b"gif")}
    assert house.kept() == needed
    assert await house.records.get(old.job_id) is None

    await house.records.delivered(waiting.job_id, message_id=6)
    await house.janitor.clean()
    assert house.kept() == set()
    assert await house.records.get(waiting.job_id) is None


async def test_a_painting_that_was_taken_away_goes_with_the_next_round(house: House) -> None:
    job = await house.delivered(b"photo", b"painting")
    await house.records.deleted(job.job_id)

    await house.janitor.clean()

    assert house.kept() == {sha256(b"photo"), sha256(b"style of photo")}


async def test_beyond_the_size_limit_the_oldest_paintings_go_first_and_never_what_is_needed(house: House) -> None:
    for name in (b"first", b"second", b"third"):
        await house.delivered(name, name + b" painting" * 1000)
    waiting = await house.painted(await house.job(b"w" * 9000), b"p" * 9000)
    beside = sum(path.stat().st_size for path in house.data_dir.iterdir() if path.is_file())
    kept = sum(path.stat().st_size for path in house.store._folder.rglob("*") if path.is_file())

    house.hold(SETTINGS.model_copy(update={"size_limit_bytes": beside + kept - 13500}))
    await house.janitor.clean()
    paintings = {name: sha256(name + b" painting" * 1000) for name in (b"first", b"second", b"third")}
    assert {name for name, painting in paintings.items() if painting in house.kept()} == {b"second", b"third"}
    assert sha256(b"first") in house.kept()

    house.hold(SETTINGS.model_copy(update={"size_limit_bytes": 1}))
    await house.janitor.clean()
    needed = (waiting.content.sha256, waiting.style.sha256, sha256(b"p" * 9000), sha256(b"gif"))
    assert house.kept() == set(needed)


async def test_on_a_disk_that_is_nearly_full_paintings_go_until_the_reserve_is_free(house: House) -> None:
    await house.delivered(b"first", b"painting" * 1000)
    await house.delivered(b"second", b"another painting" * 1000)
    house.hold(SETTINGS.model_copy(update={"free_bytes": 10_000}))
    house.free_bytes = 9_000

    with pytest.raises(DiskFull):
        house.disk.check()
    await house.janitor.clean()

    assert sha256(b"painting" * 1000) not in house.kept()
    assert sha256(b"another painting" * 1000) in house.kept()
    house.free_bytes = 10_000
    house.disk.check()


async def test_what_a_crash_left_behind_goes_and_what_is_just_being_kept_stays(house: House) -> None:
    store = house.store
    await store.keep(b"named by no row")
    folder = house.data_dir / "pictures" / "ab"
    folder.mkdir()
    (folder / "unfinished-0123").write_bytes(b"half a pic")
    (house.data_dir / "pictures" / "notes.txt").write_text("not ours")

    with store.hold() as hold:
        just_kept = await store.keep(b"its row comes in a moment", hold=hold)
        await house.janitor.clean()
        assert house.kept() == {just_kept, "notes.txt"}

    await house.janitor.clean()
    assert house.kept() == {"notes.txt"}


async def test_what_is_held_for_a_moment_while_a_round_goes_on_stays(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = await house.store.keep(b"an old photo that somebody sends again")
    needed = house.jobs.needed

    async def meanwhile(**since: datetime) -> set[str]:
        found = await needed(**since)
        with house.store.hold() as hold:
            assert await house.store.has(name, hold=hold)
        return found

    monkeypatch.setattr(house.jobs, "needed", meanwhile)
    await house.janitor.clean()

    assert house.kept() == {name}


async def test_thumbnails_stay_and_go_with_the_pictures_they_are_of(house: House) -> None:
    small = await house.store.keep(b"a small photo")
    job = await house.painted(await house.job(b"photo"), b"painting", thumbnail=small)
    await house.records.delivered(job.job_id, message_id=5)

    house.later(hours=23)
    await house.janitor.clean()
    assert small in house.kept()

    house.later(hours=2)
    await house.janitor.clean()
    assert house.kept() == {sha256(b"painting"), sha256(b"gif")}


async def test_a_member_is_forgotten_but_not_what_others_need(house: House) -> None:
    mine = await house.delivered(b"mine", b"my painting")
    shared = await house.delivered(b"shared", b"another of mine")
    bobs = await house.job(b"shared", owner_id=BOB)
    under_way = await house.job(b"on its way")

    assert await house.janitor.knows(ALICE)
    assert await house.janitor.forget_member(ALICE, under_way={under_way.job_id}) == Forgotten(2, 7)

    left = {sha256(picture) for picture in (b"shared", b"style", b"on its way")}
    assert house.kept() == left
    await house.janitor.forget_member(ALICE, under_way=())
    assert not await house.janitor.knows(ALICE)
    assert house.kept() == {sha256(picture) for picture in (b"shared", b"style")}
    assert [await house.records.get(job.job_id) for job in (mine, shared)] == [None, None]
    assert await house.records.get(bobs.job_id) is not None


async def test_a_member_is_forgotten_though_others_vary_their_painting(house: House) -> None:
    mine = await house.delivered(b"mine", b"my painting")
    name = mine.content.sha256
    source = Source(sha256=name, name="alice.png")
    lent = make_job(
        BOB,
        content=source,
        style=source,
        lender_id=ALICE,
        origin_url="https://discord.com",
        state=JobState.PAINTED,
    )
    await house.records.add(lent)
    await house.records.delivered(lent.job_id, message_id=6)

    await house.janitor.forget_member(ALICE, under_way=())

    assert house.kept() == set()
    bobs = await house.records.get(lent.job_id)
    assert bobs is not None
    assert (bobs.content, bobs.style, bobs.origin_url) == (Source(), Source(), None)
    assert not await house.janitor.knows(ALICE)


async def test_the_janitor_goes_round_at_the_start(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await house.store.keep(b"named by no row")
    removed, remove = asyncio.Event(), house.store.remove

    async def told(found: Iterable[KeptFile]) -> list[KeptFile]:
        gone = await remove(found)
        removed.set()
        return gone

    monkeypatch.setattr(house.store, "remove", told)
    async with house.janitor:
        await removed.wait()

    assert house.kept() == set()


def full(*_arguments: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


async def test_a_write_that_finds_no_room_leaves_nothing_and_pauses_new_jobs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    disk = Disk(tmp_path, reserve_bytes=0, clock=lambda: now)
    store = PictureStore(tmp_path / "pictures", disk=disk)
    disk.check()

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(DiskFull):
            await store.keep(b"picture")

    assert files_below(tmp_path) == set()
    with pytest.raises(DiskFull):
        disk.check()
    now += PAUSE_SECONDS
    disk.check()
    assert await store.read(await store.keep(b"picture")) == b"picture"


async def test_a_disk_without_its_reserve_takes_no_new_jobs(open_studio: OpenStudio) -> None:
    studio: Studio = await open_studio()
    finished = await studio.stylize()
    await studio.finish()
    studio.app.client.studio.disk._reserve_bytes = 2**60

    for answer in (await studio.stylize(), await studio.press(finished, "Again")):
        assert ephemeral_text(answer) == str(DiskFull())


async def test_a_disk_that_is_full_when_a_picture_comes_is_told_to_its_sender(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.files.pictures._sync_folder", full)

    assert ephemeral_text(await studio.stylize()) == str(DiskFull())


async def test_a_painting_that_finds_no_room_waits_for_it_and_is_delivered(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = await studio.stylize()
    monkeypatch.setattr("bot.files.pictures._sync_folder", full)
    await studio.finish()
    assert files(answer.response) != ["painting.png", "progress.gif"]

    monkeypatch.undo()
    await studio.env.advance_time(LONGEST_WAIT_SECONDS)

    assert files(answer.response) == ["painting.png", "progress.gif"]


async def test_buttons_still_work_on_a_kept_painting_and_say_so_when_its_pictures_are_gone(studio: Studio) -> None:
    answer = await studio.stylize()
    await studio.finish()
    janitor = studio.app.client.studio.janitor

    await janitor.clean()
    assert not (await studio.press(answer, "Again")).ephemeral
    janitor._now = lambda: datetime.now().astimezone() + timedelta(hours=25)
    await studio.finish()
    await janitor.clean()

    told = ephemeral_text(await studio.press(answer, "Again"))
    assert told == "Atelier no longer has the pictures of this painting. Send them again with /stylize."
    assert texts(answer.response)


def test_a_disk_without_its_reserve_is_found_before_the_start(tmp_path: Path) -> None:
    finding = check_data_dir(tmp_path, reserve_bytes=2**60)

    assert not finding.ok
    assert "Below 1099511627776 MiB, new paintings are refused." in finding.detail
    assert check_data_dir(tmp_path).ok
