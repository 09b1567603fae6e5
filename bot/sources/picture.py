"""Pictures that members choose on Discord, before the download: attached, uploaded, linked, or an avatar."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import discord
from yarl import URL

from bot.errors import NotAPictureLink
from bot.messages.card import SPOILER_PREFIX
from bot.painting.job import Input, InputRole
from bot.sources.names import original_name
from stylizer.pool import PictureRole

MAX_LINK_LENGTH = 2048
CDN = "https://cdn.discordapp.com"
MEDIA_HOST = "media.discordapp.net"
"""Serves the same attachments with the same signatures, scaled as the link asks."""
SIGNATURE = ("ex", "is", "hm")
"""Query parameters of an attachment's link: when it expires, when it was issued, and Discord's signature."""
MESSAGE_HOSTS = r"(?:(?:ptb|canary)\.)?discord(?:app)?\.com"
"""Matches the hosts of links to messages."""
SPOILER_FLAG = 1 << 3
_ATTACHMENT = re.compile(r"/(?:ephemeral-)?attachments/[0-9]+/[0-9]+/[^/]+")


@dataclass(frozen=True, slots=True)
class SentPicture:
    """A picture on Discord, with what is known about it before the download."""

    url: str
    filename: str
    size_bytes: int | None = None
    """None if unknown, as for a link."""
    content_type: str | None = None
    title: str | None = None
    """The original file name, if it contains characters that Discord removes from file names."""
    hidden: bool = False
    """Whether it is marked as a spoiler other than by its file name."""
    shape: tuple[int, int] | None = None
    """Width and height in pixels, if Discord knows them."""
    poster_id: int | None = None
    """The user who posted it, if known; None for a picture sent with the command itself."""

    @classmethod
    def attached(cls, attachment: discord.Attachment, *, poster_id: int | None = None) -> SentPicture:
        """Describe an attachment of a command or a message."""
        return cls(
            url=attachment.url,
            filename=attachment.filename,
            size_bytes=attachment.size,
            content_type=attachment.content_type,
            title=attachment.title,
            hidden=attachment.is_spoiler(),
            shape=_shape(attachment.width, attachment.height),
            poster_id=poster_id,
        )

    @classmethod
    def uploaded(cls, payload: dict[str, Any]) -> SentPicture:
        """Describe an upload in a form, from Discord's payload."""
        return cls(
            url=payload["url"],
            filename=payload["filename"],
            size_bytes=payload["size"],
            content_type=payload.get("content_type"),
            title=payload.get("title"),
            hidden=bool(payload.get("flags", 0) & SPOILER_FLAG),
            shape=_shape(payload.get("width"), payload.get("height")),
        )

    @property
    def is_link(self) -> bool:
        """Whether only its URL is known."""
        return self.size_bytes is None

    def is_spoiler(self) -> bool:
        """Whether it is marked as a spoiler in any way."""
        return self.hidden or self.filename.startswith(SPOILER_PREFIX)

    def as_input(self, role: InputRole) -> Input:
        """Return the picture as a job records it before the download."""
        width_px, height_px = self.shape or (None, None)
        return Input(
            role,
            url=self.url,
            size_bytes=self.size_bytes or 0,
            name=original_name(self.filename, self.title),
            is_spoiler=self.is_spoiler(),
            width_px=width_px,
            height_px=height_px,
        )


def _shape(width_px: int | None, height_px: int | None) -> tuple[int, int] | None:
    return (width_px, height_px) if width_px and height_px else None


def is_attachment(url: str) -> bool:
    """Whether a URL is an attachment's. Those are signed and expire."""
    try:
        return _ATTACHMENT.fullmatch(URL(url).path) is not None
    except ValueError:
        return False


def linked_picture(role: PictureRole, link: str) -> SentPicture:
    """Return the picture that a link leads to. Raises `NotAPictureLink`."""
    link = link.strip().removeprefix("<").removesuffix(">")
    try:
        url = URL(link)
    except ValueError as error:
        raise NotAPictureLink(role) from error
    if url.scheme not in {"http", "https"} or not url.host or not url.name or len(link) > MAX_LINK_LENGTH:
        raise NotAPictureLink(role)
    if re.fullmatch(MESSAGE_HOSTS, url.host) and url.path.startswith("/channels/"):
        raise NotAPictureLink(role, is_message=True)
    if url.host == MEDIA_HOST and is_attachment(link):
        url = _original(url)
    return SentPicture(str(url), url.name)


def avatar_of(member: discord.Member | discord.User) -> SentPicture:
    """Return a member's avatar; their server avatar if they have one."""
    avatar = member.display_avatar
    if avatar.is_animated():
        avatar = avatar.with_format("png")  # its first frame
    poster_id = None if member.bot else member.id
    return SentPicture(avatar.url, f"{member.name}.png", content_type="image/png", poster_id=poster_id)


def _original(url: URL) -> URL:
    """Return the URL of the original attachment, given a link to a scaled copy."""
    signature = {name: url.query[name] for name in SIGNATURE if name in url.query}
    return URL(CDN).with_path(url.path).with_query(signature)
