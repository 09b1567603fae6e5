"""The buttons of jobs and results. All they know stands in their ids, so they work after any restart."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar, Self

import discord

from bot.commands.answers import answering_presses
from bot.jobs.job import Job, Variation

if TYPE_CHECKING:
    from bot.client import AtelierInteraction

_Button = discord.ui.Button[Any]

_JOB = "(?P<job_id>[0-9a-f]{32})"
_OWNER = "(?P<owner_id>[0-9]{1,20})"


class CancelButton(discord.ui.DynamicItem[_Button], template=f"atelier:cancel:{_JOB}:{_OWNER}"):
    """Stops a job that waits or is being painted: for its owner and moderators."""

    def __init__(self, job_id: str, owner_id: int) -> None:
        super().__init__(_Button(label="Cancel", custom_id=f"atelier:cancel:{job_id}:{owner_id}"))
        self._job_id = job_id
        self._owner_id = owner_id

    @classmethod
    def of(cls, job: Job) -> Self:
        """The button for this job."""
        return cls(job.job_id, job.owner_id)

    @classmethod
    async def from_custom_id(cls, _interaction: Any, _item: Any, match: re.Match[str], /) -> Self:
        """The button that was pressed."""
        return cls(match["job_id"], int(match["owner_id"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Cancel."""
        pressed: AtelierInteraction = interaction
        async with answering_presses(pressed):
            await pressed.client.studio.cancel(pressed, self._job_id, owner_id=self._owner_id)


class DeleteButton(discord.ui.DynamicItem[_Button], template=f"atelier:delete:{_JOB}:{_OWNER}"):
    """Takes a painting away: for its owner and moderators."""

    def __init__(self, job_id: str, owner_id: int) -> None:
        super().__init__(
            _Button(label="Delete", style=discord.ButtonStyle.danger, custom_id=f"atelier:delete:{job_id}:{owner_id}")
        )
        self._job_id = job_id
        self._owner_id = owner_id

    @classmethod
    def of(cls, job: Job) -> Self:
        """The button for this job's painting."""
        return cls(job.job_id, job.owner_id)

    @classmethod
    async def from_custom_id(cls, _interaction: Any, _item: Any, match: re.Match[str], /) -> Self:
        """The button that was pressed."""
        return cls(match["job_id"], int(match["owner_id"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Delete."""
        pressed: AtelierInteraction = interaction
        async with answering_presses(pressed):
            await pressed.client.studio.delete(pressed, self._job_id, owner_id=self._owner_id)


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


BUTTONS = (CancelButton, DeleteButton, VariationButton)
