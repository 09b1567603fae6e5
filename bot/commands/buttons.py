"""The buttons of jobs and results. All they know stands in their ids, so they work after any restart."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Self

import discord

from bot.commands.answers import answering_presses
from bot.jobs.job import Variation

if TYPE_CHECKING:
    from bot.client import AtelierInteraction

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
    """Takes a job or its painting away: for its owner and moderators."""

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
        """Cancel the job, or delete the painting."""
        pressed: AtelierInteraction = interaction
        async with answering_presses(pressed):
            studio = pressed.client.studio
            take_away = studio.cancel if self._end is End.CANCEL else studio.delete
            await take_away(pressed, self._job_id, owner_id=self._owner_id)


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
            await pressed.client.studio.vary(pressed, self._job_id, self._variation)


BUTTONS = (EndButton, VariationButton)
