"""The queue of entries that wait for moderators: one at a time, with all that says whether it fits."""

from __future__ import annotations

from typing import Any

import discord
from discord.utils import format_dt

from bot.cards.alt_texts import painting_alt
from bot.cards.card import ACCENT, DANGER, DONE, Item, layout, note, picture
from bot.cards.challenge.buttons import PREFIX, review_button
from bot.cards.challenge.entry_buttons import ban_buttons, review_buttons
from bot.cards.job import captions, describe_painting
from bot.challenges.challenge import Challenge
from bot.challenges.entry import Entry
from bot.challenges.shown import ShownEntry
from bot.messages.card import Card
from bot.painting.thumbnails import Thumbnails
from bot.words import Words
from bot.words.values import Escaped

MAX_REASON_LENGTH = 300


def review_card(challenge: Challenge, shown: ShownEntry, thumbnails: Thumbnails, words: Words, *, waiting: int) -> Card:
    """An entry that waits, and what can be done with it; `waiting` is how many do."""
    entry, job = shown.entry, shown.job
    lines = [
        words("review-title", title=Escaped(challenge.title)),
        f"-# {words('review-waiting', count=waiting)}",
        f"<@{entry.member_id}> · {format_dt(entry.submitted_at, 'f')}",
    ]
    painting = [] if shown.painting is None else [shown.painting]
    view = layout(
        *(picture(file, alt=painting_alt(job, words)) for file in painting),
        *captions(
            job, thumbnails, content=lines, style=[f"-# {' · '.join(describe_painting(job, words))}"], words=words
        ),
        discord.ui.ActionRow(*review_buttons(challenge.challenge_id, entry.entry_id, words, has_more=waiting > 1)),
        accent=ACCENT,
    )
    return Card(view, (*painting, *thumbnails.files))


def nothing_to_review_card(challenge: Challenge, words: Words) -> Card:
    """Say that no entry waits."""
    return Card(note(words("review-nothing", title=Escaped(challenge.title)), accent=DONE))


def review_reminder_card(challenge: Challenge, waiting: int, words: Words, *, has_button: bool) -> Card:
    """Say how many entries wait, and until when; with `has_button`, lead to them."""
    date = format_dt(challenge.closes_at, "F")
    text = words("review-reminder", count=waiting, title=Escaped(challenge.title), date=date)
    items: list[Item] = [discord.ui.TextDisplay(text)]
    if has_button:  # it works on the challenge's server only
        items.append(discord.ui.ActionRow(review_button(challenge.challenge_id, words)))
    return Card(layout(*items, accent=ACCENT))


def ban_question(challenge: Challenge, entry: Entry, words: Words) -> Card:
    """Ask whether to ban a member from the challenge."""
    view = layout(
        discord.ui.TextDisplay(words("ban-question", member_id=entry.member_id, title=Escaped(challenge.title))),
        discord.ui.ActionRow(*ban_buttons(challenge.challenge_id, entry.entry_id, words)),
        accent=DANGER,
    )
    return Card(view)


def reject_form(challenge: Challenge, entry: Entry, words: Words) -> discord.ui.Modal:
    """The form that asks why an entry is rejected."""
    custom_id = f"{PREFIX}:rejected:{challenge.challenge_id}:{entry.entry_id}"
    form = discord.ui.Modal(title=words("form-reject-title"), custom_id=custom_id)
    reason = discord.ui.TextInput[Any](
        custom_id="reason", style=discord.TextStyle.paragraph, max_length=MAX_REASON_LENGTH
    )
    description = words("field-reject-reason-description")
    form.add_item(discord.ui.Label(text=words("field-reject-reason"), description=description, component=reason))
    return form
