"""Refusals about styles of the gallery."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from bot.errors.refusals import Refusal
from bot.words.values import Escaped

StyleLimitOf = Literal["member", "member here", "server"]

EXAMPLE_WEIGHTS: Mapping[int, str] = {2: "70 30", 3: "50 30 20", 4: "40 30 20 10", 5: "40 30 15 10 5"}
"""Weights as a member writes them, by the number of styles."""


class AboutStyle(Refusal):
    """A style, by its name."""

    name: str

    def sentence_fields(self) -> dict[str, object]:
        """The name, so that it shows as it was written."""
        return {**self.fields(), "name": Escaped(self.name)}


class StyleNameLength(Refusal):
    length: int
    limit: int

    @property
    def key(self) -> str:
        """By whether there is a name."""
        return "style-name-length" if self.length else "style-name-missing"

    def sentence_fields(self) -> dict[str, object]:
        """The longest name, and how long this one is."""
        return {"limit": self.limit, **({"length": self.length} if self.length else {})}


class TooManyBoardStyles(Refusal):
    """More styles were chosen than the board has room for."""

    chosen: int
    limit: int
    """1 for a board that varies one style."""

    @property
    def key(self) -> str:
        """By whether the board varies one style."""
        return "too-many-board-styles-varied" if self.limit == 1 else "too-many-board-styles"

    def sentence_fields(self) -> dict[str, object]:
        """How many there are, and how many there can be."""
        return {"chosen": self.chosen} if self.limit == 1 else self.fields()


class NotABlend(Refusal):
    """Fewer or more styles than can be blended."""

    chosen: int
    limit: int

    @property
    def key(self) -> str:
        """By whether it is too few or too many."""
        return "not-a-blend-few" if self.chosen <= 1 else "not-a-blend-many"


class WrongNumberOfWeights(Refusal):
    """Weights that don't go with the styles of a blend."""

    weights: int
    styles: int

    def sentence_fields(self) -> dict[str, object]:
        """Its fields, and weights for as many styles: `70 30`, `50 30 20`."""
        return {**self.fields(), "example": EXAMPLE_WEIGHTS[self.styles]}


class StyleNameTaken(AboutStyle):
    """Another style in the same place has this name."""


class StyleExists(AboutStyle):
    """A style in the same place, with this name, has the same picture."""


class StyleNotFound(AboutStyle):
    """There is no style that the member can see with this name; it is empty if they have chosen by ID."""

    @property
    def key(self) -> str:
        """By whether a name is known."""
        return "style-not-found" if self.name else "style-gone"

    def sentence_fields(self) -> dict[str, object]:
        """What was written, if anything."""
        return super().sentence_fields() if self.name else {}


class StyleBuiltIn(AboutStyle):
    """A style that no member can change."""


class StyleNotYours(AboutStyle):
    """A style that only its owner and the server's managers can change."""

    owner_id: int


class TooManyStyles(Refusal):
    who: StyleLimitOf
    limit: int

    @property
    def key(self) -> str:
        """By whose limit it is."""
        match self.who:
            case "member":
                return "too-many-styles"
            case "member here":
                return "too-many-styles-here"
            case "server":
                return "too-many-styles-server"

    def sentence_fields(self) -> dict[str, object]:
        """The limit."""
        return {"count": self.limit}


class NoGalleryHere(Refusal):
    """A style for a server's gallery in a direct message, or on a server that hasn't installed the bot."""
