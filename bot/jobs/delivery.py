"""One job's message on Discord: progress edited in now and then, and the end, whatever it takes."""

from __future__ import annotations

import asyncio
import io
import math
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import discord
import structlog

from bot.cards.card import Card
from bot.errors import NETWORK_ERRORS, Undeliverable

if TYPE_CHECKING:
    from bot.client import AtelierInteraction

log = structlog.get_logger()

EDIT_INTERVAL_SECONDS = 2.5
"""Edits on one interaction's token share a limit of 5 per 2 s: more of them would hold up the last one."""
REQUEST_LIMIT_BYTES = 25 * 2**20
REQUEST_OVERHEAD_BYTES = 64 * 2**10
"""Left for the rest of a request that carries files."""
RETRY_SECONDS = (0.0, 1.0, 2.0, 4.0, 8.0)
"""How long to wait after each attempt at the last card that found no network. Where Discord answers that it
fails, discord.py has waited already."""

UNKNOWN_MESSAGE = 10008
UNKNOWN_WEBHOOK = 10015
REQUEST_TOO_LARGE = 40005
INVALID_WEBHOOK_TOKEN = 50027

Clock = Callable[[], float]
"""Seconds that never go backwards."""


class Delivery:
    """The message that answers one interaction, from its first card to its last."""

    def __init__(self, interaction: AtelierInteraction, *, clock: Clock) -> None:
        self._interaction = interaction
        self._clock = clock
        self._message_id: int | None = None
        self._attachments: dict[str, discord.Attachment] = {}
        self._edit: asyncio.Task[None] | None = None
        self._next_edit_at = -math.inf
        self._shown: object = None
        self._ending = False
        self._token_ran_out = False
        self.on_message_gone: Callable[[], object] = lambda: None
        """Called when the message was deleted: nobody waits for this job any more."""

    @property
    def upload_limit_bytes(self) -> int:
        """How much one file may have where the answer goes."""
        return min(self._interaction.filesize_limit, REQUEST_LIMIT_BYTES - REQUEST_OVERHEAD_BYTES)

    def offer(self, card: Callable[[], Card], *, showing: object) -> None:
        """Show this card unless an edit is under way, or was less than 2.5 s ago, or showed the same.

        Never waits and never fails: what is not shown is overtaken by the next offer.
        """
        if self._edit is not None or self._ending or self._clock() < self._next_edit_at or showing == self._shown:
            return
        if self._expired():
            return
        self._next_edit_at = self._clock() + EDIT_INTERVAL_SECONDS
        self._shown = showing
        self._edit = asyncio.create_task(self._show(card()))

    async def finish(self, card_within: Callable[[int], Awaitable[Card]]) -> int:
        """Stop progress and show the last card, made to fit within a number of bytes; the message's id.

        Edits the answer to the interaction; when its token has run out, posts in the channel as the bot itself.
        Raises `Undeliverable`.
        """
        self._ending = True
        if self._edit is not None:
            await asyncio.wait([self._edit])
        limit_bytes = self.upload_limit_bytes
        waits = list(RETRY_SECONDS)
        problem = "Discord cannot be reached"
        while waits and limit_bytes:
            expired = self._expired()
            card = await card_within(min(limit_bytes, self._channel_limit_bytes()) if expired else limit_bytes)
            try:
                return await (self._post(card) if expired else self._edit_in(card))
            except discord.HTTPException as error:
                log.warning("delivery.refused", status=error.status, code=error.code, problem=error.text)
                problem = error.text or str(error)
                if error.status == 413 or error.code == REQUEST_TOO_LARGE:
                    largest_bytes = max((len(file.content) for file in card.files), default=0)
                    limit_bytes = min(limit_bytes, largest_bytes) // 2
                    continue
                waits.pop(0)
                if error.code in {UNKNOWN_WEBHOOK, INVALID_WEBHOOK_TOKEN}:
                    self._token_ran_out = True
                elif error.status < 500:
                    break
            except NETWORK_ERRORS as error:
                log.warning("delivery.unreachable", problem=str(error))
                await asyncio.sleep(waits.pop(0))
        raise Undeliverable(problem)

    async def withdraw(self, sentence: str) -> bool:
        """Take the message away and tell the member alone; False when that is no longer possible."""
        if self._expired():
            return False
        self._ending = True
        if self._edit is not None:
            await asyncio.wait([self._edit])
        try:
            await self._interaction.delete_original_response()
            await self._interaction.followup.send(sentence, ephemeral=True)
        except (discord.HTTPException, *NETWORK_ERRORS) as error:
            log.warning("delivery.withdrawal_refused", problem=str(error))
            return False
        return True

    def _expired(self) -> bool:
        return self._token_ran_out or self._interaction.is_expired()

    async def _show(self, card: Card) -> None:
        try:
            await self._edit_in(card)
        except discord.HTTPException as error:
            log.info("delivery.progress_lost", status=error.status, code=error.code)
            if error.code == UNKNOWN_MESSAGE:
                self.on_message_gone()
            elif error.code in {UNKNOWN_WEBHOOK, INVALID_WEBHOOK_TOKEN}:
                self._token_ran_out = True
        except NETWORK_ERRORS as error:
            log.info("delivery.progress_lost", problem=str(error))
        finally:
            self._edit = None

    async def _edit_in(self, card: Card) -> int:
        attachments: list[discord.Attachment | discord.File] = [
            self._attachments.get(file.name) or discord.File(io.BytesIO(file.content), file.name) for file in card.files
        ]
        message = await self._interaction.edit_original_response(
            content=None, embeds=[], attachments=attachments, view=card.view
        )
        self._attachments = {attachment.filename: attachment for attachment in message.attachments}
        self._message_id = message.id
        return message.id

    async def _post(self, card: Card) -> int:
        channel = self._interaction.client.get_partial_messageable(
            self._interaction.channel_id or 0, guild_id=self._interaction.guild_id
        )
        message = await channel.send(
            view=card.view,
            files=[discord.File(io.BytesIO(file.content), file.name) for file in card.files],
            # The same for every attempt: Discord posts it once, though the answer to the first one may be lost.
            nonce=self._interaction.id,
        )
        if self._message_id is not None:
            try:
                await channel.get_partial_message(self._message_id).delete()
            except (discord.HTTPException, *NETWORK_ERRORS) as error:
                log.info("delivery.old_card_left", problem=str(error))
        return message.id

    def _channel_limit_bytes(self) -> int:
        guild: Any = self._interaction.guild
        return int(guild.filesize_limit) if guild is not None else discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES
