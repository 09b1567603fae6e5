"""`/challenge show`: the card of a challenge, for the member who asks; organizers can move it to another channel."""

from __future__ import annotations

import discord
from discord import app_commands

from bot.cards.challenge.announcement import announcement_card
from bot.cards.challenge.listing import PICK_ID, pick_card
from bot.cards.challenge.questions import MOVE_PATTERN, move_button, moved_card
from bot.challenges.challenge import RUNNING_PHASES, Challenge, Phase
from bot.commands.answers import acknowledge, answering
from bot.commands.cards import show_card
from bot.commands.challenge.option import named_challenge, pressed_challenge, suggest_challenges
from bot.commands.challenge.rights import check_organizer, is_organizer
from bot.commands.controls import Control
from bot.commands.interaction import AtelierInteraction
from bot.errors import ChannelNotYours, MissingPermissions, NoRunningChallenge, NotAPlaceForChallenges
from bot.servers.rules import missing_from, needed_to_send
from bot.words import localized, words_of


@app_commands.command(name="show", description=localized("command-challenge-show"))
@app_commands.describe(challenge=localized("option-challenge-show"))
@app_commands.autocomplete(challenge=suggest_challenges)
async def show(interaction: AtelierInteraction, challenge: str | None = None) -> None:
    """Show a challenge; without one, the one that is running, or which ones are."""
    async with answering(interaction):
        await acknowledge(interaction, thinking=True, ephemeral=True)
        if challenge is not None:
            await show_challenge(interaction, await named_challenge(interaction, challenge))
            return
        records = interaction.client.studio.challenges
        running = await records.of_guild(interaction.guild_id or 0, phases=RUNNING_PHASES)
        if not running:
            raise NoRunningChallenge
        if len(running) == 1:
            await show_challenge(interaction, running[0])
        else:
            await interaction.edit_original_response(view=pick_card(running, words_of(interaction)))


class ChallengeSelect(Control, template=PICK_ID):
    """Shows a challenge of a list."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        [challenge_id] = self.item.values
        await acknowledge(interaction, thinking=True, ephemeral=True)
        await show_challenge(interaction, await pressed_challenge(interaction, challenge_id))


class MoveButton(Control, template=MOVE_PATTERN):
    """Shows a challenge where it is pressed from now on."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        await acknowledge(interaction)
        challenge = await pressed_challenge(interaction, self._match["challenge_id"])
        check_organizer(interaction, challenge)
        channel = interaction.channel
        if not isinstance(channel, discord.TextChannel | discord.Thread):
            raise NotAPlaceForChallenges
        is_thread, theirs = isinstance(channel, discord.Thread), interaction.permissions
        if not (theirs.send_messages_in_threads if is_thread else theirs.send_messages):
            raise ChannelNotYours(channel.id)
        threads = () if is_thread else ("create_public_threads", "send_messages_in_threads")
        needed = *needed_to_send(channel, has_files=True), *threads
        if missing := missing_from(interaction.app_permissions, needed):
            raise MissingPermissions(missing)
        await interaction.client.studio.life.move(challenge, channel.id)
        await interaction.edit_original_response(view=moved_card(challenge, words_of(interaction)), attachments=[])


async def show_challenge(interaction: AtelierInteraction, challenge: Challenge) -> None:
    """Show the card of a challenge as the answer to an acknowledged interaction."""
    studio, words = interaction.client.studio, words_of(interaction)
    with studio.pictures.store.lease() as lease:
        announcement = await studio.life.cards.announcement(challenge, lease)
        problem, buttons = None, []
        if is_organizer(interaction, challenge) and challenge.phase is not Phase.CANCELED:
            problem = challenge.problem
            if interaction.channel_id not in {challenge.channel_id, challenge.thread_id}:
                buttons = [move_button(challenge.challenge_id, words)]
        await show_card(interaction, announcement_card(announcement, words, problem=problem, buttons=buttons))
