"""The leaderboard: points of challenges over a quarter of the year, or over all time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.challenges.challenge import Phase
from bot.challenges.entry import EntryState, Standing
from bot.challenges.season import Season
from bot.storage.results import Leader, ResultRecords
from tests.bot.challenges.making import Calendar, add_challenge, enter
from tests.bot.challenges.votes import card_of
from tests.bot.conftest import Studio, ephemeral_text, labels, texts

MAY = datetime(2026, 5, 6, 12, tzinfo=UTC)


@pytest.fixture
def calendar() -> Calendar:
    calendar = Calendar()
    calendar.now = MAY
    return calendar


async def held(studio: Studio, places: dict[int, int], *, ended_at: datetime = MAY, **fields: Any) -> None:
    """A challenge that has ended, with an entry on a place for each member."""
    fields = {"phase": Phase.ENDED, "ended_at": ended_at, "votes_cast": 9, "voters": 3, **fields}
    challenge = await add_challenge(studio, now=ended_at, **fields)
    for number, (member_id, place) in enumerate(places.items(), start=1):
        await enter(studio, challenge, member_id, number=number, standing=Standing(place, 0, 0, 0))


async def board(studio: Studio, **options: Any) -> Any:
    """The card that answers the command."""
    return card_of(await studio.alice.slash(studio.channel, "challenge leaderboard", **options))


async def test_places_give_points_and_equal_points_share_a_rank(studio: Studio) -> None:
    await held(studio, {1: 1, 2: 2, 3: 3, 4: 4})
    await held(studio, {2: 1, 1: 2, 3: 3, 5: 3})

    card = await board(studio)

    assert card.ephemeral
    lines = texts(card).splitlines()
    assert lines[0] == "## Leaderboard: 2nd quarter 2026"
    assert lines[1:6] == [
        "**1.** <@1> · **8** points · 2 entries · 1 win",
        "**1.** <@2> · **8** points · 2 entries · 1 win",
        "**3.** <@3> · **4** points · 2 entries",
        "**4.** <@5> · **2** points · 1 entry",
        "**5.** <@4> · **1** point · 1 entry",
    ]
    assert "Points: 5 for first place, 3 for second, 2 for third, and 1 for every other entry." in texts(card)


async def test_every_entry_counts_one_if_nobody_voted(studio: Studio) -> None:
    await held(studio, {1: 1, 2: 1}, votes_cast=0, voters=0)

    assert "**1.** <@2> · **1** point · 1 entry\n" in texts(await board(studio)) + "\n"
    assert "win" not in texts(await board(studio))


async def test_an_entry_that_won_without_a_vote_is_a_win(studio: Studio) -> None:
    await held(studio, {1: 1}, votes_cast=None, voters=None)

    assert "**1.** <@1> · **5** points · 1 entry · 1 win" in texts(await board(studio))


async def test_only_challenges_of_the_season_and_the_server_count(studio: Studio) -> None:
    await held(studio, {1: 1})
    await held(studio, {2: 1}, ended_at=datetime(2026, 3, 31, 23, tzinfo=UTC))
    await held(studio, {3: 1}, guild_id=5)
    await held(studio, {5: 1}, phase=Phase.CANCELED)

    assert "<@2>" not in texts(await board(studio))
    all_time = texts(await board(studio, season="all"))
    assert ("<@1>" in all_time, "<@2>" in all_time) == (True, True)
    assert ("<@3>" in all_time, "<@5>" in all_time) == (False, False)
    assert "<@2>" in texts(await board(studio, season="2026-Q1"))
    assert texts(await board(studio, season="q1 2026")).startswith("## Leaderboard: 1st quarter 2026")
    assert "No challenge ended in this period." in texts(await board(studio, season="1999-Q4"))


async def test_a_season_begins_at_midnight_on_the_servers_clocks(studio: Studio) -> None:
    await held(studio, {2: 1}, ended_at=datetime(2026, 3, 31, 23, tzinfo=UTC))  # 1 April, 1:00 in Berlin
    await studio.app.client.studio.servers.change(studio.guild.id, time_zone="Europe/Berlin")

    assert "<@2>" in texts(await board(studio))


async def test_twenty_six_members_are_on_pages(studio: Studio) -> None:
    await held(studio, {member_id: place for place, member_id in enumerate(range(101, 127), start=1)})

    card = await board(studio)

    assert texts(card).count("<@") == 12
    assert labels(card) == ["Next"]
    await studio.alice.click(card, label="Next")
    await studio.alice.click(card, label="Next")
    assert texts(card).count("<@") == 2
    assert texts(card).count("**4.** ") == 2
    assert labels(card) == ["Previous"]


async def test_withdrawn_entries_give_nothing(studio: Studio) -> None:
    challenge = await add_challenge(studio, phase=Phase.ENDED, ended_at=MAY, votes_cast=1)
    await enter(studio, challenge, 1, number=1, standing=Standing(1, 0, 0, 0), state=EntryState.WITHDRAWN)

    assert "<@1>" not in texts(await board(studio))


async def test_what_is_no_season_gets_a_sentence(studio: Studio) -> None:
    answer = await studio.alice.slash(studio.channel, "challenge leaderboard", season="*summer*")

    assert ephemeral_text(answer).startswith(r"There's no season “\*summer\*”.")


async def test_seasons_are_suggested_the_latest_first(studio: Studio) -> None:
    choices = await studio.alice.autocomplete(studio.channel, "challenge leaderboard", "season", "")

    assert [choice["name"] for choice in choices][:2] == ["2nd quarter 2026", "1st quarter 2026"]
    assert choices[-1]["value"] == "all"


async def test_the_ranking_is_the_same_in_both_databases(studio: Studio) -> None:
    await held(studio, {1: 1, 2: 1, 3: 3})

    page = await ResultRecords(studio.app.sessions).leaders(studio.guild.id, size=2, page=9)

    assert (page.page, page.pages) == (1, 2)
    assert page.leaders == (Leader(member_id=3, rank=3, points=2, entries=1, first_places=0),)


def test_seasons_follow_each_other_over_the_year() -> None:
    season = Season.at(datetime(2026, 12, 31, 23, 30, tzinfo=UTC), ZoneInfo("Asia/Tokyo"))

    assert season == Season(2027, 1)
    assert season.later(-1) == Season(2026, 4)
    assert str(season.later(7)) == "2028-Q4"
    assert season.begin(UTC) == datetime(2027, 1, 1, tzinfo=UTC)
    assert season.end(UTC) == datetime(2027, 4, 1, tzinfo=UTC)


@pytest.mark.parametrize("written", ["", "2026", "2026-Q5", "0000-Q1", "Q1", "2026-Q1-Q2", "20266-Q1"])
def test_other_texts_are_no_season(written: str) -> None:
    assert Season.named(written) is None
