"""The buttons of jobs, results and the question before a delete. Their ids say it all: they work after restarts."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any, ClassVar, Self

import discord

from bot.cards.card import Item
from bot.cards.delete import delete_question, deleted_card, not_deleted_card
from bot.commands.answers import answering_presses
from bot.commands.cancel import cancel
from bot.commands.delete import check_delete, delete
from bot.commands.interaction import AtelierInteraction
from bot.commands.requests import show_undelivered, vary
from bot.painting.job import Variation

_Button = discord.ui.Button[Any]

_JOB = "(?P<job_id>[0-9a-f]{32})"
_OWNER = "(?P<owner_id>[0-9]{1,20})"


class End(StrEnum):
    """What a button takes away."""

    CANCEL = "cancel"
    """A job that waits or is being painted."""
    DELETE = "delete"
    """A painting."""


class EndButton(discord.ui.DynamicItem[_Button], template=f"atelier:(?P<end>{'|'.join(End)}):{_JOB}:{_OWNER}"):
    """Stops a job, or asks whether its painting shall be deleted: for its owner and moderators."""

    STYLES: ClassVar[dict[End, discord.ButtonStyle]] = {
        End.CANCEL: discord.ButtonStyle.secondary,
        End.DELETE: discord.ButtonStyle.danger,
    }

    def __init__(self, end: End, job_id: str, owner_id: int) -> None:
        custom_id = f"atelier:{end}:{job_id}:{owner_id}"
        super().__init__(_Button(label=end.capitalize(), style=self.STYLES[end], custom_id=custom_id))
        self._end = end
        self._job_id = job_id
        self._owner_id = owner_id

    @classmethod
    async def from_custom_id(cls, _interaction: Any, _item: Any, match: re.Match[str], /) -> Self:
        """The button that was pressed."""
        return cls(End(match["end"]), match["job_id"], int(match["owner_id"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Cancel the job, or ask about the painting."""
        pressed: AtelierInteraction = interaction
        async with answering_presses(pressed):
            if self._end is End.CANCEL:
                await cancel(pressed, self._job_id, owner_id=self._owner_id)
                return
            await check_delete(pressed, self._job_id, owner_id=self._owner_id)
            message_id = pressed.message.id if pressed.message is not None else 0
            confirm: Item = ConfirmDeleteButton(self._job_id, self._owner_id, message_id)
            card = delete_question(delete=confirm, keep=KeepButton.new())
            await pressed.followup.send(view=card, ephemeral=True)


class ConfirmDeleteButton(
    discord.ui.DynamicItem[_Button], template=f"atelier:delete:yes:{_JOB}:{_OWNER}:(?P<message_id>[0-9]{{1,20}})"
):
    """Deletes a painting and its message, for whoever was asked."""

    def __init__(self, job_id: str, owner_id: int, message_id: int) -> None:
        custom_id = f"atelier:delete:yes:{job_id}:{owner_id}:{message_id}"
        super().__init__(_Button(label="Delete", style=discord.ButtonStyle.danger, custom_id=custom_id))
        self._job_id = job_id
        self._owner_id = owner_id
        self._message_id = message_id

    @classmethod
    async def from_custom_id(cls, _interaction: Any, _item: Any, match: re.Match[str], /) -> Self:
        """The button that was pressed."""
        return cls(match["job_id"], int(match["owner_id"]), int(match["message_id"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Delete, and say so in place of the question."""
        pressed: AtelierInteraction = interaction
        async with answering_presses(pressed):
            await delete(pressed, self._job_id, owner_id=self._owner_id, message_id=self._message_id)
            await pressed.edit_original_response(view=deleted_card())


class KeepButton(discord.ui.DynamicItem[_Button], template="atelier:delete:no"):
    """Leaves a painting as it is."""

    @classmethod
    def new(cls) -> Self:
        """The button."""
        return cls(_Button(label="Cancel", custom_id="atelier:delete:no"))

    @classmethod
    async def from_custom_id(cls, _interaction: Any, item: Any, _match: re.Match[str], /) -> Self:
        """The one that was pressed."""
        return cls(item)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Say so in place of the question."""
        pressed: AtelierInteraction = interaction
        async with answering_presses(pressed):
            await pressed.response.edit_message(view=not_deleted_card())


class VariationButton(discord.ui.DynamicItem[_Button], template=f"atelier:(?P<variation>{'|'.join(Variation)}):{_JOB}"):
    """Paints the pictures of a job anew, a little differently: for whoever presses it, on their account."""

    LABELS: ClassVar[dict[Variation, str]] = {
        Variation.AGAIN: "Again",
        Variation.STRONGER: "Stronger style",
        Variation.WEAKER: "Weaker style",
        Variation.HD: "HD",
        Variation.SWAP: "Swap",
        Variation.RETRY: "Try again",
    }

    def __init__(self, variation: Variation, job_id: str) -> None:
        super().__init__(_Button(label=self.LABELS[variation], custom_id=f"atelier:{variation}:{job_id}"))
        self._variation = variation
        self._job_id = job_id

    @classmethod
    async def from_custom_id(cls, _interaction: Any, _item: Any, match: re.Match[str], /) -> Self:
        """The button that was pressed."""
        return cls(Variation(match["variation"]), match["job_id"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Accept the variation as a new job."""
        pressed: AtelierInteraction = interaction
        async with answering_presses(pressed):
            await vary(pressed, self._job_id, self._variation)


class ShowButton(discord.ui.DynamicItem[_Button], template=f"atelier:show:{_JOB}"):
    """Shows a painting that could not be delivered, in the place where it is pressed: for its owner."""

    def __init__(self, job_id: str, *, number: int = 1) -> None:
        super().__init__(_Button(label=f"Show painting {number}", custom_id=f"atelier:show:{job_id}"))
        self._job_id = job_id

    @classmethod
    async def from_custom_id(cls, _interaction: Any, _item: Any, match: re.Match[str], /) -> Self:
        """The button that was pressed."""
        return cls(match["job_id"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Deliver the painting here."""
        pressed: AtelierInteraction = interaction
        async with answering_presses(pressed):
            await show_undelivered(pressed, self._job_id)


BUTTONS = (ShowButton, EndButton, ConfirmDeleteButton, KeepButton, VariationButton)
