"""Database errors while the bot runs. The bot's host reads these, except for `DatabaseAway`."""

from __future__ import annotations

from bot.errors.base import AtelierError


class DatabaseAway(AtelierError):
    """The database fails while the bot runs. What was saved before stays saved."""

    problem: str

    def sentence_fields(self) -> dict[str, object]:
        """None: the problem is of no use to a member."""
        return {}


class DatabaseTaken(AtelierError):
    """Another bot has the database now, so this one leaves it alone."""

    place: str


class DatabaseUsedMeanwhile(AtelierError):
    """Another bot has worked on the jobs that this one has in memory."""

    place: str
