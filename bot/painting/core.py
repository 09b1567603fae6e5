"""The core, put together: everything between a request and the message that shows its painting."""

from __future__ import annotations

from dataclasses import dataclass

from bot.files.disk import Disk
from bot.files.pictures import Pictures
from bot.messages.pace import EditPace
from bot.messages.timing import Timing
from bot.painting.control import JobControl
from bot.painting.intake import Intake
from bot.painting.messages import JobMessages
from bot.painting.notify import NotifyChoice
from bot.painting.queue import FairQueue
from bot.painting.runner import Reporting, Runner
from bot.storage.jobs import JobRecords
from bot.storage.servers import Servers
from config.settings import Settings
from stylizer.pool import Engine


@dataclass(frozen=True, slots=True)
class Core:
    """What commands and the client reach of the core."""

    queue: FairQueue
    runner: Runner
    intake: Intake
    control: JobControl
    messages: JobMessages

    @classmethod
    def of(
        cls,
        settings: Settings,
        *,
        engine: Engine,
        pictures: Pictures,
        disk: Disk,
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
            slots=lambda: engine.warm_workers,
            clock=timing.clock,
        )
        runner = Runner(
            engine=engine,
            queue=queue,
            pictures=pictures,
            records=records,
            reporting=reporting,
            notify_of=notify_of,
            call_later=timing.call_later,
            shutdown_grace_seconds=settings.shutdown_grace_seconds,
        )
        messages = JobMessages(records, timing=timing, pace=pace)
        intake = Intake(
            engine=engine,
            pictures=pictures,
            queue=queue,
            usage=reporting.usage,
            runner=runner,
            records=records,
            servers=servers,
            disk=disk,
            messages=messages,
        )
        return cls(queue, runner, intake, JobControl(runner, records), messages)
