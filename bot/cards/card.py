"""A card: a layout and the files it shows, ready to be sent or edited in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self, TypeAlias

import discord

from bot.cards.names import SPOILER_PREFIX


@dataclass(frozen=True, slots=True)
class CardFile:
    """A file on a card. The same name means the same bytes: it is uploaded once, and kept from edit to edit."""

    name: str
    content: bytes

    @classmethod
    def of(cls, name: str, content: bytes, *, is_spoiler: bool) -> Self:
        """A file; one that is to be hidden is named as discord.py names spoilers."""
        return cls(f"{SPOILER_PREFIX}{name}" if is_spoiler else name, content)

    @property
    def is_spoiler(self) -> bool:
        """Whether it is hidden until somebody clicks on it."""
        return self.name.startswith(SPOILER_PREFIX)

    @property
    def uri(self) -> str:
        """How a layout refers to the file."""
        return f"attachment://{self.name}"


@dataclass(frozen=True, slots=True)
class Card:
    """What one message shows."""

    view: discord.ui.LayoutView
    files: tuple[CardFile, ...] = ()


Item: TypeAlias = discord.ui.Item[Any]


def layout(*items: Item, accent: discord.Colour | None = None) -> discord.ui.LayoutView:
    """A view of one framed column. It never times out: its buttons work as long as the message stands."""
    view = discord.ui.LayoutView(timeout=None)
    view.add_item(discord.ui.Container(*items, accent_colour=accent))
    return view


def picture(file: CardFile, *, alt: str) -> Item:
    """One picture in a gallery of its own: Discord crops pictures that share one."""
    item = discord.MediaGalleryItem(file.uri, description=alt, spoiler=file.is_spoiler)
    return discord.ui.MediaGallery[discord.ui.LayoutView](item)


def message_url(guild_id: int | None, channel_id: int, message_id: int) -> str:
    """Link to a message on Discord; without a server it is a direct message."""
    return f"https://discord.com/channels/{guild_id or '@me'}/{channel_id}/{message_id}"
