"""Handles presses on the buttons of paintings. All they need is in the custom IDs, so buttons survive restarts."""

from __future__ import annotations

import re
from typing import Any, Self

import discord

from bot.cards.buttons import (
    CONFIRM_DELETE_PATTERN,
    KEEP_ID,
    OWNER_ACTION_PATTERN,
    SHOW_PATTERN,
    VARIATION_PATTERN,
    OwnerAction,
)
from bot.cards.delete import delete_question, deleted_card, not_deleted_card
from bot.commands.answers import answering_presses
from bot.commands.cancel import cancel
from bot.commands.delete import check_delete, delete
from bot.commands.interaction import AtelierInteraction
from bot.commands.requests import show_undelivered, vary
from bot.painting.job import Variation
from bot.words import words_of

_Button = discord.ui.Button[Any]


class OwnerButton(discord.ui.DynamicItem[_Button], template=OWNER_ACTION_PATTERN):
    """Cancels a job, or asks whether to delete its painting, for its owner and moderators."""

    def __init__(self, button: _Button, match: re.Match[str]) -> None:
        super().__init__(button)
        self._action = OwnerAction(match["action"])
        self._job_id = match["job_id"]
        self._owner_id = int(match["owner_id"])

    @classmethod
    async def from_custom_id(cls, _interaction: Any, item: Any, match: re.Match[str], /) -> Self:
        """The button that was pressed."""
        return cls(item, match)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Cancel the job, or ask whether to delete the painting."""
        pressed: AtelierInteraction = interaction
        async with answering_presses(pressed):
            if self._action is OwnerAction.CANCEL:
                await cancel(pressed, self._job_id, owner_id=self._owner_id)
                return
            message_id = await check_delete(pressed, self._job_id, owner_id=self._owner_id)
            card = delete_question(self._job_id, self._owner_id, message_id, words_of(pressed))
            await pressed.followup.send(view=card, ephemeral=True)


class ConfirmDeleteButton(discord.ui.DynamicItem[_Button], template=CONFIRM_DELETE_PATTERN):
    """Deletes a painting and its message, for the member who was asked."""

    def __init__(self, button: _Button, match: re.Match[str]) -> None:
        super().__init__(button)
        self._job_id = match["job_id"]
        self._owner_id = int(match["owner_id"])
        self._message_id = int(match["message_id"])

    @classmethod
    async def from_custom_id(cls, _interaction: Any, item: Any, match: re.Match[str], /) -> Self:
        """The button that was pressed."""
        return cls(item, match)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Delete, and say so in place of the question."""
        pressed: AtelierInteraction = interaction
        async with answering_presses(pressed):
            await delete(pressed, self._job_id, owner_id=self._owner_id, message_id=self._message_id)
            await pressed.edit_original_response(view=deleted_card(words_of(pressed)))


class KeepButton(discord.ui.DynamicItem[_Button], template=KEEP_ID):
    """Leaves a painting as it is."""

    @classmethod
    async def from_custom_id(cls, _interaction: Any, item: Any, _match: re.Match[str], /) -> Self:
        """The button that was pressed."""
        return cls(item)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Say so in place of the question."""
        pressed: AtelierInteraction = interaction
        async with answering_presses(pressed):
            await pressed.response.edit_message(view=not_deleted_card(words_of(pressed)))


class VariationButton(discord.ui.DynamicItem[_Button], template=VARIATION_PATTERN):
    """Paints the pictures of a job again, slightly differently, for the member who presses it."""

    def __init__(self, button: _Button, match: re.Match[str]) -> None:
        super().__init__(button)
        self._variation = Variation(match["variation"])
        self._job_id = match["job_id"]

    @classmethod
    async def from_custom_id(cls, _interaction: Any, item: Any, match: re.Match[str], /) -> Self:
        """The button that was pressed."""
        return cls(item, match)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Accept the variation as a new job."""
        pressed: AtelierInteraction = interaction
        async with answering_presses(pressed):
            await vary(pressed, self._job_id, self._variation)


class ShowButton(discord.ui.DynamicItem[_Button], template=SHOW_PATTERN):
    """Shows its owner a painting that couldn't be delivered, in the place where it is pressed."""

    def __init__(self, button: _Button, match: re.Match[str]) -> None:
        super().__init__(button)
        self._job_id = match["job_id"]

    @classmethod
    async def from_custom_id(cls, _interaction: Any, item: Any, match: re.Match[str], /) -> Self:
        """The button that was pressed."""
        return cls(item, match)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Deliver the painting here."""
        pressed: AtelierInteraction = interaction
        async with answering_presses(pressed):
            await show_undelivered(pressed, self._job_id)


BUTTONS = (ShowButton, OwnerButton, ConfirmDeleteButton, KeepButton, VariationButton)
