"""How long entries are kept: as long as their challenge, whatever else is deleted. On both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from bot.challenges.challenge import Challenge, FixedPicture, Phase
from bot.challenges.entry import EntryState
from bot.painting.job import Job
from bot.storage.challenges import ChallengeRecords
from bot.storage.entries import EntryRecords
from bot.storage.models import ChallengeEntryRow, ChallengeRow
from config.settings import RetentionSettings
from tests.bot.challenges.making import DAY, HOUR, make_challenge
from tests.bot.test_retention import ALICE, BOB, SETTINGS, Storage, sha256
from tests.databases import open_current_database

ENTRY = {sha256(picture) for picture in (b"photo", b"style of photo", b"painting", b"gif of painting")}


@pytest.fixture
async def storage(tmp_path: Path, database_url: str) -> AsyncIterator[Storage]:
    """Keeps inputs for a day and results for thirty."""
    async with open_current_database(database_url) as sessions:
        storage = Storage(tmp_path, sessions)
        storage.add_owner(ChallengeRecords(sessions))
        yield storage


async def entered(storage: Storage, state: EntryState = EntryState.ACCEPTED) -> tuple[Challenge, Job]:
    """Make a challenge that is open now, and an entry of Alice in it."""
    challenge = make_challenge(phase=Phase.OPEN, opens_at=storage.now - HOUR, closes_at=storage.now + DAY)
    await ChallengeRecords(storage.sessions).add(challenge)
    job = await storage.delivered(b"photo", b"painting")
    entries = EntryRecords(storage.sessions)
    entry = (await entries.submit(challenge.challenge_id, ALICE, job.job_id, now=storage.now)).entry
    async with storage.sessions.begin() as session:
        this = update(ChallengeEntryRow).where(ChallengeEntryRow.entry_id == entry.entry_id)
        await session.execute(this.values(state=state.value))
    return challenge, job


async def end(storage: Storage, challenge: Challenge, phase: Phase = Phase.ENDED) -> None:
    """End a challenge."""
    await ChallengeRecords(storage.sessions).change(challenge.challenge_id, tuple(Phase), phase=phase)


@pytest.mark.parametrize("state", [EntryState.ACCEPTED, EntryState.PENDING])
async def test_an_entry_is_kept_with_its_pictures_as_long_as_the_challenge(storage: Storage, state: EntryState) -> None:
    challenge, job = await entered(storage, state)
    await end(storage, challenge)
    await storage.delivered(b"other photo", b"other painting")

    storage.later(days=400)
    await storage.janitor.sweep()

    assert storage.kept() == ENTRY
    assert await storage.records.get(job.job_id) is not None
    await storage.sessions.write(delete(ChallengeRow).where(ChallengeRow.challenge_id == challenge.challenge_id))
    await storage.janitor.sweep()
    assert storage.kept() == set()
    assert await storage.records.get(job.job_id) is None


@pytest.mark.parametrize(
    ("state", "phase"),
    [
        (EntryState.REJECTED, Phase.ENDED),
        (EntryState.WITHDRAWN, Phase.ENDED),
        (EntryState.WITHDRAWN, Phase.CANCELED),
        (EntryState.ACCEPTED, Phase.CANCELED),
    ],
)
async def test_what_does_not_take_part_is_kept_until_the_challenge_is_over(
    storage: Storage, state: EntryState, phase: Phase
) -> None:
    challenge, job = await entered(storage, state)

    storage.later(days=400)
    await storage.janitor.sweep()
    assert storage.kept() == ENTRY

    await end(storage, challenge, phase)
    await storage.janitor.sweep()
    assert storage.kept() == set()
    assert await storage.records.get(job.job_id) is None
    assert await EntryRecords(storage.sessions).of_member(challenge.challenge_id, ALICE) == []


async def test_a_full_disk_deletes_no_entry(storage: Storage) -> None:
    await entered(storage)
    await storage.delivered(b"other photo", b"other painting", owner_id=BOB)
    storage.apply(RetentionSettings(input_hours=24, result_hours=720, size_limit_bytes=1, free_bytes=0))

    await storage.janitor.sweep()

    assert storage.kept() == ENTRY


async def test_a_withdrawn_painting_that_was_deleted_leaves_no_files(storage: Storage) -> None:
    challenge, job = await entered(storage, EntryState.WITHDRAWN)
    await storage.records.save(job.deleted())

    storage.later(days=2)
    await storage.janitor.sweep()

    assert storage.kept() == set()
    [entry] = await EntryRecords(storage.sessions).of_member(challenge.challenge_id, ALICE)
    assert entry.state is EntryState.WITHDRAWN


async def test_forgetting_a_member_deletes_their_entries_with_all_files(storage: Storage) -> None:
    challenge, _ = await entered(storage)
    await end(storage, challenge)
    assert await storage.janitor.knows(ALICE)

    forgotten = await storage.janitor.forget_member(ALICE, in_progress=())

    assert (forgotten.jobs, forgotten.pictures, forgotten.entries) == (1, 4, 1)
    assert storage.kept() == set()
    assert not await storage.janitor.knows(ALICE)
    assert await EntryRecords(storage.sessions).of_challenge(challenge.challenge_id) == []


async def test_the_pictures_of_results_are_forgotten_with_the_entries_that_they_show(storage: Storage) -> None:
    challenge, _ = await entered(storage)
    await end(storage, challenge)
    podium, sheet = await storage.store.put(b"podium"), await storage.store.put(b"sheet")
    records = ChallengeRecords(storage.sessions)
    await records.change(
        challenge.challenge_id, tuple(Phase), podium_sha256=podium, sheet_sha256=sheet, drawn_digest="d" * 64
    )

    await storage.janitor.forget_member(ALICE, in_progress=())

    assert await records.needed_pictures() == set()


async def test_a_fixed_picture_is_kept_although_nobody_painted_it(storage: Storage) -> None:
    fixed = FixedPicture("style", await storage.store.put(b"fixed"))
    await ChallengeRecords(storage.sessions).add(make_challenge(fixed=(fixed,)))
    await storage.store.put(b"unneeded")
    storage.apply(SETTINGS)

    storage.later(days=400)
    await storage.janitor.sweep()

    assert storage.kept() == {sha256(b"fixed")}
