"""Where an answer goes: everything about an interaction that outlives the process."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Address:
    """The interaction that a message answers, and the place it was sent from."""

    application_id: int
    interaction_id: int
    token: str = field(repr=False)
    """Anyone who has it can answer in the bot's name for 15 minutes."""
    asked_at: datetime
    guild_id: int | None
    channel_id: int
    upload_limit_bytes: int
    """Per file, in that place and for that member."""
    is_private: bool = False
    """Whether only the member sees the answer: then nothing but tokens can edit it."""


@dataclass(frozen=True, slots=True)
class Press:
    """The latest press of a button on a message."""

    token: str = field(repr=False)
    """Edits that message for 15 minutes, as the command's token did."""
    pressed_at: datetime


def message_url(guild_id: int | None, channel_id: int, message_id: int) -> str:
    """Link to a message on Discord; without a server it is a direct message."""
    return f"https://discord.com/channels/{guild_id or '@me'}/{channel_id}/{message_id}"
