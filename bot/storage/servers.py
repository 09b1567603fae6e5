"""The repository of servers' settings, kept in memory so that a refusal needs no database."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import select

from bot.storage.models import ServerRow
from bot.storage.sessions import Sessions
from stylizer.recipe import DEFAULT_RECIPE, recipe_names


class Notify(StrEnum):
    """When the owner of a finished painting is mentioned."""

    LONG = "long"
    """If it took longer than a minute."""
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Settings of one server. None, or an empty set, means the host's setting."""

    guild_id: int | None = None
    """None outside of servers."""
    channel_ids: frozenset[int] = frozenset()
    """Channels and categories where Atelier may be used; empty means everywhere."""
    role_ids: frozenset[int] = frozenset()
    """Members with one of these roles may use Atelier; empty means everyone."""
    default_recipe: str | None = None
    largest_size_px: int | None = None
    member_jobs_a_day: int | None = None
    server_jobs_a_day: int | None = None
    log_channel_id: int | None = None
    showcase_channel_id: int | None = None
    """Where members may share paintings."""
    notify: Notify = Notify.LONG
    variations_by_owner_only: bool = False
    organizer_role_ids: frozenset[int] = frozenset()
    """Members with one of these roles may hold challenges, besides those who can manage events."""
    voter_account_days: int | None = None
    """How old the account of a voter has to be, unless a challenge says otherwise."""
    voter_role_id: int | None = None
    """The role that voters need, unless a challenge says otherwise."""
    winner_role_id: int | None = None
    """The role that winners of challenges get."""
    time_zone: str | None = None
    """As the time zone database names it: `Europe/Berlin`."""

    @property
    def recipe_name(self) -> str:
        """The default recipe."""
        return self.default_recipe or DEFAULT_RECIPE


class Servers:
    """Every server's settings, in memory so that they can be read before an interaction is acknowledged."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._settings: dict[int, ServerSettings] = {}
        self._changing = asyncio.Lock()

    async def load(self) -> None:
        """Read all settings from the database."""
        async with self._sessions() as session:
            rows = list(await session.scalars(select(ServerRow)))
        self._settings = {row.guild_id: _settings(row) for row in rows}

    def settings_of(self, guild_id: int | None) -> ServerSettings:
        """The settings of that server, or those outside of servers."""
        if guild_id is None:
            return ServerSettings()
        return self._settings.get(guild_id) or ServerSettings(guild_id)

    async def change(self, guild_id: int, **changes: Any) -> ServerSettings:
        """Change the named settings, leave the others, and return the new settings."""
        async with self._changing:  # two managers may change settings at the same time
            settings = replace(self.settings_of(guild_id), **changes)
            await self._save(guild_id, settings)
            return settings

    async def reset(self, guild_id: int) -> None:
        """Forget all that was changed."""
        async with self._changing:
            await self._save(guild_id, ServerSettings(guild_id))

    async def _save(self, guild_id: int, settings: ServerSettings) -> None:
        """Save the settings of a server; they apply once that is done."""
        async with self._sessions.begin() as session:
            await session.merge(_row(guild_id, settings))
        self._settings[guild_id] = settings


def _row(guild_id: int, settings: ServerSettings) -> ServerRow:
    return ServerRow(
        guild_id=guild_id,
        channel_ids=sorted(settings.channel_ids),
        role_ids=sorted(settings.role_ids),
        default_recipe=settings.default_recipe,
        largest_size_px=settings.largest_size_px,
        member_jobs_a_day=settings.member_jobs_a_day,
        server_jobs_a_day=settings.server_jobs_a_day,
        log_channel_id=settings.log_channel_id,
        showcase_channel_id=settings.showcase_channel_id,
        notify=settings.notify,
        variations_by_owner_only=settings.variations_by_owner_only,
        organizer_role_ids=sorted(settings.organizer_role_ids),
        voter_account_days=settings.voter_account_days,
        voter_role_id=settings.voter_role_id,
        winner_role_id=settings.winner_role_id,
        time_zone=settings.time_zone,
    )


def _settings(row: ServerRow) -> ServerSettings:
    return ServerSettings(
        guild_id=row.guild_id,
        channel_ids=frozenset(row.channel_ids),
        role_ids=frozenset(row.role_ids),
        # The recipe may have been removed from the configuration since it was chosen.
        default_recipe=row.default_recipe if row.default_recipe in recipe_names() else None,
        largest_size_px=row.largest_size_px,
        member_jobs_a_day=row.member_jobs_a_day,
        server_jobs_a_day=row.server_jobs_a_day,
        log_channel_id=row.log_channel_id,
        showcase_channel_id=row.showcase_channel_id,
        notify=Notify(row.notify) if row.notify else Notify.LONG,
        variations_by_owner_only=row.variations_by_owner_only,
        organizer_role_ids=frozenset(row.organizer_role_ids),
        voter_account_days=row.voter_account_days,
        voter_role_id=row.voter_role_id,
        winner_role_id=row.winner_role_id,
        time_zone=row.time_zone,
    )
