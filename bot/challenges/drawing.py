"""Draws the pictures of a challenge's results, from small pictures of its entries."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog

from bot.challenges.challenge import Challenge, Phase
from bot.challenges.contact_sheet import cell_px, draw_contact_sheet
from bot.challenges.entry import Entry
from bot.challenges.outcome import best_of, place_of
from bot.challenges.podium import PICTURE_PX, OnPodium, draw_podium
from bot.files.store import Lease, PictureStore
from bot.gallery.thumbnails import MakeThumbnail
from bot.messages.card import FileOnDisk
from bot.painting.job import Job
from bot.painting.result_files import leased_file
from bot.storage.challenges import ChallengeRecords
from bot.storage.jobs import JobRecords
from stylizer.events import THUMBNAIL_PX
from stylizer.pool import EngineClosed, PictureName, StylizerError

log = structlog.get_logger()

VERSION = 1
"""Of what the pictures look like: another one draws them again."""
ENLARGED_AT_MOST = 1.25
"""How much larger than a painting's thumbnail a cell may be, so that no larger one has to be made."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """The pictures of a challenge's results: files in the store, leased."""

    podium: FileOnDisk | None
    sheet: FileOnDisk | None


@dataclass(frozen=True, slots=True)
class Drawing:
    """Draws results once, and keeps the pictures until an entry is gone. No painting is decoded in this process."""

    challenges: ChallengeRecords
    jobs: JobRecords
    store: PictureStore
    make_thumbnail: MakeThumbnail

    async def of(self, challenge: Challenge, entries: Sequence[Entry], jobs: Mapping[str, Job], lease: Lease) -> Drawn:
        """The podium and the contact sheet of a challenge, from all of its entries, the best first.

        Raises `DiskFull` and `EngineClosed`.
        """
        digest = _digest(challenge, entries, jobs)
        if challenge.drawn_digest == digest:
            names = (challenge.podium_sha256, challenge.sheet_sha256)
            kept = [await leased_file(self.store, name, lease) for name in names]
            if all(file is not None for name, file in zip(names, kept, strict=True) if name is not None):
                return Drawn(*kept)
        best = best_of(challenge, entries)
        podium = await self._podium(best, jobs)
        sheet = None if podium is not None and len(best) == len(entries) else await self.sheet(entries, jobs)
        names = (await self._put(podium, lease), await self._put(sheet, lease))
        await self.challenges.change(
            challenge.challenge_id,
            {Phase.ENDED},
            podium_sha256=names[0],
            sheet_sha256=names[1],
            drawn_digest=digest,
        )
        return Drawn(*[await leased_file(self.store, name, lease) for name in names])

    async def sheet(self, entries: Sequence[Entry], jobs: Mapping[str, Job]) -> bytes | None:
        """The contact sheet of some entries, by number; None if there are none. Raises `EngineClosed`."""
        if not entries:
            return None
        side_px = cell_px(len(entries))
        numbered = sorted(entries, key=lambda entry: entry.number or 0)
        small = [(entry.number or 0, await self.small(jobs.get(entry.job_id), side_px)) for entry in numbered]
        return await asyncio.to_thread(draw_contact_sheet, small, count=len(small))

    async def _podium(self, best: Sequence[Entry], jobs: Mapping[str, Job]) -> bytes | None:
        shown = [
            OnPodium(place_of(entry), jpeg)
            for entry in best
            if (jpeg := await self.small(jobs.get(entry.job_id), PICTURE_PX)) is not None
        ]
        return await asyncio.to_thread(draw_podium, shown) if shown and len(shown) == len(best) else None

    async def small(self, job: Job | None, side_px: int) -> bytes | None:
        """A JPEG of a painting that is large enough for this side, if possible; None if its files are gone.

        Raises `EngineClosed`.
        """
        if job is None:
            return None
        thumbnail, painting = job.result("thumbnail"), job.result("painting")
        is_jpeg = thumbnail is not None and thumbnail.media_type == "image/jpeg"
        if is_jpeg and side_px <= THUMBNAIL_PX * ENLARGED_AT_MOST:
            painting = None
        made = None if painting is None else await self._made(painting.sha256, side_px, job)
        if made is None and is_jpeg and thumbnail is not None:
            return await self.store.read(thumbnail.sha256)
        return made

    async def _made(self, sha256: str, side_px: int, job: Job) -> bytes | None:
        picture = await self.store.read(sha256)
        if picture is None:
            return None
        try:
            return await self.make_thumbnail(picture, name=PictureName(), longest_side_px=side_px)
        except EngineClosed:
            raise
        except StylizerError as error:
            log.warning("challenge.painting_unreadable", job=job.job_id, problem=type(error).__name__)
            return None

    async def _put(self, picture: bytes | None, lease: Lease) -> str | None:
        return None if picture is None else await self.store.put(picture, lease=lease)


def _digest(challenge: Challenge, entries: Sequence[Entry], jobs: Mapping[str, Job]) -> str:
    """A digest of everything that the pictures depend on."""
    shown = [
        [entry.number, place_of(entry), [result.sha256 for result in jobs[entry.job_id].results]]
        for entry in entries
        if entry.job_id in jobs
    ]
    return hashlib.sha256(json.dumps([VERSION, challenge.is_without_votes, shown]).encode()).hexdigest()
