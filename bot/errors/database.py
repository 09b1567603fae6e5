"""What happens to the database while the bot runs. Who hosts the bot reads these, except for `DatabaseAway`."""

from __future__ import annotations

from bot.errors.base import AtelierError


class DatabaseAway(AtelierError):
    """The database fails while the bot runs; what it has recorded stays."""

    problem: str

    def said_fields(self) -> dict[str, object]:
        """Nothing: a member has no use for the problem."""
        return {}


class DatabaseTaken(AtelierError):
    """Another bot has the database now, so this one leaves it alone."""

    place: str


class DatabaseUsedMeanwhile(AtelierError):
    """Another bot has worked on the jobs that this one has in memory."""

    place: str
