"""Builds the core: everything between a request and the message that shows its painting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.clock.timing import Timing
from bot.files.pictures import Pictures
from bot.gallery.files import GalleryFiles
from bot.messages.pace import EditPace
from bot.operation.metrics import Metrics
from bot.painting.chooser import StyleChooser
from bot.painting.ending import Ending
from bot.painting.intake import Intake
from bot.painting.job import Job
from bot.painting.lifecycle import Lifecycle
from bot.painting.messages import JobMessages
from bot.painting.notify import NotifyChoice
from bot.painting.presenter import Presenter
from bot.painting.queue import FairQueue
from bot.painting.scheduler import Scheduler
from bot.painting.speed import Speed
from bot.painting.usage import Usage
from bot.painting.work import JobSaver
from bot.storage.jobs import JobRecords
from bot.storage.servers import Servers
from config.settings import Settings
from stylizer.pool import Engine


@dataclass(frozen=True, slots=True)
class Reporting:
    """What shows, logs and counts the progress and the end of jobs."""

    presenter: Presenter
    metrics: Metrics
    log_ended: Callable[[Job], None]
    """Posts how a job ended in its server's log. Returns at once."""
    usage: Usage
    speed: Speed


@dataclass(frozen=True, slots=True)
class Core:
    """The parts of the core that commands and the client use."""

    queue: FairQueue
    scheduler: Scheduler
    intake: Intake
    messages: JobMessages

    @classmethod
    def of(
        cls,
        settings: Settings,
        *,
        engine: Engine,
        pictures: Pictures,
        styles: GalleryFiles,
        records: JobRecords,
        servers: Servers,
        notify_of: NotifyChoice,
        reporting: Reporting,
        timing: Timing,
        pace: EditPace,
    ) -> Core:
        """Build the core on these resources, which the caller opens and closes."""
        queue = FairQueue(
            settings.queue,
            expected_seconds=reporting.speed.expected_seconds,
            slots=lambda: engine.capacity,
            clock=timing.clock,
        )
        saver = JobSaver(records, backoff=timing.backoff)
        lifecycle = Lifecycle(
            engine=engine,
            pictures=pictures,
            saver=saver,
            metrics=reporting.metrics,
            speed=reporting.speed,
            timing=timing,
        )
        messages = JobMessages(records, timing=timing, pace=pace)
        chooser = StyleChooser(styles, messages.has_joined, messages.is_direct)
        ending = Ending(
            pictures=pictures,
            chooser=chooser,
            saver=saver,
            usage=reporting.usage,
            metrics=reporting.metrics,
            log_ended=reporting.log_ended,
            notify_of=notify_of,
            backoff=timing.backoff,
        )
        scheduler = Scheduler(
            queue=queue,
            lifecycle=lifecycle,
            ending=ending,
            presenter=reporting.presenter,
            metrics=reporting.metrics,
            call_later=timing.call_later,
            shutdown_grace_seconds=settings.shutdown_grace_seconds,
        )
        intake = Intake(
            engine=engine,
            pictures=pictures,
            styles=styles,
            queue=queue,
            usage=reporting.usage,
            scheduler=scheduler,
            records=records,
            servers=servers,
            disk=styles.disk,
            messages=messages,
            chooser=chooser,
        )
        return cls(queue, scheduler, intake, messages)
