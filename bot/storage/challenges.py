"""The repository of challenges."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import ColumnElement, delete, insert, literal, select, tuple_, union, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from bot.challenges.challenge import RUNNING_PHASES, Challenge, FixedPicture, Moved, Phase, Ties, Voting
from bot.painting.job import InputRole
from bot.storage.models import ChallengePictureRow, ChallengeRow
from bot.storage.sessions import Sessions
from bot.storage.times import in_utc

_TIMES = ("opens_at", "closes_at", "ends_at", "created_at", "voting_opened_at", "ended_at")
NOTHING: Mapping[str, Any] = {}
NEWEST_FIRST = ChallengeRow.created_at.desc(), ChallengeRow.challenge_id.desc()


@dataclass(frozen=True, slots=True)
class Titled:
    """A challenge in a list of many."""

    challenge_id: str
    title: str
    phase: Phase
    theme: str


@dataclass(frozen=True, slots=True)
class ChallengePage:
    """Some of a server's challenges, newest first."""

    challenges: tuple[Challenge, ...]
    has_newer: bool = False
    has_older: bool = False


class ChallengeRecords:
    """Every challenge that an organizer began to set up; a `PictureOwner`."""

    columns = (
        ChallengePictureRow.sha256,
        ChallengePictureRow.thumbnail_sha256,
        ChallengeRow.ballots_sha256,
        ChallengeRow.podium_sha256,
        ChallengeRow.sheet_sha256,
    )
    """Every column that names a file of a challenge."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def add(self, challenge: Challenge) -> None:
        """Save a new challenge."""

        async def insert_all(connection: AsyncConnection) -> int:
            await connection.execute(insert(ChallengeRow), _columns(challenge))
            if challenge.fixed:
                await connection.execute(insert(ChallengePictureRow), _picture_columns(challenge))
            return 1

        await self._sessions.write_together(insert_all)

    async def get(self, challenge_id: str) -> Challenge | None:
        """The challenge with that ID, or None."""
        async with self._sessions() as session:
            row = await session.get(ChallengeRow, challenge_id)
        return None if row is None else _challenge(row)

    async def of_guild(
        self,
        guild_id: int,
        *,
        phases: Collection[Phase] = tuple(Phase),
        series_id: str | None = None,
        limit: int = 25,
    ) -> list[Challenge]:
        """The latest challenges of a server in these phases, newest first; if given, only of a series."""
        these = [ChallengeRow.guild_id == guild_id, ChallengeRow.phase.in_(phases)]
        if series_id is not None:
            these.append(ChallengeRow.series_id == series_id)
        query = select(ChallengeRow).where(*these).order_by(*NEWEST_FIRST)
        async with self._sessions() as session:
            return [_challenge(row) for row in (await session.scalars(query.limit(limit))).unique()]

    async def titles(self, guild_id: int) -> list[Titled]:
        """Every announced challenge of a server, newest first."""
        columns = ChallengeRow.challenge_id, ChallengeRow.title, ChallengeRow.phase, ChallengeRow.theme
        async with self._sessions() as session:
            rows = await session.execute(select(*columns).where(*_announced(guild_id)).order_by(*NEWEST_FIRST))
            return [Titled(challenge_id, title, Phase(phase), theme) for challenge_id, title, phase, theme in rows]

    async def page(
        self, guild_id: int, *, size: int, beyond: str | None = None, is_newer: bool = False
    ) -> ChallengePage:
        """Read a page of announced challenges of a server: the newest, or those older or newer than another one."""
        query = select(ChallengeRow).where(*_announced(guild_id))
        async with self._sessions() as session:
            edge = await session.get(ChallengeRow, beyond) if beyond is not None else None
            if edge is None:
                is_newer = False
            else:
                at = tuple_(literal(edge.created_at, ChallengeRow.created_at.type), literal(edge.challenge_id))
                key = tuple_(ChallengeRow.created_at, ChallengeRow.challenge_id)
                query = query.where(key > at if is_newer else key < at)
            order = (ChallengeRow.created_at, ChallengeRow.challenge_id) if is_newer else NEWEST_FIRST
            rows = list((await session.scalars(query.order_by(*order).limit(size + 1))).unique())
        if is_newer and len(rows) < size:  # there is room for more than the newest
            return await self.page(guild_id, size=size)
        shown = [_challenge(row) for row in (reversed(rows[:size]) if is_newer else rows[:size])]
        is_more = len(rows) > size
        return ChallengePage(
            tuple(shown), has_newer=is_more if is_newer else edge is not None, has_older=is_newer or is_more
        )

    async def running(self) -> list[Challenge]:
        """Every challenge that is announced and not over, on all servers."""
        async with self._sessions() as session:
            rows = await session.scalars(select(ChallengeRow).where(ChallengeRow.phase.in_(RUNNING_PHASES)))
            return [_challenge(row) for row in rows.unique()]

    async def change(
        self,
        challenge_id: str,
        phases: Collection[Phase],
        *,
        unchanged: Mapping[str, Any] = NOTHING,
        session: AsyncSession | None = None,
        **columns: Any,
    ) -> bool:
        """Change columns of a challenge, its phase too, if it is in one of these phases; return whether it was.

        `unchanged` are columns that must still have these values. With `session`, a session to write with, it becomes
        part of that transaction. Of two who want to change its phase at the same time, one does.
        """
        which = [ChallengeRow.challenge_id == challenge_id, ChallengeRow.phase.in_(phases)]
        which += [getattr(ChallengeRow, name) == value for name, value in unchanged.items()]
        changing = update(ChallengeRow).where(*which).values(**columns)
        if session is None:
            return bool(await self._sessions.write(changing))
        return bool((await (await session.connection()).execute(changing)).rowcount)

    async def fix(self, challenge_id: str, role: InputRole, picture: FixedPicture | None) -> bool:
        """Set or remove the fixed picture of that role, if the challenge is a draft; return whether it is."""
        is_draft = ChallengeRow.challenge_id == challenge_id, ChallengeRow.phase == Phase.DRAFT
        its = ChallengePictureRow.challenge_id == challenge_id, ChallengePictureRow.role == role

        async def replace_row(connection: AsyncConnection) -> int:
            if await connection.scalar(select(ChallengeRow.challenge_id).where(*is_draft)) is None:
                return 0
            await connection.execute(delete(ChallengePictureRow).where(*its))
            if picture is not None:
                await connection.execute(insert(ChallengePictureRow), _own_columns(challenge_id, picture))
            return 1

        return bool(await self._sessions.write_together(replace_row))

    async def drafts_of(self, organizer_id: int) -> list[Challenge]:
        """A member's drafts on all servers."""
        these = ChallengeRow.organizer_id == organizer_id, ChallengeRow.phase == Phase.DRAFT
        async with self._sessions() as session:
            rows = await session.scalars(select(ChallengeRow).where(*these).order_by(*NEWEST_FIRST))
            return [_challenge(row) for row in rows.unique()]

    async def delete_draft(self, challenge_id: str) -> bool:
        """Delete a challenge that nobody else has seen yet; return whether there was one."""
        draft = ChallengeRow.challenge_id == challenge_id, ChallengeRow.phase == Phase.DRAFT
        return bool(await self._sessions.write(delete(ChallengeRow).where(*draft)))

    async def needed_pictures(self) -> set[str]:
        """The files of every challenge, which stay as long as it does: fixed pictures, results, and ballots."""
        async with self._sessions() as session:
            names = await session.scalars(
                union(*(select(column).where(column.is_not(None)) for column in self.columns))
            )
            return {name for name in names if name is not None}


def _announced(guild_id: int) -> tuple[ColumnElement[bool], ...]:
    return ChallengeRow.guild_id == guild_id, ChallengeRow.phase != Phase.DRAFT


def _columns(challenge: Challenge) -> dict[str, Any]:
    columns = {field.name: getattr(challenge, field.name) for field in fields(challenge) if field.name != "fixed"}
    return {name: value.value if isinstance(value, StrEnum) else value for name, value in columns.items()}


def _picture_columns(challenge: Challenge) -> list[dict[str, Any]]:
    return [_own_columns(challenge.challenge_id, picture) for picture in challenge.fixed]


def _own_columns(challenge_id: str, picture: FixedPicture) -> dict[str, Any]:
    return {"challenge_id": challenge_id, **{field.name: getattr(picture, field.name) for field in fields(picture)}}


def _challenge(row: ChallengeRow) -> Challenge:
    columns = {field.name: getattr(row, field.name) for field in fields(Challenge) if field.name != "fixed"}
    columns |= {name: in_utc(columns[name]) for name in _TIMES if columns[name] is not None}
    columns |= {"phase": Phase(row.phase), "voting": Voting(row.voting), "ties": Ties(row.ties)}
    columns["moved"] = Moved(row.moved) if row.moved else None
    return Challenge(**columns, fixed=tuple(_picture(picture) for picture in row.fixed))


def _picture(row: ChallengePictureRow) -> FixedPicture:
    columns = {field.name: getattr(row, field.name) for field in fields(FixedPicture) if field.name != "role"}
    return FixedPicture(role=cast("InputRole", row.role), **columns)
