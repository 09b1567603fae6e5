"""A tie for first place, and the choice of its winner: for organizers only, and still without names."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import discord
from discord.utils import format_dt

from bot.cards.buttons import button
from bot.cards.card import ACCENT, DONE, Item, layout, note, picture
from bot.cards.challenge.buttons import CHALLENGE, DECIDE, PREFIX, decide_button
from bot.cards.challenge.results import page_row
from bot.challenges.challenge import Challenge
from bot.challenges.entry import Entry
from bot.messages.card import Card, CardFile
from bot.words import Words
from bot.words.values import Escaped

MENU_SIZE = 25
"""What Discord allows."""

DECIDE_PATTERN = f"{DECIDE}:{CHALLENGE}:(?P<page>[0-9]{{1,4}})"
CHOOSE_PATTERN = f"{PREFIX}:choose:{CHALLENGE}"
AWARD_PATTERN = f"{PREFIX}:award:{CHALLENGE}:(?P<number>[0-9]{{1,6}})"


def decision_card(challenge: Challenge, shared_at: datetime, words: Words) -> Card:
    """A direct message that asks an organizer to decide a tie."""
    date = format_dt(shared_at, "F")
    text = words("decision-question", title=Escaped(challenge.title), date=date)
    return Card(
        layout(
            discord.ui.TextDisplay(text),
            discord.ui.ActionRow(decide_button(challenge.challenge_id, words)),
            accent=ACCENT,
        )
    )


def decide_card(
    challenge: Challenge, tied: Sequence[Entry], page: int, pages: int, sheet: CardFile | None, words: Words
) -> Card:
    """The entries of a page that share the first place, as a picture and in a menu."""
    items: list[Item] = [discord.ui.TextDisplay(words("decide-title", title=Escaped(challenge.title)))]
    if sheet is not None:
        items.append(picture(sheet, alt=words("alt-all-entries", count=len(tied))))
    options = [
        discord.SelectOption(label=words("entry-number", number=entry.number or 0), value=str(entry.number))
        for entry in tied
    ]
    custom_id = f"{PREFIX}:choose:{challenge.challenge_id}"
    menu = discord.ui.Select[Any](custom_id=custom_id, options=options, placeholder=words("select-winner"))
    items.append(discord.ui.ActionRow(menu))
    if pages > 1:
        items.append(page_row(f"{DECIDE}:{challenge.challenge_id}", page, pages, words))
    return Card(layout(*items, accent=ACCENT), () if sheet is None else (sheet,))


def award_card(challenge: Challenge, entry: Entry, sheet: CardFile | None, words: Words) -> Card:
    """Ask whether an entry is the winner, because that is for good."""
    number, its_id = entry.number or 0, challenge.challenge_id
    items: list[Item] = [] if sheet is None else [picture(sheet, alt=words("entry-number", number=number))]
    award = button(f"{PREFIX}:award:{its_id}:{number}", words("button-award"), style=discord.ButtonStyle.success)
    back = button(f"{DECIDE}:{its_id}:0", words("button-history-back"))
    items += [discord.ui.TextDisplay(words("award-question", number=number)), discord.ui.ActionRow(award, back)]
    return Card(layout(*items, accent=ACCENT), () if sheet is None else (sheet,))


def awarded_card(challenge: Challenge, number: int, words: Words) -> discord.ui.LayoutView:
    """Say that a tie is decided."""
    return note(words("award-done", title=Escaped(challenge.title), number=number), accent=DONE)
