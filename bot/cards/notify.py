"""The choices of when owners are mentioned."""

from __future__ import annotations

from collections.abc import Mapping

import discord

from bot.storage.servers import Notify
from bot.words import Words

NOTIFY_KEYS: Mapping[Notify, str] = {
    Notify.LONG: "choice-notify-long",
    Notify.ALWAYS: "choice-notify-always",
    Notify.NEVER: "choice-notify-never",
}


def notify_options(chosen: Notify | None, words: Words) -> list[discord.SelectOption]:
    """The choices of a menu."""
    return [
        discord.SelectOption(label=words(key), value=notify, default=notify is chosen)
        for notify, key in NOTIFY_KEYS.items()
    ]
