"""Pictures in messages: all pictures of one message, and the latest ones of a channel."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import discord
from yarl import URL

from bot.errors import NETWORK_ERRORS, ChannelUnreadable, HistoryHidden, NoPictureThere, NoRecentPicture, VectorSticker
from bot.files.media_types import is_picture
from bot.servers.rules import is_user_install_only, missing_from, needed_to_read
from bot.sources.picture import SentPicture

RECENT_MESSAGES = 50
"""How many messages are searched for the latest picture: one request."""
HISTORY_TIMEOUT_SECONDS = 1.5
"""Discord waits three seconds for a response, and the job has to be saved in that time too."""

Allows = Callable[[str], bool]
"""Whether a picture may be downloaded from a URL."""


def pictures_in(message: discord.Message, *, allows: Allows) -> list[SentPicture]:
    """Return every picture in a message and its forwards. Raises `VectorSticker` or `NoPictureThere`."""
    found = find_pictures(message, allows=allows)
    if found:
        return found
    stickers = [sticker for part in _parts(message) for sticker in part.stickers]
    raise VectorSticker if stickers else NoPictureThere


def find_pictures(message: discord.Message, *, allows: Allows) -> list[SentPicture]:
    """Return every picture in a message and its forwards, once each: attachments, stickers, link previews."""
    poster_id = None if message.author.bot else message.author.id
    found: dict[str, SentPicture] = {}
    for part in _parts(message):
        attached = (SentPicture.attached(attachment) for attachment in part.attachments)
        has_spoiler = "||" in part.content  # a link between two of these is a spoiler, and so is its preview
        previews = _previews(part.embeds, allows=allows, hidden=has_spoiler)
        is_hidden_by_layout = _has_spoiler_media(part.components)
        for picture in (*attached, *_stickers(part.stickers), *previews):
            if is_picture(picture):
                hidden = is_hidden_by_layout or picture.hidden
                found.setdefault(picture.url.partition("?")[0], replace(picture, hidden=hidden, poster_id=poster_id))
    return list(found.values())


async def find_last_pictures(interaction: discord.Interaction[Any]) -> list[SentPicture]:
    """Return the pictures of the newest message in the channel that has any.

    Without the intent Message Content, Discord shows the bot the content only of its own messages, replies that ping
    it, messages that mention it, and direct messages. Raises `HistoryHidden` if Discord doesn't let the member read
    earlier messages, `ChannelUnreadable` if it doesn't let the bot, or `NoRecentPicture`.
    """
    client = interaction.client
    if interaction.guild_id is not None:
        if is_user_install_only(interaction):
            raise ChannelUnreadable
        needed = needed_to_read(interaction.channel)
        if missing_from(interaction.permissions, needed):
            raise HistoryHidden
        if missing := missing_from(interaction.app_permissions, needed):
            raise ChannelUnreadable(missing)
    elif not interaction.context.dm_channel:
        raise ChannelUnreadable
    channel = client.get_partial_messageable(interaction.channel_id or 0, guild_id=interaction.guild_id)
    allows = client.studio.pictures.allows
    try:
        async with asyncio.timeout(HISTORY_TIMEOUT_SECONDS):
            async for message in channel.history(limit=RECENT_MESSAGES):
                if found := _usable_pictures(message, client.user, allows=allows):
                    return found
    except (discord.Forbidden, discord.NotFound) as error:
        raise ChannelUnreadable from error
    except (discord.HTTPException, TimeoutError, *NETWORK_ERRORS) as error:
        raise ChannelUnreadable(later=True) from error
    raise NoRecentPicture(RECENT_MESSAGES, sees_all=sees_all_content(interaction))


def sees_all_content(interaction: discord.Interaction[Any]) -> bool:
    """Whether Discord shows the bot what is in every message here: in direct messages, and with Message Content."""
    flags = interaction.client.application_flags
    has_intent = flags.gateway_message_content or flags.gateway_message_content_limited
    return interaction.context.dm_channel or has_intent


def _usable_pictures(message: discord.Message, bot: discord.ClientUser | None, *, allows: Allows) -> list[SentPicture]:
    """Return a message's pictures; of the bot's own messages, only finished paintings."""
    found = find_pictures(message, allows=allows)
    if bot is not None and message.author.id == bot.id:
        return [picture for picture in found if picture.filename.startswith(("painting.", "SPOILER_painting."))]
    return found


def _parts(message: discord.Message) -> Iterable[discord.Message | discord.MessageSnapshot]:
    return (message, *message.message_snapshots)


def _stickers(stickers: Iterable[discord.StickerItem]) -> Iterable[SentPicture]:
    for sticker in stickers:
        if sticker.format is not discord.StickerFormatType.lottie:
            kind = "gif" if sticker.format is discord.StickerFormatType.gif else "png"
            yield SentPicture(sticker.url, f"{sticker.name}.{kind}", content_type=f"image/{kind}")


def _previews(embeds: Iterable[discord.Embed], *, allows: Allows, hidden: bool) -> Iterable[SentPicture]:
    """Yield pictures of link previews: the link itself if it is an attachment's, else Discord's copy."""
    for embed in embeds:
        for media in (embed.image, embed.thumbnail):
            url = next((url for url in (media.url, media.proxy_url) if url and allows(url)), None)
            if url is None:
                continue
            picture = SentPicture(url, URL(url).name, content_type=getattr(media, "content_type", None), hidden=hidden)
            if picture.content_type is None and not is_picture(picture):
                # Discord shows it as a picture, no matter what the page called it.
                picture = replace(picture, filename=picture.filename.partition(".")[0] or "preview")
            yield picture
            break


def _has_spoiler_media(components: Iterable[Any]) -> bool:
    """Whether a layout hides any of its pictures. The bot's own results do, and their attachments don't show it."""
    return any(
        getattr(component, "spoiler", False)
        or any(item.spoiler for item in getattr(component, "items", ()))
        or _has_spoiler_media(getattr(component, "children", ()))
        or _has_spoiler_media(filter(None, [getattr(component, "accessory", None)]))
        for component in components
    )
