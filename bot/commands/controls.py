"""The base of buttons and menus. All they need is in their custom IDs, so they work after a restart."""

from __future__ import annotations

import re
from abc import abstractmethod
from typing import Any, Self

import discord

from bot.commands.answers import answering_presses
from bot.commands.interaction import AtelierInteraction


class Control(discord.ui.DynamicItem[Any], template="atelier:control"):
    """A button or a menu of a card, with what its custom ID says. Subclasses match their own IDs with `template`."""

    def __init__(self, item: Any, match: re.Match[str]) -> None:
        super().__init__(item)
        self._match = match

    @classmethod
    async def from_custom_id(cls, _interaction: Any, item: Any, match: re.Match[str], /) -> Self:
        """The control that was used."""
        return cls(item, match)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """React to the press. What goes wrong becomes the answer."""
        async with answering_presses(interaction):
            await self._react(interaction)

    @abstractmethod
    async def _react(self, interaction: AtelierInteraction) -> None:
        """Do what the control is for."""
