"""The repository of messages that the bot posts by itself and keeps up to date."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass, fields
from typing import Any

from sqlalchemy import delete, select, update

from bot.storage.models import KeptMessageRow
from bot.storage.sessions import Sessions


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file that a message shows."""

    attachment_id: int
    name: str
    fingerprint: str
    """Differs for files with other bytes."""


@dataclass(frozen=True, slots=True)
class KeptMessage:
    """What is known about one message. `KeptMessageRow` describes the fields."""

    key: str
    guild_id: int
    channel_id: int
    message_id: int | None = None
    message_channel_id: int | None = None
    thread_id: int | None = None
    digest: str | None = None
    files: tuple[KeptFile, ...] = ()
    posts: int = 0
    nonce: int | None = None


class KeptMessageRecords:
    """Where each message is, and what it shows."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def get(self, key: str) -> KeptMessage | None:
        """The message with that key, or None."""
        async with self._sessions() as session:
            row = await session.get(KeptMessageRow, key)
        return None if row is None else _message(row)

    async def save(self, message: KeptMessage) -> None:
        """Add a message, or replace what is known about it."""
        columns = {field.name: getattr(message, field.name) for field in fields(message)}
        columns["files"] = [asdict(file) for file in message.files]
        async with self._sessions.begin() as session:
            await session.merge(KeptMessageRow(**columns))

    async def change(self, key: str, **columns: Any) -> None:
        """Change these columns of a message, if it is known."""
        await self._sessions.write(update(KeptMessageRow).where(KeptMessageRow.key == key).values(**columns))

    async def delete(self, key: str) -> None:
        """Forget a message."""
        await self._sessions.write(delete(KeptMessageRow).where(KeptMessageRow.key == key))

    async def keys(self, prefix: str) -> list[str]:
        """The keys that begin with this."""
        async with self._sessions() as session:
            query = select(KeptMessageRow.key).where(KeptMessageRow.key.startswith(prefix, autoescape=True))
            return list(await session.scalars(query.order_by(KeptMessageRow.key)))

    async def posts_in(self, forum_id: int) -> Collection[int]:
        """IDs of the known posts in a forum."""
        async with self._sessions() as session:
            query = select(KeptMessageRow.message_channel_id).where(KeptMessageRow.channel_id == forum_id)
            return {post_id for post_id in await session.scalars(query) if post_id is not None}


def _message(row: KeptMessageRow) -> KeptMessage:
    columns = {field.name: getattr(row, field.name) for field in fields(KeptMessage)}
    columns["files"] = tuple(KeptFile(**file) for file in row.files)
    return KeptMessage(**columns)
