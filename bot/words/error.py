"""Errors whose sentences are in the catalogs."""

from __future__ import annotations

import re
from typing import Any

from bot.words.words import ENGLISH, Words
from stylizer.pool import FrozenError


class WordedError(FrozenError):
    """An error that is a frozen dataclass, and whose sentence is the catalog's entry under `key`."""

    def __post_init__(self) -> None:
        self.args = tuple(self.fields().values())

    def __str__(self) -> str:
        """The sentence in English."""
        return self.in_words(ENGLISH)

    @property
    def key(self) -> str:
        """The catalog's key of its sentence: `queue-full` for `QueueFull`."""
        return key_of_class(type(self))

    def fields(self) -> dict[str, Any]:
        """Its fields, in their order."""
        return fields_of(self)

    def sentence_fields(self) -> dict[str, object]:
        """The fields that its sentence uses."""
        return self.fields()

    def in_words(self, words: Words, /) -> str:
        """Its sentence."""
        return words(self.key, **self.sentence_fields())


def fields_of(error: FrozenError) -> dict[str, Any]:
    """The fields of an error, in their order."""
    return {name: getattr(error, name) for name in getattr(type(error), "__dataclass_fields__", ())}


def key_of_class(kind: type[BaseException]) -> str:
    """The key of an error's sentence: its class's name, in lower case and with hyphens."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", kind.__name__).lower()
