"""`/history`: a member's paintings, page by page, and what can be done with each. Only who asks sees the answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import discord
from discord import app_commands

from bot.cards.history import (
    ACTION_PATTERN,
    OPEN_PATTERN,
    PAGE_PATTERN,
    Bookmark,
    PaintingAction,
    SmallPictures,
    history_card,
    history_delete_question,
    long_job_id,
    painting_card,
    shown_painting,
)
from bot.commands.answers import acknowledge, answering
from bot.commands.cards import show_card
from bot.commands.controls import Control
from bot.commands.delete import check_delete, delete
from bot.commands.favorites import set_favorite
from bot.commands.interaction import AtelierInteraction
from bot.errors import (
    AlreadyDeleted,
    MessageNotDeleted,
    NotAModerator,
    NotInHistory,
    PaintingFilesGone,
    PaintingForgotten,
)
from bot.files.store import Lease, PictureStore
from bot.messages.card import Card, CardFile, FileOnDisk
from bot.messages.uploads import opened
from bot.painting.job import Job, JobKind
from bot.painting.result_files import fitted, leased_file, stored_file, stored_sheet
from bot.painting.thumbnails import Thumbnails
from bot.storage.history import Entry, Selection
from bot.words import localized, words_of

PAGE_SIZE = 5
MAX_SMALL_BYTES = 2**20
"""A painting without a thumbnail, from before they were made, is shown itself if it is no larger."""

_Select = discord.ui.Select[Any]


@app_commands.command(name="history", description=localized("command-history"))
@app_commands.describe(member=localized("option-history-member"))
async def history(interaction: AtelierInteraction, member: discord.User | discord.Member | None = None) -> None:
    """Show the first page."""
    async with answering(interaction):
        bookmark = Bookmark(interaction.user.id if member is None else member.id)
        _selection(interaction, bookmark)
        await acknowledge(interaction, thinking=True, ephemeral=True)
        await _show_page(interaction, bookmark)


class HistoryPageButton(Control, template=PAGE_PATTERN):
    """Turns to another page."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        await acknowledge(interaction)
        await _show_page(interaction, Bookmark.of(self._match))


class HistorySelect(Control, template=OPEN_PATTERN):
    """Opens a painting of the page."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        [job_id] = self.item.values
        await acknowledge(interaction)
        await _open_painting(interaction, job_id, Bookmark.of(self._match))


class HistoryPaintingButton(Control, template=ACTION_PATTERN):
    """Stars an open painting, shows it at its full size, or deletes it after a question."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        action, job_id = PaintingAction(self._match["action"]), long_job_id(self._match["its_job"])
        bookmark = Bookmark.of(self._match)
        await acknowledge(interaction)
        match action:
            case PaintingAction.SHOW:
                await _show_painting(interaction, (await _entry(interaction, job_id, bookmark)).job)
            case PaintingAction.DELETE:
                await _ask_to_delete(interaction, job_id, bookmark)
            case PaintingAction.ERASE:
                await _delete(interaction, job_id, bookmark)
            case PaintingAction.KEEP:
                await _open_painting(interaction, job_id, bookmark)
            case PaintingAction.STAR | PaintingAction.UNSTAR:
                await set_favorite(interaction, job_id, is_favorite=action is PaintingAction.STAR)
                await _open_painting(interaction, job_id, bookmark)


HISTORY = (HistoryPageButton, HistorySelect, HistoryPaintingButton)
"""The controls of the pages and of an open painting."""


def _selection(interaction: AtelierInteraction, bookmark: Bookmark) -> Selection:
    """What this member may see of a history: all of their own, or as a moderator, what belongs to this server.

    Discord computes the permissions of an interaction for its channel, where a member may moderate nothing else. So
    those for the whole server are needed too. Raises `NotAModerator`.
    """
    member = interaction.user
    if bookmark.member_id == member.id:
        return Selection(member.id, favorites_only=bookmark.favorites_only)
    guild = None if interaction.guild_id is None else interaction.client.get_guild(interaction.guild_id)
    if guild is None or not isinstance(member, discord.Member):
        raise NotAModerator
    if not (interaction.permissions.manage_messages and member.guild_permissions.manage_messages):
        raise NotAModerator
    return Selection(bookmark.member_id, guild_id=guild.id)


async def _show_page(interaction: AtelierInteraction, bookmark: Bookmark, *, is_deleted: bool = False) -> None:
    studio, selection = interaction.client.studio, _selection(interaction, bookmark)
    page = await studio.history.page(selection, size=PAGE_SIZE, cursor=bookmark.cursor, direction=bookmark.direction)
    if not page.entries and bookmark.cursor is not None:  # they were deleted, but there may be newer ones
        await _show_page(interaction, replace(bookmark, cursor=None), is_deleted=is_deleted)
        return
    store, is_own = studio.pictures.store, selection.guild_id is None
    with store.lease() as lease:
        pictures = await _small_pictures(store, (entry.job for entry in page.entries), lease)
        words = words_of(interaction)
        await show_card(
            interaction, history_card(page, bookmark, pictures, words, is_own=is_own, is_deleted=is_deleted)
        )


async def _open_painting(interaction: AtelierInteraction, job_id: str, bookmark: Bookmark) -> None:
    entry, studio = await _entry(interaction, job_id, bookmark), interaction.client.studio
    ended_at = entry.job.ended_at or entry.job.created_at
    with studio.pictures.store.lease() as lease:
        card = painting_card(
            entry,
            bookmark,
            await _small_pictures(studio.pictures.store, [entry.job], lease),
            words_of(interaction),
            kept_until=ended_at + timedelta(hours=studio.settings.retention.result_hours),
            is_challenge_entry=await studio.entries.phase_of(job_id) is not None,
            is_own=bookmark.member_id == interaction.user.id,
        )
        await show_card(interaction, card)


async def _ask_to_delete(interaction: AtelierInteraction, job_id: str, bookmark: Bookmark) -> None:
    job = (await _entry(interaction, job_id, bookmark)).job
    message = await check_delete(interaction, job_id, owner_id=job.owner_id)
    question = history_delete_question(job, bookmark, words_of(interaction), has_posts=message.has_posts)
    await show_card(interaction, Card(question))


async def _delete(interaction: AtelierInteraction, job_id: str, bookmark: Bookmark) -> None:
    """Delete an open painting, and go back to its page, even if its message or a post can't be deleted."""
    job = (await _entry(interaction, job_id, bookmark)).job
    try:
        await delete(interaction, job_id, owner_id=job.owner_id, message_id=job.message_id or 0)
    except (AlreadyDeleted, MessageNotDeleted):
        await _show_page(interaction, bookmark)
        raise
    await _show_page(interaction, bookmark, is_deleted=True)


async def _show_painting(interaction: AtelierInteraction, job: Job) -> None:
    """Show a painting or a board to the member alone. Raises `PaintingFilesGone` and `Undeliverable`."""
    store = interaction.client.studio.pictures.store
    with store.lease() as lease:
        try:
            files = await _files(store, job, lease, interaction.filesize_limit)
        except PaintingForgotten as error:
            raise PaintingFilesGone from error
        card = shown_painting(job, files, words_of(interaction))
        with opened(card.files) as uploads:
            await interaction.followup.send(view=card.view, files=list(uploads.values()), ephemeral=True)


async def _files(store: PictureStore, job: Job, lease: Lease, limit_bytes: int) -> list[CardFile]:
    """A painting with its timelapse, or a board's sheet. Raises `PaintingForgotten` and `Undeliverable`."""
    if job.kind is JobKind.BOARD:
        return [await stored_sheet(store, job, lease, limit_bytes)]
    result = job.result("painting")
    if result is None:
        raise PaintingForgotten
    timelapse = job.result("timelapse")
    painting = await stored_file(store, result, lease)
    gif = None if timelapse is None else await leased_file(store, timelapse.sha256, lease)
    finished, _ = fitted(job, result, painting, gif, Thumbnails(), limit_bytes)
    return [file for file in (finished.painting, finished.timelapse) if file is not None]


async def _entry(interaction: AtelierInteraction, job_id: str, bookmark: Bookmark) -> Entry:
    """A painting that this member may see. Raises `NotAModerator` and `NotInHistory`."""
    entry = await interaction.client.studio.history.entry(_selection(interaction, bookmark), job_id)
    if entry is None:
        raise NotInHistory
    return entry


async def _small_pictures(store: PictureStore, jobs: Iterable[Job], lease: Lease) -> SmallPictures:
    files, gone = {}, set()
    for job in jobs:
        painting, source = job.picture, await _small_picture(store, job, lease)
        if source is not None:
            files[job.job_id] = CardFile.of(f"{job.job_id}.jpg", source, is_spoiler=job.is_spoiler)
        if painting is None or not await store.has(painting.sha256, lease=lease):
            gone.add(job.job_id)
    return SmallPictures(files, frozenset(gone))


async def _small_picture(store: PictureStore, job: Job, lease: Lease) -> FileOnDisk | None:
    """The file of a painting's thumbnail, of a small painting, or of a board's sheet."""
    for result in (job.result("thumbnail"), job.picture):
        file = None if result is None else await leased_file(store, result.sha256, lease)
        if file is not None and file.size_bytes <= MAX_SMALL_BYTES:
            return file
    return None
