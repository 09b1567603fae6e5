"""Values in a sentence that are worded differently in each language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from bot.words.words import Words
from stylizer.pool import CONTENT, MAX_STYLES, START, STYLE, style_names

PERMISSION_KEYS: Mapping[str, str] = {
    "attach_files": "permission-attach-files",
    "connect": "permission-connect",
    "read_message_history": "permission-read-message-history",
    "send_messages": "permission-send-messages",
    "send_messages_in_threads": "permission-send-messages-in-threads",
    "view_channel": "permission-view-channel",
}
"""The permissions that the bot may lack, by discord.py's names."""
MAX_NAMES = 8
"""Channels or roles that one sentence lists."""
STYLE_NUMBERS: Mapping[str, int] = {str(name): number for number, name in enumerate(style_names(MAX_STYLES), start=1)}
"""What errors call the styles of a blend."""


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

    name: str

    def in_words(self, words: Words, /) -> str:
        """`The content picture`, `Style 2`, or the name as it is."""
        if (number := STYLE_NUMBERS.get(self.name)) is not None:
            return words("picture-style-number", number=number)
        if self.name == str(CONTENT):
            return words("picture-content")
        if self.name == str(STYLE):
            return words("picture-style")
        return words("picture-start") if self.name == str(START) else self.name
