"""What members wrote in forms that couldn't be accepted: kept for a day, so that they needn't write it again."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from bot.clock.schedule import Schedule
from bot.errors import DraftTextGone
from bot.storage.due import DueEntry

TEXTS_KIND = "challenge-form"
TEXTS_LIFETIME = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class FormText:
    """A form with what was written in it."""

    member_id: int
    form_id: str
    """Its custom ID."""
    texts: Mapping[str, str]
    """By field."""
    zone: str = "UTC"
    """What members call the time zone of the times in it."""


class FormTexts:
    """Keeps them as entries of the schedule: what is due is to forget them."""

    def __init__(self, schedule: Schedule, *, now: Callable[[], datetime]) -> None:
        self._schedule = schedule
        self._now = now
        schedule.handle(TEXTS_KIND, _forget)

    async def keep(self, written: FormText) -> str:
        """Keep what was written for a day, and return the key to it."""
        key = f"{_prefix(written.member_id)}{uuid.uuid4().hex}"
        await self._schedule.put(TEXTS_KIND, key, self._now() + TEXTS_LIFETIME, asdict(written))
        return key

    async def get(self, key: str, *, member_id: int) -> FormText:
        """What that member wrote. Raises `DraftTextGone` after a day."""
        entry = await self._schedule.get(TEXTS_KIND, key)
        if entry is None or entry.payload["member_id"] != member_id:
            raise DraftTextGone
        return FormText(**entry.payload)

    async def knows(self, member_id: int) -> bool:
        """Whether anything is kept that a member wrote."""
        return bool(await self._schedule.keys(TEXTS_KIND, prefix=_prefix(member_id)))

    async def forget_member(self, member_id: int) -> None:
        """Forget everything that a member wrote."""
        for key in await self._schedule.keys(TEXTS_KIND, prefix=_prefix(member_id)):
            await self._schedule.cancel(TEXTS_KIND, key)


def _prefix(member_id: int) -> str:
    return f"{member_id}-"


async def _forget(_entry: DueEntry) -> None:
    """Do nothing: an entry that is done is deleted."""
