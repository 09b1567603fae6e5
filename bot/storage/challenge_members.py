"""What challenges know about a member, and how it is forgotten."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from sqlalchemy import Row, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.challenges.challenge import RUNNING_PHASES
from bot.storage.models import (
    ChallengeBanRow,
    ChallengeDuelRow,
    ChallengeEntryRow,
    ChallengeRow,
    ChallengeVoteRow,
    ChallengeVoterRow,
)
from bot.storage.sessions import Sessions


class ChallengeMembers:
    """Members' entries and ballots in all challenges."""

    def __init__(self, sessions: Sessions, *, on_changed: Callable[[str], Awaitable[object]] | None = None) -> None:
        """`on_changed` is called with the ID of each challenge in which an entry or a vote is gone."""
        self._sessions = sessions
        self._on_changed = on_changed

    async def knows(self, member_id: int) -> bool:
        """Whether there is anything for `forget_member` to forget."""
        async with self._sessions() as session:
            for query in (
                select(ChallengeEntryRow.challenge_id).where(ChallengeEntryRow.member_id == member_id),
                select(ChallengeVoterRow.challenge_id).where(ChallengeVoterRow.member_id == member_id),
                select(ChallengeEntryRow.challenge_id).where(ChallengeEntryRow.decided_by == member_id),
                select(ChallengeBanRow.challenge_id)
                .join(ChallengeRow, ChallengeRow.challenge_id == ChallengeBanRow.challenge_id)
                .where(ChallengeBanRow.member_id == member_id, ChallengeRow.phase.not_in(RUNNING_PHASES)),
            ):
                if await session.scalar(query.limit(1)):
                    return True
        return False

    async def forget_member(self, member_id: int) -> tuple[int, int]:
        """Delete a member's entries, and their ballots or whose they are; return how many entries and ballots.

        In running challenges, votes for these entries are given back to those who cast them. In others the results
        stay as they were counted, and nobody knows any more whose the ballot was. Bans of running challenges stay,
        because they would be worth nothing otherwise.
        """
        entries: list[Row[str, int | None]] = []
        voted_in: list[str] = []

        async def forget(connection: AsyncConnection) -> int:
            found = await connection.scalars(
                select(ChallengeRow.challenge_id).where(ChallengeRow.phase.in_(RUNNING_PHASES)).with_for_update()
            )
            running = set(found)  # none of them ends before the transaction does
            theirs = ChallengeEntryRow.member_id == member_id
            columns = ChallengeEntryRow.challenge_id, ChallengeEntryRow.number
            entries[:] = (await connection.execute(select(*columns).where(theirs))).all()
            for challenge_id, number in entries:
                if challenge_id in running and number is not None:
                    await _give_back_votes(connection, challenge_id, number)
            await connection.execute(delete(ChallengeEntryRow).where(theirs))
            # The pictures of results show them, too. If there are others, they are drawn again.
            shown_in = ChallengeRow.challenge_id.in_({challenge_id for challenge_id, _ in entries})
            await connection.execute(
                update(ChallengeRow).where(shown_in).values(podium_sha256=None, sheet_sha256=None, drawn_digest=None)
            )
            voted = ChallengeVoterRow.member_id == member_id
            taken_back = delete(ChallengeVoterRow).where(voted, ChallengeVoterRow.challenge_id.in_(running))
            voted_in[:] = (await connection.scalars(taken_back.returning(ChallengeVoterRow.challenge_id))).all()
            anonymous = await connection.execute(update(ChallengeVoterRow).where(voted).values(member_id=None))
            banned = ChallengeBanRow.member_id == member_id
            await connection.execute(
                delete(ChallengeBanRow).where(banned, ChallengeBanRow.challenge_id.not_in(running))
            )
            decided = update(ChallengeEntryRow).where(ChallengeEntryRow.decided_by == member_id)
            await connection.execute(decided.values(decided_by=None))
            return len(voted_in) + anonymous.rowcount

        ballots = await self._sessions.write_together(forget)
        for challenge_id in dict.fromkeys([*(challenge_id for challenge_id, _ in entries), *voted_in]):
            if self._on_changed is not None:
                await self._on_changed(challenge_id)
        return len(entries), ballots


async def _give_back_votes(connection: AsyncConnection, challenge_id: str, number: int) -> None:
    """Delete the votes for an entry, and the duels with it that nobody has answered yet."""
    votes = ChallengeVoteRow.challenge_id == challenge_id, ChallengeVoteRow.number == number
    await connection.execute(delete(ChallengeVoteRow).where(*votes))
    is_in_duel = or_(ChallengeDuelRow.low_number == number, ChallengeDuelRow.high_number == number)
    duels = ChallengeDuelRow.challenge_id == challenge_id, ChallengeDuelRow.outcome.is_(None), is_in_duel
    await connection.execute(delete(ChallengeDuelRow).where(*duels))
