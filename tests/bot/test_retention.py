"""What is deleted when: pictures on a real disk, rows in both databases. Tests move the clock."""

from __future__ import annotations

import errno
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.check import check_data_dir
from bot.clock.backoff import MAX_DELAY_SECONDS
from bot.errors import DiskFull
from bot.files.disk import PAUSE_SECONDS, Disk
from bot.files.janitor import SWEEP_INTERVAL, Forgotten, Janitor, PictureOwner
from bot.files.store import PictureStore
from bot.painting.job import Input, Job, JobState, Result
from bot.storage.due import DueRecords
from bot.storage.engine import open_database
from bot.storage.favorites import Favorites
from bot.storage.jobs import JobRecords
from bot.storage.models import Base, JobInputRow, JobResultRow, JobRow
from bot.storage.retention import JobRetention
from bot.storage.sessions import Sessions
from config.settings import RetentionSettings
from tests.bot.conftest import OpenStudio, Studio, ephemeral_text, files, texts
from tests.bot.jobs import make_job

ALICE, BOB = 1, 2
SETTINGS = RetentionSettings(input_hours=24, result_hours=720, size_limit_bytes=0, free_bytes=0)


def sha256(picture: bytes) -> str:
    return hashlib.sha256(picture).hexdigest()


def files_below(folder: Path) -> set[str]:
    """Return the names of all files in a folder and its subfolders."""
    return {path.name for path in folder.rglob("*") if path.is_file()}


class House:
    """A data directory, a database, and a janitor that sweeps on request."""

    def __init__(self, data_dir: Path, sessions: Sessions, settings: RetentionSettings = SETTINGS) -> None:
        self.data_dir = data_dir
        self.free_bytes = 2**40
        self.sessions = sessions
        self.records = JobRecords(sessions)
        self.owners: list[PictureOwner] = []
        self.now = datetime.now(UTC)
        self.apply(settings)

    def apply(self, settings: RetentionSettings) -> None:
        """Apply these settings from now on."""
        self.disk = Disk(self.data_dir, reserve_bytes=settings.free_bytes, measure=lambda _: self.free_bytes)
        self.store = PictureStore(self.data_dir / "pictures", disk=self.disk)
        jobs = JobRetention(self.sessions, settings, now=lambda: self.now)
        self.janitor = Janitor(
            jobs=jobs,
            owners=self.owners,
            store=self.store,
            disk=self.disk,
            data_dir=self.data_dir,
            size_limit_bytes=settings.size_limit_bytes,
        )

    def add_owner(self, owner: PictureOwner) -> None:
        """Register another repository that owns pictures."""
        self.owners.append(owner)
        self.apply(SETTINGS)

    def later(self, **time: float) -> None:
        """Let time pass."""
        self.now += timedelta(**time)

    async def job(self, content: bytes, style: bytes = b"style", *, owner_id: int = ALICE) -> Job:
        """Make a waiting job with stored pictures."""
        job = make_job(
            owner_id,
            inputs=(
                Input("content", sha256=await self.store.put(content)),
                Input("style", sha256=await self.store.put(style)),
            ),
            state=JobState.WAITING,
        )
        await self.records.add(job)
        return job

    async def painted(self, job: Job, painting: bytes, gif: bytes = b"gif", *, thumbnail: str | None = None) -> Job:
        """Return the job with its painting stored."""
        results = (
            Result("painting", "image/png", await self.store.put(painting)),
            Result("timelapse", "image/gif", await self.store.put(gif)),
        )
        thumbnails = [thumbnail or job.input("content").sha256 or "", job.input("style").sha256 or ""]
        return await self.records.save(job.painted(results, thumbnail_sha256s=thumbnails, painting_seconds=1.0))

    async def delivered(self, content: bytes, painting: bytes, *, owner_id: int = ALICE) -> Job:
        """Make a delivered job with its own pictures."""
        style, gif = b"style of " + content, b"gif of " + painting
        job = await self.painted(await self.job(content, style, owner_id=owner_id), painting, gif)
        return await self.records.save(job.delivered(message_id=5))

    def kept(self) -> set[str]:
        """Return the names of all files in the store."""
        return files_below(self.data_dir / "pictures")


@pytest.fixture
async def house(tmp_path: Path, database_url: str) -> AsyncIterator[House]:
    """A house that keeps inputs for a day and results for thirty."""
    async with open_database(database_url) as sessions:
        yield House(tmp_path, sessions)


async def test_inputs_expire_first_then_results_together_with_the_row(house: House) -> None:
    job = await house.delivered(b"photo", b"painting")
    results = {sha256(b"painting"), sha256(b"gif of painting")}
    inputs = {sha256(b"photo"), sha256(b"style of photo")}

    house.later(hours=23.9)
    assert await house.janitor.sweep() == Forgotten(0, 0)
    assert house.kept() == inputs | results

    house.later(hours=0.2)
    assert await house.janitor.sweep() == Forgotten(0, 2)
    assert house.kept() == results

    house.later(days=30)
    assert await house.janitor.sweep() == Forgotten(1, 2)
    assert house.kept() == set()
    assert await house.records.get(job.job_id) is None


async def test_one_sweep_deletes_all_old_rows(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.storage.retention.NAMES_AT_ONCE", 2)
    jobs = [await house.delivered(b"photo %d" % number, b"painting %d" % number) for number in range(5)]
    house.later(days=31)

    assert (await house.janitor.sweep()).jobs == 5
    assert [await house.records.get(job.job_id) for job in jobs] == [None] * 5


async def test_pictures_stay_until_the_last_job_that_needs_them_is_settled(house: House) -> None:
    old = await house.delivered(b"photo", b"painting")
    waiting = await house.painted(await house.job(b"photo", b"other style"), b"painting")
    house.later(days=365)

    await house.janitor.sweep()
    needed = {sha256(picture) for picture in (b"photo", b"other style", b"painting", b"gif")}
    assert house.kept() == needed
    assert await house.records.get(old.job_id) is None

    await house.records.save(waiting.delivered(message_id=6))
    await house.janitor.sweep()
    assert house.kept() == set()
    assert await house.records.get(waiting.job_id) is None


async def test_every_style_and_mask_is_kept_with_its_job(house: House) -> None:
    content, second, mask = [await house.store.put(picture) for picture in (b"photo", b"waves", b"mask")]
    styles = Input("style", sha256=await house.store.put(b"style")), Input("style", 1, second, 0.5, mask)
    job = make_job(inputs=(Input("content", sha256=content), *styles), state=JobState.PAINTED)
    await house.records.add(job)
    house.later(days=365)

    await house.janitor.sweep()
    assert house.kept() == {sha256(picture) for picture in (b"photo", b"style", b"waves", b"mask")}

    await house.records.save(job.delivered(message_id=5))
    await house.janitor.forget_member(ALICE, under_way=())
    assert house.kept() == set()


async def test_forgotten_jobs_leave_no_rows(house: House) -> None:
    await house.delivered(b"old", b"old painting")
    house.later(days=31)
    await house.janitor.sweep()
    await house.delivered(b"new", b"new painting")

    await house.janitor.forget_member(ALICE, under_way=())

    async with house.sessions() as session:
        for table in (JobRow, JobInputRow, JobResultRow):
            assert (await session.scalars(select(table.job_id))).all() == []


async def test_a_favorites_results_and_row_outlive_their_hours_until_it_is_unstarred(house: House) -> None:
    favorites = Favorites(house.sessions, limit=1)
    job = await house.delivered(b"photo", b"painting")
    await house.delivered(b"other photo", b"other painting")
    await favorites.add(ALICE, job.job_id)
    house.later(days=365)

    await house.janitor.sweep()
    assert house.kept() == {sha256(b"painting"), sha256(b"gif of painting")}
    assert await house.records.get(job.job_id) is not None

    await favorites.remove(ALICE, job.job_id)
    await house.janitor.sweep()
    assert house.kept() == set()
    assert await house.records.get(job.job_id) is None


async def test_a_deleted_favorite_is_kept_no_longer_than_others(house: House) -> None:
    job = await house.delivered(b"photo", b"painting")
    await Favorites(house.sessions, limit=1).add(ALICE, job.job_id)
    await house.records.save(job.deleted())

    await house.janitor.sweep()
    assert house.kept() == {sha256(b"photo"), sha256(b"style of photo")}

    house.later(days=31)
    await house.janitor.sweep()
    assert await house.records.get(job.job_id) is None


async def test_a_full_disk_costs_favorites_last_and_the_row_says_when(house: House) -> None:
    old, new = await house.delivered(b"photo", b"old" * 1000), await house.delivered(b"photo", b"new" * 1000)
    await Favorites(house.sessions, limit=1).add(ALICE, old.job_id)
    house.apply(SETTINGS.model_copy(update={"free_bytes": 100_000}))

    house.free_bytes = 99_999
    await house.janitor.sweep()
    house.free_bytes = 95_000
    await house.janitor.sweep()
    assert sha256(b"old" * 1000) in house.kept()
    assert sha256(b"new" * 1000) not in house.kept()

    house.free_bytes = 0
    await house.janitor.sweep()
    assert house.kept() == set()
    for job in (old, new):
        saved = await house.records.get(job.job_id)
        assert saved is not None
        assert saved.files_deleted_at == house.now


async def test_the_next_sweep_removes_a_deleted_painting(house: House) -> None:
    job = await house.delivered(b"photo", b"painting")
    await house.records.save(job.deleted())

    await house.janitor.sweep()

    assert house.kept() == {sha256(b"photo"), sha256(b"style of photo")}


async def test_above_the_size_limit_the_oldest_unneeded_paintings_are_deleted(house: House) -> None:
    for name in (b"first", b"second", b"third"):
        await house.delivered(name, name + b" painting" * 1000)
    waiting = await house.painted(await house.job(b"w" * 9000), b"p" * 9000)
    other_files_bytes = sum(path.stat().st_size for path in house.data_dir.iterdir() if path.is_file())
    kept = sum(path.stat().st_size for path in house.store._folder.rglob("*") if path.is_file())

    house.apply(SETTINGS.model_copy(update={"size_limit_bytes": other_files_bytes + kept - 13500}))
    await house.janitor.sweep()
    paintings = {name: sha256(name + b" painting" * 1000) for name in (b"first", b"second", b"third")}
    assert {name for name, painting in paintings.items() if painting in house.kept()} == {b"second", b"third"}
    assert sha256(b"first") in house.kept()

    house.apply(SETTINGS.model_copy(update={"size_limit_bytes": 1}))
    await house.janitor.sweep()
    needed = (*(one.sha256 for one in waiting.inputs), sha256(b"p" * 9000), sha256(b"gif"))
    assert house.kept() == set(needed)


async def test_on_a_nearly_full_disk_paintings_are_deleted_until_the_reserve_is_free(house: House) -> None:
    await house.delivered(b"first", b"painting" * 1000)
    await house.delivered(b"second", b"another painting" * 1000)
    house.apply(SETTINGS.model_copy(update={"free_bytes": 10_000}))
    house.free_bytes = 9_000

    with pytest.raises(DiskFull):
        house.disk.refuse_if_full()
    await house.janitor.sweep()

    assert sha256(b"painting" * 1000) not in house.kept()
    assert sha256(b"another painting" * 1000) in house.kept()
    house.free_bytes = 10_000
    house.disk.refuse_if_full()


async def test_leftovers_of_a_crash_are_deleted_but_not_a_file_being_stored(house: House) -> None:
    store = house.store
    await store.put(b"named by no row")
    folder = house.data_dir / "pictures" / "ab"
    folder.mkdir()
    (folder / "unfinished-0123").write_bytes(b"half a pic")
    (house.data_dir / "pictures" / "notes.txt").write_text("not ours")

    with store.lease() as lease:
        just_stored = await store.put(b"its row comes in a moment", lease=lease)
        await house.janitor.sweep()
        assert house.kept() == {just_stored, "notes.txt"}

    await house.janitor.sweep()
    assert house.kept() == {"notes.txt"}


class Gallery:
    """A made-up repository that owns pictures."""

    def __init__(self, *needed: str) -> None:
        self.needed = set(needed)
        self.is_asked: Callable[[], Awaitable[object]] | None = None
        """What happens while it looks for what it needs."""

    async def needed_pictures(self) -> set[str]:
        found = set(self.needed)
        if self.is_asked is not None:
            await self.is_asked()
        return found


async def test_files_of_another_owner_are_never_deleted(house: House) -> None:
    exhibit = await house.store.put(b"a style that no job names")
    hung = await house.delivered(b"photo", b"painting" * 1000)
    painting = sha256(b"painting" * 1000)
    gallery = Gallery(exhibit, painting)
    house.add_owner(gallery)

    house.later(days=365)  # it has expired
    await house.janitor.sweep()
    assert house.kept() == {exhibit, painting}
    assert await house.records.get(hung.job_id) is None

    for full in ({"size_limit_bytes": 1}, {"free_bytes": 2**60}):  # there is too little space
        house.apply(SETTINGS.model_copy(update=full))
        await house.janitor.sweep()
        assert house.kept() == {exhibit, painting}

    gallery.needed = {exhibit}  # the gallery drops it
    house.apply(SETTINGS)
    await house.janitor.sweep()
    assert house.kept() == {exhibit}


async def test_a_full_disk_or_a_forgotten_member_spares_files_of_another_owner(house: House) -> None:
    await house.delivered(b"photo", b"painting" * 1000)
    painting = sha256(b"painting" * 1000)
    house.add_owner(Gallery(painting))

    house.apply(SETTINGS.model_copy(update={"size_limit_bytes": 1}))
    await house.janitor.sweep()
    assert house.kept() == {painting}

    await house.janitor.forget_member(ALICE, under_way=())
    assert not await house.janitor.knows(ALICE)
    assert house.kept() == {painting}


async def test_a_picture_leased_during_a_sweep_is_kept(house: House) -> None:
    name = await house.store.put(b"an old photo that somebody sends again")

    async def send_again() -> None:
        with house.store.lease() as lease:
            assert await house.store.has(name, lease=lease)

    gallery = Gallery()
    gallery.is_asked = send_again
    house.add_owner(gallery)
    await house.janitor.sweep()

    assert house.kept() == {name}


def test_every_column_that_names_a_picture_has_an_owner() -> None:
    """Otherwise the janitor would delete its pictures: a new table needs a `PictureOwner` in `bot/app.py`."""
    naming = {
        str(column) for table in Base.metadata.tables.values() for column in table.columns if "sha256" in column.name
    }

    assert naming == {f"{column.class_.__tablename__}.{column.key}" for column in JobRetention.columns}


async def test_thumbnails_are_kept_and_deleted_with_their_pictures(house: House) -> None:
    small = await house.store.put(b"a small photo")
    job = await house.painted(await house.job(b"photo"), b"painting", thumbnail=small)
    await house.records.save(job.delivered(message_id=5))

    house.later(hours=23)
    await house.janitor.sweep()
    assert small in house.kept()

    house.later(hours=2)
    await house.janitor.sweep()
    assert house.kept() == {sha256(b"painting"), sha256(b"gif")}


async def test_forgetting_a_member_keeps_files_that_others_need(house: House) -> None:
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


async def test_a_member_can_be_forgotten_while_others_vary_their_painting(house: House) -> None:
    mine = await house.delivered(b"mine", b"my painting")
    content = Input("content", sha256=mine.input("content").sha256, name="alice.png")
    with_others_picture = make_job(
        BOB,
        inputs=(content, replace(content, role="style")),
        source_owner_id=ALICE,
        origin_url="https://discord.com",
        state=JobState.PAINTED,
    )
    await house.records.add(with_others_picture)
    await house.records.save(with_others_picture.delivered(message_id=6))

    await house.janitor.forget_member(ALICE, under_way=())

    assert house.kept() == set()
    bobs = await house.records.get(with_others_picture.job_id)
    assert bobs is not None
    assert (bobs.inputs, bobs.origin_url) == ((Input("content"), Input("style")), None)
    assert not await house.janitor.knows(ALICE)


async def test_old_pictures_are_deleted_at_startup_and_every_fifteen_minutes(
    open_studio: OpenStudio, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    await PictureStore(tmp_path / "pictures").put(b"needed by nobody")
    studio: Studio = await open_studio(now=lambda: now)
    await studio.wait_until(lambda: not files_below(tmp_path / "pictures"))

    async with open_database(studio.app.settings.database) as sessions:
        sweep = await DueRecords(sessions).get("retention", "")
        while sweep is None or sweep.due_at == now:  # the first sweep isn't recorded as done yet
            sweep = await DueRecords(sessions).get("retention", "")
    assert sweep.due_at == now + SWEEP_INTERVAL == now + timedelta(minutes=15)


def full(*_arguments: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


async def test_a_write_to_a_full_disk_leaves_nothing_behind_and_pauses_new_jobs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    disk = Disk(tmp_path, reserve_bytes=0, clock=lambda: now)
    store = PictureStore(tmp_path / "pictures", disk=disk)
    disk.refuse_if_full()

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(DiskFull):
            await store.put(b"picture")

    assert files_below(tmp_path) == set()
    with pytest.raises(DiskFull):
        disk.refuse_if_full()
    now += PAUSE_SECONDS
    disk.refuse_if_full()
    assert await store.read(await store.put(b"picture")) == b"picture"


async def test_no_new_jobs_are_accepted_without_the_disk_reserve(open_studio: OpenStudio) -> None:
    studio: Studio = await open_studio()
    finished = await studio.stylize()
    await studio.finish()
    studio.app.client.studio.intake.disk._reserve_bytes = 2**60

    for answer in (await studio.stylize(), await studio.press(finished, "Again")):
        assert ephemeral_text(answer) == str(DiskFull())


async def test_the_sender_of_a_picture_reads_that_the_disk_is_full(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.files.store._sync_folder", full)

    assert ephemeral_text(await studio.stylize()) == str(DiskFull())


async def test_a_painting_waits_for_disk_space_and_is_delivered(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = await studio.stylize()
    monkeypatch.setattr("bot.files.store._sync_folder", full)
    await studio.finish()
    assert files(answer.response) != ["painting.png", "progress.gif"]

    monkeypatch.undo()
    await studio.env.advance_time(MAX_DELAY_SECONDS)

    assert files(answer.response) == ["painting.png", "progress.gif"]


async def test_buttons_work_on_a_kept_painting_and_say_if_its_pictures_are_gone(
    open_studio: OpenStudio,
) -> None:
    now = datetime.now(UTC)
    studio: Studio = await open_studio(now=lambda: now)
    answer = await studio.stylize()
    await studio.finish()
    janitor = studio.app.client.studio.janitor

    await janitor.sweep()
    assert not (await studio.press(answer, "Again")).ephemeral
    await studio.finish()
    now += timedelta(hours=25)
    await janitor.sweep()

    refusal = ephemeral_text(await studio.press(answer, "Again"))
    assert refusal == "Atelier no longer has the pictures of this painting. Send them again with /stylize."
    assert texts(answer.response)


def test_a_disk_without_its_reserve_is_noticed_before_startup(tmp_path: Path) -> None:
    finding = check_data_dir(tmp_path, reserve_bytes=2**60)

    assert not finding.ok
    assert "Below 1099511627776 MiB, new paintings are refused." in finding.detail
    assert check_data_dir(tmp_path).ok
