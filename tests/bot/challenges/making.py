"""Challenges and entries for tests, and the time by which they change."""

from __future__ import annotations

from dataclasses import asdict, replace
from dataclasses import fields as fields_of
from datetime import UTC, datetime, timedelta
from typing import Any

from simcord.builders import ChannelHandle
from sqlalchemy import func, insert, select

from bot.challenges.challenge import Challenge
from bot.challenges.entry import PLACE_TAKING_STATES, Entry
from bot.clock.schedule import MAX_SLEEP_SECONDS
from bot.files.store import Lease, PictureStore
from bot.painting.job import Input, JobState, Result
from bot.storage.challenges import ChallengeRecords
from bot.storage.jobs import JobRecords
from bot.storage.models import ChallengeEntryRow, DueRow
from bot.storage.sessions import Sessions
from tests.bot.conftest import OpenStudio, Studio, labels, picture
from tests.bot.jobs import make_job

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class Calendar:
    """The time by which things are due in a bot; it passes when a test says so."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC).replace(microsecond=0)

    def __call__(self) -> datetime:
        """The time."""
        return self.now

    async def open(self, open_studio: OpenStudio, **settings: Any) -> Studio:
        """A studio whose bot goes by this calendar."""
        studio: Studio = await open_studio(now=self, **settings)
        return studio

    async def pass_time(self, studio: Studio, by: timedelta) -> None:
        """Let time pass, and everything run that is due by then."""
        self.now += by
        studio.clock.now += by.total_seconds()
        await self.settle(studio)

    async def settle(self, studio: Studio) -> None:
        """Let everything about challenges run that is due by now."""
        studio.clock.timer_set.clear()
        await studio.env.settle()
        while owners := await self._owners_of_due(studio):
            if None in owners:
                studio.clock.now += MAX_SLEEP_SECONDS  # the schedule may have gone to sleep just before the time passed
            # The schedule sets a timer when it has started what is due, and again whenever some of that has ended.
            if not await studio.clock.is_timer_set_soon():
                studio.clock.now += MAX_SLEEP_SECONDS  # what it started may wait for a timer itself
            studio.clock.timer_set.clear()
            await studio.env.settle()

    async def _owners_of_due(self, studio: Studio) -> list[str | None]:
        """Which processes run what is due; None for what none runs yet."""
        is_due = (DueRow.due_at <= self.now) | DueRow.lease_owner.is_not(None)
        async with studio.app.sessions() as session:
            due = select(DueRow.lease_owner).where(DueRow.kind.startswith("challenge-"), is_due)
            return list(await session.scalars(due))


def make_challenge(*, now: datetime | None = None, **fields: Any) -> Challenge:
    """Make a challenge that opens in an hour, closes after a day, and ends a day later; `fields` override that."""
    opens_at = fields.get("opens_at", (now or datetime.now(UTC).replace(microsecond=0)) + HOUR)
    closes_at = fields.get("closes_at", opens_at + DAY)
    defaults: dict[str, Any] = {
        "guild_id": 10,
        "organizer_id": 1,
        "channel_id": 20,
        "title": "Harbors at night",
        "theme": "Paint a harbor after dark.",
        "opens_at": opens_at,
        "closes_at": closes_at,
        "ends_at": closes_at + DAY,
        "locale": "en-US",
    }
    if now is not None:
        defaults["created_at"] = now
    return Challenge(**{**defaults, **fields})


async def add_challenge(studio: Studio, **fields: Any) -> Challenge:
    """Save a challenge of the studio's server, organized by Mia in its channel, without announcing it."""
    defaults = {
        "guild_id": studio.guild.id,
        "organizer_id": studio.mia.id,
        "channel_id": studio.channel.id,
    }
    challenge = make_challenge(**{**defaults, **fields})
    await ChallengeRecords(studio.app.sessions).add(challenge)
    return challenge


async def announce(studio: Studio, calendar: Calendar, **fields: Any) -> Challenge:
    """Announce a challenge that by default opens in an hour, and return it as it is then."""
    draft = await add_challenge(studio, now=calendar.now, **fields)
    with studio.env.time_context():
        announced = await studio.app.client.studio.life.announce(draft)
    await calendar.settle(studio)
    return announced


def card(studio: Studio, channel: ChannelHandle | None = None) -> Any:
    """The only card in a channel, by default the studio's, besides results."""
    cards = [message for message in (channel or studio.channel).history() if message.components]
    [message] = [message for message in cards if not is_results(message)]
    return message


def is_results(message: Any) -> bool:
    """Whether a message shows the results of a challenge."""
    return "All places" in labels(message)


async def challenge_now(studio: Studio, challenge: Challenge) -> Challenge:
    """The challenge as it is in the database by now."""
    found = await ChallengeRecords(studio.app.sessions).get(challenge.challenge_id)
    assert found is not None
    return found


async def enter(studio: Studio, challenge: Challenge, member_id: int, **fields: Any) -> Entry:
    """Save an entry with a painting in the store; see `make_entry`."""
    store = studio.app.client.studio.pictures.store
    with store.lease() as lease:  # the janitor may sweep before the entry is saved
        return await make_entry(studio.app.sessions, challenge, member_id, store=store, lease=lease, **fields)


async def make_entry(
    sessions: Sessions,
    challenge: Challenge,
    member_id: int,
    *,
    store: PictureStore | None = None,
    lease: Lease | None = None,
    painting: bytes | None = None,
    **fields: Any,
) -> Entry:
    """Save an entry of a member with its delivered job; `fields` override those of the entry.

    With `store`, its painting, thumbnail and content are there.
    """
    data = painting or picture("teal" if member_id % 2 else "darkorange")
    sha256 = "0" * 64 if store is None else await store.put(data, lease=lease)
    results = (
        Result("painting", "image/png", sha256, size_bytes=len(data), width_px=48, height_px=32),
        Result("thumbnail", "image/png", sha256, size_bytes=len(data), width_px=48, height_px=32),
    )
    job = make_job(
        member_id,
        guild_id=challenge.guild_id,
        inputs=(Input("content", sha256=sha256), Input("style", sha256=sha256)),
        challenge_id=challenge.challenge_id,
        state=JobState.PAINTED,
        results=results,
        painting_seconds=1.0,
    )
    job = replace(job, address=replace(job.address, is_private=True))
    records = JobRecords(sessions)
    await records.add(job)
    await records.save(job.delivered(message_id=5))
    entry = Entry(challenge.challenge_id, member_id, job.job_id, **fields)
    await _insert(sessions, entry)
    return entry


async def _insert(sessions: Sessions, entry: Entry) -> None:
    columns = {field.name: getattr(entry, field.name) for field in fields_of(entry) if field.name != "standing"}
    figures = {} if entry.standing is None else asdict(entry.standing)
    taken = ChallengeEntryRow.challenge_id == entry.challenge_id, ChallengeEntryRow.member_id == entry.member_id
    async with sessions.begin() as session:
        last = await session.scalar(select(func.max(ChallengeEntryRow.slot)).where(*taken))
        free = 0 if last is None else last + 1
        columns |= {"state": entry.state.value, "slot": free if entry.state in PLACE_TAKING_STATES else None}
        await session.execute(insert(ChallengeEntryRow).values(**columns, **figures))
