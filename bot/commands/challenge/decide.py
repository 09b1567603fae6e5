"""Organizers decide a tie for first place: on the challenge's server, or where they were asked in a direct message."""

from __future__ import annotations

from bot.cards.challenge.decision import (
    AWARD_PATTERN,
    CHOOSE_PATTERN,
    DECIDE_PATTERN,
    MENU_SIZE,
    award_card,
    awarded_card,
    decide_card,
)
from bot.challenges.challenge import Challenge, Phase
from bot.challenges.entry import Entry
from bot.commands.answers import acknowledge
from bot.commands.cards import show_card
from bot.commands.challenge.rights import check_organizer
from bot.commands.controls import Control
from bot.commands.interaction import AtelierInteraction
from bot.errors import NotTiedForFirst, TieDecided
from bot.messages.card import Card, CardFile
from bot.words import words_of


class DecideButton(Control, template=DECIDE_PATTERN):
    """Shows the tied entries, in an answer that only the organizer sees."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        page = int(self._match["page"])
        await _acknowledge(interaction)
        challenge = await _tied_challenge(interaction, self._match["challenge_id"])
        tied = await _tied(interaction, challenge)
        pages = max(1, -(-len(tied) // MENU_SIZE))
        page = min(page, pages - 1)
        shown = tied[page * MENU_SIZE : (page + 1) * MENU_SIZE]
        sheet = await _sheet(interaction, shown)
        await show_card(interaction, decide_card(challenge, shown, page, pages, sheet, words_of(interaction)))


class ChooseSelect(Control, template=CHOOSE_PATTERN):
    """Asks whether the chosen entry is the winner."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        [number] = self.item.values
        await acknowledge(interaction)
        challenge = await _tied_challenge(interaction, self._match["challenge_id"])
        entry = next((one for one in await _tied(interaction, challenge) if str(one.number) == number), None)
        if entry is None:
            raise NotTiedForFirst
        await show_card(
            interaction, award_card(challenge, entry, await _sheet(interaction, [entry]), words_of(interaction))
        )


class AwardButton(Control, template=AWARD_PATTERN):
    """Makes an entry the winner."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        number = int(self._match["number"])
        await acknowledge(interaction)
        challenge = await _tied_challenge(interaction, self._match["challenge_id"])
        await interaction.client.studio.results.decide(challenge, number)
        await show_card(interaction, Card(awarded_card(challenge, number, words_of(interaction))))


DECIDING = (DecideButton, ChooseSelect, AwardButton)


async def _acknowledge(interaction: AtelierInteraction) -> None:
    """Reply below a card that stays; otherwise edit the card with the button."""
    message = interaction.message
    is_private = message is not None and message.flags.ephemeral
    await acknowledge(interaction, thinking=not is_private, ephemeral=True)


async def _tied_challenge(interaction: AtelierInteraction, challenge_id: str) -> Challenge:
    """The challenge, if this member may decide it now. Raises `NotAnOrganizer` and `TieDecided`."""
    challenge = await interaction.client.studio.entering.challenge(challenge_id)
    if interaction.user.id != challenge.organizer_id:
        check_organizer(interaction, challenge)
    if challenge.phase is not Phase.DECIDING:
        raise TieDecided
    return challenge


async def _tied(interaction: AtelierInteraction, challenge: Challenge) -> list[Entry]:
    """The entries that share the first place, by number: nothing says which one is stronger."""
    entries = await interaction.client.studio.entries.of_challenge(challenge.challenge_id)
    return [entry for entry in entries if entry.standing is not None and entry.standing.place == 1]


async def _sheet(interaction: AtelierInteraction, entries: list[Entry]) -> CardFile | None:
    """A picture of entries with their numbers."""
    drawing = interaction.client.studio.exports.drawing
    jobs = await drawing.jobs.many([entry.job_id for entry in entries])
    sheet = await drawing.sheet(entries, jobs)
    if sheet is None:
        return None
    name = "-".join(str(entry.number) for entry in entries[:1])
    return CardFile.of(f"entries-{name}.jpg", sheet, is_spoiler=any(job.is_spoiler for job in jobs.values()))
