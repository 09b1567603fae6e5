"""Keeps the messages of challenges up to date: the announcement, and whatever else a challenge shows on Discord."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.challenges.announcement import Announcement
from bot.challenges.challenge import Challenge, Phase
from bot.challenges.presenter import ChallengePresenter
from bot.clock.schedule import Schedule
from bot.errors import PlaceLost
from bot.files.store import Lease, PictureStore
from bot.messages.card import CardFile, FileOnDisk
from bot.messages.direct import DirectMessages
from bot.messages.kept import KeptMessages, NotShown
from bot.messages.places import Place
from bot.painting.job import InputRole
from bot.storage.challenges import ChallengeRecords
from bot.storage.due import DueEntry
from bot.storage.entries import EntryRecords
from bot.storage.jobs import JobRecords

log = structlog.get_logger()

CARDS = "challenge-cards"
"""The kind of entries in the schedule whose key is a challenge: its messages have to be looked after."""
CHECK_INTERVAL = timedelta(minutes=15)
"""How often the bot looks whether a challenge's card was deleted, or whether it may post again."""
COUNT_INTERVAL = timedelta(seconds=5)
"""How often at most a card follows the number of entries."""
GIVE_UP_AFTER = timedelta(days=7)
"""How long after its end the bot still tries to show what it couldn't."""
MAX_PICTURE_BYTES = 2**20
"""A picture without a thumbnail is shown itself if it is no larger."""

_CHECK = {"check": True}


def announcement_key(challenge_id: str) -> str:
    """The key of a challenge's card among the kept messages."""
    return f"challenge:{challenge_id}"


class ChallengeCards:
    """Shows challenges on Discord, again and again until it works."""

    def __init__(
        self,
        *,
        challenges: ChallengeRecords,
        entries: EntryRecords,
        jobs: JobRecords,
        kept: KeptMessages,
        direct: DirectMessages,
        store: PictureStore,
        presenter: ChallengePresenter,
        schedule: Schedule,
        now: Callable[[], datetime],
    ) -> None:
        self._challenges = challenges
        self._entries = entries
        self._jobs = jobs
        self._kept = kept
        self._direct = direct
        self._store = store
        self._presenter = presenter
        self._schedule = schedule
        self._now = now
        self._others: list[Callable[[Challenge], Awaitable[object]]] = []
        schedule.handle(CARDS, self._bring_up_to_date)

    def show_too(self, show: Callable[[Challenge], Awaitable[object]]) -> None:
        """Bring more messages of a challenge up to date with this, once its card is.

        It is called often, and may raise `PlaceLost` and discord.py's errors.
        """
        self._others.append(show)

    async def refresh(self, challenge_id: str, *, session: AsyncSession | None = None) -> None:
        """Bring the messages of a challenge up to date now; with `session`, once its transaction is committed."""
        await self._schedule.put(CARDS, challenge_id, self._now(), session=session)

    async def refresh_count(self, challenge_id: str, *, session: AsyncSession | None = None) -> None:
        """Bring them up to date within seconds, together with other changes until then."""
        now = self._now()
        since = timedelta(seconds=now.timestamp() % COUNT_INTERVAL.total_seconds())
        await self._schedule.put(CARDS, challenge_id, now - since + COUNT_INTERVAL, session=session)

    async def _bring_up_to_date(self, entry: DueEntry) -> None:
        challenge = await self._challenges.get(entry.key)
        if challenge is None or challenge.phase is Phase.DRAFT:
            return
        try:
            await self._show(challenge, is_check=bool(entry.payload.get("check")))
            for show in self._others:
                await show(await self._challenges.get(entry.key) or challenge)
        except PlaceLost as lost:
            await self._report(challenge, lost)
            if challenge.ended_at is not None and self._now() > challenge.ended_at + GIVE_UP_AFTER:
                return
        else:
            if challenge.problem is not None:
                await self._challenges.change(challenge.challenge_id, tuple(Phase), problem=None)
            if not challenge.is_running:
                return
        waiting = await self._schedule.get(CARDS, entry.key)
        if waiting is None or waiting.revision == entry.revision:  # nothing has changed since
            await self._schedule.put(CARDS, entry.key, self._now() + CHECK_INTERVAL, _CHECK)

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
        if not await self._store.has(sha256, lease=lease):
            return None
        size_bytes = await self._store.size_of(sha256)
        if size_bytes is None or size_bytes > MAX_PICTURE_BYTES:
            return None
        return FileOnDisk(self._store.path_of(sha256), size_bytes)

    async def _report(self, challenge: Challenge, lost: PlaceLost) -> None:
        """Tell the organizer what keeps a challenge from being shown, once for each problem."""
        problem = self._presenter.problem(challenge, lost, locale=challenge.locale)
        if problem == challenge.problem:
            return
        locale = await self._jobs.locale_of(challenge.organizer_id) or challenge.locale
        text = self._presenter.problem(challenge, lost, locale=locale)
        is_told = await self._direct.send(challenge.organizer_id, text, about=f"{challenge.challenge_id}:{lost.code}")
        await self._challenges.change(challenge.challenge_id, tuple(Phase), problem=problem)
        log.info("challenge.not_shown", challenge=challenge.challenge_id, problem=lost.code, organizer_told=is_told)
