""" "Original file" below a painting: the file as it was painted. Only the member who asks sees it."""

from __future__ import annotations

from bot.cards.original import original_card
from bot.commands.answers import acknowledge
from bot.commands.cards import show_card
from bot.commands.interaction import AtelierInteraction
from bot.commands.painting import painting_of
from bot.errors import FileBeyondUploadLimit, PaintingForgotten
from bot.painting.result_files import stored_painting
from bot.words import words_of


async def show_original(interaction: AtelierInteraction, job_id: str) -> None:
    """Send the file of a painting. Raises `PaintingForgotten` and `FileBeyondUploadLimit`."""
    studio = interaction.client.studio
    await acknowledge(interaction, thinking=True, ephemeral=True)
    job = await painting_of(interaction, job_id)
    painting = job.result("painting")
    if painting is None:
        raise PaintingForgotten
    with studio.pictures.store.lease() as lease:
        file = await stored_painting(studio.pictures.store, job, lease)
        if file.size_bytes > interaction.filesize_limit:
            raise FileBeyondUploadLimit(file.size_bytes, interaction.filesize_limit)
        await show_card(interaction, original_card(painting, file, words_of(interaction)))
