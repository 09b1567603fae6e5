"""A shared painting, as the showcase channel shows it."""

from __future__ import annotations

import discord

from bot.cards.alt_texts import painting_alt
from bot.cards.buttons import OwnerAction, owner_button
from bot.cards.card import DONE, layout, note, picture
from bot.cards.job import describe_painting, gallery_style
from bot.messages.card import Card, CardFile
from bot.painting.job import Job
from bot.words import Words


def showcase_card(job: Job, painting: CardFile, *, url: str | None, words: Words) -> Card:
    """The painting, who made it and how, and where it was painted."""
    made = (*describe_painting(job, words), *gallery_style(job, words))
    lines = [words("showcase-owner", owner_id=job.owner_id), f"-# {' · '.join(made)}"]
    if url is not None:
        lines.append(f"-# {words('showcase-link', url=url)}")
    view = layout(
        picture(painting, alt=painting_alt(job, words)),
        discord.ui.TextDisplay("\n".join(lines)),
        discord.ui.ActionRow(owner_button(OwnerAction.DELETE, job.job_id, job.owner_id, words)),
        accent=DONE,
    )
    return Card(view, (painting,))


def shared_card(url: str, words: Words) -> discord.ui.LayoutView:
    """Says where a painting was shared."""
    return note(words("shared", url=url), accent=DONE)
