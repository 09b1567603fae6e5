"""Shortens texts to what Discord allows, and folds names to compare them."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_ACCENTS = re.compile("[\u0300-\u036f]")
"""Combining marks of Latin, Greek and Cyrillic. Those of Japanese make another letter, as in か and が."""
_NOT_IN_WORDS = re.compile(r"[\W_]+")


def shortened(text: str, max_length: int) -> str:
    """Cut a text to at most `max_length` characters, anywhere: not every language has spaces."""
    return text if len(text) <= max_length else f"{text[: max_length - 1].rstrip()}…"


@lru_cache(maxsize=4096)
def folded(name: str) -> str:
    """The name without case, accents and punctuation: names that fold to the same text are the same name.

    A name of nothing but punctuation stays as it is.
    """
    plain = unicodedata.normalize("NFKC", _ACCENTS.sub("", unicodedata.normalize("NFKD", name)).casefold())
    return _NOT_IN_WORDS.sub(" ", plain).strip() or plain
