"""The question before a painting is deleted, and what becomes of it. Only who pressed Delete sees them."""

from __future__ import annotations

import discord

from bot.cards.card import Item, layout

DANGER = discord.Colour(0xED4245)
QUIET = discord.Colour(0x80848E)


def delete_question(*, delete: Item, keep: Item) -> discord.ui.LayoutView:
    """Asks whether a painting shall be deleted."""
    return layout(
        discord.ui.TextDisplay("## Delete this painting?\nIts message and Atelier's copy are deleted for good."),
        discord.ui.ActionRow(delete, keep),
        accent=DANGER,
    )


def deleted_card() -> discord.ui.LayoutView:
    """Says that the painting is deleted."""
    return layout(discord.ui.TextDisplay("The painting is deleted."), accent=QUIET)


def not_deleted_card() -> discord.ui.LayoutView:
    """Says that the painting stays."""
    return layout(discord.ui.TextDisplay("Nothing was deleted."), accent=QUIET)
