"""The life of a challenge: its phases change by themselves, once each, and its card follows."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from bot.challenges.ballot import Cast, ShownDuel
from bot.challenges.challenge import Challenge, FixedPicture, Moved, Phase
from bot.challenges.entry import EntryState
from bot.challenges.life import PHASE
from bot.challenges.outcome import ranked
from bot.challenges.upkeep import CHECK_INTERVAL
from bot.errors import ChallengeChanged, VotesBeingCounted
from bot.files.store import Lease, PictureStore
from bot.storage.due import DueRecords
from bot.storage.engine import open_database
from bot.storage.sessions import Sessions
from tests.bot.challenges.making import (
    DAY,
    HOUR,
    MINUTE,
    Calendar,
    add_challenge,
    announce,
    card,
    challenge_now,
    enter,
    make_challenge,
    make_entry,
)
from tests.bot.challenges.process import Process
from tests.bot.challenges.votes import prefer, results, vote_in_order, voting
from tests.bot.conftest import Studio, alt_texts, labels, picture, texts, unspoilered
from tests.databases import open_current_database


async def open_challenge(studio: Studio, calendar: Calendar, *, entries: int = 0, **fields: Any) -> Challenge:
    """Announce a challenge that is open at once, with entries of different members."""
    challenge = await announce(studio, calendar, opens_at=calendar.now, **fields)
    for number in range(entries):
        await enter(studio, challenge, 1000 + number)
    return challenge


# Phases.


async def test_a_challenge_and_its_entries_are_saved_as_they_are(studio: Studio) -> None:
    challenge = await add_challenge(studio, title="Dusk", entries_per_member=2)
    first = await enter(studio, challenge, studio.alice.id)
    withdrawn = await enter(studio, challenge, studio.alice.id, state=EntryState.WITHDRAWN)

    assert await challenge_now(studio, challenge) == challenge
    entries = studio.app.client.studio.entries
    assert await entries.of_challenge(challenge.challenge_id) == [first]
    assert await entries.of_member(challenge.challenge_id, studio.alice.id) == [first, withdrawn]


async def test_every_phase_changes_by_itself_and_the_card_follows(studio: Studio, calendar: Calendar) -> None:
    challenge = await announce(studio, calendar)
    assert "Coming up" in texts(card(studio))
    assert labels(card(studio)) == []

    await calendar.pass_time(studio, HOUR)
    assert (await challenge_now(studio, challenge)).phase is Phase.OPEN
    assert "Entries are open" in texts(card(studio))
    assert labels(card(studio)) == ["Enter", "My entries"]

    for member in (studio.alice, studio.bob):
        await enter(studio, challenge, member.id)
    await calendar.pass_time(studio, DAY)
    assert (await challenge_now(studio, challenge)).phase is Phase.VOTING
    assert "Voting is open" in texts(card(studio))
    assert labels(card(studio)) == ["Vote"]

    await calendar.pass_time(studio, DAY)
    assert (await challenge_now(studio, challenge)).phase is Phase.ENDED
    assert "**Ended**" in texts(card(studio))
    assert labels(card(studio)) == ["See results"]


async def test_a_challenge_whose_time_has_come_opens_when_it_is_announced(studio: Studio, calendar: Calendar) -> None:
    await open_challenge(studio, calendar)

    assert "Entries are open" in texts(card(studio))


async def test_a_draft_is_announced_once(studio: Studio, calendar: Calendar) -> None:
    draft = await add_challenge(studio, now=calendar.now)
    life = studio.app.client.studio.life

    with studio.env.time_context():
        results = await asyncio.gather(life.announce(draft), life.announce(draft), return_exceptions=True)
    await calendar.settle(studio)

    assert {type(result) for result in results} == {Challenge, ChallengeChanged}
    assert "Coming up" in texts(card(studio))


async def test_entries_are_numbered_in_random_order_when_voting_opens(studio: Studio, calendar: Calendar) -> None:
    challenge = await open_challenge(studio, calendar, entries=9, is_reviewed=True)
    await enter(studio, challenge, 2000, state=EntryState.PENDING)
    await enter(studio, challenge, 2001, state=EntryState.REJECTED)
    await enter(studio, challenge, 2002, state=EntryState.WITHDRAWN)

    await calendar.pass_time(studio, DAY)

    entries = await studio.app.client.studio.entries.of_challenge(challenge.challenge_id, states=tuple(EntryState))
    numbered = {entry.member_id: entry.number for entry in entries}
    taking_part = [*range(1000, 1009), 2000]
    assert sorted(numbered[member_id] or 0 for member_id in taking_part) == list(range(1, 11))
    assert numbered[2001] is numbered[2002] is None
    assert {entry.state for entry in entries if entry.member_id == 2000} == {EntryState.ACCEPTED}
    assert (await challenge_now(studio, challenge)).voting_opened_at == calendar.now


@pytest.mark.parametrize(
    ("entries", "said", "buttons"), [(0, "Nobody entered", []), (1, "only one entry", ["See results"])]
)
async def test_a_challenge_without_a_choice_ends_without_a_vote(
    studio: Studio, calendar: Calendar, entries: int, said: str, buttons: list[str]
) -> None:
    challenge = await open_challenge(studio, calendar, entries=entries)

    await calendar.pass_time(studio, DAY)

    assert (await challenge_now(studio, challenge)).phase is Phase.ENDED
    assert said in texts(card(studio))
    assert labels(card(studio)) == buttons


async def test_a_card_shows_what_is_fixed_and_escapes_what_members_wrote(studio: Studio, calendar: Calendar) -> None:
    store = studio.app.client.studio.pictures.store
    with store.lease() as lease:
        content, style = [await store.put(picture(color), lease=lease) for color in ("navy", "gold")]
        fixed = (
            FixedPicture("content", content, thumbnail_sha256=content, name="harbor.png", is_spoiler=True),
            FixedPicture("style", "f" * 64, thumbnail_sha256=style, name="Waves*"),
        )
        await open_challenge(studio, calendar, title="**Bold** @everyone", theme="# Heading", fixed=fixed)

    assert alt_texts(card(studio)) == ["Content: harbor.png", "Style: Waves*"]
    assert unspoilered(card(studio)) == ["style.jpg"]
    assert "# \\*\\*Bold\\*\\* @\u200beveryone" in texts(card(studio))
    assert r"\# Heading" in texts(card(studio))
    assert r"Waves\*" in texts(card(studio))


async def test_the_number_of_entries_follows_within_seconds(studio: Studio, calendar: Calendar) -> None:
    challenge = await open_challenge(studio, calendar)
    cards = studio.app.client.studio.life.cards
    before = len(studio.env.http_requests)

    for number in range(5):
        await enter(studio, challenge, 1000 + number)
        await cards.refresh_count(challenge.challenge_id)
    await calendar.pass_time(studio, MINUTE)

    assert "5 entries" in texts(card(studio))
    assert len(studio.env.http_requests) - before == 1


# Downtime.


async def test_a_phase_that_ended_while_the_bot_was_down_ends_at_the_next_start(
    studio: Studio, calendar: Calendar
) -> None:
    challenge = await open_challenge(studio, calendar, entries=2)

    calendar.now += DAY + 5 * MINUTE
    await studio.restart()
    await calendar.settle(studio)

    now = await challenge_now(studio, challenge)
    assert (now.phase, now.ends_at, now.moved) == (Phase.VOTING, challenge.ends_at, None)
    assert "Voting is open" in texts(card(studio))


async def test_voting_that_opens_late_ends_later_and_the_card_says_so(studio: Studio, calendar: Calendar) -> None:
    challenge = await open_challenge(studio, calendar, entries=2)

    calendar.now += DAY + 3 * HOUR
    await studio.restart()
    await calendar.settle(studio)

    now = await challenge_now(studio, challenge)
    assert (now.phase, now.ends_at, now.moved) == (Phase.VOTING, challenge.ends_at + 3 * HOUR, Moved.DELAYED)
    assert "Atelier was offline for a while" in texts(card(studio))


async def test_no_phase_is_skipped_if_the_bot_was_down_for_all_of_them(studio: Studio, calendar: Calendar) -> None:
    challenge = await announce(studio, calendar)

    calendar.now += 10 * DAY
    await studio.restart()
    await calendar.settle(studio)

    now = await challenge_now(studio, challenge)
    assert (now.phase, now.opens_at) == (Phase.OPEN, calendar.now)
    assert (now.closes_at, now.ends_at) == (calendar.now + DAY, calendar.now + 2 * DAY)
    await enter(studio, challenge, 1000)
    await enter(studio, challenge, 1001)
    await calendar.pass_time(studio, DAY)
    assert (await challenge_now(studio, challenge)).phase is Phase.VOTING
    await calendar.pass_time(studio, DAY)
    assert (await challenge_now(studio, challenge)).phase is Phase.ENDED


async def test_a_running_challenge_goes_on_even_if_the_schedule_has_lost_it(studio: Studio, calendar: Calendar) -> None:
    challenge = await open_challenge(studio, calendar)
    due = DueRecords(studio.app.sessions)
    for kind in (PHASE, "challenge-cards", "challenge-check"):
        await due.cancel(kind, challenge.challenge_id)

    await studio.restart()
    await calendar.pass_time(studio, DAY)

    assert (await challenge_now(studio, challenge)).phase is Phase.ENDED
    assert "Nobody entered" in texts(card(studio))


# Two at the same time.


class HeldStore(PictureStore):
    """A store that takes nothing until it may: who puts the ballots there has counted them."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.counted, self.go_on = asyncio.Event(), asyncio.Event()

    async def put(self, source: bytes | Path | BinaryIO, *, lease: Lease | None = None) -> str:
        self.counted.set()
        await self.go_on.wait()
        return await super().put(source, lease=lease)


@dataclass(frozen=True, slots=True)
class Counting:
    """A challenge that voters have decided, in a process that has counted the votes, but saved nothing yet."""

    process: Process
    challenge: Challenge
    task: asyncio.Task[None]
    go_on: asyncio.Event
    """Lets it save them."""


async def being_counted(sessions: Sessions, folder: Path, calendar: Calendar) -> Counting:
    """Let voters decide a challenge, and a process count their votes."""
    store = HeldStore(folder)
    process = Process(sessions, store, calendar=calendar)
    challenge = make_challenge(now=calendar.now, phase=Phase.VOTING, tells_places=False)
    await process.challenges.add(challenge)
    for number in (1, 2, 3):
        await make_entry(process.sessions, challenge, number, number=number)
    await vote_in_order(process.sessions, challenge, (2, 1, 3), voters=9)
    calendar.now = challenge.ends_at
    counting = asyncio.create_task(process.look(challenge))
    await store.counted.wait()
    return Counting(process, challenge, counting, store.go_on)


async def test_votes_are_refused_and_others_can_write_while_votes_are_counted(
    database_url: str, tmp_path: Path, calendar: Calendar
) -> None:
    async with open_current_database(database_url) as sessions:
        counting = await being_counted(sessions, tmp_path / "pictures", calendar)
        process, challenge = counting.process, counting.challenge
        its_id = challenge.challenge_id

        await process.challenges.add(other := make_challenge(now=calendar.now))
        before_the_end, shown = challenge.ends_at - MINUTE, ShownDuel.of((1, 3))
        late = await process.ballots.show(its_id, "b" * 32, shown, opened_for=50, now=before_the_end)
        with pytest.raises(VotesBeingCounted):
            await process.life.end_now(await process.challenge(its_id))

        assert await process.challenges.get(other.challenge_id) == other
        assert late is Cast.CLOSED
        now = await process.challenge(its_id)
        assert (now.phase, now.is_revealed, now.votes_cast) == (Phase.COUNTING, False, None)
        assert all(entry.standing is None for entry in await process.entries.of_challenge(its_id))
        counting.go_on.set()
        await counting.task
        ended = await process.challenge(its_id)
        assert (ended.phase, ended.voters, ended.votes_cast) == (Phase.ENDED, 9, 27)


async def test_a_count_that_was_interrupted_is_done_again_with_the_same_votes(
    database_url: str, tmp_path: Path, calendar: Calendar
) -> None:
    async with open_current_database(database_url) as sessions, open_database(database_url) as others:
        counting = await being_counted(sessions, tmp_path / "pictures", calendar)
        challenge = counting.challenge
        counting.task.cancel()
        await asyncio.wait([counting.task])
        calendar.now += HOUR
        restarted = Process(others, tmp_path / "pictures", calendar=calendar)
        assert (await restarted.challenge(challenge.challenge_id)).phase is Phase.COUNTING

        await asyncio.gather(*(restarted.look(challenge) for _ in range(3)))

        ended = await restarted.challenge(challenge.challenge_id)
        assert (ended.phase, ended.voters, ended.votes_cast) == (Phase.ENDED, 9, 27)
        assert ended.ended_at == calendar.now
        entries = ranked(await restarted.entries.of_challenge(challenge.challenge_id))
        assert [entry.number for entry in entries] == [2, 1, 3]


async def test_a_challenge_that_is_canceled_while_it_is_counted_stays_so(
    database_url: str, tmp_path: Path, calendar: Calendar
) -> None:
    async with open_current_database(database_url) as sessions:
        counting = await being_counted(sessions, tmp_path / "pictures", calendar)
        process, challenge = counting.process, counting.challenge

        await process.life.cancel(challenge)
        counting.go_on.set()
        await counting.task

        assert (await process.challenge(challenge.challenge_id)).phase is Phase.CANCELED
        assert ranked(await process.entries.of_challenge(challenge.challenge_id)) == []


async def test_a_bot_that_was_stopped_while_it_counted_shows_the_results_after_its_start(
    studio: Studio, calendar: Calendar
) -> None:
    challenge = await voting(studio, calendar, (studio.alice.id, studio.bob.id))
    await prefer(studio, challenge, (studio.alice.id, studio.bob.id))
    await studio.app.client.studio.challenges.change(challenge.challenge_id, {Phase.VOTING}, phase=Phase.COUNTING)
    await DueRecords(studio.app.sessions).cancel(PHASE, challenge.challenge_id)
    await studio.app.client.studio.life.cards.refresh(challenge.challenge_id)
    await calendar.settle(studio)
    assert "The votes are being counted" in texts(card(studio))
    assert labels(card(studio)) == []

    await studio.restart()
    await calendar.settle(studio)

    assert f"**1.** <@{studio.alice.id}>" in texts(results(studio))
    assert "**Ended**" in texts(card(studio))


async def test_each_phase_ends_once_even_if_two_processes_look(
    database_url: str, tmp_path: Path, calendar: Calendar
) -> None:
    challenge = make_challenge(now=calendar.now, phase=Phase.OPEN, tells_places=False)
    async with open_current_database(database_url) as sessions, open_database(database_url) as others:
        processes = [Process(each, tmp_path / "pictures", calendar=calendar) for each in (sessions, others)]
        records, entries = processes[0].challenges, processes[0].entries
        await records.add(challenge)
        for number in range(20):
            await make_entry(sessions, challenge, number)
        calendar.now = challenge.closes_at + 3 * HOUR

        await asyncio.gather(*(process.look(challenge) for process in processes for _ in range(3)))

        now = await records.get(challenge.challenge_id)
        assert now is not None
        assert (now.phase, now.ends_at) == (Phase.VOTING, challenge.ends_at + 3 * HOUR)
        numbers = [entry.number for entry in await entries.of_challenge(challenge.challenge_id)]
        assert numbers == list(range(1, 21))

        calendar.now = now.ends_at
        await asyncio.gather(*(process.look(now) for process in processes for _ in range(3)))
        ended = await records.get(challenge.challenge_id)
        assert ended is not None
        assert (ended.phase, ended.ended_at) == (Phase.ENDED, now.ends_at)


async def test_voting_that_was_just_extended_does_not_end(
    database_url: str, tmp_path: Path, calendar: Calendar
) -> None:
    challenge = make_challenge(now=calendar.now, phase=Phase.VOTING)
    async with open_current_database(database_url) as sessions:
        process = Process(sessions, tmp_path / "pictures", calendar=calendar)
        await process.challenges.add(challenge)
        calendar.now = challenge.ends_at
        extended = await process.life.extend(challenge, challenge.ends_at + DAY)

        phase = await process.results.close(challenge, now=calendar.now)

        assert phase is Phase.VOTING
        assert await process.challenges.get(challenge.challenge_id) == extended


async def test_a_challenge_is_extended_once_or_closed_but_not_both(
    database_url: str, tmp_path: Path, calendar: Calendar
) -> None:
    challenge = make_challenge(now=calendar.now, phase=Phase.OPEN)
    async with open_current_database(database_url) as sessions, open_database(database_url) as others:
        one, other = [Process(each, tmp_path / "pictures", calendar=calendar) for each in (sessions, others)]
        await one.challenges.add(challenge)
        for number in range(2):
            await make_entry(sessions, challenge, number)
        calendar.now = challenge.closes_at
        later = challenge.closes_at + DAY

        results = await asyncio.gather(other.look(challenge), one.life.extend(challenge, later), return_exceptions=True)

        now = await one.challenges.get(challenge.challenge_id)
        assert now is not None
        if now.phase is Phase.OPEN:
            assert now == replace(challenge, closes_at=later, ends_at=challenge.ends_at + DAY, moved=Moved.EXTENDED)
        else:
            assert (now.phase, now.closes_at) == (Phase.VOTING, challenge.closes_at)
            assert isinstance(results[1], ChallengeChanged)


async def test_a_deleted_card_is_noticed_at_the_next_check(studio: Studio, calendar: Calendar) -> None:
    await open_challenge(studio, calendar)
    studio.env.backend.delete_message(studio.channel.id, card(studio).id)

    await calendar.pass_time(studio, CHECK_INTERVAL)

    assert "Entries are open" in texts(card(studio))
