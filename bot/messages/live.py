"""A message that is kept up to date, from its first card to its last, by whichever way works."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol

import discord
import structlog

from bot.cards.card import Card
from bot.clock.backoff import growing_waits
from bot.errors import NETWORK_ERRORS, DatabaseAway, Undeliverable
from bot.messages.address import Address, Press
from bot.messages.answer import Answer, Journal, MessageDeleted, NotAllowed, Shown, WayClosed
from bot.messages.pace import EditPace
from bot.messages.timing import Timer, Timing

log = structlog.get_logger()

EDIT_INTERVAL_SECONDS = 2.5
"""Edits by one token share a limit of 5 per 2 s: more of them would hold up the last one."""
CLOCK_TICK_SECONDS = 0.001
"""Less than this is no wait."""
DELIVERY_TIMEOUT_SECONDS = 24 * 60 * 60.0
"""How long the last card is retried while Discord is unreachable or fails."""
WAY_TIMEOUT_SECONDS = 300.0
"""How long one way may fail with server errors before the next is tried too: an archived thread may answer 500."""

UNAUTHORIZED, PAYLOAD_TOO_LARGE, RATE_LIMITED, SERVER_ERROR = 401, 413, 429, 500
REQUEST_TOO_LARGE = 40005


class CardWithin(Protocol):
    """Makes the last card, and keeps it for as long as the block runs."""

    def __call__(self, limit_bytes: int, *, without_gif: bool) -> AbstractAsyncContextManager[Card]:
        """A card whose files have at most so many bytes each, one of them less where the place took not all.

        The block raises `Undeliverable` where that is impossible.
        """
        ...


@dataclass(frozen=True, slots=True)
class _Offer:
    """A card that shall be shown."""

    card: Callable[[], Card]
    showing: object
    interval_seconds: float


class _Way(Enum):
    """How the last card is shown, the best way first. `bot.messages.answer` describes them."""

    INTERACTION = "interaction"
    BOT = "bot"
    POST = "post"
    DIRECT = "direct"


@dataclass(slots=True)
class _Finish:
    """The last card on its way."""

    card_within: CardWithin
    nonce: str
    ways: list[_Way] = field(default_factory=lambda: list(_Way))
    """Those that are not closed."""
    failing_since: dict[_Way, float] = field(default_factory=dict)
    without_gif: bool = False
    """Whether Discord has found it too large with all its files."""
    problem: str = "there is no place for it"
    """Why it is not shown yet."""


class LiveMessage:
    """The answer to one interaction: progress edited in now and then, and the end, whatever it takes."""

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
        """`message_id`, `message_channel_id` and `press` are what a former process saved; `context` is logged."""
        self._interaction_id = address.interaction_id
        self._owner_id = owner_id
        self._clock, self._call_later = timing.clock, timing.call_later
        self._pace = pace
        self._journal = journal
        self._saving: asyncio.Task[None] | None = None
        """Held here, because the event loop holds tasks weakly."""
        self._answer = Answer(
            address,
            owner_id=owner_id,
            client=client,
            journal=journal,
            message_id=message_id,
            message_channel_id=message_channel_id,
            press=press,
        )
        self._offer: _Offer | None = None
        self._timer: Timer | None = None
        self._edit: asyncio.Task[None] | None = None
        self._waits_for_turn = False
        self._last_edit_at = -math.inf
        self._retry_waits = growing_waits()
        self._retry_at = -math.inf
        """When an edit that failed is tried again."""
        self._shown: object = None
        self._ending = False
        self._log = log.bind(**context)
        self.on_deleted: Callable[[], object] = lambda: None
        """Called when somebody deleted the message while it showed progress: nobody waits for this any more."""

    @property
    def upload_limit_bytes(self) -> int:
        """How many bytes one file may have where the answer goes."""
        return self._answer.upload_limit_bytes(by_token=True)

    def offer(
        self, card: Callable[[], Card], *, showing: object, interval_seconds: float = EDIT_INTERVAL_SECONDS
    ) -> None:
        """Show this card, at the earliest so long after the last edit; a later offer replaces it until then.

        Never waits and never fails. What could not be shown is tried again.
        """
        self._offer = _Offer(card, showing, interval_seconds)
        self._schedule()

    def pressed(self, token: str, *, message_id: int | None, by: int) -> None:
        """A press of a button on a message was acknowledged: its token edits that message for another 15 minutes.

        Returns at once. A press on a message that is not this one any more changes nothing.
        """
        if self._answer.message_id not in {None, message_id}:
            return
        press = Press(token, discord.utils.utcnow())
        self._answer.pressed(press, by=by)
        self._saving = asyncio.create_task(self._save(press))
        self._schedule()

    async def finish(self, card_within: CardWithin, *, end: str, moved: Callable[[Shown], Card]) -> Shown:
        """Stop progress and show the last card, within the bytes that its place takes.

        `end` names this end in up to four letters: a new message of the same end is sent once. Where the card becomes
        a new message, the old one shows `moved`, if it can still be edited. Waits as long as Discord is unreachable.

        Raises `Undeliverable` when no way is left, `Superseded` when the card is not wanted any more, and
        `discord.HTTPException` when Discord does not accept the bot any more.
        """
        await self.stop()
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + DELIVERY_TIMEOUT_SECONDS
        finish = _Finish(card_within, nonce=f"{self._interaction_id}-{end}")
        for wait_seconds in growing_waits():
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
        """Reply to the shown message with a text that mentions the owner. Tried once: a failure is only logged."""
        nonce = f"{self._interaction_id}-note"
        try:
            await self._answer.reply(text, shown, mention_id=self._owner_id, nonce=nonce)
        except (discord.HTTPException, *NETWORK_ERRORS) as error:
            self._log.info("message.owner_not_notified", problem=str(error))

    async def replace_with_ephemeral(self, sentence: str) -> bool:
        """Delete the message and tell the member alone; False when that is no longer possible."""
        await self.stop()
        return await self._answer.replace_with_ephemeral(sentence)

    async def send_ephemeral(self, sentence: str) -> None:
        """Tell the member alone, if that is still possible."""
        await self.stop()
        await self._answer.send_ephemeral(sentence)

    async def settled(self) -> None:
        """Wait for the edit that is under way."""
        if self._edit is not None:
            await asyncio.wait([self._edit])

    def drop(self) -> None:
        """Show nothing any more, and give up the edit that is under way."""
        self._ending = True
        self._cancel_timer()
        if self._edit is not None:
            self._edit.cancel()

    async def stop(self) -> None:
        """Show no more progress, and wait for the edit that is under way."""
        self._ending = True
        self._cancel_timer()
        if self._edit is not None and self._waits_for_turn:
            self._edit.cancel()
        await self.settled()

    # Progress.

    async def _save(self, press: Press) -> None:
        with suppress(DatabaseAway):  # then the next process does not know that token
            await self._journal.pressed(press)

    def _schedule(self) -> None:
        """Edit as soon as the interval since the last edit, or since a failure, allows."""
        self._cancel_timer()
        offer = self._offer
        if self._ending or self._edit is not None or offer is None or offer.showing == self._shown:
            return
        if not self._answer.can_be_edited:
            return
        wait_seconds = max(self._last_edit_at + offer.interval_seconds, self._retry_at) - self._clock()
        if wait_seconds < CLOCK_TICK_SECONDS:
            self._edit = asyncio.create_task(self._edit_in_offer())
        else:
            self._timer = self._call_later(wait_seconds, self._schedule)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def _edit_in_offer(self) -> None:
        is_shown, may_retry = False, True
        try:
            await self._take_turn(self._answer, is_final=False)
            offer = self._offer  # the latest, whatever was offered while this waited for its turn
            if offer is not None:
                self._last_edit_at = self._clock()
                await self._edit_by_either(self._answer, offer.card())
                is_shown, self._shown = True, offer.showing
        except MessageDeleted:
            may_retry = False
            self.on_deleted()
        except discord.HTTPException as error:
            self._log.info("message.progress_lost", status=error.status, code=error.code)
            # Discord bans whoever goes on with a token that it refuses; what is too large does not shrink by waiting.
            may_retry = error.status not in {UNAUTHORIZED, PAYLOAD_TOO_LARGE} and error.code != REQUEST_TOO_LARGE
        except (WayClosed, *NETWORK_ERRORS, DatabaseAway) as error:
            self._log.info("message.progress_lost", problem=str(error))
        except Exception:  # noqa: BLE001 - whatever it is, the painting goes on
            may_retry = False  # the next offer may do better
            self._log.exception("message.progress_failed")
        finally:
            self._edit = None
            if is_shown:
                self._retry_waits, self._retry_at = growing_waits(), -math.inf
            else:
                self._retry_at = self._clock() + next(self._retry_waits)
            if may_retry:
                self._schedule()

    async def _edit_by_either(self, answer: Answer, card: Card) -> None:
        """Edit the card in by a token, else as the bot. Raises `WayClosed` when neither works."""
        had_token = answer.has_token
        try:
            await answer.edit_by_token(card)
        except (MessageDeleted, NotAllowed):
            raise
        except WayClosed:
            if had_token:  # which needed no turn
                await self._take_turn(answer, is_final=False, as_bot=True)
            await answer.edit_as_bot(card)

    async def _take_turn(self, answer: Answer, *, is_final: bool, as_bot: bool = False) -> None:
        """Wait where Discord counts edits by channel: of old messages, and by the bot's own token."""
        if as_bot or not answer.has_token or answer.is_old:
            self._waits_for_turn = not is_final
            try:
                await self._pace.turn(answer.channel_id, is_final=is_final)
            finally:
                self._waits_for_turn = False

    # The end.

    async def _try_ways(self, finish: _Finish) -> Shown | None:
        """Try the ways that are left, the best first; None when the next try has to wait, or no way is left."""
        now = asyncio.get_running_loop().time
        for way in list(finish.ways):
            if way not in finish.ways:  # closed along with another
                continue
            try:
                return await self._try(way, finish)
            except WayClosed as closed:
                self._log.info("message.way_closed", way=way.value, problem=closed.problem)
                finish.problem = closed.problem
                finish.ways.remove(way)
                if way is _Way.INTERACTION and isinstance(closed, NotAllowed) and _Way.BOT in finish.ways:
                    finish.ways.remove(_Way.BOT)  # which may do no more than the interaction
            except discord.HTTPException as error:
                if not _may_pass(error):
                    raise
                self._log.warning("message.refused", way=way.value, status=error.status, code=error.code)
                finish.problem = error.text or str(error)
                if now() - finish.failing_since.setdefault(way, now()) < WAY_TIMEOUT_SECONDS:
                    return None
            except NETWORK_ERRORS as error:
                self._log.warning("message.unreachable", problem=str(error))
                finish.problem = "Discord can't be reached"
                return None
            except DatabaseAway as error:
                self._log.warning("message.not_recorded", problem=error.problem)
                finish.problem = "Atelier's database can't be written to"
                return None
        return None

    async def _try(self, way: _Way, finish: _Finish) -> Shown:
        """Show the card this way, without the GIF at worst. Raises `WayClosed`, `Undeliverable`, Discord's errors."""
        if way is _Way.INTERACTION and not self._answer.has_token:
            raise WayClosed("the interaction is over")
        if way is _Way.BOT and not (self._answer.bot_may_edit and self._answer.message_id is not None):
            raise WayClosed("the bot can't edit the message")
        allowed_bytes = self._answer.upload_limit_bytes(by_token=way is _Way.INTERACTION, direct=way is _Way.DIRECT)
        while True:
            card: Card | None = None
            if way in {_Way.INTERACTION, _Way.BOT}:
                await self._take_turn(self._answer, is_final=True, as_bot=way is _Way.BOT)
            try:
                async with finish.card_within(allowed_bytes, without_gif=finish.without_gif) as card:
                    return await self._show_by(way, card, nonce=finish.nonce)
            except discord.HTTPException as error:
                if error.status == PAYLOAD_TOO_LARGE or error.code == REQUEST_TOO_LARGE:
                    sizes = [len(file.content) for file in card.files] if card else []
                    self._log.warning("message.too_large", way=way.value, bytes=sum(sizes))
                    if not sizes:
                        raise WayClosed("Discord finds it too large, though it has no files") from error
                    if finish.without_gif:
                        raise Undeliverable("its file is larger than this place allows") from error
                    finish.without_gif = True
                elif error.status == UNAUTHORIZED or _may_pass(error):
                    raise
                else:
                    raise Undeliverable(error.text or str(error)) from error

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
        """Let the message that stays behind say where its end is, if it can."""
        try:
            await self._take_turn(old, is_final=False)
            await self._edit_by_either(old, card)
        except (WayClosed, discord.HTTPException, *NETWORK_ERRORS) as error:
            self._log.info("message.old_card_left", problem=str(error))


def _may_pass(error: discord.HTTPException) -> bool:
    """Whether the same may work later: an outage, or a limit that discord.py does not wait for."""
    return error.status >= SERVER_ERROR or error.status == RATE_LIMITED
