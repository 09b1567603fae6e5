"""The result: the painting, its timelapse, the pictures it was made from, its numbers, and its buttons."""

from __future__ import annotations

import discord

from bot.cards.actions import actions_menu, changes_something
from bot.cards.alt_texts import painting_alt, timelapse_alt
from bot.cards.buttons import OwnerAction, edit_button, owner_button, star_button, variation_button
from bot.cards.card import DONE, Item, layout, note, picture
from bot.cards.challenge.buttons import mine_button
from bot.cards.challenge.entry_buttons import submit_buttons, withdraw_button
from bot.cards.job import captions, describe, describe_painting, gallery_style, origin
from bot.challenges.entry import Entry, EntryState
from bot.messages.answer import Shown
from bot.messages.card import Card, CardFile
from bot.painting.job import Colors, Job, Result, Variation
from bot.painting.thumbnails import Thumbnails
from bot.words import Words

VISIBLE_ENLARGEMENT = 2.0
"""From here on, a painting visibly has more pixels than detail."""


def result_card(
    job: Job,
    result: Result,
    *,
    painting: CardFile,
    gif: CardFile | None,
    thumbnails: Thumbnails,
    words: Words,
    entry: Entry | None = None,
) -> Card:
    """The card of a finished painting; its files already fit the upload limit.

    One that was painted for a challenge can be submitted, or as an entry of it withdrawn.
    """
    view = layout(
        picture(painting, alt=painting_alt(job, words)),
        *([] if gif is None else [picture(gif, alt=timelapse_alt(job, words))]),
        *captions(
            job,
            thumbnails,
            content=[_numbers(job, result, words)],
            style=[words("request-owner", owner_id=job.owner_id), *origin(job, words), *_hints(job, result, words)],
            words=words,
        ),
        *(_usual_rows(job, words) if job.challenge_id is None else _entry_rows(job, entry, words)),
        accent=DONE,
    )
    return Card(view, (painting, *([] if gif is None else [gif]), *thumbnails.files))


def _usual_rows(job: Job, words: Words) -> tuple[Item, Item]:
    star, delete = star_button(job.job_id, words), owner_button(OwnerAction.DELETE, job.job_id, job.owner_id, words)
    return action_rows(job, words, star, delete)


def _entry_rows(job: Job, entry: Entry | None, words: Words) -> tuple[Item, Item]:
    """What to do with a painting for a challenge, or what became of it, above the buttons."""
    if entry is None:
        return discord.ui.TextDisplay(f"-# {words('entry-hint')}"), discord.ui.ActionRow(*submit_buttons(job, words))
    withdraw = withdraw_button(entry.challenge_id, entry.entry_id, words)
    buttons = discord.ui.ActionRow(withdraw, mine_button(entry.challenge_id, words))
    text = words("entry-submitted-pending" if entry.state is EntryState.PENDING else "entry-submitted")
    return discord.ui.TextDisplay(text), buttons


def action_rows(job: Job, words: Words, *others: Item) -> tuple[Item, Item]:
    """The buttons that paint it again, next to others, and the menu with the rest."""
    return (
        discord.ui.ActionRow(
            *_buttons(job, Variation.AGAIN, words),
            edit_button(job.job_id, words),
            *_buttons(job, Variation.HD, words),
            *others,
        ),
        discord.ui.ActionRow(actions_menu(job, words)),
    )


def _buttons(job: Job, variation: Variation, words: Words) -> list[Item]:
    """The button of a variation, if that differs from the painting."""
    return [variation_button(variation, job.job_id, words)] if changes_something(job, variation) else []


def moved_card(job: Job, shown: Shown, words: Words) -> Card:
    """The card of an old message, once a new one shows how the job ended."""
    is_direct = shown.guild_id is None and job.guild_id is not None
    text = words("result-moved-direct" if is_direct else "result-moved", url=shown.url)
    return Card(note(f"-# {describe(job, words)}\n{text}"))


def _numbers(job: Job, result: Result, words: Words) -> str:
    title, *more = describe_painting(job, words)
    parts = [
        f"**{title}**",
        words("dimensions", width_px=result.width_px, height_px=result.height_px),
        *more[1:],  # the first is the size
        *gallery_style(job, words),
        *([] if job.options.colors is Colors.ONLY else [words("result-seed", seed=str(job.options.seed))]),
        words.duration(job.painting_seconds or 0),
    ]
    return " · ".join(parts)


def _hints(job: Job, result: Result, words: Words) -> list[str]:
    """Whether the content picture was too small for this painting, and whether it had no face to spare."""
    hints = []
    if (times := job.enlargement) >= VISIBLE_ENLARGEMENT:
        hints.append(
            words(
                "result-enlarged",
                width_px=round((result.width_px or 0) / times),
                height_px=round((result.height_px or 0) / times),
                times=round(times) if times >= 10 else float(f"{times:.2g}"),
            )
        )
    if job.spared_faces == 0:
        hints.append(words("result-no-face"))
    return [f"-# {hint}" for hint in hints]
