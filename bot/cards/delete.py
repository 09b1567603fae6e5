"""The question before a painting is deleted, and the answer to it. Only the member who pressed Delete sees them."""

from __future__ import annotations

import discord

from bot.cards.card import DANGER, Item, layout, note
from bot.words import Words


def delete_question(yes: Item, no: Item, words: Words, *, has_posts: bool) -> discord.ui.LayoutView:
    """Ask whether to delete a painting, its message, and its posts in showcases, if there are any."""
    return layout(
        discord.ui.TextDisplay(words("delete-question-posts") if has_posts else words("delete-question")),
        discord.ui.ActionRow(yes, no),
        accent=DANGER,
    )


def deleted_card(words: Words) -> discord.ui.LayoutView:
    """Say that the painting is deleted."""
    return note(words("delete-done"))


def not_deleted_card(words: Words) -> discord.ui.LayoutView:
    """Say that the painting stays."""
    return note(words("delete-kept"))
