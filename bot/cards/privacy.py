"""What a member is told of what is kept about them, and asked before it is deleted."""

from __future__ import annotations

import discord

from bot.cards.card import Item, layout
from bot.files.janitor import Forgotten
from bot.storage.servers import ServerSettings
from config.settings import RetentionSettings

QUIET = discord.Colour(0x80848E)
DANGER = discord.Colour(0xED4245)


WHAT_IS_KEPT = """\
## What Atelier keeps
- **The pictures you send**, and a small copy of each: for {inputs} after their painting is done, so that its buttons \
can paint them once more. If somebody does that, their painting keeps them for that long again.
- **Your paintings and their GIFs**: for {results}. With *Delete* under a painting they go within a quarter of an hour.
- **A record of each painting**: for {results}. It has your Discord user ID, where and when you asked, the recipe and \
what you chose with it, which pictures those were, what their files were called, and what became of it. If others \
paint a picture you posted, or your avatar, their record has your user ID too: you may delete that painting.
- **Your `/preferences`**: until you change or delete them.
- **How many paintings you asked for today**: until midnight (UTC), for the daily limit.
- **A log of what the bot does**: with your user ID and without pictures, for as long as the bot's host chooses.
## Who sees it
The bot's host: all of that is on their machine. Nothing is sent to anybody but Discord, and nothing is \
learned from your pictures."""

HOW_TO_DELETE_IT = """\
## How to delete it
`/forget-me` deletes everything except today's count and the log. Messages on Discord stay until you press *Delete* \
under them."""


def privacy_text(retention: RetentionSettings, server: ServerSettings) -> str:
    """What is kept, how long, who sees it, and how to delete it, by the settings in force."""
    text = WHAT_IS_KEPT.format(
        inputs=_time(min(retention.input_hours, retention.result_hours)), results=_time(retention.result_hours)
    )
    if server.log_channel_id is not None:
        text += (
            "\nThe managers of this server have a line written about every painting that ends here: "
            f"who asked, the recipe, and what became of it. It goes to <#{server.log_channel_id}>."
        )
    return f"{text}\n{HOW_TO_DELETE_IT}"


def forget_card(*, forget: Item, keep: Item) -> discord.ui.LayoutView:
    """Asks whether all that is known of a member shall be deleted."""
    return layout(
        discord.ui.TextDisplay(
            "## Forget everything about you?\n"
            "This deletes for good:\n"
            "- the record of every painting you asked for\n"
            "- the pictures you sent for that, unless somebody else sent the same ones, or has them painted just now\n"
            "- what was painted from them, as far as Atelier keeps it\n"
            "- your preferences\n"
            "Paintings in progress are canceled, and the buttons under your paintings will stop working.\n"
            "-# Messages on Discord stay: use Delete on those messages first if you want them gone too. "
            "How many paintings you asked for today is kept until midnight (UTC)."
        ),
        discord.ui.ActionRow(forget, keep),
        accent=DANGER,
    )


def nothing_known_card() -> discord.ui.LayoutView:
    """Tells that there is nothing to delete."""
    return _note(
        "## Nothing to forget\nAtelier keeps no pictures of yours, no record of a painting and no preferences."
    )


def kept_card() -> discord.ui.LayoutView:
    """Tells that all stays as it was."""
    return _note("## Nothing was deleted\nUse `/forget-me` again whenever you like.")


def forgotten_card(forgotten: Forgotten, *, late_jobs: int, preferences: bool) -> discord.ui.LayoutView:
    """Tells what was deleted, the preferences where there were any, and what could not be yet."""
    files = "1 file" if forgotten.pictures == 1 else f"{forgotten.pictures} files"
    text = f"## Forgotten\nDeleted: the record of {_paintings(forgotten.jobs)}, and {files} with pictures."
    if preferences:
        text += "\nYour preferences are deleted too."
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
