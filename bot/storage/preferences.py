"""The repository of members' preferences: their own settings, which apply on every server."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import delete, select

from bot.painting.job import Colors
from bot.storage.models import MemberPreferencesRow
from bot.storage.servers import Notify
from bot.storage.sessions import Sessions
from stylizer.recipe import recipe_names


@dataclass(frozen=True, slots=True)
class MemberPreferences:
    """What a member prefers. None leaves it to the server, or to the recipe."""

    notify: Notify | None = None
    """When to mention them."""
    recipe_name: str | None = None
    size_px: int | None = None
    style_strength: float | None = None
    colors: Colors = Colors.STYLE
    wants_timelapse: bool = True
    private_answers: bool = False
    """Whether only they see the bot's answers to them."""
    time_zone: str | None = None
    """As the time zone database names it."""


NO_PREFERENCES = MemberPreferences()


class Preferences:
    """Every member's preferences, in memory so that they can be read before an interaction is acknowledged."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._preferences: dict[int, MemberPreferences] = {}
        self._changing = asyncio.Lock()

    async def load(self) -> None:
        """Read all preferences from the database."""
        async with self._sessions() as session:
            rows = list(await session.scalars(select(MemberPreferencesRow)))
        self._preferences = {row.member_id: _preferences(row) for row in rows}

    def of(self, member_id: int) -> MemberPreferences:
        """What the member prefers."""
        return self._preferences.get(member_id, NO_PREFERENCES)

    def knows(self, member_id: int) -> bool:
        """Whether anything is saved about the member, even if it is what members get who chose nothing."""
        return member_id in self._preferences

    async def change(self, member_id: int, **changes: Any) -> MemberPreferences:
        """Change the named preferences, leave the others, and return the new ones."""
        async with self._changing:  # two menus may be used at the same time
            preferences = replace(self.of(member_id), **changes)
            async with self._sessions.begin() as session:
                await session.merge(_row(member_id, preferences))
            self._preferences[member_id] = preferences
            return preferences

    async def forget(self, member_id: int) -> None:
        """Delete the member's preferences."""
        async with self._changing:
            await self._sessions.write(delete(MemberPreferencesRow).where(MemberPreferencesRow.member_id == member_id))
            self._preferences.pop(member_id, None)


def _row(member_id: int, preferences: MemberPreferences) -> MemberPreferencesRow:
    return MemberPreferencesRow(
        member_id=member_id,
        notify=preferences.notify,
        recipe_name=preferences.recipe_name,
        size_px=preferences.size_px,
        style_strength=preferences.style_strength,
        colors=preferences.colors,
        wants_timelapse=preferences.wants_timelapse,
        private_answers=preferences.private_answers,
        time_zone=preferences.time_zone,
    )


def _preferences(row: MemberPreferencesRow) -> MemberPreferences:
    return MemberPreferences(
        notify=None if row.notify is None else Notify(row.notify),
        # The recipe may have been removed from the configuration since it was chosen.
        recipe_name=row.recipe_name if row.recipe_name in recipe_names() else None,
        size_px=row.size_px,
        style_strength=row.style_strength,
        colors=Colors(row.colors),
        wants_timelapse=row.wants_timelapse,
        private_answers=row.private_answers,
        time_zone=row.time_zone,
    )
