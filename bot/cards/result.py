"""The result: the painting, its GIF, what it was made from, its numbers, and the buttons that outlive a restart."""

from __future__ import annotations

import discord

from bot.cards.card import Item, layout, picture
from bot.cards.job import STOPPED, captions, describe, describe_options, duration, origin
from bot.cards.names import painting_alt, timelapse_alt
from bot.commands.buttons import End, EndButton, VariationButton
from bot.messages.answer import Shown
from bot.messages.card import Card, CardFile
from bot.painting.job import Job, Result, Variation
from bot.painting.thumbnails import Thumbnails

DONE = discord.Colour(0x3BA55D)
VARIATIONS = (Variation.AGAIN, Variation.STRONGER, Variation.WEAKER, Variation.HD, Variation.SWAP)
VISIBLE_ENLARGEMENT = 2.0
"""From here on a painting shows that there was less detail to paint than it has pixels."""


def result_card(job: Job, result: Result, *, painting: CardFile, gif: CardFile | None, thumbnails: Thumbnails) -> Card:
    """The card of a painting that is done; the files are already made to fit, where the GIF can be."""
    variations = [variation for variation in VARIATIONS if _changes_something(job, variation)]
    buttons: list[Item] = [VariationButton(variation, job.job_id) for variation in variations]
    delete: Item = EndButton(End.DELETE, job.job_id, job.owner_id)
    view = layout(
        picture(painting, alt=painting_alt(job)),
        *([] if gif is None else [picture(gif, alt=timelapse_alt(job))]),
        *captions(
            job,
            thumbnails,
            content=[_numbers(job, result)],
            style=[f"for <@{job.owner_id}>", *origin(job), *_enlarged(job, result)],
        ),
        discord.ui.ActionRow(*buttons),
        discord.ui.ActionRow(delete),
        accent=DONE,
    )
    return Card(view, (painting, *([] if gif is None else [gif]), *thumbnails.files))


def moved_card(job: Job, shown: Shown) -> Card:
    """What the old message says once its end is shown by another one."""
    where = "a direct message" if shown.guild_id is None and job.guild_id is not None else "another message"
    text = f"-# {describe(job)}\nContinued in {where}: {shown.url}"
    return Card(layout(discord.ui.TextDisplay(text), accent=STOPPED))


def _changes_something(job: Job, variation: Variation) -> bool:
    return variation is Variation.SWAP or job.options.varied(variation) != job.options


def _numbers(job: Job, painting: Result) -> str:
    title, *more = describe_options(job.options)
    parts = [f"**{title}**", f"{painting.width_px} × {painting.height_px} px", *more[1:]]  # the first is the size
    return " · ".join([*parts, f"seed {job.options.seed}", duration(job.painting_seconds or 0)])


def _enlarged(job: Job, painting: Result) -> list[str]:
    """A word on a content picture that is too small for this painting."""
    times = job.enlargement
    if times < VISIBLE_ENLARGEMENT:
        return []
    size = f"{round((painting.width_px or 0) / times)} × {round((painting.height_px or 0) / times)} px"
    by = f"{times:.0f}" if times >= 10 else f"{times:.2g}"
    return [f"-# The content picture is only {size}, enlarged {by}×. Send a larger one for more detail."]
