"""The repositories of drafts and series, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from bot.challenges.challenge import Challenge, FixedPicture, Phase
from bot.challenges.series import Series
from bot.storage.challenges import ChallengeRecords
from bot.storage.due import DueEntry, DueRecords
from bot.storage.series import SeriesRecords
from bot.storage.sessions import Sessions
from tests.bot.challenges.making import make_challenge
from tests.databases import open_current_database

WEEKLY = Series(10, 1, ("Ships", "Gulls"))


@pytest.fixture
async def sessions(database_url: str) -> AsyncIterator[Sessions]:
    async with open_current_database(database_url) as sessions:
        yield sessions


@pytest.fixture
def records(sessions: Sessions) -> SeriesRecords:
    return SeriesRecords(sessions)


async def saved(sessions: Sessions, **fields: Any) -> Challenge:
    """Save a challenge."""
    challenge = make_challenge(**fields)
    await ChallengeRecords(sessions).add(challenge)
    return challenge


async def activate(sessions: Sessions, series: Series, *, limit: int) -> bool:
    async with sessions.begin() as session:
        return await SeriesRecords(sessions).activate(series.series_id, limit=limit, session=session)


async def test_a_draft_has_the_series_that_it_was_given_last(sessions: Sessions, records: SeriesRecords) -> None:
    draft, other = await saved(sessions), replace(WEEKLY, series_id="f" * 32)

    assert await records.repeat(draft.challenge_id, other)
    assert await records.repeat(draft.challenge_id, WEEKLY)

    assert await ChallengeRecords(sessions).get(draft.challenge_id) == replace(draft, series_id=WEEKLY.series_id)
    assert await records.get(WEEKLY.series_id) == WEEKLY
    assert await records.get(other.series_id) is None
    assert await records.repeat(draft.challenge_id, None)
    assert await records.get(WEEKLY.series_id) is None


async def test_an_announced_challenge_keeps_its_series(sessions: Sessions, records: SeriesRecords) -> None:
    challenge = await saved(sessions, phase=Phase.OPEN)

    assert not await records.repeat(challenge.challenge_id, WEEKLY)

    assert await records.get(WEEKLY.series_id) is None


async def test_a_server_has_a_limit_of_active_series(sessions: Sessions, records: SeriesRecords) -> None:
    for series in (WEEKLY, second := replace(WEEKLY, series_id="2" * 32), elsewhere := Series(11, 1, ("Ships",))):
        draft = await saved(sessions, guild_id=series.guild_id)
        await records.repeat(draft.challenge_id, series)

    assert await activate(sessions, WEEKLY, limit=1)
    assert await activate(sessions, WEEKLY, limit=1)
    assert not await activate(sessions, second, limit=1)
    assert await activate(sessions, elsewhere, limit=1)
    assert await records.active(10) == [replace(WEEKLY, is_active=True)]
    assert not await records.deactivate(WEEKLY.series_id, guild_id=11)
    assert await records.deactivate(WEEKLY.series_id, guild_id=10)
    assert not await records.deactivate(WEEKLY.series_id)


async def test_a_series_advances_once_a_theme_and_ends_after_the_last(
    sessions: Sessions, records: SeriesRecords
) -> None:
    draft = await saved(sessions)
    await records.repeat(draft.challenge_id, WEEKLY)
    await activate(sessions, WEEKLY, limit=1)

    async def advance(series: Series) -> bool:
        async with sessions.begin() as session:
            return await records.advance(series, session=session) is not None

    assert await advance(WEEKLY)
    assert not await advance(WEEKLY)
    following = await records.get(WEEKLY.series_id)
    assert following == replace(WEEKLY, next_theme=1, is_active=True)
    assert following.themes_left == ("Gulls",)
    assert await advance(following)
    assert await records.get(WEEKLY.series_id) == replace(WEEKLY, next_theme=2, is_active=False)


async def test_a_list_that_was_changed_meanwhile_decides_whether_a_series_goes_on(
    sessions: Sessions, records: SeriesRecords
) -> None:
    short = replace(WEEKLY, themes=("Ships",))
    draft = await saved(sessions)
    await records.repeat(draft.challenge_id, short)
    await activate(sessions, short, limit=1)

    async with sessions.begin() as session:
        assert await records.edit(short, title="Quays", themes=("Fog", "Rain"), session=session)
    async with sessions.begin() as session:
        advanced = await records.advance(short, session=session)  # by what read it before
    async with sessions.begin() as session:
        assert not await records.edit(short, title="Late", themes=("Snow",), session=session)

    assert advanced == replace(short, title="Quays", themes=("Fog", "Rain"), next_theme=1, is_active=True)
    assert await records.get(short.series_id) == advanced


async def test_only_drafts_are_deleted_and_changed_as_drafts(sessions: Sessions) -> None:
    records = ChallengeRecords(sessions)
    fixed = (FixedPicture("style", "a" * 64, "b" * 64, name="Waves"),)
    draft = await saved(sessions, organizer_id=2**63 - 1, fixed=fixed)
    announced = await saved(sessions, organizer_id=2**63 - 1, phase=Phase.SCHEDULED)

    assert await records.drafts_of(2**63 - 1) == [draft]
    assert await records.needed_pictures() == {"a" * 64, "b" * 64}
    assert not await records.delete_draft(announced.challenge_id)
    assert not await records.fix(announced.challenge_id, "style", fixed[0])
    assert await records.delete_draft(draft.challenge_id)
    assert await records.needed_pictures() == set()
    assert await records.of_guild(10) == [announced]


async def test_keys_are_found_by_how_they_begin(sessions: Sessions) -> None:
    due = DueRecords(sessions)
    at = make_challenge().opens_at
    for kind, key in (("form", "1-b"), ("form", "1-a"), ("form", "12-a"), ("other", "1-c"), ("form", "%-a")):
        await due.put(DueEntry(kind, key, at))

    assert await due.keys("form", prefix="1-") == ["1-a", "1-b"]
    assert await due.keys("form", prefix="%") == ["%-a"]
