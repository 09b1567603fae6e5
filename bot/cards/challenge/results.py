"""The results of a challenge, as everybody sees them, and all places, page by page."""

from __future__ import annotations

from collections.abc import Sequence

import discord

from bot.cards.buttons import button
from bot.cards.card import ACCENT, DONE, Item, layout, picture
from bot.cards.challenge.buttons import CHALLENGE, PREFIX
from bot.challenges.challenge import Challenge, Voting
from bot.challenges.entry import Entry
from bot.challenges.outcome import Outcome, place_of, winners_of
from bot.challenges.score import numbers_of, place_line
from bot.messages.card import Card
from bot.words import Words
from bot.words.values import Escaped

MAX_BEST = 10
"""How many places the card lists."""
PAGE_SIZE = 10
MAX_OWN = 5

PLACES_PATTERN = f"{PREFIX}:places:{CHALLENGE}:(?P<page>[0-9]{{1,4}})"
EXPORT_PATTERN = f"{PREFIX}:export:{CHALLENGE}"


def results_card(outcome: Outcome, words: Words) -> Card:
    """The podium, the best places, all entries, and the numbers of the vote."""
    challenge, entries = outcome.challenge, outcome.entries
    items: list[Item] = [discord.ui.TextDisplay(words("results-title", title=Escaped(challenge.title)))]
    if outcome.podium is not None:
        numbers = tuple(str(entry.number) for entry in outcome.on_podium)
        items.append(picture(outcome.podium, alt=words("alt-podium", numbers=numbers)))
    items.append(discord.ui.TextDisplay(_best(outcome, words)))
    if outcome.sheet is not None:
        items.append(picture(outcome.sheet, alt=words("alt-all-entries", count=len(entries))))
    if outcome.timelapse is not None:
        items.append(picture(outcome.timelapse, alt=words("alt-winner-timelapse")))
    items.append(discord.ui.TextDisplay(_numbers(challenge, len(entries), words)))
    items.append(
        discord.ui.ActionRow(
            button(f"{PREFIX}:places:{challenge.challenge_id}:0", words("button-all-places")),
            button(f"{PREFIX}:export:{challenge.challenge_id}", words("button-export")),
        )
    )
    files = [file for file in (outcome.podium, outcome.sheet, outcome.timelapse) if file is not None]
    return Card(layout(*items, accent=DONE), tuple(files))


def places_card(
    challenge: Challenge, entries: Sequence[Entry], page: int, words: Words, *, member_id: int
) -> discord.ui.LayoutView:
    """A page of all places, and above it those of the member who asks. `entries` are all of them, the best first."""
    pages = max(1, -(-len(entries) // PAGE_SIZE))
    page = min(page, pages - 1)
    items: list[Item] = [discord.ui.TextDisplay(words("places-title", title=Escaped(challenge.title)))]
    if own := [place_line(challenge, entry, words) for entry in entries if entry.member_id == member_id]:
        items += [discord.ui.TextDisplay("\n".join(own[:MAX_OWN])), discord.ui.Separator()]
    shown = entries[page * PAGE_SIZE : (page + 1) * PAGE_SIZE]
    lines = [] if page else _about_first_place(challenge, entries, words)
    items.append(discord.ui.TextDisplay("\n".join([*lines, *(place_line(challenge, entry, words) for entry in shown)])))
    items.append(discord.ui.TextDisplay(_numbers(challenge, len(entries), words)))
    if pages > 1:
        items.append(page_row(f"{PREFIX}:places:{challenge.challenge_id}", page, pages, words))
    return layout(*items, accent=ACCENT)


def page_row(prefix: str, page: int, pages: int, words: Words) -> Item:
    """Buttons that turn the pages of a list; their IDs are `prefix` with the number of a page, from 0."""
    back, on = max(page - 1, 0), min(page + 1, pages - 1)
    previous = button(f"{prefix}:{back}", words("button-previous"), disabled=page == 0)
    following = button(f"{prefix}:{on}", words("button-next"), disabled=page == pages - 1)
    here = button(f"{prefix}:here", words("styles-page", page=page + 1, pages=pages), disabled=True)
    return discord.ui.ActionRow(previous, here, following)


def _best(outcome: Outcome, words: Words) -> str:
    """The best places. If nobody voted, nobody has won, whatever the places are."""
    challenge, entries = outcome.challenge, outcome.entries
    lines = [words("results-nobody-voted")] if challenge.is_without_votes else []
    if challenge.was_uncontested and len(entries) == 1:
        lines.append(words("challenge-one-entry"))
    lines += _about_first_place(challenge, entries, words)
    lines += [place_line(challenge, entry, words) for entry in entries[:MAX_BEST]]
    if (more := len(entries) - MAX_BEST) > 0:
        lines.append(words("results-more", count=more))
    if challenge.winner_role_id is not None and winners_of(challenge, entries):
        lines.append(words("challenge-rule-winner", role=f"<@&{challenge.winner_role_id}>"))
    return "\n".join(lines)


def _about_first_place(challenge: Challenge, entries: Sequence[Entry], words: Words) -> list[str]:
    """Whether organizers chose the winner, and whether the winning entry is gone."""
    lines = [words("results-tie-decided")] if challenge.is_tie_decided else []
    if entries and not challenge.is_without_votes and place_of(entries[0]) > 1:
        lines.append(words("results-winner-gone"))
    return lines


def _numbers(challenge: Challenge, entries: int, words: Words) -> str:
    lines = [numbers_of(challenge, entries, words)]
    if challenge.votes_cast and challenge.voting is Voting.DUELS:
        lines.append(f"-# {words('results-intervals')}")
    if challenge.ballots_sha256 is not None:
        lines.append(f"-# {words('results-hash', sha256=challenge.ballots_sha256)}")
    return "\n".join(lines)
