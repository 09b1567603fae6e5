"""Pages of a history and favorites, in both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.errors import TooManyFavorites
from bot.painting.job import Job, JobState, Result
from bot.storage.favorites import Favorites
from bot.storage.history import Cursor, Direction, History, Page, Selection
from bot.storage.jobs import JobRecords
from bot.storage.sessions import Sessions
from tests.bot.jobs import REQUESTED_AT, make_job
from tests.databases import open_current_database

ALICE, BOB = 1, 2
SERVER, OTHER_SERVER = 10, 11
PAINTED = (Result("painting", "image/png", "p" * 64),)


@pytest.fixture
async def sessions(database_url: str) -> AsyncIterator[Sessions]:
    async with open_current_database(database_url) as opened:
        yield opened


@pytest.fixture
def records(sessions: Sessions) -> JobRecords:
    return JobRecords(sessions)


async def add(records: JobRecords, number: int, *, owner_id: int = ALICE, guild_id: int = SERVER) -> Job:
    """Save a delivered painting; two were asked for in each microsecond."""
    job = make_job(
        owner_id,
        guild_id=guild_id,
        job_id=f"{number:032x}",
        created_at=REQUESTED_AT + timedelta(microseconds=number // 2),
        state=JobState.DELIVERED,
        is_settled=True,
        results=PAINTED,
    )
    await records.add(job)
    return job


def numbers(page: Page) -> list[int]:
    """Return which paintings a page has."""
    return [int(entry.job.job_id, 16) for entry in page.entries]


async def test_pages_in_both_directions_have_every_painting_once(sessions: Sessions, records: JobRecords) -> None:
    jobs = [await add(records, number) for number in range(9)]
    await add(records, 100, owner_id=BOB)
    history, alices = History(sessions), Selection(ALICE)

    first = await history.page(alices, size=4)
    assert (numbers(first), first.has_newer, first.has_older) == ([8, 7, 6, 5], False, True)
    second = await history.page(alices, size=4, cursor=Cursor.of(jobs[5]))
    assert (numbers(second), second.has_newer, second.has_older) == ([4, 3, 2, 1], True, True)
    last = await history.page(alices, size=4, cursor=Cursor.of(jobs[1]))
    assert (numbers(last), last.has_newer, last.has_older) == ([0], True, False)

    back = await history.page(alices, size=4, cursor=Cursor.of(jobs[0]), direction=Direction.NEWER)
    assert (numbers(back), back.has_newer, back.has_older) == ([4, 3, 2, 1], True, True)
    same = await history.page(alices, size=4, cursor=Cursor.of(jobs[4]), direction=Direction.FROM)
    assert same == back
    full = await history.page(alices, size=4, cursor=Cursor.of(jobs[6]), direction=Direction.NEWER)
    assert full == first, "two are newer, and a page has room for four"


async def test_a_page_knows_its_place_after_its_first_painting_was_deleted(
    sessions: Sessions, records: JobRecords
) -> None:
    jobs = [await add(records, number) for number in range(3)]
    await records.save(jobs[2].deleted())

    page = await History(sessions).page(Selection(ALICE), size=4, cursor=Cursor.of(jobs[2]))

    assert (numbers(page), page.has_newer, page.has_older) == ([1, 0], False, False)


async def test_a_server_shows_only_what_was_asked_for_there_and_is_not_private(
    sessions: Sessions, records: JobRecords
) -> None:
    here = await add(records, 1)
    elsewhere = await add(records, 2, guild_id=OTHER_SERVER)
    private = replace(here, job_id=f"{3:032x}", address=replace(here.address, is_private=True))
    await records.add(private)
    history, on_server = History(sessions), Selection(ALICE, guild_id=SERVER)

    assert numbers(await history.page(on_server, size=4)) == [1]
    assert await history.entry(on_server, here.job_id) is not None
    for hidden in (elsewhere, private):
        assert await history.entry(on_server, hidden.job_id) is None
        assert await history.entry(Selection(ALICE), hidden.job_id) is not None
    assert await history.entry(Selection(BOB), here.job_id) is None


async def test_favorites_are_limited_listed_and_gone_with_their_painting(
    sessions: Sessions, records: JobRecords
) -> None:
    jobs = [await add(records, number) for number in range(3)]
    favorites, history = Favorites(sessions, limit=2), History(sessions)
    starred = Selection(ALICE, favorites_only=True)

    assert await favorites.add(ALICE, jobs[0].job_id)
    assert await favorites.add(ALICE, jobs[2].job_id)
    assert not await favorites.add(ALICE, jobs[2].job_id)
    with pytest.raises(TooManyFavorites):
        await favorites.add(ALICE, jobs[1].job_id)
    assert numbers(await history.page(starred, size=4)) == [2, 0]
    everything = await history.page(Selection(ALICE), size=4)
    assert [entry.is_favorite for entry in everything.entries] == [True, False, True]

    await records.save(jobs[0].deleted())
    assert not await favorites.add(ALICE, jobs[0].job_id), "it is deleted"
    assert not await favorites.add(ALICE, "f" * 32), "there is none"
    assert await favorites.add(ALICE, jobs[1].job_id)
    assert await favorites.remove(ALICE, jobs[2].job_id)
    assert not await favorites.remove(ALICE, jobs[2].job_id)
    assert numbers(await history.page(starred, size=4)) == [1]


async def test_no_limit_lets_members_star_everything(sessions: Sessions, records: JobRecords) -> None:
    favorites = Favorites(sessions, limit=0)

    for number in range(5):
        job = await add(records, number)
        assert await favorites.add(ALICE, job.job_id)
