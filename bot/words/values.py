"""Values in a sentence that are worded differently in each language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from babel.dates import format_date, format_time
from discord.utils import escape_markdown, escape_mentions, format_dt

from bot.words.words import Words
from stylizer.pool import PictureName, PictureRole

PERMISSION_KEYS: Mapping[str, str] = {
    "attach_files": "permission-attach-files",
    "connect": "permission-connect",
    "create_public_threads": "permission-create-public-threads",
    "manage_threads": "permission-manage-threads",
    "read_message_history": "permission-read-message-history",
    "send_messages": "permission-send-messages",
    "send_messages_in_threads": "permission-send-messages-in-threads",
    "view_channel": "permission-view-channel",
}
"""The permissions that the bot may lack, by discord.py's names."""
MAX_NAMES = 8
"""Channels or roles that one sentence lists."""
PICTURE_KEYS: Mapping[PictureRole, str] = {
    "content": "picture-content",
    "style": "picture-style",
    "start": "picture-start",
    "mask": "picture-mask",
}
"""How a sentence about a picture begins, by the picture's role; a style of a blend has a number."""


@dataclass(frozen=True, slots=True)
class AnyOf:
    """A list that ends with "or"."""

    parts: tuple[str, ...]

    def in_words(self, words: Words, /) -> str:
        """`a, b, or c`."""
        return words.listed(self.parts, any_of=True)


@dataclass(frozen=True, slots=True)
class FirstOf:
    """A list of channels or roles that may be long: the first of them, and how many more there are."""

    parts: tuple[str, ...]
    kind: Literal["channels", "roles"]

    def in_words(self, words: Words, /) -> str:
        """`#a, #b, and 3 more channels`."""
        first, more = self.parts[:MAX_NAMES], len(self.parts) - MAX_NAMES
        if more <= 0:
            return words.listed(first)
        rest = words("list-more-channels" if self.kind == "channels" else "list-more-roles", count=more)
        return words.listed([*first, rest])


@dataclass(frozen=True, slots=True)
class Permissions:
    """Permissions, by discord.py's names for them."""

    names: tuple[str, ...]

    def in_words(self, words: Words, /) -> str:
        """As Discord's settings name them: `Attach Files and Send Messages`."""
        return words.listed([words(PERMISSION_KEYS[name]) for name in self.names])


@dataclass(frozen=True, slots=True)
class PictureCalled:
    """A picture at the beginning of a sentence: by its role, or by the name of its file."""

    name: PictureName

    def in_words(self, words: Words, /) -> str:
        """`The content picture`, `Style 2`, or the name of its file as it is."""
        role, filename = self.name
        if role is None or filename is not None:
            return str(self.name)
        if (key := PICTURE_KEYS.get(role)) is not None:
            return words(key)
        return words("picture-style-number", number=int(role.removeprefix("style ")))


@dataclass(frozen=True, slots=True)
class Escaped:
    """A text of a member in a sentence: shown as it was written, without Markdown and without mentions."""

    text: str

    def in_words(self, _words: Words, /) -> str:
        """`\\*Stars\\*` for `*Stars*`."""
        return escape_mentions(escape_markdown(self.text))


@dataclass(frozen=True, slots=True)
class DateAndTime:
    """A moment, which Discord shows each member in their own time."""

    at: datetime

    def in_words(self, _words: Words, /) -> str:
        """A timestamp that shows as `1 December 2026 18:00`."""
        return format_dt(self.at, "f")


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the calendar."""

    day: date

    def in_words(self, words: Words, /) -> str:
        """`Tuesday, December 1, 2026`."""
        return str(format_date(self.day, "full", locale=words.locale))


@dataclass(frozen=True, slots=True)
class TimeOfDay:
    """What a clock shows, wherever it is."""

    at: datetime

    def in_words(self, words: Words, /) -> str:
        """`6:00 PM`, or `18:00`."""
        # Without its zone: Babel would convert it.
        return str(format_time(self.at.time(), "short", locale=words.locale))
