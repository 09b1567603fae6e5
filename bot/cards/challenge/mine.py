"""A member's own entries in a challenge. Only they see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import discord
from discord.utils import format_dt

from bot.cards.buttons import button
from bot.cards.card import ACCENT, MAX_OPTION_LENGTH, Item, layout
from bot.cards.challenge.buttons import PREFIX, enter_button
from bot.challenges.challenge import MAX_ENTRIES_PER_MEMBER, Challenge
from bot.challenges.entry import PLACE_TAKING_STATES, Entry, EntryState
from bot.messages.card import Card, CardFile
from bot.words import Words
from bot.words.text import shortened
from bot.words.values import Escaped

MAX_SHOWN = MAX_ENTRIES_PER_MEMBER
"""A message has at most ten files, and a card 40 components."""
MAX_REASONS_LENGTH = 1500
"""Of all reasons on the card together. Without Markdown, they may be twice as long."""
STATE_KEYS: Mapping[EntryState, str] = {
    EntryState.PENDING: "entry-state-pending",
    EntryState.ACCEPTED: "entry-state-accepted",
    EntryState.REJECTED: "entry-state-rejected",
    EntryState.WITHDRAWN: "entry-state-withdrawn",
}


def shown_entries(entries: Sequence[Entry]) -> list[Entry]:
    """Those of a member's entries that the card has room for, the latest first: of others, those that take part."""
    latest = sorted(entries, key=lambda entry: entry.submitted_at, reverse=True)
    taking = [entry for entry in latest if entry.state in PLACE_TAKING_STATES]
    others = [entry for entry in latest if entry.state not in PLACE_TAKING_STATES]
    chosen = {entry.entry_id for entry in [*taking, *others][:MAX_SHOWN]}
    return [entry for entry in latest if entry.entry_id in chosen]


def mine_card(
    challenge: Challenge,
    entries: Sequence[Entry],
    pictures: Mapping[str, CardFile],
    words: Words,
    *,
    is_open: bool,
    is_new: bool = False,
    is_banned: bool = False,
) -> Card:
    """The entries, each with its small picture, by the ID of the job.

    `is_open` is whether they can still be withdrawn; `is_new` is whether one of them was submitted just now;
    `is_banned` is whether the member can't enter this challenge anymore.
    """
    shown = shown_entries(entries)
    taking = [entry for entry in shown if entry.state in PLACE_TAKING_STATES]
    left = 0 if is_banned else challenge.entries_per_member - len(taking)
    lines = [words("mine-title", title=Escaped(challenge.title))]
    if is_new:
        lines.insert(0, words("entry-submitted-pending" if challenge.is_reviewed else "entry-submitted"))
    if not shown:
        lines.append(words("mine-none"))
    if is_banned:
        lines.append(words("banned-from-challenge"))
    elif is_open and left > 0:
        lines.append(f"-# {words('mine-left', count=left)}")
    rows: list[Item] = [discord.ui.TextDisplay("\n".join(lines))]
    room = MAX_REASONS_LENGTH // max(sum(entry.reason is not None for entry in shown), 1)
    rows += [_row(number, entry, pictures, words, max_reason=room) for number, entry in enumerate(shown, start=1)]
    buttons: list[Item] = []
    if is_open and len(taking) == 1:
        custom_id = f"{PREFIX}:take-back:{challenge.challenge_id}:{taking[0].entry_id}"
        buttons.append(button(custom_id, words("button-withdraw")))
    elif is_open and taking:
        rows.append(discord.ui.ActionRow(_menu(challenge, shown, words)))
    if is_open and left > 0:
        buttons.append(enter_button(challenge.challenge_id, words))
    if buttons:
        rows.append(discord.ui.ActionRow(*buttons))
    files = [pictures[entry.job_id] for entry in shown if entry.job_id in pictures]
    return Card(layout(*rows, accent=ACCENT), tuple(files))


def _row(number: int, entry: Entry, pictures: Mapping[str, CardFile], words: Words, *, max_reason: int) -> Item:
    head = f"**{number}.** {words(STATE_KEYS[entry.state])} · {format_dt(entry.submitted_at, 'f')}"
    text = head
    if entry.reason is not None:
        text = f"{text}\n{words('entry-reason', reason=Escaped(shortened(entry.reason, max_reason)))}"
    if entry.number is not None and entry.state is EntryState.ACCEPTED:
        text = f"{text}\n-# {words('entry-number', number=entry.number)}"
    file = pictures.get(entry.job_id)
    if file is None:
        return discord.ui.TextDisplay(text)
    small = discord.ui.Thumbnail[Any](
        file.uri, description=words("alt-my-entry", number=number), spoiler=file.is_spoiler
    )
    return discord.ui.Section(text, accessory=small)


def _menu(challenge: Challenge, shown: Sequence[Entry], words: Words) -> Item:
    options = [
        discord.SelectOption(
            label=shortened(f"{number}. {words(STATE_KEYS[entry.state])}", MAX_OPTION_LENGTH), value=entry.entry_id
        )
        for number, entry in enumerate(shown, start=1)
        if entry.state in PLACE_TAKING_STATES
    ]
    return discord.ui.Select[Any](
        custom_id=f"{PREFIX}:take-back:{challenge.challenge_id}",
        placeholder=words("select-withdraw"),
        options=options,
    )
