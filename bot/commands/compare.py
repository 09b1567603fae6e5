""" "Compare" below a painting: next to its content, and as a GIF. Only the member who asks sees it."""

from __future__ import annotations

from bot.cards.comparison import comparison_card
from bot.commands.answers import acknowledge
from bot.commands.cards import show_card
from bot.commands.interaction import AtelierInteraction
from bot.commands.painting import painting_to_vary
from bot.commands.studio import Studio
from bot.errors import PaintingForgotten
from bot.painting.job import Job
from bot.words import words_of
from stylizer.pool import Comparison

MAX_COMPARISONS = 2
"""At the same time; others wait."""
COMPARED_PX = 1024
"""The longest side of each picture in a comparison: two of them fill any screen."""
GIF_LIMIT_BYTES = 8 * 2**20
"""With the sheet, it fits every request."""


async def compare(interaction: AtelierInteraction, job_id: str) -> None:
    """Show a painting next to its content, which another process decodes.

    Raises `PaintingForgotten`, `VariationsByOwnerOnly` (others don't see the content large), a `PictureError` or a
    `PoolError`.
    """
    studio, words = interaction.client.studio, words_of(interaction)
    await acknowledge(interaction, thinking=True, ephemeral=True)
    job = await painting_to_vary(interaction, job_id)
    async with studio.comparing:
        made = await _compared(studio, job, gif_limit_bytes=min(GIF_LIMIT_BYTES, interaction.filesize_limit))
    card = comparison_card(job, side_by_side=made.side_by_side, wipe=made.wipe, words=words)
    await show_card(interaction, card)


async def _compared(studio: Studio, job: Job, *, gif_limit_bytes: int) -> Comparison:
    painting, store = job.result("painting"), studio.pictures.store
    content = await store.read(job.input("content").sha256 or "")
    painted = None if painting is None else await store.read(painting.sha256)
    if content is None or painted is None:
        raise PaintingForgotten
    return await studio.engine.make_comparison(
        content, painted, longest_side_px=COMPARED_PX, gif_limit_bytes=gif_limit_bytes
    )
