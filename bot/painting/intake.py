"""Turns requests into jobs: refuses at once what it can, saves the rest, acknowledges and submits it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, cast

import discord
import structlog

from bot.errors import (
    NETWORK_ERRORS,
    AlreadyChosen,
    DatabaseAway,
    NotYourChoice,
    PaintingForgotten,
    SizeBeyondMemory,
    Superseded,
)
from bot.files.disk import Disk
from bot.files.pictures import Pictures
from bot.files.store import Lease
from bot.gallery.files import GalleryFiles
from bot.gallery.style import Style, Visitor
from bot.painting.chooser import StyleChooser
from bot.painting.job import Input, Job, JobKind, JobState, PaintingOptions, Variation
from bot.painting.messages import JobMessages
from bot.painting.queue import FairQueue, Ticket
from bot.painting.request import (
    SQUARE,
    Acknowledge,
    ChoiceRequest,
    ChosenStyle,
    PaintingRequest,
    RedeliveryRequest,
    Shape,
    ShownPicture,
    VariationRequest,
)
from bot.painting.scheduler import Scheduler
from bot.painting.thumbnails import Thumbnail, Thumbnails
from bot.painting.usage import Usage
from bot.painting.variations import plan
from bot.servers.rules import check_size, check_variation, limit_size
from bot.sources.picture import SentPicture
from bot.storage.jobs import JobRecords
from bot.storage.servers import Servers, ServerSettings
from stylizer.pool import Engine, PictureName, PictureRole, refuse_if_too_narrow, shares_of

log = structlog.get_logger()

MAX_UNDECIDED = 5
"""How many paintings a member can leave without a style; with one more, the oldest is forgotten."""
SAVE_TIMEOUT_SECONDS = 0.7
"""If saving takes longer, the job is acknowledged first: Discord allows three seconds in total."""


@dataclass(frozen=True, slots=True)
class Intake:
    """Accepts requests, and resumes the jobs of an earlier process."""

    engine: Engine
    pictures: Pictures
    styles: GalleryFiles
    queue: FairQueue
    usage: Usage
    scheduler: Scheduler
    records: JobRecords
    servers: Servers
    disk: Disk
    messages: JobMessages
    chooser: StyleChooser

    async def accept(self, request: PaintingRequest, acknowledge: Acknowledge) -> None:
        """Accept a painting. The answer to the request's interaction becomes the job's card.

        Raises a `Refusal`, `UnknownRecipe` or `InvalidRecipe` for what is known to be wrong before painting.
        """
        if not request.cells:
            shares_of([style.weight for style in request.styles])  # refuses what can't be blended
        self._check(request)
        owner_id, guild_id = request.owner_id, request.address.guild_id
        with (
            self.queue.admit(owner_id, guild_id) as ticket,
            self.usage.charge(owner_id, guild_id, self.servers.settings_of(guild_id)) as charge,
            self.pictures.store.lease() as lease,
        ):
            job, thumbnails = await self._save_and_acknowledge(self._save(request, lease), acknowledge)
            charge(job.cost - 1)
            await self.usage.save()
            self._submit(job, ticket=ticket, thumbnails=thumbnails)
        if not request.cells:  # of a board, what counts is what is painted large
            await self._count_uses(request.styles)

    async def ask_for_style(self, request: PaintingRequest, acknowledge: Acknowledge) -> None:
        """Store the content of a painting, and let the member choose a style in the answer to the interaction.

        It takes a place in the queue only while its pictures are being downloaded. Raises as `accept` does.
        """
        self._check(request)
        owner_id = request.owner_id
        with (
            self.queue.admit(owner_id, request.address.guild_id) as ticket,
            self.pictures.store.lease() as lease,
        ):
            job, _ = await self._save_and_acknowledge(self._save(request, lease), acknowledge)
            self._submit(job, ticket=ticket)
        with suppress(DatabaseAway):  # the next one forgets more of them
            await self.records.forget_undecided(owner_id, keep_latest=MAX_UNDECIDED - 1)

    async def undecided(self, job_id: str, member_id: int) -> Job:
        """The job for which this member may choose a style.

        Raises `PaintingForgotten`, `NotYourChoice`, and `AlreadyChosen` if they have chosen already.
        """
        job = await self.records.get(job_id)
        if job is None:
            raise PaintingForgotten
        if job.owner_id != member_id:
            raise NotYourChoice(job.owner_id)
        if job.state is not JobState.CHOOSING:
            raise AlreadyChosen
        return job

    async def choose(self, request: ChoiceRequest) -> None:
        """Paint a job in the style that its owner chose, in the message where they chose it.

        Only now it counts as accepted. Raises as `undecided` does, and a `Refusal` that leaves the choice open.
        """
        job = await self.undecided(request.job_id, request.member_id)
        self.disk.refuse_if_full()
        owner_id, guild_id = job.owner_id, request.address.guild_id
        with (
            self.queue.admit(owner_id, guild_id) as ticket,
            self.usage.charge(owner_id, guild_id, self.servers.settings_of(guild_id)),
            self.pictures.store.lease() as lease,
        ):
            for picture in job.inputs:
                await self._reused(picture, lease)
            chosen = ChosenStyle(request.style)
            style = await self._style_input(chosen, 0, lease, job.locale)
            job = job.chosen(style, request.address, message_id=request.message_id)
            thumbnails = await self._first_thumbnails(job, [chosen])
            try:
                job = await self.records.save(job)
            except Superseded as error:  # the second of two presses
                raise AlreadyChosen from error
            await self.usage.save()
            self._submit(job, ticket=ticket, thumbnails=thumbnails)
        await self._count_uses([chosen])

    async def vary(self, request: VariationRequest, acknowledge: Acknowledge) -> None:
        """Paint the pictures of an earlier job again, slightly differently, for the member who asks.

        Raises as `accept` does, and `PaintingForgotten` when the pictures are gone.
        """
        owner_id, guild_id = request.owner_id, request.address.guild_id
        server = self.servers.settings_of(guild_id)
        self.disk.refuse_if_full()
        # The styles of a new board are drawn at each press, so a second press has others.
        styles = () if request.variation is Variation.NEW_BOARD else request.styles
        key = request.origin_id, request.variation, request.number, request.options, styles
        with (
            self.queue.admit(owner_id, guild_id, key=key) as ticket,
            self.usage.charge(owner_id, guild_id, server) as charge,
            self.pictures.store.lease() as lease,
        ):
            saving = self._save_variation(request, server, lease)
            job, thumbnails = await self._save_and_acknowledge(saving, acknowledge)
            charge(job.cost - 1)
            await self.usage.save()
            self._submit(job, ticket=ticket, thumbnails=thumbnails)
        if request.variation is Variation.EDIT:
            await self._count_uses([ChosenStyle(style) for style in request.styles])
        elif request.variation is Variation.CHOICE:
            await self._count_choice(job.input("style"), request.origin_id)

    async def deliver_again(self, request: RedeliveryRequest, acknowledge: Acknowledge) -> None:
        """Deliver a painting to its owner that Discord refused earlier. Raises `PaintingForgotten` and `Superseded`."""
        job = await self.records.get(request.job_id)
        is_theirs = job is not None and job.owner_id == request.owner_id
        if job is None or not is_theirs or job.picture is None or job.state is not JobState.FAILED:
            raise PaintingForgotten
        thumbnails = await self._thumbnails(job)
        again = await self.records.save(job.redelivered(request.address))  # refuses the second of two presses
        try:
            message_id = await _acknowledged(acknowledge)
        except discord.HTTPException:  # Discord has shown the member that it failed, so they may press again
            failed = again.failed(job.problem, problem_is_private=job.problem_is_private)
            with suppress(DatabaseAway):  # then it is on its way, and ends as any other that can't be delivered
                await self.records.save(failed.settled())
                raise
            message_id = None
        again = await self._with_message(again, message_id)
        self._submit(again, ticket=self.queue.readmit(again), thumbnails=thumbnails, is_redelivery=True)

    async def resume(self) -> None:
        """Resume every job that an earlier process didn't finish."""
        unsettled = await self.records.lease_unsettled(even_leased=True)  # this process holds the database's lock
        for job in sorted(
            unsettled, key=lambda job: job.state is not JobState.PAINTING
        ):  # first those whose turn had come
            self._submit(
                job,
                ticket=self.queue.readmit(job),
                thumbnails=await self._thumbnails(job),
                resumed=True,
                is_redelivery=job.state is JobState.PAINTED and job.ended_at is not None,
            )

    async def _save_and_acknowledge(
        self, saving: Coroutine[Any, Any, tuple[Job, Thumbnails | None]], acknowledge: Acknowledge
    ) -> tuple[Job, Thumbnails | None]:
        """Save a job, then acknowledge it, so that no job is lost after its member has seen "thinking".

        Acknowledges first if saving takes longer than Discord waits.
        """
        saved = asyncio.create_task(saving)
        await asyncio.wait([saved], timeout=SAVE_TIMEOUT_SECONDS)
        if saved.done():
            saved.result()
        try:
            message_id = await _acknowledged(acknowledge)
        except discord.HTTPException:  # Discord has shown the member that it failed
            job, _ = await saved
            with suppress(DatabaseAway):  # else a restart would paint it without counting it
                await self.records.take_back(job.job_id)
                raise
            message_id = None
        job, thumbnails = await saved
        return await self._with_message(job, message_id), thumbnails

    async def _with_message(self, job: Job, message_id: int | None) -> Job:
        """The job with its message, if that is known."""
        if message_id is not None:
            with suppress(DatabaseAway):  # the first edit returns the ID again
                await self.records.record_message(job.job_id, message_id)
                return replace(job, message_id=message_id)
        return job

    async def _save(self, request: PaintingRequest, lease: Lease) -> tuple[Job, Thumbnails | None]:
        sent, poster_id = request.content, None
        if isinstance(sent, SentPicture):
            content, poster_id = sent.as_input("content"), sent.poster_id
        else:
            content = await self._reused(sent, lease)
        styles = [
            await self._style_input(style, position, lease, request.locale)
            for position, style in enumerate(request.styles)
        ]
        mask = () if request.mask is None else (request.mask.as_input("mask"),)
        if request.like is None:
            source_owner_id = None if poster_id == request.owner_id else poster_id
        else:
            source_owner_id = _source_owner(request.like, request.owner_id)
        job = Job(
            owner_id=request.owner_id,
            address=request.address,
            challenge_id=request.challenge_id,
            source_owner_id=source_owner_id,
            variation=None if request.like is None else Variation.LIKE,
            locale=request.locale,
            inputs=(content, *styles, *mask),
            options=request.options,
            kind=JobKind.BOARD if request.cells else JobKind.PAINTING,
            cells=request.cells,
            wants_timelapse=request.wants_timelapse,
        )
        await self.records.add(job)
        return job, await self._first_thumbnails(job, request.styles)

    async def _first_thumbnails(self, job: Job, styles: Sequence[ChosenStyle]) -> Thumbnails:
        """What can be shown before a worker has made thumbnails."""
        chosen = [] if job.cells else [(place, style.source) for place, style in enumerate(styles)]
        jpegs = {place: jpeg for place, style in chosen if (jpeg := await self._small(style)) is not None}
        thumbnails = Thumbnails.before_painting(job, jpegs)
        content = job.input("content")
        if content.url is None and (jpeg := await self._small(content)) is not None:
            # Named differently from the worker's thumbnail, which may have another size.
            thumbnails = replace(thumbnails, content=Thumbnail.of("given.jpg", jpeg, is_spoiler=job.is_spoiler))
        return thumbnails

    async def _small(self, source: SentPicture | Style | Input) -> bytes | None:
        """A small picture of a style, or of a picture in the store, if there is one already."""
        if isinstance(source, Style):
            return await self.styles.thumbnail(source)
        if isinstance(source, SentPicture) or source.thumbnail_sha256 is None:
            return None
        return await self.pictures.store.read_if_possible(source.thumbnail_sha256)

    async def _style_input(self, style: ChosenStyle, position: int, lease: Lease, locale: str | None) -> Input:
        if isinstance(style.source, SentPicture):
            chosen = style.source.as_input("style")
        elif isinstance(style.source, Input):
            chosen = await self._reused(style.source, lease)
        else:
            chosen = await self.styles.as_input(style.source, lease, locale=locale)
        return replace(chosen, position=position, weight=style.weight)

    async def _count_uses(self, styles: Iterable[ChosenStyle]) -> None:
        with suppress(DatabaseAway):  # no painting depends on it
            for style in styles:
                if isinstance(style.source, Style):
                    await self.styles.gallery.count_use(style.source)

    async def _count_choice(self, style: Input, board_id: str) -> None:
        """Count a board's style that is painted large, if the gallery still has it."""
        with suppress(DatabaseAway):
            board = await self.records.get(board_id)
            if board is not None and style.sha256 is not None:
                seen_by = Visitor(board.owner_id, board.guild_id)
                if (found := await self.styles.gallery.find(style.sha256, style.name, seen_by)) is not None:
                    await self.styles.gallery.count_use(found)

    async def _save_variation(
        self, request: VariationRequest, server: ServerSettings, lease: Lease
    ) -> tuple[Job, Thumbnails]:
        origin = await self.records.get(request.origin_id)
        if origin is None or origin.state is JobState.DELETED:
            raise PaintingForgotten
        check_variation(server, owner_id=origin.owner_id, member_id=request.owner_id)
        chosen = [ChosenStyle(style) for style in request.styles]
        styles = [
            await self._style_input(style, position, lease, request.locale) for position, style in enumerate(chosen)
        ]
        planned = plan(origin, request, styles)
        if request.variation is Variation.CHOICE:  # whose size nobody chose
            planned = replace(planned, options=limit_size(server, planned.options))
        inputs = [await self._reused(source, lease) for source in planned.inputs]
        check_size(planned.options, server)
        shown = request.shown if len(request.shown) == 1 + len(origin.styles) else ()
        has_mask = any(picture.role == "mask" for picture in planned.inputs)
        shape = _content_shape(origin, request.variation, shown)
        self._refuse_if_too_large(planned.options, shape, has_mask=has_mask)
        job = Job(
            owner_id=request.owner_id,
            challenge_id=request.challenge_id,
            source_owner_id=_source_owner(origin, request.owner_id),
            variation=request.variation,
            origin_url=request.origin_url or (None if origin.message_channel_id else origin.url),
            origin_number=request.number,
            address=request.address,
            locale=request.locale,
            inputs=tuple(inputs),
            options=planned.options,
            kind=planned.kind,
            cells=planned.cells,
            before=planned.before,
            wants_timelapse=request.wants_timelapse,
            state=JobState.WAITING,
        )
        await self.records.add(job)
        if request.variation is Variation.EDIT and request.styles:
            return job, await self._thumbnails_with(chosen, job)
        return job, await self._thumbnails(job) or _shown_thumbnails(request.variation, shown)

    def _check(self, request: PaintingRequest) -> None:
        """Refuse what is known to be wrong before anything is saved."""
        content, options = request.content, request.options
        if isinstance(content, SentPicture):
            self.pictures.check("content", content)
        if request.mask is not None:
            self.pictures.check("mask", request.mask)
        is_blend = len(request.styles) > 1 and not request.cells
        for number, style in enumerate(request.styles, start=1):
            if isinstance(style.source, SentPicture):
                role = cast("PictureRole", f"style {number}") if is_blend else "style"
                self.pictures.check(role, style.source)
        self._refuse_if_too_large(options, content.shape, has_mask=request.mask is not None)
        if content.shape is not None:  # else a worker finds out
            smallest = request.cells[0].options if request.cells else options
            refuse_if_too_narrow(
                content.shape, PictureName("content"), longest_side_px=smallest.recipe().longest_side_px
            )
        self.disk.refuse_if_full()

    def _refuse_if_too_large(self, options: PaintingOptions, shape: Shape | None, *, has_mask: bool) -> None:
        """Refuse a size that would run out of memory when its turn comes.

        Raises `SizeBeyondMemory`, and what `recipe()` raises. A content picture of unknown shape may be square, which
        takes the most memory; one whose faces are to be spared probably has some.
        """
        recipe = options.recipe()
        if not recipe.is_painted:
            return
        size_px, is_masked = recipe.longest_side_px, has_mask or options.spare_faces
        largest_px = self.engine.largest_side_px(*(shape or SQUARE), is_masked=is_masked)
        if largest_px is not None and size_px > largest_px:
            raise SizeBeyondMemory(size_px, largest_px, is_masked)

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
            thumbnails=thumbnails or Thumbnails.before_painting(job),
            resumed=resumed,
            is_redelivery=is_redelivery,
        )

    async def _thumbnails_with(self, styles: Sequence[ChosenStyle], job: Job) -> Thumbnails:
        """The content's thumbnail, if a worker made one, next to those of styles of the gallery."""
        jpeg, _ = await self.pictures.thumbnails(job)
        content = None if jpeg is None else Thumbnail.of("content.jpg", jpeg, is_spoiler=job.is_spoiler)
        return replace(await self._first_thumbnails(job, styles), content=content)

    async def _thumbnails(self, job: Job) -> Thumbnails | None:
        """The thumbnails that a worker made; None if there are none yet."""
        thumbnails = Thumbnails.uploaded(job, *await self.pictures.thumbnails(job))
        return thumbnails if thumbnails.files else None


async def _acknowledged(acknowledge: Acknowledge) -> int | None:
    """Acknowledge a request; return the ID of its message, if that is known."""
    try:
        return await acknowledge()
    except NETWORK_ERRORS as error:  # it may have arrived, and one painting too many is better than none
        log.warning("job.acknowledgment_uncertain", problem=str(error))
        return None


def _source_owner(origin: Job, member_id: int) -> int | None:
    """Who sent the pictures of a job that a member paints from; None if it was the member."""
    is_theirs = origin.owner_id == member_id and origin.source_owner_id is None
    return None if is_theirs else origin.source_owner_id or origin.owner_id


def _shown_thumbnails(variation: Variation, shown: Sequence[ShownPicture]) -> Thumbnails:
    """The thumbnails of the pressed card, for a variation of it."""
    if not shown:
        return Thumbnails()
    content, *styles = (Thumbnail(picture.url) for picture in shown)
    if variation is Variation.SWAP:
        content, styles[0] = styles[0], content
    return Thumbnails(content, tuple(styles))


def _content_shape(origin: Job, variation: Variation, shown: Sequence[ShownPicture]) -> Shape | None:
    """The shape of a variation's content picture, if the record or the pressed card has it."""
    is_swapped = variation is Variation.SWAP
    painting = origin.result("painting")
    if painting is not None and painting.width_px and painting.height_px and not is_swapped:
        return painting.width_px, painting.height_px
    shape = shown[1 if is_swapped else 0].shape if shown else None
    return shape or origin.input("style" if is_swapped else "content").shape
