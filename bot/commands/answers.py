"""Acknowledges interactions, and answers those that fail with one sentence that only the member sees."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import discord
import structlog

from bot.commands.interaction import AtelierInteraction
from bot.errors import NETWORK_ERRORS, AtelierError
from bot.words import sentence_for, words_of
from bot.words.text import shortened
from stylizer.pool import RecipeError, StylizerError

log = structlog.get_logger()


ALREADY_ACKNOWLEDGED = 40060
"""Discord's code for a second answer to one interaction."""
MAX_MESSAGE_LENGTH = 2000
"""What Discord allows."""
ACKNOWLEDGE_RETRY_DELAYS_SECONDS = (0.0, 0.2, 0.5, 1.0)
"""Discord accepts no acknowledgment later than three seconds after the interaction."""


async def acknowledge(
    interaction: AtelierInteraction, *, thinking: bool = False, ephemeral: bool = False
) -> int | None:
    """Defer the answer, or acknowledge a press. Returns the deferred ("thinking") message's ID, if Discord does.

    With `ephemeral`, only the member sees the answer.

    Retries network failures: if only Discord's answer was lost, a later try finds that out.
    """
    delays = iter(ACKNOWLEDGE_RETRY_DELAYS_SECONDS)
    while True:
        try:
            answer = await interaction.response.defer(thinking=thinking, ephemeral=ephemeral)
        except NETWORK_ERRORS:
            if (delay_seconds := next(delays, None)) is None:
                raise
            await asyncio.sleep(delay_seconds)
        except discord.HTTPException as error:
            if error.code != ALREADY_ACKNOWLEDGED:
                raise
            return None
        else:
            return None if answer is None else answer.message_id


async def send_ephemeral(interaction: AtelierInteraction, sentence: str) -> None:
    """Show the member one sentence that nobody else sees, whether the interaction was answered before or not.

    Never raises: a member who can't be reached any more (the token ran out, the network is gone) isn't answered.
    """
    sentence = shortened(sentence, MAX_MESSAGE_LENGTH)
    try:
        if not interaction.response.is_done() and await _is_first_answer(interaction, sentence):
            return
        thinking = await _thinking(interaction)
        if thinking is not None and thinking.flags.ephemeral:
            await thinking.edit(content=sentence)
            return
        if thinking is not None:
            # A follow-up would replace the text "thinking", and be just as public: so fill that message first.
            await thinking.edit(content="…")
            await thinking.delete()
        await interaction.followup.send(sentence, ephemeral=True)
    except (discord.HTTPException, *NETWORK_ERRORS) as error:
        log.warning("answer.lost", problem=str(error))


async def _is_first_answer(interaction: AtelierInteraction, sentence: str) -> bool:
    """Answer with a sentence. False if Discord has an answer already, which can be if its confirmation was lost."""
    try:
        await interaction.response.send_message(sentence, ephemeral=True)
    except discord.HTTPException as error:
        if error.code != ALREADY_ACKNOWLEDGED:
            raise
        return False
    return True


async def _thinking(interaction: AtelierInteraction) -> discord.InteractionMessage | None:
    """The interaction's answer, if that is still "thinking"."""
    if interaction.response.type not in {None, discord.InteractionResponseType.deferred_channel_message}:
        return None
    try:
        answer = await interaction.original_response()
    except discord.NotFound:
        return None
    return answer if answer.flags.loading else None


def log_refusal(interaction: AtelierInteraction, error: AtelierError | StylizerError) -> None:
    """Log and count what a member is about to read."""
    # The member's sentence doesn't name the field of a recipe.
    details = {"problem": str(error)} if isinstance(error, RecipeError) else {}
    member_id, guild_id = interaction.user.id, interaction.guild_id
    log.info("refused", reason=type(error).__name__, **details, member=member_id, guild=guild_id)
    interaction.client.metrics.refused(type(error).__name__)


@asynccontextmanager
async def answering(interaction: AtelierInteraction) -> AsyncIterator[None]:
    """Answer the member with the error that ends the block, if it is one of ours. Others go to `tree.on_error`."""
    try:
        yield
    except (AtelierError, StylizerError) as error:
        log_refusal(interaction, error)
        await send_ephemeral(interaction, sentence_for(error, words_of(interaction)))


@asynccontextmanager
async def answering_presses(interaction: AtelierInteraction) -> AsyncIterator[None]:
    """Like `answering`, and for unexpected errors too: discord.py would leave a press on a button unanswered."""
    try:
        async with answering(interaction):
            yield
    except Exception:
        log.exception("press.failed", member=interaction.user.id, guild=interaction.guild_id)
        await send_ephemeral(interaction, words_of(interaction)("something-went-wrong"))
