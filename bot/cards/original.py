"""A painting's own file, which Discord's apps don't compress."""

from __future__ import annotations

import discord

from bot.cards.card import DONE, layout
from bot.messages.card import Card, CardFile
from bot.painting.job import Result
from bot.words import Words


def original_card(painting: Result, file: CardFile, words: Words) -> Card:
    """The file with its size, to be downloaded."""
    details = words(
        "original-file",
        dimensions=words("dimensions", width_px=painting.width_px or 0, height_px=painting.height_px or 0),
        size_bytes=file.size_bytes,
    )
    view = layout(
        discord.ui.TextDisplay(details),
        discord.ui.File[discord.ui.LayoutView](file.uri, spoiler=file.is_spoiler),
        accent=DONE,
    )
    return Card(view, (file,))
