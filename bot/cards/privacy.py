"""What a member is told of what is kept about them, and asked before it is deleted."""

from __future__ import annotations

import discord

from bot.cards.card import Item, layout
from bot.retention import Forgotten
from bot.storage.servers import ServerSettings
from config.settings import RetentionSettings

QUIET = discord.Colour(0x80848E)
DANGER = discord.Colour(0xED4245)


WHAT_IS_KEPT = """\
## What Atelier keeps
- **The pictures you send**, and a small copy of each: for {inputs} after their painting is done, so that its buttons \
can paint them once more. Whoever does that keeps them for as long again.
- **Your paintings and their GIFs**: for {results}. With *Delete* under a painting they go within a quarter of an hour.
- **A record of each painting**: for {results}. It has your Discord number, where and when you asked, the recipe and \
what you chose with it, which pictures those were, what their files were called, and what became of it.
- **How many paintings you asked for today**: until midnight (UTC), for the daily limit.
- **A log of what the bot does**: with your Discord number and without pictures, for as long as whoever runs this bot \
likes.
## Who sees it
Whoever runs this bot: all of that lies on their machine. Nothing is sent to anybody but Discord, and nothing is \
learned from your pictures."""

HOW_IT_GOES_AWAY = """\
## How it goes away
`/forget-me` deletes all of it at once, but for today's number and the log. What stands on Discord stays there until \
you press *Delete* under it."""


def privacy_text(retention: RetentionSettings, server: ServerSettings) -> str:
    """What is kept, how long, who sees it, and how it goes away, by the settings in force."""
    text = WHAT_IS_KEPT.format(
        inputs=_time(min(retention.input_hours, retention.result_hours)), results=_time(retention.result_hours)
    )
    if server.log_channel_id is not None:
        text += (
            "\nThe managers of this server have a line written about every painting that ends here: "
            f"who asked, the recipe, and what became of it. It goes to <#{server.log_channel_id}>."
        )
    return f"{text}\n{HOW_IT_GOES_AWAY}"


def forget_card(*, forget: Item, keep: Item) -> discord.ui.LayoutView:
    """Asks whether all that is known of a member shall be deleted."""
    return layout(
        discord.ui.TextDisplay(
            "## Forget everything about you?\n"
            "This deletes for good:\n"
            "- the record of every painting you asked for\n"
            "- the pictures you sent for that, unless somebody else sent the same ones, or has them painted just now\n"
            "- what was painted from them, as far as Atelier keeps it\n"
            "What waits or is being painted is cancelled, and the buttons under your paintings can paint no more.\n"
            "-# What stands on Discord stays: press Delete under it first, if it shall go too. "
            "How many paintings you asked for today is kept until midnight (UTC)."
        ),
        discord.ui.ActionRow(forget, keep),
        accent=DANGER,
    )


def nothing_known_card() -> discord.ui.LayoutView:
    """Tells that there is nothing to delete."""
    return _note("## Nothing to forget\nAtelier keeps no pictures of yours, and no record of a painting.")


def kept_card() -> discord.ui.LayoutView:
    """Tells that all stays as it was."""
    return _note("## Nothing was deleted\nUse `/forget-me` again whenever you like.")


def forgotten_card(forgotten: Forgotten, *, late_jobs: int) -> discord.ui.LayoutView:
    """Tells what was deleted, and what could not be yet."""
    files = "1 file" if forgotten.pictures == 1 else f"{forgotten.pictures} files"
    text = f"## Forgotten\nDeleted: the record of {_paintings(forgotten.jobs)}, and {files} with pictures."
    if late_jobs:
        them = "it is" if late_jobs == 1 else "they are"
        text += (
            f"\n{_paintings(late_jobs).capitalize()} of yours cannot be stopped any more, being on the way to Discord. "
            f"Use `/forget-me` again once {them} there."
        )
    return _note(text)


def _note(text: str) -> discord.ui.LayoutView:
    return layout(discord.ui.TextDisplay(text), accent=QUIET)


def _paintings(count: int) -> str:
    return "1 painting" if count == 1 else f"{count} paintings"


def _time(hours: int) -> str:
    if hours % 24 == 0 and hours > 24:
        return f"{hours // 24} days"
    return "1 hour" if hours == 1 else f"{hours} hours"
