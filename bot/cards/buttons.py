"""The buttons of paintings: labels, and custom IDs that hold all a press needs, so that buttons survive restarts.

`bot/commands/buttons.py` matches the IDs with the patterns here, and handles the presses.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import discord

from bot.cards.card import Item
from bot.painting.job import Variation
from bot.words import Words

JOB = "(?P<job_id>[0-9a-f]{32})"
"""Matches a job in the ID of a button, as a group."""
_OWNER = "(?P<owner_id>[0-9]{1,20})"


class OwnerAction(StrEnum):
    """What owners and moderators can do with a button."""

    CANCEL = "cancel"
    """Cancel a job that waits or is being painted."""
    DELETE = "delete"
    """Delete a painting."""


OWNER_ACTION_PATTERN = f"atelier:(?P<action>{'|'.join(OwnerAction)}):{JOB}:{_OWNER}"
CONFIRM_DELETE_PATTERN = f"atelier:delete:yes:{JOB}:{_OWNER}:(?P<message_id>[0-9]{{1,20}})"
KEEP_ID = "atelier:delete:no"
SHOW_PATTERN = f"atelier:show:{JOB}"
STAR_PATTERN = f"atelier:star:{JOB}"
"""Below a result; the answer is a card of its own."""
FAVORITE_PATTERN = f"atelier:favorite:(?P<state>on|off):{JOB}"
"""On that card, which it changes."""
SAVE_STYLE_PATTERN = f"atelier:save-style:{JOB}"
"""A button of earlier versions; the menu has it now."""
EDIT_PATTERN = f"atelier:edit:{JOB}"

OWNER_ACTION_KEYS: Mapping[OwnerAction, str] = {
    OwnerAction.CANCEL: "button-cancel",
    OwnerAction.DELETE: "button-delete",
}
VARIATION_KEYS: Mapping[Variation, str] = {
    Variation.AGAIN: "button-again",
    Variation.STRONGER: "button-stronger",
    Variation.WEAKER: "button-weaker",
    Variation.HD: "button-hd",
    Variation.SWAP: "button-swap",
    Variation.RETRY: "button-retry",
}
"""The variations that need nothing but the job."""
VARIATION_PATTERN = f"atelier:(?P<variation>{'|'.join(VARIATION_KEYS)}):{JOB}"


def owner_button(action: OwnerAction, job_id: str, owner_id: int, words: Words) -> Item:
    """A button that cancels a job, or asks whether to delete its painting."""
    style = discord.ButtonStyle.danger if action is OwnerAction.DELETE else discord.ButtonStyle.secondary
    return button(f"atelier:{action}:{job_id}:{owner_id}", words(OWNER_ACTION_KEYS[action]), style=style)


def confirm_delete_button(job_id: str, owner_id: int, message_id: int, words: Words) -> Item:
    """A button that deletes a painting and its message."""
    custom_id = f"atelier:delete:yes:{job_id}:{owner_id}:{message_id}"
    return button(custom_id, words("button-delete"), style=discord.ButtonStyle.danger)


def variation_button(variation: Variation, job_id: str, words: Words) -> Item:
    """A button that paints the pictures of a job again, slightly differently."""
    return button(f"atelier:{variation}:{job_id}", words(VARIATION_KEYS[variation]))


def show_button(job_id: str, number: int, words: Words) -> Item:
    """A button that shows a painting that couldn't be delivered, in the place where it is pressed."""
    return button(f"atelier:show:{job_id}", words("button-show", number=number))


def edit_button(job_id: str, words: Words) -> Item:
    """A button that opens the form of a painting's options."""
    return button(f"atelier:edit:{job_id}", words("button-edit"))


def star_button(job_id: str, words: Words) -> Item:
    """A button below a result that adds it to its owner's favorites."""
    return button(f"atelier:star:{job_id}", words("button-star"))


def favorite_button(job_id: str, words: Words, *, is_favorite: bool) -> Item:
    """A button that stars a painting or, if it is a favorite, unstars it."""
    if is_favorite:
        return button(f"atelier:favorite:off:{job_id}", words("button-unstar"))
    return button(f"atelier:favorite:on:{job_id}", words("button-star"))


def back_out_button(custom_id: str, words: Words) -> Item:
    """A button that answers a question with no."""
    return button(custom_id, words("button-back-out"))


def button(
    custom_id: str,
    label: str,
    *,
    style: discord.ButtonStyle = discord.ButtonStyle.secondary,
    disabled: bool = False,
) -> Item:
    """A button of a card."""
    return discord.ui.Button[discord.ui.LayoutView](label=label, style=style, custom_id=custom_id, disabled=disabled)
