"""The card of a member's preferences."""

from __future__ import annotations

from typing import Any

import discord

from bot.cards.card import ACCENT, layout
from bot.cards.notify import NOTIFY_KEYS, notify_options
from bot.storage.servers import Notify
from bot.words import Words

NOTIFY_ID = "atelier:preferences:notify"
SERVER_DEFAULT = "server"
"""The choice that leaves it to the server."""


def preferences_card(chosen: Notify | None, server: Notify | None, words: Words) -> discord.ui.LayoutView:
    """What the member has chosen, above the menu that changes it.

    `server` is what applies here to members who have chosen nothing; None outside of servers.
    """
    if chosen is not None:
        now = words("preferences-notify", choice=words(NOTIFY_KEYS[chosen]))
    elif server is not None:
        now = words("preferences-notify-here", choice=words(NOTIFY_KEYS[server]))
    else:
        now = words("preferences-notify", choice=words("choice-notify-server"))
    options = [
        discord.SelectOption(label=words("choice-notify-server"), value=SERVER_DEFAULT, default=chosen is None),
        *notify_options(chosen, words),
    ]
    return layout(
        discord.ui.TextDisplay(words("preferences-title")),
        discord.ui.TextDisplay(now),
        discord.ui.ActionRow(discord.ui.Select[Any](custom_id=NOTIFY_ID, options=options)),
        accent=ACCENT,
    )
