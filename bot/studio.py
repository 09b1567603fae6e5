"""What commands and buttons ask for: a new painting, a variation, an end."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import discord
import structlog

from bot.cards.job import Thumbnail, Thumbnails
from bot.commands.answers import acknowledge
from bot.disk import Disk
from bot.errors import (
    NETWORK_ERRORS,
    AlreadyFinished,
    DatabaseAway,
    MissingPermissions,
    NotYours,
    PaintingForgotten,
    SizeBeyondMemory,
)
from bot.jobs.delivery import Clock, Delivery
from bot.jobs.job import Address, Job, JobState, Order, Source, Variation
from bot.jobs.queue import FairQueue, Ticket
from bot.jobs.runner import Cancelling, Runner
from bot.jobs.usage import Usage
from bot.pictures import CONTENT, STYLE, Hold, Pictures
from bot.retention import Janitor
from bot.server_rules import check_server, within
from bot.storage.jobs import JobRecords
from bot.storage.servers import Servers, ServerSettings
from config.settings import Settings
from stylizer.pool import Engine

if TYPE_CHECKING:
    from bot.client import AtelierClient, AtelierInteraction

log = structlog.get_logger()

Shape: TypeAlias = tuple[int, int]
"""A picture's width and height; only their ratio matters."""
SQUARE: Shape = (1, 1)

WRITTEN_WITHIN_SECONDS = 0.7
"""After which a job is acknowledged though it is not written down: Discord waits for three seconds in all."""


@dataclass(frozen=True, slots=True)
class Studio:
    """Accepts orders: refuses at once what can be refused at once, writes the rest down, acknowledges, then works."""

    settings: Settings
    engine: Engine
    pictures: Pictures
    queue: FairQueue
    usage: Usage
    runner: Runner
    records: JobRecords
    servers: Servers
    disk: Disk
    janitor: Janitor
    clock: Clock

    async def accept(
        self,
        interaction: AtelierInteraction,
        order: Order,
        *,
        content: discord.Attachment,
        style: discord.Attachment,
    ) -> None:
        """Take an order; the answer to this interaction becomes the job's card.

        Raises what is known to be wrong at once: a `Refusal`, `UnknownRecipe` or `InvalidRecipe`.
        """
        _check_permissions(interaction)
        server = self.servers.settings_of(interaction.guild_id)
        order = within(server, order)
        check_server(interaction, order, server)
        self.pictures.check(CONTENT, content)
        self.pictures.check(STYLE, style)
        self._check_memory(order, _shape_of(content))
        self.disk.check()
        with (
            self.queue.admit(interaction.user.id, interaction.guild_id) as ticket,
            self.usage.charge(interaction.user.id, interaction.guild_id, server),
        ):
            job = Job(
                owner_id=interaction.user.id,
                address=_address(interaction),
                content=Source(content.url, content.size),
                style=Source(style.url, style.size),
                order=order,
            )
            job, _ = await self._promise(interaction, self._write_down(job))
            await self.usage.write()
            self._submit(job, interaction.client, ticket=ticket)

    async def vary(self, interaction: AtelierInteraction, job_id: str, variation: Variation) -> None:
        """Paint a job's pictures once more, a little differently, for the member who asks."""
        _check_permissions(interaction)
        server = self.servers.settings_of(interaction.guild_id)
        check_server(interaction, None, server)
        self.disk.check()
        with (
            self.queue.admit(interaction.user.id, interaction.guild_id, key=(job_id, variation)) as ticket,
            self.usage.charge(interaction.user.id, interaction.guild_id, server),
            self.pictures.store.hold() as hold,
        ):
            writing = self._write_down_variation(interaction, job_id, variation, server, hold)
            job, thumbnails = await self._promise(interaction, writing)
            await self.usage.write()
            self._submit(job, interaction.client, ticket=ticket, thumbnails=thumbnails)

    async def resume(self, client: AtelierClient) -> None:
        """Go on with every job that a former process did not come to the end of."""
        unsettled = await self.records.unsettled()
        for job in sorted(unsettled, key=lambda job: job.state is not JobState.PAINTING):  # its turn had come already
            thumbnails = await self._thumbnails(job)
            self._submit(job, client, ticket=self.queue.readmit(job), thumbnails=thumbnails, resumed=True)

    async def cancel(self, interaction: AtelierInteraction, job_id: str, *, owner_id: int) -> None:
        """Stop a job for its owner or a moderator."""
        _check_may_end(interaction, "cancel", owner_id)
        if self.runner.cancel(job_id) is not Cancelling.STOPPED:
            raise AlreadyFinished
        await acknowledge(interaction)

    async def delete(self, interaction: AtelierInteraction, job_id: str, *, owner_id: int) -> None:
        """Take a painting away for its owner or a moderator."""
        _check_may_end(interaction, "delete", owner_id)
        await acknowledge(interaction)
        await self.records.deleted(job_id)
        with suppress(discord.NotFound):  # a second press: it is gone, as was asked for
            await interaction.delete_original_response()
        log.info("job.deleted", job=job_id, by=interaction.user.id)

    async def _promise(
        self, interaction: AtelierInteraction, writing: Coroutine[Any, Any, tuple[Job, Thumbnails | None]]
    ) -> tuple[Job, Thumbnails | None]:
        """Write a job down, then acknowledge: once its member sees that the bot is thinking, nothing loses it.

        A database that takes longer than Discord waits is not waited for.
        """
        message_id: int | None = None
        written = asyncio.create_task(writing)
        await asyncio.wait([written], timeout=WRITTEN_WITHIN_SECONDS)
        if written.done():
            written.result()
        try:
            message_id = await acknowledge(interaction, thinking=True)
        except discord.HTTPException:  # Discord has told the member that it failed
            job, _ = await written
            await self.records.take_back(job.job_id)
            raise
        except NETWORK_ERRORS as error:  # it may have arrived: a painting too many is better than none
            log.warning("job.perhaps_not_acknowledged", problem=str(error))
        job, thumbnails = await written
        if message_id is not None:
            with suppress(DatabaseAway):  # the first edit tells it once more
                await self.records.shown(job.job_id, message_id)
                job = replace(job, message_id=message_id)
        return job, thumbnails

    async def _write_down(self, job: Job) -> tuple[Job, None]:
        await self.records.add(job)
        return job, None

    async def _write_down_variation(
        self, interaction: AtelierInteraction, job_id: str, variation: Variation, server: ServerSettings, hold: Hold
    ) -> tuple[Job, Thumbnails]:
        origin = await self.records.get(job_id)
        if origin is None:
            raise PaintingForgotten
        content, style = await self._kept(origin.content, hold), await self._kept(origin.style, hold)
        if variation is Variation.SWAP:
            content, style = style, content
        order = origin.order.varied(variation)
        check_server(interaction, order, server)
        self._check_memory(order, _shape_to_vary(origin, variation, interaction.message))
        lender_id = origin.owner_id if origin.lender_id is None else origin.lender_id
        job = Job(
            owner_id=interaction.user.id,
            lender_id=None if lender_id == interaction.user.id else lender_id,
            address=_address(interaction),
            content=content,
            style=style,
            order=order,
            state=JobState.WAITING,
        )
        await self.records.add(job)
        return job, await self._thumbnails(job) or _thumbnails_on(interaction.message)

    def _check_memory(self, order: Order, shape: Shape | None) -> None:
        """Refuse what would only fail when its turn comes. Raises `SizeBeyondMemory`, and as `Order.recipe` does.

        A content picture whose shape isn't known may be square, which takes most.
        """
        size_px = order.recipe().longest_side_px
        largest_px = self.engine.largest_side_px(*(shape or SQUARE))
        if largest_px is not None and size_px > largest_px:
            raise SizeBeyondMemory(size_px, largest_px)

    async def _kept(self, source: Source, hold: Hold) -> Source:
        """The same picture for another job, held. Raises `PaintingForgotten` when it is gone."""
        store = self.pictures.store
        if source.sha256 is None or not await store.has(source.sha256, hold=hold):
            raise PaintingForgotten
        small = source.thumbnail_sha256
        if small is not None and not await store.has(small, hold=hold):
            small = None
        return Source(sha256=source.sha256, thumbnail_sha256=small)

    def _submit(
        self,
        job: Job,
        client: AtelierClient,
        *,
        ticket: Ticket,
        thumbnails: Thumbnails | None = None,
        resumed: bool = False,
    ) -> None:
        self.runner.submit(
            job,
            ticket=ticket,
            delivery=Delivery(job, client=client, records=self.records, clock=self.clock),
            thumbnails=thumbnails or Thumbnails.on_discord(job),
            resumed=resumed,
        )

    async def _thumbnails(self, job: Job) -> Thumbnails | None:
        """The pictures small, as a worker has made them; None where none did yet."""
        small = [
            await self._thumbnail(f"{name}.jpg", source)
            for name, source in (("content", job.content), ("style", job.style))
        ]
        return Thumbnails(*small) if all(small) else None

    async def _thumbnail(self, name: str, source: Source) -> Thumbnail | None:
        jpeg = source.thumbnail_sha256 and await self.pictures.store.read(source.thumbnail_sha256)
        return Thumbnail.of(name, jpeg) if jpeg else None


def _address(interaction: AtelierInteraction) -> Address:
    return Address(
        application_id=interaction.application_id,
        interaction_id=interaction.id,
        token=interaction.token,
        asked_at=discord.utils.utcnow(),  # by the clock that will tell how old it is, right or wrong
        guild_id=interaction.guild_id,
        channel_id=interaction.channel_id or 0,
        upload_limit_bytes=interaction.filesize_limit,
    )


def _thumbnails_on(message: discord.Message | None) -> Thumbnails:
    """The content and the style as the pressed card shows them."""
    shown = [Thumbnail(media.url) for media in _media_of_thumbnails(message)]
    return Thumbnails(*shown) if len(shown) == 2 else Thumbnails()


def _media_of_thumbnails(message: discord.Message | None) -> list[discord.UnfurledMediaItem]:
    view = discord.ui.LayoutView.from_message(message) if message is not None else discord.ui.LayoutView()
    return [item.media for item in view.walk_children() if isinstance(item, discord.ui.Thumbnail)]


def _shape_of(picture: discord.Attachment | discord.UnfurledMediaItem) -> Shape | None:
    """Width and height, where Discord knows them."""
    return (picture.width, picture.height) if picture.width and picture.height else None


def _shape_to_vary(origin: Job, variation: Variation, message: discord.Message | None) -> Shape | None:
    """The shape of what becomes the content picture of a variation, as far as the record or the pressed card has it."""
    is_swapped = variation is Variation.SWAP
    if origin.painted is not None and not is_swapped:
        return origin.painted.width_px, origin.painted.height_px
    shown = _media_of_thumbnails(message)
    return _shape_of(shown[1 if is_swapped else 0]) if len(shown) == 2 else None


def _check_permissions(interaction: AtelierInteraction) -> None:
    """Refuse now what would only fail once the painting is done. Raises `MissingPermissions`."""
    if interaction.guild_id is None:
        return
    needed = ["attach_files"]
    if not interaction.is_user_integration() or interaction.is_guild_integration():
        # A member's own installation answers without being in the channel; a bot has to be able to post there.
        in_thread = isinstance(interaction.channel, discord.Thread)
        needed += ["view_channel", "send_messages_in_threads" if in_thread else "send_messages"]
        needed.append("read_message_history")  # without it nobody could tell whether a painting was posted already
    missing = tuple(name for name in needed if not getattr(interaction.app_permissions, name))
    if missing:
        raise MissingPermissions(missing)


def _check_may_end(interaction: AtelierInteraction, verb: str, owner_id: int) -> None:
    is_moderator = interaction.guild_id is not None and interaction.permissions.manage_messages
    if interaction.user.id != owner_id and not is_moderator:
        raise NotYours(verb, owner_id)
