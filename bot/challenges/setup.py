"""What organizers set challenges up with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.challenges.drafts import Drafts
from bot.challenges.fixed import FixedPictures
from bot.challenges.form_texts import FormTexts
from bot.challenges.life import ChallengeLife
from bot.challenges.notices import Notices
from bot.challenges.presenter import ChallengePresenter
from bot.challenges.weekly import WeeklySeries
from bot.clock.schedule import Schedule
from bot.gallery.files import GalleryFiles
from bot.storage.challenges import ChallengeRecords
from bot.storage.series import SeriesRecords
from bot.storage.sessions import Sessions


@dataclass(frozen=True, slots=True)
class ChallengeSetup:
    """Everything for challenges before they are announced, and for those that come again."""

    drafts: Drafts
    fixed: FixedPictures
    weekly: WeeklySeries
    form_texts: FormTexts
    now: Callable[[], datetime]
    """The time by which challenges change."""

    async def knows(self, member_id: int) -> bool:
        """Whether there is a draft of a member, or anything that they wrote for one."""
        return await self.drafts.knows(member_id) or await self.form_texts.knows(member_id)

    async def forget_member(self, member_id: int) -> int:
        """Delete a member's drafts, and what they wrote for them; return how many drafts."""
        await self.form_texts.forget_member(member_id)
        return await self.drafts.forget_member(member_id)

    @classmethod
    def of(
        cls,
        sessions: Sessions,
        schedule: Schedule,
        *,
        life: ChallengeLife,
        styles: GalleryFiles,
        notices: Notices,
        presenter: ChallengePresenter,
        now: Callable[[], datetime],
    ) -> ChallengeSetup:
        """Build them. They announce with `life`."""
        challenges = ChallengeRecords(sessions)
        weekly = WeeklySeries(
            sessions,
            challenges=challenges,
            schedule=schedule,
            announce=life.announce,
            notices=notices,
            presenter=presenter,
            now=now,
        )
        drafts = Drafts(
            challenges, SeriesRecords(sessions), weekly=weekly, schedule=schedule, announce=life.announce, now=now
        )
        return cls(drafts, FixedPictures(styles, challenges), weekly, FormTexts(schedule, now=now), now)
