"""Refusals about entries in challenges."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from discord.utils import format_dt

from bot.errors.refusals import Refusal
from bot.words.values import Escaped


class ChallengeUnknown(Refusal):
    """A challenge that doesn't exist, or not any more."""


class NoOpenChallenge(Refusal):
    """A server on which no challenge accepts entries."""


class NoReviewedChallenge(Refusal):
    """A server on which no challenge accepts entries that moderators look at first."""


class NotOnItsServer(Refusal):
    """Somebody who isn't a member of the challenge's server any more."""


class EntriesNotOpen(Refusal):
    """An entry before its challenge opens."""

    opens_at: datetime

    def sentence_fields(self) -> dict[str, object]:
        """When it opens, with the date."""
        return {"opens_at": format_dt(self.opens_at, "F")}


class EntriesClosed(Refusal):
    """An entry after its challenge has closed."""


class BannedFromChallenge(Refusal):
    """Somebody whom a moderator has banned from a challenge."""


class NoPlaceLeft(Refusal):
    """One entry more than a member may have."""

    limit: int

    def sentence_fields(self) -> dict[str, object]:
        """How many they may have."""
        return {"count": self.limit}


class RejectReasonMissing(Refusal):
    """A reason for a rejection of nothing but spaces."""


class PaintingUnfit(Refusal):
    """A painting that doesn't follow a challenge's rules."""

    what: Literal["kind", "content", "style", "recipe"]
    """What differs; `kind` if it isn't a single painting."""

    @property
    def key(self) -> str:
        """By what differs."""
        return f"painting-unfit-{self.what}"

    def sentence_fields(self) -> dict[str, object]:
        """Nothing more."""
        return {}


class NothingToEnter(Refusal):
    """A form that was sent without a picture and without a painting."""


class EntryChosenTwice(Refusal):
    """A form in which something was chosen in two ways."""

    what: Literal["painting", "style"]
    """`painting` if pictures were sent although an earlier painting was chosen."""

    @property
    def key(self) -> str:
        """By what was chosen."""
        return f"entry-chosen-twice-{self.what}"

    def sentence_fields(self) -> dict[str, object]:
        """Nothing more."""
        return {}


class SeveralChallenges(Refusal):
    """A command that names no challenge on a server where several fit."""

    titles: tuple[str, ...]

    def sentence_fields(self) -> dict[str, object]:
        """What they are called."""
        return {"titles": [Escaped(title) for title in self.titles]}


class EntryPictureUnneeded(Refusal):
    """A picture for a challenge whose pictures are the same for all."""


class AlreadyEntered(Refusal):
    """A painting that is an entry already."""


class EntryRejected(Refusal):
    """A painting that moderators have rejected."""


class EntryGone(Refusal):
    """An entry that isn't there any more, or that isn't in the challenge any more."""


class TooLateToWithdraw(Refusal):
    """An entry whose challenge has closed."""


class TooLateToBan(Refusal):
    """A member of a challenge whose voting has opened."""


class AlreadyDecided(Refusal):
    """An entry about which somebody else has decided."""

    state: str
    """What it is now, as `EntryState`."""
    moderator_id: int | None = None
    """Who decided; None if its member withdrew it, or if voting opened in the meantime."""

    @property
    def key(self) -> str:
        """By what it is now, and whether somebody decided so."""
        return f"already-decided-{self.state}-by" if self._is_by_moderator else f"already-decided-{self.state}"

    def sentence_fields(self) -> dict[str, object]:
        """Who decided, if anybody did."""
        return {"moderator_id": self.moderator_id} if self._is_by_moderator else {}

    @property
    def _is_by_moderator(self) -> bool:
        return self.moderator_id is not None and self.state != "withdrawn"


class EntryIsAnonymous(Refusal):
    """A painting that can't be shared yet, because it takes part in a challenge that isn't over."""

    key = "entry-is-anonymous"


class IsAnEntry(Refusal):
    """A painting that can't be deleted, because it takes part in a challenge."""

    is_open: bool
    """Whether it can still be withdrawn."""

    @property
    def key(self) -> str:
        """By whether it can still be withdrawn."""
        return "is-an-entry-open" if self.is_open else "is-an-entry"

    def sentence_fields(self) -> dict[str, object]:
        """Nothing more."""
        return {}
