"""The repository of registered commands: registering is slow and rate-limited, so it is done only after a change."""

from __future__ import annotations

from bot.storage.models import SyncedCommandsRow
from bot.storage.sessions import Sessions


class SyncedCommands:
    """Digests of the commands that each application has registered with Discord."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def digest(self, application: str) -> str | None:
        """Digest of the commands that were registered last, or None."""
        async with self._sessions() as session:
            row = await session.get(SyncedCommandsRow, application)
        return None if row is None else row.digest

    async def save(self, application: str, digest: str) -> None:
        """Save which commands are registered now."""
        async with self._sessions.begin() as session:
            await session.merge(SyncedCommandsRow(application=application, digest=digest))
