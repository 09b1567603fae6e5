"""The entries of a challenge as everybody sees them: a few on each of many messages."""

from __future__ import annotations

import random
from collections.abc import Collection
from dataclasses import dataclass, replace

from bot.challenges.challenge import Challenge, Phase
from bot.challenges.entry import Entry
from bot.challenges.presenter import ChallengePresenter
from bot.challenges.shown import EntriesPage, ShownEntry
from bot.files.store import PictureStore
from bot.messages.answer import MAX_UPLOAD_BYTES
from bot.messages.card import Card, CardFile, FileOnDisk
from bot.messages.kept import KeptMessages
from bot.messages.places import Place
from bot.painting.job import Job, Result
from bot.painting.result_files import suffix_of
from bot.storage.entries import EntryRecords
from bot.storage.jobs import JobRecords

PAGE_SIZE = 4
MAX_CHECKED = 8
"""Messages that are edited at a check although nothing has changed."""
SHOWN_PHASES = frozenset({Phase.VOTING, Phase.COUNTING, Phase.DECIDING, Phase.ENDED})


@dataclass(frozen=True, slots=True)
class EntryPages:
    """Makes the messages that show a challenge's entries. Each entry stays in its message, whatever becomes of others.

    A message that has nothing new to show is the same card as before, which costs no request.
    """

    entries: EntryRecords
    records: JobRecords
    store: PictureStore
    presenter: ChallengePresenter
    kept: KeptMessages

    async def show(self, challenge: Challenge, *, is_check: bool) -> None:
        """Show all entries in the challenge's thread, once voting has opened; delete them if it is canceled.

        With `is_check`, also finds out whether messages were deleted: of many, a few each time. Raises as
        `KeptMessages.show` does.
        """
        if challenge.phase is Phase.CANCELED:
            await self._remove_all_but(challenge, set())
            return
        if challenge.phase not in SHOWN_PHASES or challenge.thread_id is None:
            return
        place, pages = Place(challenge.guild_id, challenge.thread_id), await self.of(challenge)
        checked = random.sample(range(len(pages)), min(MAX_CHECKED, len(pages))) if is_check else []
        for number, (key, card) in enumerate(pages):
            await self.kept.show(key, place, card, even_if_unchanged=number in checked)
        await self._remove_all_but(challenge, {key for key, _ in pages})

    async def _remove_all_but(self, challenge: Challenge, shown: Collection[str]) -> None:
        for key in await self.kept.keys(pages_prefix(challenge.challenge_id)):
            if key not in shown:
                await self.kept.remove(key)

    async def of(self, challenge: Challenge) -> list[tuple[str, Card]]:
        """The key and the card of every message. None before voting opens, because entries have no numbers yet.

        Messages of which no entry is left are missing. The files on the cards are kept by their entries.
        """
        entries = await self.entries.of_challenge(challenge.challenge_id)
        jobs = await self.records.many([entry.job_id for entry in entries])
        by_page: dict[int, list[ShownEntry]] = {}
        for entry in entries:
            if entry.number is not None and entry.job_id in jobs:
                page = by_page.setdefault((entry.number - 1) // PAGE_SIZE, [])
                page.append(await self._shown(entry, jobs[entry.job_id]))
        return [
            (f"{pages_prefix(challenge.challenge_id)}{number + 1}", await self._card(challenge, shown))
            for number, shown in sorted(by_page.items())
        ]

    async def _card(self, challenge: Challenge, shown: list[ShownEntry]) -> Card:
        """The card of a page. If its pictures are too large for one request, the largest are shown small."""
        while _total_bytes(shown) > MAX_UPLOAD_BYTES:
            largest = max(shown, key=_size_bytes)
            smaller = await self._file(largest.entry, largest.job, largest.job.result("thumbnail"))
            if smaller is None or smaller.size_bytes >= _size_bytes(largest):
                break
            shown = [replace(one, painting=smaller) if one is largest else one for one in shown]
        return self.presenter.entries(EntriesPage(challenge, tuple(shown)))

    async def _shown(self, entry: Entry, job: Job) -> ShownEntry:
        painting = await self._file(entry, job, job.result("painting"))
        return ShownEntry(entry, job, painting or await self._file(entry, job, job.result("thumbnail")))

    async def _file(self, entry: Entry, job: Job, result: Result | None) -> CardFile | None:
        """A picture of an entry, named by its number: what its member called it would say whose it is."""
        size_bytes = None if result is None else await self.store.size_of(result.sha256)
        if result is None or size_bytes is None:
            return None
        file = FileOnDisk(self.store.path_of(result.sha256), size_bytes)
        return CardFile.of(f"entry-{entry.number}{suffix_of(result)}", file, is_spoiler=job.is_spoiler)


def pages_prefix(challenge_id: str) -> str:
    """How the keys of the messages with a challenge's entries begin."""
    return f"challenge:{challenge_id}:entries:"


def _size_bytes(shown: ShownEntry) -> int:
    return 0 if shown.painting is None else shown.painting.size_bytes


def _total_bytes(shown: list[ShownEntry]) -> int:
    return sum(map(_size_bytes, shown))
