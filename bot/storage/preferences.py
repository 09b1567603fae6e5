"""The repository of members' preferences: their own settings, which apply on every server."""

from __future__ import annotations

from sqlalchemy import delete

from bot.storage.models import MemberPreferencesRow
from bot.storage.servers import Notify
from bot.storage.sessions import Sessions


class Preferences:
    """Members' own settings."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def notify_of(self, member_id: int) -> Notify | None:
        """When the member wants to be mentioned; None follows the server's setting."""
        async with self._sessions() as session:
            row = await session.get(MemberPreferencesRow, member_id)
        return None if row is None or row.notify is None else Notify(row.notify)

    async def save_notify(self, member_id: int, notify: Notify | None) -> None:
        """Save when the member wants to be mentioned."""
        async with self._sessions.begin() as session:
            await session.merge(MemberPreferencesRow(member_id=member_id, notify=notify))

    async def forget(self, member_id: int) -> None:
        """Delete the member's settings."""
        async with self._sessions.begin() as session:
            await session.execute(delete(MemberPreferencesRow).where(MemberPreferencesRow.member_id == member_id))
