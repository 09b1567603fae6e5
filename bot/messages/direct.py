"""Direct messages that the bot sends by itself."""

from __future__ import annotations

import hashlib
from typing import Any

import discord
import structlog

from bot.messages.answer import MENTION_NOBODY, is_closed
from bot.messages.card import Card
from bot.messages.uploads import opened

log = structlog.get_logger()

NONCE_LENGTH = 25
"""What Discord allows."""


class DirectMessages:
    """Sends direct messages to members."""

    def __init__(self) -> None:
        self._client: discord.Client | None = None

    def attach(self, client: discord.Client) -> None:
        """Send messages as this client."""
        self._client = client

    async def send(self, member_id: int, message: str | Card, *, about: str) -> bool:
        """Send a text or a card; return False if the member gets no messages from the bot.

        Within a few minutes, a second message about the same isn't sent: this may be called again after a crash. Raises
        discord.py's errors if Discord can't be reached.
        """
        if self._client is None:
            raise RuntimeError("attach a client first")
        nonce = hashlib.sha256(f"{member_id}:{about}".encode()).hexdigest()[:NONCE_LENGTH]
        try:
            channel = await self._client.create_dm(discord.Object(member_id))
            await _send(channel, message, nonce)
        except discord.HTTPException as error:
            if not is_closed(error):
                raise
            log.info("direct_message.refused", member=member_id, code=error.code)
            return False
        return True


async def _send(channel: discord.DMChannel, message: str | Card, nonce: str) -> None:
    options: dict[str, Any] = {"allowed_mentions": MENTION_NOBODY, "nonce": nonce}
    if isinstance(message, str):
        await channel.send(message, **options)
        return
    with opened(message.files) as uploads:
        await channel.send(view=message.view, files=list(uploads.values()), **options)
