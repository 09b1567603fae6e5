"""What commands and buttons ask for: a new painting, a variation, an end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import discord
import structlog

from bot.cards.card import message_url
from bot.cards.job import Thumbnail, Thumbnails, ended_card, forgotten_job_card
from bot.clock.timing import Timing
from bot.commands.answers import acknowledge
from bot.errors import (
    NETWORK_ERRORS,
    AlreadyDeleted,
    AlreadyFinished,
    DatabaseAway,
    MessageNotDeleted,
    NotYours,
    PaintingForgotten,
    PausedUntilRestart,
    SizeBeyondMemory,
    Superseded,
    TooLateToCancel,
    VariationsByOwnerOnly,
)
from bot.files.disk import Disk
from bot.files.download import CONTENT, STYLE, Pictures
from bot.files.janitor import Janitor
from bot.files.store import Lease
from bot.messages.address import Address, Press
from bot.messages.answer import ORIGINAL, TOKEN_LIFE, UNKNOWN_MESSAGE, cleared
from bot.messages.live import LiveMessage
from bot.messages.pace import EditPace
from bot.painting.job import UNFINISHED_STATES, Job, JobState, Order, Source, Variation
from bot.painting.journal import JobJournal
from bot.painting.queue import FairQueue, Ticket
from bot.painting.runner import Cancelling, Runner
from bot.painting.usage import Usage
from bot.servers.rules import check_permissions, check_server, within
from bot.sources.picture import SentPicture
from bot.storage.jobs import JobRecords
from bot.storage.preferences import Preferences
from bot.storage.servers import Servers, ServerSettings
from config.settings import Settings
from stylizer.pool import Engine, refuse_if_too_narrow

if TYPE_CHECKING:
    from bot.commands.interaction import AtelierInteraction, StudioClient

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
    preferences: Preferences
    disk: Disk
    janitor: Janitor
    timing: Timing
    pace: EditPace

    async def accept(
        self,
        interaction: AtelierInteraction,
        order: Order,
        *,
        content: SentPicture,
        style: SentPicture,
    ) -> None:
        """Take an order; the answer to this interaction becomes the job's card.

        Raises what is known to be wrong at once: a `Refusal`, `UnknownRecipe` or `InvalidRecipe`.
        """
        check_permissions(interaction)
        server = self.servers.settings_of(interaction.guild_id)
        order = within(server, order)
        check_server(interaction, order, server)
        self.pictures.check(CONTENT, content)
        self.pictures.check(STYLE, style)
        self._check_memory(order, content.shape)
        if content.shape is not None:  # else a worker knows
            refuse_if_too_narrow(content.shape, CONTENT, longest_side_px=order.recipe().longest_side_px)
        self.disk.refuse_if_full()
        with (
            self.queue.admit(interaction.user.id, interaction.guild_id) as ticket,
            self.usage.charge(interaction.user.id, interaction.guild_id, server),
        ):
            job = Job(
                owner_id=interaction.user.id,
                address=_address(interaction),
                lender_id=None if content.poster_id == interaction.user.id else content.poster_id,
                content=content.as_source(),
                style=style.as_source(),
                order=order,
            )
            job, _ = await self._promise(interaction, self._write_down(job))
            await self.usage.write()
            self._submit(job, interaction.client, ticket=ticket)

    async def vary(self, interaction: AtelierInteraction, job_id: str, variation: Variation) -> None:
        """Paint a job's pictures once more, a little differently, for the member who asks."""
        check_permissions(interaction)
        server = self.servers.settings_of(interaction.guild_id)
        check_server(interaction, None, server)
        self.disk.refuse_if_full()
        with (
            self.queue.admit(interaction.user.id, interaction.guild_id, key=(job_id, variation)) as ticket,
            self.usage.charge(interaction.user.id, interaction.guild_id, server),
            self.pictures.store.lease() as lease,
        ):
            writing = self._write_down_variation(interaction, job_id, variation, server, lease)
            job, thumbnails = await self._promise(interaction, writing)
            await self.usage.write()
            self._submit(job, interaction.client, ticket=ticket, thumbnails=thumbnails)

    async def resume(self, client: StudioClient) -> None:
        """Go on with every job that a former process did not come to the end of."""
        unsettled = await self.records.lease_unsettled(even_leased=True)  # the bot holds the lock of its database
        for job in sorted(unsettled, key=lambda job: job.state is not JobState.PAINTING):  # its turn had come already
            thumbnails = await self._thumbnails(job)
            self._submit(job, client, ticket=self.queue.readmit(job), thumbnails=thumbnails, resumed=True)

    async def show_undelivered(self, interaction: AtelierInteraction, job_id: str) -> None:
        """Show a member, in this place, a painting of theirs that Discord took nowhere before."""
        check_permissions(interaction)
        check_server(interaction, None, self.servers.settings_of(interaction.guild_id))
        job = await self.records.get(job_id)
        is_theirs = job is not None and job.owner_id == interaction.user.id
        if job is None or not is_theirs or job.painted is None or job.state is not JobState.FAILED:
            raise PaintingForgotten
        address = _address(interaction)
        await self.records.deliver_again(job_id, address)  # of two presses the second is refused
        message_id = await acknowledge(interaction, thinking=True)
        if message_id is not None:
            await self.records.shown(job_id, message_id)
        job = replace(
            job,
            address=address,
            state=JobState.PAINTED,
            message_id=message_id,
            message_channel_id=None,
            press=None,
            problem=None,
            owner_notified=True,
        )
        self._submit(
            job,
            interaction.client,
            ticket=self.queue.readmit(job),
            thumbnails=await self._thumbnails(job),
            is_redelivery=True,
        )

    async def cancel(self, interaction: AtelierInteraction, job_id: str, *, owner_id: int) -> None:
        """Stop a job for its owner or a moderator."""
        await acknowledge(interaction)
        message_id = None if interaction.message is None else interaction.message.id
        # Whoever pressed: the card can be edited with it.
        self.runner.pressed(job_id, interaction.token, message_id=message_id, by=interaction.user.id)
        _check_may_end(interaction, "cancel", owner_id)
        match self.runner.cancel(job_id, by=interaction.user.id):
            case Cancelling.STOPPED:
                return
            case Cancelling.TOO_LATE:
                raise TooLateToCancel
            case Cancelling.NOT_UNDER_WAY:
                await self._mend_stale_card(interaction, job_id)
                raise AlreadyFinished

    async def check_delete(self, interaction: AtelierInteraction, job_id: str, *, owner_id: int) -> None:
        """See that whoever presses Delete on a painting may delete it, before they are asked whether they mean it.

        Raises `NotYours`, and `AlreadyDeleted` for a painting whose message is still there: it goes now.
        """
        await acknowledge(interaction)
        job = await self.records.get(job_id)
        _check_may_delete(interaction, job, owner_id)
        if job is None:
            return
        if job.state is JobState.DELETED:
            await _first_that_works(interaction.delete_original_response)
            raise AlreadyDeleted
        with suppress(DatabaseAway):  # it's only one of the ways to reach the message later
            await self.records.pressed(job_id, Press(interaction.token, discord.utils.utcnow()))

    async def delete(self, interaction: AtelierInteraction, job_id: str, *, owner_id: int, message_id: int) -> None:
        """Delete a painting and its message, for its owner, whoever lent the picture, or a moderator.

        `interaction` answers the question, in the channel of the painting's message. The database knows first: what it
        says is deleted stays so, whatever becomes of the message. Raises `NotYours`, `AlreadyDeleted`, and
        `MessageNotDeleted` when Discord doesn't delete the message.
        """
        await acknowledge(interaction)
        job = await self.records.get(job_id)
        _check_may_delete(interaction, job, owner_id)
        with suppress(Superseded):  # nothing is known of it any more; its message goes all the same
            await self.records.deleted(job_id)
        ways: list[Callable[[], Awaitable[None]]] = []
        if job is not None and job.press is not None and discord.utils.utcnow() < job.press.pressed_at + TOKEN_LIFE:
            webhook = discord.Webhook.partial(interaction.application_id, job.press.token, client=interaction.client)
            ways.append(partial(webhook.delete_message, ORIGINAL))
        channel = interaction.client.get_partial_messageable(interaction.channel_id or 0, guild_id=interaction.guild_id)
        ways.append(channel.get_partial_message(message_id).delete)
        await _first_that_works(*ways)
        if job is not None and job.state is JobState.DELETED:
            raise AlreadyDeleted
        log.info("job.deleted", job=job_id, by=interaction.user.id)

    async def _mend_stale_card(self, interaction: AtelierInteraction, job_id: str) -> None:
        """Let a card that shows a job as under way, though it has ended, say how it ended.

        Raises `PausedUntilRestart` for a job that has not ended, and that this process has given up on.
        """
        job = await self.records.get(job_id)
        if job is not None and job.state in UNFINISHED_STATES:
            raise PausedUntilRestart
        pressed = interaction.message
        if job is not None and job.state is JobState.DELIVERED and pressed and pressed.id == job.message_id:
            return  # it became the result while the press was on its way
        card = ended_card(job) if job is not None else forgotten_job_card()
        with suppress(discord.HTTPException, *NETWORK_ERRORS):
            await interaction.edit_original_response(attachments=[], **cleared(card))

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
        self, interaction: AtelierInteraction, job_id: str, variation: Variation, server: ServerSettings, lease: Lease
    ) -> tuple[Job, Thumbnails]:
        origin = await self.records.get(job_id)
        if origin is None:
            raise PaintingForgotten
        if server.variations_by_owner_only and origin.owner_id != interaction.user.id:
            raise VariationsByOwnerOnly(origin.owner_id)
        content, style = await self._kept(origin.content, lease), await self._kept(origin.style, lease)
        if variation is Variation.SWAP:
            content, style = style, content
        order = origin.order.varied(variation)
        check_server(interaction, order, server)
        self._check_memory(order, _shape_to_vary(origin, variation, interaction.message))
        lender_id = origin.owner_id if origin.lender_id is None else origin.lender_id
        job = Job(
            owner_id=interaction.user.id,
            lender_id=None if lender_id == interaction.user.id else lender_id,
            variation=variation,
            origin_url=_pressed_url(interaction),
            address=_address(interaction),
            content=content,
            style=style,
            order=order,
            state=JobState.WAITING,
        )
        await self.records.add(job)
        return job, await self._thumbnails(job) or _thumbnails_on(interaction.message, variation)

    def _check_memory(self, order: Order, shape: Shape | None) -> None:
        """Refuse what would only fail when its turn comes. Raises `SizeBeyondMemory`, and as `Order.recipe` does.

        A content picture whose shape isn't known may be square, which takes most.
        """
        size_px = order.recipe().longest_side_px
        largest_px = self.engine.largest_side_px(*(shape or SQUARE))
        if largest_px is not None and size_px > largest_px:
            raise SizeBeyondMemory(size_px, largest_px)

    async def _kept(self, source: Source, lease: Lease) -> Source:
        """The same picture for another job, held. Raises `PaintingForgotten` when it is gone."""
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
        client: StudioClient,
        *,
        ticket: Ticket,
        thumbnails: Thumbnails | None = None,
        resumed: bool = False,
        is_redelivery: bool = False,
    ) -> None:
        self.runner.submit(
            job,
            ticket=ticket,
            message=LiveMessage(
                job.address,
                owner_id=job.owner_id,
                client=client,
                timing=self.timing,
                pace=self.pace,
                journal=JobJournal(self.records, job.job_id),
                message_id=job.message_id,
                message_channel_id=job.message_channel_id,
                press=job.press,
                job=job.job_id,
            ),
            thumbnails=thumbnails or Thumbnails.on_discord(job),
            resumed=resumed,
            is_redelivery=is_redelivery,
        )

    async def _thumbnails(self, job: Job) -> Thumbnails | None:
        """The pictures small, as a worker has made them; None where none did yet."""
        thumbnails = Thumbnails.uploaded(job, *await self.pictures.thumbnails(job))
        return thumbnails if thumbnails.files else None


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


def _pressed_url(interaction: AtelierInteraction) -> str | None:
    """Link to the message whose button was pressed, where there will be one."""
    message = interaction.message
    if message is None or message.flags.ephemeral:
        return None
    return message_url(interaction.guild_id, message.channel.id, message.id)


def _thumbnails_on(message: discord.Message | None, variation: Variation) -> Thumbnails:
    """The content and the style as the pressed card shows them, for a variation of it."""
    shown = [Thumbnail(media.url) for media in _media_of_thumbnails(message)]
    if variation is Variation.SWAP:
        shown.reverse()
    return Thumbnails(*shown) if len(shown) == 2 else Thumbnails()


def _media_of_thumbnails(message: discord.Message | None) -> list[discord.UnfurledMediaItem]:
    view = discord.ui.LayoutView.from_message(message) if message is not None else discord.ui.LayoutView()
    return [item.media for item in view.walk_children() if isinstance(item, discord.ui.Thumbnail)]


def _shape_to_vary(origin: Job, variation: Variation, message: discord.Message | None) -> Shape | None:
    """The shape of what becomes the content picture of a variation, as far as the record or the pressed card has it."""
    is_swapped = variation is Variation.SWAP
    if origin.painted is not None and not is_swapped:
        return origin.painted.width_px, origin.painted.height_px
    shown = _media_of_thumbnails(message)
    if len(shown) != 2:
        return None
    content = shown[1 if is_swapped else 0]
    return (content.width, content.height) if content.width and content.height else None


def _check_may_end(interaction: AtelierInteraction, verb: str, owner_id: int) -> None:
    if interaction.user.id != owner_id and not _is_moderator(interaction):
        raise NotYours(verb, owner_id)


def _check_may_delete(interaction: AtelierInteraction, job: Job | None, owner_id: int) -> None:
    """The row says whose painting it is, and whose picture; the button's id, where the row is gone."""
    lender_id = None if job is None else job.lender_id
    owner_id = owner_id if job is None else job.owner_id
    if interaction.user.id not in {owner_id, lender_id} and not _is_moderator(interaction):
        raise NotYours("delete", owner_id, lender_id)


def _is_moderator(interaction: AtelierInteraction) -> bool:
    return interaction.guild_id is not None and interaction.permissions.manage_messages


async def _first_that_works(*ways: Callable[[], Awaitable[None]]) -> None:
    """Delete a message in the first of these ways that Discord takes. Raises `MessageNotDeleted` where it takes none.

    One that isn't there any more is deleted.
    """
    problem = ""
    for delete in ways:
        try:
            await delete()
        except discord.HTTPException as error:
            if error.code == UNKNOWN_MESSAGE:
                return
            log.info("message.not_deleted", status=error.status, code=error.code, problem=error.text)
            problem = f"Discord says “{error.text or error.status}”"
        except NETWORK_ERRORS as error:
            log.info("message.not_deleted", problem=str(error))
            problem = "Discord can't be reached"
        else:
            return
    raise MessageNotDeleted(problem)
