"""Puts ready paintings of the samples into the bot's database and its store, as if members had painted them."""

from __future__ import annotations

import asyncio
import io
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from PIL import Image

from bot.challenges.challenge import FixedPicture
from bot.client import AtelierClient
from bot.demo.samples import sample
from bot.files.store import Lease
from bot.gallery.style import Visitor
from bot.gallery.thumbnails import GALLERY_THUMBNAIL_PX
from bot.messages.address import Address
from bot.messages.answer import MAX_UPLOAD_BYTES
from bot.painting.job import InputRole, Job, PaintingOptions, Result
from stylizer.events import THUMBNAIL_PX

PAINTING_SECONDS = 20.0
"""About what each of them took."""
LOCALE = "en-US"
"""The language of the members who painted them."""


@dataclass(frozen=True, slots=True)
class ReadyPaintings:
    """Adds paintings, each from a file `PHOTOGRAPH-STYLE.jpg`."""

    client: AtelierClient
    guild_id: int
    channel_id: int
    """Where they were asked for."""

    async def add(self, path: Path, owner_id: int, *, challenge_id: str | None = None) -> Job:
        """Add a painting of a member, and return its job, which is done. Only they have seen it."""
        photograph, _, style_id = path.stem.partition("-")
        content, painting = sample(photograph), await asyncio.to_thread(path.read_bytes)
        style = await self.client.studio.gallery.get(style_id, Visitor(owner_id, self.guild_id))
        records, store, now = self.client.studio.records, self.client.studio.pictures.store, datetime.now(UTC)
        with store.lease() as lease:
            chosen = await self.client.studio.styles.as_input(style, lease, locale=LOCALE)
            result, (width_px, height_px) = await self._result(painting, lease)
            job = Job(
                owner_id,
                Address(
                    application_id=self.client.application_id or 0,
                    interaction_id=0,
                    token="",
                    asked_at=now,
                    guild_id=self.guild_id,
                    channel_id=self.channel_id,
                    upload_limit_bytes=MAX_UPLOAD_BYTES,
                    is_private=True,
                ),
                ((await self.fixed("content", content, lease)).as_input(), chosen),
                PaintingOptions(size_px=max(width_px, height_px)),
                locale=LOCALE,
                challenge_id=challenge_id,
                wants_timelapse=False,
            )
            await records.add(job)
            names = [cast("str", picture.sha256) for picture in job.inputs]
            job = (
                job.fetched(names)
                .started()
                .painted(
                    result,
                    thumbnail_sha256s=[
                        await self._thumbnail(sample(name)[1], lease) for name in (photograph, style_id)
                    ],
                    painting_seconds=PAINTING_SECONDS,
                )
            )
            return await records.save(job.delivered(message_id=0))

    async def fixed(self, role: InputRole, file: tuple[str, bytes], lease: Lease) -> FixedPicture:
        """Store a picture that every entry of a challenge has to be painted from."""
        name, data = file
        width_px, height_px = await asyncio.to_thread(_shape, data)
        sha256 = await self.client.studio.pictures.store.put(data, lease=lease)
        thumbnail_sha256 = await self._thumbnail(data, lease, longest_side_px=GALLERY_THUMBNAIL_PX)
        return FixedPicture(role, sha256, thumbnail_sha256, name, width_px=width_px, height_px=height_px)

    async def _result(self, painting: bytes, lease: Lease) -> tuple[tuple[Result, ...], tuple[int, int]]:
        width_px, height_px = await asyncio.to_thread(_shape, painting)
        sha256 = await self.client.studio.pictures.store.put(painting, lease=lease)
        thumbnail = Result("thumbnail", "image/jpeg", await self._thumbnail(painting, lease))
        result = Result(
            "painting", "image/jpeg", sha256, size_bytes=len(painting), width_px=width_px, height_px=height_px
        )
        return (result, thumbnail), (width_px, height_px)

    async def _thumbnail(self, picture: bytes, lease: Lease, *, longest_side_px: int = THUMBNAIL_PX) -> str:
        # Not by the engine, which starts a process for each: these pictures are the project's own.
        small = await asyncio.to_thread(_small_jpeg, picture, longest_side_px)
        return await self.client.studio.pictures.store.put(small, lease=lease)


def _shape(picture: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(picture)) as image:
        return image.size


def _small_jpeg(picture: bytes, longest_side_px: int) -> bytes:
    with Image.open(io.BytesIO(picture)) as image:
        image.thumbnail((longest_side_px, longest_side_px))
        file = io.BytesIO()
        image.save(file, "JPEG", quality=88)
    return file.getvalue()
