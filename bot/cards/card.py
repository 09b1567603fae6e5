"""A card: a layout and the files it shows, ready to be sent or edited in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self, TypeAlias

import discord

from bot.cards.names import SPOILER_PREFIX

ACCENT = discord.Colour(0x5865F2)
DONE = discord.Colour(0x3BA55D)
DANGER = discord.Colour(0xED4245)
QUIET = discord.Colour(0x80848E)

MAX_OPTION_LENGTH = 100
"""What Discord allows for the label, the value and the description of a menu's option."""
MAX_TEXT_LENGTH = 4000
"""What Discord allows for all texts of a card together."""

Item: TypeAlias = discord.ui.Item[Any]


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


class CardView(discord.ui.LayoutView):
    """The layout of a card. Its buttons work for as long as the message exists, also after a restart.

    They are matched by their ids. discord.py would keep every view with plain buttons in memory, and doesn't keep one
    that is finished.
    """

    def __init__(self) -> None:
        super().__init__(timeout=None)

    def is_finished(self) -> bool:
        """Always: nothing waits for a press on this object."""
        return True


@dataclass(frozen=True, slots=True)
class Card:
    """What one message shows."""

    view: discord.ui.LayoutView
    files: tuple[CardFile, ...] = ()


def layout(*items: Item, accent: discord.Colour | None = None) -> discord.ui.LayoutView:
    """A view of one framed column."""
    view = CardView()
    view.add_item(discord.ui.Container(*items, accent_colour=accent))
    return view


def note(text: str, *, accent: discord.Colour = QUIET) -> discord.ui.LayoutView:
    """A view of nothing but a text."""
    return layout(discord.ui.TextDisplay(text), accent=accent)


def picture(file: CardFile, *, alt: str) -> Item:
    """One picture in a gallery of its own: Discord crops pictures that share one."""
    item = discord.MediaGalleryItem(file.uri, description=alt, spoiler=file.is_spoiler)
    return discord.ui.MediaGallery[discord.ui.LayoutView](item)


def shortened(text: str, max_length: int = MAX_OPTION_LENGTH) -> str:
    """A text that Discord takes, cut off if need be."""
    return text if len(text) <= max_length else f"{text[: max_length - 1]}…"


def message_url(guild_id: int | None, channel_id: int, message_id: int) -> str:
    """Link to a message on Discord; without a server it is a direct message."""
    return f"https://discord.com/channels/{guild_id or '@me'}/{channel_id}/{message_id}"
