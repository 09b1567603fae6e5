"""What can be read from the message whose button was pressed."""

from __future__ import annotations

import discord

from bot.messages.address import message_url
from bot.painting.request import ShownPicture


def url_of(message: discord.Message | None, *, guild_id: int | None) -> str | None:
    """Link to a message; None if there is none, or if only one member can see it."""
    if message is None or message.flags.ephemeral:
        return None
    return message_url(guild_id, message.channel.id, message.id)


def pictures_shown_on(message: discord.Message | None) -> tuple[ShownPicture, ...]:
    """The pictures that a job's card shows as thumbnails: the content and the styles, unless one of them is missing."""
    view = discord.ui.LayoutView.from_message(message) if message is not None else discord.ui.LayoutView()
    return tuple(_shown(item.media) for item in view.walk_children() if isinstance(item, discord.ui.Thumbnail))


def _shown(media: discord.UnfurledMediaItem) -> ShownPicture:
    shape = (media.width, media.height) if media.width and media.height else None
    return ShownPicture(media.url, shape)
