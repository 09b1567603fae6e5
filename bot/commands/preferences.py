"""`/preferences`: what a member chooses for themselves, on every server."""

from __future__ import annotations

import re
from typing import Any, Self

import discord
from discord import app_commands

from bot.cards.preferences import (
    DEFAULT,
    MENU_PATTERN,
    RESET_ID,
    STRENGTH_KEYS,
    SWITCH_PATTERN,
    ZONE_ID,
    Menu,
    Switch,
    preferences_card,
    preferences_zone_form,
)
from bot.clock.zones import parse_zone
from bot.commands.answers import acknowledge, answering_presses
from bot.commands.forms import Filled, Form, show_form
from bot.commands.interaction import AtelierInteraction
from bot.errors import ButtonOutdated
from bot.painting.job import AS_CONTENT, Colors
from bot.servers.rules import SIZES_PX
from bot.storage.servers import Notify
from bot.words import locale_of, localized, words_of
from stylizer.recipe import recipe_names


@app_commands.command(name="preferences", description=localized("command-preferences"))
async def preferences(interaction: AtelierInteraction) -> None:
    """Show what the member has chosen, to be changed."""
    await interaction.response.send_message(view=_card(interaction), ephemeral=True)


class PreferenceMenu(discord.ui.DynamicItem[discord.ui.Select[Any]], template=MENU_PATTERN):
    """A menu of the card."""

    def __init__(self, select: discord.ui.Select[Any], match: re.Match[str]) -> None:
        super().__init__(select)
        self._menu = Menu(match["menu"])

    @classmethod
    async def from_custom_id(cls, _interaction: Any, item: Any, match: re.Match[str], /) -> Self:
        """The menu that was used."""
        return cls(item, match)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Save what was chosen."""
        async with answering_presses(interaction):
            [chosen] = self.item.values
            await _change(interaction, **_choice(self._menu, chosen))


class PreferenceSwitch(discord.ui.DynamicItem[discord.ui.Button[Any]], template=SWITCH_PATTERN):
    """A button of the card that switches something on or off."""

    def __init__(self, button: discord.ui.Button[Any], match: re.Match[str]) -> None:
        super().__init__(button)
        self._switch = Switch(match["switch"])
        self._is_on = match["state"] == "on"

    @classmethod
    async def from_custom_id(cls, _interaction: Any, item: Any, match: re.Match[str], /) -> Self:
        """The button that was pressed."""
        return cls(item, match)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Save it."""
        async with answering_presses(interaction):
            await _change(interaction, **{SWITCHED[self._switch]: self._is_on})


class ResetPreferences(discord.ui.DynamicItem[discord.ui.Button[Any]], template=RESET_ID):
    """The button that forgets everything that the member has chosen."""

    @classmethod
    async def from_custom_id(cls, _interaction: Any, item: Any, _match: re.Match[str], /) -> Self:
        """The button that was pressed."""
        return cls(item)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Forget it."""
        pressed: AtelierInteraction = interaction
        async with answering_presses(pressed):
            await acknowledge(pressed)
            await pressed.client.studio.preferences.forget(pressed.user.id)
            await pressed.edit_original_response(view=_card(pressed))


class PreferredZone(discord.ui.DynamicItem[discord.ui.Button[Any]], template=ZONE_ID):
    """The button that asks for the member's time zone."""

    @classmethod
    async def from_custom_id(cls, _interaction: Any, item: Any, _match: re.Match[str], /) -> Self:
        """The button that was pressed."""
        return cls(item)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Show the form."""
        pressed: AtelierInteraction = interaction
        async with answering_presses(pressed):
            chosen = pressed.client.studio.preferences.of(pressed.user.id)
            await show_form(pressed, preferences_zone_form(chosen, words_of(pressed)))


class PreferredZoneForm(Form):
    """Saves the member's time zone. An empty field means the server's."""

    template = re.compile(ZONE_ID)

    @classmethod
    async def submit(cls, interaction: AtelierInteraction, _match: re.Match[str], filled: Filled) -> None:
        """Save the zone. Raises `NotATimeZone`."""
        await _change(interaction, time_zone=written_zone(interaction, filled))


PREFERENCES = (PreferenceMenu, PreferenceSwitch, ResetPreferences, PreferredZone)
"""The controls on the card."""

SWITCHED = {
    Switch.TIMELAPSE: "wants_timelapse",
    Switch.PRIVATE: "private_answers",
}
"""The preference that each button switches."""


def written_zone(interaction: AtelierInteraction, filled: Filled) -> str | None:
    """The key of the time zone in a form; None if the field is empty. Raises `NotATimeZone`."""
    written = filled.text("zone").strip()
    return parse_zone(written, language=locale_of(interaction)).key if written else None


def _choice(menu: Menu, chosen: str) -> dict[str, Any]:
    """A menu's choice as a change of preferences. Raises `ButtonOutdated` for one that no current menu offers."""
    is_default = chosen == DEFAULT
    match menu:
        case Menu.RECIPE if is_default or chosen in recipe_names():
            return {"recipe_name": None if is_default else chosen}
        case Menu.SIZE if is_default or chosen in map(str, (AS_CONTENT, *SIZES_PX)):
            return {"size_px": None if is_default else int(chosen)}
        case Menu.STRENGTH if chosen in {f"{strength:g}" for strength in STRENGTH_KEYS}:
            strength = float(chosen)
            return {"style_strength": None if strength == 1 else strength}
        case Menu.COLORS if chosen in set(Colors):
            return {"colors": Colors(chosen)}
        case Menu.NOTIFY if is_default or chosen in set(Notify):
            return {"notify": None if is_default else Notify(chosen)}
    raise ButtonOutdated


async def _change(interaction: AtelierInteraction, **changes: Any) -> None:
    await acknowledge(interaction)
    await interaction.client.studio.preferences.change(interaction.user.id, **changes)
    await interaction.edit_original_response(view=_card(interaction))


def _card(interaction: AtelierInteraction) -> discord.ui.LayoutView:
    studio = interaction.client.studio
    chosen = studio.preferences.of(interaction.user.id)
    server = studio.servers.settings_of(interaction.guild_id)
    return preferences_card(chosen, server, interaction.created_at, words_of(interaction))
