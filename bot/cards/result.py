"""The result: the painting, its timelapse, the pictures it was made from, its numbers, and its buttons."""

from __future__ import annotations

import discord

from bot.cards.alt_texts import painting_alt, timelapse_alt
from bot.cards.buttons import OwnerAction, owner_button, save_style_button, star_button, variation_button
from bot.cards.card import DONE, Item, layout, note, picture
from bot.cards.job import captions, describe, describe_options, origin
from bot.messages.answer import Shown
from bot.messages.card import Card, CardFile
from bot.painting.job import Job, Result, Variation
from bot.painting.thumbnails import Thumbnails
from bot.words import Words

VARIATIONS = (Variation.AGAIN, Variation.STRONGER, Variation.WEAKER, Variation.HD, Variation.SWAP)
VISIBLE_ENLARGEMENT = 2.0
"""From here on, a painting visibly has more pixels than detail."""


def result_card(
    job: Job, result: Result, *, painting: CardFile, gif: CardFile | None, thumbnails: Thumbnails, words: Words
) -> Card:
    """The card of a finished painting; its files already fit the upload limit."""
    view = layout(
        picture(painting, alt=painting_alt(job, words)),
        *([] if gif is None else [picture(gif, alt=timelapse_alt(job, words))]),
        *captions(
            job,
            thumbnails,
            content=[_numbers(job, result, words)],
            style=[words("request-owner", owner_id=job.owner_id), *origin(job, words), *_enlarged(job, result, words)],
            words=words,
        ),
        variations_row(job, words),
        discord.ui.ActionRow(
            star_button(job.job_id, words),
            save_style_button(job.job_id, words),
            owner_button(OwnerAction.DELETE, job.job_id, job.owner_id, words),
        ),
        accent=DONE,
    )
    return Card(view, (painting, *([] if gif is None else [gif]), *thumbnails.files))


def variations_row(job: Job, words: Words) -> Item:
    """The buttons that vary a painting; those that would change nothing are left out."""
    variations = [variation for variation in VARIATIONS if _changes_something(job, variation)]
    return discord.ui.ActionRow(*(variation_button(variation, job.job_id, words) for variation in variations))


def moved_card(job: Job, shown: Shown, words: Words) -> Card:
    """The card of an old message, once a new one shows how the job ended."""
    is_direct = shown.guild_id is None and job.guild_id is not None
    text = words("result-moved-direct" if is_direct else "result-moved", url=shown.url)
    return Card(note(f"-# {describe(job, words)}\n{text}"))


def _changes_something(job: Job, variation: Variation) -> bool:
    if variation is Variation.SWAP:
        return not job.is_blend  # there is no single style to swap with
    return job.options.varied(variation) != job.options


def _numbers(job: Job, result: Result, words: Words) -> str:
    title, *more = describe_options(job.options, words)
    parts = [
        f"**{title}**",
        words("dimensions", width_px=result.width_px, height_px=result.height_px),
        *more[1:],  # the first is the size
        words("result-seed", seed=str(job.options.seed)),
        words.duration(job.painting_seconds or 0),
    ]
    return " · ".join(parts)


def _enlarged(job: Job, result: Result, words: Words) -> list[str]:
    """A hint if the content picture was too small for this painting."""
    times = job.enlargement
    if times < VISIBLE_ENLARGEMENT:
        return []
    hint = words(
        "result-enlarged",
        width_px=round((result.width_px or 0) / times),
        height_px=round((result.height_px or 0) / times),
        times=round(times) if times >= 10 else float(f"{times:.2g}"),
    )
    return [f"-# {hint}"]
