"""Refusals about challenges."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from bot.errors.refusals import Refusal


class NotAnOrganizer(Refusal):
    """Somebody who may not organize challenges here."""


class NotAnEntryModerator(Refusal):
    """Somebody who may not decide about the entries of a challenge."""


class ChallengeUnknown(Refusal):
    """A challenge that doesn't exist, or not any more."""


class NoOpenChallenge(Refusal):
    """A server on which no challenge accepts entries."""


class NotOnItsServer(Refusal):
    """Somebody who isn't a member of the challenge's server any more."""


class EntriesNotOpen(Refusal):
    """An entry before its challenge opens."""

    opens_at: datetime


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
        """By what it is now."""
        return f"already-decided-{self.state}" if self.moderator_id is None else f"already-decided-{self.state}-by"

    def sentence_fields(self) -> dict[str, object]:
        """Who decided, if anybody did."""
        return {} if self.moderator_id is None else {"moderator_id": self.moderator_id}


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
