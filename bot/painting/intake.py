"""Turns requests into jobs: refuses at once what it can, saves the rest, acknowledges and submits it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import discord
import structlog

from bot.errors import (
    NETWORK_ERRORS,
    DatabaseAway,
    PaintingForgotten,
    SizeBeyondMemory,
    VariationsByOwnerOnly,
)
from bot.files.disk import Disk
from bot.files.download import Pictures
from bot.files.media_types import CONTENT, STYLE
from bot.files.store import Lease
from bot.painting.job import Input, InputRole, Job, JobState, PaintingOptions, Variation
from bot.painting.messages import JobMessages
from bot.painting.queue import FairQueue, Ticket
from bot.painting.request import Acknowledge, PaintingRequest, RedeliveryRequest, Shape, VariationRequest
from bot.painting.scheduler import Scheduler
from bot.painting.thumbnails import Thumbnail, Thumbnails
from bot.painting.usage import Usage
from bot.servers.rules import check_size
from bot.storage.jobs import JobRecords
from bot.storage.servers import Servers, ServerSettings
from stylizer.pool import Engine, PictureName, refuse_if_too_narrow

log = structlog.get_logger()

SQUARE: Shape = (1, 1)

SAVE_TIMEOUT_SECONDS = 0.7
"""If saving takes longer, the job is acknowledged first: Discord allows three seconds in total."""


@dataclass(frozen=True, slots=True)
class Intake:
    """Accepts requests, and resumes the jobs of an earlier process."""

    engine: Engine
    pictures: Pictures
    queue: FairQueue
    usage: Usage
    scheduler: Scheduler
    records: JobRecords
    servers: Servers
    disk: Disk
    messages: JobMessages

    async def accept(self, request: PaintingRequest, acknowledge: Acknowledge) -> None:
        """Accept a painting. The answer to the request's interaction becomes the job's card.

        Raises a `Refusal`, `UnknownRecipe` or `InvalidRecipe` for what is known to be wrong before painting.
        """
        content, style, options = request.content, request.style, request.options
        self.pictures.check(CONTENT, content)
        self.pictures.check(STYLE, style)
        self._refuse_if_too_large(options, content.shape)
        if content.shape is not None:  # else a worker finds out
            refuse_if_too_narrow(
                content.shape, PictureName("content"), longest_side_px=options.recipe().longest_side_px
            )
        self.disk.refuse_if_full()
        owner_id, guild_id = request.owner_id, request.address.guild_id
        with (
            self.queue.admit(owner_id, guild_id) as ticket,
            self.usage.charge(owner_id, guild_id, self.servers.settings_of(guild_id)),
        ):
            job = Job(
                owner_id=owner_id,
                address=request.address,
                source_owner_id=None if content.poster_id == owner_id else content.poster_id,
                locale=request.locale,
                inputs=(content.as_input("content"), style.as_input("style")),
                options=options,
                wants_timelapse=request.wants_timelapse,
            )
            job, _ = await self._save_and_acknowledge(self._save(job), acknowledge)
            await self.usage.save()
            self._submit(job, ticket=ticket)

    async def vary(self, request: VariationRequest, acknowledge: Acknowledge) -> None:
        """Paint the pictures of an earlier job again, slightly differently, for the member who asks.

        Raises as `accept` does, and `PaintingForgotten` when the pictures are gone.
        """
        owner_id, guild_id = request.owner_id, request.address.guild_id
        server = self.servers.settings_of(guild_id)
        self.disk.refuse_if_full()
        with (
            self.queue.admit(owner_id, guild_id, key=(request.origin_id, request.variation)) as ticket,
            self.usage.charge(owner_id, guild_id, server),
            self.pictures.store.lease() as lease,
        ):
            saving = self._save_variation(request, server, lease)
            job, thumbnails = await self._save_and_acknowledge(saving, acknowledge)
            await self.usage.save()
            self._submit(job, ticket=ticket, thumbnails=thumbnails)

    async def deliver_again(self, request: RedeliveryRequest, acknowledge: Acknowledge) -> None:
        """Deliver a painting to its owner that Discord refused earlier. Raises `PaintingForgotten` and `Superseded`."""
        job = await self.records.get(request.job_id)
        is_theirs = job is not None and job.owner_id == request.owner_id
        if job is None or not is_theirs or job.result("painting") is None or job.state is not JobState.FAILED:
            raise PaintingForgotten
        job = await self.records.save(job.redelivered(request.address))  # refuses the second of two presses
        message_id = await acknowledge()
        if message_id is not None:
            await self.records.shown(job.job_id, message_id)
            job = replace(job, message_id=message_id)
        self._submit(
            job,
            ticket=self.queue.readmit(job),
            thumbnails=await self._thumbnails(job),
            is_redelivery=True,
        )

    async def resume(self) -> None:
        """Resume every job that an earlier process didn't finish."""
        unsettled = await self.records.lease_unsettled(even_leased=True)  # this process holds the database's lock
        for job in sorted(
            unsettled, key=lambda job: job.state is not JobState.PAINTING
        ):  # first those whose turn had come
            thumbnails = await self._thumbnails(job)
            self._submit(job, ticket=self.queue.readmit(job), thumbnails=thumbnails, resumed=True)

    async def _save_and_acknowledge(
        self, saving: Coroutine[Any, Any, tuple[Job, Thumbnails | None]], acknowledge: Acknowledge
    ) -> tuple[Job, Thumbnails | None]:
        """Save a job, then acknowledge it, so that no job is lost after its member has seen "thinking".

        Acknowledges first if saving takes longer than Discord waits.
        """
        message_id: int | None = None
        saved = asyncio.create_task(saving)
        await asyncio.wait([saved], timeout=SAVE_TIMEOUT_SECONDS)
        if saved.done():
            saved.result()
        try:
            message_id = await acknowledge()
        except discord.HTTPException:  # Discord has shown the member that it failed
            job, _ = await saved
            await self.records.take_back(job.job_id)
            raise
        except NETWORK_ERRORS as error:  # it may have arrived, and one painting too many is better than none
            log.warning("job.acknowledgment_uncertain", problem=str(error))
        job, thumbnails = await saved
        if message_id is not None:
            with suppress(DatabaseAway):  # the first edit returns the ID again
                await self.records.shown(job.job_id, message_id)
                job = replace(job, message_id=message_id)
        return job, thumbnails

    async def _save(self, job: Job) -> tuple[Job, None]:
        await self.records.add(job)
        return job, None

    async def _save_variation(
        self, request: VariationRequest, server: ServerSettings, lease: Lease
    ) -> tuple[Job, Thumbnails]:
        origin = await self.records.get(request.origin_id)
        if origin is None:
            raise PaintingForgotten
        if server.variations_by_owner_only and origin.owner_id != request.owner_id:
            raise VariationsByOwnerOnly(origin.owner_id)
        inputs = [await self._reused(source, lease) for source in origin.inputs]
        if request.variation is Variation.SWAP:
            inputs = _swapped(inputs)
        options = origin.options.varied(request.variation)
        check_size(options, server)
        self._refuse_if_too_large(options, _content_shape(origin, request))
        source_owner_id = origin.owner_id if origin.source_owner_id is None else origin.source_owner_id
        job = Job(
            owner_id=request.owner_id,
            source_owner_id=None if source_owner_id == request.owner_id else source_owner_id,
            variation=request.variation,
            origin_url=request.origin_url or (None if origin.message_channel_id else origin.url),
            address=request.address,
            locale=request.locale,
            inputs=tuple(inputs),
            options=options,
            wants_timelapse=request.wants_timelapse,
            state=JobState.WAITING,
        )
        await self.records.add(job)
        return job, await self._thumbnails(job) or _shown_thumbnails(request)

    def _refuse_if_too_large(self, options: PaintingOptions, shape: Shape | None) -> None:
        """Refuse a size that would run out of memory when its turn comes.

        Raises `SizeBeyondMemory`, and what `recipe()` raises. A content picture of unknown shape may be square, which
        takes the most memory.
        """
        size_px = options.recipe().longest_side_px
        largest_px = self.engine.largest_side_px(*(shape or SQUARE))
        if largest_px is not None and size_px > largest_px:
            raise SizeBeyondMemory(size_px, largest_px)

    async def _reused(self, source: Input, lease: Lease) -> Input:
        """Return an input for another job, with its files leased. Raises `PaintingForgotten` if the picture is gone."""
        store = self.pictures.store
        if source.sha256 is None or not await store.has(source.sha256, lease=lease):
            raise PaintingForgotten
        small = source.thumbnail_sha256
        if small is not None and not await store.has(small, lease=lease):
            small = None
        return replace(source, url=None, size_bytes=0, thumbnail_sha256=small)

    def _submit(
        self,
        job: Job,
        *,
        ticket: Ticket,
        thumbnails: Thumbnails | None = None,
        resumed: bool = False,
        is_redelivery: bool = False,
    ) -> None:
        self.scheduler.submit(
            job,
            ticket=ticket,
            message=self.messages.open(job),
            thumbnails=thumbnails or Thumbnails.on_discord(job),
            resumed=resumed,
            is_redelivery=is_redelivery,
        )

    async def _thumbnails(self, job: Job) -> Thumbnails | None:
        """The thumbnails that a worker made; None if there are none yet."""
        thumbnails = Thumbnails.uploaded(job, *await self.pictures.thumbnails(job))
        return thumbnails if thumbnails.files else None


def _swapped(inputs: Sequence[Input]) -> list[Input]:
    """Exchange the content and the first style."""
    exchanged: Mapping[InputRole, InputRole] = {"content": "style", "style": "content"}
    swapped = [replace(one, role=exchanged[one.role]) if one.position == 0 else one for one in inputs]
    return sorted(swapped, key=lambda one: (one.role, one.position))


def _shown_thumbnails(request: VariationRequest) -> Thumbnails:
    """The thumbnails of the pressed card, for a variation of it."""
    if request.shown is None:
        return Thumbnails()
    content, style = (Thumbnail(picture.url) for picture in request.shown)
    return Thumbnails(style, content) if request.variation is Variation.SWAP else Thumbnails(content, style)


def _content_shape(origin: Job, request: VariationRequest) -> Shape | None:
    """The shape of a variation's content picture, if the record or the pressed card shows it."""
    is_swapped = request.variation is Variation.SWAP
    painting = origin.result("painting")
    if painting is not None and painting.width_px and painting.height_px and not is_swapped:
        return painting.width_px, painting.height_px
    return None if request.shown is None else request.shown[1 if is_swapped else 0].shape
