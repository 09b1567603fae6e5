"""Star and Unstar: a member's favorites among their own paintings, which are kept longer."""

from __future__ import annotations

from bot.cards.buttons import FAVORITE_PATTERN, STAR_PATTERN
from bot.cards.favorites import favorite_card
from bot.commands.answers import acknowledge
from bot.commands.controls import Control
from bot.commands.interaction import AtelierInteraction
from bot.errors import NotInHistory, NotYours
from bot.painting.job import JobState
from bot.words import words_of


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


class StarButton(Control, template=STAR_PATTERN):
    """Adds the painting above it to its owner's favorites. Pressed again, it changes nothing."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        await acknowledge(interaction)
        await set_favorite(interaction, self._match["job_id"], is_favorite=True)
        card = favorite_card(self._match["job_id"], words_of(interaction), is_favorite=True)
        await interaction.followup.send(view=card, ephemeral=True)


class FavoriteButton(Control, template=FAVORITE_PATTERN):
    """Stars or unstars, on the card that says which."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        await acknowledge(interaction)
        await set_favorite(interaction, self._match["job_id"], is_favorite=self._match["state"] == "on")
        card = favorite_card(self._match["job_id"], words_of(interaction), is_favorite=self._match["state"] == "on")
        await interaction.edit_original_response(view=card)


FAVORITES = (StarButton, FavoriteButton)
"""The buttons below a result, and below the answer to it."""
