"""Names of styles: what is allowed, what counts as the same name, and what to suggest for a file."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import PurePath

from bot.errors import StyleNameLength
from bot.sources.names import plain_name

MAX_NAME_LENGTH = 60
MAX_CREDITS_LENGTH = 200
_ACCENTS = re.compile("[\u0300-\u036f]")
"""Combining marks of Latin, Greek and Cyrillic. Those of Japanese make another letter, as in か and が."""
_NOT_IN_WORDS = re.compile(r"[\W_]+")


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


@lru_cache(maxsize=4096)
def folded(name: str) -> str:
    """The name without case, accents and punctuation: names that fold to the same text are the same name.

    A name of nothing but punctuation stays as it is.
    """
    plain = unicodedata.normalize("NFKC", _ACCENTS.sub("", unicodedata.normalize("NFKD", name)).casefold())
    return _NOT_IN_WORDS.sub(" ", plain).strip() or plain


def _cleaned(text: str) -> str:
    """One line without control characters and marks that change the writing direction."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())
