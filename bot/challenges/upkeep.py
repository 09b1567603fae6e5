"""Keeps the messages of challenges up to date: the announcement, and whatever else a challenge shows on Discord."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol
from weakref import WeakValueDictionary

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.challenges.announcement import Announcement
from bot.challenges.challenge import Challenge, Phase
from bot.challenges.notices import Notices
from bot.challenges.presenter import ChallengePresenter
from bot.clock.schedule import Schedule
from bot.errors import PlaceLost
from bot.files.store import Lease, PictureStore
from bot.messages.card import CardFile, FileOnDisk
from bot.messages.kept import KeptMessages, NotShown
from bot.messages.places import Place
from bot.painting.job import InputRole
from bot.painting.result_files import leased_file
from bot.storage.challenges import ChallengeRecords
from bot.storage.due import DueEntry
from bot.storage.entries import EntryRecords

log = structlog.get_logger()

CARDS = "challenge-cards"
"""The kind of entries in the schedule whose key is a challenge: something about it has changed."""
CHECK = "challenge-check"
"""The same: it is time to look whether its messages are still there."""
CHECK_INTERVAL = timedelta(minutes=15)
"""How often the bot looks whether a message of a challenge was deleted, or whether it may post again."""
COUNT_INTERVAL = timedelta(seconds=5)
"""How often at most a card follows the number of entries."""
KEPT_FOR = timedelta(days=7)
"""How long after a challenge's end its card, its entries and its results are posted again if they were deleted, and how
long the bot tries to show what it couldn't."""
MAX_PICTURE_BYTES = 2**20
"""A picture without a thumbnail is shown itself if it is no larger."""


def announcement_key(challenge_id: str) -> str:
    """The key of a challenge's card among the kept messages."""
    return f"challenge:{challenge_id}"


class Show(Protocol):
    """Brings messages of a challenge up to date, other than its card."""

    async def __call__(self, challenge: Challenge, *, is_check: bool) -> object:
        """Show them; with `is_check`, even if they haven't changed, in case one was deleted.

        Called often. Raises `PlaceLost` and discord.py's errors.
        """
        ...


class ChallengeCards:
    """Shows challenges on Discord, again and again until it works."""

    def __init__(
        self,
        *,
        challenges: ChallengeRecords,
        entries: EntryRecords,
        kept: KeptMessages,
        notices: Notices,
        store: PictureStore,
        presenter: ChallengePresenter,
        schedule: Schedule,
        now: Callable[[], datetime],
    ) -> None:
        self._challenges = challenges
        self._entries = entries
        self._kept = kept
        self._notices = notices
        self._store = store
        self._presenter = presenter
        self._schedule = schedule
        self._now = now
        self._others: list[Show] = []
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        schedule.handle(CARDS, partial(self._bring_up_to_date, is_check=False))
        schedule.handle(CHECK, partial(self._bring_up_to_date, is_check=True))

    def show_too(self, show: Show) -> None:
        """Bring more messages of challenges up to date with this, after the cards."""
        self._others.append(show)

    async def refresh(self, challenge_id: str, *, session: AsyncSession | None = None) -> None:
        """Bring the messages of a challenge up to date now; with `session`, once its transaction is committed."""
        await self._schedule.put(CARDS, challenge_id, self._now(), session=session)

    async def refresh_count(self, challenge_id: str, *, session: AsyncSession | None = None) -> None:
        """Bring them up to date within seconds, together with other changes until then."""
        now = self._now()
        since = timedelta(seconds=now.timestamp() % COUNT_INTERVAL.total_seconds())
        await self._schedule.put(CARDS, challenge_id, now - since + COUNT_INTERVAL, session=session)

    async def _bring_up_to_date(self, entry: DueEntry, *, is_check: bool) -> None:
        async with self._locks.setdefault(entry.key, asyncio.Lock()):  # nobody shows what was read earlier
            challenge = await self._challenges.get(entry.key)
            if challenge is not None and challenge.phase is not Phase.DRAFT:
                is_shown = await self._try(challenge, is_check=is_check)
                is_kept = challenge.is_revealed or not is_shown
                if challenge.is_running or (is_kept and not self._is_long_over(challenge)):
                    await self._schedule.put(CHECK, challenge.challenge_id, self._now() + CHECK_INTERVAL)

    async def _try(self, challenge: Challenge, *, is_check: bool) -> bool:
        """Show all that can be shown, and tell the organizer what can't; return whether all could."""
        losses = []
        for show in (self._show, *self._others):  # one lost place, such as a locked thread, doesn't hold up the others
            try:
                await show(await self._challenges.get(challenge.challenge_id) or challenge, is_check=is_check)
            except PlaceLost as lost:
                losses.append(lost)
        if losses:
            await self._report(challenge, losses[0])
            return False
        if challenge.problem is not None:
            await self._challenges.change(challenge.challenge_id, tuple(Phase), problem=None)
        return True

    def _is_long_over(self, challenge: Challenge) -> bool:
        return challenge.ended_at is not None and self._now() > challenge.ended_at + KEPT_FOR

    async def _show(self, challenge: Challenge, *, is_check: bool) -> None:
        """Show a challenge's card with a thread for its entries, whose ID is saved. Raises `PlaceLost`."""
        await self._show_card(challenge, is_check=is_check)
        if challenge.phase is Phase.CANCELED:
            return
        key = announcement_key(challenge.challenge_id)
        try:
            thread_id = await self._kept.thread_of(key, challenge.title)
        except NotShown:  # the card was deleted
            await self._show_card(challenge, is_check=False)
            thread_id = await self._kept.thread_of(key, challenge.title)
        if thread_id != challenge.thread_id:
            await self._challenges.change(challenge.challenge_id, tuple(Phase), thread_id=thread_id)

    async def _show_card(self, challenge: Challenge, *, is_check: bool) -> None:
        place = Place(challenge.guild_id, challenge.channel_id, title=challenge.title)
        with self._store.lease() as lease:
            card = self._presenter.announcement(await self.announcement(challenge, lease))
            key = announcement_key(challenge.challenge_id)
            await self._kept.show(key, place, card, even_if_unchanged=is_check)

    async def announcement(self, challenge: Challenge, lease: Lease) -> Announcement:
        """What a challenge's card says at the moment, with leased pictures."""
        pictures: dict[InputRole, CardFile] = {}
        for fixed in challenge.fixed:
            if (file := await self._file(fixed.thumbnail_sha256 or fixed.sha256, lease)) is not None:
                pictures[fixed.role] = CardFile.of(f"{fixed.role}.jpg", file, is_spoiler=fixed.is_spoiler)
        return Announcement(challenge, await self._entries.count(challenge.challenge_id), pictures)

    async def _file(self, sha256: str, lease: Lease) -> FileOnDisk | None:
        file = await leased_file(self._store, sha256, lease)
        return file if file is not None and file.size_bytes <= MAX_PICTURE_BYTES else None

    async def _report(self, challenge: Challenge, lost: PlaceLost) -> None:
        """Tell the organizer what keeps a challenge from being shown, once for each problem."""
        problem = self._presenter.problem(challenge, lost, locale=challenge.locale)
        if problem == challenge.problem:
            return
        is_told = await self._notices.send(
            challenge,
            challenge.organizer_id,
            partial(self._presenter.problem, challenge, lost),
            about=lost.code,
        )
        await self._challenges.change(challenge.challenge_id, tuple(Phase), problem=problem)
        log.info("challenge.not_shown", challenge=challenge.challenge_id, problem=lost.code, organizer_told=is_told)
