"""Stored data: one process writes it and the next reads it, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, select

from bot.errors import Superseded
from bot.messages.address import Address, Press
from bot.painting.job import TRANSITIONS, Before, Colors, Input, Job, JobState, PaintingOptions, Result, Variation
from bot.storage.commands import SyncedCommands
from bot.storage.engine import open_database
from bot.storage.jobs import JobRecords
from bot.storage.models import JobInputRow, JobResultRow, JobRow
from bot.storage.servers import Servers, ServerSettings
from bot.storage.sessions import Sessions
from bot.storage.usage import UsageRecords
from tests.databases import open_current_database

NOON = datetime(2026, 5, 6, 12, 0, 0, 123456, tzinfo=UTC)
RESULTS = (
    Result("painting", "image/jpeg", "p" * 64, size_bytes=2**33, width_px=96, height_px=64),
    Result("timelapse", "image/gif", "g" * 64, size_bytes=2**33 + 1, width_px=48, height_px=32),
)


def example_job(owner_id: int = 2**63 - 1) -> Job:
    """Make a job without default values; Discord's IDs need 64 bits."""
    return Job(
        owner_id=owner_id,
        address=Address(
            application_id=2**62,
            interaction_id=2**62 + 1,
            token="t" * 400,
            asked_at=NOON,
            guild_id=2**62 + 2,
            channel_id=2**62 + 3,
            upload_limit_bytes=2**33,
        ),
        locale="pt-BR",
        inputs=(
            Input(
                "content",
                0,
                "c" * 64,
                0.25,
                "https://cdn.discordapp.com/" + "c" * 2000,
                2**33,
                "d" * 64,
                "写真.png",
                is_spoiler=True,
                width_px=65_500,
                height_px=16,
            ),
            Input("style", 0, "s" * 64, 0.5, "https://cdn.discordapp.com/" + "s" * 2000, 1, "t" * 64, "n" * 256),
            Input("style", 1, "u" * 64, 2.5),
        ),
        source_owner_id=2**63 - 2,
        variation=Variation.EDIT,
        origin_url="https://discord.com/channels/1/2/3",
        before=Before(
            PaintingOptions("classic", 512, 0.5, 2.0, Colors.MATCH, 3, spare_faces=True), is_other_style=True
        ),
        options=PaintingOptions(
            recipe_name="draft", size_px=96, style_strength=1.6, colors=Colors.KEEP, seed=2**31 - 1, spare_faces=True
        ),
        created_at=NOON,
        starts=3,
        requeues=1,
        losses=1,
        results=RESULTS,
        painting_seconds=12.5,
        enlargement=1.5,
        spared_faces=2,
        message_id=2**62 + 4,
        message_channel_id=2**62 + 5,
        press=Press("p" * 400, NOON + timedelta(minutes=16)),
        owner_notified=True,
        problem="Etwas, das Größe hat, ging schief. " * 40,
        problem_is_private=True,
        ended_at=NOON + timedelta(minutes=17),
    )


@pytest.fixture
async def sessions(database_url: str) -> AsyncIterator[Sessions]:
    """An empty database."""
    async with open_current_database(database_url) as opened:
        yield opened


async def test_a_job_is_unchanged_after_the_database_is_reopened(database_url: str) -> None:
    written = example_job()
    async with open_current_database(database_url) as sessions:
        await JobRecords(sessions).add(written)

    async with open_database(database_url) as sessions:
        read = await JobRecords(sessions).get(written.job_id)

    assert read == written


async def test_a_job_of_a_direct_message_keeps_its_empty_fields_empty(sessions: Sessions) -> None:
    full = example_job()
    written = replace(
        full,
        address=replace(full.address, guild_id=None),
        locale=None,
        inputs=(Input("content", url="https://c", size_bytes=5), Input("style")),
        options=replace(full.options, size_px=None),
        results=(),
        painting_seconds=None,
        message_id=None,
        press=None,
        problem=None,
        ended_at=None,
    )
    await JobRecords(sessions).add(written)

    assert await JobRecords(sessions).get(written.job_id) == written


async def test_an_unknown_job_is_none(sessions: Sessions) -> None:
    assert await JobRecords(sessions).get("0" * 32) is None


def new_job() -> Job:
    """Make a newly accepted job with two styles."""
    inputs = (
        Input("content", url="https://c", size_bytes=1),
        Input("style", url="https://s", size_bytes=2),
        Input("style", 1, weight=2.0, url="https://u", size_bytes=3),
    )
    fresh = {"results": (), "painting_seconds": None, "press": None, "problem": None, "ended_at": None}
    # Mypy sees one type for all the values of a dictionary.
    return replace(example_job(), inputs=inputs, starts=0, requeues=0, losses=0, problem_is_private=False, **fresh)  # type: ignore[arg-type]


async def test_the_next_process_sees_every_step_of_a_job(sessions: Sessions) -> None:
    records = JobRecords(sessions)
    job = new_job()
    await records.add(job)
    seen: list[JobState] = []

    async def saved(changed: Job) -> Job:
        kept = await records.save(changed)
        read = await records.get(job.job_id)
        assert read == kept
        seen.append(kept.state)
        return kept

    job = await saved(job.fetched(["c" * 64, "s" * 64, "u" * 64]))
    assert [source.sha256 for source in job.inputs] == ["c" * 64, "s" * 64, "u" * 64]
    job = await saved(job.started())
    job = await saved(job.worker_lost())
    job = await saved(job.started())
    assert (job.starts, job.losses) == (2, 1)
    job = await saved(job.requeued())
    assert job.counted_starts == 1
    job = await saved(job.started())
    assert (job.starts, job.counted_starts) == (3, 2)  # no attempt has the number of an earlier one
    job = await saved(
        job.painted(RESULTS, thumbnail_sha256s=["d" * 64, "t" * 64, "v" * 64], painting_seconds=3, enlargement=1.5)
    )
    assert (job.results, job.result("timelapse")) == (RESULTS, RESULTS[1])
    assert [source.thumbnail_sha256 for source in job.inputs] == ["d" * 64, "t" * 64, "v" * 64]
    job = await saved(job.delivered(message_id=8))

    assert (job.message_id, job.is_settled) == (8, True)
    assert [source.url for source in job.inputs] == [None] * 3  # no longer needed
    assert (job.address.token, job.press) == ("", None)
    assert await records.lease_unsettled(even_leased=True) == []
    waiting, painting = JobState.WAITING, JobState.PAINTING
    assert seen == [waiting, painting, waiting, painting, waiting, painting, JobState.PAINTED, JobState.DELIVERED]


async def test_an_undelivered_painting_is_moved_to_another_place_once(sessions: Sessions) -> None:
    records = JobRecords(sessions)
    job = replace(example_job(), state=JobState.PAINTED)
    await records.add(job)
    failed = await records.save((await records.save(job.failed("It rained."))).settled())
    assert [undelivered.job_id for undelivered in await records.undelivered(job.owner_id, 3)] == [job.job_id]

    address = replace(job.address, interaction_id=5, token="new", channel_id=6)
    redelivered = await records.save(failed.redelivered(address))

    assert await records.get(job.job_id) == redelivered
    assert (redelivered.state, redelivered.address, redelivered.problem) == (JobState.PAINTED, address, None)
    with pytest.raises(Superseded):  # the second of two presses
        await records.save(failed.redelivered(replace(address, interaction_id=7)))
    assert await records.lease_unsettled(even_leased=True) == [redelivered]


async def test_a_job_is_unsettled_until_discord_shows_its_outcome(sessions: Sessions) -> None:
    records = JobRecords(sessions)
    jobs = [replace(new_job(), created_at=NOON + timedelta(seconds=n)) for n in (3, 2, 1, 0)]
    jobs[3] = replace(jobs[3], state=JobState.PAINTED)
    waiting, failed, canceled, delivered = jobs
    for job in jobs:
        await records.add(job)
    failed = await records.save(failed.failed("It rained.", problem_is_private=True))
    await records.save(canceled.canceled("Canceled by somebody.").settled())
    await records.save(delivered.delivered(message_id=1))

    unsettled = await records.lease_unsettled(even_leased=True)

    assert unsettled == [failed, waiting]  # oldest first
    assert (failed.state, failed.problem, failed.problem_is_private) == (JobState.FAILED, "It rained.", True)


async def test_a_transition_does_not_overwrite_concurrent_changes(sessions: Sessions) -> None:
    records = JobRecords(sessions)
    job = replace(new_job(), state=JobState.PAINTED)
    await records.add(job)
    await records.record_message(job.job_id, 7, 8)
    await records.record_press(job.job_id, Press("later", NOON))
    await records.record_notification(job.job_id)

    await records.save(job.failed("It rained."))

    found = await records.get(job.job_id)
    assert found is not None
    assert (found.message_id, found.message_channel_id, found.press) == (7, 8, Press("later", NOON))
    assert found.owner_notified


async def test_a_transition_can_be_saved_again_if_its_confirmation_was_lost(sessions: Sessions) -> None:
    records = JobRecords(sessions)
    job = replace(new_job(), state=JobState.PAINTING)
    await records.add(job)
    painted = job.painted(RESULTS, thumbnail_sha256s=["d" * 64, "t" * 64, "v" * 64], painting_seconds=3)

    for _ in range(2):
        assert await records.save(painted) == await records.get(job.job_id)


async def test_the_row_refuses_a_late_transition(sessions: Sessions) -> None:
    records = JobRecords(sessions)
    job = replace(new_job(), state=JobState.PAINTED)
    await records.add(job)
    deleted = await records.save(job.deleted())

    painting = replace(job, state=JobState.PAINTING)
    for late in (
        job.delivered(message_id=1),
        job.failed("It rained."),
        job.settled(),
        painting.painted(RESULTS, thumbnail_sha256s=["d" * 64] * 3, painting_seconds=3),
        painting.worker_lost(),
        replace(job, state=JobState.FETCHING).fetched(["f" * 64] * 3),
    ):
        with pytest.raises(Superseded):
            await records.save(late)
    await records.save(job.deleted())  # repeating it is fine

    assert await records.get(job.job_id) == deleted
    assert await records.lease_unsettled(even_leased=True) == []


TAKEN: dict[str, Callable[[Job], Job]] = {
    "fetched": lambda job: job.fetched(["f" * 64] * len(job.inputs)),
    "content_fetched": lambda job: replace(job, inputs=job.inputs[:1]).content_fetched(["f" * 64]),
    "chosen": lambda job: job.chosen(Input("style", 9), job.address, message_id=1),
    "started": Job.started,
    "requeued": Job.requeued,
    "worker_lost": Job.worker_lost,
    "cell_painted": lambda job: job.cell_painted(RESULTS[0], thumbnail_sha256s=["t" * 64] * len(job.inputs)),
    "painted": lambda job: job.painted(RESULTS, thumbnail_sha256s=["t" * 64] * len(job.inputs), painting_seconds=1),
    "delivered": lambda job: job.delivered(message_id=1),
    "canceled": Job.canceled,
    "failed": lambda job: job.failed("It rained."),
    "redelivered": lambda job: job.redelivered(job.address),
    "deleted": Job.deleted,
}


@pytest.mark.parametrize("name", TRANSITIONS)
async def test_a_transition_is_refused_from_every_state_it_does_not_follow(sessions: Sessions, name: str) -> None:
    """The job itself refuses it, and so does the row if the job in memory is outdated."""
    records, transition = JobRecords(sessions), TRANSITIONS[name]
    allowed = replace(new_job(), state=min(transition.follows))
    for state in JobState:
        job = replace(allowed, job_id=state.value, state=state)
        await records.add(job)
        outdated = TAKEN[name](replace(allowed, job_id=job.job_id))
        if state in transition.follows:
            assert TAKEN[name](job).state is transition.state
            assert (await records.save(outdated)).state is transition.state
        else:
            with pytest.raises(Superseded):
                TAKEN[name](job)
            with pytest.raises(Superseded):
                await records.save(outdated)
            assert await records.get(job.job_id) == job


def test_every_state_except_the_first_follows_a_transition() -> None:
    assert {transition.state for transition in TRANSITIONS.values()} == set(JobState) - {JobState.FETCHING}
    assert set(TAKEN) == set(TRANSITIONS)


async def test_several_styles_are_read_in_their_order_however_they_were_added(sessions: Sessions) -> None:
    records = JobRecords(sessions)
    content, *styles = (Input("content"), *(Input("style", n, str(n) * 64, weight=n / 2) for n in range(5)))
    job = replace(new_job(), inputs=(content, *styles))
    await records.add(replace(job, inputs=(*styles[::-1], content)))

    assert await records.get(job.job_id) == job


async def test_many_jobs_are_read_with_one_statement(sessions: Sessions) -> None:
    records = JobRecords(sessions)
    jobs = [replace(example_job(), created_at=NOON + timedelta(seconds=n)) for n in range(5)]
    for job in jobs:
        await records.add(job)
    statements: list[str] = []
    async with sessions() as session:
        engine = (await session.connection()).engine.sync_engine
    event.listen(engine, "before_cursor_execute", lambda *facts: statements.append(facts[2]))

    assert await records.latest_painted(4) == jobs[1:]

    assert len(statements) == 1


async def test_a_job_that_was_taken_back_leaves_nothing_behind(sessions: Sessions) -> None:
    records = JobRecords(sessions)
    job = example_job()
    await records.add(job)

    await records.take_back(job.job_id)

    async with sessions() as session:
        for table in (JobRow, JobInputRow, JobResultRow):
            assert (await session.scalars(select(table.job_id))).all() == []


async def test_a_rush_of_writes_takes_turns(sessions: Sessions) -> None:
    records = JobRecords(sessions)
    rush = [example_job(owner_id) for owner_id in range(40)]

    await asyncio.gather(*(records.add(job) for job in rush))

    assert len(await records.lease_unsettled(even_leased=True)) == 40


async def test_canceled_writes_do_not_delay_others(sessions: Sessions) -> None:
    records = JobRecords(sessions)
    for turns in range(30):
        write = asyncio.create_task(records.add(example_job()))
        for _ in range(turns):
            await asyncio.sleep(0)
        write.cancel()

    job = example_job()
    await records.add(job)

    assert await records.get(job.job_id) == job


async def test_a_failed_transaction_writes_nothing(sessions: Sessions) -> None:
    job = example_job()

    async def write_half() -> None:
        async with sessions.begin() as session:
            session.add(JobRow(job_id=job.job_id))
            raise LookupError

    with pytest.raises(LookupError):
        await write_half()

    await JobRecords(sessions).add(job)
    assert await JobRecords(sessions).get(job.job_id) == job


async def test_a_servers_settings_survive_a_restart(sessions: Sessions) -> None:
    chosen = ServerSettings(
        guild_id=2**62,
        channel_ids=frozenset({2**62 + 1, 2**62 + 2}),
        role_ids=frozenset({2**62 + 3}),
        default_recipe="draft",
        largest_size_px=512,
        member_jobs_a_day=0,
        server_jobs_a_day=7,
        log_channel_id=2**62 + 4,
    )
    await Servers(sessions).reset(2**62)
    await Servers(sessions).change(**asdict(chosen))

    servers = Servers(sessions)
    await servers.load()

    assert servers.settings_of(2**62) == chosen
    assert servers.settings_of(1) == ServerSettings(1)


async def test_daily_jobs_are_counted_by_member_and_server(sessions: Sessions) -> None:
    usage = UsageRecords(sessions)
    today = NOON.date()
    await usage.write(today, {(2**62, 2**62 + 1): 1, (2**62, None): 2})
    await usage.write(today, {(2**62, 2**62 + 1): 3})

    assert await usage.by_day() == {today: {(2**62, 2**62 + 1): 3, (2**62, None): 2}}


async def test_the_commands_of_each_application_are_remembered_separately(sessions: Sessions) -> None:
    synced = SyncedCommands(sessions)

    await synced.save("one", "a")
    await synced.save("one", "b")

    assert await synced.digest("one") == "b"
    assert await synced.digest("two") is None
