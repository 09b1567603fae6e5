"""A picture on Discord that a member wants painted, before it is fetched: attached, uploaded, linked, an avatar."""

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

MAX_LINK_LENGTH = 2048
CDN = "https://cdn.discordapp.com"
MEDIA_HOST = "media.discordapp.net"
"""Serves the same attachments under the same signature, scaled as the link says."""
SIGNATURE = ("ex", "is", "hm")
"""When an attachment's link expires, when it was made, and Discord's signature."""
SPOILER_FLAG = 1 << 3
_ATTACHMENT = re.compile(r"/(?:ephemeral-)?attachments/[0-9]+/[0-9]+/[^/]+")
_MESSAGE_HOSTS = re.compile(r"(?:(?:ptb|canary)\.)?discord(?:app)?\.com")


@dataclass(frozen=True, slots=True)
class SentPicture:
    """A picture on Discord that somebody wants painted, with what is known of it before it is fetched."""

    url: str
    filename: str
    size_bytes: int | None = None
    """None where nothing tells its size, as of a link."""
    content_type: str | None = None
    title: str | None = None
    """Its name on its sender's machine, where Discord can't have that in a file name."""
    hidden: bool = False
    """Whether its sender marked it as a spoiler, other than by its name."""
    shape: tuple[int, int] | None = None
    """Width and height in pixels, where Discord knows them."""
    poster_id: int | None = None
    """Who posted it, where that is known; None for what comes with the command itself."""

    @classmethod
    def attached(cls, attachment: discord.Attachment, *, poster_id: int | None = None) -> SentPicture:
        """A picture that is attached to a command or a message."""
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
        """A picture that was uploaded into a form, as Discord describes it."""
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
        """Whether nothing but its URL is known."""
        return self.size_bytes is None

    def is_spoiler(self) -> bool:
        """Whether its sender hid it."""
        return self.hidden or self.filename.startswith(SPOILER_PREFIX)

    def as_input(self, role: InputRole) -> Input:
        """The picture as a job has it, before it is fetched."""
        return Input(
            role,
            url=self.url,
            size_bytes=self.size_bytes or 0,
            name=original_name(self.filename, self.title),
            is_spoiler=self.is_spoiler(),
        )


def _shape(width_px: int | None, height_px: int | None) -> tuple[int, int] | None:
    return (width_px, height_px) if width_px and height_px else None


def is_attachment(url: str) -> bool:
    """Whether a URL is an attachment's: those carry a signature and expire."""
    try:
        return _ATTACHMENT.fullmatch(URL(url).path) is not None
    except ValueError:
        return False


def linked_picture(subject: str, link: str) -> SentPicture:
    """The picture that a member's link leads to. Raises `NotAPictureLink`."""
    link = link.strip().removeprefix("<").removesuffix(">")
    try:
        url = URL(link)
    except ValueError as error:
        raise NotAPictureLink(subject) from error
    if url.scheme not in {"http", "https"} or not url.host or not url.name or len(link) > MAX_LINK_LENGTH:
        raise NotAPictureLink(subject)
    if _MESSAGE_HOSTS.fullmatch(url.host) and url.path.startswith("/channels/"):
        raise NotAPictureLink(subject, is_message=True)
    if url.host == MEDIA_HOST and is_attachment(link):
        url = _original(url)
    return SentPicture(str(url), url.name)


def avatar_of(member: discord.Member | discord.User) -> SentPicture:
    """A member's avatar: the one of this server, where they have one."""
    avatar = member.display_avatar
    if avatar.is_animated():
        avatar = avatar.with_format("png")  # its first frame
    poster_id = None if member.bot else member.id
    return SentPicture(avatar.url, f"{member.name}.png", content_type="image/png", poster_id=poster_id)


def _original(url: URL) -> URL:
    """An attachment as it was sent, for a link to a scaled one."""
    signature = {name: url.query[name] for name in SIGNATURE if name in url.query}
    return URL(CDN).with_path(url.path).with_query(signature)
