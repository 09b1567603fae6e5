"""A database of any version is upgraded to the current version without losing data."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import main as alembic
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, MetaData, String, insert, inspect, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import create_async_engine

from bot.errors import DatabaseDamaged, DatabaseTooNew
from bot.painting.job import (
    AS_CONTENT,
    Before,
    Cell,
    Colors,
    Input,
    InputRole,
    Job,
    JobKind,
    JobState,
    PaintingOptions,
    Result,
    Start,
    Variation,
)
from bot.storage.engine import describe_database, open_database
from bot.storage.jobs import JobRecords
from bot.storage.models import Base, JobResultRow
from bot.storage.preferences import NO_PREFERENCES, Preferences
from bot.storage.sessions import Sessions
from bot.storage.upgrade import MIGRATIONS, alembic_config, newest_revision
from stylizer.recipe import MAX_STYLE_STRENGTH
from tests.bot.jobs import make_job
from tests.databases import open_current_database

ROOT = Path(__file__).parents[2]
REQUESTED_AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
PICTURES: dict[InputRole, str] = {"content": "cd", "style": "st"}
FORMER_STATES = ("waiting", "painting", "delivered", "cancelled", "failed", "interrupted", "deleted")


async def on(url: str, do: Callable[[Connection], Any]) -> Any:
    """Run a function on a database without the bot."""
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        result = await connection.run_sync(do)
    await engine.dispose()
    return result


def differences(connection: Connection) -> list[Any]:
    """Return how the tables differ from the models."""
    context = MigrationContext.configure(connection, opts={"compare_server_default": True})
    return list(compare_metadata(context, Base.metadata))


def go_up(revision: str) -> Callable[[Connection], None]:
    return lambda connection: command.upgrade(alembic_config(connection), revision)


def go_down(revision: str) -> Callable[[Connection], None]:
    return lambda connection: command.downgrade(alembic_config(connection), revision)


def tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


def forget_alembic(connection: Connection) -> None:
    """Make the database look as version 0.1 created it."""
    connection.execute(text("DROP TABLE alembic_version"))


def fill(connection: Connection) -> None:
    """Insert one job in each state into the tables of version 0.1."""
    former = MetaData()
    former.reflect(connection)
    connection.execute(
        former.tables["jobs"].insert(),
        [
            {
                "job_id": state,
                "owner_id": 2**63 - 1,
                "guild_id": 2**62,
                "channel_id": 2**62 + 1,
                "message_id": 2**62 + 2,
                "content_sha256": "c" * 64,
                "style_sha256": "s" * 64,
                "recipe_name": "draft",
                "size_px": 96,
                "style_strength": 1.6,
                "keep_colors": True,
                "seed": 2**31 - 1,
                "state": state,
                "problem": None,
                "created_at": REQUESTED_AT.replace(tzinfo=None)
                if connection.dialect.name == "sqlite"
                else REQUESTED_AT,
                "ended_at": None,
            }
            for state in FORMER_STATES
        ],
    )
    connection.execute(former.tables["synced_commands"].insert(), [{"application": "one", "digest": "a"}])


async def test_an_empty_database_gets_the_tables_of_the_models(database_url: str) -> None:
    async with open_database(database_url):
        pass

    assert await on(database_url, differences) == []


async def test_every_revision_goes_down_and_up_again(database_url: str) -> None:
    async with open_current_database(database_url):
        pass

    await on(database_url, go_down("base"))
    assert await on(database_url, tables) == {"alembic_version"}

    await on(database_url, go_up("head"))
    assert await on(database_url, differences) == []


async def test_upgrading_a_first_version_database_keeps_all_its_jobs(database_url: str) -> None:
    await on(database_url, go_up("0001"))
    await on(database_url, fill)
    await on(database_url, forget_alembic)

    async with open_database(database_url) as sessions:
        records = JobRecords(sessions)
        jobs = {state: await records.get(state) for state in FORMER_STATES}
        unsettled = await records.lease_unsettled(even_leased=True)

    assert unsettled == []  # their interactions can no longer be answered
    state_now = {"waiting": "failed", "painting": "failed", "interrupted": "failed", "cancelled": "canceled"}
    for state, job in jobs.items():
        assert job is not None
        assert job.state == state_now.get(state, state)
        assert (job.owner_id, job.guild_id, job.channel_id) == (2**63 - 1, 2**62, 2**62 + 1)
        assert [(source.role, source.sha256) for source in job.inputs] == [("content", "c" * 64), ("style", "s" * 64)]
        assert (job.options.recipe_name, job.options.size_px, job.options.colors) == ("draft", 96, Colors.KEEP)
        assert job.created_at == job.address.asked_at == REQUESTED_AT
        assert job.message_id == 2**62 + 2
    assert await on(database_url, differences) == []


async def test_downgrading_to_the_first_version_keeps_the_jobs(database_url: str) -> None:
    await on(database_url, go_up("0001"))
    await on(database_url, fill)
    await on(database_url, go_up("head"))

    await on(database_url, go_down("0001"))

    def states(connection: Connection) -> set[tuple[str, str]]:
        return {(row.job_id, row.state) for row in connection.execute(text("SELECT job_id, state FROM jobs"))}

    kept = {("delivered", "delivered"), ("cancelled", "cancelled"), ("deleted", "deleted")}
    failed = {(state, "failed") for state in ("waiting", "painting", "interrupted", "failed")}
    assert await on(database_url, states) == kept | failed


def fill_third(connection: Connection) -> list[dict[str, Any]]:
    """Insert two jobs at revision 0003: one with every column filled, one with only the required columns."""
    former = MetaData()
    former.reflect(connection)
    jobs = former.tables["jobs"]
    moment = REQUESTED_AT.replace(tzinfo=None) if connection.dialect.name == "sqlite" else REQUESTED_AT
    full: dict[str, Any] = {
        "job_id": "full",
        "state": "cancelled",
        "told": False,
        "owner_id": 2**63 - 1,
        "application_id": 1,
        "interaction_id": 2,
        "interaction_token": "t" * 400,
        "asked_at": moment,
        "guild_id": 3,
        "channel_id": 4,
        "upload_limit_bytes": 2**33,
        "lender_id": 2**62,
        "variation": "hd",
        "origin_url": "https://discord.com/channels/1/2/3",
        "recipe_name": "draft",
        "size_px": 96,
        "style_strength": 1.6,
        "keep_colors": True,
        "seed": 2**31 - 1,
        "starts": 3,
        "losses": 1,
        "painting_sha256": "p" * 64,
        "painting_format": "jpeg",
        "gif_sha256": "g" * 64,
        "width_px": 96,
        "height_px": 64,
        "painting_seconds": 12.5,
        "enlargement": 1.5,
        "message_id": 5,
        "message_channel_id": 6,
        "press_token": "p" * 400,
        "pressed_at": moment,
        "owner_notified": True,
        "problem": "It rained.",
        "problem_is_private": True,
        "created_at": moment,
        "ended_at": moment,
        "lease_owner": "somebody",
        "leased_until": moment,
    }
    for role, letters in PICTURES.items():
        full |= {
            f"{role}_url": f"https://{role}",
            f"{role}_size_bytes": 2**33,
            f"{role}_sha256": letters[0] * 64,
            f"{role}_thumbnail_sha256": letters[1] * 64,
            f"{role}_name": f"{role} 写真.png",
            f"{role}_is_spoiler": role == "content",
        }
    assert set(full) == set(jobs.c.keys())
    needed = {name: value for name, value in full.items() if not jobs.c[name].nullable}
    empty = dict.fromkeys(full) | needed | {"job_id": "empty", "state": "fetching"}
    connection.execute(jobs.insert(), [full, empty])
    return [full, empty]


def all_jobs(connection: Connection) -> list[dict[str, Any]]:
    former = MetaData()
    former.reflect(connection)
    jobs = former.tables["jobs"]
    return [dict(row._mapping) for row in connection.execute(jobs.select().order_by(jobs.c.job_id.desc()))]


def indexes(connection: Connection) -> set[str | None]:
    return {index["name"] for index in inspect(connection).get_indexes("jobs")}


async def test_an_old_job_keeps_its_pictures_through_upgrade_and_downgrade(database_url: str) -> None:
    await on(database_url, go_up("0003"))
    written = await on(database_url, fill_third)
    former_indexes = await on(database_url, indexes)

    async with open_database(database_url) as sessions:
        full, empty = [await JobRecords(sessions).get(job_id) for job_id in ("full", "empty")]
    assert full is not None
    assert full.inputs == tuple(
        Input(
            role,
            sha256=letters[0] * 64,
            url=f"https://{role}",
            size_bytes=2**33,
            thumbnail_sha256=letters[1] * 64,
            name=f"{role} 写真.png",
            is_spoiler=role == "content",
        )
        for role, letters in PICTURES.items()
    )
    assert full.results == (
        Result("painting", "image/jpeg", "p" * 64, width_px=96, height_px=64),
        Result("timelapse", "image/gif", "g" * 64),
    )
    assert (full.state, full.is_settled, full.source_owner_id, full.locale) == ("canceled", False, 2**62, None)
    assert (full.painting_seconds, full.enlargement, full.address.token) == (12.5, 1.5, "t" * 400)
    assert empty is not None
    assert [(source.role, source.sha256, source.size_bytes) for source in empty.inputs] == [
        ("content", None, 2**33),
        ("style", None, 2**33),
    ]
    assert empty.results == ()
    assert await on(database_url, differences) == []

    await on(database_url, go_down("0003"))
    assert await on(database_url, all_jobs) == written
    assert await on(database_url, indexes) == former_indexes

    await on(database_url, go_up("head"))
    async with open_database(database_url) as sessions:
        assert [await JobRecords(sessions).get(job_id) for job_id in ("full", "empty")] == [full, empty]


async def add_finished_job(sessions: Sessions) -> Job:
    """Add a job with inputs and a result."""
    job = make_job(results=(Result("painting", "image/png", "p" * 64),), starts=5, requeues=2)
    await JobRecords(sessions).add(job)
    return job


async def test_old_style_strengths_become_the_dial_that_looks_the_same_and_back(database_url: str) -> None:
    factors = {"photograph": 0.0, "trace": 0.01, "half": 0.5, "recipe": 1.0, "more": 1.6, "most": 10.0}

    def insert(connection: Connection) -> None:
        jobs = MetaData()
        jobs.reflect(connection)
        full = fill_third(connection)[1]
        rows = [{**full, "job_id": name, "style_strength": factor} for name, factor in factors.items()]
        connection.execute(jobs.tables["jobs"].insert(), rows)

    def strengths(connection: Connection) -> dict[str, float]:
        rows = connection.execute(text("SELECT job_id, style_strength FROM jobs")).all()
        return {job_id: strength for job_id, strength in rows if job_id in factors}

    await on(database_url, go_up("0003"))
    await on(database_url, insert)

    async with open_database(database_url) as sessions:
        jobs = {name: await JobRecords(sessions).get(name) for name in factors}
    dials = {name: job.options.style_strength for name, job in jobs.items() if job is not None}
    assert dials == pytest.approx(
        {"photograph": 0, "trace": 0.5, "half": 0.9, "recipe": 1, "more": 1.12, "most": 1.6}, abs=0.01
    )
    assert all(job is not None and job.options.recipe().style_strength <= MAX_STYLE_STRENGTH for job in jobs.values())

    await on(database_url, go_down("0005"))
    assert await on(database_url, strengths) == factors


async def test_preferred_style_strengths_become_the_dial_too(database_url: str) -> None:
    old = MetaData()

    def insert(connection: Connection) -> None:
        old.reflect(connection)
        flags = {"keep_colors": False, "wants_timelapse": True, "private_answers": False}
        row = {"member_id": 1, "style_strength": 10.0, **flags}
        connection.execute(old.tables["member_preferences"].insert(), row)

    await on(database_url, go_up("0009"))
    await on(database_url, insert)

    async with open_database(database_url) as sessions, sessions() as session:
        assert await session.scalar(text("SELECT style_strength FROM member_preferences")) == pytest.approx(1.6)


async def test_members_who_preferred_to_keep_colors_still_do_and_back(database_url: str) -> None:
    kept = {1: True, 2: False}

    def insert(connection: Connection) -> None:
        old = MetaData()
        old.reflect(connection)
        flags = {"wants_timelapse": True, "private_answers": False}
        rows = [{"member_id": member_id, "keep_colors": keeps, **flags} for member_id, keeps in kept.items()]
        connection.execute(old.tables["member_preferences"].insert(), rows)

    def keeping(connection: Connection) -> dict[int, bool]:
        rows = connection.execute(text("SELECT member_id, keep_colors FROM member_preferences")).all()
        return {member_id: bool(keeps) for member_id, keeps in rows}

    await on(database_url, go_up("0010"))
    await on(database_url, insert)

    async with open_database(database_url) as sessions:
        preferences = Preferences(sessions)
        await preferences.load()
        assert [preferences.of(member_id).colors for member_id in kept] == [Colors.KEEP, Colors.STYLE]
        await preferences.change(2, colors=Colors.MATCH)

    await on(database_url, go_down("0010"))
    assert await on(database_url, keeping) == kept


async def test_the_rows_of_a_job_are_deleted_with_it(database_url: str) -> None:
    async with open_current_database(database_url) as sessions:
        await add_finished_job(sessions)

        await sessions.write(text("DELETE FROM jobs"))

        async with sessions() as session:
            for table in ("job_inputs", "job_results"):
                assert (await session.execute(text(f"SELECT * FROM {table}"))).all() == []  # noqa: S608 - ours


async def test_a_row_of_no_job_is_refused(database_url: str) -> None:
    async with open_current_database(database_url) as sessions:
        with pytest.raises(IntegrityError):
            await sessions.write(
                insert(JobResultRow), {"job_id": "nobody", "kind": "painting", "media_type": "", "sha256": "p" * 64}
            )


async def test_a_job_keeps_its_rows_while_its_table_is_built_again(database_url: str) -> None:
    async with open_current_database(database_url) as sessions:
        job = await add_finished_job(sessions)

    def starts(connection: Connection) -> int:
        return int(connection.execute(text("SELECT starts FROM jobs")).scalar_one())

    await on(database_url, go_down("0005"))
    assert await on(database_url, starts) == 3  # requeues were counted as starts that never were

    async with open_database(database_url) as sessions:
        kept = await JobRecords(sessions).get(job.job_id)
        assert kept == replace(job, starts=3, requeues=0)
        await sessions.write(text("DELETE FROM jobs"))
        async with sessions() as session:
            assert (await session.execute(text("SELECT * FROM job_inputs"))).all() == []


async def test_colors_become_a_choice_of_three_on_boards_too(database_url: str) -> None:
    cells = tuple(Cell(0, PaintingOptions("sketch", colors=colors)) for colors in (Colors.STYLE, Colors.KEEP))
    board = make_job(kind=JobKind.BOARD, cells=cells, options=PaintingOptions(colors=Colors.KEEP))
    async with open_current_database(database_url) as sessions:
        await JobRecords(sessions).add(board)

    def kept(connection: Connection) -> list[bool]:
        former = MetaData()
        former.reflect(connection)
        row = connection.execute(former.tables["jobs"].select()).one()._mapping
        return [row["keep_colors"], *(cell["keep_colors"] for cell in row["cells"])]

    await on(database_url, go_down("0009"))
    assert await on(database_url, kept) == [True, False, True]

    async with open_database(database_url) as sessions:
        assert await JobRecords(sessions).get(board.job_id) == board


async def test_masks_and_spared_faces_are_dropped_by_the_version_before(database_url: str) -> None:
    options = PaintingOptions("sketch", spare_faces=True)
    board = make_job(kind=JobKind.BOARD, cells=(Cell(0, options),), options=options)
    edited = make_job(
        inputs=(Input("content", sha256="c"), Input("mask", sha256="m"), Input("style", sha256="s")),
        options=options,
        before=Before(PaintingOptions(), is_other_style=False),
    )
    async with open_current_database(database_url) as sessions:
        for job in (board, edited):
            await JobRecords(sessions).add(job)

    def has_new(connection: Connection) -> list[bool]:
        former = MetaData()
        former.reflect(connection)
        rows = [row._mapping for row in connection.execute(former.tables["jobs"].select())]
        kept = [*(cell for row in rows for cell in row["cells"]), *(row["before"] for row in rows if row["before"])]
        return ["spare_faces" in options for options in (*rows, *kept)]

    await on(database_url, go_down("0011"))
    assert await on(database_url, has_new) == [False] * 4

    async with open_database(database_url) as sessions:
        whole, plain = replace(edited, options=replace(options, spare_faces=False)), PaintingOptions("sketch")
        content, _, style = edited.inputs
        assert await JobRecords(sessions).get(edited.job_id) == replace(whole, inputs=(content, style))
        assert await JobRecords(sessions).get(board.job_id) == replace(board, options=plain, cells=(Cell(0, plain),))


async def test_choices_that_the_version_before_lacks_become_ones_that_it_has(database_url: str) -> None:
    noise = PaintingOptions(colors=Colors.ONLY, start=Start.NOISE)
    board = make_job(kind=JobKind.BOARD, cells=(Cell(0, noise),), options=noise)
    more = make_job(variation=Variation.MORE_STEPS, before=Before(noise))
    like = make_job(variation=Variation.LIKE)
    async with open_current_database(database_url) as sessions:
        for job in (board, more, like):
            await JobRecords(sessions).add(job)
            assert await JobRecords(sessions).get(job.job_id) == job
        await Preferences(sessions).change(1, colors=Colors.ONLY, size_px=AS_CONTENT)

    await on(database_url, go_down("0011"))
    async with open_database(database_url) as sessions:
        known = [await JobRecords(sessions).get(job.job_id) for job in (board, more, like)]
        preferences = Preferences(sessions)
        await preferences.load()

    plain = PaintingOptions()
    assert known == [
        replace(board, cells=(Cell(0, plain),), options=plain),
        replace(more, variation=Variation.AGAIN, before=Before(plain)),
        replace(like, variation=Variation.EDIT),
    ]
    assert preferences.of(1) == NO_PREFERENCES


LOSSY = """
from alembic import op

revision = "9998"
down_revision = "{newest}"


def upgrade():
    op.execute("DELETE FROM jobs")
"""


async def test_an_upgrade_that_would_separate_rows_from_their_jobs_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'atelier.sqlite3'}"
    async with open_current_database(url) as sessions:
        job = await add_finished_job(sessions)
    migrations = Path(shutil.copytree(MIGRATIONS, tmp_path / "migrations"))
    (migrations / "versions" / "9998_lossy.py").write_text(LOSSY.format(newest=newest_revision()), encoding="utf-8")

    with monkeypatch.context() as patched:
        patched.setattr("bot.storage.upgrade.MIGRATIONS", migrations)
        with pytest.raises(DatabaseDamaged, match="would leave 2 rows of job_inputs without their row of jobs"):
            async with open_database(url):
                pytest.fail("it was opened")

    async with open_database(url) as sessions:
        assert await JobRecords(sessions).get(job.job_id) == job


async def test_rows_that_a_host_separated_by_hand_do_not_stop_an_upgrade(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'atelier.sqlite3'}"
    async with open_current_database(url) as sessions:
        await add_finished_job(sessions)
    await on(url, go_down("0005"))
    await on(url, lambda connection: connection.execute(text("DELETE FROM jobs")))

    async with open_database(url) as sessions:
        job = await add_finished_job(sessions)
        assert await JobRecords(sessions).get(job.job_id) == job


async def test_a_newer_database_is_left_alone(database_url: str) -> None:
    async with open_current_database(database_url):
        pass

    def age(connection: Connection) -> None:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    await on(database_url, age)

    with pytest.raises(DatabaseTooNew, match="newer version of Atelier"):
        async with open_database(database_url):
            pytest.fail("it was opened")
    with pytest.raises(DatabaseTooNew):
        await describe_database(database_url)


async def test_bots_that_start_together_create_the_tables_once(database_url: str) -> None:
    async def start() -> None:
        async with open_database(database_url):
            pass

    await asyncio.gather(*(start() for _ in range(3)))

    assert await on(database_url, differences) == []


async def test_describing_a_database_says_whether_it_is_up_to_date_and_changes_nothing(database_url: str) -> None:
    assert "created when the bot starts" in await describe_database(database_url)
    assert await on(database_url, tables) == set()

    await on(database_url, go_up("0001"))
    assert "are upgraded when the bot starts" in await describe_database(database_url)

    await on(database_url, go_up("head"))
    assert "are up to date" in await describe_database(database_url)


def test_the_tables_can_be_downgraded_by_hand(monkeypatch: pytest.MonkeyPatch, database_url: str) -> None:
    monkeypatch.setenv("ATELIER_DATABASE_URL", database_url)
    monkeypatch.chdir(ROOT)

    alembic(["upgrade", "head"])
    assert "are up to date" in asyncio.run(describe_database(database_url))

    alembic(["downgrade", "0001"])
    assert "are upgraded when the bot starts" in asyncio.run(describe_database(database_url))


def test_alembic_by_hand_says_that_there_is_no_database_yet(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ATELIER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("ATELIER_DATABASE_URL", raising=False)
    monkeypatch.chdir(ROOT)

    with pytest.raises(SystemExit):
        alembic(["current"])

    assert f"There is no database at {tmp_path / 'data' / 'atelier.sqlite3'} yet." in capsys.readouterr().out
    assert not list(tmp_path.iterdir())


def test_no_state_is_longer_than_its_column() -> None:
    """PostgreSQL refuses values that are too long; SQLite doesn't."""
    column_type = Base.metadata.tables["jobs"].c.state.type
    assert isinstance(column_type, String)
    assert column_type.length is not None
    assert max(map(len, JobState)) <= column_type.length
