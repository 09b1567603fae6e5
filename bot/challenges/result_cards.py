"""Shows the results of challenges on Discord: one message, once a challenge has ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.challenges.challenge import Challenge
from bot.challenges.drawing import Drawing
from bot.challenges.entry import Entry
from bot.challenges.outcome import Outcome, best_of, ranked, winners_of
from bot.challenges.presenter import ChallengePresenter
from bot.challenges.upkeep import announcement_key
from bot.files.store import Lease
from bot.messages.answer import MAX_UPLOAD_BYTES
from bot.messages.card import CardFile, FileOnDisk
from bot.messages.kept import KeptMessages
from bot.messages.places import Place
from bot.painting.job import Job
from bot.painting.result_files import leased_file
from bot.storage.entries import EntryRecords


@dataclass(frozen=True, slots=True)
class ResultCards:
    """Makes the message with a challenge's results, and keeps it up to date."""

    entries: EntryRecords
    drawing: Drawing
    presenter: ChallengePresenter
    kept: KeptMessages

    async def show(self, challenge: Challenge, *, is_check: bool) -> None:
        """Show the results where the challenge was announced, once it has ended with any entry.

        Raises as `KeptMessages.show` does, `DiskFull` and `EngineClosed`.
        """
        if not challenge.is_revealed:
            return
        entries = ranked(await self.entries.of_challenge(challenge.challenge_id))
        key = results_key(challenge.challenge_id)
        if not entries:  # or all of them have been deleted since
            await self.kept.remove(key)
            return
        card = await self.kept.shown(announcement_key(challenge.challenge_id))
        channel_id = challenge.channel_id if card is None else card.channel_id  # in a forum, the post
        with self.drawing.store.lease() as lease:
            outcome = await self.outcome(challenge, entries, lease)
            place = Place(challenge.guild_id, channel_id, title=challenge.title)
            await self.kept.show(key, place, self.presenter.results(outcome), even_if_unchanged=is_check)

    async def outcome(self, challenge: Challenge, entries: Sequence[Entry], lease: Lease) -> Outcome:
        """The results, with leased files that fit into one message on the challenge's server."""
        jobs = await self.drawing.jobs.many([entry.job_id for entry in entries])
        drawn = await self.drawing.of(challenge, entries, jobs, lease)
        limit_bytes, room_bytes = self.kept.upload_limit_bytes(challenge.guild_id), MAX_UPLOAD_BYTES
        timelapse, is_spoiler = await self._timelapse(challenge, entries, jobs, lease)
        best = {entry.job_id for entry in best_of(challenge, entries)}
        files: list[CardFile | None] = []
        for name, file, hides in (
            ("podium.jpg", drawn.podium, any(job.is_spoiler for job in jobs.values() if job.job_id in best)),
            ("entries.jpg", drawn.sheet, any(job.is_spoiler for job in jobs.values())),
            ("winner.gif", timelapse, is_spoiler),
        ):
            fits = file is not None and file.size_bytes <= min(limit_bytes, room_bytes)
            files.append(CardFile.of(name, file, is_spoiler=hides) if file is not None and fits else None)
            room_bytes -= file.size_bytes if file is not None and fits else 0
        return Outcome(challenge, tuple(entries), *files)

    async def _timelapse(
        self, challenge: Challenge, entries: Sequence[Entry], jobs: Mapping[str, Job], lease: Lease
    ) -> tuple[FileOnDisk | None, bool]:
        """The GIF of the only winner, and whether it is a spoiler."""
        winners = winners_of(challenge, entries)
        job = jobs.get(winners[0].job_id) if len(winners) == 1 else None
        result = None if job is None else job.result("timelapse")
        if job is None or result is None:
            return None, False
        return await leased_file(self.drawing.store, result.sha256, lease), job.is_spoiler


def results_key(challenge_id: str) -> str:
    """The key of the results of a challenge among the kept messages."""
    return f"challenge:{challenge_id}:results"
