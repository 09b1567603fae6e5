"""The buttons of paintings: their labels and their ids, which say everything, so that they work after a restart.

`bot/commands/buttons.py` matches the ids with the patterns here, and reacts.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import discord

from bot.cards.card import Item
from bot.painting.job import Variation
from bot.words import Words

_JOB = "(?P<job_id>[0-9a-f]{32})"
_OWNER = "(?P<owner_id>[0-9]{1,20})"


class End(StrEnum):
    """What a button ends."""

    CANCEL = "cancel"
    """A job that waits or is being painted."""
    DELETE = "delete"
    """A painting."""


END_PATTERN = f"atelier:(?P<end>{'|'.join(End)}):{_JOB}:{_OWNER}"
CONFIRM_DELETE_PATTERN = f"atelier:delete:yes:{_JOB}:{_OWNER}:(?P<message_id>[0-9]{{1,20}})"
KEEP_ID = "atelier:delete:no"
VARIATION_PATTERN = f"atelier:(?P<variation>{'|'.join(Variation)}):{_JOB}"
SHOW_PATTERN = f"atelier:show:{_JOB}"

END_KEYS: Mapping[End, str] = {End.CANCEL: "button-cancel", End.DELETE: "button-delete"}
VARIATION_KEYS: Mapping[Variation, str] = {
    Variation.AGAIN: "button-again",
    Variation.STRONGER: "button-stronger",
    Variation.WEAKER: "button-weaker",
    Variation.HD: "button-hd",
    Variation.SWAP: "button-swap",
    Variation.RETRY: "button-retry",
}


def end_button(end: End, job_id: str, owner_id: int, words: Words) -> Item:
    """Cancels a job, or asks whether to delete its painting."""
    style = discord.ButtonStyle.danger if end is End.DELETE else discord.ButtonStyle.secondary
    return button(f"atelier:{end}:{job_id}:{owner_id}", words(END_KEYS[end]), style=style)


def confirm_delete_button(job_id: str, owner_id: int, message_id: int, words: Words) -> Item:
    """Deletes a painting and its message."""
    custom_id = f"atelier:delete:yes:{job_id}:{owner_id}:{message_id}"
    return button(custom_id, words("button-delete"), style=discord.ButtonStyle.danger)


def variation_button(variation: Variation, job_id: str, words: Words) -> Item:
    """Paints the pictures of a job again, a little differently."""
    return button(f"atelier:{variation}:{job_id}", words(VARIATION_KEYS[variation]))


def show_button(job_id: str, number: int, words: Words) -> Item:
    """Shows a painting that couldn't be delivered, in the place where it is pressed."""
    return button(f"atelier:show:{job_id}", words("button-show", number=number))


def back_out_button(custom_id: str, words: Words) -> Item:
    """Answers a question with no."""
    return button(custom_id, words("button-back-out"))


def button(custom_id: str, label: str, *, style: discord.ButtonStyle = discord.ButtonStyle.secondary) -> Item:
    """A button of a card."""
    return discord.ui.Button[discord.ui.LayoutView](label=label, style=style, custom_id=custom_id)
