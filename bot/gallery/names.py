"""Names of styles: what is allowed, and what to suggest for a file."""

from __future__ import annotations

from pathlib import PurePath

from bot.errors import StyleNameLength
from bot.sources.names import plain_name

MAX_NAME_LENGTH = 60
MAX_CREDITS_LENGTH = 200


def checked_name(written: str) -> str:
    """Clean a name that a member wrote. Raises `StyleNameLength` if nothing is left of it, or too much."""
    name = _cleaned(written)
    if not 1 <= len(name) <= MAX_NAME_LENGTH:
        raise StyleNameLength(len(name), MAX_NAME_LENGTH)
    return name


def cleaned_credits(written: str | None) -> str | None:
    """Clean credits that a member wrote, and cut them to their limit; None when nothing is left."""
    return _cleaned(written or "")[:MAX_CREDITS_LENGTH].rstrip() or None


def suggested_name(filename: str | None) -> str:
    """A name for the style in a file: `Starry night` for `starry_night.jpg`; empty if the file's name says nothing."""
    name = _cleaned(PurePath(plain_name(filename) or "").stem.replace("_", " ").replace("-", " "))
    return (name[:1].upper() + name[1:])[:MAX_NAME_LENGTH].rstrip()


def _cleaned(text: str) -> str:
    """One line without control characters and marks that change the writing direction."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())
