"""Favorites: pages of entries in a voter's own order, with a button for each, and the list of their votes.

Only the voter sees them. They show the voter's own votes, and nobody else's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import discord

from bot.cards.buttons import button
from bot.cards.card import ACCENT, Item, layout, picture
from bot.cards.challenge.buttons import CHALLENGE, PREFIX
from bot.challenges.entry import Entry
from bot.challenges.pictures import ShownPainting
from bot.challenges.voting import FavoritesTurn
from bot.messages.card import Card, CardFile
from bot.words import Words
from bot.words.values import Escaped

PAGE_SIZE = 4
_PAGE = "(?P<page>[0-9]{1,4}|votes)"
VOTES = "votes"
"""The list of a voter's votes, as custom IDs name it instead of a page."""
FAVORITE_PATTERN = f"{PREFIX}:favorite:{CHALLENGE}:(?P<state>on|off):(?P<number>[0-9]{{1,9}}):{_PAGE}"
FAVORITES_PATTERN = f"{PREFIX}:favorites:{CHALLENGE}:(?P<button>[a-z]+):{_PAGE}"

FIRST_PAGE = "0"

Paintings: TypeAlias = Mapping[int, ShownPainting | None]
"""The paintings of entries, by number."""


def entries_of_page(turn: FavoritesTurn, page: int) -> tuple[Entry, ...]:
    """The entries of a page, from 0; of the last one, if there are fewer pages."""
    page = min(page, last_page(turn))
    return turn.entries[page * PAGE_SIZE : (page + 1) * PAGE_SIZE]


def last_page(turn: FavoritesTurn) -> int:
    """The number of the last page, from 0."""
    return max(0, len(turn.entries) - 1) // PAGE_SIZE


def favorites_card(
    turn: FavoritesTurn, page: int, paintings: Paintings, words: Words, *, notice: str | None = None
) -> Card:
    """A page of entries; `notice` says what became of the last press."""
    page = min(page, last_page(turn))
    shown = entries_of_page(turn, page)
    rows: list[Item] = [discord.ui.TextDisplay(_title(turn, words, notice))]
    if not shown:
        rows.append(discord.ui.TextDisplay(words("favorites-none")))
    for entry in shown:
        number = entry.number or 0
        label = words("favorite-entry", number=number)
        painting = paintings.get(number)
        if painting is not None:
            rows.append(picture(painting.file, alt=label))
        rows.append(_row(turn, number, str(page), words, is_gone=painting is None))
    turns = [
        _turn(turn, "previous", str(max(page - 1, 0)), words("button-previous"), is_enabled=page > 0),
        _turn(turn, "next", str(page + 1), words("button-next"), is_enabled=page < last_page(turn)),
        _turn(turn, "mine", VOTES, words("button-favorites-mine"), is_enabled=bool(turn.votes)),
    ]
    rows.append(discord.ui.ActionRow(*turns))
    rows.append(discord.ui.TextDisplay(f"-# {words('styles-page', page=page + 1, pages=last_page(turn) + 1)}"))
    return Card(layout(*rows, accent=ACCENT), _files([entry.number or 0 for entry in shown], paintings))


def votes_card(turn: FavoritesTurn, paintings: Paintings, words: Words, *, notice: str | None = None) -> Card:
    """A voter's votes, each with a button that takes it back."""
    numbers = sorted(turn.votes)
    rows: list[Item] = [discord.ui.TextDisplay(_title(turn, words, notice))]
    there = [(number, painting) for number in numbers if (painting := paintings.get(number)) is not None]
    if there:
        gallery = [
            discord.MediaGalleryItem(
                painting.file.uri,
                description=words("favorite-entry", number=number),
                spoiler=painting.file.is_spoiler,
            )
            for number, painting in there
        ]
        rows.append(discord.ui.MediaGallery[Any](*gallery))
    rows += [_row(turn, number, VOTES, words) for number in numbers]
    rows.append(discord.ui.ActionRow(_turn(turn, "back", FIRST_PAGE, words("button-favorites-back"))))
    return Card(layout(*rows, accent=ACCENT), _files(numbers, paintings))


def _title(turn: FavoritesTurn, words: Words, notice: str | None) -> str:
    title = f"### {Escaped(turn.challenge.title).in_words(words)}"
    used = words("votes-used", used=len(turn.votes), count=turn.challenge.votes_per_member)
    return "\n".join(line for line in (title, used, notice) if line is not None)


def _row(turn: FavoritesTurn, number: int, page: str, words: Words, *, is_gone: bool = False) -> Item:
    """An entry's number, with the button that gives it a vote or takes it back."""
    has_vote = number in turn.votes
    text = f"**{words('favorite-entry', number=number)}**{' · ✅' if has_vote else ''}"
    if is_gone:
        text = f"{text}\n-# {words('favorite-picture-gone')}"
    vote = button(
        f"{PREFIX}:favorite:{turn.challenge.challenge_id}:{'off' if has_vote else 'on'}:{number}:{page}",
        words("button-favorite-off" if has_vote else "button-favorite-on", number=number),
        style=discord.ButtonStyle.secondary if has_vote else discord.ButtonStyle.primary,
    )
    return discord.ui.Section[Any](text, accessory=vote)


def _turn(turn: FavoritesTurn, name: str, page: str, label: str, *, is_enabled: bool = True) -> Item:
    """A button that leads to another page. No two on a card may have the same custom ID, hence the name."""
    custom_id = f"{PREFIX}:favorites:{turn.challenge.challenge_id}:{name}:{page}"
    return button(custom_id, label, disabled=not is_enabled)


def _files(numbers: Sequence[int], paintings: Paintings) -> tuple[CardFile, ...]:
    return tuple(painting.file for number in numbers if (painting := paintings.get(number)) is not None)
