"""The repository of the posts in showcase channels: where a painting was shared, so that they are deleted with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.painting.job import JobState
from bot.storage.models import JobRow, ShowcasePostRow
from bot.storage.sessions import Sessions, insert_for


@dataclass(frozen=True, slots=True)
class ShowcasePost:
    """A message that shows a painting in a showcase channel."""

    message_id: int
    channel_id: int


class ShowcasePosts:
    """When a painting was shared, and its posts, until its record is deleted."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def claim(self, job_id: str, *, shared_before: datetime, now: datetime) -> bool:
        """Save that a painting is shared now, unless it was shared after `shared_before`; return whether it is."""
        is_due = or_(JobRow.shared_at.is_(None), JobRow.shared_at < shared_before)
        return bool(
            await self._sessions.write(update(JobRow).where(JobRow.job_id == job_id, is_due).values(shared_at=now))
        )

    async def release(self, job_id: str) -> None:
        """Save that a painting couldn't be shared."""
        await self._sessions.write(update(JobRow).where(JobRow.job_id == job_id).values(shared_at=None))

    async def add(self, job_id: str, post: ShowcasePost) -> bool:
        """Save where a painting was posted, and return False if it was deleted in the meantime."""

        async def add(connection: AsyncConnection) -> int:
            message_id = literal(post.message_id, ShowcasePostRow.message_id.type)
            channel_id = literal(post.channel_id, ShowcasePostRow.channel_id.type)
            row = select(message_id, JobRow.job_id, channel_id).where(
                JobRow.job_id == job_id, JobRow.state != JobState.DELETED
            )
            insert = insert_for(connection)(ShowcasePostRow)
            return (await connection.execute(insert.from_select(["message_id", "job_id", "channel_id"], row))).rowcount

        return bool(await self._sessions.write_together(add))

    async def of(self, job_id: str) -> list[ShowcasePost]:
        """A painting's posts, the oldest first; also those that were deleted on Discord."""
        query = select(ShowcasePostRow).where(ShowcasePostRow.job_id == job_id).order_by(ShowcasePostRow.message_id)
        async with self._sessions() as session:
            return [ShowcasePost(row.message_id, row.channel_id) for row in await session.scalars(query)]
