"""The answer to Star: whether a painting is among its owner's favorites. Only they see it."""

from __future__ import annotations

import discord

from bot.cards.buttons import favorite_button
from bot.cards.card import ACCENT, QUIET, layout
from bot.words import Words


def favorite_card(job_id: str, words: Words, *, is_favorite: bool) -> discord.ui.LayoutView:
    """Say whether the painting is a favorite now, above the button that changes it."""
    return layout(
        discord.ui.TextDisplay(words("favorite-on" if is_favorite else "favorite-off")),
        discord.ui.ActionRow(favorite_button(job_id, words, is_favorite=is_favorite)),
        accent=ACCENT if is_favorite else QUIET,
    )
