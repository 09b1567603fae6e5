"""Lists of challenges: pages of all of a server's, and the choice of one of several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import discord

from bot.cards.buttons import button
from bot.cards.card import ACCENT, MAX_OPTION_LENGTH, Item, layout
from bot.cards.challenge.announcement import phase_line
from bot.cards.challenge.buttons import CHALLENGE, PREFIX
from bot.challenges.challenge import Challenge, Phase
from bot.storage.challenges import ChallengePage
from bot.words import Words
from bot.words.text import shortened
from bot.words.values import Escaped

PAGE_SIZE = 8
PICK_ID = f"{PREFIX}:pick"
PAGE_PATTERN = f"{PREFIX}:page:(?P<direction>newer|older):{CHALLENGE}"

PHASE_NAME_KEYS: Mapping[Phase, str] = {
    Phase.SCHEDULED: "challenge-phase-scheduled",
    Phase.OPEN: "challenge-phase-open",
    Phase.VOTING: "challenge-phase-voting",
    Phase.COUNTING: "challenge-phase-counting",
    Phase.DECIDING: "challenge-phase-deciding",
    Phase.ENDED: "challenge-phase-ended",
    Phase.CANCELED: "challenge-phase-canceled",
}
"""What the phases of announced challenges are called."""


def option_label(title: str, phase: Phase, words: Words) -> str:
    """A challenge in a menu or a suggestion: `Harbors at night · voting`."""
    name = words(PHASE_NAME_KEYS[phase])
    return f"{shortened(title, MAX_OPTION_LENGTH - len(name) - 3)} · {name}"


def list_card(page: ChallengePage, words: Words) -> discord.ui.LayoutView:
    """A page of a server's challenges, newest first."""
    items: list[Item] = [discord.ui.TextDisplay(words("challenges-title"))]
    if not page.challenges:
        items.append(discord.ui.TextDisplay(words("challenges-none")))
        return layout(*items, accent=ACCENT)
    items += [discord.ui.TextDisplay(_line(challenge, words)) for challenge in page.challenges]
    items.append(discord.ui.ActionRow(_menu(page.challenges, words)))
    if page.has_newer or page.has_older:
        first, last = page.challenges[0].challenge_id, page.challenges[-1].challenge_id
        newer = button(f"{PREFIX}:page:newer:{first}", words("button-history-newer"), disabled=not page.has_newer)
        older = button(f"{PREFIX}:page:older:{last}", words("button-history-older"), disabled=not page.has_older)
        items.append(discord.ui.ActionRow(newer, older))
    return layout(*items, accent=ACCENT)


def pick_card(challenges: Sequence[Challenge], words: Words) -> discord.ui.LayoutView:
    """Ask which of several challenges to show: 25 at most."""
    return layout(
        discord.ui.TextDisplay(words("challenges-pick")),
        discord.ui.ActionRow(_menu(challenges, words)),
        accent=ACCENT,
    )


def _line(challenge: Challenge, words: Words) -> str:
    return f"**{Escaped(challenge.title).in_words(words)}**\n{phase_line(challenge, words)}"


def _menu(challenges: Sequence[Challenge], words: Words) -> Item:
    options = [
        discord.SelectOption(
            label=option_label(each.title, each.phase, words),
            value=each.challenge_id,
            description=shortened(" ".join(each.theme.split()), MAX_OPTION_LENGTH),  # those of a series share a title
        )
        for each in challenges
    ]
    return discord.ui.Select[Any](custom_id=PICK_ID, options=options, placeholder=words("select-challenge"))
