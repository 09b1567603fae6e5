"""Entries in the database: places, phases and decisions hold, whoever is at it at the same time. On both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import insert, select

from bot.challenges.challenge import Challenge, FixedPicture, Phase
from bot.challenges.entry import Entry, EntryState, Standing
from bot.errors import (
    AlreadyDecided,
    BannedFromChallenge,
    ChallengeOver,
    ChallengeUnknown,
    EntriesClosed,
    EntriesNotOpen,
    EntryGone,
    EntryRejected,
    IsAnEntry,
    NoPlaceLeft,
    NotInHistory,
    TooLateToBan,
    TooLateToWithdraw,
)
from bot.painting.job import Input, Job, JobKind, JobState, PaintingOptions, Result
from bot.storage.challenge_members import ChallengeMembers
from bot.storage.challenges import ChallengeRecords
from bot.storage.entries import EntryRecords
from bot.storage.jobs import JobRecords
from bot.storage.models import ChallengeBanRow, ChallengeDuelRow, ChallengeVoteRow, ChallengeVoterRow
from bot.storage.sessions import Sessions
from tests.bot.challenges.making import make_challenge, make_entry
from tests.bot.jobs import make_job
from tests.databases import open_current_database

NOON = datetime(2026, 5, 6, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=1)
ALICE, BOB, MIA = 1, 2, 3
PAINTING = Result("painting", "image/png", "p" * 64, size_bytes=1, width_px=48, height_px=32)


class Storage:
    """Challenges, entries and paintings in one database."""

    def __init__(self, sessions: Sessions) -> None:
        self.sessions = sessions
        self.challenges = ChallengeRecords(sessions)
        self.entries = EntryRecords(sessions)
        self.jobs = JobRecords(sessions)

    async def challenge(self, **fields: Any) -> Challenge:
        """Save a challenge that accepts entries until an hour after noon."""
        times = {"opens_at": NOON - timedelta(hours=1), "closes_at": NOON + timedelta(hours=1)}
        challenge = make_challenge(**{"phase": Phase.OPEN, **times, **fields})
        await self.challenges.add(challenge)
        return challenge

    async def painting(self, owner_id: int = ALICE, **fields: Any) -> str:
        """Save a delivered painting of a member, and return the ID of its job."""
        job = make_job(owner_id, **{"state": JobState.PAINTED, "results": (PAINTING,), **fields})
        await self.jobs.add(job)
        await self.jobs.save(job.delivered(message_id=5))
        return job.job_id

    async def submit(self, challenge: Challenge, job_id: str, member_id: int = ALICE, *, now: datetime = NOON) -> Entry:
        """Submit a painting at noon."""
        return (await self.entries.submit(challenge.challenge_id, member_id, job_id, now=now)).entry

    async def states(self, challenge: Challenge, member_id: int = ALICE) -> list[EntryState]:
        """The states of a member's entries."""
        return [entry.state for entry in await self.entries.of_member(challenge.challenge_id, member_id)]

    async def move_to(self, challenge: Challenge, phase: Phase) -> None:
        """Change the phase of a challenge."""
        await self.challenges.change(challenge.challenge_id, tuple(Phase), phase=phase)


@pytest.fixture
async def storage(database_url: str) -> AsyncIterator[Storage]:
    async with open_current_database(database_url) as sessions:
        yield Storage(sessions)


async def test_a_painting_becomes_an_entry_in_the_state_that_the_challenge_asks_for(storage: Storage) -> None:
    free, reviewed = await storage.challenge(), await storage.challenge(is_reviewed=True)
    job_id = await storage.painting()

    accepted = await storage.submit(free, job_id)
    pending = await storage.submit(reviewed, job_id, now=LATER)

    assert accepted.state is EntryState.ACCEPTED
    assert pending.state is EntryState.PENDING
    assert await storage.entries.of_job(job_id) == [accepted, pending]


async def test_submitting_twice_makes_one_entry(storage: Storage) -> None:
    challenge, job_id = await storage.challenge(entries_per_member=3), await storage.painting()

    results = await asyncio.gather(*(storage.submit(challenge, job_id) for _ in range(2)), return_exceptions=True)

    assert sorted(type(result).__name__ for result in results) == ["AlreadyEntered", "Entry"]
    assert await storage.states(challenge) == [EntryState.ACCEPTED]


async def test_of_two_paintings_at_once_one_gets_the_last_place(storage: Storage) -> None:
    challenge = await storage.challenge(entries_per_member=2)
    await storage.submit(challenge, await storage.painting())
    paintings = [await storage.painting() for _ in range(2)]

    results = await asyncio.gather(*(storage.submit(challenge, job_id) for job_id in paintings), return_exceptions=True)

    assert sorted(type(result).__name__ for result in results) == ["Entry", "NoPlaceLeft"]
    assert NoPlaceLeft(2) in results
    assert len(await storage.states(challenge)) == 2
    await storage.submit(challenge, await storage.painting(BOB), BOB)  # who has places of their own


@pytest.mark.parametrize(
    ("phase", "at", "error"),
    [
        (Phase.OPEN, timedelta(minutes=59, seconds=59), None),
        (Phase.OPEN, timedelta(hours=1), EntriesClosed),  # the clock hasn't moved it on yet
        (Phase.SCHEDULED, timedelta(), EntriesNotOpen),
        (Phase.VOTING, timedelta(), EntriesClosed),
        (Phase.DECIDING, timedelta(), EntriesClosed),
        (Phase.ENDED, timedelta(), EntriesClosed),
        (Phase.CANCELED, timedelta(), EntriesClosed),
        (Phase.DRAFT, timedelta(), EntriesClosed),
    ],
)
async def test_entries_are_accepted_until_the_last_second_and_in_no_other_phase(
    storage: Storage, phase: Phase, at: timedelta, error: type[Exception] | None
) -> None:
    challenge, job_id = await storage.challenge(phase=phase), await storage.painting()

    if error is None:
        await storage.submit(challenge, job_id, now=NOON + at)
        assert await storage.states(challenge) == [EntryState.ACCEPTED]
        return
    with pytest.raises(error):
        await storage.submit(challenge, job_id, now=NOON + at)
    assert await storage.states(challenge) == []


async def test_only_an_own_painting_that_is_there_can_be_entered(storage: Storage) -> None:
    challenge = await storage.challenge(entries_per_member=5)
    bobs = await storage.painting(BOB)
    deleted = await storage.painting()
    job = await storage.jobs.get(deleted)
    assert job is not None
    await storage.jobs.save(job.deleted())
    unpainted = make_job(ALICE)
    await storage.jobs.add(unpainted)

    for job_id in (bobs, deleted, unpainted.job_id, "0" * 32):
        with pytest.raises(NotInHistory):
            await storage.submit(challenge, job_id)
    with pytest.raises(ChallengeUnknown):
        await storage.entries.submit("0" * 32, ALICE, await storage.painting(), now=NOON)


async def test_withdrawing_gives_the_place_back(storage: Storage) -> None:
    challenge, first = await storage.challenge(), await storage.painting()
    entry, second = await storage.submit(challenge, first), await storage.painting()

    await storage.entries.withdraw(entry.entry_id, ALICE, now=NOON)
    other = await storage.submit(challenge, second, now=LATER)
    assert await storage.states(challenge) == [EntryState.WITHDRAWN, EntryState.ACCEPTED]

    await storage.entries.withdraw(other.entry_id, ALICE, now=LATER)
    again = await storage.submit(challenge, first)
    assert again.entry_id == entry.entry_id
    assert await storage.states(challenge) == [EntryState.ACCEPTED, EntryState.WITHDRAWN]


async def test_only_its_member_can_withdraw_an_entry_once_and_before_the_close(storage: Storage) -> None:
    challenge = await storage.challenge()
    entry = await storage.submit(challenge, await storage.painting())

    with pytest.raises(EntryGone):
        await storage.entries.withdraw(entry.entry_id, BOB, now=NOON)
    with pytest.raises(TooLateToWithdraw):
        await storage.entries.withdraw(entry.entry_id, ALICE, now=challenge.closes_at)
    await storage.move_to(challenge, Phase.VOTING)
    with pytest.raises(TooLateToWithdraw):
        await storage.entries.withdraw(entry.entry_id, ALICE, now=NOON)
    await storage.move_to(challenge, Phase.OPEN)
    await storage.entries.withdraw(entry.entry_id, ALICE, now=NOON)
    with pytest.raises(EntryGone):
        await storage.entries.withdraw(entry.entry_id, ALICE, now=NOON)
    with pytest.raises(EntryGone):
        await storage.entries.withdraw("0" * 32, ALICE, now=NOON)


async def test_of_two_decisions_at_once_one_counts(storage: Storage) -> None:
    challenge = await storage.challenge(is_reviewed=True)
    entry = await storage.submit(challenge, await storage.painting())

    results = await asyncio.gather(
        storage.entries.decide(entry.entry_id, by=MIA, is_accepted=True),
        storage.entries.decide(entry.entry_id, by=BOB, is_accepted=False, reason="blurred"),
        return_exceptions=True,
    )

    [decided] = [result for result in results if isinstance(result, Entry)]
    [refused] = [result for result in results if isinstance(result, AlreadyDecided)]
    assert refused == AlreadyDecided(decided.state.value, decided.decided_by)
    assert await storage.entries.get(entry.entry_id) == decided


async def test_a_rejected_entry_takes_no_place_and_stays_rejected(storage: Storage) -> None:
    challenge, first = await storage.challenge(is_reviewed=True), await storage.painting()
    entry = await storage.submit(challenge, first)

    rejected = await storage.entries.decide(entry.entry_id, by=MIA, is_accepted=False, reason="blurred")

    assert (rejected.state, rejected.reason, rejected.decided_by) == (EntryState.REJECTED, "blurred", MIA)
    with pytest.raises(EntryRejected):
        await storage.submit(challenge, first)
    await storage.submit(challenge, await storage.painting())
    with pytest.raises(AlreadyDecided):
        await storage.entries.decide(entry.entry_id, by=BOB, is_accepted=True)


async def test_an_entry_of_a_canceled_challenge_can_not_be_decided(storage: Storage) -> None:
    challenge = await storage.challenge(is_reviewed=True)
    entry = await storage.submit(challenge, await storage.painting())
    await storage.move_to(challenge, Phase.CANCELED)

    with pytest.raises(ChallengeOver):
        await storage.entries.decide(entry.entry_id, by=MIA, is_accepted=False)

    assert await storage.entries.get(entry.entry_id) == entry


async def test_there_is_something_to_forget_for_one_who_decided_and_for_one_who_was_banned(storage: Storage) -> None:
    challenge = await storage.challenge(is_reviewed=True)
    entry = await storage.submit(challenge, await storage.painting())
    await storage.entries.decide(entry.entry_id, by=MIA, is_accepted=True)
    await storage.entries.ban(challenge.challenge_id, BOB, by=MIA)
    members = ChallengeMembers(storage.sessions)

    assert await members.knows(MIA)
    assert not await members.knows(BOB), "the ban stays as long as the challenge runs"
    await storage.move_to(challenge, Phase.ENDED)
    assert await members.knows(BOB)
    for member_id in (MIA, BOB):
        await members.forget_member(member_id)
        assert not await members.knows(member_id)


async def test_a_withdrawn_entry_can_not_be_decided(storage: Storage) -> None:
    challenge = await storage.challenge(is_reviewed=True)
    entry = await storage.submit(challenge, await storage.painting())
    await storage.entries.withdraw(entry.entry_id, ALICE, now=NOON)

    with pytest.raises(AlreadyDecided) as refused:
        await storage.entries.decide(entry.entry_id, by=MIA, is_accepted=True)
    assert refused.value == AlreadyDecided("withdrawn")


async def test_a_ban_rejects_all_of_a_members_entries_and_refuses_more(storage: Storage) -> None:
    challenge = await storage.challenge(is_reviewed=True, entries_per_member=3)
    other = await storage.challenge()
    entries = [await storage.submit(challenge, await storage.painting()) for _ in range(2)]
    await storage.entries.decide(entries[0].entry_id, by=MIA, is_accepted=True)
    bobs = await storage.submit(challenge, await storage.painting(BOB), BOB)

    assert await storage.entries.ban(challenge.challenge_id, ALICE, by=MIA) == 2
    assert await storage.entries.ban(challenge.challenge_id, ALICE, by=MIA) == 0

    assert await storage.states(challenge) == [EntryState.REJECTED] * 2
    assert await storage.entries.of_challenge(challenge.challenge_id, states=(EntryState.PENDING,)) == [bobs]
    with pytest.raises(BannedFromChallenge):
        await storage.submit(challenge, await storage.painting())
    await storage.submit(other, await storage.painting())
    await storage.move_to(challenge, Phase.VOTING)
    with pytest.raises(TooLateToBan):
        await storage.entries.ban(challenge.challenge_id, BOB, by=MIA)


async def test_how_many_entries_wait_is_known_when_one_more_is_submitted(storage: Storage) -> None:
    reviewed, free = await storage.challenge(is_reviewed=True, entries_per_member=2), await storage.challenge()
    paintings = [await storage.painting() for _ in range(2)]

    waiting = [
        (await storage.entries.submit(reviewed.challenge_id, ALICE, job_id, now=NOON)).waiting for job_id in paintings
    ]

    assert waiting == [1, 2]
    assert (await storage.entries.submit(free.challenge_id, ALICE, paintings[0], now=NOON)).waiting == 0


async def test_paintings_of_the_history_fit_if_they_follow_the_rules(storage: Storage) -> None:
    fixed = FixedPicture("style", "s" * 64)
    challenge = await storage.challenge(fixed=(fixed,), recipe_name="draft")
    content, style, other = Input("content"), Input("style", sha256="s" * 64), Input("style", sha256="o" * 64)
    draft, painterly = PaintingOptions("draft"), PaintingOptions()
    fitting = [
        await storage.painting(inputs=(content, style), options=draft, created_at=NOON + timedelta(minutes=minute))
        for minute in range(3)
    ]
    await storage.painting(inputs=(content, other), options=draft)
    await storage.painting(inputs=(content, style), options=painterly)
    await storage.painting(inputs=(content, style, replace(other, position=1)), options=draft)
    await storage.painting(BOB, inputs=(content, style), options=draft)
    sheet = replace(PAINTING, kind="sheet")
    await storage.painting(inputs=(content, style), options=draft, kind=JobKind.BOARD, results=(sheet,))

    async def found(limit: int = 25) -> list[Job]:
        return await storage.entries.fitting(challenge, ALICE, limit=limit)

    assert [job.job_id for job in await found()] == fitting[::-1]
    assert [job.job_id for job in await found(limit=2)] == [fitting[2], fitting[1]]
    entry = await storage.submit(challenge, fitting[2])
    assert [job.job_id for job in await found()] == [fitting[1], fitting[0]]
    await storage.entries.withdraw(entry.entry_id, ALICE, now=NOON)
    assert [job.job_id for job in await found()] == fitting[::-1]


async def test_the_phase_of_a_paintings_challenge_is_known_while_it_takes_part(storage: Storage) -> None:
    open_one, voting = await storage.challenge(), await storage.challenge()
    job_id = await storage.painting()
    assert await storage.entries.phase_of(job_id) is None

    entry = await storage.submit(voting, job_id)
    await storage.move_to(voting, Phase.VOTING)
    assert await storage.entries.phase_of(job_id) is Phase.VOTING
    await storage.submit(open_one, job_id)
    assert await storage.entries.phase_of(job_id) is Phase.OPEN
    assert (await storage.entries.get(entry.entry_id)) == entry


async def test_a_member_is_forgotten_in_running_challenges_and_their_votes_given_back(storage: Storage) -> None:
    changed: list[str] = []

    async def on_changed(challenge_id: str) -> None:
        changed.append(challenge_id)

    members = ChallengeMembers(storage.sessions, on_changed=on_changed)
    challenge = await storage.challenge(phase=Phase.VOTING)
    await make_entry(storage.sessions, challenge, ALICE, number=1)
    bobs = await make_entry(storage.sessions, challenge, BOB, number=2)
    its = {"challenge_id": challenge.challenge_id}
    async with storage.sessions.begin() as session:
        voters = [{"ballot_id": name, "member_id": member, **its} for name, member in (("a", ALICE), ("b", BOB))]
        await session.execute(insert(ChallengeVoterRow), voters)
        votes = [{"ballot_id": ballot, "number": number, "slot": 0, **its} for ballot, number in (("a", 2), ("b", 1))]
        await session.execute(insert(ChallengeVoteRow), votes)
        pair = {"low_number": 1, "high_number": 2, "low_is_left": True, "outcome": None}
        await session.execute(insert(ChallengeDuelRow), [{"duel_id": "d", "ballot_id": "b", **pair, **its}])
    assert await members.knows(ALICE)

    assert await members.forget_member(ALICE) == (1, 1)

    assert changed == [challenge.challenge_id]
    assert not await members.knows(ALICE)
    assert await storage.entries.of_challenge(challenge.challenge_id) == [bobs]
    async with storage.sessions() as session:
        assert list(await session.scalars(select(ChallengeVoterRow.ballot_id))) == ["b"]
        assert list(await session.scalars(select(ChallengeVoteRow.ballot_id))) == []
        assert list(await session.scalars(select(ChallengeDuelRow.duel_id))) == []
    assert await members.forget_member(ALICE) == (0, 0)


async def test_after_the_end_a_forgotten_members_ballot_counts_without_a_name(storage: Storage) -> None:
    members = ChallengeMembers(storage.sessions)
    challenge = await storage.challenge(phase=Phase.ENDED)
    standing = Standing(2, 0.5, 0.1, 0.9, 3, 4, 1)
    await make_entry(storage.sessions, challenge, ALICE, number=1, standing=replace(standing, place=1))
    bobs = await make_entry(storage.sessions, challenge, BOB, number=2, standing=standing, decided_by=ALICE)
    its = {"challenge_id": challenge.challenge_id, "ballot_id": "a"}
    async with storage.sessions.begin() as session:
        await session.execute(insert(ChallengeVoterRow), [{"member_id": ALICE, **its}])
        await session.execute(insert(ChallengeVoteRow), [{"number": 1, "slot": 0, **its}])

    assert await members.forget_member(ALICE) == (1, 1)

    assert await storage.entries.of_challenge(challenge.challenge_id) == [replace(bobs, decided_by=None)]
    async with storage.sessions() as session:
        assert list(await session.scalars(select(ChallengeVoterRow.member_id))) == [None]
        assert list(await session.scalars(select(ChallengeVoteRow.number))) == [1]


async def test_a_ban_outlives_forgetting_only_while_the_challenge_runs(storage: Storage) -> None:
    challenge = await storage.challenge()
    await storage.entries.ban(challenge.challenge_id, ALICE, by=MIA)
    members = ChallengeMembers(storage.sessions)

    await members.forget_member(ALICE)
    assert await storage.entries.is_banned(challenge.challenge_id, ALICE)
    await storage.move_to(challenge, Phase.ENDED)
    await members.forget_member(ALICE)
    async with storage.sessions() as session:
        assert list(await session.scalars(select(ChallengeBanRow.member_id))) == []


async def test_what_is_submitted_while_it_is_deleted_becomes_one_or_the_other(
    storage: Storage,
) -> None:
    challenge, job_id = await storage.challenge(), await storage.painting()
    job = await storage.jobs.get(job_id)
    assert job is not None
    deleting = storage.jobs.save(job.deleted(), check=partial(storage.entries.check_free, job_id))

    submitted, deleted = await asyncio.gather(storage.submit(challenge, job_id), deleting, return_exceptions=True)

    kept = await storage.jobs.get(job_id)
    assert kept is not None
    if isinstance(submitted, Entry):
        assert isinstance(deleted, IsAnEntry)
        assert kept.state is JobState.DELIVERED
    else:
        assert isinstance(submitted, NotInHistory)
        assert kept.state is JobState.DELETED


async def test_an_entry_is_not_deleted_even_if_it_was_none_a_moment_before(storage: Storage) -> None:
    challenge, job_id = await storage.challenge(), await storage.painting()
    job = await storage.jobs.get(job_id)
    assert job is not None
    await storage.submit(challenge, job_id)

    with pytest.raises(IsAnEntry):
        await storage.jobs.save(job.deleted(), check=partial(storage.entries.check_free, job_id))

    assert await storage.jobs.get(job_id) == job
