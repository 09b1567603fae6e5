"""A card: a layout and the files it shows, ready to be sent or edited in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import discord


@dataclass(frozen=True, slots=True)
class CardFile:
    """A file on a card. The same name means the same bytes: it is uploaded once, and kept from edit to edit."""

    name: str
    content: bytes

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
