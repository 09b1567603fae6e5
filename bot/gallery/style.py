"""A style of the gallery, and where it is kept."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

STYLE_ID_PATTERN = "[a-z0-9_-]{1,40}"
"""Matches the ID of any style, for custom IDs and options."""
BUILT_IN_KEY_PATTERN = "[a-z0-9_]{1,40}"
"""Of a built-in style. Other IDs contain a hyphen."""


def is_stored_id(written: str) -> bool:
    """Whether a text has the form of the ID of a style that a member added."""
    return re.fullmatch("s-[0-9a-f]{16}", written) is not None


class Scope(StrEnum):
    """Who can see a style. In the order in which equally good matches are listed."""

    SHELF = "shelf"
    """One member, wherever they are."""
    SERVER = "server"
    """Every member of a server."""
    BUILT_IN = "builtin"
    """Everyone: it comes with Atelier, or the bot's host has added it."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where styles are kept that members add: a server's gallery, or a member's own shelf."""

    guild_id: int = 0
    """0 for a member's own."""
    member_id: int = 0
    """0 for a server's."""

    @classmethod
    def of_server(cls, guild_id: int) -> Shelf:
        """The gallery of a server."""
        return cls(guild_id=guild_id)

    @classmethod
    def of_member(cls, member_id: int) -> Shelf:
        """The own styles of a member."""
        return cls(member_id=member_id)

    @property
    def scope(self) -> Scope:
        """Who can see its styles."""
        return Scope.SERVER if self.guild_id else Scope.SHELF


BUILT_IN = Shelf()
"""Where the built-in styles are."""


@dataclass(frozen=True, slots=True)
class Style:
    """A picture with a name, to paint in the style of."""

    name: str
    """As it was given; of a built-in style, the English title. `bot.words.styles` has its name for members."""
    shelf: Shelf = BUILT_IN
    style_id: str = field(default_factory=lambda: f"s-{secrets.token_hex(8)}")
    """A built-in style's is its key, such as `ink_wash`."""
    owner_id: int | None = None
    """Who added it; None for a built-in style."""
    credits: str | None = None
    """Whose picture it is, or where it comes from."""
    sha256: str | None = None
    """The name of the picture in the store; None for a built-in style, which has a path instead."""
    thumbnail_sha256: str | None = None
    """The name of its thumbnail in the store; None for a built-in style."""
    path: Path | None = None
    """Where a built-in style's picture is."""
    words: tuple[str, ...] = ()
    """More words by which a built-in style is found."""
    is_spoiler: bool = False
    """Whether the picture was marked as a spoiler: so is everything that shows it, or is painted with it."""
    uses: int = 0
    """How many paintings were asked for with it, boards aside; not counted for built-in styles."""
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def scope(self) -> Scope:
        """Who can see it."""
        return Scope.BUILT_IN if self.shelf == BUILT_IN else self.shelf.scope


@dataclass(frozen=True, slots=True)
class Visitor:
    """A member who looks at the gallery, adds to it or changes it."""

    member_id: int
    guild_id: int | None = None
    """The server they are on; None in direct messages, and where only the member has installed the bot."""
    curates: bool = False
    """Whether they may change every style of that server."""

    @property
    def own(self) -> Shelf:
        """Their own styles."""
        return Shelf.of_member(self.member_id)

    @property
    def server(self) -> Shelf | None:
        """The styles of the server they are on, if any."""
        return None if self.guild_id is None else Shelf.of_server(self.guild_id)

    @property
    def shelves(self) -> tuple[Shelf, ...]:
        """Every shelf they can see, their own first."""
        return (self.own,) if self.server is None else (self.own, self.server)

    def may_change(self, style: Style) -> bool:
        """Whether they may rename and remove a style that they can see."""
        return style.owner_id == self.member_id or (self.curates and style.scope is Scope.SERVER)
