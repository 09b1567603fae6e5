"""One job's message on Discord: progress edited in now and then, and the end, whatever it takes."""

from __future__ import annotations

import asyncio
import io
import math
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, suppress
from datetime import timedelta
from typing import Any

import discord
import structlog

from bot.cards.card import Card
from bot.errors import NETWORK_ERRORS, DatabaseAway, MessageGone, Undeliverable
from bot.jobs.job import Job
from bot.storage.jobs import JobRecords
from bot.waits import growing_waits

log = structlog.get_logger()

EDIT_INTERVAL_SECONDS = 2.5
"""Edits on one interaction's token share a limit of 5 per 2 s: more of them would hold up the last one."""
REQUEST_LIMIT_BYTES = 25 * 2**20
REQUEST_OVERHEAD_BYTES = 64 * 2**10
"""Left for the rest of a request that carries files."""
PATIENCE_SECONDS = 24 * 60 * 60.0
"""For how long an end is tried to be shown while Discord cannot be reached, or fails."""
TOKEN_LIFE = timedelta(minutes=15)

UNAUTHORIZED = 401
RATE_LIMITED = 429
UNKNOWN_CHANNEL = 10003
UNKNOWN_MESSAGE = 10008
UNKNOWN_WEBHOOK = 10015
REQUEST_TOO_LARGE = 40005
INVALID_WEBHOOK_TOKEN = 50027


class _Original:
    """The answer to an interaction, as Discord names it. discord.py knows numbers only, and would quote a string."""

    def __str__(self) -> str:
        return "@original"


ORIGINAL: Any = _Original()

Clock = Callable[[], float]
"""Seconds that never go backwards."""

CardWithin = Callable[[int], AbstractAsyncContextManager[Card]]
"""Makes a card whose files have at most so many bytes each, and keeps it for as long as the block runs."""


class Delivery:
    """The message that answers one job, from its first card to its last.

    Edits the answer to the interaction while its token lives. Later the end is posted in the channel by the bot
    itself, or, where it may not, sent to the owner as a direct message. Whatever is cut off and begun anew, in this
    process or the next one, the end is shown once.
    """

    def __init__(self, job: Job, *, client: discord.Client, records: JobRecords, clock: Clock) -> None:
        self._job_id = job.job_id
        self._owner_id = job.owner_id
        self._address = job.address
        self._client = client
        self._records = records
        self._clock = clock
        self._message_id = job.message_id
        self._posting_since = job.posting_since
        self._may_be_posted = job.posting_since is not None
        """Whether a former process, or a former attempt, may have posted the end without our knowing."""
        self._attachments: dict[str, discord.Attachment] = {}
        self._edit: asyncio.Task[None] | None = None
        self._last_edit_at = -math.inf
        self._shown: object = None
        self._filled = False
        """Whether the message has been edited, and does not think any more."""
        self._ending = False
        self._token_ran_out = False
        self._channel_is_closed = False
        self._webhook = discord.Webhook.partial(self._address.application_id, self._address.token, client=client)
        self._webhook.type = discord.WebhookType.application  # or it would have no ephemeral messages
        self._log = log.bind(job=job.job_id)
        self.on_message_gone: Callable[[], object] = lambda: None
        """Called when the message was deleted: nobody waits for this job any more."""

    @property
    def upload_limit_bytes(self) -> int:
        """How much one file may have where the answer goes."""
        return min(self._address.upload_limit_bytes, REQUEST_LIMIT_BYTES - REQUEST_OVERHEAD_BYTES)

    def offer(
        self, card: Callable[[], Card], *, showing: object, interval_seconds: float = EDIT_INTERVAL_SECONDS
    ) -> None:
        """Show this card unless an edit is under way, or was a moment ago, or showed the same.

        Never waits and never fails: what is not shown is overtaken by the next offer.
        """
        if self._edit is not None or self._ending or showing == self._shown:
            return
        if self._clock() < self._last_edit_at + interval_seconds or self._expired():
            return
        self._last_edit_at = self._clock()
        self._shown = showing
        self._edit = asyncio.create_task(self._show(card()))

    async def finish(self, card_within: CardWithin) -> int:
        """Stop progress and show the last card, made to fit within a number of bytes; the message's id.

        Waits as long as Discord cannot be reached. Raises `Undeliverable` when Discord takes it nowhere, `MessageGone`
        when somebody has deleted the message, and `discord.HTTPException` when it does not take the bot any more.
        """
        await self._stop_progress()
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + PATIENCE_SECONDS
        waits = growing_waits()
        limit_bytes = self.upload_limit_bytes
        largest_bytes = 0
        while limit_bytes:
            try:
                async with card_within(min(limit_bytes, self._place_limit_bytes())) as card:
                    largest_bytes = max((len(file.content) for file in card.files), default=0)
                    return await self._show_at_last(card)
            except discord.HTTPException as error:
                self._log.warning("delivery.refused", status=error.status, code=error.code, problem=error.text)
                problem = error.text or str(error)
                if error.status == 413 or error.code == REQUEST_TOO_LARGE:
                    limit_bytes = min(limit_bytes, largest_bytes) // 2
                    continue
                if error.code == UNKNOWN_MESSAGE:
                    raise MessageGone from error
                # A limit that discord.py does not wait for is Cloudflare's, and passes as an outage does.
                if error.status < 500 and error.status != RATE_LIMITED:
                    self._try_elsewhere(error)
                    continue
            except NETWORK_ERRORS as error:
                self._log.warning("delivery.unreachable", problem=str(error))
                problem = "Discord cannot be reached"
            except DatabaseAway as error:
                self._log.warning("delivery.not_recorded", problem=error.problem)
                problem = "Atelier's database cannot be written to"
            if loop.time() > give_up_at:
                raise Undeliverable(problem)
            await asyncio.sleep(next(waits))
        raise Undeliverable("it is too large for this place, however small it is made")

    async def withdraw(self, sentence: str) -> bool:
        """Take the message away and tell the member alone; False when that is no longer possible."""
        await self._stop_progress()
        if self._expired():
            return False
        try:
            if not self._filled:
                # A follow-up would fill a message that still thinks, and be as public as that: so it is filled first.
                # Discord refuses that for a card that a former process has shown.
                with suppress(discord.HTTPException):
                    await self._webhook.edit_message(ORIGINAL, content="…")
            await self._webhook.delete_message(ORIGINAL)
            await self._webhook.send(sentence, ephemeral=True)
        except (discord.HTTPException, *NETWORK_ERRORS) as error:
            self._log.warning("delivery.withdrawal_refused", problem=str(error))
            return False
        return True

    async def whisper(self, sentence: str) -> None:
        """Tell the member alone, if that is still possible."""
        await self._stop_progress()
        if not self._expired():
            try:
                await self._webhook.send(sentence, ephemeral=True)
            except (discord.HTTPException, *NETWORK_ERRORS) as error:
                self._log.info("delivery.whisper_lost", problem=str(error))

    async def settled(self) -> None:
        """Wait for the edit that is under way."""
        if self._edit is not None:
            await asyncio.wait([self._edit])

    async def _stop_progress(self) -> None:
        self._ending = True
        await self.settled()

    def _expired(self) -> bool:
        return self._token_ran_out or discord.utils.utcnow() >= self._address.asked_at + TOKEN_LIFE

    async def _show(self, card: Card) -> None:
        try:
            await self._edit_in(card)
        except discord.HTTPException as error:
            self._log.info("delivery.progress_lost", status=error.status, code=error.code)
            if error.code == UNKNOWN_MESSAGE:
                self.on_message_gone()
            elif error.code in {UNKNOWN_WEBHOOK, INVALID_WEBHOOK_TOKEN}:
                self._token_ran_out = True
        except (*NETWORK_ERRORS, DatabaseAway) as error:
            self._log.info("delivery.progress_lost", problem=str(error))
        finally:
            self._edit = None

    async def _show_at_last(self, card: Card) -> int:
        if not self._expired():
            return await self._edit_in(card)
        if not self._channel_is_closed:
            guild_id = self._address.guild_id
            channel = self._client.get_partial_messageable(self._address.channel_id, guild_id=guild_id)
            return await self._post(channel, card)
        owner = await self._client.fetch_user(self._owner_id)
        return await self._post(await owner.create_dm(), card)

    def _try_elsewhere(self, error: discord.HTTPException) -> None:
        """After a refusal, choose where to try next. Raises when there is no such place."""
        if error.code in {UNKNOWN_WEBHOOK, INVALID_WEBHOOK_TOKEN} and not self._token_ran_out:
            self._token_ran_out = True
        elif error.code == UNKNOWN_CHANNEL and not self._channel_is_closed:
            self._token_ran_out = self._channel_is_closed = True
        elif error.status == UNAUTHORIZED:
            raise error
        elif self._expired() and not self._channel_is_closed:
            self._channel_is_closed = True
        else:
            raise Undeliverable(error.text or str(error)) from error

    async def _edit_in(self, card: Card) -> int:
        attachments: list[discord.Attachment | discord.File] = [
            self._attachments.get(file.name) or discord.File(io.BytesIO(file.content), file.name) for file in card.files
        ]
        # The types leave out that Discord wants what cannot stand beside a layout to be cleared.
        edit: Callable[..., Awaitable[discord.WebhookMessage]] = self._webhook.edit_message
        message = await edit(ORIGINAL, content=None, embeds=[], attachments=attachments, view=card.view)
        self._filled = True
        self._attachments = {attachment.filename: attachment for attachment in message.attachments}
        if message.id != self._message_id:
            self._message_id = message.id
            await self._records.shown(self._job_id, message.id)
        return message.id

    async def _post(self, channel: discord.abc.Messageable, card: Card) -> int:
        """Post a message, unless one shows the end already; then take the old card away."""
        message_id = await self._shown_before(channel, card)
        if message_id is None:
            if self._posting_since is None:
                since = discord.utils.utcnow()
                await self._records.posting(self._job_id, since=since)
                self._posting_since = since
            self._may_be_posted = True  # from the second attempt on: Discord remembers a nonce for minutes only
            message = await channel.send(
                view=card.view,
                files=[discord.File(io.BytesIO(file.content), file.name) for file in card.files],
                # The same for every attempt: Discord posts it once, though the answer to the first one may be lost.
                nonce=self._address.interaction_id,
            )
            message_id = message.id
        if self._message_id not in {None, message_id}:
            await self._take_old_card_away()
        return message_id

    async def _shown_before(self, channel: discord.abc.Messageable, card: Card) -> int | None:
        """The message that shows the end without our knowing: the old card, or one that was posted."""
        try:
            if self._message_id is not None:
                with suppress(discord.NotFound, discord.Forbidden):
                    if self._shows(await self._old_card().fetch(), card):
                        return self._message_id
            if self._may_be_posted:
                async for message in channel.history(limit=None):
                    if message.id < self._address.interaction_id:  # both tell the time, on Discord's own clock
                        break
                    if self._shows(message, card):
                        return message.id
        except discord.Forbidden as error:
            self._log.info("delivery.not_searched", problem=error.text)  # the nonce still guards the next minutes
        return None

    def _shows(self, message: discord.Message, card: Card) -> bool:
        """Whether it is the end already: its buttons name this job, and are others than those on the way there.

        An end without a button is known by what it says.
        """
        if self._client.user is None or message.author.id != self._client.user.id:
            return False
        view = discord.ui.LayoutView.from_message(message)
        if buttons := _buttons(card.view):
            return bool(buttons & _buttons(view))
        return _texts(card.view) == _texts(view)

    def _old_card(self) -> discord.PartialMessage:
        channel = self._client.get_partial_messageable(self._address.channel_id, guild_id=self._address.guild_id)
        return channel.get_partial_message(self._message_id or 0)

    async def _take_old_card_away(self) -> None:
        try:
            await self._old_card().delete()
        except (discord.HTTPException, *NETWORK_ERRORS) as error:
            self._log.info("delivery.old_card_left", problem=str(error))

    def _place_limit_bytes(self) -> int:
        """How much one file may have where the card goes next."""
        if not self._expired():
            return self.upload_limit_bytes
        guild = None if self._channel_is_closed else self._client.get_guild(self._address.guild_id or 0)
        limit_bytes = discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES if guild is None else int(guild.filesize_limit)
        return min(limit_bytes, REQUEST_LIMIT_BYTES - REQUEST_OVERHEAD_BYTES)


def _buttons(view: discord.ui.LayoutView) -> set[str]:
    """Their ids."""
    return {
        item.custom_id
        for item in view.walk_children()
        if isinstance(item, (discord.ui.Button, discord.ui.DynamicItem)) and item.custom_id is not None
    }


def _texts(view: discord.ui.LayoutView) -> list[str]:
    """All that it says."""
    return [item.content for item in view.walk_children() if isinstance(item, discord.ui.TextDisplay)]
