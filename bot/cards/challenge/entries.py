"""Entries as everybody sees them: by number and without names, until the challenge has ended."""

from __future__ import annotations

from typing import Any

import discord

from bot.cards.card import ACCENT, Item, layout, picture
from bot.cards.challenge.entry_buttons import like_button, made_button
from bot.cards.job import captions, describe_painting, describe_variation
from bot.challenges.challenge import Challenge
from bot.challenges.entry import Entry
from bot.challenges.shown import EntriesPage, ShownEntry
from bot.messages.card import Card
from bot.painting.job import Job
from bot.painting.thumbnails import Thumbnails
from bot.words import Words


def entries_card(page: EntriesPage, words: Words) -> Card:
    """A few entries: each with its painting, and after the end with its place, its member and how it was made."""
    rows: list[Item] = []
    for shown in page.entries:
        if rows:
            rows.append(discord.ui.Separator())
        if shown.painting is not None:
            # What the pictures were called may say whose they are.
            rows.append(picture(shown.painting, alt=words("entry-number", number=shown.entry.number or 0)))
        rows.append(_caption(page.challenge, shown, words))
    files = tuple(shown.painting for shown in page.entries if shown.painting is not None)
    return Card(layout(*rows, accent=ACCENT), files)


def made_card(challenge: Challenge, entry: Entry, job: Job, thumbnails: Thumbnails, words: Words) -> Card:
    """How an entry was made: from which pictures, and how."""
    strength, strokes, seed = describe_variation(job.options, words)
    parts = [*describe_painting(job, words), strength, strokes, seed]
    lines = [f"### {words('made-title', number=entry.number or 0)}", f"<@{entry.member_id}>"]
    view = layout(
        *captions(job, thumbnails, content=lines, style=[" · ".join(dict.fromkeys(parts))], words=words),
        discord.ui.ActionRow(like_button(challenge.challenge_id, entry.number or 0, words)),
        accent=ACCENT,
    )
    return Card(view, thumbnails.files)


def _caption(challenge: Challenge, shown: ShownEntry, words: Words) -> Item:
    entry, number = shown.entry, shown.entry.number or 0
    text = f"**{words('entry-number', number=number)}**"
    if shown.painting is None:
        text = f"{text}\n-# {words('entry-picture-gone')}"
    if not challenge.is_revealed:
        return discord.ui.TextDisplay(text)
    name = f"<@{entry.member_id}>"
    place = [] if entry.standing is None else [words("entry-place", place=entry.standing.place)]
    button = made_button(challenge.challenge_id, number, words)
    return discord.ui.Section[Any](" · ".join((text, *place, name)), accessory=button)
