"""A challenge: what it asks for, its phases, and what may be done in each."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, cast

from bot.painting.job import Input, InputRole

MAX_TITLE_LENGTH = 80
MAX_THEME_LENGTH = 1000
MAX_ENTRIES_PER_MEMBER = 10
MAX_VOTES_PER_MEMBER = 10
DEFAULT_ACCOUNT_DAYS = 7
"""Younger accounts may not vote, unless a server wants otherwise: they are easily made for that."""


class Phase(StrEnum):
    """How far a challenge has come."""

    DRAFT = "draft"
    """Its organizer sets it up, and nobody else sees it."""
    SCHEDULED = "scheduled"
    """Announced; entries aren't accepted yet."""
    OPEN = "open"
    """Entries are accepted."""
    VOTING = "voting"
    COUNTING = "counting"
    """Voting is over, and nothing is shown before all votes are counted."""
    DECIDING = "deciding"
    """Voting is over, and its organizers have to decide a tie."""
    ENDED = "ended"
    CANCELED = "canceled"


RUNNING_PHASES = frozenset({Phase.SCHEDULED, Phase.OPEN, Phase.VOTING, Phase.COUNTING, Phase.DECIDING})
"""Announced, and not over yet."""


END_COLUMNS: Mapping[Phase, str] = {Phase.SCHEDULED: "opens_at", Phase.OPEN: "closes_at", Phase.VOTING: "ends_at"}
"""The column of a challenge that says when a phase ends by itself."""
_TIMES_IN_ORDER = tuple(END_COLUMNS.values())


class Voting(StrEnum):
    """How members vote. Neither way shows anything before the end."""

    DUELS = "duels"
    """Each member sees two entries at a time, and says which is better."""
    FAVORITES = "favorites"
    """Each member has some votes, and at most one for each entry."""


class Ties(StrEnum):
    """What happens when the first place is shared."""

    SHARED = "shared"
    DECIDED = "decided"
    """The organizers choose one of them."""


class Moved(StrEnum):
    """Why the times of a challenge changed after it was announced."""

    EXTENDED = "extended"
    """An organizer moved them."""
    DELAYED = "delayed"
    """The bot wasn't there when a phase should have begun."""


@dataclass(frozen=True, slots=True)
class FixedPicture:
    """A picture that every entry has to be painted from."""

    role: InputRole
    """`content` or `style`."""
    sha256: str
    """The name of its file in the store."""
    thumbnail_sha256: str | None = None
    """The name of a small JPEG of it."""
    name: str | None = None
    """What members read: a style's name, or the name of the file."""
    is_spoiler: bool = False
    width_px: int | None = None
    """None if its size in pixels is unknown, like `height_px`."""
    height_px: int | None = None

    def as_input(self) -> Input:
        """The picture as a job records it."""
        return Input(
            self.role,
            sha256=self.sha256,
            thumbnail_sha256=self.thumbnail_sha256,
            name=self.name,
            is_spoiler=self.is_spoiler,
            width_px=self.width_px,
            height_px=self.height_px,
        )


@dataclass(frozen=True, slots=True)
class Challenge:
    """One challenge of a server. Its phase changes only in the database: see `ChallengeRecords.change`."""

    guild_id: int
    organizer_id: int
    channel_id: int
    """Where it is announced: a text channel, or a forum."""
    title: str
    theme: str
    opens_at: datetime
    """When entries open, like all its times in UTC."""
    closes_at: datetime
    """When entries close, and voting opens."""
    ends_at: datetime
    """When voting closes."""
    challenge_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    phase: Phase = Phase.DRAFT
    fixed: tuple[FixedPicture, ...] = ()
    """The pictures that are the same for all: none, a style, a content picture, or both."""
    recipe_name: str | None = None
    """The recipe of every entry; None leaves it to the members."""
    entries_per_member: int = 1
    is_reviewed: bool = False
    """Whether moderators look at entries before they count."""
    voting: Voting = Voting.DUELS
    votes_per_member: int = 3
    """With `Voting.FAVORITES`."""
    ties: Ties = Ties.SHARED
    min_account_days: int = DEFAULT_ACCOUNT_DAYS
    """How old the account of a voter has to be."""
    voter_role_id: int | None = None
    """The role that a voter needs, if any."""
    winner_role_id: int | None = None
    """The role that winners get, if any."""
    tells_places: bool = True
    """Whether every entrant gets their place in a direct message."""
    locale: str | None = None
    """The language of its public cards, as Discord names it: the server's."""
    zone: str = "UTC"
    """The time zone in which its times were written; a series repeats them there."""
    series_id: str | None = None
    """The series that it is a part of, if any."""
    thread_id: int | None = None
    """The thread with its entries, once it exists."""
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    voting_opened_at: datetime | None = None
    """When voting really opened: members who joined later may not vote."""
    ended_at: datetime | None = None
    ballots_sha256: str | None = None
    """The hash of its anonymous ballots, which is published at the end. It is also their file's name in the store."""
    voters: int | None = None
    """How many members voted; None before the end, and for a challenge without a vote, like `votes_cast`."""
    votes_cast: int | None = None
    """How many duels were decided or found equal, or how many votes were given."""
    podium_sha256: str | None = None
    """The name of a picture of the best entries in the store, once it is drawn."""
    sheet_sha256: str | None = None
    """The name of a picture of all entries in the store."""
    drawn_digest: str | None = None
    """Of what these two pictures show."""
    problem: str | None = None
    """Why its messages can't be shown at the moment, as its organizer reads it."""
    moved: Moved | None = None
    """Why its times changed after it was announced, if they did."""
    cancel_reason: str | None = None
    """What the organizer who canceled it wrote."""
    is_review_reminded: bool = False
    """Whether moderators were reminded of the entries that wait for them."""
    is_tie_decided: bool = False
    """Whether organizers chose the winner among entries that shared first place."""

    @property
    def is_running(self) -> bool:
        """Whether it is announced and not over."""
        return self.phase in RUNNING_PHASES

    @property
    def is_revealed(self) -> bool:
        """Whether names and counts may be shown."""
        return self.phase is Phase.ENDED

    @property
    def is_without_votes(self) -> bool:
        """Whether there was a vote in which nobody voted: then nobody has won."""
        return self.votes_cast == 0

    @property
    def was_uncontested(self) -> bool:
        """Whether it has ended with one entry at most, so that there was nothing to vote on."""
        return self.phase is Phase.ENDED and self.votes_cast is None

    @property
    def next_change_at(self) -> datetime | None:
        """When its phase changes by itself; None if it doesn't."""
        column = END_COLUMNS.get(self.phase)
        return None if column is None else cast("datetime", getattr(self, column))

    def later(self, by: timedelta) -> dict[str, Any]:
        """The times that are still to come, moved by that much: a column of its row for each."""
        begin = _TIMES_IN_ORDER.index(END_COLUMNS[self.phase])
        return {column: getattr(self, column) + by for column in _TIMES_IN_ORDER[begin:]}

    def fixed_picture(self, role: InputRole) -> FixedPicture | None:
        """The picture of that role that is the same for all, if there is one."""
        return next((picture for picture in self.fixed if picture.role == role), None)

    @property
    def opens_when_announced(self) -> bool:
        """Of a draft: whether entries open as soon as it is announced."""
        return self.opens_at <= self.created_at

    def again(self, **changes: Any) -> Challenge:
        """A new draft with the same texts, times, rules and fixed pictures, and with these changes."""
        kept = {name: getattr(self, name) for name in _KEPT_BY_COPIES}
        return Challenge(**kept | changes)


_KEPT_BY_COPIES = (
    "guild_id",
    "organizer_id",
    "channel_id",
    "title",
    "theme",
    "opens_at",
    "closes_at",
    "ends_at",
    "fixed",
    "recipe_name",
    "entries_per_member",
    "is_reviewed",
    "voting",
    "votes_per_member",
    "ties",
    "min_account_days",
    "voter_role_id",
    "winner_role_id",
    "tells_places",
    "locale",
    "zone",
)
