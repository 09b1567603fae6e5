"""What commands and buttons ask for: a new painting, a variation, an end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import discord
import structlog

from bot.cards.job import Thumbnail, Thumbnails, job_card
from bot.errors import AlreadyFinished, MissingPermissions, NotYours, PaintingForgotten
from bot.jobs.delivery import Clock, Delivery
from bot.jobs.job import Job, JobState, Order, Variation
from bot.jobs.queue import FairQueue
from bot.jobs.runner import INTERRUPTED, Cancelling, Runner
from bot.pictures import Pictures
from bot.storage.jobs import JobRecords

if TYPE_CHECKING:
    from bot.client import AtelierInteraction

log = structlog.get_logger()

CONTENT = "The content picture"
STYLE = "The style picture"


@dataclass(frozen=True, slots=True)
class Studio:
    """Accepts orders: refuses at once what can be refused at once, acknowledges, and only then begins to work."""

    pictures: Pictures
    queue: FairQueue
    runner: Runner
    records: JobRecords
    clock: Clock

    async def accept(
        self,
        interaction: AtelierInteraction,
        order: Order,
        *,
        content: discord.Attachment,
        style: discord.Attachment,
    ) -> None:
        """Take two pictures in and let them be painted; the answer to this interaction becomes the job's card.

        Raises what is known to be wrong at once: a `Refusal`, `UnknownRecipe` or `InvalidRecipe`.
        """
        _check_permissions(interaction)
        order.recipe()
        self.pictures.check(CONTENT, content)
        self.pictures.check(STYLE, style)
        with self.queue.admit(interaction.user.id) as ticket:
            await interaction.response.defer(thinking=True)
            job = _job(
                interaction,
                order,
                content_sha256=await self.pictures.take(CONTENT, content),
                style_sha256=await self.pictures.take(STYLE, style),
            )
            await self.records.add(job)
            self.runner.submit(
                job,
                ticket=ticket,
                delivery=Delivery(interaction, clock=self.clock),
                thumbnails=Thumbnails(Thumbnail(content.url), Thumbnail(style.url)),
            )

    async def vary(self, interaction: AtelierInteraction, job_id: str, variation: Variation) -> None:
        """Paint a job's pictures once more, a little differently, for the member who asks."""
        _check_permissions(interaction)
        with self.queue.admit(interaction.user.id, key=(job_id, variation)) as ticket:
            await interaction.response.defer(thinking=True)
            origin = await self.records.get(job_id)
            if origin is None:
                raise PaintingForgotten
            content, style = origin.content_sha256, origin.style_sha256
            if variation is Variation.SWAP:
                content, style = style, content
            order = origin.order.varied(variation)
            order.recipe()
            job = _job(interaction, order, content_sha256=content, style_sha256=style)
            if origin.state is JobState.DELIVERED:
                thumbnails = await self._thumbnails(job)
            else:
                thumbnails = _thumbnails_on(interaction.message)
            await self.records.add(job)
            self.runner.submit(
                job, ticket=ticket, delivery=Delivery(interaction, clock=self.clock), thumbnails=thumbnails
            )

    async def cancel(self, interaction: AtelierInteraction, job_id: str, *, owner_id: int) -> None:
        """Stop a job for its owner or a moderator."""
        _check_may_end(interaction, "cancel", owner_id)
        outcome = self.runner.cancel(job_id)
        if outcome is Cancelling.TOO_LATE:
            raise AlreadyFinished
        await interaction.response.defer()
        if outcome is Cancelling.NOT_UNDER_WAY:
            await self._clear_up(interaction, job_id)

    async def delete(self, interaction: AtelierInteraction, job_id: str, *, owner_id: int) -> None:
        """Take a painting away for its owner or a moderator."""
        _check_may_end(interaction, "delete", owner_id)
        await interaction.response.defer()
        try:
            await interaction.delete_original_response()
        except discord.NotFound:
            return  # a second press: it is gone, as was asked for
        await self.records.move(job_id, JobState.DELETED)
        log.info("job.deleted", job=job_id, by=interaction.user.id)

    async def _clear_up(self, interaction: AtelierInteraction, job_id: str) -> None:
        """Bring a card up to date that a former process left behind."""
        job = await self.records.get(job_id)
        stage = INTERRUPTED.stage
        if job is None or job.state is not JobState.INTERRUPTED or stage is None:
            raise AlreadyFinished
        await interaction.edit_original_response(view=job_card(job, stage, Thumbnails()).view, attachments=[])

    async def _thumbnails(self, job: Job) -> Thumbnails:
        """Made from the kept pictures, which a worker has read without harm before."""
        content = await self.pictures.thumbnail(job.content_sha256)
        style = await self.pictures.thumbnail(job.style_sha256)
        if content is None or style is None:
            raise PaintingForgotten
        return Thumbnails(Thumbnail.of("content.jpg", content), Thumbnail.of("style.jpg", style))


def _job(interaction: AtelierInteraction, order: Order, *, content_sha256: str, style_sha256: str) -> Job:
    return Job(
        owner_id=interaction.user.id,
        guild_id=interaction.guild_id,
        channel_id=interaction.channel_id or 0,
        content_sha256=content_sha256,
        style_sha256=style_sha256,
        order=order,
    )


def _thumbnails_on(message: discord.Message | None) -> Thumbnails:
    """The content and the style as the pressed card shows them."""
    view = discord.ui.LayoutView.from_message(message) if message is not None else discord.ui.LayoutView()
    shown = [Thumbnail(item.media.url) for item in view.walk_children() if isinstance(item, discord.ui.Thumbnail)]
    return Thumbnails(*shown) if len(shown) == 2 else Thumbnails()


def _check_permissions(interaction: AtelierInteraction) -> None:
    """Refuse now what would only fail once the painting is done. Raises `MissingPermissions`."""
    if interaction.guild_id is None:
        return
    needed = ["attach_files"]
    if not interaction.is_user_integration() or interaction.is_guild_integration():
        # A member's own installation answers without being in the channel; a bot has to be able to post there.
        in_thread = isinstance(interaction.channel, discord.Thread)
        needed += ["view_channel", "send_messages_in_threads" if in_thread else "send_messages"]
    missing = tuple(name for name in needed if not getattr(interaction.app_permissions, name))
    if missing:
        raise MissingPermissions(missing)


def _check_may_end(interaction: AtelierInteraction, verb: str, owner_id: int) -> None:
    is_moderator = interaction.guild_id is not None and interaction.permissions.manage_messages
    if interaction.user.id != owner_id and not is_moderator:
        raise NotYours(verb, owner_id)
