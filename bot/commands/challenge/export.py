"""`/challenge export`: everything about a challenge that has ended, in a ZIP for its organizers."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress

import discord
from discord import app_commands

from bot.cards.challenge.export import exported_text
from bot.cards.challenge.results import EXPORT_PATTERN
from bot.challenges.challenge import Challenge
from bot.commands.answers import acknowledge, answering
from bot.commands.challenge.option import check_ended, ended_challenge, pressed_challenge, suggest_ended
from bot.commands.challenge.rights import check_organizer
from bot.commands.controls import Control
from bot.commands.interaction import AtelierInteraction
from bot.messages.answer import MAX_UPLOAD_BYTES
from bot.words import Words, localized, words_of

MEMBERS_AT_ONCE = 100
"""What Discord allows in a request for members."""
MAX_FORMER_MEMBERS = 50
"""Each takes a request of its own."""


@app_commands.command(name="export", description=localized("command-challenge-export"))
@app_commands.describe(challenge=localized("option-challenge-ended"))
@app_commands.autocomplete(challenge=suggest_ended)
async def export(interaction: AtelierInteraction, challenge: str | None = None) -> None:
    """Send the export of a challenge to an organizer."""
    async with answering(interaction):
        await acknowledge(interaction, thinking=True, ephemeral=True)
        await _export(interaction, await ended_challenge(interaction, challenge))


class ExportButton(Control, template=EXPORT_PATTERN):
    """Sends the export to an organizer who presses it."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        await acknowledge(interaction, thinking=True, ephemeral=True)
        await _export(interaction, await pressed_challenge(interaction, self._match["challenge_id"]))


async def _export(interaction: AtelierInteraction, challenge: Challenge) -> None:
    check_organizer(interaction, challenge)
    check_ended(challenge)
    studio, words = interaction.client.studio, words_of(interaction)
    entries = await studio.entries.of_challenge(challenge.challenge_id)
    public_words = Words.of(challenge.locale)
    names = await _names(interaction, challenge, {entry.member_id for entry in entries}, public_words)
    limit_bytes = min(interaction.filesize_limit, MAX_UPLOAD_BYTES)
    async with studio.exports.make(challenge, names, public_words, limit_bytes=limit_bytes) as made:
        text = exported_text(challenge, made, words)
        for number, path in enumerate(made.parts):
            with path.open("rb") as file:
                upload = discord.File(file, path.name)
                if number:
                    await interaction.followup.send(file=upload, ephemeral=True)
                else:
                    await interaction.edit_original_response(content=text, attachments=[upload])


async def _names(
    interaction: AtelierInteraction, challenge: Challenge, member_ids: Collection[int], words: Words
) -> dict[int, str]:
    """What members are called on the server, or if they have left it, on Discord."""
    guild = interaction.client.get_guild(challenge.guild_id)
    names: dict[int, str] = {}
    missing = sorted(member_ids)
    if guild is not None:
        for start in range(0, len(missing), MEMBERS_AT_ONCE):
            with suppress(TimeoutError):  # the gateway is away; the export has IDs then
                some = missing[start : start + MEMBERS_AT_ONCE]
                found = await guild.query_members(user_ids=some, limit=MEMBERS_AT_ONCE, cache=False)
                names |= {member.id: member.display_name for member in found}
    former = [member_id for member_id in missing if member_id not in names]
    for member_id in former[:MAX_FORMER_MEMBERS]:
        with suppress(discord.HTTPException):
            names[member_id] = (await interaction.client.fetch_user(member_id)).display_name
    unknown = {member_id: words("export-member", member_id=member_id) for member_id in former if member_id not in names}
    return names | unknown
