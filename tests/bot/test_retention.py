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
from bot.gallery.gallery import Gallery as Styles
from bot.gallery.style import Shelf, Style, Visitor
from bot.painting.job import Input, Job, JobState, Result
from bot.storage.challenge_members import ChallengeMembers
from bot.storage.challenges import ChallengeRecords
from bot.storage.due import DueRecords
from bot.storage.engine import open_database
from bot.storage.favorites import Favorites
from bot.storage.jobs import JobRecords
from bot.storage.models import Base, JobInputRow, JobResultRow, JobRow
from bot.storage.retention import JobRetention
from bot.storage.sessions import Sessions
from bot.storage.styles import StyleRecords
from config.settings import GallerySettings, RetentionSettings
from tests.bot.conftest import OpenStudio, Studio, ephemeral_text, files, texts
from tests.bot.jobs import make_job
from tests.databases import open_current_database

ALICE, BOB = 1, 2
SETTINGS = RetentionSettings(input_hours=24, result_hours=720, size_limit_bytes=0, free_bytes=0)


def sha256(picture: bytes) -> str:
    return hashlib.sha256(picture).hexdigest()


def files_below(folder: Path) -> set[str]:
    """Return the names of all files in a folder and its subfolders."""
    return {path.name for path in folder.rglob("*") if path.is_file()}


class Storage:
    """A data directory, a database, and a janitor that sweeps on request."""

    def __init__(self, data_dir: Path, sessions: Sessions, settings: RetentionSettings = SETTINGS) -> None:
        self.data_dir = data_dir
        self.free_bytes = 2**40
        self.sessions = sessions
        self.records = JobRecords(sessions)
        self.owners: list[PictureOwner] = [styles := StyleRecords(sessions)]
        self.gallery = Styles(styles, {}, GallerySettings())
        self.now = datetime.now(UTC)
        self.apply(settings)

    def apply(self, settings: RetentionSettings) -> None:
        """Apply these settings from now on."""
        self.disk = Disk(self.data_dir, reserve_bytes=settings.free_bytes, measure=lambda _: self.free_bytes)
        self.store = PictureStore(self.data_dir / "pictures", disk=self.disk)
        jobs = JobRetention(self.sessions, settings, now=lambda: self.now, names_at_once=2)
        self.janitor = Janitor(
            jobs=jobs,
            owners=self.owners,
            styles=self.gallery,
            challenges=ChallengeMembers(self.sessions),
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
async def storage(tmp_path: Path, database_url: str) -> AsyncIterator[Storage]:
    """Keeps inputs for a day and results for thirty."""
    async with open_current_database(database_url) as sessions:
        yield Storage(tmp_path, sessions)


async def test_inputs_expire_first_then_results_together_with_the_row(storage: Storage) -> None:
    job = await storage.delivered(b"photo", b"painting")
    results = {sha256(b"painting"), sha256(b"gif of painting")}
    inputs = {sha256(b"photo"), sha256(b"style of photo")}

    storage.later(hours=23.9)
    assert await storage.janitor.sweep() == Forgotten(0, 0)
    assert storage.kept() == inputs | results

    storage.later(hours=0.2)
    assert await storage.janitor.sweep() == Forgotten(0, 2)
    assert storage.kept() == results

    storage.later(days=30)
    assert await storage.janitor.sweep() == Forgotten(1, 2)
    assert storage.kept() == set()
    assert await storage.records.get(job.job_id) is None


async def test_one_sweep_deletes_all_old_rows(storage: Storage) -> None:
    jobs = [await storage.delivered(b"photo %d" % number, b"painting %d" % number) for number in range(5)]
    storage.later(days=31)

    assert (await storage.janitor.sweep()).jobs == 5
    assert [await storage.records.get(job.job_id) for job in jobs] == [None] * 5


async def test_pictures_stay_until_the_last_job_that_needs_them_is_settled(storage: Storage) -> None:
    old = await storage.delivered(b"photo", b"painting")
    waiting = await storage.painted(await storage.job(b"photo", b"other style"), b"painting")
    storage.later(days=365)

    await storage.janitor.sweep()
    needed = {sha256(picture) for picture in (b"photo", b"other style", b"painting", b"gif")}
    assert storage.kept() == needed
    assert await storage.records.get(old.job_id) is None

    await storage.records.save(waiting.delivered(message_id=6))
    await storage.janitor.sweep()
    assert storage.kept() == set()
    assert await storage.records.get(waiting.job_id) is None


async def test_every_style_and_mask_is_kept_with_its_job(storage: Storage) -> None:
    content, second, mask = [await storage.store.put(picture) for picture in (b"photo", b"waves", b"mask")]
    styles = Input("style", sha256=await storage.store.put(b"style")), Input("style", 1, second, 0.5)
    inputs = (Input("content", sha256=content), *styles, Input("mask", sha256=mask))
    job = make_job(inputs=inputs, state=JobState.PAINTED)
    await storage.records.add(job)
    storage.later(days=365)

    await storage.janitor.sweep()
    assert storage.kept() == {sha256(picture) for picture in (b"photo", b"style", b"waves", b"mask")}

    await storage.records.save(job.delivered(message_id=5))
    await storage.janitor.forget_member(ALICE, in_progress=())
    assert storage.kept() == set()


async def test_forgotten_jobs_leave_no_rows(storage: Storage) -> None:
    await storage.delivered(b"old", b"old painting")
    storage.later(days=31)
    await storage.janitor.sweep()
    await storage.delivered(b"new", b"new painting")

    await storage.janitor.forget_member(ALICE, in_progress=())

    async with storage.sessions() as session:
        for table in (JobRow, JobInputRow, JobResultRow):
            assert (await session.scalars(select(table.job_id))).all() == []


async def test_a_favorites_results_and_row_outlive_their_hours_until_it_is_unstarred(storage: Storage) -> None:
    favorites = Favorites(storage.sessions, limit=1)
    job = await storage.delivered(b"photo", b"painting")
    await storage.delivered(b"other photo", b"other painting")
    await favorites.add(ALICE, job.job_id)
    storage.later(days=365)

    await storage.janitor.sweep()
    assert storage.kept() == {sha256(b"painting"), sha256(b"gif of painting")}
    assert await storage.records.get(job.job_id) is not None

    await favorites.remove(ALICE, job.job_id)
    await storage.janitor.sweep()
    assert storage.kept() == set()
    assert await storage.records.get(job.job_id) is None


async def test_a_deleted_favorite_is_kept_no_longer_than_others(storage: Storage) -> None:
    job = await storage.delivered(b"photo", b"painting")
    await Favorites(storage.sessions, limit=1).add(ALICE, job.job_id)
    await storage.records.save(job.deleted())

    await storage.janitor.sweep()
    assert storage.kept() == {sha256(b"photo"), sha256(b"style of photo")}

    storage.later(days=31)
    await storage.janitor.sweep()
    assert await storage.records.get(job.job_id) is None


async def test_a_full_disk_costs_favorites_last_and_the_row_says_when(storage: Storage) -> None:
    old, new = await storage.delivered(b"photo", b"old" * 1000), await storage.delivered(b"photo", b"new" * 1000)
    await Favorites(storage.sessions, limit=1).add(ALICE, old.job_id)
    storage.apply(SETTINGS.model_copy(update={"free_bytes": 100_000}))

    storage.free_bytes = 99_999
    await storage.janitor.sweep()
    storage.free_bytes = 95_000
    await storage.janitor.sweep()
    assert sha256(b"old" * 1000) in storage.kept()
    assert sha256(b"new" * 1000) not in storage.kept()

    storage.free_bytes = 0
    await storage.janitor.sweep()
    assert storage.kept() == set()
    for job in (old, new):
        saved = await storage.records.get(job.job_id)
        assert saved is not None
        assert saved.files_deleted_at == storage.now


async def test_the_next_sweep_removes_a_deleted_painting(storage: Storage) -> None:
    job = await storage.delivered(b"photo", b"painting")
    await storage.records.save(job.deleted())

    await storage.janitor.sweep()

    assert storage.kept() == {sha256(b"photo"), sha256(b"style of photo")}


async def test_above_the_size_limit_the_oldest_unneeded_paintings_are_deleted(storage: Storage) -> None:
    for name in (b"first", b"second", b"third"):
        await storage.delivered(name, name + b" painting" * 1000)
    waiting = await storage.painted(await storage.job(b"w" * 9000), b"p" * 9000)
    other_files_bytes = sum(path.stat().st_size for path in storage.data_dir.iterdir() if path.is_file())
    kept = sum(path.stat().st_size for path in (storage.data_dir / "pictures").rglob("*") if path.is_file())

    storage.apply(SETTINGS.model_copy(update={"size_limit_bytes": other_files_bytes + kept - 13500}))
    await storage.janitor.sweep()
    paintings = {name: sha256(name + b" painting" * 1000) for name in (b"first", b"second", b"third")}
    assert {name for name, painting in paintings.items() if painting in storage.kept()} == {b"second", b"third"}
    assert sha256(b"first") in storage.kept()

    storage.apply(SETTINGS.model_copy(update={"size_limit_bytes": 1}))
    await storage.janitor.sweep()
    needed = (*(source.sha256 for source in waiting.inputs), sha256(b"p" * 9000), sha256(b"gif"))
    assert storage.kept() == set(needed)


async def test_on_a_nearly_full_disk_paintings_are_deleted_until_the_reserve_is_free(storage: Storage) -> None:
    await storage.delivered(b"first", b"painting" * 1000)
    await storage.delivered(b"second", b"another painting" * 1000)
    storage.apply(SETTINGS.model_copy(update={"free_bytes": 10_000}))
    storage.free_bytes = 9_000

    with pytest.raises(DiskFull):
        storage.disk.refuse_if_full()
    await storage.janitor.sweep()

    assert sha256(b"painting" * 1000) not in storage.kept()
    assert sha256(b"another painting" * 1000) in storage.kept()
    storage.free_bytes = 10_000
    storage.disk.refuse_if_full()


async def test_leftovers_of_a_crash_are_deleted_but_not_a_file_being_stored(storage: Storage) -> None:
    store = storage.store
    await store.put(b"named by no row")
    folder = storage.data_dir / "pictures" / "ab"
    folder.mkdir()
    (folder / "unfinished-0123").write_bytes(b"half a pic")
    (storage.data_dir / "pictures" / "notes.txt").write_text("not ours")

    with store.lease() as lease:
        just_stored = await store.put(b"its row comes in a moment", lease=lease)
        await storage.janitor.sweep()
        assert storage.kept() == {just_stored, "notes.txt"}

    await storage.janitor.sweep()
    assert storage.kept() == {"notes.txt"}


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


async def test_files_of_another_owner_are_never_deleted(storage: Storage) -> None:
    exhibit = await storage.store.put(b"a style that no job names")
    hung = await storage.delivered(b"photo", b"painting" * 1000)
    painting = sha256(b"painting" * 1000)
    gallery = Gallery(exhibit, painting)
    storage.add_owner(gallery)

    storage.later(days=365)  # it has expired
    await storage.janitor.sweep()
    assert storage.kept() == {exhibit, painting}
    assert await storage.records.get(hung.job_id) is None

    for full in ({"size_limit_bytes": 1}, {"free_bytes": 2**60}):  # there is too little space
        storage.apply(SETTINGS.model_copy(update=full))
        await storage.janitor.sweep()
        assert storage.kept() == {exhibit, painting}

    gallery.needed = {exhibit}  # the gallery drops it
    storage.apply(SETTINGS)
    await storage.janitor.sweep()
    assert storage.kept() == {exhibit}


async def test_a_full_disk_or_a_forgotten_member_spares_files_of_another_owner(storage: Storage) -> None:
    await storage.delivered(b"photo", b"painting" * 1000)
    painting = sha256(b"painting" * 1000)
    storage.add_owner(Gallery(painting))

    storage.apply(SETTINGS.model_copy(update={"size_limit_bytes": 1}))
    await storage.janitor.sweep()
    assert storage.kept() == {painting}

    await storage.janitor.forget_member(ALICE, in_progress=())
    assert not await storage.janitor.knows(ALICE)
    assert storage.kept() == {painting}


async def test_a_picture_leased_during_a_sweep_is_kept(storage: Storage) -> None:
    name = await storage.store.put(b"an old photo that somebody sends again")

    async def send_again() -> None:
        with storage.store.lease() as lease:
            assert await storage.store.has(name, lease=lease)

    gallery = Gallery()
    gallery.is_asked = send_again
    storage.add_owner(gallery)
    await storage.janitor.sweep()

    assert storage.kept() == {name}


def test_every_column_that_names_a_picture_has_an_owner() -> None:
    """Otherwise the janitor would delete its pictures: a new table needs a `PictureOwner` in `bot/app.py`."""
    naming = {
        str(column) for table in Base.metadata.tables.values() for column in table.columns if "sha256" in column.name
    }

    owned = (*JobRetention.columns, *StyleRecords.columns, *ChallengeRecords.columns)
    assert naming == {f"{column.class_.__tablename__}.{column.key}" for column in owned}


async def test_thumbnails_are_kept_and_deleted_with_their_pictures(storage: Storage) -> None:
    small = await storage.store.put(b"a small photo")
    job = await storage.painted(await storage.job(b"photo"), b"painting", thumbnail=small)
    await storage.records.save(job.delivered(message_id=5))

    storage.later(hours=23)
    await storage.janitor.sweep()
    assert small in storage.kept()

    storage.later(hours=2)
    await storage.janitor.sweep()
    assert storage.kept() == {sha256(b"painting"), sha256(b"gif")}


async def test_forgetting_a_member_keeps_files_that_others_need(storage: Storage) -> None:
    mine = await storage.delivered(b"mine", b"my painting")
    shared = await storage.delivered(b"shared", b"another of mine")
    bobs = await storage.job(b"shared", owner_id=BOB)
    in_progress = await storage.job(b"on its way")

    assert await storage.janitor.knows(ALICE)
    assert await storage.janitor.forget_member(ALICE, in_progress={in_progress.job_id}) == Forgotten(2, 7)

    left = {sha256(picture) for picture in (b"shared", b"style", b"on its way")}
    assert storage.kept() == left
    await storage.janitor.forget_member(ALICE, in_progress=())
    assert not await storage.janitor.knows(ALICE)
    assert storage.kept() == {sha256(picture) for picture in (b"shared", b"style")}
    assert [await storage.records.get(job.job_id) for job in (mine, shared)] == [None, None]
    assert await storage.records.get(bobs.job_id) is not None


async def test_a_member_is_forgotten_before_files_are_looked_for(storage: Storage) -> None:
    await storage.delivered(b"mine", b"my painting")
    files = storage.kept()
    seen: list[tuple[Forgotten, bool, set[str]]] = []

    async def see(forgotten: Forgotten) -> None:
        seen.append((forgotten, await storage.janitor.knows(ALICE), storage.kept()))

    await storage.janitor.forget_member(ALICE, in_progress=(), on_records_deleted=see)
    await storage.janitor.forget_member(ALICE, in_progress=(), on_records_deleted=see)  # of whom nothing is left

    assert seen == [(Forgotten(jobs=1), False, files)]
    assert storage.kept() == set()


async def test_a_styles_pictures_are_kept_until_it_is_removed(storage: Storage) -> None:
    picture, thumbnail = [await storage.store.put(each) for each in (b"waves", b"small waves")]
    alice = Visitor(ALICE, 10)
    style = Style("Waves", Shelf.of_server(10), owner_id=ALICE, sha256=picture, thumbnail_sha256=thumbnail)
    await storage.gallery.add(style, alice)

    storage.later(hours=24 * 365)
    storage.apply(SETTINGS.model_copy(update={"size_limit_bytes": 1}))
    await storage.janitor.sweep()
    assert storage.kept() == {picture, thumbnail}

    await storage.gallery.remove(style.style_id, alice)
    await storage.janitor.sweep()
    assert storage.kept() == set()


async def test_forgetting_a_member_deletes_their_styles_and_keeps_pictures_that_others_need(storage: Storage) -> None:
    shared, thumbnail, own = [await storage.store.put(each) for each in (b"waves", b"small waves", b"sea")]
    for member_id, sha256 in ((ALICE, shared), (ALICE, own), (BOB, shared)):
        shelf = Shelf.of_member(member_id)
        style = Style(f"Sea {sha256[:9]}", shelf, owner_id=member_id, sha256=sha256, thumbnail_sha256=thumbnail)
        await storage.gallery.add(style, Visitor(member_id))

    assert await storage.janitor.knows(ALICE)
    assert await storage.janitor.forget_member(ALICE, in_progress=()) == Forgotten(0, 1, 2)

    assert storage.kept() == {shared, thumbnail}
    assert not await storage.janitor.knows(ALICE)
    assert await storage.janitor.knows(BOB)


async def test_a_member_can_be_forgotten_while_others_vary_their_painting(storage: Storage) -> None:
    mine = await storage.delivered(b"mine", b"my painting")
    content = Input("content", sha256=mine.input("content").sha256, name="alice.png")
    with_others_picture = make_job(
        BOB,
        inputs=(content, replace(content, role="style")),
        source_owner_id=ALICE,
        origin_url="https://discord.com",
        state=JobState.PAINTED,
    )
    await storage.records.add(with_others_picture)
    await storage.records.save(with_others_picture.delivered(message_id=6))

    await storage.janitor.forget_member(ALICE, in_progress=())

    assert storage.kept() == set()
    bobs = await storage.records.get(with_others_picture.job_id)
    assert bobs is not None
    assert (bobs.inputs, bobs.origin_url) == ((Input("content"), Input("style")), None)
    assert not await storage.janitor.knows(ALICE)


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
    studio: Studio = await open_studio(retention={"free_bytes": 2**60})

    assert ephemeral_text(await studio.stylize()) == str(DiskFull())


async def test_no_variations_are_accepted_after_the_disk_was_full(studio: Studio) -> None:
    finished = await studio.stylize()
    await studio.finish()
    studio.app.client.studio.intake.disk.pause()

    assert ephemeral_text(await studio.press(finished, "Again")) == str(DiskFull())


async def test_the_sender_of_a_picture_reads_that_the_disk_is_full(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.fsync", full)

    assert ephemeral_text(await studio.stylize()) == str(DiskFull())


async def test_a_painting_waits_for_disk_space_and_is_delivered(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = await studio.stylize()
    monkeypatch.setattr("os.fsync", full)
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
