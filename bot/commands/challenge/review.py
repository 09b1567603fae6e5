"""`/challenge review`: moderators look at one entry after the other. Two of them may do so at the same time."""

from __future__ import annotations

import re
from contextlib import suppress

import discord
import structlog
from discord import app_commands

from bot.cards.challenge.buttons import REVIEW_PATTERN
from bot.cards.challenge.entry_buttons import (
    REJECT_FORM_PATTERN,
    REVIEW_ACTION_PATTERN,
    ReviewAction,
)
from bot.cards.challenge.review import ban_question, nothing_to_review_card, reject_form, review_card
from bot.challenges.challenge import Challenge
from bot.challenges.entry import Entry, EntryState
from bot.challenges.shown import ShownEntry
from bot.commands.answers import acknowledge, answering
from bot.commands.cards import show_card
from bot.commands.challenge.option import open_challenge, suggest_open_challenges
from bot.commands.challenge.rights import check_moderator
from bot.commands.controls import Control
from bot.commands.forms import Filled, Form, show_form
from bot.commands.interaction import AtelierInteraction
from bot.errors import NETWORK_ERRORS, AlreadyDecided, EntryGone, PaintingForgotten, RejectReasonMissing
from bot.painting.result_files import stored_painting
from bot.painting.thumbnails import Thumbnails
from bot.words import Words, localized, words_of
from bot.words.values import Escaped

log = structlog.get_logger()


@app_commands.command(name="review", description=localized("command-challenge-review"))
@app_commands.describe(challenge=localized("option-challenge-review"))
@app_commands.autocomplete(challenge=suggest_open_challenges)
async def review(interaction: AtelierInteraction, challenge: str | None = None) -> None:
    """Show the first entry that waits."""
    async with answering(interaction):
        chosen = await open_challenge(interaction, challenge, is_reviewed=True)
        check_moderator(interaction, chosen)
        await acknowledge(interaction, thinking=True, ephemeral=True)
        await _show_next(interaction, chosen)


class ReviewButton(Control, template=REVIEW_PATTERN):
    """Shows the first entry that waits, in an answer of its own."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        await acknowledge(interaction, thinking=True, ephemeral=True)
        challenge = await interaction.client.studio.entering.challenge(self._match["challenge_id"])
        check_moderator(interaction, challenge)
        await _show_next(interaction, challenge)


class ReviewActionButton(Control, template=REVIEW_ACTION_PATTERN):
    """Decides about the entry that the card shows, and shows the next one."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        studio, entry_id = interaction.client.studio, self._match["entry_id"]
        action = ReviewAction(self._match["action"])
        if action is not ReviewAction.REJECT:  # a press that is acknowledged can't show the form any more
            await acknowledge(interaction)
        challenge = await studio.entering.challenge(self._match["challenge_id"])
        check_moderator(interaction, challenge)
        entry = await studio.entries.get(entry_id)
        match action:
            case ReviewAction.REJECT if entry is not None and entry.state is EntryState.PENDING:
                await show_form(interaction, reject_form(challenge, entry, words_of(interaction)))
            case ReviewAction.BAN if entry is not None:
                await show_card(interaction, ban_question(challenge, entry, words_of(interaction)))
            case ReviewAction.CONFIRM_BAN if entry is not None:
                await studio.entering.ban(challenge, entry.member_id, by=interaction.user.id)
                await _show_next(interaction, challenge)
            case ReviewAction.ACCEPT:
                await _decide(interaction, challenge, entry_id, is_accepted=True)
            case ReviewAction.REJECT:
                await acknowledge(interaction)
                await _show_next(interaction, challenge)
                raise EntryGone if entry is None else AlreadyDecided(entry.state.value, entry.decided_by)
            case ReviewAction.NEXT:
                await _show_next(interaction, challenge, after=entry_id)
            case _:
                await _show_next(interaction, challenge, first=entry_id)


class RejectForm(Form):
    """Rejects an entry, and tells its member why."""

    template = re.compile(REJECT_FORM_PATTERN)

    @classmethod
    async def submit(cls, interaction: AtelierInteraction, match: re.Match[str], filled: Filled) -> None:
        """Reject it, unless somebody else has decided in the meantime."""
        await acknowledge(interaction)
        challenge = await interaction.client.studio.entering.challenge(match["challenge_id"])
        check_moderator(interaction, challenge)
        reason = filled.text("reason").strip()
        if not reason:
            raise RejectReasonMissing
        await _decide(interaction, challenge, match["entry_id"], is_accepted=False, reason=reason)


REVIEWING = (ReviewButton, ReviewActionButton)
"""The button on a challenge's card, and those of the queue."""


async def _decide(
    interaction: AtelierInteraction,
    challenge: Challenge,
    entry_id: str,
    *,
    is_accepted: bool,
    reason: str | None = None,
) -> None:
    """Accept an entry, or reject it for a reason, and show the next one.

    Raises `EntryGone` and `AlreadyDecided` after that.
    """
    entering = interaction.client.studio.entering
    try:
        entry = await entering.decide(
            challenge, entry_id, by=interaction.user.id, is_accepted=is_accepted, reason=reason
        )
    except (AlreadyDecided, EntryGone):
        await _show_next(interaction, challenge)
        raise
    await _show_next(interaction, challenge)
    if not is_accepted:
        await _tell_member(interaction, challenge, entry)


async def _tell_member(interaction: AtelierInteraction, challenge: Challenge, entry: Entry) -> None:
    """Tell a member why an entry was rejected, in their language. Without direct messages, My entries says so."""
    studio = interaction.client.studio
    job = await studio.records.get(entry.job_id)
    words = Words.of(None if job is None else job.locale)
    text = words("entry-rejected-direct", title=Escaped(challenge.title), reason=Escaped(entry.reason or ""))
    try:
        await studio.direct.send(entry.member_id, text, about=f"rejected:{entry.entry_id}")
    except (discord.HTTPException, *NETWORK_ERRORS) as error:
        log.info("entry.member_not_told", entry=entry.entry_id, problem=str(error))


async def _show_next(
    interaction: AtelierInteraction, challenge: Challenge, *, first: str | None = None, after: str | None = None
) -> None:
    """Show an entry that waits: this one, or the one after that one, or the oldest."""
    studio, words = interaction.client.studio, words_of(interaction)
    waiting = await studio.entering.waiting(challenge)
    if not waiting:
        await show_card(interaction, nothing_to_review_card(challenge, words))
        return
    ids = [entry.entry_id for entry in waiting]
    place = 0
    if first in ids:
        place = ids.index(first)
    elif after in ids:
        place = (ids.index(after) + 1) % len(ids)
    entry = waiting[place]
    job = await studio.records.get(entry.job_id)
    if job is None:  # forgotten at this very moment
        raise EntryGone
    store = studio.pictures.store
    with store.lease() as lease:
        painting = None
        with suppress(PaintingForgotten):
            painting = await stored_painting(store, job, lease)
        thumbnails = Thumbnails.uploaded(job, *await studio.pictures.thumbnails(job))
        shown = ShownEntry(entry, job, painting)
        await show_card(interaction, review_card(challenge, shown, thumbnails, words, waiting=len(waiting)))
