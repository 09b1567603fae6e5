"""The pieces that every layout is built from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import discord

from bot.messages.card import CardFile

ACCENT = discord.Color(0x5865F2)
DONE = discord.Color(0x3BA55D)
DANGER = discord.Color(0xED4245)
QUIET = discord.Color(0x80848E)

MAX_BUTTONS_IN_A_ROW = 5
MAX_OPTION_LENGTH = 100
"""What Discord allows for the label, the value and the description of a menu's option."""
MAX_TEXT_LENGTH = 4000
"""What Discord allows for all texts of a card together."""

Item: TypeAlias = discord.ui.Item[Any]


class CardView(discord.ui.LayoutView):
    """The layout of a card. Its buttons work as long as the message exists, even after a restart.

    They are matched by their custom IDs. discord.py would keep every view with plain buttons in memory, but not a
    finished one.
    """

    def __init__(self) -> None:
        super().__init__(timeout=None)

    def is_finished(self) -> bool:
        """Return True: nothing waits for a press on this object."""
        return True


def rows(buttons: Sequence[Item]) -> list[Item]:
    """Buttons in as many rows as they need."""
    return [
        discord.ui.ActionRow(*buttons[first : first + MAX_BUTTONS_IN_A_ROW])
        for first in range(0, len(buttons), MAX_BUTTONS_IN_A_ROW)
    ]


def layout(*items: Item, accent: discord.Color | None = None) -> discord.ui.LayoutView:
    """A view of one framed column."""
    view = CardView()
    view.add_item(discord.ui.Container(*items, accent_color=accent))
    return view


def note(text: str, *, accent: discord.Color = QUIET) -> discord.ui.LayoutView:
    """A view with only a text."""
    return layout(discord.ui.TextDisplay(text), accent=accent)


def picture(file: CardFile, *, alt: str) -> Item:
    """One picture in its own gallery: Discord crops pictures that share one."""
    item = discord.MediaGalleryItem(file.uri, description=alt, spoiler=file.is_spoiler)
    return discord.ui.MediaGallery[discord.ui.LayoutView](item)
