"""What the cards of preferences and of servers have in common about time zones: a line, a button and a form."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import discord

from bot.cards.buttons import button
from bot.cards.card import Item
from bot.clock.zones import zone_name, zone_named
from bot.words import Words
from bot.words.values import TimeOfDay

MAX_ZONE_LENGTH = 64
"""What a member can write, and what the database keeps."""


def zone_section(custom_id: str, line: str, words: Words) -> Item:
    """The line about a time zone, next to the button that opens the form."""
    return discord.ui.Section(line, accessory=button(custom_id, words("button-time-zone")))


def zone_now(zone: ZoneInfo, now: datetime, words: Words) -> str:
    """The zone, and what clocks show there."""
    return words("time-zone-now", zone=zone_name(zone), time=TimeOfDay(now.astimezone(zone)))


def zone_form(custom_id: str, description: str, chosen: str | None, words: Words) -> discord.ui.Modal:
    """The form for a time zone, filled in with the one that was chosen before. An empty field means none."""
    form = discord.ui.Modal(title=words("form-time-zone-title"), custom_id=custom_id)
    zone = zone_named(chosen)
    written = discord.ui.TextInput[Any](
        custom_id="zone",
        default=None if zone is None else zone_name(zone),
        required=False,
        max_length=MAX_ZONE_LENGTH,
    )
    form.add_item(discord.ui.Label(text=words("field-time-zone"), description=description, component=written))
    return form
