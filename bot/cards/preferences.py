"""The card of a member's preferences: what applies now, each above what changes it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

import discord

from bot.cards.buttons import button
from bot.cards.card import ACCENT, MAX_OPTION_LENGTH, Item, layout
from bot.cards.forms import COLORS_CHOICE_KEYS, LOOK_KEYS
from bot.cards.notify import NOTIFY_KEYS, notify_options
from bot.cards.time_zone import zone_form, zone_now, zone_section
from bot.clock.zones import zone_named
from bot.painting.job import AS_CONTENT, Colors
from bot.servers.rules import SIZES_PX
from bot.servers.zone import zone_of
from bot.storage.preferences import NO_PREFERENCES, MemberPreferences
from bot.storage.servers import ServerSettings
from bot.words import Words
from bot.words.recipes import RecipeTitle
from bot.words.text import shortened
from stylizer.recipe import load_recipe, recipe_names

DEFAULT = "default"
"""The choice that leaves it to the server or the recipe."""
STRENGTH_KEYS: Mapping[float, str] = {
    strength: key for (strength, colors), key in sorted(LOOK_KEYS.items()) if colors is Colors.STYLE
}
"""The strengths that the forms offer too."""


class Menu(StrEnum):
    """What a menu of the card changes."""

    RECIPE = "recipe"
    SIZE = "size"
    STRENGTH = "strength"
    COLORS = "colors"
    NOTIFY = "notify"


class Switch(StrEnum):
    """What a button of the card switches on or off."""

    TIMELAPSE = "timelapse"
    PRIVATE = "private"


MENU_PATTERN = f"atelier:preferences:(?P<menu>{'|'.join(Menu)})"
SWITCH_PATTERN = f"atelier:preferences:(?P<switch>{'|'.join(Switch)}):(?P<state>on|off)"
RESET_ID = "atelier:preferences:reset"
ZONE_ID = "atelier:preferences:zone"
"""Of the button, and of the form that it opens."""

SWITCH_KEYS: Mapping[Switch, str] = {
    Switch.TIMELAPSE: "preferences-timelapse",
    Switch.PRIVATE: "preferences-private",
}
STATE_KEYS: Mapping[bool, str] = {True: "state-on", False: "state-off"}


def preferences_card(
    chosen: MemberPreferences, server: ServerSettings, now: datetime, words: Words
) -> discord.ui.LayoutView:
    """What the member has chosen. `server` is what applies where they look if they have chosen nothing."""
    reset = button(
        RESET_ID,
        words("button-reset-preferences"),
        style=discord.ButtonStyle.danger,
        disabled=chosen == NO_PREFERENCES,
    )
    return layout(
        discord.ui.TextDisplay(words("preferences-title")),
        discord.ui.TextDisplay(words("preferences-recipe", choice=_recipe(chosen, server, words))),
        _menu(Menu.RECIPE, _recipe_options(chosen, words)),
        discord.ui.TextDisplay(words("preferences-size", choice=_size(chosen, words))),
        _menu(Menu.SIZE, _size_options(chosen, words)),
        discord.ui.TextDisplay(words("preferences-strength", choice=_strength(chosen, words))),
        _menu(Menu.STRENGTH, _strength_options(chosen, words)),
        discord.ui.TextDisplay(words("preferences-colors", choice=words(COLORS_CHOICE_KEYS[chosen.colors]))),
        _menu(Menu.COLORS, _colors_options(chosen, words)),
        _switch(Switch.TIMELAPSE, words, is_on=chosen.wants_timelapse),
        discord.ui.TextDisplay(words("preferences-notify", choice=_notify(chosen, server, words))),
        _menu(Menu.NOTIFY, _notify_options(chosen, words)),
        _switch(Switch.PRIVATE, words, is_on=chosen.private_answers),
        zone_section(ZONE_ID, words("preferences-time-zone", choice=_zone(chosen, server, now, words)), words),
        discord.ui.ActionRow(reset),
        accent=ACCENT,
    )


def preferences_zone_form(chosen: MemberPreferences, words: Words) -> discord.ui.Modal:
    """The form for the member's time zone. An empty field means the server's."""
    return zone_form(ZONE_ID, words("field-time-zone-description"), chosen.time_zone, words)


def _menu(menu: Menu, options: list[discord.SelectOption]) -> Item:
    select = discord.ui.Select[Any](custom_id=f"atelier:preferences:{menu}", options=options)
    return discord.ui.ActionRow(select)


def _switch(switch: Switch, words: Words, *, is_on: bool) -> Item:
    """A line that says what applies, next to the button that changes it."""
    custom_id = f"atelier:preferences:{switch}:{'off' if is_on else 'on'}"
    change = button(custom_id, words("button-turn-off" if is_on else "button-turn-on"))
    return discord.ui.Section(words(SWITCH_KEYS[switch], state=words(STATE_KEYS[is_on])), accessory=change)


def _recipe(chosen: MemberPreferences, server: ServerSettings, words: Words) -> str:
    title = RecipeTitle(load_recipe(chosen.recipe_name or server.recipe_name)).in_words(words)
    if chosen.recipe_name is not None:
        return title
    return title if server.guild_id is None else words("preferences-here", choice=title)


def _size(chosen: MemberPreferences, words: Words) -> str:
    if chosen.size_px is None:
        return words("choice-size-recipe")
    if chosen.size_px == AS_CONTENT:
        return words("choice-size-content")
    return words("size", longest_side_px=chosen.size_px)


def _strength(chosen: MemberPreferences, words: Words) -> str:
    key = STRENGTH_KEYS.get(1.0 if chosen.style_strength is None else chosen.style_strength)
    return words.number(chosen.style_strength or 0) if key is None else words(key)


def _notify(chosen: MemberPreferences, server: ServerSettings, words: Words) -> str:
    if chosen.notify is not None:
        return words(NOTIFY_KEYS[chosen.notify])
    if server.guild_id is None:
        return words("choice-server-default")
    return words("preferences-here", choice=words(NOTIFY_KEYS[server.notify]))


def _zone(chosen: MemberPreferences, server: ServerSettings, now: datetime, words: Words) -> str:
    zone = zone_now(zone_of(chosen, server), now, words)
    is_servers = zone_named(chosen.time_zone) is None and server.guild_id is not None
    return words("preferences-here", choice=zone) if is_servers else zone


def _recipe_options(chosen: MemberPreferences, words: Words) -> list[discord.SelectOption]:
    recipes = [
        discord.SelectOption(
            label=shortened(RecipeTitle(load_recipe(name)).in_words(words), MAX_OPTION_LENGTH),
            value=name,
            default=name == chosen.recipe_name,
        )
        for name in recipe_names()
    ]
    return [_default(words("choice-server-default"), chosen.recipe_name), *recipes]


def _size_options(chosen: MemberPreferences, words: Words) -> list[discord.SelectOption]:
    sizes = [
        discord.SelectOption(
            label=words("size", longest_side_px=size_px), value=str(size_px), default=size_px == chosen.size_px
        )
        for size_px in SIZES_PX
    ]
    as_content = discord.SelectOption(
        label=words("choice-size-content"), value=str(AS_CONTENT), default=chosen.size_px == AS_CONTENT
    )
    return [_default(words("choice-size-recipe"), chosen.size_px), as_content, *sizes]


def _strength_options(chosen: MemberPreferences, words: Words) -> list[discord.SelectOption]:
    strength = 1.0 if chosen.style_strength is None else chosen.style_strength
    return [
        discord.SelectOption(label=words(key), value=f"{each:g}", default=each == strength)
        for each, key in STRENGTH_KEYS.items()
    ]


def _colors_options(chosen: MemberPreferences, words: Words) -> list[discord.SelectOption]:
    return [
        discord.SelectOption(label=words(key), value=colors, default=colors is chosen.colors)
        for colors, key in COLORS_CHOICE_KEYS.items()
    ]


def _notify_options(chosen: MemberPreferences, words: Words) -> list[discord.SelectOption]:
    return [_default(words("choice-server-default"), chosen.notify), *notify_options(chosen.notify, words)]


def _default(label: str, chosen: object) -> discord.SelectOption:
    return discord.SelectOption(label=shortened(label, MAX_OPTION_LENGTH), value=DEFAULT, default=chosen is None)
