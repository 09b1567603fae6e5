"""Handles "Edit…" and the menu below paintings. All they need is in their custom IDs, so they survive restarts."""

from __future__ import annotations

from bot.cards.actions import ACTIONS_PATTERN, VARIATIONS, Action
from bot.cards.buttons import EDIT_PATTERN
from bot.commands.answers import acknowledge
from bot.commands.compare import compare
from bot.commands.controls import Control
from bot.commands.edit import ask_for_edit
from bot.commands.interaction import AtelierInteraction
from bot.commands.original import show_original
from bot.commands.requests import vary
from bot.commands.share import share
from bot.commands.styles import ask_how_to_save_of
from bot.errors import ButtonOutdated


class EditButton(Control, template=EDIT_PATTERN):
    """Opens the form of a painting, for the member who presses it."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        await ask_for_edit(interaction, self._match["job_id"])


class ActionsMenu(Control, template=ACTIONS_PATTERN):
    """Does with a painting what a member chooses."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        if not self.item.values:
            await acknowledge(interaction)
            return
        [chosen] = self.item.values
        if chosen not in set(Action):
            raise ButtonOutdated
        await self._do(interaction, Action(chosen))

    async def _do(self, interaction: AtelierInteraction, action: Action) -> None:
        match action:
            case Action.COMPARE:
                await compare(interaction, self._match["job_id"])
            case Action.ORIGINAL:
                await show_original(interaction, self._match["job_id"])
            case Action.SAVE_STYLE:
                await ask_how_to_save_of(interaction, self._match["job_id"])
            case Action.SHARE:
                await share(interaction, self._match["job_id"])
            case _:
                await vary(interaction, self._match["job_id"], VARIATIONS[action])


ACTIONS = (EditButton, ActionsMenu)
