"""The result: the painting and its GIF together, one line of numbers, and the buttons that outlive a restart."""

from __future__ import annotations

import discord

from bot.cards.card import Card, CardFile, Item, layout
from bot.cards.job import STOPPED, describe, duration, ordered
from bot.commands.buttons import End, EndButton, VariationButton
from bot.jobs.job import Job, Painted, Variation
from bot.messages.answer import Shown

DONE = discord.Colour(0x3BA55D)
VARIATIONS = (Variation.AGAIN, Variation.STRONGER, Variation.WEAKER, Variation.HD, Variation.SWAP)


def result_card(job: Job, painted: Painted, *, painting: CardFile, gif: CardFile | None) -> Card:
    """The card of a painting that is done; the files are already made to fit, where the GIF can be."""
    gallery = discord.ui.MediaGallery[discord.ui.LayoutView](
        discord.MediaGalleryItem(painting.uri, description="The painting")
    )
    if gif is not None:
        gallery.add_item(media=gif.uri, description="How it was painted")
    variations = [variation for variation in VARIATIONS if _changes_something(job, variation)]
    buttons: list[Item] = [VariationButton(variation, job.job_id) for variation in variations]
    delete: Item = EndButton(End.DELETE, job.job_id, job.owner_id)
    view = layout(
        gallery,
        discord.ui.TextDisplay(_numbers(job, painted)),
        discord.ui.ActionRow(*buttons),
        discord.ui.ActionRow(delete),
        accent=DONE,
    )
    return Card(view, (painting,) if gif is None else (painting, gif))


def moved_card(job: Job, shown: Shown) -> Card:
    """What the old message says once its end is shown by another one."""
    where = "in a direct message" if shown.guild_id is None and job.guild_id is not None else "here"
    text = f"-# {describe(job)}\nThis message can't be updated any more. It ended {where}: {shown.url}"
    return Card(layout(discord.ui.TextDisplay(text), accent=STOPPED))


def _changes_something(job: Job, variation: Variation) -> bool:
    return variation is Variation.SWAP or job.order.varied(variation) != job.order


def _numbers(job: Job, painted: Painted) -> str:
    title, *more = ordered(job.order)
    parts = [f"**{title}**", f"{painted.width_px} x {painted.height_px} px", *more[1:]]  # the first is the size
    parts += [f"seed {job.order.seed}", duration(painted.seconds), f"for <@{job.owner_id}>"]
    return " · ".join(parts)
