"""My entries: what a member has entered, and taking it back. Nobody else sees it."""

from __future__ import annotations

from collections.abc import Iterable

from bot.cards.challenge.buttons import MINE_PATTERN
from bot.cards.challenge.entry_buttons import WITHDRAW_MINE_PATTERN
from bot.cards.challenge.mine import mine_card, shown_entries
from bot.challenges.challenge import Challenge, Phase
from bot.challenges.entry import Entry
from bot.commands.answers import acknowledge
from bot.commands.cards import show_card
from bot.commands.controls import Control
from bot.commands.interaction import AtelierInteraction
from bot.files.store import Lease
from bot.messages.card import CardFile
from bot.painting.job import JobState
from bot.painting.result_files import stored_thumbnail
from bot.words import words_of


async def show_mine(interaction: AtelierInteraction, challenge: Challenge, *, is_new: bool = False) -> None:
    """Show members their entries in the answer to an acknowledged interaction.

    `is_new` says that one of them was submitted just now.
    """
    studio = interaction.client.studio
    entries = await studio.entries.of_member(challenge.challenge_id, interaction.user.id)
    with studio.pictures.store.lease() as lease:
        card = mine_card(
            challenge,
            entries,
            await _pictures(interaction, shown_entries(entries), lease),
            words_of(interaction),
            is_open=challenge.phase is Phase.OPEN and studio.entering.now() < challenge.closes_at,
            is_new=is_new,
            is_banned=await studio.entries.is_banned(challenge.challenge_id, interaction.user.id),
        )
        await show_card(interaction, card)


class MineButton(Control, template=MINE_PATTERN):
    """Shows members their entries."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        await acknowledge(interaction, thinking=True, ephemeral=True)
        await show_mine(interaction, await interaction.client.studio.entering.challenge(self._match["challenge_id"]))


class WithdrawMineControl(Control, template=WITHDRAW_MINE_PATTERN):
    """Takes an entry back, on the card with all of them."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        entering, entry_id = interaction.client.studio.entering, self._match["entry_id"]
        if entry_id is None:
            [entry_id] = self.item.values
        await acknowledge(interaction)
        challenge = await entering.challenge(self._match["challenge_id"])
        await entering.withdraw(challenge, entry_id, interaction.user.id)
        await show_mine(interaction, challenge)


MINE = (MineButton, WithdrawMineControl)
"""The button on a challenge's card, and the controls of the answer."""


async def _pictures(interaction: AtelierInteraction, entries: Iterable[Entry], lease: Lease) -> dict[str, CardFile]:
    """The small pictures of these entries that are there, by the ID of the job, leased."""
    studio = interaction.client.studio
    jobs = await studio.records.many([entry.job_id for entry in entries])
    found = {
        job_id: await stored_thumbnail(studio.pictures.store, job, lease)
        for job_id, job in jobs.items()
        if job.state is not JobState.DELETED
    }
    return {job_id: file for job_id, file in found.items() if file is not None}
