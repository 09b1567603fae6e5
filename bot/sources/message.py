"""The pictures of messages: those of one that a member points at, and the last one of a channel."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import discord
from yarl import URL

from bot.errors import NETWORK_ERRORS, ChannelUnreadable, NoPictureThere, NoRecentPicture, VectorSticker
from bot.files.media_types import is_picture
from bot.servers.rules import is_members_own, missing_from, needed_to_read
from bot.sources.picture import SentPicture

RECENT_MESSAGES = 50
"""How far back the last picture of a channel is looked for: one request."""
HISTORY_TIMEOUT_SECONDS = 1.5
"""Discord waits three seconds for an answer, and the job has to be written down too."""

Allows = Callable[[str], bool]
"""Whether a picture can be fetched from that URL."""


def pictures_in(message: discord.Message, *, allows: Allows) -> list[SentPicture]:
    """Every picture of a message and of what it forwards. Raises `VectorSticker` or `NoPictureThere` for none."""
    found = find_pictures(message, allows=allows)
    if found:
        return found
    stickers = [sticker for part in _parts(message) for sticker in part.stickers]
    raise VectorSticker if stickers else NoPictureThere


def find_pictures(message: discord.Message, *, allows: Allows) -> list[SentPicture]:
    """Every picture of a message and of what it forwards, each once: attachments, stickers, link previews."""
    poster_id = None if message.author.bot else message.author.id
    found: dict[str, SentPicture] = {}
    for part in _parts(message):
        attached = (SentPicture.attached(attachment) for attachment in part.attachments)
        covered = "||" in part.content  # a link between two of them is a spoiler, and so is its preview
        previews = _previews(part.embeds, allows=allows, hidden=covered)
        veiled = _is_veiled(part.components)
        for picture in (*attached, *_stickers(part.stickers), *previews):
            if is_picture(picture):
                hidden = veiled or picture.hidden
                found.setdefault(picture.url.partition("?")[0], replace(picture, hidden=hidden, poster_id=poster_id))
    return list(found.values())


async def find_last_picture(interaction: discord.Interaction[Any]) -> SentPicture:
    """The newest picture among the channel's last messages, of which Discord shows the bot few.

    Without the intent Message Content they are its own messages, replies that ping it, messages that mention it, and
    all in direct messages. Raises `ChannelUnreadable` or `NoRecentPicture`.
    """
    client, is_dm = interaction.client, interaction.context.dm_channel
    if interaction.guild_id is not None:
        if is_members_own(interaction):
            raise ChannelUnreadable
        if missing := missing_from(interaction.app_permissions, needed_to_read(interaction.channel)):
            raise ChannelUnreadable(missing)
    elif not is_dm:
        raise ChannelUnreadable
    channel = client.get_partial_messageable(interaction.channel_id or 0, guild_id=interaction.guild_id)
    allows = client.studio.pictures.allows
    try:
        async with asyncio.timeout(HISTORY_TIMEOUT_SECONDS):
            async for message in channel.history(limit=RECENT_MESSAGES):
                if found := _shown_by(message, client.user, allows=allows):
                    return found[0]
    except (discord.Forbidden, discord.NotFound) as error:
        raise ChannelUnreadable from error
    except (discord.HTTPException, TimeoutError, *NETWORK_ERRORS) as error:
        raise ChannelUnreadable(later=True) from error
    flags = client.application_flags
    reads_all = flags.gateway_message_content or flags.gateway_message_content_limited
    raise NoRecentPicture(RECENT_MESSAGES, sees_all=is_dm or reads_all)


def _shown_by(message: discord.Message, bot: discord.ClientUser | None, *, allows: Allows) -> list[SentPicture]:
    """The pictures of a message that one would call its pictures: of the bot's own, finished paintings only."""
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
    """Pictures of link previews: an attachment by its own link, and Discord's copy of what lies elsewhere."""
    for embed in embeds:
        for media in (embed.image, embed.thumbnail):
            url = next((url for url in (media.url, media.proxy_url) if url and allows(url)), None)
            if url is None:
                continue
            picture = SentPicture(url, URL(url).name, content_type=getattr(media, "content_type", None), hidden=hidden)
            if picture.content_type is None and not is_picture(picture):
                # Discord shows it as a picture, whatever the page has named it.
                picture = replace(picture, filename=picture.filename.partition(".")[0] or "preview")
            yield picture
            break


def _is_veiled(components: Iterable[Any]) -> bool:
    """Whether a layout hides any of its pictures: the bot's own results do, and their attachments don't say so."""
    return any(
        getattr(component, "spoiler", False)
        or any(item.spoiler for item in getattr(component, "items", ()))
        or _is_veiled(getattr(component, "children", ()))
        or _is_veiled(filter(None, [getattr(component, "accessory", None)]))
        for component in components
    )
