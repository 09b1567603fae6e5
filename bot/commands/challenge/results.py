"""All places of a challenge that has ended, page by page, for any member who asks."""

from __future__ import annotations

from bot.cards.challenge.buttons import RESULTS_PATTERN
from bot.cards.challenge.results import PLACES_PATTERN, places_card
from bot.challenges.outcome import ranked
from bot.commands.answers import acknowledge
from bot.commands.cards import show_card
from bot.commands.challenge.option import check_ended, pressed_challenge
from bot.commands.controls import Control
from bot.commands.interaction import AtelierInteraction
from bot.errors import NoResults
from bot.messages.card import Card
from bot.words import words_of


class ResultsButton(Control, template=RESULTS_PATTERN):
    """Shows the first page."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        await acknowledge(interaction, thinking=True, ephemeral=True)
        await _show(interaction, self._match["challenge_id"], 0)


class PlacesButton(Control, template=PLACES_PATTERN):
    """Shows a page: in an answer of its own below the results, which everybody sees, else where it is pressed."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        message = interaction.message
        is_private = message is not None and message.flags.ephemeral
        await acknowledge(interaction, thinking=not is_private, ephemeral=True)
        await _show(interaction, self._match["challenge_id"], int(self._match["page"]))


RESULTS = (ResultsButton, PlacesButton)


async def _show(interaction: AtelierInteraction, challenge_id: str, page: int) -> None:
    studio = interaction.client.studio
    challenge = check_ended(await pressed_challenge(interaction, challenge_id))
    entries = ranked(await studio.entries.of_challenge(challenge.challenge_id))
    if not entries:
        raise NoResults(challenge.title)
    view = places_card(challenge, entries, page, words_of(interaction), member_id=interaction.user.id)
    await show_card(interaction, Card(view))
