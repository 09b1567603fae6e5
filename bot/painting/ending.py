"""How a job ends: deliver, refund, notify, log, settle."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import islice

import discord

from bot.clock.backoff import Backoff
from bot.errors import MessageGone, PaintingForgotten, PaintingUnreadable, Superseded, Undeliverable
from bot.files.pictures import Pictures
from bot.files.store import Lease
from bot.messages.answer import Shown
from bot.messages.card import Card
from bot.messages.live import CardWithin
from bot.operation.metrics import Metrics
from bot.painting.chooser import StyleChooser
from bot.painting.job import Job, JobKind, JobState
from bot.painting.result_files import fitted, leased_file, stored_file, stored_sheet
from bot.painting.thumbnails import Thumbnails
from bot.painting.usage import Usage
from bot.painting.work import JobSaver, Work
from bot.storage.servers import Notify
from stylizer.pool import RecipeError

MAX_ATTEMPTS = 60
"""To deliver a painting while each attempt fails for an unforeseen reason: about an hour."""
MAX_DELIVERIES_AT_ONCE = 8
"""After an outage, hundreds of paintings may be due. That many uploads at once, each with two open files and a
connection, would use up the process's file descriptors, and share the bandwidth until each takes too long."""
LONG_SECONDS = 60.0
"""After this, an owner is probably no longer watching."""


class Ending:
    """Shows how jobs ended, and settles them."""

    def __init__(
        self,
        *,
        pictures: Pictures,
        chooser: StyleChooser,
        saver: JobSaver,
        usage: Usage,
        metrics: Metrics,
        log_ended: Callable[[Job], None],
        notify_of: Callable[[Job], Notify],
        backoff: Backoff,
    ) -> None:
        """`log_ended` posts how a job ended in its server's log; `notify_of` says when its owner is mentioned."""
        self._pictures = pictures
        self._chooser = chooser
        self._saver = saver
        self._usage = usage
        self._metrics = metrics
        self._log_ended = log_ended
        self._notify_of = notify_of
        self._backoff = backoff
        self._deliveries = asyncio.Semaphore(MAX_DELIVERIES_AT_ONCE)
        self._is_closing = False

    def close(self) -> None:
        """Leave what fails from now on to the next process: the shutdown is probably why it fails."""
        self._is_closing = True

    async def settle(self, work: Work) -> None:
        """Show how a job ended. Retries unforeseen failures, and in the end settles without showing the painting.

        Raises `Superseded` when there is nothing left to show, and `discord.HTTPException` when Discord no longer
        accepts the bot.
        """
        for attempt, wait_seconds in enumerate(islice(self._backoff(), 2 * MAX_ATTEMPTS), start=1):
            try:
                if work.outcome is not None:
                    await self._settle_without_result(work)
                elif work.job.state is JobState.CHOOSING:
                    await self._ask_for_style(work)
                else:
                    await self._deliver(work)
            except (discord.HTTPException, Superseded):
                raise
            except Exception as error:
                if self._is_closing:
                    raise asyncio.CancelledError from error
                work.log.exception("job.end_failed", state=work.outcome or work.job.state, attempt=attempt)
                if attempt == MAX_ATTEMPTS and work.outcome is None:
                    work.fail(error)
                await asyncio.sleep(wait_seconds)
            else:
                return
        await self._saver.save(work, work.ended_job().settled())  # there is no way left to show it
        self._report(work, work.outcome or JobState.FAILED)

    async def _ask_for_style(self, work: Work) -> None:
        """Show the styles to choose from. That settles the job until its owner has chosen one."""
        card = work.presenter.chooser(work.job, await self._chooser.first_page(work.job))
        if not await self._saver.is_current(work):  # canceled while the page was made
            raise Superseded
        try:
            await work.message.finish(_always(card), end="ask", moved=partial(work.presenter.moved, work.job))
        except Undeliverable as error:
            work.log.warning("job.chooser_lost", problem=error.problem)
            work.fail(error)
            await self._settle_without_result(work)
            return
        await self._saver.save(work, work.job.settled())
        work.log.info("job.asked_for_style")

    async def _deliver(self, work: Work) -> None:
        """Show the painting; if it can't be delivered, say so."""
        try:
            moved = partial(work.presenter.moved, work.job)
            shown = await work.message.finish(self._result(work), end="done", moved=moved)
        except (Undeliverable, PaintingForgotten) as error:
            work.log.warning("job.undeliverable", problem=str(error))
            work.fail(error)
            await self._settle_without_result(work)
            return
        await self._saver.save(work, work.job.delivered(message_id=shown.message_id))
        work.log.info("job.delivered", message=shown.message_id)
        self._report(work, JobState.DELIVERED, shown=shown)
        await self._notify_owner(work, shown)

    def _result(self, work: Work) -> CardWithin:
        """Make the card of a finished painting, and lease its files while the block runs.

        The block raises `PaintingForgotten` if they are gone.
        """
        job = work.job

        @asynccontextmanager
        async def card_within(limit_bytes: int, *, without_gif: bool) -> AsyncIterator[Card]:
            async with self._deliveries:
                with self._pictures.store.lease() as lease:
                    try:
                        if job.kind is JobKind.BOARD:
                            card = await self._board(work, lease, limit_bytes)
                        else:
                            card = await self._painting(work, lease, limit_bytes, without_gif=without_gif)
                    except OSError as error:  # else it would look as if Discord couldn't be reached
                        raise PaintingUnreadable from error
                    yield card

        return card_within

    async def _painting(self, work: Work, lease: Lease, limit_bytes: int, *, without_gif: bool) -> Card:
        job, store = work.job, self._pictures.store
        result, timelapse = job.result("painting"), job.result("timelapse")
        if result is None:
            raise PaintingForgotten
        painting = await stored_file(store, result, lease)
        gif = None if without_gif or timelapse is None else await leased_file(store, timelapse.sha256, lease)
        thumbnails = Thumbnails.uploaded(job, *await self._pictures.thumbnails(job))
        return work.presenter.result(job, *fitted(job, result, painting, gif, thumbnails, limit_bytes))

    async def _board(self, work: Work, lease: Lease, limit_bytes: int) -> Card:
        sheet = await stored_sheet(self._pictures.store, work.job, lease, limit_bytes)
        return work.presenter.board(work.job, sheet)

    async def _notify_owner(self, work: Work, shown: Shown) -> None:
        """Mention the owner once, if they want that and nothing else has notified them."""
        job = work.job
        is_direct = shown.channel_id != job.channel_id  # a direct message notifies by itself
        if job.owner_notified or is_direct or not _is_long_enough(job, self._notify_of(job)):
            return
        await self._saver.record_notification(work)
        await work.message.notify_owner(work.presenter.ready(job), shown)

    async def _settle_without_result(self, work: Work) -> None:
        """Show how a job ended without a painting, and settle it."""
        outcome = work.outcome or work.job.state
        is_private, problem = work.is_private, work.problem
        if work.job.state is not outcome:
            await self._saver.save(work, work.ended_job())
        if isinstance(work.error, MessageGone):
            await work.message.send_ephemeral(problem or "")
        elif not (is_private and await work.message.replace_with_ephemeral(problem or "")):
            await self._show_without_result(work, outcome)
        await self._saver.save(work, work.job.settled())
        if work.job.styles and not work.is_redelivery and (outcome is JobState.FAILED or not work.job.counted_starts):
            await self._usage.refund(work.job)
        # The member's sentence doesn't name the field of a recipe.
        details = {"problem": str(work.error)} if isinstance(work.error, RecipeError) else {}
        work.log.info("job.ended", state=outcome, reason=work.error and type(work.error).__name__, **details)
        self._report(work, outcome)

    async def _show_without_result(self, work: Work, outcome: JobState) -> None:
        card = _always(work.presenter.card(work.job, work.ended_state(), work.thumbnails))
        try:
            await work.message.finish(card, end=outcome[:4], moved=partial(work.presenter.moved, work.job))
        except Undeliverable as error:
            work.log.warning("job.card_lost", problem=error.problem)

    def _report(self, work: Work, outcome: JobState, *, shown: Shown | None = None) -> None:
        if not work.job.styles:
            return  # nobody has asked for a painting yet
        message_id = None if shown is None else shown.message_id
        self._metrics.ended(work.job, outcome, work.job.painting_seconds)
        self._log_ended(replace(work.job, state=outcome, message_id=message_id, problem=work.problem))


def _always(card: Card) -> CardWithin:
    """The same card wherever it is shown: its files are small."""

    @asynccontextmanager
    async def card_within(limit_bytes: int, *, without_gif: bool) -> AsyncIterator[Card]:  # noqa: ARG001 - it always fits
        yield card

    return card_within


def _is_long_enough(job: Job, notify: Notify) -> bool:
    if notify is Notify.LONG:
        return (datetime.now(UTC) - job.created_at).total_seconds() > LONG_SECONDS
    return notify is Notify.ALWAYS
