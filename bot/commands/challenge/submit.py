"""The buttons below a painting for a challenge: Submit, paint it again, Withdraw. Only its member sees them.

Such a painting may be in a direct message, because private answers expire: so nothing here needs the server.
"""

from __future__ import annotations

from bot.cards.challenge.entry_buttons import ENTRY_VARIATION_PATTERN, SUBMIT_PATTERN, WITHDRAW_PATTERN
from bot.cards.result import result_card
from bot.challenges.entry import Entry
from bot.commands.answers import acknowledge
from bot.commands.challenge.entrants import check_entrant, check_member
from bot.commands.controls import Control
from bot.commands.interaction import AtelierInteraction
from bot.commands.painting import painting_of
from bot.commands.requests import vary
from bot.errors import AlreadyEntered, EntryGone, PaintingForgotten
from bot.messages.answer import cleared
from bot.messages.card import SPOILER_PREFIX, CardFile
from bot.painting.job import Variation
from bot.painting.thumbnails import Thumbnail, Thumbnails
from bot.words import words_of


class SubmitButton(Control, template=SUBMIT_PATTERN):
    """Makes the painting above it an entry."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        entering, job_id = interaction.client.studio.entering, self._match["job_id"]
        await acknowledge(interaction)
        challenge = await entering.challenge(self._match["challenge_id"])
        await check_member(interaction, challenge)
        try:
            entry = await entering.submit(challenge, job_id, interaction.user.id)
        except AlreadyEntered:
            for entry in await interaction.client.studio.entries.of_job(job_id):
                if entry.challenge_id == challenge.challenge_id:
                    await _show(interaction, job_id, entry)
            raise
        await _show(interaction, job_id, entry)


class WithdrawButton(Control, template=WITHDRAW_PATTERN):
    """Takes the painting above it out of the challenge."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        studio, entry_id = interaction.client.studio, self._match["entry_id"]
        await acknowledge(interaction)
        challenge = await studio.entering.challenge(self._match["challenge_id"])
        entry = await studio.entries.get(entry_id)
        if entry is None:
            raise EntryGone
        await studio.entering.withdraw(challenge, entry_id, interaction.user.id)
        await _show(interaction, entry.job_id, None)


class EntryVariationButton(Control, template=ENTRY_VARIATION_PATTERN):
    """Paints a painting for a challenge again, for the same member and the same challenge."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        challenge = await check_entrant(interaction, self._match["challenge_id"], needs_place=False)
        job = await interaction.client.studio.records.get(self._match["job_id"])
        if job is None or job.owner_id != interaction.user.id:
            raise PaintingForgotten
        await vary(interaction, job.job_id, Variation(self._match["variation"]), challenge=challenge)


SUBMITTING = (SubmitButton, WithdrawButton, EntryVariationButton)
"""The buttons below a painting for a challenge."""


async def _show(interaction: AtelierInteraction, job_id: str, entry: Entry | None) -> None:
    """Show what became of a painting, on its own card, whose files stay as they are."""
    job = await painting_of(interaction, job_id)
    result, message = job.result("painting"), interaction.message
    if result is None or message is None:
        raise PaintingForgotten
    attachments = {attachment.filename: attachment for attachment in message.attachments}
    files = {name.removeprefix(SPOILER_PREFIX): CardFile(name, b"") for name in attachments}
    painting = next((file for name, file in files.items() if name.startswith("painting.")), None)
    if painting is None:
        raise PaintingForgotten
    card = result_card(
        job,
        result,
        painting=painting,
        gif=files.get("progress.gif"),
        thumbnails=_thumbnails(files),
        words=words_of(interaction),
        entry=entry,
    )
    kept = [attachments[file.name] for file in card.files]
    await interaction.edit_original_response(**cleared(card), attachments=kept)


def _thumbnails(files: dict[str, CardFile]) -> Thumbnails:
    """The small pictures that a card shows already."""
    shown = {name: Thumbnail(file.uri, file) for name, file in files.items()}
    styles = sorted(name for name in shown if name.startswith("style"))
    return Thumbnails(shown.get("content.jpg"), tuple(shown[name] for name in styles))
