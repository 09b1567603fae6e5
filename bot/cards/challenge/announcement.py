"""The card of a challenge: what it asks for, how far it has come, and what members can do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import discord
from discord.utils import escape_mentions, format_dt

from bot.cards.card import ACCENT, DANGER, DONE, MAX_TEXT_LENGTH, QUIET, Item, layout
from bot.cards.challenge.buttons import phase_buttons
from bot.challenges.announcement import Announcement
from bot.challenges.challenge import Challenge, FixedPicture, Moved, Phase, Voting
from bot.messages.card import Card
from bot.painting.job import InputRole
from bot.words import Words
from bot.words.recipes import RecipeTitle
from bot.words.text import shortened
from bot.words.values import Escaped
from stylizer.recipe import load_recipe, recipe_names

PHASE_COLORS: Mapping[Phase, discord.Color] = {Phase.CANCELED: DANGER, Phase.ENDED: DONE, Phase.SCHEDULED: QUIET}
"""The colors of cards, where they aren't the usual one."""
CURRENT_KEYS: Mapping[Phase, str] = {
    Phase.SCHEDULED: "challenge-scheduled",
    Phase.OPEN: "challenge-open",
    Phase.VOTING: "challenge-voting",
}
"""What is going on, in the phases that end by themselves."""
FIXED_KEYS: Mapping[InputRole, str] = {"content": "challenge-rule-content", "style": "challenge-rule-style"}
FIXED_UNNAMED_KEYS: Mapping[InputRole, str] = {
    "content": "challenge-rule-content-unnamed",
    "style": "challenge-rule-style-unnamed",
}
MOVED_KEYS: Mapping[Moved, str] = {Moved.EXTENDED: "challenge-extended", Moved.DELAYED: "challenge-delayed"}
MAX_REASON_LENGTH = 500
"""How much of a reason is shown."""
MAX_NAME_LENGTH = 100
"""How much of a picture's name is shown."""


def announcement_card(
    announcement: Announcement, words: Words, *, problem: str | None = None, buttons: Sequence[Item] = ()
) -> Card:
    """The card of a challenge; for its organizers, with what keeps it from being shown, and with buttons for them."""
    challenge, pictures = announcement.challenge, announcement.pictures
    title = f"# {Escaped(challenge.title).in_words(words)}"
    rules = [f"- {rule}" for rule in _rules(challenge, words)]
    organizer = f"-# {words('challenge-organizer', organizer_id=challenge.organizer_id)}"
    details = "\n".join([*_progress(announcement, words), "", *rules, "", organizer])
    room = MAX_TEXT_LENGTH - len(f"{title}\n{details}{problem or ''}")
    items: list[Item] = [discord.ui.TextDisplay(f"{title}\n{_shortened(challenge.theme, room, words)}")]
    shown = [fixed for fixed in challenge.fixed if fixed.role in pictures]
    if shown:
        gallery = [
            discord.MediaGalleryItem(
                pictures[fixed.role].uri, description=_alt(fixed, words), spoiler=pictures[fixed.role].is_spoiler
            )
            for fixed in shown
        ]
        items.append(discord.ui.MediaGallery[Any](*gallery))
    items.append(discord.ui.TextDisplay(details))
    if problem is not None:
        items.append(discord.ui.TextDisplay(problem))
    items += [
        discord.ui.ActionRow(*row) for row in (phase_buttons(challenge, announcement.entries, words), buttons) if row
    ]
    view = layout(*items, accent=PHASE_COLORS.get(challenge.phase, ACCENT))
    return Card(view, tuple(pictures[fixed.role] for fixed in shown))


def phase_line(challenge: Challenge, words: Words) -> str:
    """How far a challenge has come: `**Entries are open** until Friday (in 3 days).`"""
    if (ends_at := challenge.next_change_at) is not None:
        return words(CURRENT_KEYS[challenge.phase], date=_date(ends_at), countdown=_countdown(ends_at))
    if challenge.phase is Phase.COUNTING:
        return words("challenge-counting")
    if challenge.phase is Phase.DECIDING:
        return words("challenge-deciding")
    ended_at = _date(challenge.ended_at or challenge.ends_at)
    return words("challenge-canceled" if challenge.phase is Phase.CANCELED else "challenge-ended", date=ended_at)


def _progress(announcement: Announcement, words: Words) -> list[str]:
    challenge = announcement.challenge
    closes_at, ends_at = challenge.closes_at, challenge.ends_at
    lines = [phase_line(challenge, words)]
    if challenge.phase is Phase.SCHEDULED:
        lines.append(words("challenge-closes", date=_date(closes_at), countdown=_countdown(closes_at)))
    if challenge.phase in {Phase.SCHEDULED, Phase.OPEN}:
        lines.append(words("challenge-ends", date=_date(ends_at), countdown=_countdown(ends_at)))
    if challenge.was_uncontested and announcement.entries < 2:
        lines.append(words("challenge-one-entry" if announcement.entries else "challenge-no-entries"))
    elif challenge.phase is Phase.ENDED and not announcement.entries:
        lines.append(words("challenge-entries-gone"))
    elif challenge.phase is not Phase.SCHEDULED:
        lines.append(words("challenge-entries", count=announcement.entries))
    if challenge.cancel_reason and challenge.phase is Phase.CANCELED:
        reason = _shortened(challenge.cancel_reason, MAX_REASON_LENGTH, words)
        lines.append(words("challenge-cancel-reason", reason=reason))
    if challenge.moved is not None and challenge.is_running:
        lines.append(f"-# {words(MOVED_KEYS[challenge.moved])}")
    return lines


def _rules(challenge: Challenge, words: Words) -> list[str]:
    rules = [_fixed(fixed, words) for fixed in challenge.fixed]
    if (name := challenge.recipe_name) is not None:
        recipe = RecipeTitle(load_recipe(name)) if name in recipe_names() else name
        rules.append(words("challenge-rule-recipe", recipe=recipe))
    rules.append(words("challenge-rule-entries", count=challenge.entries_per_member))
    if challenge.is_reviewed:
        rules.append(words("challenge-rule-reviewed"))
    if challenge.voting is Voting.DUELS:
        rules.append(words("challenge-rule-duels"))
    else:
        rules.append(words("challenge-rule-favorites", count=challenge.votes_per_member))
    if challenge.min_account_days:
        rules.append(words("challenge-rule-account", count=challenge.min_account_days))
    if challenge.voter_role_id is not None:
        rules.append(words("challenge-rule-voters", role=f"<@&{challenge.voter_role_id}>"))
    if challenge.winner_role_id is not None:
        rules.append(words("challenge-rule-winner", role=f"<@&{challenge.winner_role_id}>"))
    return rules


def _fixed(fixed: FixedPicture, words: Words) -> str:
    if fixed.name is None:
        return words(FIXED_UNNAMED_KEYS[fixed.role])
    return words(FIXED_KEYS[fixed.role], name=Escaped(shortened(fixed.name, MAX_NAME_LENGTH)))


def _alt(fixed: FixedPicture, words: Words) -> str:
    if fixed.name is None:
        return words("alt-content-unnamed" if fixed.role == "content" else "alt-style-unnamed")
    return words("alt-content" if fixed.role == "content" else "alt-style", name=escape_mentions(fixed.name))


def _date(moment: datetime) -> str:
    return format_dt(moment, "F")


def _countdown(moment: datetime) -> str:
    return format_dt(moment, "R")


def _shortened(text: str, max_length: int, words: Words) -> str:
    """A member's text as it was written, cut if it is too long with everything that has to be escaped in it."""
    length = min(len(text), max_length)
    while length > 0 and len(said := Escaped(shortened(text, length)).in_words(words)) > max_length:
        length -= max(1, (len(said) - max_length) // 2)
    return said if length > 0 else ""
