"""The repository of styles that members added to the gallery."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.gallery.style import Shelf, Style
from bot.storage.models import StyleRow
from bot.storage.sessions import Sessions, insert_for
from bot.storage.times import in_utc
from bot.words.text import folded

_COLUMNS = tuple(StyleRow.__table__.columns)
"""Read as plain rows: ten thousand objects would take a tenth of a second."""
STYLES_AT_ONCE = 1000


class StyleRecords:
    """Every style that a member added; a `PictureOwner`."""

    columns = (StyleRow.sha256, StyleRow.thumbnail_sha256)
    """Every column that names a picture of a style."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def add(self, style: Style) -> bool:
        """Save a new style; False if its shelf has its name or its picture already."""

        async def insert(connection: AsyncConnection) -> int:
            insert_into = insert_for(connection)
            new = insert_into(StyleRow).values(columns_of(style)).on_conflict_do_nothing()
            return (await connection.execute(new)).rowcount

        return await self._sessions.write_together(insert) == 1

    async def of_shelf(self, shelf: Shelf) -> AsyncIterator[list[Style]]:
        """Every style on a shelf, by name and in parts: ten thousand at once would hold up everything else."""
        query = select(*_COLUMNS).where(*_on(shelf)).order_by(StyleRow.folded_name)
        async with self._sessions() as session:
            async for rows in (await session.stream(query.execution_options(yield_per=STYLES_AT_ONCE))).partitions():
                yield [_style(row) for row in rows]

    async def rename(self, style: Style) -> bool:
        """Save a style's name; False if its shelf has another style of that name. Nothing happens to a removed one."""
        names = {"name": style.name, "folded_name": folded(style.name)}
        try:
            await self._sessions.write(update(StyleRow).where(StyleRow.style_id == style.style_id).values(names))
        except IntegrityError:
            return False
        return True

    async def remove(self, style_id: str) -> None:
        """Delete a style, if it is still there."""
        await self._sessions.write(delete(StyleRow).where(StyleRow.style_id == style_id))

    async def count_use(self, style_id: str) -> None:
        """Save that one more painting was asked for with it."""
        used = update(StyleRow).where(StyleRow.style_id == style_id).values(uses=StyleRow.uses + 1)
        await self._sessions.write(used)

    async def large_shelves(self, *, at_least: int) -> list[tuple[Shelf, int]]:
        """The shelves with at least this many styles, and how many each has; largest first."""
        styles = func.count()
        query = select(StyleRow.guild_id, StyleRow.member_id, styles).group_by(StyleRow.guild_id, StyleRow.member_id)
        async with self._sessions() as session:
            rows = await session.execute(query.having(styles >= at_least).order_by(styles.desc()))
            return [(Shelf(guild_id, member_id), count) for guild_id, member_id, count in rows]

    async def knows(self, member_id: int) -> bool:
        """Whether a member has added any style, to servers too."""
        query = select(StyleRow.style_id).where(StyleRow.owner_id == member_id).limit(1)
        async with self._sessions() as session:
            return await session.scalar(query) is not None

    async def pictures_of(self, member_id: int) -> set[str]:
        """The pictures and thumbnails of every style that a member added, to servers too."""
        return await self._pictures(StyleRow.owner_id == member_id)

    async def forget_member(self, member_id: int) -> int:
        """Delete every style that a member added, to servers too; return how many."""
        return await self._sessions.write(delete(StyleRow).where(StyleRow.owner_id == member_id))

    async def needed_pictures(self) -> set[str]:
        """The picture and the thumbnail of every style: they stay until the style is removed."""
        return await self._pictures()

    async def _pictures(self, *which: ColumnElement[bool]) -> set[str]:
        names: set[str] = set()
        async with self._sessions() as session:
            query = select(*self.columns).where(*which).execution_options(yield_per=STYLES_AT_ONCE)
            async for rows in (await session.stream(query)).partitions():
                names.update(name for row in rows for name in row)
        return names


def _on(shelf: Shelf) -> tuple[Any, Any]:
    return StyleRow.guild_id == shelf.guild_id, StyleRow.member_id == shelf.member_id


def columns_of(style: Style) -> dict[str, Any]:
    """A style as its row has it."""
    return {
        "style_id": style.style_id,
        "guild_id": style.shelf.guild_id,
        "member_id": style.shelf.member_id,
        "owner_id": style.owner_id,
        "name": style.name,
        "folded_name": folded(style.name),
        "credits": style.credits,
        "sha256": style.sha256,
        "thumbnail_sha256": style.thumbnail_sha256,
        "is_spoiler": style.is_spoiler,
        "uses": style.uses,
        "created_at": style.created_at,
    }


def _style(row: Row[Any]) -> Style:
    return Style(
        style_id=row.style_id,
        shelf=Shelf(row.guild_id, row.member_id),
        owner_id=row.owner_id,
        name=row.name,
        credits=row.credits,
        sha256=row.sha256,
        thumbnail_sha256=row.thumbnail_sha256,
        is_spoiler=row.is_spoiler,
        uses=row.uses,
        created_at=in_utc(row.created_at),
    )
