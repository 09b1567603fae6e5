"""The names of members' pictures, short and plain enough to be shown anywhere."""

from __future__ import annotations

from pathlib import PurePath

from bot.messages.card import SPOILER_PREFIX

MAX_NAME_LENGTH = 100
"""Discord takes alt texts of up to 1,024 characters; they hold two names."""
MAX_SUFFIX_LENGTH = 10


def plain_name(name: str | None) -> str | None:
    """Clean a file name so that it can be shown on one short line; None when nothing is left of it.

    Drops the spoiler prefix, control characters and marks that change the writing direction; keeps the suffix.
    """
    name = " ".join("".join(character if character.isprintable() else " " for character in name or "").split())
    while name.startswith(SPOILER_PREFIX):
        name = name.removeprefix(SPOILER_PREFIX).lstrip()
    if len(name) > MAX_NAME_LENGTH:
        suffix = PurePath(name).suffix[:MAX_SUFFIX_LENGTH]
        name = f"{name[: MAX_NAME_LENGTH - 1 - len(suffix)]}…{suffix}"
    return name or None


def original_name(filename: str, title: str | None) -> str | None:
    """The name that a file had on its sender's machine, cleaned by `plain_name`.

    Letters that Discord doesn't allow in file names are kept only in the title.
    """
    if not title:
        return plain_name(filename)
    suffix = PurePath(filename).suffix
    return plain_name(title if title.lower().endswith(suffix.lower()) else f"{title}{suffix}")
