"""A comparison: the content and the painting side by side, and a GIF that wipes from one to the other."""

from __future__ import annotations

import discord

from bot.cards.alt_texts import comparison_alt, wipe_alt
from bot.cards.card import DONE, layout, picture
from bot.messages.card import Card, CardFile
from bot.painting.job import Job
from bot.words import Words


def comparison_card(job: Job, *, side_by_side: bytes, wipe: bytes, words: Words) -> Card:
    """Both pictures, below a line that says what they are. Spoilers stay spoilers."""
    sheet = CardFile.of("comparison.jpg", side_by_side, is_spoiler=job.is_spoiler)
    gif = CardFile.of("wipe.gif", wipe, is_spoiler=job.is_spoiler)
    view = layout(
        discord.ui.TextDisplay(words("comparison")),
        picture(sheet, alt=comparison_alt(job, words)),
        picture(gif, alt=wipe_alt(job, words)),
        accent=DONE,
    )
    return Card(view, (sheet, gif))
