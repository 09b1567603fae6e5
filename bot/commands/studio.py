"""Everything that commands and buttons use: the core, and the settings and records next to it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from bot.challenges.entering import Entering
from bot.challenges.export.exports import Exports
from bot.challenges.life import ChallengeLife
from bot.challenges.results import Results
from bot.challenges.setup import ChallengeSetup
from bot.challenges.voting import BlindVoting
from bot.files.janitor import Janitor
from bot.files.pictures import Pictures
from bot.gallery.files import GalleryFiles
from bot.gallery.gallery import Gallery
from bot.messages.direct import DirectMessages
from bot.messages.kept import KeptMessages
from bot.painting.control import JobControl
from bot.painting.intake import Intake
from bot.painting.queue import FairQueue
from bot.painting.scheduler import Scheduler
from bot.painting.usage import Usage
from bot.storage.challenges import ChallengeRecords
from bot.storage.entries import EntryRecords
from bot.storage.favorites import Favorites
from bot.storage.history import History
from bot.storage.jobs import JobRecords
from bot.storage.preferences import Preferences
from bot.storage.results import ResultRecords
from bot.storage.servers import Servers
from bot.storage.showcase import ShowcasePosts
from config.settings import Settings
from stylizer.pool import Engine


@dataclass(frozen=True, slots=True)
class Studio:
    """What the client hands to its commands."""

    settings: Settings
    engine: Engine
    intake: Intake
    control: JobControl
    scheduler: Scheduler
    queue: FairQueue
    usage: Usage
    records: JobRecords
    pictures: Pictures
    janitor: Janitor
    servers: Servers
    preferences: Preferences
    history: History
    challenges: ChallengeRecords
    entries: EntryRecords
    entering: Entering
    life: ChallengeLife
    """The phases of challenges."""
    results: Results
    """The ends of challenges."""
    standings: ResultRecords
    exports: Exports
    setup: ChallengeSetup
    """Challenges before they are announced, and those that come again."""
    voting: BlindVoting
    favorites: Favorites
    showcase: ShowcasePosts
    """The posts in servers' showcase channels."""
    styles: GalleryFiles
    kept: KeptMessages
    """Messages that the bot posts by itself."""
    direct: DirectMessages
    comparing: asyncio.Semaphore
    """How many comparisons are made at the same time, with two pictures in memory for each."""

    @property
    def gallery(self) -> Gallery:
        """The styles that members can choose."""
        return self.styles.gallery
