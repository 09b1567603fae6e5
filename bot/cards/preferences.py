"""The card of a member's preferences, and how it is said when owners are mentioned."""

from __future__ import annotations

import discord

from bot.cards.card import Item, layout
from bot.storage.servers import Notify

SETTINGS = discord.Colour(0x5865F2)
NOTIFY_LABELS = {
    Notify.LONG: "when a painting takes longer than a minute",
    Notify.ALWAYS: "for every painting",
    Notify.NEVER: "never",
}


def preferences_card(chosen: Notify | None, *, server: Notify | None, select: Item) -> discord.ui.LayoutView:
    """What the member has chosen, above what changes it.

    `server` is what holds here for members who have chosen nothing; None outside of servers.
    """
    if chosen is None:
        here = "" if server is None else f" (here {NOTIFY_LABELS[server]})"
        now = f"server default{here}"
    else:
        now = NOTIFY_LABELS[chosen]
    return layout(
        discord.ui.TextDisplay(
            "## Your preferences\nThey apply immediately, on every server, and override the server's settings."
        ),
        discord.ui.TextDisplay(f"**Mention me when a painting is done:** {now}"),
        discord.ui.ActionRow(select),
        accent=SETTINGS,
    )
