"""The pieces that every layout is built from."""

from __future__ import annotations

from typing import Any, TypeAlias

import discord

from bot.messages.card import CardFile

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
