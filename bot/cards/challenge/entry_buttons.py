"""The buttons and menus of entries: for the member who enters, for moderators, and for everybody after the end."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import discord

from bot.cards.actions import changes_something
from bot.cards.buttons import JOB, OwnerAction, back_out_button, button
from bot.cards.card import Item
from bot.cards.challenge.buttons import CHALLENGE, PREFIX
from bot.painting.job import Job, Variation
from bot.words import Words

_ENTRY = "(?P<entry_id>[0-9a-f]{32})"
_NUMBER = "(?P<number>[0-9]{1,6})"

ENTRY_VARIATION_KEYS: Mapping[Variation, str] = {
    Variation.AGAIN: "button-another-seed",
    Variation.STRONGER: "button-stronger",
    Variation.RETRY: "button-retry",
}
"""How a painting for a challenge can be painted again: as the challenge wants it, whatever that is."""


class ReviewAction(StrEnum):
    """What moderators can do with an entry."""

    ACCEPT = "review-accept"
    REJECT = "review-reject"
    """Ask for the reason."""
    BAN = "review-ban"
    """Ask whether to ban its member from the challenge."""
    CONFIRM_BAN = "review-ban-yes"
    SHOW = "review-show"
    """Show it, or if somebody has decided about it, the next one."""
    NEXT = "review-next"


SUBMIT_PATTERN = f"{PREFIX}:submit:{CHALLENGE}:{JOB}"
ENTRY_VARIATION_PATTERN = f"{PREFIX}:(?P<variation>{'|'.join(ENTRY_VARIATION_KEYS)}):{CHALLENGE}:{JOB}"
WITHDRAW_PATTERN = f"{PREFIX}:withdraw:{CHALLENGE}:{_ENTRY}"
"""Below the painting."""
WITHDRAW_MINE_PATTERN = f"{PREFIX}:take-back:{CHALLENGE}(?::{_ENTRY})?"
"""On the card with all of a member's entries; the menu has no entry in its ID."""
ENTER_FORM_PATTERN = f"{PREFIX}:entry:{CHALLENGE}"
REVIEW_ACTION_PATTERN = f"{PREFIX}:(?P<action>{'|'.join(ReviewAction)}):{CHALLENGE}:{_ENTRY}"
REJECT_FORM_PATTERN = f"{PREFIX}:rejected:{CHALLENGE}:{_ENTRY}"
MADE_PATTERN = f"{PREFIX}:made:{CHALLENGE}:{_NUMBER}"
LIKE_PATTERN = f"{PREFIX}:like:{CHALLENGE}:{_NUMBER}"
LIKE_FORM_PATTERN = f"{PREFIX}:liked:{CHALLENGE}:{_NUMBER}"


def submit_buttons(job: Job, words: Words) -> list[Item]:
    """What the member can do with a painting for a challenge."""
    submit_id = f"{PREFIX}:submit:{job.challenge_id}:{job.job_id}"
    discard_id = f"atelier:{OwnerAction.DELETE}:{job.job_id}:{job.owner_id}"
    return [
        button(submit_id, words("button-submit"), style=discord.ButtonStyle.success),
        entry_variation_button(Variation.AGAIN, job, words),
        *(
            [entry_variation_button(Variation.STRONGER, job, words)]
            if changes_something(job, Variation.STRONGER)
            else []
        ),
        button(discard_id, words("button-discard"), style=discord.ButtonStyle.danger),
    ]


def entry_variation_button(variation: Variation, job: Job, words: Words) -> Item:
    """A button that paints a painting for a challenge again."""
    custom_id = f"{PREFIX}:{variation}:{job.challenge_id}:{job.job_id}"
    return button(custom_id, words(ENTRY_VARIATION_KEYS[variation]))


def withdraw_button(challenge_id: str, entry_id: str, words: Words) -> Item:
    """A button below a painting that takes it out of the challenge."""
    return button(f"{PREFIX}:withdraw:{challenge_id}:{entry_id}", words("button-withdraw"))


def review_buttons(challenge_id: str, entry_id: str, words: Words, *, has_more: bool) -> list[Item]:
    """What moderators can do with an entry."""
    buttons = [
        _review(ReviewAction.ACCEPT, challenge_id, entry_id, words("button-accept"), discord.ButtonStyle.success),
        _review(ReviewAction.REJECT, challenge_id, entry_id, words("button-reject")),
        _review(ReviewAction.BAN, challenge_id, entry_id, words("button-ban"), discord.ButtonStyle.danger),
    ]
    return [*buttons, _review(ReviewAction.NEXT, challenge_id, entry_id, words("button-next"))] if has_more else buttons


def ban_buttons(challenge_id: str, entry_id: str, words: Words) -> list[Item]:
    """The answers to the question whether to ban a member."""
    back_id = f"{PREFIX}:{ReviewAction.SHOW}:{challenge_id}:{entry_id}"
    ban = _review(ReviewAction.CONFIRM_BAN, challenge_id, entry_id, words("button-ban-yes"), discord.ButtonStyle.danger)
    return [ban, back_out_button(back_id, words)]


def made_button(challenge_id: str, number: int, words: Words) -> Item:
    """A button that shows how an entry was made."""
    return button(f"{PREFIX}:made:{challenge_id}:{number}", words("button-made"))


def like_button(challenge_id: str, number: int, words: Words) -> Item:
    """A button that paints a member's own picture as an entry was painted."""
    custom_id = f"{PREFIX}:like:{challenge_id}:{number}"
    return button(custom_id, words("button-paint-like"), style=discord.ButtonStyle.primary)


def _review(
    action: ReviewAction,
    challenge_id: str,
    entry_id: str,
    label: str,
    style: discord.ButtonStyle = discord.ButtonStyle.secondary,
) -> Item:
    return button(f"{PREFIX}:{action}:{challenge_id}:{entry_id}", label, style=style)
