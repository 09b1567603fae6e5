"""What changes challenges in one process, without Discord."""

from __future__ import annotations

from pathlib import Path

from bot.cards.challenge.presenter import ChallengeCardPresenter
from bot.challenges.challenge import Challenge
from bot.challenges.drawing import Drawing
from bot.challenges.life import PHASE, ChallengeLife
from bot.challenges.notices import Notices
from bot.challenges.results import Results
from bot.challenges.upkeep import ChallengeCards
from bot.clock.schedule import Schedule
from bot.files.store import PictureStore
from bot.messages.direct import DirectMessages
from bot.messages.kept import KeptMessages
from bot.messages.pace import EditPace
from bot.storage.ballots import BallotRecords
from bot.storage.challenges import ChallengeRecords
from bot.storage.due import DueEntry, DueRecords
from bot.storage.entries import EntryRecords
from bot.storage.jobs import JobRecords
from bot.storage.kept_messages import KeptMessageRecords
from bot.storage.results import ResultRecords
from bot.storage.sessions import Sessions
from stylizer.pool import FakeEngine
from tests.bot.challenges.making import Calendar


class Process:
    """Challenges in one process; several may share a database and a store."""

    def __init__(self, sessions: Sessions, store: PictureStore | Path, *, calendar: Calendar | None = None) -> None:
        now = calendar or Calendar()
        self.sessions = sessions
        self.challenges, self.entries, self.jobs = (
            ChallengeRecords(sessions),
            EntryRecords(sessions),
            JobRecords(sessions),
        )
        self.ballots = BallotRecords(sessions)
        self.store = PictureStore(store) if isinstance(store, Path) else store
        self.drawing = Drawing(self.challenges, self.jobs, self.store, FakeEngine().make_thumbnail)
        schedule = Schedule(DueRecords(sessions), now=now)
        cards = ChallengeCards(
            challenges=self.challenges,
            entries=self.entries,
            kept=KeptMessages(KeptMessageRecords(sessions), pace=EditPace()),
            notices=Notices(self.jobs, DirectMessages()),
            store=self.store,
            presenter=ChallengeCardPresenter(),
            schedule=schedule,
            now=now,
        )
        self.results = Results(
            sessions,
            challenges=self.challenges,
            ballots=self.ballots,
            results=ResultRecords(sessions),
            store=self.store,
            cards=cards,
            schedule=schedule,
            now=now,
        )
        self.life = ChallengeLife(
            sessions,
            challenges=self.challenges,
            entries=self.entries,
            schedule=schedule,
            cards=cards,
            closing=self.results,
            now=now,
        )

    async def challenge(self, challenge_id: str) -> Challenge:
        """The challenge as it is by now."""
        found = await self.challenges.get(challenge_id)
        assert found is not None
        return found

    async def look(self, challenge: Challenge) -> None:
        """Do what the schedule does when a phase is over."""
        await self.life.advance(DueEntry(PHASE, challenge.challenge_id, challenge.closes_at))
