"""Handles "Edit…" and the menu below paintings. All they need is in their custom IDs, so they survive restarts."""

from __future__ import annotations

import re
from typing import Any, Self

import discord

from bot.cards.actions import ACTIONS_PATTERN, VARIATIONS, Action
from bot.cards.buttons import EDIT_PATTERN
from bot.commands.answers import acknowledge, answering_presses
from bot.commands.compare import compare
from bot.commands.edit import ask_for_edit
from bot.commands.interaction import AtelierInteraction
from bot.commands.original import show_original
from bot.commands.requests import vary
from bot.commands.share import share
from bot.commands.styles import ask_how_to_save_of
from bot.errors import ButtonOutdated


class EditButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=EDIT_PATTERN):
    """Opens the form of a painting, for the member who presses it."""

    def __init__(self, button: discord.ui.Button[Any], match: re.Match[str]) -> None:
        super().__init__(button)
        self._job_id = match["job_id"]

    @classmethod
    async def from_custom_id(cls, _interaction: Any, item: Any, match: re.Match[str], /) -> Self:
        """The button that was pressed."""
        return cls(item, match)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Show the form."""
        pressed: AtelierInteraction = interaction
        async with answering_presses(pressed):
            await ask_for_edit(pressed, self._job_id)


class ActionsMenu(discord.ui.DynamicItem[discord.ui.Select[Any]], template=ACTIONS_PATTERN):
    """Does with a painting what a member chooses."""

    def __init__(self, select: discord.ui.Select[Any], match: re.Match[str]) -> None:
        super().__init__(select)
        self._job_id = match["job_id"]

    @classmethod
    async def from_custom_id(cls, _interaction: Any, item: Any, match: re.Match[str], /) -> Self:
        """The menu that was used."""
        return cls(item, match)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do it, or nothing if the choice was taken back."""
        pressed: AtelierInteraction = interaction
        async with answering_presses(pressed):
            if not self.item.values:
                await acknowledge(pressed)
                return
            [chosen] = self.item.values
            if chosen not in set(Action):
                raise ButtonOutdated
            await self._do(pressed, Action(chosen))

    async def _do(self, interaction: AtelierInteraction, action: Action) -> None:
        match action:
            case Action.COMPARE:
                await compare(interaction, self._job_id)
            case Action.ORIGINAL:
                await show_original(interaction, self._job_id)
            case Action.SAVE_STYLE:
                await ask_how_to_save_of(interaction, self._job_id)
            case Action.SHARE:
                await share(interaction, self._job_id)
            case _:
                await vary(interaction, self._job_id, VARIATIONS[action])


ACTIONS = (EditButton, ActionsMenu)
