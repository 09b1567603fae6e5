"""The repository of favorites: the paintings that members have starred."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import delete, func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import TooManyFavorites
from bot.painting.job import JobState
from bot.storage.models import FavoriteRow, JobRow
from bot.storage.sessions import Sessions, insert_for


class Favorites:
    """Members' favorites. `JobRetention` keeps their paintings."""

    def __init__(self, sessions: Sessions, *, limit: int) -> None:
        """`limit` is how many a member may have; 0 is unlimited."""
        self._sessions = sessions
        self._limit = limit

    async def add(self, member_id: int, job_id: str) -> bool:
        """Star a painting, and return False if it was starred already, or was deleted. Raises `TooManyFavorites`."""
        starred = FavoriteRow.member_id == member_id, FavoriteRow.job_id == job_id

        async def add(connection: AsyncConnection) -> int:
            if await connection.scalar(select(FavoriteRow.job_id).where(*starred)):
                return 0
            its = select(func.count()).where(FavoriteRow.member_id == member_id)
            if self._limit and (await connection.scalar(its) or 0) >= self._limit:
                raise TooManyFavorites(self._limit)
            insert = insert_for(connection)
            its_job = JobRow.job_id == job_id, JobRow.state != JobState.DELETED
            at = literal(datetime.now(UTC), FavoriteRow.created_at.type)
            row = select(literal(member_id, FavoriteRow.member_id.type), JobRow.job_id, at).where(*its_job)
            new = insert(FavoriteRow).from_select(["member_id", "job_id", "created_at"], row)
            return (await connection.execute(new.on_conflict_do_nothing())).rowcount

        return bool(await self._sessions.write_together(add))

    async def remove(self, member_id: int, job_id: str) -> bool:
        """Unstar a painting, and return False if it wasn't starred."""
        starred = FavoriteRow.member_id == member_id, FavoriteRow.job_id == job_id
        return bool(await self._sessions.write(delete(FavoriteRow).where(*starred)))
