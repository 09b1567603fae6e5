"""The end of a challenge: votes are counted once, results are shown, and ties are shared or decided."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from discord.utils import DEFAULT_FILE_SIZE_LIMIT_BYTES
from PIL import Image
from sqlalchemy import select, update

from bot.challenges.ballot_file import Ballots
from bot.challenges.challenge import Challenge, Phase, Ties, Voting
from bot.challenges.contact_sheet import MAX_WIDTH_PX
from bot.challenges.drawing import Drawing
from bot.challenges.duel import Outcome
from bot.challenges.outcome import ranked
from bot.challenges.upkeep import CHECK_INTERVAL
from bot.storage.challenges import ChallengeRecords
from bot.storage.engine import open_database
from bot.storage.models import ChallengeEntryRow, JobInputRow
from stylizer.pool import PictureName
from tests.bot.challenges.making import DAY, HOUR, Calendar, card, challenge_now, is_results, make_challenge, make_entry
from tests.bot.challenges.process import Process
from tests.bot.challenges.votes import card_of, duel, end, entry_of, favor, prefer, results, vote_in_order, voting
from tests.bot.conftest import Studio, alt_texts, ephemeral_text, files, labels, texts, unspoilered, walk
from tests.databases import open_current_database

FIVE = (101, 102, 103, 104, 105)
"""Members who enter a challenge."""


async def places(studio: Studio, challenge: Challenge) -> dict[int, int | None]:
    """The places by member, as they are saved."""
    columns = ChallengeEntryRow.member_id, ChallengeEntryRow.place
    async with studio.app.sessions() as session:
        rows = await session.execute(select(*columns).where(ChallengeEntryRow.challenge_id == challenge.challenge_id))
        return {row[0]: row[1] for row in rows}


async def ballot_file(studio: Studio, challenge: Challenge) -> bytes:
    """The file whose hash is published."""
    assert challenge.ballots_sha256 is not None
    file = await studio.app.client.studio.pictures.store.read(challenge.ballots_sha256)
    assert file is not None
    return file


def listed(message: Any) -> list[int]:
    """The numbers of the entries that a list of places has, from the top."""
    return [int(number) for number in re.findall(r"^\*\*1\.\*\* .* Entry (\d+)$", texts(message), re.MULTILINE)]


def options(message: Any) -> list[str]:
    """The labels of the only menu's options."""
    [menu] = [item for item in walk(message.components) if item["type"] == 3]
    return [option["label"] for option in menu["options"]]


async def test_the_best_entry_wins_and_everybody_sees_how_it_did(studio: Studio, calendar: Calendar) -> None:
    challenge = await voting(studio, calendar, FIVE)
    await prefer(studio, challenge, FIVE)
    winner = await entry_of(studio, challenge, 101)
    assert not any(is_results(message) for message in studio.channel.history())

    challenge = await end(studio, calendar, challenge)

    assert challenge.phase is Phase.ENDED
    assert (await places(studio, challenge))[101] == 1
    said = texts(results(studio))
    assert f"**1.** <@101> · Entry {winner.number}\n-# wins 9" in said
    assert "% of duels against an average entry (" in said
    assert "5 entries · 12 voters · 120 duels" in said
    assert challenge.ballots_sha256 is not None
    assert challenge.ballots_sha256 in said
    assert files(results(studio)) == ["podium.jpg", "entries.jpg"]
    assert alt_texts(results(studio))[1] == "5 entries, each with its number"
    assert labels(results(studio)) == ["All places", "Export"]


async def test_the_published_hash_is_that_of_the_ballots(studio: Studio, calendar: Calendar) -> None:
    challenge = await voting(studio, calendar, FIVE)
    await prefer(studio, challenge, FIVE[:3], voters=2)

    challenge = await end(studio, calendar, challenge)

    file = await ballot_file(studio, challenge)
    assert hashlib.sha256(file).hexdigest() == challenge.ballots_sha256
    assert Ballots.decode(file).votes_cast == 6
    assert file == json.dumps(json.loads(file), sort_keys=True, separators=(",", ":")).encode()
    assert len(Ballots.decode(file).entries) == 5


async def test_nobody_sees_places_before_the_end(studio: Studio, calendar: Calendar) -> None:
    challenge = await voting(studio, calendar, FIVE)
    await prefer(studio, challenge, FIVE)

    assert set((await places(studio, challenge)).values()) == {None}
    assert not any(map(is_results, studio.channel.history()))


async def test_two_who_end_a_challenge_at_the_same_time_end_it_once(studio: Studio, calendar: Calendar) -> None:
    challenge = await voting(studio, calendar, FIVE)
    await prefer(studio, challenge, FIVE, voters=3)
    counting = studio.app.client.studio.results

    ends = await asyncio.gather(*(counting.close(challenge, now=challenge.ends_at) for _ in range(3)))
    await calendar.settle(studio)

    assert ends == [Phase.ENDED] * 3
    assert sum(map(is_results, studio.channel.history())) == 1


async def test_results_are_shown_once_if_the_bot_is_stopped_right_after_counting(
    studio: Studio, calendar: Calendar
) -> None:
    challenge = await voting(studio, calendar, FIVE)
    await prefer(studio, challenge, FIVE, voters=3)
    calendar.now += DAY

    await studio.app.client.studio.results.close(challenge, now=calendar.now)
    await studio.restart()
    await calendar.settle(studio)
    await studio.restart()
    await calendar.settle(studio)

    assert sum(map(is_results, studio.channel.history())) == 1
    assert (await challenge_now(studio, challenge)).phase is Phase.ENDED


async def test_results_that_were_deleted_are_posted_again_without_counting(studio: Studio, calendar: Calendar) -> None:
    challenge = await voting(studio, calendar, FIVE)
    await prefer(studio, challenge, FIVE)
    challenge = await end(studio, calendar, challenge)
    before, drawn = results(studio), await challenge_now(studio, challenge)
    await prefer(studio, challenge, tuple(reversed(FIVE)), voters=50, first=100)  # which would change the results
    await studio.restart()
    for message in (before, card(studio)):
        studio.env.backend.delete_message(studio.channel.id, message.id)

    await calendar.pass_time(studio, CHECK_INTERVAL)

    assert results(studio).id != before.id
    assert texts(results(studio)) == texts(before)
    assert files(results(studio)) == ["podium.jpg", "entries.jpg"]
    assert "**Ended**" in texts(card(studio))
    assert await challenge_now(studio, challenge) == drawn


@pytest.mark.parametrize(("deleted_after", "is_posted_again"), [(6 * DAY, True), (8 * DAY, False)])
async def test_results_can_be_deleted_for_good_after_a_week(
    studio: Studio, calendar: Calendar, deleted_after: timedelta, is_posted_again: bool
) -> None:
    challenge = await voting(studio, calendar, FIVE)
    await prefer(studio, challenge, FIVE)
    await end(studio, calendar, challenge)
    await calendar.pass_time(studio, deleted_after)
    studio.env.backend.delete_message(studio.channel.id, results(studio).id)

    await calendar.pass_time(studio, DAY)

    assert any(map(is_results, studio.channel.history())) is is_posted_again


async def test_entries_that_cannot_be_told_apart_share_the_first_place(studio: Studio, calendar: Calendar) -> None:
    challenge = await voting(studio, calendar, FIVE)
    await prefer(studio, challenge, (101, 103, 104, 105))
    await prefer(studio, challenge, (102, 103, 104, 105), first=21)  # who don't compare the two
    await end(studio, calendar, challenge)

    found = await places(studio, challenge)
    assert (found[101], found[102]) == (1, 1)
    assert 1 not in (found[103], found[104], found[105])
    assert texts(results(studio)).count("**1.**") == 2


async def test_entries_that_share_a_place_are_listed_by_percentage_and_then_by_number(
    studio: Studio, calendar: Calendar
) -> None:
    challenge = await voting(studio, calendar, FIVE)
    by_number = sorted([(await entry_of(studio, challenge, member_id)).number or 0 for member_id in FIVE])
    last, *_, first = by_number
    await vote_in_order(studio.app.sessions, challenge, (first, last), 1)
    challenge = await end(studio, calendar, challenge)

    assert texts(results(studio)).count("**1.**") == 5
    assert listed(results(studio)) == [first, *by_number[1:-1], last]
    answer = await studio.mia.click(results(studio), label="All places")
    assert listed(card_of(answer)) == [first, *by_number[1:-1], last]


async def test_a_tie_that_organizers_decide_is_listed_by_number(studio: Studio, calendar: Calendar) -> None:
    challenge = await voting(studio, calendar, FIVE, ties=Ties.DECIDED)
    by_number = sorted([(await entry_of(studio, challenge, member_id)).number or 0 for member_id in FIVE])
    await vote_in_order(studio.app.sessions, challenge, (by_number[-1], by_number[0]), 1)
    await end(studio, calendar, challenge)

    answer = card_of(await studio.mia.click(card(studio), label="Choose the winner"))

    assert options(answer) == [f"Entry {number}" for number in by_number]


async def test_five_who_share_the_first_place_are_not_on_a_podium_for_three(studio: Studio, calendar: Calendar) -> None:
    challenge = await voting(studio, calendar, FIVE)
    entries = [await entry_of(studio, challenge, member_id) for member_id in FIVE]
    for voter_id in (1, 2):
        for number in range(4):
            await duel(studio, calendar, challenge, voter_id, entries[number], entries[number + 1], Outcome.EQUAL)
    await end(studio, calendar, challenge)

    assert set((await places(studio, challenge)).values()) == {1}
    assert texts(results(studio)).count("**1.**") == 5
    assert files(results(studio)) == ["entries.jpg"]


async def test_nobody_wins_if_nobody_voted(studio: Studio, calendar: Calendar) -> None:
    challenge = await voting(studio, calendar, FIVE, ties=Ties.DECIDED)
    challenge = await end(studio, calendar, challenge)

    assert challenge.phase is Phase.ENDED
    said = texts(results(studio))
    assert "Nobody voted, so nobody won." in said
    assert "0 voters · 0 duels" in said
    assert "wins" not in said
    assert files(results(studio)) == ["entries.jpg"]


async def test_a_single_entry_wins_without_a_vote(studio: Studio, calendar: Calendar) -> None:
    challenge = await voting(studio, calendar, FIVE[:1])

    assert (await challenge_now(studio, challenge)).phase is Phase.ENDED
    said = texts(results(studio))
    assert "only one entry, so it won without a vote" in said
    assert "**1.** <@101>" in said
    assert "SHA-256" not in said
    assert files(results(studio)) == ["podium.jpg"]


async def test_a_challenge_without_an_entry_has_no_results(studio: Studio, calendar: Calendar) -> None:
    challenge = await voting(studio, calendar, ())

    assert (await challenge_now(studio, challenge)).phase is Phase.ENDED
    assert "See results" not in labels(card(studio))
    answer = await studio.mia.slash(studio.channel, "challenge export", challenge=challenge.challenge_id)
    assert "has no results" in ephemeral_text(answer)


async def test_favorites_are_counted_by_votes_and_equal_ones_share_a_place(studio: Studio, calendar: Calendar) -> None:
    challenge = await voting(studio, calendar, FIVE, voting=Voting.FAVORITES, votes_per_member=2)
    await favor(studio, calendar, challenge, 101, voters=(1, 2, 3))
    await favor(studio, calendar, challenge, 102, voters=(1, 2))
    await favor(studio, calendar, challenge, 103, voters=(3, 4))
    challenge = await end(studio, calendar, challenge)

    assert await places(studio, challenge) == {101: 1, 102: 2, 103: 2, 104: 4, 105: 4}
    said = texts(results(studio))
    assert "5 entries · 4 voters · 7 votes" in said
    assert "-# 3 votes" in said
    assert (await ballot_file(studio, challenge)).count(b'"votes"') == 4


async def test_an_entry_that_nobody_voted_for_is_not_on_the_podium_and_gets_a_point_for_entering(
    studio: Studio, calendar: Calendar
) -> None:
    challenge = await voting(studio, calendar, FIVE[:3], voting=Voting.FAVORITES)
    await favor(studio, calendar, challenge, 101, voters=(1, 2))
    challenge = await end(studio, calendar, challenge)

    assert await places(studio, challenge) == {101: 1, 102: 2, 103: 2}
    winner = await entry_of(studio, challenge, 101)
    assert alt_texts(results(studio))[0] == f"A podium with the best entries: {winner.number}"
    leaders = texts(card_of(await studio.alice.slash(studio.channel, "challenge leaderboard")))
    assert "**1.** <@101> · **5** points · 1 entry · 1 win" in leaders
    assert "**2.** <@102> · **1** point · 1 entry" in leaders
    assert "**2.** <@103> · **1** point · 1 entry" in leaders


async def test_duels_with_an_entry_that_was_withdrawn_do_not_count(studio: Studio, calendar: Calendar) -> None:
    challenge = await voting(studio, calendar, FIVE)
    await prefer(studio, challenge, (105, 101, 102), voters=4)
    gone = await entry_of(studio, challenge, 105)
    await studio.app.client.studio.janitor.forget_member(105, in_progress=())
    challenge = await end(studio, calendar, challenge)

    ballots = Ballots.decode(await ballot_file(studio, challenge))
    assert gone.number not in ballots.entries
    assert ballots.votes_cast == 4
    assert (await places(studio, challenge))[101] == 1
    assert "<@105>" not in texts(results(studio))


async def test_only_skipped_duels_are_no_votes(studio: Studio, calendar: Calendar) -> None:
    challenge = await voting(studio, calendar, FIVE)
    first, second = [await entry_of(studio, challenge, member_id) for member_id in FIVE[:2]]
    await duel(studio, calendar, challenge, 1, first, second, Outcome.SKIPPED)
    challenge = await end(studio, calendar, challenge)

    assert challenge.votes_cast == 0
    assert "Nobody voted" in texts(results(studio))


async def test_organizers_decide_a_tie_without_seeing_names(studio: Studio, calendar: Calendar) -> None:
    challenge = await voting(studio, calendar, FIVE, ties=Ties.DECIDED)
    await prefer(studio, challenge, (101, 103, 104, 105))
    await prefer(studio, challenge, (102, 103, 104, 105), first=21)
    challenge = await end(studio, calendar, challenge)
    assert challenge.phase is Phase.DECIDING
    assert not any(is_results(message) for message in studio.channel.history())
    chosen, other = await entry_of(studio, challenge, 102), await entry_of(studio, challenge, 101)
    announcement = card(studio)
    refused = await studio.alice.click(announcement, label="Choose the winner")
    assert "Only organizers" in ephemeral_text(refused)

    await studio.restart()
    answer = card_of(await studio.mia.click(announcement, label="Choose the winner"))

    assert options(answer) == [f"Entry {number}" for number in sorted((chosen.number or 0, other.number or 0))]
    assert "<@" not in texts(answer)
    assert len(files(answer)) == 1
    await studio.mia.select(answer, [str(chosen.number)])
    await studio.mia.click(answer, label="It wins")
    assert f"Entry {chosen.number} wins" in texts(answer)
    await calendar.settle(studio)
    found = await places(studio, challenge)
    assert (found[102], found[101]) == (1, 2)
    assert "**1.** <@102>" in texts(results(studio))
    assert "By votes, first place was a tie. The organizers chose the winner." in texts(results(studio))


async def test_of_two_organizers_who_decide_one_is_told_that_it_is_over(studio: Studio, calendar: Calendar) -> None:
    challenge = await tie(studio, calendar)
    first, second = [card_of(await studio.mia.click(card(studio), label="Choose the winner")) for _ in range(2)]
    number = str((await entry_of(studio, challenge, 101)).number)
    for answer in (first, second):
        await studio.mia.select(answer, [number])

    await studio.mia.click(first, label="It wins")
    late = await studio.mia.click(second, label="It wins")

    assert "no tie to decide anymore" in ephemeral_text(late)


async def tie(studio: Studio, calendar: Calendar) -> Challenge:
    """A challenge whose organizer has to decide between the entries of 101 and 102."""
    challenge = await voting(studio, calendar, (101, 102), ties=Ties.DECIDED)
    await prefer(studio, challenge, (101, 102), voters=1)
    challenge = await end(studio, calendar, challenge)
    assert challenge.phase is Phase.DECIDING
    return challenge


async def test_the_organizer_is_asked_reminded_once_and_then_the_tie_is_shared(
    studio: Studio, calendar: Calendar
) -> None:
    challenge = await tie(studio, calendar)
    inbox = studio.mia.user.dm_channel
    assert ["tie for first place" in texts(message) for message in inbox.history()] == [True]

    await calendar.pass_time(studio, DAY)
    assert len(inbox.history()) == 2
    await calendar.pass_time(studio, 5 * DAY)
    assert len(inbox.history()) == 2
    assert (await challenge_now(studio, challenge)).phase is Phase.DECIDING

    await calendar.pass_time(studio, DAY)
    assert (await challenge_now(studio, challenge)).phase is Phase.ENDED
    assert await places(studio, challenge) == {101: 1, 102: 1}
    assert texts(results(studio)).count("**1.**") == 2


async def test_a_tie_is_decided_from_the_direct_message(studio: Studio, calendar: Calendar) -> None:
    challenge = await tie(studio, calendar)
    [question] = studio.mia.user.dm_channel.history()

    answer = card_of(await studio.mia.user.click(question, label="Choose the winner"))
    await studio.mia.user.select(answer, [str((await entry_of(studio, challenge, 102)).number)])
    await studio.mia.user.click(answer, label="It wins")

    assert await places(studio, challenge) == {101: 2, 102: 1}


async def test_results_with_a_spoiler_are_hidden_until_somebody_looks(studio: Studio, calendar: Calendar) -> None:
    challenge = await voting(studio, calendar, FIVE)
    await prefer(studio, challenge, FIVE)
    worst = await entry_of(studio, challenge, 105)
    await mark_spoiler(studio, worst.job_id)
    await end(studio, calendar, challenge)

    assert files(results(studio)) == ["podium.jpg", "SPOILER_entries.jpg"]
    assert unspoilered(results(studio)) == ["podium.jpg"]


async def mark_spoiler(studio: Studio, job_id: str) -> None:
    """Make a painting a spoiler."""
    async with studio.app.sessions.begin() as session:
        await session.execute(update(JobInputRow).where(JobInputRow.job_id == job_id).values(is_spoiler=True))


async def test_a_member_who_is_forgotten_after_the_end_is_no_longer_in_the_results(
    studio: Studio, calendar: Calendar
) -> None:
    challenge = await voting(studio, calendar, FIVE)
    await prefer(studio, challenge, FIVE)
    before = await end(studio, calendar, challenge)
    shown = [attachment.id for attachment in results(studio).attachments]

    await studio.app.client.studio.janitor.forget_member(101, in_progress=())
    await calendar.settle(studio)

    after = await challenge_now(studio, challenge)
    assert after.ballots_sha256 == before.ballots_sha256
    assert "<@101>" not in texts(results(studio))
    assert "**2.** <@102>" in texts(results(studio))
    assert not set(shown) & {attachment.id for attachment in results(studio).attachments}


async def test_entries_that_are_deleted_after_a_vote_do_not_make_it_one_without_a_vote(
    studio: Studio, calendar: Calendar
) -> None:
    challenge = await voting(studio, calendar, (101, 102))
    await prefer(studio, challenge, (101, 102))
    await end(studio, calendar, challenge)
    assert "See results" in labels(card(studio))

    await studio.app.client.studio.janitor.forget_member(101, in_progress=())
    await calendar.settle(studio)
    for message in (card(studio), results(studio)):
        assert "without a vote" not in texts(message)
    assert "The winning entry has been deleted.\n**2.** <@102>" in texts(results(studio))

    await studio.app.client.studio.janitor.forget_member(102, in_progress=())
    await calendar.settle(studio)
    assert "All entries have been deleted." in texts(card(studio))
    assert "See results" not in labels(card(studio))


async def test_a_tie_of_which_one_entry_is_left_needs_no_decision(studio: Studio, calendar: Calendar) -> None:
    challenge = await tie(studio, calendar)

    await studio.app.client.studio.janitor.forget_member(102, in_progress=())
    await calendar.settle(studio)

    assert (await challenge_now(studio, challenge)).phase is Phase.ENDED
    assert "**1.** <@101>" in texts(results(studio))
    assert "organizers" not in texts(results(studio))


async def test_all_places_say_who_decided_a_tie(studio: Studio, calendar: Calendar) -> None:
    challenge = await tie(studio, calendar)
    await studio.app.client.studio.results.decide(challenge, (await entry_of(studio, challenge, 102)).number or 0)
    await calendar.settle(studio)

    page = card_of(await studio.alice.click(results(studio), label="All places"))

    assert "The organizers chose the winner.\n**1.** <@102>" in texts(page)


async def test_all_places_are_on_pages_with_ones_own_at_the_top(studio: Studio, calendar: Calendar) -> None:
    members = tuple(range(201, 226))
    challenge = await voting(studio, calendar, (*members, studio.alice.id), voting=Voting.FAVORITES)
    await favor(studio, calendar, challenge, 201, voters=(1, 2))
    await favor(studio, calendar, challenge, 202, voters=(3,))
    await end(studio, calendar, challenge)
    assert "… and 16 more" in texts(results(studio))

    page = card_of(await studio.alice.click(results(studio), label="All places"))

    assert page.ephemeral
    assert texts(page).index(f"<@{studio.alice.id}>") < texts(page).index("<@201>")
    assert texts(page).count("**") == 2 * 11
    await studio.alice.click(page, label="Next")
    await studio.alice.click(page, label="Next")
    assert texts(page).count("**3.**") == 6 + 1
    assert labels(page) == ["Previous"]


async def test_results_stay_closed_before_the_end(studio: Studio, calendar: Calendar) -> None:
    challenge = await voting(studio, calendar, FIVE)
    await end(studio, calendar, challenge)
    message = results(studio)
    await ChallengeRecords(studio.app.sessions).change(challenge.challenge_id, tuple(Phase), phase=Phase.VOTING)

    answer = await studio.alice.click(message, label="All places")

    assert "hasn't ended yet" in ephemeral_text(answer)


async def test_five_hundred_entries_are_counted_and_drawn(tmp_path: Path) -> None:
    challenge = make_challenge(phase=Phase.VOTING, tells_places=False)
    async with open_current_database(f"sqlite+aiosqlite:///{tmp_path / 'atelier.sqlite3'}") as sessions:
        process = Process(sessions, tmp_path / "pictures")
        await process.challenges.add(challenge)
        for number in range(1, 501):
            await make_entry(sessions, challenge, number, store=process.store, number=number)
        await vote_in_order(sessions, challenge, range(1, 41), voters=20)

        assert await process.results.close(challenge, now=challenge.ends_at) is Phase.ENDED

        ended = await process.challenges.get(challenge.challenge_id)
        assert ended is not None
        assert (ended.voters, ended.votes_cast) == (20, 15_600)
        entries = ranked(await process.entries.of_challenge(challenge.challenge_id))
        assert [entry.number for entry in entries[:1]] == [1]
        with process.store.lease() as lease:
            jobs = await process.jobs.many([entry.job_id for entry in entries])
            drawn = await process.drawing.of(ended, entries, jobs, lease)
            assert drawn.sheet is not None
            assert drawn.sheet.size_bytes < DEFAULT_FILE_SIZE_LIMIT_BYTES
            with Image.open(drawn.sheet.path) as sheet:
                assert max(sheet.size) <= MAX_WIDTH_PX
            redrawn = await process.challenges.get(challenge.challenge_id)
            assert redrawn is not None
            assert (
                await Drawing(process.challenges, process.jobs, process.store, draw_nothing).of(
                    redrawn, entries, jobs, lease
                )
                == drawn
            )


async def draw_nothing(picture: bytes, *, name: PictureName, longest_side_px: int) -> bytes:
    raise AssertionError("the pictures are drawn already")


async def test_processes_that_end_a_challenge_at_the_same_time_count_once(database_url: str, tmp_path: Path) -> None:
    challenge = make_challenge(phase=Phase.VOTING, tells_places=False)
    async with open_current_database(database_url) as sessions, open_database(database_url) as others:
        processes = [Process(each, tmp_path / "pictures") for each in (sessions, others)]
        await processes[0].challenges.add(challenge)
        for number in (1, 2, 3):
            await make_entry(sessions, challenge, number, number=number)
        await vote_in_order(sessions, challenge, (2, 1, 3), voters=9)

        ends = await asyncio.gather(
            *(
                each.results.close(challenge, now=challenge.ends_at + number * HOUR)
                for number, each in enumerate(processes)
            )
        )

        assert ends == [Phase.ENDED] * 2
        ended = await processes[0].challenges.get(challenge.challenge_id)
        assert ended is not None
        assert ended.ballots_sha256 is not None
        assert ended.voters == 9
        entries = ranked(await processes[1].entries.of_challenge(challenge.challenge_id))
        assert entries[0].number == 2
