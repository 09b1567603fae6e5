"""The repository of series: challenges that come again every week."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Delete, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from bot.challenges.challenge import Phase
from bot.challenges.series import Series
from bot.storage.models import ChallengeRow, ChallengeSeriesRow
from bot.storage.sessions import Sessions


class SeriesRecords:
    """Every series, whether it has begun or is over."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def repeat(self, challenge_id: str, series: Series | None) -> bool:
        """Make a draft the first challenge of a new series, or of none; return whether it is a draft."""
        is_draft = ChallengeRow.challenge_id == challenge_id, ChallengeRow.phase == Phase.DRAFT

        async def assign(connection: AsyncConnection) -> int:
            if await connection.scalar(select(ChallengeRow.challenge_id).where(*is_draft)) is None:
                return 0
            if series is not None:
                await connection.execute(insert(ChallengeSeriesRow), _columns(series))
            series_id = None if series is None else series.series_id
            await connection.execute(update(ChallengeRow).where(*is_draft).values(series_id=series_id))
            await connection.execute(_delete_unused())
            return 1

        return bool(await self._sessions.write_together(assign))

    async def delete_unused(self) -> None:
        """Delete the series of drafts that are gone."""
        await self._sessions.write(_delete_unused())

    async def get(self, series_id: str) -> Series | None:
        """The series with that ID, or None."""
        async with self._sessions() as session:
            row = await session.get(ChallengeSeriesRow, series_id)
        return None if row is None else _series(row)

    async def active(self, guild_id: int) -> list[Series]:
        """The series of a server that go on."""
        these = ChallengeSeriesRow.guild_id == guild_id, ChallengeSeriesRow.is_active
        async with self._sessions() as session:
            rows = await session.scalars(
                select(ChallengeSeriesRow).where(*these).order_by(ChallengeSeriesRow.series_id)
            )
            return [_series(row) for row in rows]

    async def activate(self, series_id: str, *, limit: int, session: AsyncSession) -> bool:
        """Let a series go on, unless its server has that many others that do; return whether it does."""
        row = await session.get_one(ChallengeSeriesRow, series_id)
        others = ChallengeSeriesRow.guild_id == row.guild_id, ChallengeSeriesRow.series_id != series_id
        query = select(func.count()).select_from(ChallengeSeriesRow).where(*others, ChallengeSeriesRow.is_active)
        if (await session.scalar(query) or 0) >= limit:
            return False
        row.is_active = True
        return True

    async def deactivate(self, series_id: str, *, guild_id: int | None = None) -> bool:
        """Let a series end, if it is one of that server; return whether it went on until now."""
        which = ChallengeSeriesRow.series_id == series_id, ChallengeSeriesRow.is_active
        of_guild = () if guild_id is None else (ChallengeSeriesRow.guild_id == guild_id,)
        ending = update(ChallengeSeriesRow).where(*which, *of_guild).values(is_active=False)
        return bool(await self._sessions.write(ending))

    async def advance(self, series: Series, *, session: AsyncSession) -> Series | None:
        """Move on to the theme after the next one, which ends a series after its last; return it as it is then.

        Does nothing and returns None if that was done before, or if the series was stopped.
        """
        row = await _current(series, session)
        if row is None:
            return None
        row.next_theme += 1
        row.is_active = row.next_theme < len(row.themes)
        return _series(row)

    async def edit(self, series: Series, *, title: str, themes: Sequence[str], session: AsyncSession) -> bool:
        """Change what comes after the themes that were announced; return False if it isn't as given any more."""
        row = await _current(series, session)
        if row is None:
            return False
        row.title = title
        row.themes = [*row.themes[: row.next_theme], *themes]
        return True


async def _current(series: Series, session: AsyncSession) -> ChallengeSeriesRow | None:
    """The row of a series, locked, if it goes on with the same theme."""
    which = (
        ChallengeSeriesRow.series_id == series.series_id,
        ChallengeSeriesRow.next_theme == series.next_theme,
        ChallengeSeriesRow.is_active,
    )
    return await session.scalar(select(ChallengeSeriesRow).where(*which).with_for_update())


def _delete_unused() -> Delete:
    used = select(ChallengeRow.series_id).where(ChallengeRow.series_id.is_not(None))
    return delete(ChallengeSeriesRow).where(~ChallengeSeriesRow.is_active, ChallengeSeriesRow.series_id.not_in(used))


def _columns(series: Series) -> dict[str, Any]:
    return {field.name: getattr(series, field.name) for field in fields(series)} | {"themes": list(series.themes)}


def _series(row: ChallengeSeriesRow) -> Series:
    columns = {field.name: getattr(row, field.name) for field in fields(Series)}
    return Series(**columns | {"themes": tuple(row.themes)})
