"""How a member is answered when what they asked for cannot be done: one sentence, for their eyes only."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import discord
import structlog

from bot.commands.interaction import AtelierInteraction
from bot.errors import NETWORK_ERRORS, SOMETHING_WENT_WRONG, AtelierError, sentence_for
from stylizer.pool import StylizerError

log = structlog.get_logger()


ALREADY_ACKNOWLEDGED = 40060
"""Discord's code for a second answer to one interaction."""
ACKNOWLEDGE_AGAIN_AFTER_SECONDS = (0.0, 0.2, 0.5, 1.0)
"""Three seconds after the interaction Discord takes no acknowledgement any more."""


async def acknowledge(interaction: AtelierInteraction, *, thinking: bool = False) -> int | None:
    """Tell Discord that an answer will come, or that a press was seen; the id of the message that thinks, where known.

    Tried again where the network fails: if only the answer was lost on its way, a later try learns that.
    """
    waits = iter(ACKNOWLEDGE_AGAIN_AFTER_SECONDS)
    while True:
        try:
            answer = await interaction.response.defer(thinking=thinking)
        except NETWORK_ERRORS:
            if (wait_seconds := next(waits, None)) is None:
                raise
            await asyncio.sleep(wait_seconds)
        except discord.HTTPException as error:
            if error.code != ALREADY_ACKNOWLEDGED:
                raise
            return None
        else:
            return None if answer is None else answer.message_id


async def tell(interaction: AtelierInteraction, sentence: str) -> None:
    """Show the member one sentence that nobody else sees, whether the interaction was answered before or not.

    A message that is still "thinking" would stand there for all, so it goes first. A member who cannot be told
    any more (the token ran out, the network is gone) is not told: nothing here raises.
    """
    try:
        if not interaction.response.is_done():
            await interaction.response.send_message(sentence, ephemeral=True)
            return
        if interaction.response.type is discord.InteractionResponseType.deferred_channel_message:
            # A follow-up would fill a message that still thinks, and be as public as that: so it is filled first.
            await interaction.edit_original_response(content="…")
            await interaction.delete_original_response()
        await interaction.followup.send(sentence, ephemeral=True)
    except (discord.HTTPException, *NETWORK_ERRORS) as error:
        log.warning("answer.lost", problem=str(error))


@asynccontextmanager
async def answering(interaction: AtelierInteraction) -> AsyncIterator[None]:
    """Tell the member what stops the block, when it is one of our own errors. Others are `tree.on_error`'s."""
    try:
        yield
    except (AtelierError, StylizerError) as error:
        log.info("refused", reason=type(error).__name__, member=interaction.user.id, guild=interaction.guild_id)
        interaction.client.metrics.refused(type(error).__name__)
        await tell(interaction, sentence_for(error))


@asynccontextmanager
async def answering_presses(interaction: AtelierInteraction) -> AsyncIterator[None]:
    """As `answering`, and for unexpected errors too: discord.py would leave a press on a button unanswered."""
    try:
        async with answering(interaction):
            yield
    except Exception:
        log.exception("press.failed", member=interaction.user.id, guild=interaction.guild_id)
        await tell(interaction, SOMETHING_WENT_WRONG)
