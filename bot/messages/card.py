"""What one message shows: a layout, and the files that are uploaded with it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

SPOILER_PREFIX = "SPOILER_"
"""Discord hides a file whose name begins with this until somebody clicks it."""


@dataclass(frozen=True, slots=True)
class FileOnDisk:
    """A file that is read only while it is uploaded."""

    path: Path
    size_bytes: int


@dataclass(frozen=True, slots=True)
class CardFile:
    """A file on a card. The same name means the same bytes: it is uploaded once and kept from edit to edit."""

    name: str
    source: bytes | FileOnDisk
    """Its bytes, if they are few. A file on disk must stay there for as long as the card is being shown."""

    @classmethod
    def of(cls, name: str, source: bytes | FileOnDisk, *, is_spoiler: bool) -> Self:
        """Build a file; a spoiler is named as discord.py names them."""
        return cls(f"{SPOILER_PREFIX}{name}" if is_spoiler else name, source)

    @property
    def size_bytes(self) -> int:
        """Its size, which is known without reading it."""
        return len(self.source) if isinstance(self.source, bytes) else self.source.size_bytes

    @property
    def is_spoiler(self) -> bool:
        """Whether Discord hides it until somebody clicks it."""
        return self.name.startswith(SPOILER_PREFIX)

    @property
    def uri(self) -> str:
        """The URI by which a layout refers to the file."""
        return f"attachment://{self.name}"


@dataclass(frozen=True, slots=True)
class Card:
    """What one message shows."""

    view: Any
    """A `LayoutView`. Messages hand it to discord.py and never look inside."""
    files: tuple[CardFile, ...] = ()
