"""What members and moderators do with entries: submit, withdraw, review."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from bot.challenges.challenge import Challenge, Phase
from bot.challenges.entry import PLACE_TAKING_STATES, Entry, EntryState
from bot.challenges.rules import check_fits, check_open
from bot.errors import BannedFromChallenge, ChallengeUnknown, NoPlaceLeft, NotInHistory, PaintingFilesGone
from bot.files.store import PictureStore
from bot.painting.job import Job
from bot.storage.challenges import ChallengeRecords
from bot.storage.entries import EntryRecords
from bot.storage.jobs import JobRecords

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Entering:
    """Changes entries, and has the messages of their challenges follow."""

    challenges: ChallengeRecords
    entries: EntryRecords
    records: JobRecords
    store: PictureStore
    now: Callable[[], datetime]
    refresh: Callable[[str], Awaitable[object]]
    """Brings the messages of a challenge up to date, soon."""
    tell_moderators: Callable[[Challenge], object]
    """Tells a server's moderators that entries wait for them. Returns at once."""

    async def challenge(self, challenge_id: str) -> Challenge:
        """The challenge with that ID, once it is announced. Raises `ChallengeUnknown`."""
        challenge = await self.challenges.get(challenge_id)
        if challenge is None or challenge.phase is Phase.DRAFT:
            raise ChallengeUnknown
        return challenge

    async def check(self, challenge: Challenge, member_id: int, *, needs_place: bool = True) -> None:
        """Check that a member may enter now, before they paint anything; with `needs_place`, one more time.

        `submit` decides. Raises `EntriesNotOpen`, `EntriesClosed`, `BannedFromChallenge` and `NoPlaceLeft`.
        """
        check_open(challenge.phase, challenge.opens_at, challenge.closes_at, now=self.now())
        if await self.entries.is_banned(challenge.challenge_id, member_id):
            raise BannedFromChallenge
        if not needs_place:
            return
        theirs = await self.entries.of_member(challenge.challenge_id, member_id)
        if sum(entry.state in PLACE_TAKING_STATES for entry in theirs) >= challenge.entries_per_member:
            raise NoPlaceLeft(challenge.entries_per_member)

    async def submit(self, challenge: Challenge, job_id: str, member_id: int) -> Entry:
        """Make a painting of a member an entry.

        Raises `PaintingUnfit`, `PaintingFilesGone`, and what `EntryRecords.submit` raises.
        """
        now, job = self.now(), await self.records.get(job_id)
        painting = None if job is None else job.result("painting")
        if job is None or painting is None:
            raise NotInHistory
        check_fits(challenge, job)
        with self.store.lease() as lease:  # until the entry keeps the file
            if not await self.store.has(painting.sha256, lease=lease):
                raise PaintingFilesGone
            submission = await self.entries.submit(challenge.challenge_id, member_id, job_id, now=now)
        log.info("entry.submitted", challenge=challenge.challenge_id, entry=submission.entry.entry_id)
        await self.refresh(challenge.challenge_id)
        if submission.waiting == 1:  # who looks at it finds those that come meanwhile
            self.tell_moderators(challenge)
        return submission.entry

    async def withdraw(self, challenge: Challenge, entry_id: str, member_id: int) -> None:
        """Take a member's entry back. Raises `EntryGone` and `TooLateToWithdraw`."""
        await self.entries.withdraw(entry_id, member_id, now=self.now())
        await self.refresh(challenge.challenge_id)

    async def waiting(self, challenge: Challenge) -> list[Entry]:
        """The entries that moderators have to look at, the oldest first."""
        return await self.entries.of_challenge(challenge.challenge_id, states=(EntryState.PENDING,))

    async def decide(
        self, challenge: Challenge, entry_id: str, *, by: int, is_accepted: bool, reason: str | None = None
    ) -> Entry:
        """Accept or reject an entry for a moderator. Raises `EntryGone` and `AlreadyDecided`."""
        entry = await self.entries.decide(entry_id, by=by, is_accepted=is_accepted, reason=reason)
        log.info("entry.decided", challenge=challenge.challenge_id, entry=entry_id, state=entry.state, by=by)
        await self.refresh(challenge.challenge_id)
        return entry

    async def ban(self, challenge: Challenge, member_id: int, *, by: int) -> int:
        """Reject all entries of a member, and refuse more; return how many are rejected. Raises `TooLateToBan`."""
        rejected = await self.entries.ban(challenge.challenge_id, member_id, by=by)
        log.info("challenge.banned", challenge=challenge.challenge_id, member=member_id, by=by)
        await self.refresh(challenge.challenge_id)
        return rejected

    async def history(self, challenge: Challenge, member_id: int, *, limit: int) -> list[Job]:
        """A member's latest paintings that can become entries, newest first."""
        jobs = await self.entries.fitting(challenge, member_id, limit=limit)
        return [job for job in jobs if await self._is_there(job)]

    async def _is_there(self, job: Job) -> bool:
        painting = job.result("painting")
        return painting is not None and await self.store.size_of(painting.sha256) is not None
