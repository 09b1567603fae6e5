"""What outlives the process: written by one, read by the next, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import Superseded
from bot.messages.address import Address, Press
from bot.painting.job import COMES_FROM, Job, JobState, Order, Painted, Source, Variation
from bot.storage.commands import SyncedCommands
from bot.storage.engine import open_database
from bot.storage.jobs import JobRecords
from bot.storage.models import JobRow
from bot.storage.servers import Servers, ServerSettings
from bot.storage.usage import UsageRecords
from bot.storage.writer import Sessions

NOON = datetime(2026, 5, 6, 12, 0, 0, 123456, tzinfo=UTC)
PAINTED = Painted(
    painting_sha256="p" * 64,
    painting_format="jpeg",
    gif_sha256="g" * 64,
    width_px=96,
    height_px=64,
    seconds=12.5,
    enlargement=1.5,
)


def example_job(owner_id: int = 2**63 - 1) -> Job:
    """A job with nothing left at its default; Discord's ids need 64 bits."""
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
        content=Source("https://cdn.discordapp.com/" + "c" * 2000, 2**33, "c" * 64, "d" * 64, "写真.png", True),
        style=Source("https://cdn.discordapp.com/" + "s" * 2000, 2**33 + 1, "s" * 64, "t" * 64, "n" * 256, True),
        lender_id=2**63 - 2,
        variation=Variation.HD,
        origin_url="https://discord.com/channels/1/2/3",
        order=Order(recipe_name="draft", size_px=96, style_strength=1.6, keep_colors=True, seed=2**31 - 1),
        created_at=NOON,
        starts=3,
        losses=1,
        painted=PAINTED,
        message_id=2**62 + 4,
        message_channel_id=2**62 + 5,
        press=Press("p" * 400, NOON + timedelta(minutes=16)),
        owner_notified=True,
        problem="Etwas, das Größe hat, ging schief. " * 40,
        problem_is_private=True,
    )


@pytest.fixture
async def sessions(database_url: str) -> AsyncIterator[Sessions]:
    """A database without a row."""
    async with open_database(database_url) as opened:
        yield opened


async def test_a_job_comes_back_as_it_was_after_the_database_was_closed(database_url: str) -> None:
    written = example_job()
    async with open_database(database_url) as sessions:
        await JobRecords(sessions).add(written)

    async with open_database(database_url) as sessions:
        read = await JobRecords(sessions).get(written.job_id)

    assert read == written


async def test_a_job_of_a_direct_message_comes_back_with_nothing_where_nothing_was(sessions: Sessions) -> None:
    full = example_job()
    written = replace(
        full,
        address=replace(full.address, guild_id=None),
        content=Source(full.content.url, 5),
        order=replace(full.order, size_px=None),
        painted=None,
        message_id=None,
        press=None,
        problem=None,
    )
    await JobRecords(sessions).add(written)

    assert await JobRecords(sessions).get(written.job_id) == written


async def test_a_job_that_never_was_is_none(sessions: Sessions) -> None:
    assert await JobRecords(sessions).get("0" * 32) is None


async def test_every_step_of_a_job_is_there_for_the_next_process(sessions: Sessions) -> None:
    records = JobRecords(sessions)
    job = replace(
        example_job(), content=Source("https://c", 1), style=Source("https://s", 2), painted=None, starts=0, losses=0
    )
    await records.add(job)
    seen: list[JobState] = []

    async def read() -> Job:
        found = await records.get(job.job_id)
        assert found is not None
        seen.append(found.state)
        return found

    await read()
    await records.fetched(job.job_id, content_sha256="c" * 64, style_sha256="s" * 64)
    assert (await read()).content.sha256 == "c" * 64
    await records.started(job.job_id, starts=1)
    assert (await read()).starts == 1
    await records.lost_worker(job.job_id, losses=1)
    assert (await read()).losses == 1
    await records.started(job.job_id, starts=2)
    await records.put_back(job.job_id, starts=1)
    assert (await read()).starts == 1
    await records.painted(job.job_id, PAINTED, content_thumbnail_sha256="d" * 64, style_thumbnail_sha256="t" * 64)
    await records.put_back(job.job_id, starts=0)  # too late
    found = await read()
    assert (found.painted, found.starts) == (PAINTED, 1)
    assert (found.content.thumbnail_sha256, found.style.thumbnail_sha256) == ("d" * 64, "t" * 64)
    await records.shown(job.job_id, 7)
    await records.pressed(job.job_id, Press("t", NOON))
    found = await read()
    assert (found.message_id, found.press) == (7, Press("t", NOON))
    await records.delivered(job.job_id, message_id=8)
    found = await read()
    assert found.message_id == 8
    assert (found.content.url, found.style.url, found.address.token) == (None, None, "")  # nobody needs them any more

    fetching, waiting, painted = JobState.FETCHING, JobState.WAITING, JobState.PAINTED
    painting, delivered = JobState.PAINTING, JobState.DELIVERED
    assert seen == [fetching, waiting, painting, waiting, waiting, painted, painted, delivered]


async def test_a_job_is_unsettled_until_discord_shows_its_end(sessions: Sessions) -> None:
    records = JobRecords(sessions)
    jobs = [replace(example_job(), created_at=NOON + timedelta(seconds=n)) for n in (3, 2, 1, 0)]
    jobs[3] = replace(jobs[3], state=JobState.PAINTED)
    waiting, failed, told, delivered = jobs
    for job in jobs:
        await records.add(job)
    await records.ended(failed.job_id, JobState.FAILED, problem="It rained.")
    await records.ended(told.job_id, JobState.CANCELLED)
    await records.told(told.job_id)
    await records.delivered(delivered.job_id, message_id=1)

    unsettled = await records.unsettled()

    assert [job.job_id for job in unsettled] == [failed.job_id, waiting.job_id]  # the oldest first
    assert (unsettled[0].state, unsettled[0].problem) == (JobState.FAILED, "It rained.")


async def test_the_row_refuses_a_change_that_comes_too_late(sessions: Sessions) -> None:
    records = JobRecords(sessions)
    job = replace(example_job(), state=JobState.PAINTED)
    await records.add(job)
    await records.deleted(job.job_id)

    for late in (
        records.delivered(job.job_id, message_id=1),
        records.started(job.job_id, starts=1),
        records.ended(job.job_id, JobState.FAILED),
        records.lost_worker(job.job_id, losses=1),
        records.fetched(job.job_id, content_sha256="c" * 64, style_sha256="s" * 64),
    ):
        with pytest.raises(Superseded):
            await late
    await records.deleted(job.job_id)  # the same once more is fine

    found = await records.get(job.job_id)
    assert found is not None
    assert found.state is JobState.DELETED
    assert await records.unsettled() == []


def test_every_state_but_the_first_is_entered_from_others() -> None:
    assert set(COMES_FROM) == set(JobState) - {JobState.FETCHING}
    assert all(state in sources for state, sources in COMES_FROM.items())


async def test_a_rush_of_writes_takes_turns(sessions: Sessions) -> None:
    records = JobRecords(sessions)
    rush = [example_job(owner_id) for owner_id in range(40)]

    await asyncio.gather(*(records.add(job) for job in rush))

    assert len(await records.unsettled()) == 40


async def test_writes_that_are_cancelled_hold_up_no_other(sessions: Sessions) -> None:
    records = JobRecords(sessions)
    for turns in range(30):
        write = asyncio.create_task(records.add(example_job()))
        for _ in range(turns):
            await asyncio.sleep(0)
        write.cancel()

    job = example_job()
    await records.add(job)

    assert await records.get(job.job_id) == job


async def test_nothing_is_written_of_a_transaction_that_fails(sessions: Sessions) -> None:
    job = example_job()

    async def write_half() -> None:
        async with sessions.begin() as session:
            session.add(JobRow(job_id=job.job_id))
            raise LookupError

    with pytest.raises(LookupError):
        await write_half()

    await JobRecords(sessions).add(job)
    assert await JobRecords(sessions).get(job.job_id) == job


async def test_what_holds_on_a_server_is_known_to_the_next_process(sessions: Sessions) -> None:
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
    await Servers(sessions).save(ServerSettings(2**62))
    await Servers(sessions).save(chosen)

    servers = Servers(sessions)
    await servers.load()

    assert servers.settings_of(2**62) == chosen
    assert servers.settings_of(1) == ServerSettings(1)


async def test_the_jobs_of_a_day_are_counted_by_member_and_server(sessions: Sessions) -> None:
    usage = UsageRecords(sessions)
    today = NOON.date()
    await usage.write(today, {(2**62, 2**62 + 1): 1, (2**62, None): 2})
    await usage.write(today, {(2**62, 2**62 + 1): 3})

    assert await usage.by_day() == {today: {(2**62, 2**62 + 1): 3, (2**62, None): 2}}


async def test_each_applications_commands_are_remembered_by_themselves(sessions: Sessions) -> None:
    synced = SyncedCommands(sessions)

    await synced.save("one", "a")
    await synced.save("one", "b")

    assert await synced.digest("one") == "b"
    assert await synced.digest("two") is None
