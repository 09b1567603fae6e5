"""The repository of results: how the entries of challenges did, who was told, and the points of a season."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, bindparam, case, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.challenges.challenge import Phase, Voting
from bot.challenges.entry import EntryState, Standing
from bot.storage.models import ChallengeEntryRow, ChallengeRow
from bot.storage.sessions import Sessions

POINTS: Mapping[int, int] = {1: 5, 2: 3, 3: 2}
"""What the first places give in a season."""
POINTS_FOR_ENTERING = 1
"""What every other entry gives, and each entry of a challenge in which nobody voted."""


@dataclass(frozen=True, slots=True)
class Leader:
    """A member in the ranking of a season."""

    member_id: int
    rank: int
    """From 1; equal points share a rank."""
    points: int
    entries: int
    first_places: int


@dataclass(frozen=True, slots=True)
class LeaderPage:
    """Some of the members who took part in a season, the best first."""

    leaders: tuple[Leader, ...]
    page: int
    """From 0."""
    pages: int


class ResultRecords:
    """The standings of every entry."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def numbers(self, challenge_id: str) -> list[int]:
        """The numbers of the entries that take part, ascending."""
        query = select(ChallengeEntryRow.number).where(*_takes_part(challenge_id)).order_by(ChallengeEntryRow.number)
        async with self._sessions() as session:
            return [number for number in await session.scalars(query) if number is not None]

    async def save(self, challenge_id: str, standings: Mapping[int, Standing], *, session: AsyncSession) -> None:
        """Save the standings of entries, by their numbers, in the transaction of `session`."""
        if not standings:
            return
        figures = ("place", "score", "score_low", "score_high", "wins", "losses", "equals")
        saving = update(ChallengeEntryRow).where(
            ChallengeEntryRow.challenge_id == challenge_id, ChallengeEntryRow.number == bindparam("its_number")
        )
        rows = [
            {"its_number": number, **{f"its_{name}": value for name, value in asdict(standing).items()}}
            for number, standing in standings.items()
        ]
        await (await session.connection()).execute(
            saving.values({name: bindparam(f"its_{name}") for name in figures}), rows
        )

    async def firsts(self, challenge_id: str) -> int:
        """How many entries have the first place."""
        query = select(func.count()).where(*_takes_part(challenge_id), ChallengeEntryRow.place == 1)
        async with self._sessions() as session:
            return await session.scalar(query) or 0

    async def award(self, challenge_id: str, number: int, *, session: AsyncSession) -> bool:
        """Give an entry the first place alone, and the second one to those it shared it with.

        Part of the transaction of `session`. Returns False if the entry didn't share the first place.
        """
        tied = *_takes_part(challenge_id), ChallengeEntryRow.place == 1
        connection = await session.connection()
        is_tied = select(ChallengeEntryRow.entry_id).where(*tied, ChallengeEntryRow.number == number)
        if await connection.scalar(is_tied) is None:
            return False
        others = update(ChallengeEntryRow).where(*tied, ChallengeEntryRow.number != number)
        await connection.execute(others.values(place=2))
        return True

    async def unnotified(self, challenge_id: str, *, limit: int) -> list[int]:
        """Some members who haven't got the places of their entries."""
        member = ChallengeEntryRow.member_id
        waiting = *_takes_part(challenge_id), ChallengeEntryRow.is_place_told.is_(False)
        async with self._sessions() as session:
            query = select(member).where(*waiting, ChallengeEntryRow.place.is_not(None)).distinct().order_by(member)
            return list(await session.scalars(query.limit(limit)))

    async def mark_notified(self, challenge_id: str, member_id: int, *, is_notified: bool = True) -> bool:
        """Record that a member is notified; return whether that is new."""
        theirs = *_takes_part(challenge_id), ChallengeEntryRow.member_id == member_id
        changing = update(ChallengeEntryRow).where(*theirs, ChallengeEntryRow.is_place_told.is_(not is_notified))
        return bool(await self._sessions.write(changing.values(is_place_told=is_notified)))

    async def leaders(
        self, guild_id: int, *, since: datetime | None = None, until: datetime | None = None, page: int = 0, size: int
    ) -> LeaderPage:
        """Read a page of the ranking by challenges of a server that ended between these times; the last one at most."""
        which = [
            ChallengeRow.guild_id == guild_id,
            ChallengeRow.phase == Phase.ENDED,
            ChallengeEntryRow.state == EntryState.ACCEPTED,
            ChallengeEntryRow.place.is_not(None),
        ]
        if since is not None:
            which.append(ChallengeRow.ended_at >= since.astimezone(UTC))
        if until is not None:
            which.append(ChallengeRow.ended_at < until.astimezone(UTC))
        is_won = (ChallengeEntryRow.place == 1) & (func.coalesce(ChallengeRow.votes_cast, 1) > 0)
        points = func.sum(_points()).label("points")
        wins = func.sum(case((is_won, 1), else_=0)).label("wins")
        member = ChallengeEntryRow.member_id
        ranked = (
            select(member, func.rank().over(order_by=points.desc()), points, func.count(), wins)
            .join(ChallengeRow, ChallengeRow.challenge_id == ChallengeEntryRow.challenge_id)
            .where(*which)
            .group_by(member)
            .order_by(points.desc(), wins.desc(), member)
        )
        async with self._sessions() as session:
            count = await session.scalar(select(func.count()).select_from(ranked.subquery())) or 0
            pages = max(1, -(-count // size))
            page = min(page, pages - 1)
            rows = await session.execute(ranked.offset(page * size).limit(size))
            leaders = tuple(Leader(*map(int, row)) for row in rows)
        return LeaderPage(leaders, page, pages)


def _takes_part(challenge_id: str) -> tuple[ColumnElement[bool], ...]:
    return ChallengeEntryRow.challenge_id == challenge_id, ChallengeEntryRow.state == EntryState.ACCEPTED


def _points() -> ColumnElement[int]:
    by_votes = (ChallengeRow.voting == Voting.FAVORITES) & (ChallengeRow.votes_cast > 0)
    nobody_voted = (ChallengeRow.votes_cast == 0) | (by_votes & (ChallengeEntryRow.score == 0))
    places = [(ChallengeEntryRow.place == place, points) for place, points in POINTS.items()]
    return case((nobody_voted, POINTS_FOR_ENTERING), *places, else_=POINTS_FOR_ENTERING)
