"""Star and Unstar: a member's favorites among their own paintings, which are kept longer."""

from __future__ import annotations

import re
from typing import Any, Self

import discord

from bot.cards.buttons import FAVORITE_PATTERN, STAR_PATTERN
from bot.cards.favorites import favorite_card
from bot.commands.answers import acknowledge, answering_presses
from bot.commands.interaction import AtelierInteraction
from bot.errors import NotInHistory, NotYours
from bot.painting.job import JobState
from bot.words import words_of

_Button = discord.ui.Button[Any]


async def set_favorite(interaction: AtelierInteraction, job_id: str, *, is_favorite: bool) -> None:
    """Star a painting of the member's, or unstar it. Raises `NotInHistory`, `NotYours` and `TooManyFavorites`."""
    studio, member_id = interaction.client.studio, interaction.user.id
    job = await studio.records.get(job_id)
    if job is None or job.state is JobState.DELETED:
        raise NotInHistory
    if job.owner_id != member_id:
        raise NotYours("star", job.owner_id)
    if is_favorite:
        await studio.favorites.add(member_id, job_id)
    else:
        await studio.favorites.remove(member_id, job_id)


class StarButton(discord.ui.DynamicItem[_Button], template=STAR_PATTERN):
    """Adds the painting above it to its owner's favorites. Pressed again, it changes nothing."""

    def __init__(self, button: _Button, match: re.Match[str]) -> None:
        super().__init__(button)
        self._job_id = match["job_id"]

    @classmethod
    async def from_custom_id(cls, _interaction: Any, item: Any, match: re.Match[str], /) -> Self:
        """The button that was pressed."""
        return cls(item, match)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Star it, and say so to the member alone."""
        pressed: AtelierInteraction = interaction
        async with answering_presses(pressed):
            await acknowledge(pressed)
            await set_favorite(pressed, self._job_id, is_favorite=True)
            card = favorite_card(self._job_id, words_of(pressed), is_favorite=True)
            await pressed.followup.send(view=card, ephemeral=True)


class FavoriteButton(discord.ui.DynamicItem[_Button], template=FAVORITE_PATTERN):
    """Stars or unstars, on the card that says which."""

    def __init__(self, button: _Button, match: re.Match[str]) -> None:
        super().__init__(button)
        self._job_id = match["job_id"]
        self._is_on = match["state"] == "on"

    @classmethod
    async def from_custom_id(cls, _interaction: Any, item: Any, match: re.Match[str], /) -> Self:
        """The button that was pressed."""
        return cls(item, match)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Change it, and the card."""
        pressed: AtelierInteraction = interaction
        async with answering_presses(pressed):
            await acknowledge(pressed)
            await set_favorite(pressed, self._job_id, is_favorite=self._is_on)
            card = favorite_card(self._job_id, words_of(pressed), is_favorite=self._is_on)
            await pressed.edit_original_response(view=card)


FAVORITES = (StarButton, FavoriteButton)
"""The buttons below a result, and below the answer to it."""
