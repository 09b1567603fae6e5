"""What organizers are asked before they change a running challenge, and what they read afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import discord
from discord.utils import format_dt

from bot.cards.buttons import back_out_button, button
from bot.cards.card import ACCENT, DANGER, DONE, Item, layout, note
from bot.cards.challenge.buttons import CHALLENGE, PREFIX
from bot.cards.forms import MAX_FORM_TITLE_LENGTH
from bot.challenges.challenge import Challenge, Phase
from bot.words import Words
from bot.words.text import shortened
from bot.words.values import Escaped

KEEP_ID = f"{PREFIX}:keep"
MOVE_PATTERN = f"{PREFIX}:move:{CHALLENGE}"
EXTEND_PATTERN = (
    f"{PREFIX}:extend:{CHALLENGE}:(?P<phase>scheduled|open|voting):(?P<before>[0-9]{{1,11}}):(?P<until>[0-9]{{1,11}})"
)
END_PATTERN = f"{PREFIX}:end:{CHALLENGE}:(?P<phase>open|voting)"
CANCEL_PATTERN = f"{PREFIX}:cancel:{CHALLENGE}"
REASON = "reason"
"""The only field of the form that cancels a challenge."""
MAX_REASON_LENGTH = 400

TIME_KEYS: Mapping[str, str] = {
    "opens_at": "challenge-extend-opening",
    "closes_at": "challenge-extend-entries",
    "ends_at": "challenge-extend-voting",
}
"""How a time and the one that replaces it are written, by the column of the challenge."""
END_QUESTION_KEYS: Mapping[Phase, str] = {
    Phase.OPEN: "challenge-end-entries-question",
    Phase.VOTING: "challenge-end-voting-question",
}
UNCONTESTED_QUESTION_KEYS: Mapping[int, str] = {
    0: "challenge-end-without-entries-question",
    1: "challenge-end-with-one-entry-question",
}
"""Instead, if there are too few entries for a vote: by how many."""
END_DONE_KEYS: Mapping[Phase, str] = {
    Phase.OPEN: "challenge-end-entries-done",
    Phase.VOTING: "challenge-end-voting-done",
}


def move_button(challenge_id: str, words: Words) -> Item:
    """A button that shows a challenge in the channel where it is pressed."""
    return button(f"{PREFIX}:move:{challenge_id}", words("button-move-here"))


def moved_card(challenge: Challenge, words: Words) -> discord.ui.LayoutView:
    """Say that a challenge is shown here now."""
    return note(words("challenge-move-done", title=Escaped(challenge.title)), accent=DONE)


def extend_question(before: Challenge, after: Challenge, words: Words) -> discord.ui.LayoutView:
    """Ask whether to end a phase later, with every time that would change."""
    old, new = before.next_change_at or before.ends_at, after.next_change_at or after.ends_at
    lines = [words("challenge-extend-question", title=Escaped(before.title)), *_changed_times(before, after, words)]
    custom_id = (
        f"{PREFIX}:extend:{before.challenge_id}:{before.phase.value}:{int(old.timestamp())}:{int(new.timestamp())}"
    )
    extend = button(custom_id, words("button-extend"), style=discord.ButtonStyle.primary)
    return _question("\n".join(lines), extend, words, accent=ACCENT)


def extended_card(challenge: Challenge, words: Words) -> discord.ui.LayoutView:
    """Say until when a phase goes on now."""
    date = format_dt(challenge.next_change_at or challenge.ends_at, "F")
    return note(words("challenge-extend-done", title=Escaped(challenge.title), date=date), accent=DONE)


def end_question(challenge: Challenge, words: Words, *, entries: int, unreviewed: int = 0) -> discord.ui.LayoutView:
    """Ask whether to close entries or voting at once.

    `entries` is how many there would be to vote on, and `unreviewed` how many of them no moderator has accepted yet.
    """
    custom_id = f"{PREFIX}:end:{challenge.challenge_id}:{challenge.phase.value}"
    end = button(custom_id, words("button-end-now"), style=discord.ButtonStyle.danger)
    key = END_QUESTION_KEYS[challenge.phase]
    if challenge.phase is Phase.OPEN:
        key = UNCONTESTED_QUESTION_KEYS.get(entries, key)
    text = words(key, title=Escaped(challenge.title))
    if unreviewed:
        text += f"\n{words('challenge-end-unreviewed', count=unreviewed)}"
    return _question(text, end, words, accent=DANGER)


def ended_card(challenge: Challenge, words: Words) -> discord.ui.LayoutView:
    """Say what is closed. `challenge` is as it was before."""
    return note(words(END_DONE_KEYS[challenge.phase], title=Escaped(challenge.title)), accent=DONE)


def cancel_form(challenge: Challenge, reason: str | None, words: Words) -> discord.ui.Modal:
    """The form that cancels a challenge when it is sent, with the reason that everybody will read."""
    title = shortened(words("form-challenge-cancel-title", title=challenge.title), MAX_FORM_TITLE_LENGTH)
    form = discord.ui.Modal(title=title, custom_id=f"{PREFIX}:cancel:{challenge.challenge_id}")
    field = discord.ui.TextInput[Any](
        custom_id=REASON,
        style=discord.TextStyle.long,
        default=shortened(reason, MAX_REASON_LENGTH) if reason else None,
        required=False,
        max_length=MAX_REASON_LENGTH,
    )
    label, description = words("field-cancel-reason"), words("field-cancel-reason-description")
    form.add_item(discord.ui.Label(text=label, description=description, component=field))
    return form


def canceled_card(challenge: Challenge, words: Words) -> discord.ui.LayoutView:
    """Say that a challenge is canceled."""
    return note(words("challenge-cancel-done", title=Escaped(challenge.title)))


def unchanged_card(words: Words) -> discord.ui.LayoutView:
    """Say that nothing has changed."""
    return note(words("challenge-unchanged"))


def _changed_times(before: Challenge, after: Challenge, words: Words) -> list[str]:
    times = [(key, getattr(before, column), getattr(after, column)) for column, key in TIME_KEYS.items()]
    return [words(key, before=format_dt(old, "F"), after=format_dt(new, "F")) for key, old, new in times if old != new]


def _question(text: str, yes: Item, words: Words, *, accent: discord.Color) -> discord.ui.LayoutView:
    no = back_out_button(KEEP_ID, words)
    return layout(discord.ui.TextDisplay(text), discord.ui.ActionRow(yes, no), accent=accent)
