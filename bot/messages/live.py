"""A message that is kept up to date from its first card to its last, in any way that works."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol

import discord
import structlog

from bot.clock.timing import Timer, Timing
from bot.errors import NETWORK_ERRORS, DatabaseAway, NotPosted, Undeliverable
from bot.messages.address import Address, Press
from bot.messages.answer import Answer, Journal, MessageDeleted, NotAllowed, Shown, WayClosed, said_by_discord
from bot.messages.card import Card
from bot.messages.pace import EditPace

log = structlog.get_logger()

CARD_EDIT_INTERVAL_SECONDS = 2.5
"""Edits by one token share a limit of 5 per 2 s: with more of them, the last one would be late."""
CLOCK_TICK_SECONDS = 0.001
"""Shorter waits are skipped."""
DELIVERY_TIMEOUT_SECONDS = 24 * 60 * 60.0
"""How long the last card is retried while Discord is unreachable or fails."""
WAY_TIMEOUT_SECONDS = 300.0
"""How long one way may fail with server errors before the next is tried: an archived thread may answer 500."""

UNAUTHORIZED, PAYLOAD_TOO_LARGE, RATE_LIMITED, SERVER_ERROR = 401, 413, 429, 500
REQUEST_TOO_LARGE = 40005


class CardWithin(Protocol):
    """Makes the last card, and keeps it in memory while the block runs."""

    def __call__(self, limit_bytes: int, *, without_gif: bool) -> AbstractAsyncContextManager[Card]:
        """Make a card whose files have at most `limit_bytes` each; without the GIF if Discord found it too large.

        The block raises `Undeliverable` if that is impossible.
        """
        ...


@dataclass(frozen=True, slots=True)
class _Update:
    """A card that is to be shown next."""

    card: Callable[[], Card]
    showing: object
    interval_seconds: float


class _Way(Enum):
    """Ways to show the last card, best first. `bot.messages.answer` describes them."""

    INTERACTION = "interaction"
    BOT = "bot"
    POST = "post"
    DIRECT = "direct"


@dataclass(slots=True)
class _Finish:
    """The last card, on its way to Discord."""

    card_within: CardWithin
    nonce: str
    ways: list[_Way] = field(default_factory=lambda: list(_Way))
    """The ways that are still open."""
    failing_since: dict[_Way, float] = field(default_factory=dict)
    without_gif: bool = False
    """Whether Discord has found it too large with all its files."""
    problem: NotPosted | str = NotPosted.NO_PLACE
    """Why it is not shown yet."""


class LiveMessage:
    """The answer to one interaction: shows progress now and then, and makes sure that the end is shown."""

    def __init__(
        self,
        address: Address,
        *,
        owner_id: int,
        client: discord.Client,
        timing: Timing,
        pace: EditPace,
        journal: Journal,
        message_id: int | None = None,
        message_channel_id: int | None = None,
        press: Press | None = None,
        **context: Any,
    ) -> None:
        """`message_id`, `message_channel_id` and `press` are what an earlier process saved; `context` is logged."""
        self._interaction_id = address.interaction_id
        self._owner_id = owner_id
        self._clock, self._call_later, self._backoff = timing.clock, timing.call_later, timing.backoff
        self._pace = pace
        self._journal = journal
        self._saving: asyncio.Task[None] | None = None
        """Kept here, because the event loop only keeps weak references to tasks."""
        self._answer = Answer(
            address,
            owner_id=owner_id,
            client=client,
            journal=journal,
            message_id=message_id,
            message_channel_id=message_channel_id,
            press=press,
        )
        self._update: _Update | None = None
        self._timer: Timer | None = None
        self._edit: asyncio.Task[None] | None = None
        self._waits_for_turn = False
        self._last_edit_at = -math.inf
        self._retry_waits = self._backoff()
        self._retry_at = -math.inf
        """When a failed edit is tried again."""
        self._shown: object = None
        self._ending = False
        self._log = log.bind(**context)
        self.on_deleted: Callable[[], object] = lambda: None
        """Called when the message is deleted while it shows progress: then nobody waits for the job any more."""

    @property
    def upload_limit_bytes(self) -> int:
        """The largest file that the answer may carry."""
        return self._answer.upload_limit_bytes(by_token=True)

    @property
    def shown(self) -> object:
        """What its latest edit with progress shows; None before the first."""
        return self._shown

    def schedule_update(
        self, card: Callable[[], Card], *, showing: object, interval_seconds: float = CARD_EDIT_INTERVAL_SECONDS
    ) -> None:
        """Show this card `interval_seconds` after the last edit, unless a later update replaces it before then.

        Never waits and never fails. Retries what can't be shown.
        """
        self._update = _Update(card, showing, interval_seconds)
        self._schedule_edit()

    def pressed(self, token: str, *, message_id: int | None, by: int) -> None:
        """Use the token of an acknowledged button press: it can edit that message for another 15 minutes.

        Returns at once. Ignores a press on a message that this one has replaced.
        """
        if self._answer.message_id not in {None, message_id}:
            return
        press = Press(token, discord.utils.utcnow())
        self._answer.pressed(press, by=by)
        self._saving = asyncio.create_task(self._save(press, after=self._saving))
        self._schedule_edit()

    async def finish(self, card_within: CardWithin, *, end: str, moved: Callable[[Shown], Card]) -> Shown:
        """Stop progress and show the last card, within the bytes that its place accepts.

        `end` identifies this end in up to four letters: a new message for the same end is sent only once. If the card
        becomes a new message, the old one shows `moved`, if it can still be edited. Waits while Discord is unreachable.

        Raises `Undeliverable` when no way is left, `Superseded` when the card isn't wanted any more,
        `PaintingForgotten` and `PaintingUnreadable` when its files can't be sent, and `discord.HTTPException` when
        Discord no longer accepts the bot.
        """
        await self.stop()
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + DELIVERY_TIMEOUT_SECONDS
        finish = _Finish(card_within, nonce=f"{self._interaction_id}-{end}")
        for wait_seconds in self._backoff():
            await asyncio.sleep(wait_seconds)
            shown = await self._try_ways(finish)
            if shown is not None:
                if shown.is_new_message and self._answer.old is not None:
                    await self._mark_as_moved(self._answer.old, moved(shown))
                return shown
            if not finish.ways or loop.time() > give_up_at:
                break
        raise Undeliverable(finish.problem)

    async def notify_owner(self, text: str, shown: Shown) -> None:
        """Reply to the message with a text that mentions the owner. Tries once; only logs a failure."""
        nonce = f"{self._interaction_id}-note"
        try:
            await self._answer.reply(text, shown, mention_id=self._owner_id, nonce=nonce)
        except (discord.HTTPException, *NETWORK_ERRORS) as error:
            self._log.info("message.owner_not_notified", problem=str(error))

    async def replace_with_ephemeral(self, sentence: str) -> bool:
        """Delete the message and send an ephemeral one instead; False if that is no longer possible."""
        await self.stop()
        return await self._answer.replace_with_ephemeral(sentence)

    async def send_ephemeral(self, sentence: str) -> None:
        """Send a message that only the member sees, if that is still possible."""
        await self.stop()
        await self._answer.send_ephemeral(sentence)

    async def wait_for_edit(self) -> None:
        """Wait for the edit in progress, if any."""
        if self._edit is not None:
            await asyncio.wait([self._edit])

    def drop(self) -> None:
        """Stop showing anything, and cancel the edit in progress."""
        self._ending = True
        self._cancel_timer()
        if self._edit is not None:
            self._edit.cancel()

    async def stop(self) -> None:
        """Stop showing progress, and wait for the edit in progress."""
        self._ending = True
        self._cancel_timer()
        if self._edit is not None and self._waits_for_turn:
            self._edit.cancel()
        await self.wait_for_edit()

    # Progress.

    async def _save(self, press: Press, *, after: asyncio.Task[None] | None) -> None:
        """Save a press after the one before, which its token outlives."""
        if after is not None:
            await asyncio.wait([after])
        with suppress(DatabaseAway):  # without it, the next process won't know that token
            await self._journal.record_press(press)

    def _schedule_edit(self) -> None:
        """Edit as soon as the interval since the last edit, or since a failure, allows."""
        self._cancel_timer()
        update = self._update
        if self._ending or self._edit is not None or update is None or update.showing == self._shown:
            return
        if not self._answer.can_be_edited:
            return
        wait_seconds = max(self._last_edit_at + update.interval_seconds, self._retry_at) - self._clock()
        if wait_seconds < CLOCK_TICK_SECONDS:
            self._edit = asyncio.create_task(self._edit_latest())
        else:
            self._timer = self._call_later(wait_seconds, self._schedule_edit)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def _edit_latest(self) -> None:
        is_shown, may_retry = False, True
        try:
            async with self._turn(self._answer, is_final=False):
                update = self._update  # the latest, which may have come while this waited for its turn
                if update is not None:
                    self._last_edit_at = self._clock()
                    await self._edit_by_either(self._answer, update.card())
                    is_shown, self._shown = True, update.showing
        except MessageDeleted:
            may_retry = False
            self.on_deleted()
        except discord.HTTPException as error:
            self._log.info("message.progress_lost", status=error.status, code=error.code)
            # Discord bans clients that keep using a refused token, and a retry doesn't make anything smaller.
            may_retry = error.status not in {UNAUTHORIZED, PAYLOAD_TOO_LARGE} and error.code != REQUEST_TOO_LARGE
        except (WayClosed, *NETWORK_ERRORS, DatabaseAway) as error:
            self._log.info("message.progress_lost", problem=str(error))
        except Exception:  # noqa: BLE001 - whatever it is, the painting continues
            may_retry = False  # the next update may do better
            self._log.exception("message.progress_failed")
        finally:
            self._edit = None
            if is_shown:
                self._retry_waits, self._retry_at = self._backoff(), -math.inf
            else:
                self._retry_at = self._clock() + next(self._retry_waits)
            if may_retry:
                self._schedule_edit()

    async def _edit_by_either(self, answer: Answer, card: Card) -> None:
        """Edit by a token, or else as the bot. Raises `WayClosed` when neither works."""
        had_token = answer.has_token
        try:
            await answer.edit_by_token(card)
        except (MessageDeleted, NotAllowed):
            raise
        except WayClosed:
            # An edit by token didn't need this turn.
            turn = self._turn(answer, is_final=False, as_bot=True) if had_token else nullcontext()
            async with turn:
                await answer.edit_as_bot(card)

    @asynccontextmanager
    async def _turn(self, answer: Answer, *, is_final: bool, as_bot: bool = False) -> AsyncIterator[None]:
        """Wait for a turn if Discord limits edits by channel: for old messages, and with the bot's own token."""
        if not (as_bot or not answer.has_token or answer.is_old):
            yield
            return
        self._waits_for_turn = not is_final
        try:
            async with self._pace.turn(answer.channel_id, is_final=is_final):
                self._waits_for_turn = False
                yield
        finally:
            self._waits_for_turn = False

    # The end.

    async def _try_ways(self, finish: _Finish) -> Shown | None:
        """Try the open ways, best first; None if the next try has to wait, or no way is left."""
        now = asyncio.get_running_loop().time
        for way in list(finish.ways):
            if way not in finish.ways:  # closed together with another
                continue
            try:
                return await self._try(way, finish)
            except WayClosed as closed:
                self._log.info("message.way_closed", way=way.value, problem=str(closed.__cause__ or closed))
                finish.problem = closed.problem
                finish.ways.remove(way)
                if way is _Way.INTERACTION and isinstance(closed, NotAllowed) and _Way.BOT in finish.ways:
                    finish.ways.remove(_Way.BOT)  # the bot's token is allowed no more than the interaction's
            except discord.HTTPException as error:
                if not _may_pass(error):
                    raise
                self._log.warning("message.refused", way=way.value, status=error.status, code=error.code)
                finish.problem = NotPosted.OUTAGE  # what comes with it may be the page of a proxy
                if now() - finish.failing_since.setdefault(way, now()) < WAY_TIMEOUT_SECONDS:
                    return None
            except NETWORK_ERRORS as error:
                self._log.warning("message.unreachable", problem=str(error))
                finish.problem = NotPosted.UNREACHABLE
                return None
            except DatabaseAway as error:
                self._log.warning("message.not_recorded", problem=error.problem)
                finish.problem = NotPosted.DATABASE
                return None
        return None

    async def _try(self, way: _Way, finish: _Finish) -> Shown:
        """Show the card this way, without the GIF if need be. Raises `WayClosed`, `Undeliverable`, Discord's errors."""
        if way is _Way.INTERACTION and not self._answer.has_token:
            raise WayClosed(NotPosted.INTERACTION_OVER)
        if way is _Way.BOT and not (self._answer.bot_may_edit and self._answer.message_id is not None):
            raise WayClosed(NotPosted.NOT_EDITABLE)
        allowed_bytes = self._answer.upload_limit_bytes(by_token=way is _Way.INTERACTION, direct=way is _Way.DIRECT)
        while True:
            card: Card | None = None
            is_edit = way in {_Way.INTERACTION, _Way.BOT}
            turn = self._turn(self._answer, is_final=True, as_bot=way is _Way.BOT) if is_edit else nullcontext()
            try:
                async with turn, finish.card_within(allowed_bytes, without_gif=finish.without_gif) as card:
                    return await self._show_by(way, card, nonce=finish.nonce)
            except discord.HTTPException as error:
                if error.status == PAYLOAD_TOO_LARGE or error.code == REQUEST_TOO_LARGE:
                    sizes = [file.size_bytes for file in card.files] if card else []
                    self._log.warning("message.too_large", way=way.value, bytes=sum(sizes))
                    if not sizes:
                        raise WayClosed(NotPosted.CARD_TOO_LARGE) from error
                    if finish.without_gif:
                        raise Undeliverable(NotPosted.TOO_LARGE) from error
                    finish.without_gif = True
                elif error.status == UNAUTHORIZED or _may_pass(error):
                    raise
                else:
                    raise Undeliverable(said_by_discord(error)) from error

    async def _show_by(self, way: _Way, card: Card, *, nonce: str) -> Shown:
        match way:
            case _Way.INTERACTION:
                return await self._answer.edit_by_token(card)
            case _Way.BOT:
                return await self._answer.edit_as_bot(card)
            case _Way.POST:
                return await self._answer.post(card, nonce=nonce)
            case _Way.DIRECT:
                return await self._answer.send_to_owner(card, nonce=nonce)

    async def _mark_as_moved(self, old: Answer, card: Card) -> None:
        """Make the message that stays behind link to the new one, if possible."""
        try:
            async with self._turn(old, is_final=False):
                await self._edit_by_either(old, card)
        except (WayClosed, discord.HTTPException, *NETWORK_ERRORS) as error:
            self._log.info("message.old_card_left", problem=str(error))


def _may_pass(error: discord.HTTPException) -> bool:
    """Whether it may work later: an outage, or a rate limit that discord.py doesn't wait for."""
    return error.status >= SERVER_ERROR or error.status == RATE_LIMITED
