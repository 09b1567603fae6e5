"""What the bot keeps about a member, and the question before it is deleted."""

from __future__ import annotations

import discord

from bot.cards.buttons import back_out_button, button
from bot.cards.card import ACCENT, DANGER, layout, note
from bot.files.janitor import Forgotten
from bot.storage.servers import ServerSettings
from bot.words import Words
from config.settings import RetentionSettings

FORGET_ID = "atelier:forget:yes"
KEEP_ID = "atelier:forget:no"


def privacy_card(retention: RetentionSettings, server: ServerSettings, words: Words) -> discord.ui.LayoutView:
    """What is kept, how long, who sees it, and how to delete it, with the current settings."""
    inputs_hours = min(retention.input_hours, retention.result_hours)
    seen = [words("privacy-seen"), words("privacy-moderators")]
    if server.log_channel_id is not None:
        seen.append(words("privacy-server-log", channel_id=server.log_channel_id))
    return note(
        "\n".join(
            [
                words("privacy-kept-title"),
                words("privacy-pictures", inputs_hours=inputs_hours),
                words("privacy-paintings", results_hours=retention.result_hours),
                words("privacy-record", results_hours=retention.result_hours),
                words("privacy-favorites"),
                words("privacy-styles"),
                words("privacy-challenges"),
                words("privacy-preferences"),
                words("privacy-drafts"),
                words("privacy-count"),
                words("privacy-log"),
                words("privacy-seen-title"),
                *seen,
                words("privacy-delete-title"),
                words("privacy-delete"),
            ]
        ),
        accent=ACCENT,
    )


def forget_card(words: Words) -> discord.ui.LayoutView:
    """Ask whether to delete everything about a member."""
    forget = button(FORGET_ID, words("button-forget"), style=discord.ButtonStyle.danger)
    return layout(
        discord.ui.TextDisplay(words("forget-question")),
        discord.ui.ActionRow(forget, back_out_button(KEEP_ID, words)),
        accent=DANGER,
    )


def nothing_known_card(words: Words) -> discord.ui.LayoutView:
    """Say that there is nothing to delete."""
    return note(words("forget-nothing"))


def kept_card(words: Words) -> discord.ui.LayoutView:
    """Say that nothing was deleted."""
    return note(words("forget-kept"))


def forgotten_card(
    forgotten: Forgotten,
    *,
    late_jobs: int,
    preferences: bool,
    drafts: int = 0,
    has_files_left: bool = False,
    words: Words,
) -> discord.ui.LayoutView:
    """Say what was deleted, and what isn't deleted yet: picture files, if any are left, and jobs that come too late."""
    deleted = []
    if forgotten.pictures:
        deleted.append(words("forget-done-files", count=forgotten.pictures))
    if forgotten.jobs:
        deleted.append(words("forget-done-paintings", count=forgotten.jobs))
    if forgotten.styles:
        deleted.append(words("forget-done-styles", count=forgotten.styles))
    if forgotten.entries:
        deleted.append(words("forget-done-entries", count=forgotten.entries))
    if forgotten.ballots:
        deleted.append(words("forget-done-ballots", count=forgotten.ballots))
    if preferences:
        deleted.append(words("forget-done-preferences"))
    if drafts:
        deleted.append(words("forget-done-drafts", count=drafts))
    if not deleted and not late_jobs:
        return nothing_known_card(words)
    lines = [words("forget-done", deleted=deleted) if deleted else words("forget-not-yet")]
    if has_files_left:
        lines.append(words("forget-files"))
    if late_jobs:
        lines.append(words("forget-late", count=late_jobs))
    return note("\n".join(lines))
