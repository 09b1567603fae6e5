"""What keeps the bot from starting. The bot's host reads these on a terminal."""

from __future__ import annotations

from pathlib import Path

from bot.errors.base import AtelierError


class StartError(AtelierError):
    """The bot can't start."""


class TokenMissing(StartError):
    """No token is set."""


class TokenMalformed(StartError):
    """The token has characters that no token has."""


class TokenRefused(StartError):
    """Discord doesn't accept the token."""


class WorkerUserUnusable(StartError):
    user: str
    problem: str


class DataDirUnusable(StartError):
    """The data directory can't be created, entered or written to."""

    data_dir: Path
    problem: str


class AlreadyRunning(StartError):
    data_dir: Path


class CannotListen(StartError):
    host: str
    port: int
    problem: str

    def sentence_fields(self) -> dict[str, object]:
        """The port as it is written in settings."""
        return {**self.fields(), "port": str(self.port)}


class DiscordUnreachable(StartError):
    url: str
    problem: str


class DatabaseInUse(StartError):
    place: str


class DatabaseUrlInvalid(StartError):
    problem: str


class DatabaseUnusable(StartError):
    place: str
    problem: str


class DatabaseDamaged(StartError):
    place: str
    problem: str


class DatabaseLocked(StartError):
    place: str


class DatabaseNotWritable(StartError):
    place: str
    problem: str


class DatabaseTooNew(StartError):
    place: str
    revision: str


class DatabaseDriverMissing(StartError):
    """SQLAlchemy's driver for PostgreSQL isn't installed."""
